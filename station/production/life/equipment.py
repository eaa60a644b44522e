"""The concrete parts that one window has, behind their interfaces. `bootstrap` fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from station.core.cards import BlankRule, CardEncoder
from station.core.errors import BankNotConfiguredError, ConfigError
from station.core.faces import FaceRenderer, PictureWork, PrintGeometry, RenderedFace
from station.core.gateways import ProvinceGateway
from station.core.offline import ParcelOffice
from station.core.printing import CardPrinter
from station.core.slips import Slip
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.policies import Policies


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a report is tried again by itself, in seconds; network only, never a physical effect.

    Attributes:
        first: Wait after the first failure.
        longest: The wait doubles up to this.
        jitter: Up to this share is added at random, so that windows do not march in step.
    """

    first: float = 5.0
    longest: float = 300.0
    jitter: float = 0.2

    @property
    def longest_wait(self) -> float:
        """The longest wait that can come out, with its jitter."""
        return self.longest * (1.0 + self.jitter)


def _no_test_face(geometry: PrintGeometry) -> RenderedFace:
    raise ConfigError(f"no test card is configured for {geometry}")


def _no_paper(slip: Slip) -> bytes:
    raise ConfigError(f"nothing here makes a PDF of {slip.title}")


class NoPictureWork:
    """Implements `PictureWork` where pictures are decoded and drawn in this very process."""

    def expect(self) -> None:
        """Nothing has to be started."""

    def close(self) -> None:
        """Nothing was started."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """What the workflow works with.

    Attributes:
        machine: Name of this machine in the journal.
        printer: The card printer.
        encoder: The chip at the chip station.
        province: The province's gateway.
        faces: Draws the face; from several threads.
        blanks: AAE008 -> which blanks fit that bank.
        retry: When reports are tried again.
        policies: What the site has chosen.
        pictures: What decodes and draws for `faces`, `test_face` and `print_slip`.
        test_face: Draws the technician's test card.
        office: Seals reports for the data centre; None when the site has not set it up.
        print_slip: Makes the PDF of a slip.
        unverified: Device name -> what was never seen at a real card or province.
        desk: What stands on the clerk's desk.
    """

    machine: str
    printer: CardPrinter
    encoder: CardEncoder
    province: ProvinceGateway
    faces: FaceRenderer
    blanks: Mapping[str, BlankRule]
    retry: RetryPolicy
    policies: Policies = field(default_factory=Policies)
    pictures: PictureWork = field(default_factory=NoPictureWork)
    test_face: Callable[[PrintGeometry], RenderedFace] = _no_test_face
    office: ParcelOffice | None = None
    print_slip: Callable[[Slip], bytes] = _no_paper
    unverified: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    desk: DeskEquipment = field(default_factory=DeskEquipment)

    def blank_rule(self, bank: str) -> BlankRule:
        """Return which blanks fit a bank.

        Raises:
            BankNotConfiguredError: The site does not know this bank.
        """
        try:
            return self.blanks[bank]
        except KeyError:
            raise BankNotConfiguredError(
                f"bank {bank} is not in config/", details={"bank": bank}
            ) from None
