"""`python -m tests.bench.printer`: how fast panels reach a printer, against the bare link.

Each printer is simulated in a process of its own, without device time. In turns the driver prints a
whole YMCKO side, and the same bytes are sent once more without the driver: over pyusb alone, or
over a plain socket. Timed is what carries panels: with the driver from the first byte of the first
panel to the end of the last one, with all commands, answers and looks that the protocol wants
between two panels; without it only the sending itself, in the same pieces. A transfer takes
milliseconds, and other work on the machine can only slow it down: of each the median of its best
third counts, so that neither a disturbed nor a lucky run decides.
"""

from __future__ import annotations

import argparse
import contextlib
import functools
import itertools
import json
import logging
import math
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import usb.core
import usb.util

from station.core.faces import FaceSide, Panel, PrintGeometry
from station.core.links import BulkLink
from station.core.printing import CardPrinter
from station.drivers import load_family
from station.transport.printer_link import open_printer_link
from station.transport.usbip import UsbipBackend
from tests.bench.report import finish, median, say

RUNS: Final = 40
WARM_UP: Final = 1
PANEL_PIECE: Final = 4096  # a longer write carries dots
END_PAGE: Final = bytes.fromhex("A5 0003 50 8201")
BULK_OUT, BULK_IN = 0x01, 0x82
PACKET: Final = 64
TIMEOUT_MS: Final = 10_000


class Transfer(NamedTuple):
    """One call on the link: what was written, or how much was to be read, and when."""

    data: bytes
    size: int
    began: float
    ended: float


@dataclass
class Recorder:
    """A BulkLink that passes everything on and remembers it."""

    link: BulkLink
    transfers: list[Transfer] = field(default_factory=list)

    @property
    def address(self) -> str:
        """See `BulkLink`."""
        return self.link.address

    def write(self, data: bytes, *, timeout: float) -> None:
        """See `BulkLink`."""
        began = time.perf_counter()
        self.link.write(data, timeout=timeout)
        self.transfers.append(Transfer(data, 0, began, time.perf_counter()))

    def read(self, size: int, *, timeout: float) -> bytes:
        """See `BulkLink`."""
        began = time.perf_counter()
        data = self.link.read(size, timeout=timeout)
        self.transfers.append(Transfer(b"", size, began, time.perf_counter()))
        return data

    def reopen(self) -> None:
        """See `BulkLink`."""
        self.link.reopen()

    def close(self) -> None:
        """See `BulkLink`."""
        self.link.close()


@contextlib.contextmanager
def machine(model: str, scheme: str) -> Iterator[str]:
    """Run one simulated machine as fast as it can; gives its printer's address."""
    # A chip reader that takes the card and asks it nothing: without one the machine would look for
    # it all the time.
    reader = socket.create_server(("127.0.0.1", 0))
    chip = reader.getsockname()[1]
    command = [sys.executable, "-m", "simulators", "machine", "--exit-with-parent"]
    command += ["--model", model, "--printer", f"{scheme}://127.0.0.1:0", "--speed", "0"]
    command += ["--chip", f"vpcd://127.0.0.1:{chip}", "--control", "http://127.0.0.1:0"]
    command += ["--blanks", "90"]
    with reader, subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        try:
            if process.stdout is None:
                raise SystemExit("the simulated machine has no output")
            yield str(json.loads(process.stdout.readline())["printer"])
        finally:
            process.terminate()


@contextlib.contextmanager
def opened(
    family: str, model: str, address: str, recorders: list[Recorder]
) -> Iterator[CardPrinter]:
    """Open a driver over a link that remembers; gives it back at the end."""

    def link() -> Recorder:
        recorders.append(Recorder(open_printer_link(address)))
        return recorders[-1]

    printer = load_family(family).open(link, model)
    try:
        yield printer
    finally:
        printer.close()


def photo_side(geometry: PrintGeometry) -> FaceSide:
    """Return a side full of noise on every panel: the same every time."""
    dots = np.random.default_rng(1)
    size = geometry.width_dots * geometry.height_dots
    planes = {panel: dots.integers(0, 256, size, dtype=np.uint8).tobytes() for panel in Panel}
    return FaceSide(geometry, planes, b"")


def print_once(family: str, model: str, address: str) -> list[Transfer]:
    """Print one card with the driver; returns what went over the link for it."""
    recorders: list[Recorder] = []
    with opened(family, model, address, recorders) as printer:
        side = photo_side(printer.model.geometry)
        printer.bring_card_to_chip_station()
        for recorder in recorders:
            recorder.transfers.clear()
        printer.print_face(side, None, job_id=1)
        transfers = [each for recorder in recorders for each in recorder.transfers]
        printer.present_card()
    return transfers


def send_again(family: str, model: str, address: str, send: Callable[[], float]) -> float:
    """Have a card ready, send without the driver, and see that it was printed."""
    with opened(family, model, address, []) as printer:
        printer.bring_card_to_chip_station()
        before = printer.counters().cards_printed
    seconds = send()
    with opened(family, model, address, []) as printer:
        printer.present_card()
        if printer.counters().cards_printed != before + 1:
            raise SystemExit(f"{family}: the card sent without the driver was not printed")
    return seconds


def carries_dots(transfer: Transfer) -> bool:
    """Whether a transfer is a piece of a panel."""
    return len(transfer.data) > PANEL_PIECE


