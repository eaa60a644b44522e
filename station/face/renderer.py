"""One template, one photo profile, one chain of fonts: from production data to a rendered face.

Numpy and Pillow are imported at the first rendering, not when the station starts.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from station.core.cards import ChipData
from station.core.errors import ConfigError, DefectError, InputError
from station.core.faces import FaceSide, Panel, PrintGeometry, RenderedFace
from station.core.gateways import ProductionData
from station.face.photo.profile import PhotoProfile, load_photo_profile, unchecked_reason
from station.face.template.grid import CardGrid
from station.face.template.model import FaceTemplate, SideTemplate, check_site, load_template

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

    from station.core.photos import Portrait
    from station.face.text.fonts import FontChain

#: Where Debian's fonts-noto-cjk, fonts-hanazono (extensions B to F) and fonts-babelstone-han (half
#: of G and H) put them, in the order of preference.
_DEFAULT_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSerifCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/hanazono/HanaMinA.ttf"),
    Path("/usr/share/fonts/truetype/hanazono/HanaMinB.ttf"),
    Path("/usr/share/fonts/truetype/babelstone/BabelStoneHan.ttf"),
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
)


class TemplateRenderer:
    """Renders faces of one template. Not for several threads at once."""

    def __init__(
        self, template: FaceTemplate, photo_profile: PhotoProfile, font_files: Sequence[Path]
    ) -> None:
        self.template = template
        self._profile = photo_profile
        self._font_files = tuple(font_files)
        self._stock: dict[tuple[str, PrintGeometry], bytes] = {}

    @property
    def sides(self) -> frozenset[str]:
        """See `station.core.faces.FaceRenderer.sides`: what the template has."""
        return frozenset(name for name, _ in self._sides(duplex=True))

    def prepare(self, geometry: PrintGeometry) -> None:
        """Open the fonts and draw the stock, so that the first order does not wait for them.

        Raises:
            ConfigError: A font can't be used, or the geometry is not a card's.
        """
        from station.face.draw.resolution import drawn_geometry

        grid = CardGrid(drawn_geometry(geometry))
        for name, side in self._sides(duplex=True):
            self._stock_of(name, side, grid)

    def render(
        self, data: ProductionData, portrait: Portrait, geometry: PrintGeometry, *, duplex: bool
    ) -> RenderedFace:
        """Render both sides, or the front alone for a simplex printer.

        The same data, template, geometry and fonts give the same bytes.

        Raises:
            DefectError: The portrait is not the one of `data`.
            PhotoError: The portrait breaks a hard rule, `details["rule"]`.
            NameNotEncodableError: A character that no font has, `details["character"]`, or a text
                too long for its room.
            InputError: A value is empty or not a date, `details["field"]`.
            ConfigError: The geometry is not a card's, the template makes a solid of resin, or it is
                another province's or a test card's.
        """
        from station.face.photo.decoding import as_image

        self._check_purpose(data)
        if portrait.jpeg != data.photo_jpeg:
            raise DefectError("the portrait is not the one of this person's data")
        photo = as_image(portrait.require_picture())
        sides = {
            name: self._draw(name, side, data, photo, geometry)
            for name, side in self._sides(duplex=duplex)
        }
        return RenderedFace(
            front=sides["front"],
            back=sides.get("back"),
            template=self.template.name,
            sha256=digest_of(self.template.name, sides),
        )

    def _check_purpose(self, data: ProductionData) -> None:
        if self.template.is_test_card:
            raise ConfigError(f"template {self.template.name} is a test card's: no person gets one")
        if not self.template.is_for_region(data.AAB301):
            raise ConfigError(
                f"template {self.template.name} is for provinces {self.template.provinces}, the"
                f" order is of {data.AAB301[:2]}"
            )

    @property
    def photo_rules_unchecked(self) -> str:
        """Why the profile's soft rules are not checked here; empty when they are."""
        return unchecked_reason(self._profile)

    def check_photo(self, jpeg: bytes) -> Portrait:
        """See `station.core.faces.FaceRenderer.check_photo`; by the rules of the profile."""
        from station.face.photo.check import check_photo

        return check_photo(jpeg, self._profile)

    def open_photo(self, jpeg: bytes) -> Portrait:
        """See `station.core.faces.FaceRenderer.open_photo`."""
        from station.face.photo.decoding import open_photo

        return open_photo(jpeg, self._profile)

    @functools.cached_property
    def _fonts(self) -> FontChain:
        from station.face.text.fonts import FontChain

        return FontChain(self._font_files)

    @functools.cached_property
    def _chains(self) -> Mapping[str, FontChain]:
        from station.face.draw.planes import chains

        return chains(self.template, self._fonts)

    def rehearse(self, geometry: PrintGeometry) -> None:
        """Draw an invented card once, so that the first order waits for no import and no cache."""
        from station.core.photos import PhotoReport, Picture, Portrait

        day, hanzi = "20000101", chr(0x4E00)
        chip = ChipData(
            AAC002="0123456789", AAC003=2 * hanzi, AAC004="", AAC005="", AAC025="", AAC006=day,
            AAZ500="A01234567", AAZ503=day, valid_until=day,
        )  # fmt: skip
        region = self.template.provinces[0] + "0000" if self.template.provinces else ""
        nobody = ProductionData(chip, "", "", hanzi, region, hanzi, photo_jpeg=b"")
        grey = Portrait(b"", PhotoReport("", ()), Picture(2, 2, bytes((200, 150, 100)) * 4))
        with contextlib.suppress(InputError):  # some templates want more of a person than this
            self.render(nobody, grey, geometry, duplex=True)

    def preview(self, name: str, printed: Mapping[Panel, bytes], geometry: PrintGeometry) -> bytes:
        """Return the PNG of a side, `front` or `back`, from the planes that `render` gave."""
        return self._draw_preview(name, dict(self._sides(duplex=True))[name], printed, geometry)

    def _sides(self, *, duplex: bool) -> Iterator[tuple[str, SideTemplate]]:
        yield "front", self.template.front
        if duplex and self.template.back is not None:
            yield "back", self.template.back

    def _draw(
        self,
        name: str,
        side: SideTemplate,
        data: ProductionData,
        photo: Image.Image,
        geometry: PrintGeometry,
    ) -> FaceSide:
        from station.face.draw.drawn_side import DrawnSide
        from station.face.draw.guards import check_planes
        from station.face.draw.planes import Stage, draw_side
        from station.face.draw.resolution import drawn_geometry, lay_together

        grid = CardGrid(drawn_geometry(geometry))
        planes = draw_side(side, data, photo, Stage(grid, self._chains, self.template.colour))
        check_planes(planes, side, self.template.limits, grid)
        printed = MappingProxyType(
            {panel: plane.tobytes() for panel, plane in lay_together(planes, geometry).items()}
        )
        return DrawnSide(
            geometry, printed, lambda: self._draw_preview(name, side, printed, geometry)
        )

    def _draw_preview(
        self,
        name: str,
        side: SideTemplate,
        printed: Mapping[Panel, bytes],
        geometry: PrintGeometry,
    ) -> bytes:
        from station.face.draw.preview import draw_preview, to_png
        from station.face.draw.resolution import drawn_geometry, spread_apart

        grid = CardGrid(drawn_geometry(geometry))
        seen = spread_apart(printed, geometry)
        return to_png(draw_preview(seen, self._stock_of(name, side, grid)), grid.geometry.dpi)

    def _stock_of(self, name: str, side: SideTemplate, grid: CardGrid) -> NDArray[np.uint8]:
        """Return the unprinted side, drawn once; it is kept packed, a tenth of its 5 MB a card."""
        import numpy as np

        from station.face.draw.artwork import draw_stock

        key = (name, grid.geometry)
        if key not in self._stock:
            drawn = draw_stock(side, grid, self._fonts)
            self._stock[key] = zlib.compress(drawn.tobytes(), level=1)
        pixels = np.frombuffer(zlib.decompress(self._stock[key]), np.uint8)
        return pixels.reshape(*grid.shape, 4)


