"""Wires what decodes and draws for a window: the processes, and what the workflow asks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from station.core.errors import PictureWorkError
from station.core.faces import FaceRenderer, PrintGeometry, RenderedFace
from station.core.lists import ListOfRows, PersonForm
from station.core.photos import PhotoReport, Portrait
from station.core.slips import Slip
from station.face import NoFace, default_font_files, load_face
from station.face.template.model import load_template
from station.picture_process import (
    Patience,
    PictureProcess,
    ProcessFaces,
    ProcessPhotoChecks,
    ProcessPictures,
    Setup,
    background_processes,
)
from station.production.life.kept_faces import KeptFaces
from station.settings import Settings

#: A slip needs seconds, and is asked for now and then.
PAPER: Final = Patience(answer=60.0, idle=20.0)


@dataclass(frozen=True, slots=True)
class Pictures:
    """What decodes and draws, in processes of their own.

    Implements `PictureWork`, `PhotoChecks` and `ListPapers`.

    A slip needs its fonts opened by another library, which takes seconds and 100 MB: a process for
    that ends soon, and nobody's card waits for it.

    Attributes:
        faces: Keeps the last card's face and portrait.
        cards: Portraits, and what of a card is not a person's face.
        paper: Slips.
        checks: The pictures of a batch.
        test_card: File of the technician's test card.
    """

    faces: FaceRenderer
    cards: ProcessPictures
    paper: ProcessPictures
    checks: ProcessPhotoChecks
    test_card: Path

    def fit_photo(self, portrait: Portrait, most_bytes: int) -> bytes:
        """Make a portrait small enough for a chip."""
        return self.cards.fit_photo(portrait, most_bytes)

    def draw_test_card(self, geometry: PrintGeometry) -> RenderedFace:
        """Draw the technician's test card by the template as it is now."""
        return self.cards.draw_test_card(load_template(self.test_card), geometry)

    def check_photos(self, jpegs: Sequence[bytes]) -> Sequence[PhotoReport | PictureWorkError]:
        """See `PhotoChecks.check_photos`."""
        return self.checks.check_photos(jpegs)

    def print_slip(self, slip: Slip) -> bytes:
        """Make the PDF of a slip."""
        return self.paper.print_slip(slip)

    def sheet(self, listed: ListOfRows) -> bytes:
        """See `station.core.lists.ListPapers.sheet`."""
        return self.paper.sheet(listed)

    def document(self, listed: ListOfRows) -> bytes:
        """See `station.core.lists.ListPapers.document`."""
        return self.paper.document(listed)

    def forms(self, forms: Sequence[PersonForm]) -> bytes:
        """See `station.core.lists.ListPapers.forms`."""
        return self.paper.forms(forms)

    def expect(self) -> None:
        """See `PictureWork.expect`."""
        self.cards.expect()

    def close(self) -> None:
        """See `PictureWork.close`."""
        self.cards.close()
        self.paper.close()
        self.checks.close()


def build_pictures(settings: Settings) -> Pictures:
    """Wire what decodes and draws; no process is started yet.

    Raises:
        ConfigError: A template, a photo profile or a font is missing or wrong.
    """
    face, fonts = settings.face, paper_fonts(settings)
    paper = ProcessPictures(PictureProcess(Setup(fonts), patience=PAPER))
    if not face.prints:
        cards = ProcessPictures(PictureProcess(Setup(fonts, uses_photo=True)))
        no_face = NoFace(uses_photo=settings.chip.photo, decode=cards.open_photo)
        checks = _checks(Setup(fonts, uses_photo=settings.chip.photo))
        return Pictures(no_face, cards, paper, checks, face.test_card)
    template, profile = load_face(
        face.template,
        face.photo_profile,
        fonts,
        region=settings.province.region,
        versions=settings.chip.versions,
    )
    setup = Setup(fonts, template, profile)
    faces = ProcessFaces(PictureProcess(setup), template, profile)
    return Pictures(KeptFaces(faces), faces, paper, _checks(setup), face.test_card)


def _checks(setup: Setup) -> ProcessPhotoChecks:
    return ProcessPhotoChecks(background_processes(setup))


def draw_technicians_card(
    settings: Settings, geometry: PrintGeometry, template: Path | None = None
) -> RenderedFace:
    """Draw the technician's test card with the site's fonts, by the site's template or another.

    In this very process: for commands, not for the daemon.

    Raises:
        ConfigError: The template is no test card's, or a font can't be used.
    """
    from station.face.technician_card import draw_test_card  # with all libraries: a command's
    from station.face.text.fonts import FontChain

    chosen = load_template(template or settings.face.test_card)
    return draw_test_card(chosen, geometry, FontChain(paper_fonts(settings)))


def paper_fonts(settings: Settings) -> tuple[Path, ...]:
    """Return the fonts of these settings, for what is printed on paper."""
    return tuple(settings.face.fonts or default_font_files())
