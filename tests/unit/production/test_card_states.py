"""挂失, 解除挂失, 注销, 启用: proven by the state, asked twice where it can't be undone."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.card_states import CardState, ServiceResult, StateService
from station.core.changes import BeginCardService
from station.core.errors import (
    CardNotFoundError,
    ConfirmationNeededError,
    GatewayRejectedError,
    GatewayUnavailableError,
    IdentityMismatchError,
    ServiceNotThereError,
    ServiceOffError,
)
from station.core.orders import OrderReason
from station.core.slips import PaperSize, Slip
from station.face import default_font_files
from station.paper import print_slip
from station.production.desk.cards import PinService, PinWish
from station.production.life.effects import Workbench
from station.production.life.offered import require_offered
from station.production.life.policies import Policies, WindowService
from station.production.people.erasure import Erasure
from station.production.services.card_states import CardStateService, StateWish
from station.production.services.orders import OF_REASON
from station.production.services.persons import PersonSearch, PersonService
from tests.rigs.card_states import ProvinceWithStates
from tests.rigs.desk import Desk, id_card
from tests.rigs.paper import text_of
from tests.unit.production.doubles import ID_NUMBER, FakeProvince, Killed

S = StateService
OTHER = "410701199003074550"


class Window:
    """A window with a desk, and a province that has the state of cards."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.desk = Desk(folder)
        self.province = ProvinceWithStates(self.desk.bench.trap)
        self.province.states[ID_NUMBER] = CardState.NORMAL
        self.printed: list[Slip] = []
        self.start()

    def start(self, **policies: object) -> None:
        """Start the service, as a new process does."""
        bench = self.desk.bench.bench
        equipment = dataclasses.replace(
            bench.equipment,
            province=self.province,
            policies=Policies(**policies),  # type: ignore[arg-type]
            print_slip=self.print,
        )
        self.bench = Workbench(self.desk.bench.journal, equipment)
        people = PersonService(self.bench, self.desk.service)
        self.service = CardStateService(self.bench, people, self.desk.service)

    def print(self, slip: Slip) -> bytes:
        self.printed.append(slip)
        return print_slip(slip, default_font_files())

    def change(self, service: StateService, **more: object) -> ServiceResult:
        token = self.desk.read(id_card(ID_NUMBER))
        wish = StateWish(service, PersonSearch(token=token), **more)  # type: ignore[arg-type]
        return self.service.change(wish, "clerk").result

    def results(self) -> list[tuple[StateService, ServiceResult, CardState | None]]:
        return [(one.service, one.result, one.after) for one in self.service.newest(9)]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    made = Window(tmp_path)
    yield made
    made.desk.bench.journal.close()


def test_a_card_is_reported_lost_and_found_again_each_with_an_event(window: Window) -> None:
    shown = window.service.look(PersonSearch(id_number=ID_NUMBER), "clerk")
    assert (shown.state, shown.offered) == (CardState.NORMAL, (S.SUSPEND, S.REPORT_LOSS, S.CANCEL))
    assert shown.number_masked == "410*************34"
    for service in (S.SUSPEND, S.REPORT_LOSS, S.LIFT_LOSS):
        assert window.change(service) is ServiceResult.DONE
    assert window.province.changes == [S.SUSPEND, S.REPORT_LOSS, S.LIFT_LOSS]
    kinds = [kind for kind, _ in window.desk.events()]
    assert kinds == [
        "card-state-looked",
        *(["card-state-begun", "card-state-ended"] * 3),
    ]
    assert ID_NUMBER not in str(window.desk.events())
    assert window.service.looked(shown.token) is not None


def test_what_cannot_be_undone_is_asked_twice(window: Window) -> None:
    with pytest.raises(ConfirmationNeededError):
        window.change(S.CANCEL)
    assert window.province.states[ID_NUMBER] is CardState.NORMAL
    assert window.results() == []
    assert window.change(S.CANCEL, confirmed=True) is ServiceResult.DONE
    assert window.province.states[ID_NUMBER] is CardState.CANCELLED


@pytest.mark.parametrize("service", [S.LIFT_LOSS, S.CANCEL])
def test_some_services_need_the_holders_own_id_card(window: Window, service: S) -> None:
    by_number = StateWish(service, PersonSearch(id_number=ID_NUMBER), confirmed=True)
    with pytest.raises(IdentityMismatchError):
        window.service.change(by_number, "clerk")
    other = window.desk.read(id_card(OTHER))
    with pytest.raises(IdentityMismatchError):
        window.service.change(dataclasses.replace(by_number, reading=other), "clerk")
    assert window.province.changes == []
    by_telephone = StateWish(S.SUSPEND, PersonSearch(id_number=ID_NUMBER))
    assert not window.service.change(by_telephone, "clerk").proven


def test_a_refusal_is_kept_with_the_state_and_told(window: Window) -> None:
    window.province.states[ID_NUMBER] = CardState.CANCELLED
    with pytest.raises(GatewayRejectedError):
        window.change(S.SUSPEND)
    assert window.results() == [(S.SUSPEND, ServiceResult.REFUSED, CardState.CANCELLED)]
    with pytest.raises(CardNotFoundError):
        window.service.receipt(1)


def test_a_lost_answer_is_settled_by_the_state_at_once(window: Window) -> None:
    window.desk.bench.trap.spring("change", "after", GatewayUnavailableError("lost"))
    assert window.change(S.REPORT_LOSS) is ServiceResult.DONE
    assert window.province.changes == [S.REPORT_LOSS]


