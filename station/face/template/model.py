"""Face templates: what is printed where, read from `config/faces/<name>.toml`.

A text's `y_mm` is the top of its em box.
"""

from __future__ import annotations

import enum
import itertools
import tomllib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from station.core.errors import ConfigError
from station.core.faces import Panel
from station.core.phrases import phrase
from station.face.template.card import MM_PER_POINT, Box, Contacts, Mm, Part, PositiveMm, Share
from station.face.template.toml_file import read_part, refused

Points = Annotated[float, Field(strict=True, ge=4, le=36)]
Rgb = Annotated[str, Field(pattern=r"^#[0-9a-fA-F]{6}$")]
Level = Annotated[int, Field(strict=True, ge=0, le=255)]
Factor = Annotated[float, Field(strict=True, ge=0.2, le=2)]
PanelLetters = Annotated[str, Field(pattern=r"^Y?M?C?K?O?$", min_length=1)]


class FaceValue(enum.StrEnum):
    """Production data that a field may show."""

    AAC002 = "AAC002"
    AAC003 = "AAC003"
    AAZ500 = "AAZ500"
    AAZ503 = "AAZ503"
    VALID_UNTIL = "valid_until"
    ISSUER = "issuer"
    BANK_NAME = "bank_name"


#: From baseline to baseline of two lines, in ems.
LEADING_EM: Final = 1.15
#: How far marks over Latin capitals and tails reach beyond the em box, in ems: Ẳ in bold 0.26.
OVERSHOOT_EM: Final = 0.3
#: What a test card says on its front, as it is printed.
TEST_WORD: Final[str] = tomllib.loads(
    Path(__file__).with_name("printed.toml").read_text(encoding="utf-8")
)["test-card"]
HAIR_MM: Final = 0.35  #: strokes are grown and rounded to dots


