"""A print job as bytes, complete before anything is sent.

Source: docs/explanations/wire-hiti-cs.md, rows 8100, "colour sequence", "mode" and "planes".
"""

from __future__ import annotations

from dataclasses import dataclass

from station.core.faces import FaceSide, Panel
from station.drivers.hiti_cs.commands import BACK_PLANES, FRONT_PLANES, Command, job_arguments
from station.drivers.hiti_cs.model import CsModel
from station.drivers.hiti_cs.planes import to_wire


@dataclass(frozen=True, slots=True)
class Plane:
    """One panel of one side.

    Attributes:
        command: Selects the panel.
        pieces: The whole plane, line by line, in the pieces that are sent: nothing is computed
            between two transfers.
    """

    command: Command
    pieces: tuple[bytes, ...]

    @property
    def size(self) -> int:
        """Size of the plane in bytes."""
        return sum(map(len, self.pieces))


@dataclass(frozen=True, slots=True)
class PrintJob:
    """Everything that is sent for one card.

    Attributes:
        arguments: Arguments of 0500 and 0501.
        format: Arguments of 8100.
        lines: Number of lines in each plane.
        planes: In the order in which they are sent.
    """

    arguments: bytes
    format: bytes
    lines: int
    planes: tuple[Plane, ...]


def prepare_job(
    front: FaceSide, back: FaceSide | None, job_id: int, head_width_dots: int, model: CsModel
) -> PrintJob:
    """Encode a checked job for a head of this width.

    Raises:
        RemoteProtocolError: The head is narrower than the card.
    """
    planes = _planes(front, FRONT_PLANES, head_width_dots, model)
    if back is not None:
        planes += _planes(back, BACK_PLANES, head_width_dots, model)
    return PrintJob(
        arguments=job_arguments(job_id),
        format=encode_format(front, back, head_width_dots, model),
        lines=front.geometry.width_dots,
        planes=tuple(planes),
    )


def encode_format(
    front: FaceSide, back: FaceSide | None, head_width_dots: int, model: CsModel
) -> bytes:
    """Return the arguments of 8100 in the layout of the model's file."""
    values = {
        "dpi": front.geometry.dpi,
        "columns": head_width_dots,
        "rows": front.geometry.width_dots,
        "front-colours": colour_sequence(front, model),
        "back-colours": colour_sequence(back, model) if back else 0,
        "mode": model.print.mode,
    }
    encoded = bytearray()
    for entry in model.print.format_duplex if back else model.print.format:
        width, _, meaning = entry.partition(" ")
        value = int(meaning) if meaning.isdigit() else values[meaning]
        encoded += value.to_bytes({"u8": 1, "u16": 2}[width], "big")
    return bytes(encoded)


def colour_sequence(side: FaceSide, model: CsModel) -> int:
    """Return the bits of the panels that this side uses."""
    return sum(model.print.colour_bits[panel] for panel in side.planes)


def _planes(
    side: FaceSide, commands: dict[Panel, Command], head_width_dots: int, model: CsModel
) -> list[Plane]:
    size = model.print.transfer_bytes
    planes = []
    for panel, command in commands.items():
        if panel in side.planes:
            dots = to_wire(side.planes[panel], side.geometry, head_width_dots)
            pieces = tuple(dots[start : start + size] for start in range(0, len(dots), size))
            planes.append(Plane(command, pieces))
    return planes