def test_a_request_that_may_still_arrive_is_not_taken_for_refused(window: Window) -> None:
    window.desk.bench.trap.spring("change", "before", GatewayUnavailableError("lost"))
    with pytest.raises(GatewayUnavailableError):
        window.change(S.REPORT_LOSS)
    assert window.results() == [(S.REPORT_LOSS, ServiceResult.NOT_SEEN, CardState.NORMAL)]
    window.province.states[ID_NUMBER] = CardState.LOST  # it has arrived after all
    window.service.look(PersonSearch(id_number=ID_NUMBER), "clerk")
    assert window.results() == [(S.REPORT_LOSS, ServiceResult.DONE, CardState.LOST)]


def test_a_power_cut_leaves_an_intent_that_the_next_look_settles(window: Window) -> None:
    window.desk.bench.trap.spring("change", "after", Killed())
    with pytest.raises(Killed):
        window.change(S.SUSPEND)
    assert window.results()[0][1] is ServiceResult.UNKNOWN
    with window.bench.journal.transaction("clerk") as change:  # cut before anything was written
        change.apply(BeginCardService(S.REPORT_LOSS, window.province.card_state(ID_NUMBER)))
    window.start()
    window.service.look(PersonSearch(id_number=ID_NUMBER), "clerk")
    assert window.results() == [
        (S.REPORT_LOSS, ServiceResult.NOT_SEEN, CardState.SUSPENDED),
        (S.SUSPEND, ServiceResult.NOT_SEEN, CardState.SUSPENDED),  # a later one may hide it
    ]


@pytest.mark.parametrize("has", [None, "another card"])
def test_a_service_on_a_card_that_is_gone_is_not_open_for_ever(
    window: Window, has: str | None
) -> None:
    old = dataclasses.replace(window.province.card_state(ID_NUMBER), AAZ500="G00000007")
    with window.bench.journal.transaction("clerk") as change:  # cut before anything was answered
        change.apply(BeginCardService(S.SUSPEND, old))
    if has is None:  # such as a card that was spoiled since
        del window.province.states[ID_NUMBER]
        with pytest.raises(GatewayRejectedError):
            window.service.look(PersonSearch(id_number=ID_NUMBER), "clerk")
    else:
        window.province.states[ID_NUMBER] = CardState.SUSPENDED  # proves nothing about the old one
        window.service.look(PersonSearch(id_number=ID_NUMBER), "clerk")
    assert window.results() == [(S.SUSPEND, ServiceResult.NOT_SEEN, None)]


def test_an_unreachable_province_leaves_the_outcome_open(window: Window) -> None:
    def goes_down() -> None:
        window.province.is_down = True
        raise GatewayUnavailableError("lost")

    window.province.change_card_state = lambda *_: goes_down()  # type: ignore[method-assign,assignment]
    with pytest.raises(GatewayUnavailableError):
        window.change(S.REPORT_LOSS)
    assert window.results() == [(S.REPORT_LOSS, ServiceResult.UNKNOWN, None)]


@pytest.mark.parametrize("paper", PaperSize)
def test_the_receipt_names_card_and_state_on_both_papers(
    window: Window, tmp_path: Path, paper: PaperSize
) -> None:
    window.change(S.REPORT_LOSS)
    said = text_of(window.service.receipt(1, paper), tmp_path).replace(" ", "")
    for words in ("正式挂失回执", "张三", "410*************34", "已读身份证", "签名", "银行"):
        assert words in said
    assert ID_NUMBER not in said
    assert window.printed[0].paper is paper


def test_another_card_than_the_one_that_was_named_is_not_changed(window: Window) -> None:
    with pytest.raises(CardNotFoundError):
        window.change(S.REPORT_LOSS, card_number="Z99999999")
    assert window.province.changes == []


def test_a_site_switches_services_off(window: Window) -> None:
    off = {WindowService.CANCEL, WindowService.REPLACEMENT, WindowService.RELOAD_PIN}
    window.start(services_off=off)
    shown = window.service.look(PersonSearch(id_number=ID_NUMBER), "clerk")
    assert S.CANCEL not in shown.offered
    with pytest.raises(ServiceOffError):
        window.change(S.CANCEL, confirmed=True)
    with pytest.raises(ServiceOffError):
        require_offered(window.bench.equipment, OF_REASON[OrderReason.REPLACEMENT])
    require_offered(window.bench.equipment, OF_REASON[OrderReason.NEW])
    desk = window.desk.service
    desk._cards._bench = window.bench
    with pytest.raises(ServiceOffError):
        desk.pin_service(PinWish(PinService.RELOAD, "F" * 32), "clerk")


def test_a_dialect_without_states_says_so(window: Window) -> None:
    window.province = FakeProvince(window.desk.bench.trap)  # type: ignore[assignment]
    window.start()
    with pytest.raises(ServiceNotThereError):
        window.service.look(PersonSearch(id_number=ID_NUMBER), "clerk")


def test_what_is_personal_is_erased_when_its_time_is_over(window: Window) -> None:
    window.change(S.REPORT_LOSS)
    due = window.bench.journal.card_services.due
    later = window.bench.clock.now() + dt.timedelta(days=1)
    assert due(later, 10.0**9, 9) == [1]
    assert due(later, -1.0, 9) == []  # the station itself has not worked long enough
    erasure = Erasure(window.bench)
    window.bench.journal.personal.due = lambda *_: []  # type: ignore[method-assign]
    window.bench.journal.card_services.due = lambda *_: [1]  # type: ignore[method-assign]
    assert erasure.run() == 1
    done = window.service.one(1)
    assert (done.card, done.result) == (None, ServiceResult.DONE)
    with pytest.raises(CardNotFoundError):
        window.service.receipt(1)
    assert window.bench.journal.card_services.of_person(ID_NUMBER) == []
