"""Reads what was recorded on a bulk link: our own traces, usbmon's text, and usbmon's pcap files.

Only what a driver sees is kept: what was sent, what arrived, and how each transfer failed.

Source: Linux kernel documentation, "usbmon": text format and `struct usbmon_packet`;
    draft-ietf-opsawg-pcap and -pcapng; link types 189 (LINKTYPE_USB_LINUX) and 220
    (LINKTYPE_USB_LINUX_MMAPPED) of the tcpdump group.
"""

from __future__ import annotations

import collections
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from station.core.errors import ConfigError
from station.core.traces import HEAD, LINK, SAID

BULK: Final = 3
_SUBMITTED, _COMPLETED = 0x53, 0x43  # "S", "C"
_IN: Final = 0x80
_HEADERS: Final = {189: 48, 220: 64}  #: link type -> bytes before the data
_PACKET: Final = "QBBBBHBBqiiII"  # struct usbmon_packet, up to len_cap
_PCAP: Final = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">",
                b"\xa1\xb2\x3c\x4d": ">"}  # fmt: skip
_PCAPNG: Final = 0x0A0D0D0A
_ORDER: Final = {0x1A2B3C4D: "<", 0x4D3C2B1A: ">"}
_INTERFACE, _ENHANCED = 1, 6  # blocks of pcapng
_LINE: Final = re.compile(
    r"(?P<tag>\S+) +\d+ (?P<kind>[SCE]) (?P<way>B[oi])(?P<device>:\S+)? (?P<status>-?\d+)"
    r"(?::\S+)? (?P<length>\d+) ?(?P<mark>[=<>*]?) ?(?P<data>.*)"
)


@dataclass(slots=True)
class Transfer:
    """One transfer, as it was submitted and as it ended.

    Attributes:
        sent: To the printer; otherwise from it.
        data: What went over the wire; what is known of it when it was masked or cut short.
        length: How many bytes went.
        wanted: How many were asked for, or were to be sent.
        status: 0, or the negative error number of the system.
    """

    sent: bool
    data: bytes
    length: int
    wanted: int
    status: int = 0


@dataclass(slots=True)
class Step:
    """What a driver did between two notes of a trace.

    Attributes:
        name: The note before it; empty for what came before any note.
        said: What the driver made of it, as it was noted; empty where nothing was noted.
        transfers: In order.
    """

    name: str
    said: str = ""
    transfers: list[Transfer] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Capture:
    """A recorded session.

    Attributes:
        address: Of the printer's link, where the file names it; empty otherwise.
        title: First line for people.
        steps: In order; a file of usbmon has one, without a name.
    """

    address: str
    title: str
    steps: tuple[Step, ...]

    @property
    def transfers(self) -> int:
        """How many transfers there are."""
        return sum(len(step.transfers) for step in self.steps)


def read_capture(file: Path, device: str = "") -> Capture:
    """Read a file of any of the forms.

    Args:
        file: The file.
        device: Bus and device number, `1.7`, in a capture of several; empty takes the busiest.

    Raises:
        ConfigError: It can't be read, or has no transfers of a bulk endpoint.
    """
    try:
        content = file.read_bytes()
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}") from exc
    try:
        found = _read(content, device)
    except (struct.error, ValueError, LookupError) as exc:
        raise ConfigError(f"{file}: not a trace of ours, nor usbmon's text or pcap: {exc}") from exc
    if not found.transfers:
        raise ConfigError(f"{file}: no transfers of a bulk endpoint")
    return found


def _read(content: bytes, device: str) -> Capture:
    if content[:4] in _PCAP:
        return _of_packets(_pcap(content, _PCAP[content[:4]]), device)
    if len(content) >= 12 and int.from_bytes(content[:4], "big") == _PCAPNG:
        return _of_packets(_pcapng(content), device)
    return _of_text(content.decode("utf-8"), device)


# -- text ------------------------------------------------------------------------------------------


def _of_text(text: str, device: str) -> Capture:
    lines = text.splitlines()
    chosen = _chosen([_device(match) for line in lines if (match := _LINE.match(line))], device)
    steps, head, address = [Step("")], HEAD in lines, ""
    pending: dict[tuple[str, bool], Transfer] = {}
    for line in lines:
        if line.startswith(LINK):
            address = address or _address(line)
        elif line.startswith(SAID):
            steps[-1].said = line.removeprefix(SAID)
        elif line.startswith("#"):
            head = head and line != HEAD
            if not head and line != HEAD:
                steps.append(Step(line.removeprefix("#").strip()))
        elif (match := _LINE.match(line)) and _device(match) == chosen:
            _take(_event_of(match), steps[-1], pending)
    title = lines[0].removeprefix("#").strip() if HEAD in lines else ""
    return Capture(address, title, tuple(step for step in steps if step.name or step.transfers))