class Align(enum.StrEnum):
    """Which point of the text is at `x_mm`."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


class TextField(Part):
    """One or two lines of text on the K panel, with an optional label before them.

    Attributes:
        value: What it shows; or `text`, the same on every card.
        optional: Print nothing, not even the label, when the value is empty.
        date_format: For dates: YYYY, MM, M, DD, D are replaced.
        min_size_pt: Shrink to fit `max_width_mm`, but not below this.
        two_lines_pt: Size of two lines when one of `min_size_pt` does not fit; None for one line
            only.
        two_lines_min_pt: Two lines shrink to fit too, but not below this; None keeps their size.
        label_size_pt: Size of the label; None for the value's.
        rotation: Degrees clockwise about `x_mm`, `y_mm`, with the label: 90 runs downwards.
        font: A name of the template's `fonts`; empty for the site's chain as it is.
    """

    value: FaceValue | None = None
    text: str = ""
    optional: bool = False
    date_format: str = ""
    label: str = ""
    label_x_mm: Mm | None = None
    x_mm: Mm
    y_mm: Mm
    max_width_mm: PositiveMm
    size_pt: Points
    min_size_pt: Points
    two_lines_pt: Points | None = None
    two_lines_min_pt: Points | None = None
    label_size_pt: Points | None = None
    align: Align = Align.LEFT
    rotation: Literal[0, 90, 180, 270] = 0
    font: str = ""

    @model_validator(mode="after")
    def _is_consistent(self) -> TextField:
        if (self.value is None) == (not self.text):
            raise ValueError("give either value or text")
        if bool(self.label) != (self.label_x_mm is not None):
            raise ValueError("label and label_x_mm go together")
        if self.min_size_pt > self.size_pt:
            raise ValueError("min_size_pt is above size_pt")
        if self.two_lines_pt is not None and self.two_lines_pt > self.min_size_pt:
            raise ValueError("two_lines_pt is above min_size_pt")
        if (self.two_lines_min_pt or 0) > (self.two_lines_pt or 0):
            raise ValueError("two_lines_min_pt is above two_lines_pt")
        return self

    @property
    def title(self) -> str:
        """What the operator calls it."""
        return phrase(f"face-value.{self.value}") if self.value is not None else self.text

    @property
    def box(self) -> Box:
        """The room of the value, with its second line if it may have one."""
        lead = {Align.LEFT: 0.0, Align.CENTRE: 0.5, Align.RIGHT: 1.0}[self.align]
        row = self._row(self.x_mm - lead * self.max_width_mm, self.max_width_mm)
        two_mm = (1 + LEADING_EM) * (self.two_lines_pt or 0) * MM_PER_POINT
        return self._turned(row.model_copy(update={"height_mm": max(row.height_mm, two_mm)}))

    @property
    def label_box(self) -> Box | None:
        """The room of the label, an em for each character; None without a label."""
        if self.label_x_mm is None:
            return None
        size_pt = self.label_size_pt or self.size_pt
        label = self._row(self.label_x_mm, len(self.label) * size_pt * MM_PER_POINT)
        return self._turned(label)

    def resin_rooms(self) -> Iterator[Box]:
        """Yield where its resin may lie, with the marks and tails that leave the em box."""
        beyond_mm = max(OVERSHOOT_EM * self.size_pt * MM_PER_POINT, HAIR_MM)
        lies = self.rotation in (90, 270)
        margins = (beyond_mm, HAIR_MM) if lies else (HAIR_MM, beyond_mm)
        for box in (self.box, self.label_box):
            if box is not None:
                yield box.grown(*margins)

    def _turned(self, box: Box) -> Box:
        return box.turned(self.rotation, self.x_mm, self.y_mm)

    def _row(self, x_mm: float, width_mm: float) -> Box:
        height_mm = self.size_pt * MM_PER_POINT
        return Box.model_construct(
            x_mm=x_mm, y_mm=self.y_mm, width_mm=width_mm, height_mm=height_mm
        )


class Artwork(Part):
    """The look of the unprinted stock; used in the preview only, never printed.

    Attributes:
        top: Colour at the upper edge, such as `#dcebf5`.
        bottom: Colour at the lower edge.
        accent: Colour of pattern and title.
        title: The stock's own title; empty for none.
    """

    top: Rgb
    bottom: Rgb
    accent: Rgb
    title: str = ""


class SideTemplate(Part):
    """One side.

    Attributes:
        panels: The ribbon panels this side uses, such as `YMCKO`.
        photo_window: Whether the stock is white where the photo goes. A dye ribbon has no white:
            where the stock has artwork instead, it shows through the light parts of the portrait.
        rules: Thin lines on the K panel.
        no_overcoat: Areas besides the contacts that get none: the signature strip.
    """

    panels: PanelLetters
    artwork: Artwork
    photo: Box | None = None
    photo_window: bool = False
    contacts: Contacts | None = None
    text: tuple[TextField, ...] = ()
    rules: tuple[Box, ...] = ()
    no_overcoat: tuple[Box, ...] = ()

    @model_validator(mode="after")
    def _has_its_panels(self) -> SideTemplate:
        if self.photo_window and self.photo is None:
            raise ValueError("photo_window: there is no photo")
        if self.photo is not None and not set("YMC") <= set(self.panels):
            raise ValueError("panels: a photo needs Y, M and C")
        if (self.text or self.rules) and "K" not in self.panels:
            raise ValueError("panels: text and rules need K")
        return self

    @property
    def panel_order(self) -> tuple[Panel, ...]:
        """The panels in the ribbon's order."""
        return tuple(Panel(letter) for letter in self.panels)

    @property
    def bare_of_overcoat(self) -> tuple[Box, ...]:
        """Where no overcoat may lie: the contacts and what the template says."""
        contacts = () if self.contacts is None else (self.contacts.keep_out,)
        return (*contacts, *self.no_overcoat)

    def resin_rooms(self) -> Iterator[Box]:
        """Yield where resin may lie: rules and texts. Never on the contacts or the photo."""
        yield from self.rules
        for field in self.text:
            yield from field.resin_rooms()

    def parts(self) -> Iterator[tuple[str, Box]]:
        """Yield every printed part's key and room."""
        if self.photo is not None:
            yield "photo", self.photo
        for number, field in enumerate(self.text):
            yield f"text.{number}", field.box
            if field.label_box is not None:
                yield f"text.{number}.label", field.label_box
        for number, rule in enumerate(self.rules):
            yield f"rules.{number}", rule


class Limits(Part):
    """Limits of a rendering, given by the ribbon.

    Attributes:
        photo_dye: Mean dye of a colour panel within the photo box, as a share of the most.
        resin_side: Share of the side's dots that are resin black.
        resin_row: Share of one row's dots that are resin black.
    """

    photo_dye: Share
    resin_side: Share
    resin_row: Share


class Colour(Part):
    """How the photo's colours become dye on this site's printer.

    Attributes:
        icc_profile: An RGB printer profile; relative to the template's folder.
        curves: For a dye's letter, points of input and output level, rising; straight between.
        density: For a dye's letter, a factor on its amount after the curve.
    """

    icc_profile: Path | None = None
    curves: dict[Panel, tuple[tuple[Level, Level], ...]] = Field(default_factory=dict)
    density: dict[Panel, Factor] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_for_dyes(self) -> Colour:
        for panel in (*self.curves, *self.density):
            if panel.value not in "YMC":
                raise ValueError(f"panel {panel.value} is no dye")
        for panel, points in self.curves.items():
            rises = all(a[0] < b[0] and a[1] <= b[1] for a, b in itertools.pairwise(points))
            if len(points) < 2 or not rises:
                raise ValueError(f"curve {panel.value}: give at least two rising points")
        return self


