"""The printers of the search: one with motors, and a reader before which a person moves cards."""

from __future__ import annotations

from typing import Final

from station.core.errors import (
    BrokeOffError,
    DeviceError,
    OutcomeUnknownError,
    PersonNeededError,
    PersonRequest,
    PrinterNotConnectedError,
)
from station.core.faces import FaceSide
from station.core.life import Lane
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
from tests.explore.choices import CRASH, Crash
from tests.explore.world import (
    BIN,
    CABLE,
    COVER,
    EMPTY,
    FEEDER,
    GEOMETRY,
    GOOD,
    JAM,
    LOST,
    OTHER,
    OUT,
    PATH,
    Card,
    World,
)

MOTORS: Final = frozenset(
    {
        Capability.PRINT_FRONT,
        Capability.CONTACT_CHIP,
        Capability.FEEDER,
        Capability.REJECT_BIN,
    }
)
TEST_PNG: Final = b"test card"


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
        lived = 100 if self.world.things.unit == "1" else 500
        return PrinterCounters(lived + counted, 100 - counted)

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
        happens = world.choices.fault("the feeder is empty", *LOST, "jam", *of_blanks, crash=True)
        if happens == "the feeder is empty":
            world.breaks(EMPTY)
            raise DeviceError("empty", native_code=0x8000, code="media-empty")
        if happens == LOST[0]:
            raise self._no_answer()
        card = self._draw(happens)
        world.tell(
            f"The printer feeds card {card.serial}{' (' + happens + ')' if happens else ''}."
        )
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
        if happens == LOST[1]:
            raise self._no_answer()

    def _no_answer(self) -> OutcomeUnknownError:
        self.world.tell("The printer's answer is lost.")
        return OutcomeUnknownError("no answer")

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        del back, job_id
        self._ready()
        self.world.meanwhile(Lane.REPORTS)
        world, card = self.world, self.world.path
        if card is None:
            raise DeviceError("no card", native_code=0x8100, code="media-needed")
        happens = world.choices.fault(
            *LOST, "cover opened in the print", "cover opened, the job goes on", crash=True
        )
        if happens == LOST[0]:
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
        happens = world.choices.fault(*LOST, "jam", crash=True)
        if happens == LOST[0]:
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
        happens = world.choices.fault(*LOST, crash=True)
        if happens == LOST[0]:
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