def _address(line: str) -> str:
    found = re.match(r"[a-z-]+://\S+(?=: )", line.removeprefix(LINK))
    return found[0] if found else ""


def _device(match: re.Match[str]) -> str:
    """Return bus and device; empty in our own traces, which have one."""
    numbers = [int(part) for part in (match["device"] or "").split(":")[1:3] if part.isdecimal()]
    return ".".join(map(str, numbers))


def _event_of(match: re.Match[str]) -> _Event:
    shown = bytes.fromhex(match["data"]) if match["mark"] == "=" else b""
    return _Event(
        tag=match["tag"],
        kind=ord(match["kind"]),
        sent=match["way"] == "Bo",
        status=int(match["status"]),
        length=int(match["length"]),
        data=shown,
        device="",
    )


# -- packets ---------------------------------------------------------------------------------------


def _pcap(content: bytes, order: str) -> Iterator[tuple[int, str, bytes]]:
    (link,) = struct.unpack_from(f"{order}I", content, 20)
    at = 24
    while at + 16 <= len(content):
        (size,) = struct.unpack_from(f"{order}I", content, at + 8)
        yield link & 0xFFFF, order, content[at + 16 : at + 16 + size]
        at += 16 + size


def _pcapng(content: bytes) -> Iterator[tuple[int, str, bytes]]:
    order, links, at = "<", list[int](), 0
    while at + 12 <= len(content):
        if int.from_bytes(content[at : at + 4], "big") == _PCAPNG:
            order, links = _ORDER[int.from_bytes(content[at + 8 : at + 12], "little")], []
        kind, length = struct.unpack_from(f"{order}II", content, at)
        if length < 12:
            raise ValueError("a block is too short")
        body = content[at + 8 : at + length - 4]
        if kind == _INTERFACE:
            links.append(struct.unpack_from(f"{order}H", body)[0])
        elif kind == _ENHANCED:
            interface, _, _, size = struct.unpack_from(f"{order}IIII", body)
            yield links[interface], order, body[20 : 20 + size]
        at += length


def _of_packets(packets: Iterator[tuple[int, str, bytes]], device: str) -> Capture:
    events = [event for link, order, raw in packets if (event := _of_packet(link, order, raw))]
    chosen = _chosen([event.device for event in events], device)
    step, pending = Step(""), dict[tuple[str, bool], Transfer]()
    for event in events:
        if event.device == chosen:
            _take(event, step, pending)
    return Capture("", f"usbmon, device {chosen}", (step,))


def _of_packet(link: int, order: str, raw: bytes) -> _Event | None:
    if link not in _HEADERS:
        raise ValueError(f"link type {link} is not usbmon's")
    if len(raw) < _HEADERS[link]:
        return None
    found = struct.unpack_from(order + _PACKET, raw)
    tag, kind, transfer, endpoint, device, bus, _, _, _, _, status, length, kept = found
    if transfer != BULK:
        return None
    return _Event(
        tag=str(tag),
        kind=kind,
        sent=not endpoint & _IN,
        status=status,
        length=length,
        data=raw[_HEADERS[link] : _HEADERS[link] + kept],
        device=f"{bus}.{device}",
    )


# -- both ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Event:
    """One line or packet: a submission, or the end of a transfer."""

    tag: str
    kind: int
    sent: bool
    status: int
    length: int
    data: bytes
    device: str


def _take(event: _Event, step: Step, pending: dict[tuple[str, bool], Transfer]) -> None:
    # What was sent counts from its submission, what arrived from its end.
    name = (event.tag, event.sent)
    if event.kind == _SUBMITTED:
        made = Transfer(event.sent, event.data if event.sent else b"", 0, event.length)
        pending[name] = made
        if event.sent:
            made.length = event.length
            step.transfers.append(made)
        return
    submitted = pending.pop(name, None)
    if event.sent and submitted is not None:
        submitted.status = min(event.status, 0)
    elif not event.sent:
        wanted = submitted.wanted if submitted is not None else event.length
        step.transfers.append(
            Transfer(False, event.data, event.length, wanted, min(event.status, 0))
        )


def _chosen(devices: list[str], device: str) -> str:
    if device and device not in devices:
        known = ", ".join(sorted(set(devices))) or "none"
        raise ValueError(f"no device {device}; there are: {known}")
    counted = collections.Counter(devices).most_common(1)
    return device or (counted[0][0] if counted else "")
