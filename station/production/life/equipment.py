"""The concrete parts that one window has, behind their interfaces. `bootstrap` fills it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from station.clock import monotonic
from station.core.cards import BlankRule, CardEncoder, ChipIdentity
from station.core.errors import BankNotConfiguredError, ConfigError, PictureWorkError
from station.core.faces import FaceRenderer, PhotoChecks, PictureWork, PrintGeometry, RenderedFace
from station.core.gateways import ProvinceGateway, WithdrawalGateway
from station.core.lists import ListOfRows, ListPapers, PersonForm
from station.core.offline import ParcelOffice
from station.core.orders import OrderKind
from station.core.photos import PhotoReport
from station.core.printing import CardPrinter
from station.core.recipes import recipe_of
from station.core.rehearsal import Rehearsal
from station.core.slips import Slip
from station.core.wire_trace import WireTrace
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.lease import Lease
from station.production.life.policies import Policies
from station.production.life.stand_in import StandIn


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """When a report is retried automatically, in seconds; network only, never a physical effect.

    Attributes:
        first: Wait after the first failure.
        longest: The wait doubles up to this.
        jitter: Maximum share that is added at random, so that windows do not retry in step.
    """

    first: float = 5.0
    longest: float = 300.0
    jitter: float = 0.2

    @property
    def longest_wait(self) -> float:
        """The longest possible wait, with jitter."""
        return self.longest * (1.0 + self.jitter)


def _no_test_face(geometry: PrintGeometry) -> RenderedFace:
    raise ConfigError(f"no test card is configured for {geometry}")


def _no_paper(slip: Slip) -> bytes:
    raise ConfigError(f"nothing here makes a PDF of {slip.title}")


class NoPapers:
    """Implements `ListPapers` where nothing makes papers."""

    def sheet(self, listed: ListOfRows) -> bytes:
        """See `ListPapers.sheet`."""
        raise ConfigError(f"nothing here makes a file of {listed.title}")

    def document(self, listed: ListOfRows) -> bytes:
        """See `ListPapers.document`."""
        raise ConfigError(f"nothing here makes a PDF of {listed.title}")

    def forms(self, forms: Sequence[PersonForm]) -> bytes:
        """See `ListPapers.forms`."""
        raise ConfigError(f"nothing here makes a PDF of {len(forms)} forms")


class NoPhotoChecks:
    """Implements `PhotoChecks` where no batch is taken over."""

    def check_photos(self, jpegs: Sequence[bytes]) -> Sequence[PhotoReport | PictureWorkError]:
        """See `PhotoChecks.check_photos`."""
        raise ConfigError(f"nothing here checks {len(jpegs)} portraits")


class NoPictureWork:
    """Implements `PictureWork` where pictures are decoded and drawn in this very process."""

    def expect(self) -> None:
        """Nothing has to be started."""

    def close(self) -> None:
        """Nothing was started."""


@dataclass(frozen=True, slots=True)
class Equipment:
    """The devices and choices that the workflow works with.

    Attributes:
        machine: Name of this machine in the journal.
        printer: The card printer.
        encoder: The chip at the chip station.
        province: The province's gateway.
        faces: Renders the face; from several threads.
        blanks: AAE008 -> the rule for that bank's blanks.
        retry: When reports are tried again.
        policies: The site's choices.
        pictures: What decodes and draws for `faces`, `test_face` and `print_slip`.
        test_face: Renders the technician's test card.
        office: Seals reports for the data centre; None when the site has not set it up.
        print_slip: Creates the PDF of a slip.
        papers: Writes lists and forms into files.
        photo_checks: Checks the pictures of batches.
        unverified: Device name -> facts never confirmed with a real card or province.
        desk: The devices on the clerk's desk.
        bank_names: AAE008 -> name of the bank, for people.
        trace: The last exchanges with devices and province.
        lease: Whether orders that central has assigned may be fed.
        rehearsal: The invented person and the marked test cards; None where nothing is set up.
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
    papers: ListPapers = field(default_factory=NoPapers)
    photo_checks: PhotoChecks = field(default_factory=NoPhotoChecks)
    unverified: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    desk: DeskEquipment = field(default_factory=DeskEquipment)
    bank_names: Mapping[str, str] = field(default_factory=dict)
    trace: WireTrace = field(default_factory=lambda: WireTrace(monotonic))
    lease: Lease = field(default_factory=Lease)
    rehearsal: Rehearsal | None = None

    def __post_init__(self) -> None:
        """Switch off what the province's dialect does not offer."""
        if self.policies.tell_cancelled and not isinstance(self.province, WithdrawalGateway):
            offered = self.policies.model_copy(update={"tell_cancelled": False})
            object.__setattr__(self, "policies", offered)

    def close(self) -> None:
        """Release every device, and end the processes that decode and draw."""
        self.printer.close()
        self.encoder.close()
        self.province.close()
        self.desk.close()
        self.pictures.close()

    def province_for(self, kind: OrderKind) -> ProvinceGateway:
        """Return whom an order of this kind asks: the province, or the stand-in for it.

        Raises:
            ConfigError: See `set_up_rehearsal`.
        """
        if not recipe_of(kind).is_rehearsal:
            return self.province
        return StandIn(self.province, self.set_up_rehearsal)

    @property
    def set_up_rehearsal(self) -> Rehearsal:
        """The invented person and the test cards.

        Raises:
            ConfigError: They were taken out of the settings while a rehearsal was open.
        """
        if self.rehearsal is None:
            raise ConfigError("no rehearsal is set up: the settings have no test cards")
        return self.rehearsal

    def blank_rule(self, bank: str) -> BlankRule:
        """Return the rule for a bank's blanks.

        Raises:
            BankNotConfiguredError: The site does not know this bank.
        """
        try:
            return self.blanks[bank]
        except KeyError:
            raise BankNotConfiguredError(
                f"bank {bank} is not in config/", details={"bank": bank}
            ) from None

    def bank_of(self, chip: ChipIdentity) -> str | None:
        """Return the bank (AAE008) of a blank by its bank number; None when the site has none."""
        if chip.bank_number is None:
            return None
        found = (
            bank
            for bank, rule in self.blanks.items()
            if chip.bank_number.bank_bin in rule.bank_bins
        )
        return next(found, None)
