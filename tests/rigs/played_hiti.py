"""A HiTi printer of literal replies, behind a link whose answers can be lost, late or strange.

Unlike a simulated printer this one keeps what is on its way when the link is reopened, as a real
device may.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from station.core.errors import (
    PrinterNotConnectedError,
    TransportClosedError,
    TransportTimeoutError,
)
from station.core.faces import FaceSide, Panel, PrintGeometry
from station.drivers.hiti_cs.driver import HitiCs
from station.drivers.hiti_cs.model import CsModel, load_models

GEOMETRY = PrintGeometry(1014, 642, 300)
FACE = FaceSide(GEOMETRY, {Panel.RESIN_BLACK: bytes(1014 * 642)}, b"")

#: Reply data by command, as docs/explanations/wire-hiti-cs.md has them.
ACCEPTED = {
    0x0100: "00" * 33 + "07 43532d32323065 00 30312e30322e303033" + "00" * 28,
    0x0301: "",
    0x0400: "00 00 00",
    0x0401: "04 00 00 00",
    0x040B: "01 03 000000c8",
    0x0500: "00 0007",
    0x0501: "00 0007",
    0x0502: "00 0007 01 0000",
    0x0503: "00",
    0x8000: "1e 02a0 012c 012c 02a0 03f6 ffff 01020304 0000000000",
    0x8005: "00000064",
    0x8007: "53494d30303031" + "00" * 11,
    0x8009: "030a 12",
}


@dataclass
class PlayedPrinter:
    """A link and the printer behind it in one."""

    script: dict[int, deque[str]] = field(default_factory=dict)
    requests: list[int] = field(default_factory=list)
    waiting: deque[bytes] = field(default_factory=deque)
    held_back: list[bytes] = field(default_factory=list)
    opened: int = 0
    closed: int = 0
    gone: bool = False
    image_bytes: int = 0
    _image_left: int = 0
    address: str = "played://printer"

    def say(self, command: int, *answers: str) -> None:
        """Answer `command` so the next times: data, `refused`, `lost`, `late` or `closed`."""
        self.script.setdefault(command, deque()).extend(answers)

    def open(self) -> PlayedPrinter:
        if self.gone:
            raise PrinterNotConnectedError("played")
        self.opened += 1
        return self

    def reopen(self) -> None:
        self.close()
        self.open()

    def close(self) -> None:
        self.closed += 1

    def write(self, data: bytes, *, timeout: float) -> None:
        if self.gone:
            raise TransportClosedError("played")
        self.waiting.extend(self.held_back)
        self.held_back.clear()
        if self._image_left:
            taken = min(self._image_left, len(data))
            self._image_left -= taken
            self.image_bytes += taken
            return
        if data.startswith(b"\x00"):  # nothing a frame can begin with
            return
        command = int.from_bytes(data[4:6], "big")
        self.requests.append(command)
        if command == 0x8309 and "refused" not in self.script.get(command, ()):
            self._image_left = (int.from_bytes(data[1:3], "big") << 8 | data[6]) - 8
        self._answer(command)

    def read(self, size: int, *, timeout: float) -> bytes:
        if self.gone:
            raise TransportClosedError("played")
        if not self.waiting:
            raise TransportTimeoutError("played")
        data = self.waiting.popleft()
        if len(data) > size:
            self.waiting.appendleft(data[size:])
        return data[:size]

    def _answer(self, command: int) -> None:
        usual = ACCEPTED.get(command, "")
        planned = self.script.get(command)
        said = planned.popleft() if planned else usual
        if said == "closed":
            self.gone = True
        elif said == "refused":
            self.waiting.append(reply(command, b"", 0xDB))
        elif said == "late":
            self.held_back.append(reply(command, bytes.fromhex(usual)))
        elif said != "lost":
            self.waiting.append(reply(command, bytes.fromhex(said)))


def reply(command: int, data: bytes, flag: int = 0x50) -> bytes:
    head = b"\xa5" + (3 + len(data)).to_bytes(2, "big") + bytes([flag])
    return head + command.to_bytes(2, "big") + data


def impatient(**timeouts: float) -> CsModel:
    model = load_models()["cs220e"]
    changed = model.timeouts.model_copy(update={"ready": 0.02, "goal": 0.02, **timeouts})
    polling = model.polling.model_copy(update={"longest": 0.002})
    return model.model_copy(update={"timeouts": changed, "polling": polling})


@dataclass
class Bench:
    played: PlayedPrinter
    printer: HitiCs


def count_one_more(played: PlayedPrinter) -> None:
    played.say(0x8005, "00000064", "00000065")
