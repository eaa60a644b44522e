"""A `FaceRenderer`, and what else is drawn, behind the picture process."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from station.core.errors import DefectError, RemoteProtocolError
from station.core.faces import FaceSide, Panel, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.core.lists import ListOfRows, PersonForm
from station.core.photos import Picture, Portrait
from station.core.slips import Slip
from station.face.draw.drawn_side import DrawnSide
from station.face.photo.profile import PhotoProfile, unchecked_reason
from station.face.renderer import digest_of
from station.face.template.model import FaceTemplate
from station.paper.sheets import write_sheet
from station.picture_process import codec
from station.picture_process.codec import Header
from station.picture_process.frames import Frame
from station.picture_process.process import Answer, PictureProcess


class ProcessPictures:
    """What is decoded and drawn besides faces. Thread-safe."""

    def __init__(self, process: PictureProcess) -> None:
        self._process = process

    def check_photo(self, jpeg: bytes) -> Portrait:
        """See `station.core.faces.FaceRenderer.check_photo`.

        Raises:
            PictureWorkError: It could not be decoded in the picture process.
        """
        return self._decoded("check_photo", jpeg)

    def open_photo(self, jpeg: bytes) -> Portrait:
        """See `station.core.faces.FaceRenderer.open_photo`.

        Raises:
            PictureWorkError: It could not be decoded in the picture process.
        """
        return self._decoded("open_photo", jpeg)

    def _decoded(self, work: str, jpeg: bytes) -> Portrait:
        def portrait(answer: Answer) -> Portrait:
            size = codec.decode_size(answer.header)
            picture = None if size is None else Picture(*size, answer.shared[0])
            return Portrait(jpeg, codec.decode_report(answer.header), picture)

        return self._process.ask(Frame({"do": work}, jpeg), portrait, sizes=_pixels)

    def fit_photo(self, portrait: Portrait, most_bytes: int) -> bytes:
        """Return the portrait as a JPEG of at most `most_bytes`, for a chip.

        Raises:
            PhotoError: It breaks a hard rule, or is too large even when it is smallest.
            PictureWorkError: The picture process failed.
        """
        request, pixels = _with_portrait("fit_photo", portrait)
        request["most_bytes"] = most_bytes

        def fitted(answer: Answer) -> bytes:
            if not 0 < len(answer.body) <= most_bytes:
                raise RemoteProtocolError(f"{len(answer.body)} bytes of at most {most_bytes}")
            return answer.body

        return self._process.ask(Frame(request), fitted, share=[pixels])

    def print_slip(self, slip: Slip) -> bytes:
        """Return the PDF of a slip.

        Raises:
            NameNotEncodableError: No font has one of the characters.
            ConfigError: A font can't be used.
            PictureWorkError: The picture process failed.
        """
        request: Header = {"do": "print_slip", "slip": codec.encode_slip(slip)}
        return self._process.ask(Frame(request), _body)

    def sheet(self, listed: ListOfRows) -> bytes:
        """See `station.core.lists.ListPapers.sheet`; made in this very process."""
        return write_sheet(listed)

    def document(self, listed: ListOfRows) -> bytes:
        """See `station.core.lists.ListPapers.document`."""
        return self._process.ask(Frame({"do": "print_document"}, codec.encode_list(listed)), _body)

    def forms(self, forms: Sequence[PersonForm]) -> bytes:
        """See `station.core.lists.ListPapers.forms`."""
        header, body = codec.encode_forms(forms)
        return self._process.ask(Frame({"do": "print_forms", **header}, body), _body)

    def draw_test_card(self, template: FaceTemplate, geometry: PrintGeometry) -> RenderedFace:
        """Return the technician's test card.

        Raises:
            ConfigError: The template is not a test card's, or a font can't be used.
            PictureWorkError: The picture process failed.
        """
        request: Header = {
            "template": template.model_dump_json(),
            "geometry": codec.encode_geometry(geometry),
        }

        def preview(name: str, planes: Mapping[Panel, bytes]) -> bytes:
            del name, planes
            return self._process.ask(Frame(request | {"do": "preview_test_card"}), _body)

        return self._process.ask(
            Frame(request | {"do": "draw_test_card"}),
            lambda answer: _face(answer, template, geometry, preview),
            sizes=_planes_of(geometry),
        )

    def expect(self) -> None:
        """See `station.core.faces.PictureWork.expect`."""
        self._process.expect()

    def close(self) -> None:
        """See `station.core.faces.PictureWork.close`."""
        self._process.close()


class ProcessFaces(ProcessPictures):
    """Implements `station.core.faces.FaceRenderer`; every method may raise `PictureWorkError`."""

    def __init__(
        self, process: PictureProcess, template: FaceTemplate, profile: PhotoProfile
    ) -> None:
        super().__init__(process)
        self._template = template
        self._profile = profile

    @property
    def sides(self) -> frozenset[str]:
        """See `station.core.faces.FaceRenderer.sides`: what the template has."""
        return frozenset({"front"} if self._template.back is None else {"front", "back"})

    @property
    def photo_rules_unchecked(self) -> str:
        """See `station.core.faces.FaceRenderer.photo_rules_unchecked`."""
        return unchecked_reason(self._profile)

    def prepare(self, geometry: PrintGeometry) -> None:
        """See `station.core.faces.FaceRenderer.prepare`: starts the process and warms it."""
        request: Header = {"do": "prepare", "geometry": codec.encode_geometry(geometry)}
        self._process.warm(Frame(request))

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        """See `station.core.faces.FaceRenderer.render`."""
        if portrait.jpeg != data.photo_jpeg:
            raise DefectError("the portrait is not the one of this person's data")
        request, pixels = _with_portrait("render", portrait)
        request |= {
            "person": codec.encode_person(data),
            "geometry": codec.encode_geometry(geometry),
            "duplex": duplex,
        }

        def preview(name: str, planes: Mapping[Panel, bytes]) -> bytes:
            return self._preview(name, planes, geometry)

        return self._process.ask(
            Frame(request),
            lambda answer: _face(answer, self._template, geometry, preview),
            share=[pixels],
            sizes=_planes_of(geometry),
        )

    def _preview(self, name: str, planes: Mapping[Panel, bytes], geometry: PrintGeometry) -> bytes:
        request: Header = {
            "do": "preview",
            "side": name,
            "geometry": codec.encode_geometry(geometry),
            "panels": {"front": "".join(planes)},
        }
        return self._process.ask(Frame(request), _body, share=list(planes.values()))


def _with_portrait(work: str, portrait: Portrait) -> tuple[Header, bytes]:
    picture = portrait.require_picture()
    size = [picture.width_px, picture.height_px]
    report = codec.encode_report(portrait.report)
    return {"do": work, "size": size, "report": report}, picture.rgb


def _pixels(header: Header) -> list[int]:
    size = codec.decode_size(header)
    return [] if size is None else [3 * size[0] * size[1]]


def _planes_of(geometry: PrintGeometry) -> Callable[[Header], list[int]]:
    dots = geometry.width_dots * geometry.height_dots

    def sizes(header: Header) -> list[int]:
        panels = codec.decode_panels(header)
        return [dots for side in panels.values() for _ in side]

    return sizes


def _face(
    drawn: Answer,
    template: FaceTemplate,
    geometry: PrintGeometry,
    preview: Callable[[str, Mapping[Panel, bytes]], bytes],
) -> RenderedFace:
    """Return the face that has arrived, which must have the digest of what was drawn.

    Raises:
        RemoteProtocolError: It has not: nothing of it may be printed.
    """
    planes = iter(drawn.shared)
    sides: dict[str, FaceSide] = {}
    for name, panels in codec.decode_panels(drawn.header).items():
        of_side = MappingProxyType({panel: next(planes) for panel in panels})
        sides[name] = DrawnSide(geometry, of_side, functools.partial(preview, name, of_side))
    digest = digest_of(template.name, sides)
    if digest != codec.text(drawn.header, "sha256"):
        raise RemoteProtocolError("picture process: the planes are not those that were drawn")
    return RenderedFace(sides["front"], sides.get("back"), template.name, digest)


def _body(answer: Answer) -> bytes:
    if not answer.body:
        raise RemoteProtocolError("picture process: an empty answer")
    return answer.body
