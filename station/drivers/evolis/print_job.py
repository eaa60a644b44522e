"""A print job as bytes, complete before anything is sent.

Source: docs/explanations/wire-evolis.md, "Print job". The texts in angle brackets are sent
    literally, as by the maker's own client.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from station.core.errors import LocalProtocolError
from station.core.faces import FaceSide, Panel
from station.drivers.evolis.codec import END, encode_command, encode_download
from station.drivers.evolis.model import EvolisModel
from station.drivers.evolis.planes import pack_panel, summarise_ink
from station.drivers.evolis.replies import has_colours

#: Groups and names of the panels in a job, in its order.
GROUPS: Final = (
    ((Panel.YELLOW, "y"), (Panel.MAGENTA, "m"), (Panel.CYAN, "c")),
    ((Panel.RESIN_BLACK, "k"),),
    ((Panel.OVERCOAT, "o"),),
)
ADJUSTMENTS: Final = (
    "Pc;a;=;10",
    "Pl;a;=;10",
    "Pc;k;=;10",
    "Pc;o;=;10",
    "Pc;l;=;10",
    "Pc;f;=;10",
    "Pl;f;=;10",
)
END_OF_JOB: Final = b"".join(
    (
        encode_command("Pcla;0"),
        encode_command("Psync;11;1"),
        b"<END>",
        encode_command("Psync;11;0"),
        END,
    )
)


@dataclass(frozen=True, slots=True)
class PackedSide:
    """One side in its form on the wire.

    Attributes:
        panels: Panels that carry ink.
        ink: Percent of the dots without colour, and the mean of Y, M and C.
    """

    panels: Mapping[Panel, bytes]
    ink: tuple[int, int, int, int]


def pack_side(side: FaceSide, model: EvolisModel) -> PackedSide:
    """Return the panels of a side that carry ink, in their form on the wire.

    Raises:
        LocalProtocolError: None does.
    """
    packed = {
        panel: pack_panel(plane, side.geometry, model.print.bits(panel))
        for panel, plane in side.planes.items()
    }
    inked = {panel: data for panel, data in packed.items() if data != bytes(len(data))}
    if not inked:
        raise LocalProtocolError("a side without any ink can't be printed")
    return PackedSide(inked, summarise_ink(side.planes))


def encode_job(
    front: PackedSide,
    back: PackedSide | None,
    *,
    ribbon: int,
    seconds_since_epoch: int,
    model: EvolisModel,
) -> bytes:
    """Return all bytes of the job's connection."""
    head = (
        *_commands("Psync;1;0"),
        b"<HEADER>",
        *_commands("Psmgr;1", f"Ppws;{seconds_since_epoch}", "Pcla;1", "Ppmode;0"),
        *_commands(f"Pr;{ribbon};t", f"Pwres;300;300;{ribbon}", "Psk;10", "Piqla;a;d"),
        *_commands("Pmc;h", "Peoic;k;D", "Psync;2"),
        b"</HEADER>",
        *_commands("Psync;12;1"),
        b"<OPTION Dpi=300x300>",
        *_commands("Psync;13;0"),
        b"</OPTION>",
        *_commands("Psync;3;1"),
        b"<DOC Duplex=1>" if back else b"<DOC Duplex=0>",
        *_commands("Psync;3;0", "Psync;5;1"),
        b"<CARD>",
        *_commands("Psync;5;0", "Ss", "Mr;s"),
    )
    faces = _face("Sr", front, ribbon, model) + (_face("Sv", back, ribbon, model) if back else [])
    keep, let_go = model.print.keep_card, model.print.let_card_go
    tail = (
        *_commands(keep, "Se", let_go, "Psync;6;1"),
        b"</CARD>",
        *_commands("Psync;6;0", "Psync;4;1"),
        b"</DOC>",
        *_commands("Psync;4;0"),
        END,
    )
    return b"".join((*head, *faces, *tail))


def _face(begin: str, side: PackedSide, ribbon: int, model: EvolisModel) -> list[bytes]:
    parts = [*_commands("Psync;9;1"), b"<FACE>", *_commands("Psync;9;0", begin)]
    parts += _commands(*ADJUSTMENTS)
    if has_colours(ribbon):
        parts += _commands("Pida;" + ";".join(map(str, side.ink)))
    panels = side.panels
    for group in GROUPS:
        downloads = [
            encode_download(letter, 1 << model.print.bits(panel), panels[panel])
            for panel, letter in group
            if panel in panels
        ]
        if downloads:
            size = sum(map(len, downloads))
            parts += [f"<BINARY Size={size}>".encode("ascii"), *downloads, b"</BINARY>"]
    return [*parts, *_commands("Psync;10;1"), b"</FACE>", *_commands("Psync;10;0")]


def _commands(*texts: str) -> Iterable[bytes]:
    return map(encode_command, texts)
