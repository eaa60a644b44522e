"""Recorded sessions with simulated printers, and the same as files of usbmon."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.drivers import load_family
from tests.rigs.printer import Case, find_models, find_simulator

ROOT: Final = Path(__file__).parents[2]
CONFIG: Final = ROOT / "config" / "station.toml"
FOLDER: Final = ROOT / "tests" / "captures"
_LINE: Final = re.compile(r"(\w+) (\d+) ([SC]) B([oi]) (-?\d+) (\d+) ([=<>*]) ?(.*)")
_NO_DAEMON: Final = "1"  # a port where none answers


def recordable() -> list[Case]:
    """Every link of every family whose sessions can be recorded."""
    from tests.rigs.printer import cases

    return [case for case in cases() if load_family(case.family).may_show is not None]


def name_of(case: Case) -> str:
    """Return the name of a case's file."""
    return f"{case.family}-{case.scheme}.txt"


def settings_of(case: Case, link: str, state: Path) -> dict[str, str]:
    """Return the settings of a site with this printer, as the environment has them."""
    find_simulator(case.family)
    _, model = find_models(case.family, case.simulated)
    return {
        "STATION_PRINTER__FAMILY": case.family,
        "STATION_PRINTER__MODEL": model,
        "STATION_PRINTER__LINK": link,
        "STATION_STATION__STATE_DIR": str(state),
        "STATION_SERVER__PORT": _NO_DAEMON,
        "COLUMNS": "200",
    }


# -- as usbmon has it ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Line:
    """One line of a trace: a submission or an end."""

    tag: int
    microseconds: int
    kind: str
    sent: bool
    status: int
    length: int
    data: bytes | None


def lines_of(text: str) -> Iterator[Line]:
    """Yield the transfers of a trace of ours."""
    for line in text.splitlines():
        if match := _LINE.fullmatch(line):
            tag, stamp, kind, way, status, length, mark, data = match.groups()
            shown = bytes.fromhex(data) if mark == "=" else None
            sent = way == "o"
            yield Line(int(tag, 16), int(stamp), kind, sent, int(status), int(length), shown)


def usbmon_text(text: str, bus: int = 1, device: int = 7) -> str:
    """Return the trace as the kernel prints it, with another device's traffic between."""
    told = []
    for line in lines_of(text):
        way, endpoint = ("Bo", 1) if line.sent else ("Bi", 2)
        data = (
            {"S": "<", "C": ">"}[line.kind] if line.data is None else f"= {line.data.hex(' ', -4)}"
        )
        where = f"{way}:{bus}:{device:03}:{endpoint}"
        told.append(
            f"ffff8801{line.tag:08x} {line.microseconds} {line.kind} {where} "
            f"{line.status} {line.length} {data}"
        )
        told.append(f"ffff880100000001 {line.microseconds} C Ii:{bus}:002:1 0:8 4 = 00010000")
    return "\n".join(told) + "\n"


def usbmon_packets(text: str, order: str, header: int, device: int = 7) -> Iterator[bytes]:
    """Yield `struct usbmon_packet` and data of each line (Documentation/usb/usbmon.rst)."""
    for line in lines_of(text):
        data = line.data or b""
        for number, kind in ((device, 3), (2, 1)):  # bulk, and the mouse's interrupt transfers
            endpoint = (0x01 if line.sent else 0x82) if kind == 3 else 0x81
            seconds, rest = divmod(line.microseconds, 1_000_000)
            head = struct.pack(
                f"{order}QBBBBHBBqiiII8s",
                line.tag, ord(line.kind), kind, endpoint, number, 1, 0x2D, 0, seconds, rest,
                line.status, line.length, len(data), bytes(8),
            )  # fmt: skip
            yield head.ljust(header, b"\x00") + data


def pcap(text: str, order: str = "<", link: int = 220) -> bytes:
    """Return the trace as a pcap file (draft-ietf-opsawg-pcap)."""
    content = struct.pack(f"{order}IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link)
    for packet in usbmon_packets(text, order, 64 if link == 220 else 48):
        content += struct.pack(f"{order}IIII", 0, 0, len(packet), len(packet)) + packet
    return content


def pcapng(text: str, order: str = "<") -> bytes:
    """Return the trace as a pcapng file (draft-ietf-opsawg-pcapng), as Wireshark saves it."""

    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        length = len(body) + 12
        return struct.pack(f"{order}II", kind, length) + body + struct.pack(f"{order}I", length)

    content = block(0x0A0D0D0A, struct.pack(f"{order}IHHq", 0x1A2B3C4D, 1, 0, -1))
    content += block(1, struct.pack(f"{order}HHI", 220, 0, 262144))
    for packet in usbmon_packets(text, order, 64):
        head = struct.pack(f"{order}IIIII", 0, 0, 0, len(packet), len(packet))
        content += block(6, head + packet)
    return content
