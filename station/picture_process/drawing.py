"""What the picture process can be asked for: one function a request.

Each gets the drawing parts, the request and the shared memory, and returns an answer. Errors are
those of `station.picture_process.codec.ERRORS`; anything else is a defect, or a picture that a
decoder does not cope with.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from PIL import Image

from station.core.errors import ConfigError, DefectError
from station.core.faces import FaceRenderer, FaceSide, PrintGeometry, RenderedFace
from station.core.photos import Picture, Portrait
from station.face import NoFace, TemplateRenderer
from station.face.photo.for_chip import portrait_for_chip
from station.face.technician_card import draw_test_card
from station.face.text.fonts import FontChain
from station.paper.documents import print_document
from station.paper.forms import print_forms
from station.paper.slips import print_slip
from station.picture_process import codec
from station.picture_process.codec import Header, Setup, field
from station.picture_process.frames import Frame
from station.picture_process.shared import put, take


class Drawing:
    """What draws and decodes here; each part is made when it is first needed."""

    def __init__(self, setup: Setup, shared: int) -> None:
        self._setup = setup
        self._shared = shared
        self._renderer: FaceRenderer = NoFace(uses_photo=setup.uses_photo)
        self._faces: TemplateRenderer | None = None
        if setup.template is not None and setup.profile is not None:
            self._faces = TemplateRenderer(setup.template, setup.profile, setup.fonts)
            self._renderer = self._faces

    def answer(self, request: Frame) -> Frame:
        """Do what a request asks for; what it shares has been written when this returns."""
        work = REQUESTS.get(codec.text(request.header, "do"))
        if work is None:
            raise DefectError("picture process: no such request")
        return work(self, request)

    def prepare(self, request: Frame) -> Frame:
        """Have everything loaded and drawn once that a first citizen would wait for."""
        geometry = codec.decode_geometry(request.header)
        self._renderer.prepare(geometry)
        if self._faces is not None:
            self._rehearse(self._faces, geometry)
        return Frame({})

    def _rehearse(self, faces: TemplateRenderer, geometry: PrintGeometry) -> None:
        """Check and draw nobody: the libraries behind both load, and caches fill."""
        setup = self._setup
        size = (358, 441)
        if setup.profile is not None and setup.profile.width_px and setup.profile.height_px:
            size = (setup.profile.width_px, setup.profile.height_px)
        file = io.BytesIO()
        Image.linear_gradient("L").resize(size).convert("RGB").save(file, "JPEG", quality=90)
        faces.check_photo(file.getvalue())
        faces.rehearse(geometry)

    def check_photo(self, request: Frame) -> Frame:
        """Decode a portrait and measure it."""
        return self._portrait(self._renderer.check_photo(request.body))

    def open_photo(self, request: Frame) -> Frame:
        """Decode a portrait that was measured before."""
        return self._portrait(self._renderer.open_photo(request.body))

    def _portrait(self, portrait: Portrait) -> Frame:
        picture = portrait.picture
        size = None if picture is None else [picture.width_px, picture.height_px]
        put(self._shared, [] if picture is None else [picture.rgb])
        return Frame({"report": codec.encode_report(portrait.report), "size": size})

    def _shared_portrait(self, header: Header) -> Portrait:
        size = codec.decode_size(header)
        if size is None:
            raise DefectError("picture process: a request without pixels")
        (rgb,) = take(self._shared, [3 * size[0] * size[1]])
        report = codec.decode_report(header)
        return Portrait(b"", report, Picture(*size, rgb))

    def render(self, request: Frame) -> Frame:
        """Draw the planes of both sides."""
        header = request.header
        face = self._renderer.render(
            codec.decode_person(header),
            self._shared_portrait(header),
            codec.decode_geometry(header),
            duplex=field(header, "duplex", bool),
        )
        return self._face(face)

    def _face(self, face: RenderedFace) -> Frame:
        sides = {"front": face.front} | ({"back": face.back} if face.back else {})
        put(self._shared, [plane for side in sides.values() for plane in side.planes.values()])
        panels = {name: "".join(side.planes) for name, side in sides.items()}
        return Frame({"panels": panels, "sha256": face.sha256})

    def preview(self, request: Frame) -> Frame:
        """Draw what a person is shown of planes that were drawn before."""
        if self._faces is None:
            raise ConfigError("this window prints nothing")
        side = self._shared_side(request.header)
        name = codec.text(request.header, "side")
        return Frame({}, self._faces.preview(name, side.planes, side.geometry))

    def _shared_side(self, header: Header) -> FaceSide:
        geometry = codec.decode_geometry(header)
        panels = codec.decode_panels(header)["front"]
        planes = take(self._shared, [geometry.width_dots * geometry.height_dots] * len(panels))
        return FaceSide(geometry, MappingProxyType(dict(zip(panels, planes, strict=True))), b"")

    def fit_photo(self, request: Frame) -> Frame:
        """Make a portrait small enough for a chip."""
        portrait = self._shared_portrait(request.header)
        return Frame({}, portrait_for_chip(portrait, field(request.header, "most_bytes", int)))

    def print_slip(self, request: Frame) -> Frame:
        """Make the PDF of a slip."""
        return Frame({}, print_slip(codec.decode_slip(request.header), self._setup.fonts))

    def print_document(self, request: Frame) -> Frame:
        """Make the PDF of a list."""
        return Frame({}, print_document(codec.decode_list(request.body), self._setup.fonts))

    def print_forms(self, request: Frame) -> Frame:
        """Make the PDF of forms, one on each page."""
        forms = codec.decode_forms(request.header, request.body)
        return Frame({}, print_forms(forms, self._setup.fonts))

    def draw_test_card(self, request: Frame) -> Frame:
        """Draw the planes of the technician's test card."""
        return self._face(self._test_card(request.header))

    def preview_test_card(self, request: Frame) -> Frame:
        """Draw what a person is shown of the technician's test card."""
        return Frame({}, self._test_card(request.header).front.preview_png)

    def _test_card(self, header: Header) -> RenderedFace:
        template = codec.decode_template(codec.text(header, "template"))
        geometry = codec.decode_geometry(header)
        return draw_test_card(template, geometry, FontChain(self._setup.fonts))


#: Name of each request -> what does it.
REQUESTS: Final[Mapping[str, Callable[[Drawing, Frame], Frame]]] = {
    work.__name__: work
    for work in (
        Drawing.prepare,
        Drawing.check_photo,
        Drawing.open_photo,
        Drawing.render,
        Drawing.preview,
        Drawing.fit_photo,
        Drawing.print_slip,
        Drawing.print_document,
        Drawing.print_forms,
        Drawing.draw_test_card,
        Drawing.preview_test_card,
    )
}
