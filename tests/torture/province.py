"""The province of the torture: applications, write-backs, activations, and a bad network."""

from __future__ import annotations

import contextlib
import dataclasses
from collections import Counter
from typing import Final

from station.core.card_states import SERVICES, CardState, ProvinceCard, StateService
from station.core.cards import AuthenticationRequest, ChipData
from station.core.errors import (
    GatewayRejectedError,
    GatewayUnavailableError,
    RejectionReason,
)
from station.core.gateways import IssuanceReport, ProductionData, ReportOutcome, TemporaryCard
from station.core.orders import EffectKind
from tests.torture.lies import LyingWire
from tests.torture.machine import Observer
from tests.torture.people import NAME
from tests.torture.points import Points
from tests.torture.service_evidence import StateAct
from tests.unit.production.doubles import BANK, NoCardServices

SLOW: Final = 25.0  #: seconds, just within the gateway's patience


@dataclasses.dataclass
class Application:
    """One person's application.

    Attributes:
        marked: 即制卡标注: data may be fetched, a finished card may be reported.
        batch: Changes when it is restored after a failure, and when it is marked anew.
        given: Its data was given out: it is locked to the window's batch.
        cuts: Power cuts of the window before its data was given out.
    """

    marked: bool = True
    batch: int = 1
    given: bool = False
    cuts: int = 0

    @property
    def name(self) -> str:
        """The batch as the window knows it."""
        return f"B{self.batch}"


@dataclasses.dataclass(frozen=True)
class Lock:
    """An application that is locked to a batch of the window.

    Attributes:
        person: AAC002.
        batch: As the window knows it.
        cut: Whether the power was cut since the data was given out: it may have been lost then.
    """

    person: str
    batch: str
    cut: bool


