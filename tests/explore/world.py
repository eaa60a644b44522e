"""Cards, printer, chip reader and province of the search: what really is, whatever is believed.

Every device is a model of its interface in `core`: what may happen at a call is what the interface
says may happen. The world knows nothing of the station; `watch` is told of every real effect.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Final, NamedTuple

from station.core.cards import (
    AuthenticationRequest,
    Authenticator,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.errors import (
    AnswerProblem,
    BrokeOffError,
    CardMismatchError,
    CardMuteError,
    ChipContactLostError,
    DeviceError,
    GatewayAnswerError,
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    PersonNeededError,
    PersonRequest,
    PrinterNotConnectedError,
    ReaderNotConnectedError,
    RejectionReason,
    WrongCardError,
    WrongCardReason,
)
from station.core.faces import FaceSide, PrintGeometry
from station.core.gateways import IssuanceReport, ProductionData, ReportOutcome
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
from station.core.secrets import BankNumber
from tests.explore.choices import CRASH, Choices, Crash
from tests.torture.province import production_data
from tests.unit.production.doubles import NoCardServices

PERSON: Final = "410701199003074534"  # invented, as in the doubles
STRANGER: Final = "410701198507123218"
GOOD, OTHER = "622700", "622848"  #: banks of blanks: the one that is asked for, another one
GEOMETRY: Final = PrintGeometry(4, 2, 300)

FEEDER, PATH, OUT, BIN, HAND, GONE, ELSEWHERE = (
    "feeder",
    "path",
    "outlet",
    "bin",
    "hand",
    "gone",
    "other printer",
)
OUTSIDE: Final = (OUT, HAND)


@functools.cache
def data_of(person: str, batch: int = 1) -> ProductionData:
    """What the province gives for one person."""
    return production_data(person, batch)


class Card(NamedTuple):
    """One card.

    Attributes:
        serial: Makes its numbers.
        place: Where it is.
        holder: Whose data it carries; empty on a blank.
        half: A write broke off.
        faces: Every face on it, oldest first: `order face`, or `order torn`.
        bank: First digits of its bank number.
        mute: Gives no ATR.
        bad: Takes every write badly.
        fed: The machine drew it from the feeder.
        along: It stuck to the one that was fed.
        touched: A hand or another program has moved it against what the station knows.
    """

    serial: int
    place: str = FEEDER
    holder: str = ""
    half: bool = False
    faces: tuple[str, ...] = ()
    bank: str = GOOD
    mute: bool = False
    bad: bool = False
    fed: bool = False
    along: bool = False
    touched: bool = False

    @property
    def card_id(self) -> str:
        """Its AAZ501."""
        return card_id(self.serial)

    @property
    def chip(self) -> ChipData | None:
        """The data that it carries."""
        return data_of(self.holder).chip if self.holder else None

    def identity(self) -> ChipIdentity:
        """Return what can be read without a key. A broken-off write shows its 卡号 already."""
        return _identity(self.serial, self.holder, self.bank)


@functools.cache
def card_id(serial: int) -> str:
    """Return the AAZ501 of a card."""
    return f"410700{serial:026d}"


@functools.cache
def _identity(serial: int, holder: str, bank: str) -> ChipIdentity:
    return ChipIdentity(
        AAZ501=card_id(serial),
        AAZ507=f"{serial:026d}",
        AAZ508="3.00",
        AAB301="410700",
        algorithm="03",
        AAZ500=data_of(holder).chip.AAZ500 if holder else "",
        bank_number=BankNumber(f"{bank}{serial:013d}"),
    )


class Things(NamedTuple):
    """Everything real; never changed.

    Attributes:
        cards: Every card that is not an untouched blank of the stack.
        laid: Cards that lie on top of the stack, the next one first.
        position: Where the card in the path is.
        conditions: What a person must mend, by name.
        job: The print that was begun last: `listed`, `done`, or empty.
        counted: Prints that the counters have seen since the last settled one.
        knows_jobs: Whether this printer reports on jobs; None while nobody asked.
        unit: Which of two printers is plugged in.
        last_out: The card that was put out last.
        asked: What a machine without motors has asked a person for.
        told: Reports that the province has, in order: outcome and card.
        on_way: Reports that arrive only after the next question.
        unanswered: Reports whose last sending had no answer, and that were not asked about since.
        late: Reports that arrived although nobody waited for them any more.
        active: Whether the person's card is active.
        fed: The card that the last feed has drawn; 0 when it has drawn none.
    """

    cards: tuple[Card, ...] = ()
    laid: tuple[int, ...] = ()
    position: CardPosition = CardPosition.CHIP_STATION
    conditions: frozenset[str] = frozenset()
    job: str = ""
    counted: int = 0
    knows_jobs: bool | None = None
    unit: str = "1"
    last_out: int = 0
    asked: str = ""
    told: tuple[tuple[str, int], ...] = ()
    on_way: tuple[tuple[str, int], ...] = ()
    unanswered: frozenset[tuple[str, int]] = frozenset()
    late: frozenset[tuple[str, int]] = frozenset()
    active: bool = False
    fed: int = 0


#: Conditions that a person can put right without touching a card in the path.
CABLE, READER, COVER, EMPTY, DOWN, UNMARKED, JAM = (
    "printer cable out",
    "reader cable out",
    "cover open",
    "feeder empty",
    "network down",
    "application not marked",
    "card jammed",
)

Watch = Callable[[EffectKind, Card | None, str], None]  #: kind, card, what about
MOTORS: Final = frozenset(
    {
        Capability.PRINT_FRONT,
        Capability.CONTACT_CHIP,
        Capability.FEEDER,
        Capability.REJECT_BIN,
    }
)
TEST_PNG: Final = b"test card"


class World:
    """The things, and how they are changed. `things` may be taken and put back at any time."""

    def __init__(self, choices: Choices, watch: Watch) -> None:
        self.choices = choices
        self.watch = watch
        self.things = Things()
        self.printing = "1"  #: the order whose print is under way, for the faces

    def set(self, **values: object) -> None:
        """Change things."""
        self.things = self.things._replace(**values)

    # -- cards ---------------------------------------------------------------------------------

    def card(self, serial: int) -> Card:
        """Return one card."""
        return self.things.cards[serial - 1]

    def by_id(self, AAZ501: str) -> Card | None:
        """Return the card of an AAZ501."""
        return next((one for one in self.things.cards if one.card_id == AAZ501), None)

    @property
    def path(self) -> Card | None:
        """The card in the path, the one at the rollers first."""
        return next((one for one in self.things.cards if one.place == PATH), None)

    def make(self, card: Card) -> Card:
        """Bring one more card into the world."""
        card = card._replace(serial=len(self.things.cards) + 1)
        self.set(cards=(*self.things.cards, card))
        return card

    def change(self, serial: int, **values: object) -> Card:
        """Change one card."""
        new = self.card(serial)._replace(**values)  # type: ignore[arg-type]
        self.set(
            cards=tuple(new if one.serial == serial else one for one in self.things.cards),
        )
        return new

    def has(self, condition: str) -> bool:
        """Whether something is out of order."""
        return condition in self.things.conditions

    def breaks(self, condition: str) -> None:
        """Something gets out of order."""
        self.set(conditions=self.things.conditions | {condition})
        self.choices.tell(f"    The world: {condition}.")

    def tell(self, line: str) -> None:
        """Say what a device does."""
        self.choices.tell(f"    {line}")


class Motors:
    """A `CardPrinter` with a feeder, a reject bin, and a gripper that pulls a card back in."""

    address = "memory:"
    model = PrinterModel("explored", "Explored", GEOMETRY, MOTORS)

    def __init__(self, world: World) -> None:
        self.world = world

    # -- what is asked -------------------------------------------------------------------------

    def identity(self) -> PrinterIdentity:
        self._reach()
        return PrinterIdentity("Explored", self.world.things.unit, "1")

    def status(self) -> PrinterStatus:
        self._reach()
        things = self.world.things
        busy = things.job == "listed" and COVER not in things.conditions
        if busy:
            self._finish()
            things = self.world.things
        place = None
        if self.world.path is not None:
            place = CardPosition.JAMMED if JAM in things.conditions else things.position
        stopped = bool(things.conditions & {COVER, JAM})
        state = PrinterState.PROCESSING if busy else PrinterState.IDLE
        return PrinterStatus(
            PrinterState.STOPPED if stopped else state, self._reasons(), place, 99, b""
        )

    def counters(self) -> PrinterCounters:
        self._reach()
        counted = self.world.things.counted
        return PrinterCounters(100 + counted, 100 - counted)

    def job_printed(self, job_id: int) -> bool | None:
        self._reach()
        knows = self.world.things.knows_jobs
        if knows is None:
            knows = self.world.choices.pick(("knows jobs", "knows none")) == "knows jobs"
            self.world.set(knows_jobs=knows)
            self.world.tell(f"The printer {'reports on its jobs' if knows else 'knows no jobs'}.")
        if not knows:
            return None
        return {"listed": False, "done": True}.get(self.world.things.job)

    def _reasons(self) -> tuple[Reason, ...]:
        error = Severity.ERROR
        known = (
            (COVER, Reason(PrinterStateReason.COVER_OPEN, error, "050001")),
            (JAM, Reason(PrinterStateReason.MEDIA_JAM, error, "060000")),
        )
        return tuple(reason for name, reason in known if self.world.has(name))

    # -- what moves ----------------------------------------------------------------------------

    def bring_card_to_chip_station(self) -> None:
        self._ready()
        if self.world.path is None:
            self._feed()
        else:
            self.world.set(position=CardPosition.CHIP_STATION)

    def _feed(self) -> None:
        world = self.world
        if world.has(EMPTY):
            raise DeviceError("empty", native_code=0x8000, code="media-empty")
        world.set(fed=0)
        laid = bool(world.things.laid)
        of_blanks = () if laid else ("blank of another bank", "mute blank", "two blanks stuck")
        happens = world.choices.fault(
            "the feeder is empty", *_LOST, "jam", *of_blanks, crash=True
        )
        if happens == "the feeder is empty":
            world.breaks(EMPTY)
            raise DeviceError("empty", native_code=0x8000, code="media-empty")
        if happens == _LOST[0]:
            raise self._no_answer()
        card = self._draw(happens)
        world.tell(f"The printer feeds card {card.serial}{' (' + happens + ')' if happens else ''}.")
        self._ends(happens)

    def _draw(self, happens: str) -> Card:
        world = self.world
        if world.things.laid:
            serial, *rest = world.things.laid
            world.set(laid=tuple(rest))
            world.watch(EffectKind.FEED, world.card(serial), "")
            world.set(fed=serial, position=CardPosition.CHIP_STATION)
            return world.change(serial, place=PATH, fed=True)
        bank = OTHER if happens == "blank of another bank" else GOOD
        card = Card(0, FEEDER, bank=bank, mute=happens == "mute blank")
        card = world.make(card)
        world.watch(EffectKind.FEED, card, "")
        card = world.change(card.serial, place=PATH, fed=True)
        if happens == "two blanks stuck":
            world.make(Card(0, PATH, fed=True, along=True))
        world.set(position=CardPosition.CHIP_STATION, fed=card.serial)
        return card

    def _ends(self, happens: str) -> None:
        """End a movement that was carried out, or stopped half-way."""
        if happens == "jam":
            self.world.breaks(JAM)
            raise BrokeOffError("jam", native_code=0x60000, code="media-jam")
        if happens == CRASH:
            self.world.tell("*** The power goes. ***")
            raise Crash
        if happens == _LOST[1]:
            raise self._no_answer()

    def _no_answer(self) -> OutcomeUnknownError:
        self.world.tell("The printer's answer is lost.")
        return OutcomeUnknownError("no answer")

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        del back, job_id
        self._ready()
        world, card = self.world, self.world.path
        if card is None:
            raise DeviceError("no card", native_code=0x8100, code="media-needed")
        happens = world.choices.fault(
            *_LOST, "cover opened in the print", "cover opened, the job goes on", crash=True
        )
        if happens == _LOST[0]:
            raise self._no_answer()
        world.watch(EffectKind.PRINT, card, "test" if front.preview_png == TEST_PNG else "face")
        world.set(position=CardPosition.PRINT_STATION, job="listed")
        world.change(card.serial, faces=(*card.faces, f"{world.printing} torn"))
        if happens.startswith("cover opened"):
            world.breaks(COVER)
            if happens == "cover opened in the print":
                world.set(job="")
            raise OutcomeUnknownError("the cover was opened after the first panel")
        if happens == CRASH and world.choices.pick(("torn", "whole")) == "torn":
            world.set(job="")
            world.tell("Half of the face is on the card.")
        else:
            self._finish()
            world.tell(f"The printer prints on card {card.serial}.")
        self._ends(happens)

    def _finish(self) -> None:
        world, card = self.world, self.world.path
        world.set(job="done", counted=world.things.counted + 1)
        if card is not None and card.faces and card.faces[-1].endswith(" torn"):
            whole = card.faces[-1].removesuffix("torn") + "face"
            world.change(card.serial, faces=(*card.faces[:-1], whole))

    def present_card(self) -> None:
        self._move_out(EffectKind.RELEASE, OUT)

    def reject_card(self) -> None:
        self._move_out(EffectKind.REJECT, BIN)

    def _move_out(self, kind: EffectKind, place: str) -> None:
        self._ready()
        world, card = self.world, self.world.path
        if card is None:
            return
        happens = world.choices.fault(*_LOST, "jam", crash=True)
        if happens == _LOST[0]:
            raise self._no_answer()
        world.set(job="")
        world.watch(kind, card, "")
        if happens != "jam":
            last = card.serial if place == OUT else world.things.last_out
            world.change(card.serial, place=place)
            world.set(last_out=last)
            world.tell(f"The printer moves card {card.serial} to the {place}.")
        self._ends(happens)
        if world.path is not None:
            raise BrokeOffError(f"{kind}: a card is still inside", native_code=0)

    def retract_card(self) -> None:
        self._ready()
        world, serial = self.world, self.world.things.last_out
        if not serial or world.card(serial).place != OUT:
            raise DeviceError("no card at the outlet", native_code=0x8100, code="media-needed")
        happens = world.choices.fault(*_LOST, crash=True)
        if happens == _LOST[0]:
            raise self._no_answer()
        world.watch(EffectKind.RETRACT, world.card(serial), "")
        world.change(serial, place=BIN)
        world.tell(f"The printer pulls card {serial} back in, into the bin.")
        self._ends(happens)

    def _reach(self) -> None:
        if not self.world.has(CABLE) and self.world.choices.fault(CABLE):
            self.world.breaks(CABLE)
        if self.world.has(CABLE):
            raise PrinterNotConnectedError("the cable is out")

    def _ready(self) -> None:
        self._reach()
        if not self.world.has(COVER) and self.world.choices.fault(COVER):
            self.world.breaks(COVER)
        if self.world.has(COVER):
            raise DeviceError("cover", native_code=0x50001, code="cover-open")
        if self.world.has(JAM):
            raise DeviceError("jam", native_code=0x60000, code="media-jam")

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


#: A command without an answer: it was not carried out, or it was.
_LOST: Final = ("no answer, not carried out", "no answer, carried out")


class Hand(Motors):
    """A reader before which a person puts the card in and takes it out; nothing is printed."""

    model = PrinterModel("hand", "Hand", GEOMETRY, frozenset({Capability.CONTACT_CHIP}))
    retract_card = None  # type: ignore[assignment]

    def bring_card_to_chip_station(self) -> None:
        self._ask_until(PersonRequest.PUT_IN, present=True)

    def present_card(self) -> None:
        self._ask_until(PersonRequest.TAKE_OUT, present=False)

    def reject_card(self) -> None:
        self._ask_until(PersonRequest.PUT_ASIDE, present=False)

    def _ask_until(self, request: PersonRequest, *, present: bool) -> None:
        self._reach()
        if (self.world.path is not None) is not present:
            self.world.set(asked=request.value)
            self.world.tell(f"The reader's page asks a person: {request.value}.")
            raise PersonNeededError(request)
        if self.world.things.asked == request.value:
            self.world.set(asked="")


class Reader:
    """A `CardEncoder`."""

    address = "memory:"

    def __init__(self, world: World) -> None:
        self.world = world

    def reader_present(self) -> bool:
        try:
            self._reach()
        except ReaderNotConnectedError:
            return False
        return True

    def check_reader(self) -> None:
        self._reach()

    def _reach(self) -> None:
        if not self.world.has(READER) and self.world.choices.fault(READER):
            self.world.breaks(READER)
        if self.world.has(READER):
            raise ReaderNotConnectedError("the cable is out")

    def _powered(self, *faults: str) -> tuple[Card, str]:
        card = self.world.path
        if self.world.has(READER):
            raise ReaderNotConnectedError("the cable is out")
        if card is None or card.mute:
            raise CardMuteError("no ATR")
        happens = self.world.choices.fault(READER, *faults)
        if happens == READER:
            self.world.breaks(READER)
            raise ReaderNotConnectedError("the cable is out")
        return card, happens

    def check_data(self, data: ChipData) -> None:
        del data

    def identify(self) -> ChipIdentity:
        card, happens = self._powered("the chip is mute once")
        if happens:
            raise CardMuteError("no ATR")
        return card.identity()

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
        del photo
        card, _ = self._powered()
        if not card.identity().same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "swapped")
        authenticate(_REQUEST)
        world = self.world
        lost = "contact lost before the first byte"
        happens = world.choices.fault(
            lost, "contact lost half-way", _LOST[1], "bad chip", crash=True
        )
        if happens == lost:
            raise ChipContactLostError("contacts")
        world.watch(EffectKind.WRITE_CHIP, card, data.AAC002)
        half = happens in ("contact lost half-way", "bad chip") or (
            happens == CRASH and world.choices.pick(("half", "whole")) == "half"
        )
        half = half or card.bad
        bad = card.bad or happens == "bad chip"
        card = world.change(card.serial, holder=data.AAC002, half=half, bad=bad)
        world.tell(f"The chip of card {card.serial} is {'half ' if half else ''}written.")
        if happens == CRASH:
            world.tell("*** The power goes. ***")
            raise Crash
        if bad:
            raise CardMismatchError("differs", details={"fields": "AAC003"})
        if happens:
            raise OutcomeUnknownError("the card went away")
        return card.identity()

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        card, _ = self._powered()
        authenticate(_REQUEST)
        if card.chip is None:
            return ChipCondition.BLANK
        if card.chip != data:
            return ChipCondition.OTHER_DATA
        return ChipCondition.HALF_WRITTEN if card.half else ChipCondition.THIS_DATA

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


_REQUEST: Final = AuthenticationRequest("", "", "", "03", "0094", b"", b"")


class Province(NoCardServices):
    """A `ProvinceGateway`. Its database is the truth."""

    address = "memory:"

    def __init__(self, world: World) -> None:
        self.world = world

    def check_link(self) -> None:
        self._reach()

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        del name
        self._reach()
        if not self.world.has(UNMARKED) and self.world.choices.fault(UNMARKED):
            self.world.breaks(UNMARKED)
        if self.world.has(UNMARKED):
            raise GatewayRejectedError(RejectionReason.NOT_MARKED)
        return data_of(id_number)

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        del request
        self._reach()
        return bytes(16)

    def report(self, report: IssuanceReport) -> str:
        self._reach()
        world, this = self.world, (report.outcome.value, int(report.AAZ501[6:]))
        world.watch(EffectKind.REPORT, world.card(this[1]), report.outcome.value)
        happens = world.choices.fault(
            "refused",
            "no answer, arrives after the next question",
            _LOST[1],
            "an answer that says nothing, committed",
            "an answer that says nothing, not committed",
            crash=True,
        )
        if happens == "refused":
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="")
        world.set(unanswered=world.things.unanswered | {this})
        if happens.startswith("no answer, arrives"):
            world.set(on_way=(*world.things.on_way, this))
            raise GatewayUnavailableError("time-out")
        if not happens.endswith("not committed"):
            self._take(this)
        if happens == CRASH:
            world.tell("*** The power goes. ***")
            raise Crash
        if happens == _LOST[1]:
            world.tell("The province's answer is lost.")
            raise GatewayUnavailableError("time-out")
        if happens:
            raise GatewayAnswerError(AnswerProblem.UNLISTED)
        world.set(unanswered=world.things.unanswered - {this})
        return "OK"

    def _take(self, this: tuple[str, int]) -> None:
        if this in self.world.things.told:
            return
        self.world.set(told=(*self.world.things.told, this))
        self.world.tell(f"The province has the report: {this[0]}, card {this[1]}.")

    def find_report(self, report: IssuanceReport) -> bool:
        self._reach()
        world, this = self.world, (report.outcome.value, int(report.AAZ501[6:]))
        found = this in world.things.told
        world.set(unanswered=world.things.unanswered - {this})
        late, superseded = world.things.on_way, (ReportOutcome.SPOILED.value, this[1])
        world.set(on_way=())
        for one in late:
            if superseded not in world.things.told:
                self._take(one)
                world.set(late=world.things.late | {one})
        return found

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        del AAC003, AAZ500, AAB301
        self._reach()
        world = self.world
        happens = world.choices.fault(*_LOST, "refused", crash=True)
        if happens == "refused":
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="")
        if happens != _LOST[0]:
            world.watch(EffectKind.ACTIVATE, None, AAC002)
            world.tell("The province activates the card.")
        if happens == CRASH:
            raise Crash
        if happens:
            raise GatewayUnavailableError("time-out")
        return "00"

    def _reach(self) -> None:
        if not self.world.has(DOWN) and self.world.choices.fault(DOWN):
            self.world.breaks(DOWN)
        if self.world.has(DOWN):
            raise GatewayUnavailableError("no route")

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None
