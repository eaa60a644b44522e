"""The chip reader and the province of the search."""

from __future__ import annotations

from typing import Final

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
    CardMismatchError,
    CardMuteError,
    ChipContactLostError,
    GatewayAnswerError,
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    ReaderNotConnectedError,
    RejectionReason,
    WrongCardError,
    WrongCardReason,
)
from station.core.gateways import IssuanceReport, ProductionData, ReportOutcome
from station.core.life import Lane
from station.core.orders import EffectKind
from station.core.photos import Portrait
from tests.explore.choices import CRASH, Crash
from tests.explore.world import (
    DOWN,
    LOST,
    MUTE_ONCE,
    READER,
    UNMARKED,
    Card,
    World,
    data_of,
)
from tests.rigs.blanks import refuse_unfit_blank
from tests.unit.production.doubles import NoCardServices

_REQUEST: Final = AuthenticationRequest("", "", "", "03", "0094", b"", b"")


class Reader:
    """A `CardEncoder`."""

    address = "memory:"

    def __init__(self, world: World) -> None:
        self.world = world

    @property
    def writes_photo(self) -> bool:
        return False

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
        card, happens = self._powered(MUTE_ONCE)
        if happens:
            raise CardMuteError("no ATR")
        return card.identity()

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        refuse_unfit_blank(identity, rule)

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        del photo
        card, _ = self._powered()
        if not card.identity().same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "swapped")
        authenticate(_REQUEST)
        world = self.world
        lost = "contact lost before the first byte"
        happens = world.choices.fault(
            lost, "contact lost half-way", LOST[1], "bad chip", crash=True
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
        self.world.meanwhile(Lane.MACHINE)
        world, this = self.world, (report.outcome.value, int(report.AAZ501[6:]))
        world.watch(EffectKind.REPORT, world.card(this[1]), report.outcome.value)
        happens = world.choices.fault(
            "refused",
            "no answer, arrives after the next question",
            LOST[1],
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
        if happens == LOST[1]:
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
        happens = world.choices.fault(*LOST, "refused", crash=True)
        if happens == "refused":
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="")
        if happens != LOST[0]:
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


class MarkingProvince(Province):
    """A province that locks an application with its data, and takes the mark back: 撤销标注."""

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        data = super().fetch_production_data(id_number, name=name)
        self.world.set(mark="locked")
        return data

    def withdraw(self, report: IssuanceReport) -> str:
        self._reach()
        self.world.meanwhile(Lane.MACHINE)
        world = self.world
        world.watch(EffectKind.REPORT, None, report.outcome.value)
        happens = world.choices.fault(
            "refused", "no answer, arrives after the next question", *LOST, crash=True
        )
        if happens == "refused":
            world.set(mark="kept")
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="")
        if happens.startswith("no answer, arrives"):
            world.set(mark_on_way=True)
        elif happens != LOST[0]:
            world.set(mark="")
            world.tell("The province takes the mark back.")
        if happens == CRASH:
            world.tell("*** The power goes. ***")
            raise Crash
        if happens:
            raise GatewayUnavailableError("time-out")
        return "OK"

    def is_withdrawn(self, report: IssuanceReport) -> bool:
        del report
        self._reach()
        world, locked = self.world, self.world.things.mark != ""
        if world.things.mark_on_way:
            world.set(mark="", mark_on_way=False)
        return not locked