class Province(NoCardServices):
    """Its database is the truth; `down`, `late` and the points are the network."""

    address = "memory:"

    def __init__(self, points: Points, observer: Observer) -> None:
        self.points = points
        self.observer = observer
        self.applications: dict[str, Application] = {}
        self.reports: list[IssuanceReport] = []  #: what took effect, in order
        self.activations: Counter[str] = Counter()
        self.repeated: list[
            str
        ] = []  #: card ids of reports sent again without asking, or after the answer
        self.down = False
        self.late = False  #: the next report arrives only after the next question
        self.twice = False  #: the next report arrives again after the next question
        self.late_reports: set[tuple[str, str]] = set()  #: card and outcome, arrived unasked
        self.lie: str | None = None  #: this is answered to the next report, which took effect
        self.given_back: list[tuple[str, str]] = []  #: 撤销标注 that took effect: person and batch
        self.kept: set[tuple[str, str]] = set()  #: 撤销标注 that was refused
        self.cuts = 0  #: power cuts of the window
        self.states: dict[str, CardState] = {}  #: 卡号 -> what a service has made of it
        self.services: list[StateAct] = []  #: what took effect, in order
        self.late_service = False  #: the next service arrives only after the next question
        self._services_on_their_way: list[StateAct] = []
        self.temporary: list[IssuanceReport] = []  #: 临时卡发放 that took effect, in order
        self.taken_back: list[str] = []  #: 卡识别码 of temporary cards that are back
        self.kept_out: set[str] = set()  #: of cards that it has refused to take back
        self._wire = LyingWire()
        self.slow_answers = 0  #: so many calls are answered after a long wait
        self._on_its_way: list[IssuanceReport] = []
        self._unanswered: set[IssuanceReport] = set()
        self._told: set[IssuanceReport] = set()  #: the station was told that these are here

    def restore(self, person: str) -> None:
        """恢复申请 and 标注 after a failure, or after the mark was given back."""
        found = self.applications[person]
        if not found.marked:
            found.marked, found.batch, found.given = True, found.batch + 1, False

    def check_link(self) -> None:
        self._reach()

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        del name
        self.points.at("fetch", "before")
        self._reach()
        found = self.applications.setdefault(id_number, Application())
        if not found.marked:
            raise GatewayRejectedError(RejectionReason.NOT_MARKED)
        found.given, found.cuts = True, self.cuts
        self.points.at("fetch", "after")
        return production_data(id_number, found.name)

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        del request
        self.points.at("hsm", "before")
        self._reach()
        return bytes(16)

    def report(self, report: IssuanceReport) -> str:
        self.points.at("report", "before")
        self._reach()
        self._arrive()
        if report in self._told or (report in self._unanswered and self._has(report)):
            self.repeated.append(report.AAZ501)
        self._unanswered.add(report)
        if self.late:
            self.late = False
            self._on_its_way.append(report)
            raise GatewayUnavailableError("time-out")
        self.observer.saw(EffectKind.REPORT, None, f"{report.outcome} {report.AAZ501}")
        self._take(report)
        if self.twice:
            self.twice = False
            self._on_its_way.append(report)
        self.points.at("report", "after")
        self._lie_about(report)
        self._unanswered.discard(report)
        self._told.add(report)
        return "OK"

    def _lie_about(self, report: IssuanceReport) -> None:
        """Answer by what says nothing; what that means is for the station's own gateway to say."""
        if self.lie is not None:
            self._wire.answer, self.lie = self.lie, None
            temporary = report.outcome is ReportOutcome.TEMPORARY
            send = self._wire.register_temporary if temporary else self._wire.report
            send(report)

    def _has(self, report: IssuanceReport) -> bool:
        return report in self.reports or report in self.temporary

    def _take(self, report: IssuanceReport) -> None:
        if self._has(report):
            return  # known already, as the gateway finds out by asking
        if report.outcome is ReportOutcome.TEMPORARY:
            if self._has_temporary(report.AAC002):
                raise GatewayRejectedError(RejectionReason.HAS_TEMPORARY)
            self.temporary.append(report)
            return
        application = self.applications[report.AAC002]
        if report.outcome is ReportOutcome.ISSUED and not application.marked:
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="批次状态不允许回盘")
        self.reports.append(report)
        application.marked = False
        self.states.pop(report.AAZ500, None)  # another card

    @property
    def locks(self) -> list[Lock]:
        """What is locked to a batch of the window."""
        return [
            Lock(person, one.name, one.cuts < self.cuts)
            for person, one in self.applications.items()
            if one.marked and one.given
        ]

    def withdraw(self, report: IssuanceReport) -> str:
        try:
            self.points.at("withdraw", "before")
        except GatewayRejectedError:
            self.kept.add((report.AAC002, report.batch))
            raise
        self._reach()
        self._arrive()
        if self.late:
            self.late = False
            self._on_its_way.append(report)
            raise GatewayUnavailableError("time-out")
        self.observer.saw(EffectKind.REPORT, None, f"{report.outcome} {report.batch}")
        self._give_back(report)
        self.points.at("withdraw", "after")
        return "OK"

    def is_withdrawn(self, report: IssuanceReport) -> bool:
        self.points.at("find", "before")
        self._reach()
        found = self.applications[report.AAC002]
        locked = found.marked and found.name == report.batch
        self._arrive()
        return not locked

    def _give_back(self, report: IssuanceReport) -> None:
        found = self.applications[report.AAC002]
        if found.marked and found.name == report.batch:
            found.marked = found.given = False
            self.given_back.append((report.AAC002, report.batch))

    def find_report(self, report: IssuanceReport) -> bool:
        self.points.at("find", "before")
        self._reach()
        self._unanswered.discard(report)
        found = self._has(report)
        if found:
            self._told.add(report)
        self._arrive()
        return found

    def _arrive(self) -> None:
        arrived, self._on_its_way = self._on_its_way, []
        for report in arrived:
            if report.outcome is ReportOutcome.CANCELLED:
                self._give_back(report)
                continue
            with contextlib.suppress(GatewayRejectedError):  # nobody is there to hear it
                self._take(report)
                self.late_reports.add((report.AAZ501, report.outcome.value))

    # -- temporary cards -------------------------------------------------------------------------

    def _has_temporary(self, person: str) -> bool:
        issued = [one.AAZ501 for one in self.temporary if person == one.AAC002]
        return any(card not in self.taken_back for card in issued)

    def fetch_temporary_data(self, id_number: str) -> ProductionData:
        self.points.at("fetch", "before")
        self._reach()
        if self._has_temporary(id_number):
            raise GatewayRejectedError(RejectionReason.HAS_TEMPORARY)
        given = production_data(id_number, "T")
        chip = dataclasses.replace(given.chip, AAZ500=f"T{id_number[9:17]}")
        return dataclasses.replace(given, chip=chip, AAE008="", bank_name="")

    def register_temporary(self, report: IssuanceReport) -> str:
        return self.report(report)

    def is_registered(self, report: IssuanceReport) -> bool:
        return self.find_report(report)

    def collect_temporary(self, card: TemporaryCard) -> str:
        try:
            self.points.at("collect", "before")
        except GatewayRejectedError:
            self.kept_out.add(card.AAZ501)
            raise
        self._reach()
        if not any(card.AAZ501 == one.AAZ501 for one in self.temporary):
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="不是临时卡")
        if card.AAZ501 not in self.taken_back:
            self.observer.saw(EffectKind.COLLECT, None, card.AAZ501)
            self.taken_back.append(card.AAZ501)
        self.points.at("collect", "after")
        return "OK"

    # -- the state of cards ----------------------------------------------------------------------

    @property
    def on_their_way(self) -> int:
        """How many changes of a card's state have not arrived; asking for a state lets them."""
        return len(self._services_on_their_way)

    def card_state(self, AAC002: str) -> ProvinceCard:
        self.points.at("state", "before")
        self._reach()
        found = self._card_of(AAC002)
        arrived, self._services_on_their_way = self._services_on_their_way, []
        for act in arrived:
            with contextlib.suppress(GatewayRejectedError):  # nobody is there to hear it
                self._change(act)
        return found

    def change_card_state(self, service: StateService, card: ProvinceCard) -> str:
        act = self.observer.serves(service, card)
        self.points.at("change", "before")
        self._reach()
        if self.late_service:
            self.late_service = False
            self._services_on_their_way.append(act)
            raise GatewayUnavailableError("time-out")
        self._change(act)
        self.points.at("change", "after")
        return "OK"

    def _card_of(self, person: str) -> ProvinceCard:
        issued = [one for one in self.reports if person == one.AAC002]
        if not issued or issued[-1].outcome is not ReportOutcome.ISSUED:
            raise GatewayRejectedError(RejectionReason.NO_CARD, province_text="没有社保卡")
        number = issued[-1].AAZ500
        made = CardState.NORMAL if self.activations[number] else CardState.ISSUED
        return ProvinceCard(person, NAME, number, self.states.get(number, made), "建设银行")

    def _change(self, act: StateAct) -> None:
        now = self._card_of(act.card.AAC002)
        if now.state not in SERVICES[act.service].offered_at or now.AAZ500 != act.card.AAZ500:
            raise GatewayRejectedError(RejectionReason.CARD_STATE, province_text="卡状态不允许")
        self.states[now.AAZ500] = SERVICES[act.service].leads_to
        self.services.append(act)

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        del AAC002, AAC003, AAB301
        self.points.at("activate", "before")
        self._reach()
        self.observer.saw(EffectKind.ACTIVATE, None, AAZ500)
        self.activations[AAZ500] = 1  # an active card only answers that it is active
        self.points.at("activate", "after")
        return "00"

    def _reach(self) -> None:
        if self.down:
            raise GatewayUnavailableError("no route")
        if self.slow_answers:
            self.slow_answers -= 1
            self.observer.passes(SLOW)

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


def production_data(id_number: str, batch: str) -> ProductionData:
    """What the province gives for one person."""
    chip = ChipData(
        AAC002=id_number,
        AAC003=NAME,
        AAC004="1",
        AAC005="01",
        AAC025="410701",
        AAC006=id_number[6:14],
        AAZ500=f"{'ABCDEFGHJK'[int(id_number[-2])]}{id_number[9:17]}",
        AAZ503="20261122",
        valid_until="20361122",
    )
    return ProductionData(chip, batch, BANK, "建设银行", "410700", "新乡市", b"\xff\xd8")
