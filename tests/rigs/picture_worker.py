"""A picture process that a portrait's bytes can bring down: `python -m tests.rigs.picture_worker`.

It is the real one, confined and answering as it does, with a decoder that does what a broken one
may do. Portraits that name no trouble are decoded to one grey pixel; every face is a plane of the
number of the holder's card. No library of pictures is loaded, so that it starts at once.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from station.core.errors import DefectError, PhotoError
from station.core.faces import FaceSide, Panel, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.photos import PhotoReport, Picture, Portrait
from station.face.renderer import digest_of
from station.picture_process import codec, worker
from station.picture_process.codec import Header, Setup
from station.picture_process.frames import Frame
from station.picture_process.shared import put

MODULE = "tests.rigs.picture_worker"
#: Followed by a file: the decoder is busy until something is in that file.
BUSY = b"busy until "
PIXEL = bytes((128, 128, 128))


def planes_of(data: ProductionData, geometry: PrintGeometry) -> Mapping[Panel, bytes]:
    """Return what this process draws of a person."""
    dots = geometry.width_dots * geometry.height_dots
    number = data.chip.AAZ500.encode()
    return MappingProxyType({Panel.YELLOW: (number * dots)[:dots], Panel.OVERCOAT: bytes(dots)})


def face_of(data: ProductionData, geometry: PrintGeometry) -> RenderedFace:
    """Return the face that this process draws of a person."""
    side = FaceSide(geometry, planes_of(data, geometry), b"")
    return RenderedFace(side, None, "henan-3", digest_of("henan-3", {"front": side}))


class BrokenDrawing:
    """Answers as `station.picture_process.drawing.Drawing` does."""

    def __init__(self, setup: Setup, shared: int) -> None:
        self._setup = setup
        self._shared = shared

    def answer(self, request: Frame) -> Frame:
        """Do what is asked, or what the portrait's bytes do to a decoder."""
        match request.header["do"]:
            case "prepare":
                return Frame({})
            case "check_photo" | "open_photo":
                return self._decoded(request.body)
            case "render":
                return self._render(request.header)
            case "print_slip":
                return Frame(self._lie(codec.decode_slip(request.header).title))
        raise DefectError("no such request")

    def _decoded(self, jpeg: bytes) -> Frame:
        trouble(jpeg)
        portrait = Portrait(jpeg, PhotoReport("double", ()), Picture(1, 1, PIXEL))
        put(self._shared, [PIXEL])
        return Frame({"report": codec.encode_report(portrait.report), "size": [1, 1]})

    def _render(self, header: Header) -> Frame:
        person = codec.decode_person(header)
        trouble(person.issuer.encode())
        face = face_of(person, codec.decode_geometry(header))
        put(self._shared, list(face.front.planes.values()))
        if person.issuer == "shares too little":
            os.ftruncate(self._shared, 3)
        if person.issuer == "mixes planes up":
            put(self._shared, [b"\x01"])
        return Frame({"panels": {"front": "YO"}, "sha256": face.sha256})

    def _lie(self, told: str) -> Header:
        return {"error": {"kind": told, "code": "x", "message": "y", "details": {}}}


def trouble(told: bytes) -> None:
    """Do what a broken decoder does with a portrait of these bytes."""
    while told.startswith(BUSY) and not Path(told.removeprefix(BUSY).decode()).stat().st_size:
        time.sleep(0.01)
    match told:
        case b"dies":
            os._exit(3)
        case b"aborts":
            os.abort()
        case b"hangs":
            signal.pause()
        case b"eats memory":
            eaten = []
            while True:
                eaten.append(bytearray(16 << 20))
        case b"raises":
            raise ZeroDivisionError("13012345678")
        case b"refused":
            raise PhotoError("refused", details={"rule": "format"})


def main() -> int:
    """Be the picture process, with this decoder."""

    def drawing(header: Header, shared: int) -> object:
        return BrokenDrawing(codec.decode_setup(codec.field(header, "setup", dict)), shared).answer

    worker._drawing = drawing  # type: ignore[assignment]
    return worker.main()


if __name__ == "__main__":
    sys.exit(main())