def undisturbed(speeds: list[float]) -> float:
    """Return the median of the best third."""
    return median(sorted(speeds)[-max(1, len(speeds) // 3) :])


def hiti_seconds(transfers: list[Transfer]) -> float:
    """Return the time from the first dot of the first panel to the last one of the last panel."""
    dots = list(filter(carries_dots, transfers))
    return dots[-1].ended - dots[0].began


def writing_seconds(transfers: list[Transfer]) -> float:
    """Return the time that the driver spent in writing dots."""
    return sum(each.ended - each.began for each in filter(carries_dots, transfers))


def raw_usb(address: str, transfers: list[Transfer]) -> float:
    """Send a recorded page over pyusb alone; returns the seconds that the panels took."""
    host, port = address.removeprefix("usbip://").rsplit(":", 1)
    backend = UsbipBackend(host, int(port), interface_class=7)
    device = usb.core.find(backend=backend)
    device.set_configuration()
    usb.util.claim_interface(device, 0)
    end = next(at for at, each in enumerate(transfers) if each.data == END_PAGE)
    seconds = 0.0
    try:
        for panel, group in itertools.groupby(transfers[: end + 2], key=carries_dots):
            began = time.perf_counter()
            for each in group:
                if each.data:
                    device.write(BULK_OUT, each.data, TIMEOUT_MS)
                else:
                    device.read(BULK_IN, math.ceil(each.size / PACKET) * PACKET, TIMEOUT_MS)
            if panel:
                seconds += time.perf_counter() - began
    finally:
        usb.util.release_interface(device, 0)
        usb.util.dispose_resources(device)
    return seconds


def job_at(transfers: list[Transfer]) -> int:
    """Return where in a recording the job is."""
    return max(range(len(transfers)), key=lambda at: len(transfers[at].data))


def evolis_seconds(transfers: list[Transfer]) -> float:
    """Return the time from connecting for the job to the end of its answer."""
    start = job_at(transfers)
    after = next(at for at in range(start + 1, len(transfers)) if not transfers[at].size)
    return transfers[after - 1].ended - transfers[start].began


def raw_socket(address: str, transfers: list[Transfer]) -> float:
    """Send a recorded job over a plain socket; returns the seconds until its answer ended."""
    host, port = address.removeprefix("tcp-transaction://").rsplit(":", 1)

    def transaction(data: bytes) -> float:
        began = time.perf_counter()
        with socket.create_connection((host, int(port)), timeout=TIMEOUT_MS / 1000) as link:
            link.sendall(data)
            link.shutdown(socket.SHUT_WR)
            while link.recv(4096):
                pass
        return time.perf_counter() - began

    for command in ("Pem;2", "Psid;2;45"):
        transaction(f"\x1b{command}\r\0".encode("ascii"))
    seconds = transaction(transfers[job_at(transfers)].data)
    transaction(b"\x1bPsid;0;45\r\0")
    return seconds


@dataclass(frozen=True)
class Contest:
    """One family against its bare link."""

    family: str
    model: str
    scheme: str
    measure: Callable[[list[Transfer]], float]
    raw: Callable[[str, list[Transfer]], float]

    def run(self, runs: int) -> tuple[float, float, float]:
        """Return megabytes of panels a second, undisturbed.

        With the driver, without it, and with it while it is writing dots and nothing else.
        """
        ours, bare, dots = [], [], []
        simulated = f"hiti-{self.model}" if self.scheme == "usbip" else f"evolis-{self.model}"
        with machine(simulated, self.scheme) as address:
            for number in range(runs + WARM_UP):
                transfers = print_once(self.family, self.model, address)
                size = sum(len(each.data) for each in filter(carries_dots, transfers))
                send = functools.partial(self.raw, address, transfers)
                again = send_again(self.family, self.model, address, send)
                if number >= WARM_UP:
                    ours.append(size / self.measure(transfers) / 1e6)
                    bare.append(size / again / 1e6)
                    dots.append(size / writing_seconds(transfers) / 1e6)
                    say(f"{self.family}: driver {ours[-1]:.1f} MB/s, bare {bare[-1]:.1f} MB/s")
        return undisturbed(ours), undisturbed(bare), undisturbed(dots)


HITI: Final = Contest("hiti_cs", "cs220e", "usbip", hiti_seconds, raw_usb)
EVOLIS: Final = Contest("evolis", "primacy", "tcp-transaction", evolis_seconds, raw_socket)


def main() -> None:
    """Run both and print the closing JSON line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=RUNS)
    runs = parser.parse_args().runs
    logging.disable(logging.WARNING)  # each opening of a driver says what was never proven
    hiti, bare_usb, hiti_dots = HITI.run(runs)
    evolis, bare_socket, _ = EVOLIS.run(runs)
    finish(
        "printer",
        runs=runs,
        figures={
            "hiti_mb_per_s": hiti,
            "hiti_dots_only_mb_per_s": hiti_dots,
            "evolis_mb_per_s": evolis,
        },
        peers={"raw_usb_mb_per_s": bare_usb, "raw_socket_mb_per_s": bare_socket},
        ratios={
            "hiti_over_raw_usb": hiti / bare_usb,
            "evolis_over_raw_socket": evolis / bare_socket,
        },
    )


if __name__ == "__main__":
    main()
