"""The facts of one make of PIN pad: a TOML file in `models`.

Source: docs/explanations/wire-pin-pad.md.
"""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any, Final

from station.core.errors import ConfigError
from station.core.pin_entry import PinPrompt

_MODELS: Final = resources.files(__package__) / "models"
_ENDING: Final = ".toml"
_KEYS: Final = {"title", "frame", "open", "close", "check", "prompts", "codes", "unverified"}


class Framing(enum.StrEnum):
    """How the pad sends a PIN."""

    FRAMED = "framed"  #: one frame with the whole PIN
    KEYS = "keys"  #: each key when it is pressed


class PadCode(enum.StrEnum):
    """Meaning of a status byte, or of a key."""

    DONE = "done"  #: framed: the PIN follows; keys: the key that confirms
    TIMED_OUT = "timed-out"
    CANCELLED = "cancelled"
    CORRECTED = "corrected"  #: keys: the last digit is deleted


@dataclass(frozen=True, slots=True)
class PadFacts:
    """The facts of one make.

    Attributes:
        name: Name of its file.
        title: For people.
        framing: How it sends a PIN.
        open: Command that opens it for typing; `framed`: command byte; `keys`: the bytes before
            prompt and length.
        close: Command that closes it.
        check: Command without an effect; empty where there is none.
        prompts: Number of the spoken prompt.
        codes: Status byte or key -> its meaning.
        unverified: Facts never confirmed on a real pad.
    """

    name: str
    title: str
    framing: Framing
    open: bytes
    close: bytes
    check: bytes
    prompts: Mapping[PinPrompt, int]
    codes: Mapping[int, PadCode]
    unverified: tuple[str, ...]


def pad_names() -> list[str]:
    """Return the name of every make on disk."""
    names = (file.name for file in _MODELS.iterdir())
    return sorted(name.removesuffix(_ENDING) for name in names if name.endswith(_ENDING))


def load_pad_facts(name: str) -> PadFacts:
    """Read the file of one make.

    Raises:
        ConfigError: It does not exist or is malformed.
    """
    if name not in pad_names():
        raise ConfigError(f"pin_pad.model {name!r} is unknown; known: {', '.join(pad_names())}")
    try:
        text = (_MODELS / f"{name}{_ENDING}").read_text(encoding="utf-8")
        return parse_pad_facts(name, tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"PIN pad {name}: {exc}") from exc


def parse_pad_facts(name: str, table: Mapping[str, Any]) -> PadFacts:
    """Return the facts of a table.

    Raises:
        ConfigError: A key is missing, unknown or has a wrong value.
    """
    if set(table) != _KEYS:
        wrong = ", ".join(sorted(set(table) ^ _KEYS))
        raise ConfigError(f"PIN pad {name}: missing or unknown: {wrong}")
    try:
        facts = PadFacts(
            name=name,
            title=str(table["title"]),
            framing=Framing(table["frame"]),
            open=bytes.fromhex(table["open"]),
            close=bytes.fromhex(table["close"]),
            check=bytes.fromhex(table["check"]),
            prompts={PinPrompt(word): int(table["prompts"][word]) for word in table["prompts"]},
            codes={int(key, 16): PadCode(word) for key, word in table["codes"].items()},
            unverified=tuple(map(str, table["unverified"])),
        )
    except (TypeError, ValueError, AttributeError) as exc:
        raise ConfigError(f"PIN pad {name}: {exc}") from exc
    if set(facts.prompts) != set(PinPrompt) or PadCode.DONE not in facts.codes.values():
        raise ConfigError(f"PIN pad {name}: a prompt, or the code for done, is missing")
    return facts