class FaceTemplate(Part):
    """One face, front and back.

    Attributes:
        name: The file's name without `.toml`.
        title: Name for people.
        unverified: Facts that were never seen on a real card, one sentence each.
        generations: Versions of the card it is for, such as `3.00`; empty for any.
        provinces: First two digits of the 发卡地 it is for, such as `41`; empty for any.
        is_test_card: It may never be printed on a person's card.
        fonts: Name -> font files that are asked before the site's chain; relative to the template.
        colour: None prints the photo's colours as they are.
    """

    name: str
    title: str
    unverified: tuple[str, ...] = ()
    generations: tuple[str, ...] = ()
    provinces: tuple[str, ...] = ()
    is_test_card: bool = False
    fonts: dict[str, tuple[Path, ...]] = Field(default_factory=dict)
    limits: Limits
    colour: Colour | None = None
    front: SideTemplate
    back: SideTemplate | None = None

    @model_validator(mode="after")
    def _shows_a_person_or_is_a_test(self) -> FaceTemplate:
        shown = {field.value for field in self.front.text}
        if self.is_test_card:
            sides = [side for side in (self.front, self.back) if side is not None]
            if any(side.photo or any(f.value for f in side.text) for side in sides):
                raise ValueError("a test card shows neither a photo nor anything of a person")
            if not any(TEST_WORD in field.text for field in self.front.text):
                raise ValueError(f"a test card says {TEST_WORD} on its front")
        elif FaceValue.AAC003 not in shown or self.front.photo is None:
            raise ValueError("a person's card shows photo and AAC003 on its front")
        return self

    def is_for_region(self, region: str) -> bool:
        """Whether it may be printed for a 发卡地 (AAB301)."""
        return not self.provinces or region[:2] in self.provinces


def load_template(file: Path) -> FaceTemplate:
    """Read and check one template.

    Raises:
        ConfigError: Not readable, not TOML, an unknown or wrong key, or parts that overlap or leave
            the card; the message names file, line, key and reason.
    """
    template = _with_profile(file, read_part(file, FaceTemplate, name=file.stem))
    template = _with_fonts(file, template)
    _check_layout(file, "front", template.front)
    if template.back is not None:
        _check_layout(file, "back", template.back)
    return template


def check_site(
    file: Path, template: FaceTemplate, *, region: str, versions: Collection[str]
) -> None:
    """Make sure that a template is for a window's 发卡地 and for every card version it accepts.

    Raises:
        ConfigError: The template is for others, or for a test card; the message names file, line
            and reason.
    """
    if template.is_test_card:
        raise refused(file, ("is_test_card",), "no person gets a test card")
    if not template.is_for_region(region):
        raise refused(file, ("provinces",), f"this window's province.region is {region}")
    others = sorted(set(versions) - set(template.generations)) if template.generations else []
    if others:
        reason = f"this window's chip.versions have {', '.join(others)}"
        raise refused(file, ("generations",), reason)


def _with_profile(file: Path, template: FaceTemplate) -> FaceTemplate:
    if template.colour is None or template.colour.icc_profile is None:
        return template
    profile = file.parent / template.colour.icc_profile
    if not profile.is_file():
        raise refused(file, ("colour", "icc_profile"), f"{profile}: no such file")
    colour = template.colour.model_copy(update={"icc_profile": profile})
    return template.model_copy(update={"colour": colour})


def _with_fonts(file: Path, template: FaceTemplate) -> FaceTemplate:
    fonts = {
        name: tuple(file.parent / font for font in files) for name, files in template.fonts.items()
    }
    for name, files in fonts.items():
        for font in files:
            if not font.is_file():
                raise refused(file, ("fonts", name), f"{font}: no such font file")
    for side_name, side in (("front", template.front), ("back", template.back)):
        for number, field in enumerate(side.text if side is not None else ()):
            if field.font and field.font not in fonts:
                path = (side_name, "text", number, "font")
                raise refused(file, path, f"[fonts] has no {field.font!r}")
    return template.model_copy(update={"fonts": fonts})


def _check_layout(file: Path, side_name: str, side: SideTemplate) -> None:
    parts = list(side.parts())
    for key, box in [*parts, *_named("no_overcoat", side.no_overcoat)]:
        if not box.is_on_card:
            raise _misplaced(file, side_name, key, "reaches beyond the card")
    for number, (key, box) in enumerate(parts):
        if side.contacts is not None and box.overlaps(side.contacts.keep_out):
            raise _misplaced(file, side_name, key, "lies on the chip contacts")
        for other_key, other in parts[:number]:
            if box.overlaps(other):
                raise _misplaced(file, side_name, key, f"overlaps {side_name}.{other_key}")


def _misplaced(file: Path, side_name: str, key: str, reason: str) -> ConfigError:
    path = [int(part) if part.isdecimal() else part for part in (side_name, *key.split("."))]
    return refused(file, path, reason)


def _named(key: str, boxes: tuple[Box, ...]) -> list[tuple[str, Box]]:
    return [(f"{key}.{number}", box) for number, box in enumerate(boxes)]
