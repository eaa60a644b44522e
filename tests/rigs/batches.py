"""The service of batches as bootstrap wires it, on any journal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from station.batches.service import BatchService
from station.core.errors import PictureWorkError
from station.core.faces import FaceRenderer, PhotoChecks
from station.core.lists import ListOfRows, PersonForm
from station.core.photos import PhotoReport
from station.face import default_font_files
from station.journal import Journal
from station.offline import SealedOffice
from station.offline.packages import SealedPackages
from station.offline.results import SealedResults
from station.paper import write_sheet
from station.paper.documents import print_document
from station.paper.forms import print_forms
from station.production.life.equipment import Equipment
from station.production.services.service import ProductionService


class OwnPapers:
    """Implements `ListPapers` in this very process."""

    def sheet(self, listed: ListOfRows) -> bytes:
        """See `ListPapers.sheet`."""
        return write_sheet(listed)

    def document(self, listed: ListOfRows) -> bytes:
        """See `ListPapers.document`."""
        return print_document(listed, default_font_files())

    def forms(self, forms: Sequence[PersonForm]) -> bytes:
        """See `ListPapers.forms`."""
        return print_forms(forms, default_font_files())


@dataclass(frozen=True, slots=True)
class OneByOne:
    """Implements `PhotoChecks` with whatever checks the portrait of a card."""

    faces: FaceRenderer

    def check_photos(self, jpegs: Sequence[bytes]) -> Sequence[PhotoReport | PictureWorkError]:
        """See `PhotoChecks.check_photos`."""
        return [self._checked(jpeg) for jpeg in jpegs]

    def _checked(self, jpeg: bytes) -> PhotoReport | PictureWorkError:
        try:
            return self.faces.check_photo(jpeg).report
        except PictureWorkError as exc:
            return exc


def batch_service(
    journal: Journal,
    equipment: Equipment,
    service: ProductionService,
    folder: Path,
    office: SealedOffice | None = None,
    checks: PhotoChecks | None = None,
) -> BatchService:
    """Return the service; the key of packages is in the folder, made at its first use."""
    return BatchService(
        journal,
        equipment,
        service,
        OwnPapers(),
        checks or OneByOne(equipment.faces),
        SealedPackages(folder / "package.key"),
        SealedResults("m", office),
    )
