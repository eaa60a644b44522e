"""Keeps the observer's record in a folder: `observer.json` and a PNG of every printed side."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Final

from simulators.machine.cards_in_path import PhysicalCard
from simulators.machine.model import Machine
from simulators.machine.observer import Observer
from simulators.machine.picture import Side

_REST_SECONDS: Final = 2.0  #: between two writes, as each writes the whole record
_STOP_SECONDS: Final = 1.5


class Recorder:
    """Writes when something has changed; each file appears complete or not at all."""

    def __init__(self, machine: Machine, observer: Observer, folder: Path) -> None:
        self._machine = machine
        self._observer = observer
        self._folder = folder
        self._stopping = threading.Event()
        self._written = ""
        self._pictures: dict[tuple[str, Side], int] = {}
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)

    def start(self) -> None:
        """Create the folder and start."""
        self._folder.mkdir(parents=True, exist_ok=True)
        self.write()
        self._thread.start()

    def stop(self) -> None:
        """Write a last time and stop."""
        self._stopping.set()
        with self._machine.change():
            pass  # wakes the thread
        self._thread.join(_STOP_SECONDS)
        self.write()

    def write(self) -> None:
        """Write what changed since the last time."""
        for card in tuple(self._machine.cards.values()):
            self._write_pictures(card)
        text = json.dumps(self._observer.record(), ensure_ascii=False)
        if text != self._written:
            self._put("observer.json", text.encode("utf-8"))
            self._written = text

    def _run(self) -> None:
        seen = -1
        while not self._stopping.wait(_REST_SECONDS):
            condition = self._machine.condition
            with condition:
                while self._machine.revision == seen and not self._stopping.is_set():
                    condition.wait()
                seen = self._machine.revision
            self.write()

    def _write_pictures(self, card: PhysicalCard) -> None:
        for side, face in card.faces.items():
            burnt = len(face.panels)
            if burnt and self._pictures.get((card.card_id, side)) != burnt:
                self._put(f"{card.card_id}-{side.value}.png", face.png())
                self._pictures[card.card_id, side] = burnt

    def _put(self, name: str, content: bytes) -> None:
        part = self._folder / f".{name}.part"
        part.write_bytes(content)
        part.replace(self._folder / name)
