"""Tries that keys have left, stored across restarts and shared between programs.

A card does not report how many tries a key has before it refuses again, so the last refusal is
stored. Written only while this program has the reader exclusively: no two programs write at once.
"""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Final

from station.core.errors import ConfigError

MAX_TRIES: Final = 15  # 63Cx has no room for more


class KeyTries:
    """Tries left of keys that have refused a proof; a key with all its tries has no entry.

    Contains card ids and names of keys; nothing personal and no secret.
    """

    def __init__(self, file: Path | None = None) -> None:
        """Store the path; nothing is opened.

        Args:
            file: Created at the first refusal. None keeps the tries in memory.
        """
        self._file = file
        self._known: dict[str, int] = {}
        self._lock = threading.Lock()

    def left(self, card: str, key: str) -> int | None:
        """Return how many tries a key has left; None when it never refused.

        Raises:
            ConfigError: The file can't be read, or has an invalid content.
        """
        return self._read().get(_name(card, key))

    def note(self, card: str, key: str, left: int | None) -> None:
        """Store the tries that a key has left; None after an accepted proof. Durable on return.

        Raises:
            ConfigError: See `left`; or the file can't be written.
        """
        with self._lock:  # two readers of one window share these
            known = self._read()
            if known.get(_name(card, key)) == left:
                return
            known = {name: tries for name, tries in known.items() if name != _name(card, key)}
            self._write(known if left is None else known | {_name(card, key): left})

    def _read(self) -> dict[str, int]:
        if self._file is None:
            return self._known
        try:
            known = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as exc:
            raise ConfigError(f"{self._file}: {exc.strerror}") from exc
        except ValueError as exc:
            raise ConfigError(f"{self._file}: not the tries of keys: {exc}") from exc
        if not isinstance(known, dict) or not all(map(_is_count, known.values())):
            raise ConfigError(f"{self._file}: not the tries of keys")
        return known

    def _write(self, known: dict[str, int]) -> None:
        if self._file is None:
            self._known = known
            return
        beside = self._file.with_suffix(".new")
        try:
            with beside.open("w", encoding="utf-8") as file:
                json.dump(known, file, indent=1, sort_keys=True)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self._file)
        except OSError as exc:
            raise ConfigError(f"{self._file}: {exc.strerror}") from exc


def _name(card: str, key: str) -> str:
    return f"{card} {key}"


def _is_count(value: object) -> bool:
    return isinstance(value, int) and 0 <= value <= MAX_TRIES
