"""An ID-card reader on a line, simulated module at its far end."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from simulators.desk.lines import PtyLine, TcpLine, UsbIpLine
from simulators.desk.sam_module import SamModule
from station.core.links import BulkLink
from station.desk.id_reader.driver import Patience, SamReader
from station.transport.desk_link import open_desk_link

Line = PtyLine | TcpLine | UsbIpLine
KINDS = ("pty", "tcp", "usbip")
#: Stretched for machines that are busy; only silence takes it.
PATIENT = Patience(short=5.0, reading=10.0, late=0.001, quiet=0.02)


@dataclass
class ReaderRig:
    module: SamModule
    line: Line
    reader: SamReader


def make_line(kind: str, module: SamModule, folder: Path) -> Line:
    if kind == "pty":
        return PtyLine(module, folder / "ttyUSB0")
    return TcpLine(module) if kind == "tcp" else UsbIpLine(module)


def open_id_link(address: str) -> BulkLink:
    return open_desk_link(
        address, setting="id_reader.link", not_connected="id-reader-not-connected"
    )


@contextlib.contextmanager
def id_reader(
    kind: str, folder: Path, *, patience: Patience = PATIENT, module: SamModule | None = None
) -> Iterator[ReaderRig]:
    module = module or SamModule()
    line = make_line(kind, module, folder)
    line.plug()
    reader = SamReader(line.address, lambda: open_id_link(line.address), patience=patience)
    try:
        yield ReaderRig(module, line, reader)
    finally:
        reader.close()
        line.unplug()


class Seen:
    """What one thread saw, for another that waits for it."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self._changed = threading.Condition()

    def add(self, word: str) -> None:
        with self._changed:
            self.words.append(word)
            self._changed.notify_all()

    def wait_for(self, word: str, act: Callable[[], None], seconds: float = 60.0) -> None:
        """Do `act` and wait until `word` is seen afterwards."""
        with self._changed:
            before = len(self.words)
        act()
        with self._changed:
            assert self._changed.wait_for(lambda: word in self.words[before:], seconds), self.words
