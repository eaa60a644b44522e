"""The printer and reader of the torture: one card path, every fault a person can cause."""

from __future__ import annotations

from typing import Protocol

from station.core.cards import (
    AuthenticationRequest,
    Authenticator,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.errors import (
    CardMismatchError,
    CardMuteError,
    DeviceError,
    PrinterNotConnectedError,
    ReaderNotConnectedError,
    WrongCardError,
    WrongCardReason,
)
from station.core.faces import FaceSide, PrintGeometry
from station.core.orders import EffectKind
from station.core.printing import (
    Capability,
    CardPosition,
    PrinterCounters,
    PrinterIdentity,
    PrinterModel,
    PrinterState,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from tests.torture.blanks import GOOD_BIN, Card, Where
from tests.torture.points import Points

GEOMETRY = PrintGeometry(4, 2, 300)
CAPABILITIES = frozenset(
    {
        Capability.PRINT_FRONT,
        Capability.PRINT_BACK,
        Capability.CONTACT_CHIP,
        Capability.FEEDER,
        Capability.REJECT_BIN,
    }
)
FULL_RIBBON = 400
FEEDER_HOLDS = 6


class Observer(Protocol):
    """Sees every real effect at the moment when it begins."""

    def saw(self, kind: EffectKind, card: Card | None, face: str = "") -> None:
        """Note what is about to happen to which card."""
        ...

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        ...


class Machine:
    """Printer and chip reader on one card path; keeps the physical truth."""

    address = "memory:"
    model = PrinterModel("torture", "Torture", GEOMETRY, CAPABILITIES)

    def __init__(self, points: Points, observer: Observer) -> None:
        self.points = points
        self.observer = observer
        self.cards: list[Card] = []
        self.position = CardPosition.CHIP_STATION
        self.printer_cable = self.reader_cable = True
        self.cover_open = False
        self.ribbon = FULL_RIBBON
        self.printed = 0
        self.jobs: set[int] = set()
        self.knows_jobs = True
        self.work_left = 0
        self._serial = 0
        self.fill()

    # -- hands ---------------------------------------------------------------------------------

    def fill(self) -> None:
        """Put good blanks into the feeder up to what it holds."""
        while len(self.at(Where.FEEDER)) < FEEDER_HOLDS:
            self.add(self.new_card())

    def add(self, card: Card, *, first: bool = False) -> Card:
        """Put a card into the world; `first` makes it the next that is fed."""
        self.cards.insert(0 if first else len(self.cards), card)
        return card

    def new_card(self, bank: str = GOOD_BIN) -> Card:
        """Make a card with a serial of its own, not yet anywhere."""
        self._serial += 1
        return Card(self._serial, bank)

    def at(self, place: Where) -> list[Card]:
        """Return the cards that are there."""
        return [card for card in self.cards if card.place is place]

    @property
    def path(self) -> Card | None:
        """The card inside."""
        return next(iter(self.at(Where.PATH)), None)

    def take_from_path(self) -> Card | None:
        """Take the card out through the cover."""
        card = self.path
        if card is not None:
            card.place, card.by_hand = Where.HAND, True
        return card

    def put_into_path(self, card: Card) -> None:
        """Put a card in through the cover; one that is inside comes out first."""
        self.take_from_path()
        card.place = Where.PATH
        self.position = CardPosition.CHIP_STATION

    def lay_on_top(self, card: Card) -> None:
        """Lay a card into the feeder: it is the next that is fed."""
        card.place = Where.FEEDER
        self.cards.remove(card)
        self.cards.insert(0, card)

    def mend(self) -> None:
        """Put right whatever a person can put right without touching a card inside."""
        self.printer_cable = self.reader_cable = True
        self.cover_open, self.work_left = False, 0
        if self.ribbon == 0:
            self.ribbon = FULL_RIBBON
        self.fill()

    # -- printer -------------------------------------------------------------------------------

    def identity(self) -> PrinterIdentity:
        self._reach()
        return PrinterIdentity("Torture", "1", "1")

    def status(self) -> PrinterStatus:
        self.points.at("status", "before")
        self._reach()
        busy, self.work_left = self.work_left > 0, max(0, self.work_left - 1)
        state = PrinterState.PROCESSING if busy else PrinterState.IDLE
        place = self.position if self.path else None
        return PrinterStatus(state, self._reasons(), place, self.ribbon, b"")

    def counters(self) -> PrinterCounters:
        self.points.at("counters", "before")
        self._reach()
        return PrinterCounters(self.printed, self.ribbon)

    def job_printed(self, job_id: int) -> bool | None:
        self._reach()
        return True if self.knows_jobs and job_id in self.jobs else None

    def bring_card_to_chip_station(self) -> None:
        self._ready()
        if self.path is None:
            self.points.at("feed", "before")
            card = next(iter(self.at(Where.FEEDER)), None)
            if card is None:
                raise DeviceError("empty", native_code=0x8000, code="media-empty")
            self.observer.saw(EffectKind.FEED, card)
            card.place, card.left_feeder = Where.PATH, True
            self.points.at("feed", "after")
        self.position = CardPosition.CHIP_STATION

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        del back
        self._ready()
        if self.path is None:
            raise DeviceError("no card", native_code=0x8100, code="media-needed")
        if self.ribbon == 0:
            raise DeviceError("ribbon", native_code=0x80300, code="marker-print-ribbon-empty")
        card, face = self.path, front.preview_png.decode()
        self.points.at("print", "before")
        self.observer.saw(EffectKind.PRINT, card, face)
        self.ribbon -= 1
        self.position = CardPosition.PRINT_STATION
        card.faces.append("torn")
        self.points.at("print", "inside")
        card.faces[-1] = face
        self.printed += 1
        self.jobs.add(job_id)
        self.points.at("print", "after")

    def present_card(self) -> None:
        self._move_out(EffectKind.RELEASE, Where.OUT)

    def reject_card(self) -> None:
        self._move_out(EffectKind.REJECT, Where.REJECTED)

    def _move_out(self, kind: EffectKind, place: Where) -> None:
        self._ready()
        self.points.at(kind.value, "before")
        if self.path is not None:
            self.observer.saw(kind, self.path)
            self.path.place = place
        self.points.at(kind.value, "after")

    def _reach(self) -> None:
        if not self.printer_cable:
            raise PrinterNotConnectedError("the cable is out")

    def _ready(self) -> None:
        self._reach()
        if self.cover_open:
            raise DeviceError("cover", native_code=0x50001, code="cover-open")

    def _reasons(self) -> tuple[Reason, ...]:
        open_cover = Reason(PrinterStateReason.COVER_OPEN, Severity.ERROR, "050001")
        return (open_cover,) if self.cover_open else ()

    # -- encoder -------------------------------------------------------------------------------

    def check_reader(self) -> None:
        if not self.reader_present():
            raise ReaderNotConnectedError("no reader")

    def reader_present(self) -> bool:
        return self.reader_cable

    def check_data(self, data: ChipData) -> None:
        del data

    def identify(self) -> ChipIdentity:
        self.points.at("identify", "before")
        return self._powered().identity()

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        if identity.AAZ500:
            raise WrongCardError(WrongCardReason.ALREADY_PERSONALISED, "used")
        if identity.bank_number is None or identity.bank_number.bank_bin not in rule.bank_bins:
            raise WrongCardError(WrongCardReason.OTHER_BANK, "bank")

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: bytes = b"",
    ) -> ChipIdentity:
        card = self._powered()
        if not card.identity().same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "swapped")
        authenticate(AuthenticationRequest("", "", "", "03", "0094", b"", b""))
        self.points.at("write", "before")
        self.observer.saw(EffectKind.WRITE_CHIP, card, data.AAZ500)
        card.holder, card.half = data, True
        self.points.at("write", "inside")
        if not card.bad:
            card.half = False
        self.points.at("write", "after")
        if card.bad:
            raise CardMismatchError("differs", details={"fields": "AAC003"})
        return card.identity()

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        self.points.at("inspect", "before")
        card = self._powered()
        authenticate(AuthenticationRequest("", "", "", "03", "0094", b"", b""))
        if card.holder is None:
            return ChipCondition.BLANK
        if card.holder != data:
            return ChipCondition.OTHER_DATA
        return ChipCondition.HALF_WRITTEN if card.half else ChipCondition.THIS_DATA

    def _powered(self) -> Card:
        if not self.reader_cable:
            raise ReaderNotConnectedError("the cable is out")
        if self.path is None or self.path.mute:
            raise CardMuteError("no ATR")
        return self.path

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None
