"""A PIN pad on a pseudo terminal, simulated pad and person at its far end."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from simulators.desk.lines import PtyLine
from simulators.desk.pin_pads import FramedPad, KeysPad
from station.core.links import BulkLink
from station.desk.pin_pad import SerialPinPad, load_pad_facts
from station.desk.pin_pad.driver import Patience
from station.transport.desk_link import open_desk_link

PADS: dict[str, type[FramedPad] | type[KeysPad]] = {"framed": FramedPad, "keys": KeysPad}
PATIENT = Patience(command=10.0, grace=10.0, quiet=0.01)


@dataclass
class PadRig:
    pad: FramedPad | KeysPad
    line: PtyLine
    driver: SerialPinPad


def open_pad_link(address: str) -> BulkLink:
    return open_desk_link(address, setting="pin_pad.link", not_connected="pin-pad-not-connected")


@contextlib.contextmanager
def pin_pad(kind: str, folder: Path, *, patience: Patience = PATIENT) -> Iterator[PadRig]:
    pad = PADS[kind]()
    line = PtyLine(pad, folder / f"{kind}-pad")
    line.plug()
    driver = SerialPinPad(
        line.address, load_pad_facts(kind), lambda: open_pad_link(line.address), patience=patience
    )
    try:
        yield PadRig(pad, line, driver)
    finally:
        driver.close()
        line.unplug()