def load_renderer(
    template_file: Path,
    photo_profile_file: Path,
    font_files: Sequence[Path],
    *,
    region: str = "",
    versions: Collection[str] = (),
) -> TemplateRenderer:
    """Return a renderer of one face, for use in this process; see `load_face`.

    Raises:
        ConfigError: See `load_face`.
    """
    template, profile = load_face(
        template_file, photo_profile_file, font_files, region=region, versions=versions
    )
    return TemplateRenderer(template, profile, font_files)


def load_face(
    template_file: Path,
    photo_profile_file: Path,
    font_files: Sequence[Path],
    *,
    region: str = "",
    versions: Collection[str] = (),
) -> tuple[FaceTemplate, PhotoProfile]:
    """Read the configuration of one face; for a window of a 发卡地 that accepts these versions.

    Raises:
        ConfigError: A file is missing or wrong, or the template is for other cards; the message
            names file, line, key and reason.
    """
    for file in font_files:
        if not file.is_file():
            raise ConfigError(f"{file}: no such font file")
    template = load_template(template_file)
    if region:
        check_site(template_file, template, region=region, versions=versions)
    return template, load_photo_profile(photo_profile_file)


def default_font_files() -> list[Path]:
    """Return those fonts of Debian's packages that are installed.

    Raises:
        ConfigError: None is installed; the message names the packages.
    """
    found = [file for file in _DEFAULT_FONTS if file.is_file()]
    if not found:
        raise ConfigError(
            "no Chinese font found: install the Debian packages fonts-noto-cjk and fonts-hanazono"
        )
    return found


def digest_of(template: str, sides: Mapping[str, FaceSide]) -> str:
    """Return the hex digest over template, geometry and every plane."""
    digest = hashlib.sha256()
    for name, side in sides.items():
        size = side.geometry
        along = f"x{size.dpi_along}" if size.dpi_along else ""
        bits = f"/{size.colour_bits}" if size.colour_bits != 8 else ""
        head = f"{template} {name} {size.width_dots}x{size.height_dots}@{size.dpi}{along}{bits}\n"
        digest.update(head.encode())
        for panel, plane in side.planes.items():
            digest.update(panel.value.encode())
            digest.update(plane)
    return digest.hexdigest()
