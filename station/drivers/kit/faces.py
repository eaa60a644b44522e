"""Checks of a print before any of it is sent."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from station.core.errors import LocalProtocolError
from station.core.faces import FaceSide, Panel
from station.core.printing import PrinterModel

JOB_IDS: Final = range(1, 0x8000)  #: see `CardPrinter.print_face`


def check_job_id(job_id: int) -> None:
    """Refuse a job id that a caller may not choose.

    Raises:
        LocalProtocolError: Outside 1..32767.
    """
    if job_id not in JOB_IDS:
        raise LocalProtocolError(f"job id {job_id} outside 1..32767")


def check_faces(
    front: FaceSide,
    back: FaceSide | None,
    job_id: int,
    facts: PrinterModel,
    panels: Collection[Panel] = tuple(Panel),
) -> None:
    """Refuse what this model can't print.

    Args:
        front: The front.
        back: The back, if it is printed too.
        job_id: See `CardPrinter.print_face`.
        facts: The maker's facts.
        panels: Panels that the protocol has.

    Raises:
        LocalProtocolError: Other geometry, unknown panel, no panel, a plane of the wrong size, a
            back on a printer that prints only the front, or an invalid job id.
    """
    check_job_id(job_id)
    if back is not None and not facts.duplex:
        raise LocalProtocolError(f"{facts.title} can't print the back")
    geometry = facts.geometry
    for side in (front, back) if back else (front,):
        if side.geometry != geometry:
            raise LocalProtocolError(f"face for {side.geometry}, printer has {geometry}")
        if not side.planes or not set(side.planes) <= set(panels):
            raise LocalProtocolError(f"panels {sorted(side.planes)} can't be printed")
        sizes = {len(plane) for plane in side.planes.values()}
        if sizes != {geometry.width_dots * geometry.height_dots}:
            raise LocalProtocolError(f"planes of {sorted(sizes)} bytes for {geometry}")
