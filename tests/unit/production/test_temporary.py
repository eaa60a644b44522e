"""临时卡: issued, written again, taken back, in the desk's reader; annex 6 of 新乡 2017."""

from __future__ import annotations

import dataclasses
import random
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.cards import ChipCondition
from station.core.changes import UpdateCard
from station.core.errors import (
    CardMuteError,
    DataErasedError,
    DeskDeviceMissingError,
    GatewayUnavailableError,
    IdentityMismatchError,
    OrderConflictError,
    OutcomeUnknownError,
    PinEntryError,
    PinEntryFault,
    RejectionReason,
    ServiceNotThereError,
    ServiceOffError,
    StationError,
    StepNotAllowedError,
    WrongCardError,
)
from station.core.gateways import IssuanceReport
from station.core.orders import CardFate, CardPlace, OrderKind, OrderStep, WriteBackState
from station.core.reprints import ReprintReason
from station.core.slips import PaperSize, Slip
from station.production.desk.temporary import TemporaryWrite
from station.production.intake.reprints import Reprint
from station.production.life import recovery
from station.production.life.policies import Policies, WindowService
from station.production.life.steps import release, temporary
from station.production.life.workflow import Workflow
from station.production.services.persons import PersonSearch
from station.production.services.temporary import receipt_of
from station.ui.window_orders import window_orders
from tests.rigs.desk import FIRST_PIN, finished_card, id_card
from tests.rigs.temporary_cards import NUMBER, TemporaryWindow, temporary_blank
from tests.unit.production.conftest import IN_MEMORY
from tests.unit.production.doubles import ID_NUMBER, FakeProvince, Killed, production_data

S = OrderStep
PERSON = PersonSearch(id_number=ID_NUMBER)
AGENT = "410701199003074550"
NEW_PIN = "847261"


@pytest.fixture
def window() -> Iterator[TemporaryWindow]:
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        made = TemporaryWindow(Path(folder))
        made.insert(temporary_blank())
        yield made
        made.bench.journal.close()


def opened(window: TemporaryWindow) -> str:
    return window.approved(window.service.temporary.accept(PERSON, "clerk"))


def write(window: TemporaryWindow, order: str, reading: str = "") -> None:
    window.service.temporary.write(TemporaryWrite(order, reading), "clerk")


def issued(window: TemporaryWindow) -> str:
    order = opened(window)
    write(window, order)
    assert window.step(order) is S.RELEASED
    return order


def ledger(window: TemporaryWindow) -> list[tuple[CardFate, CardPlace, bool]]:
    return [(row.fate, row.place, row.blank) for row in window.bench.journal.cards.newest(10)]


def events(window: TemporaryWindow, order: str) -> list[str]:
    return [event.kind for event in window.bench.journal.history.after(0, 500, order)]


def torn(window: TemporaryWindow, order: str, name: str = "UPDATE EF06 09") -> None:
    """Lift the card in the middle of the write."""
    assert window.link is not None
    window.link.tear_when = name
    with pytest.raises(OutcomeUnknownError) as caught:
        write(window, order)
    assert caught.value.code == "desk-write-unknown"
    window.link.tear_when = ""


# -- 发放 ------------------------------------------------------------------------------------------


def test_a_temporary_card_is_issued_to_an_agent(window: TemporaryWindow) -> None:
    order = opened(window)
    window.service.desk.attach_agent(order, "clerk", name="王代办", number=AGENT)
    write(window, order)
    assert window.one(order).step is S.RELEASED_OWED
    # The holder waits until the province has it.
    assert ledger(window) == [(CardFate.TEMPORARY, CardPlace.KEPT, False)]
    assert window.step(order) is S.RELEASED
    assert ledger(window) == [(CardFate.TEMPORARY, CardPlace.TAKEN, False)]
    told = window.province.issued[ID_NUMBER]
    assert window.link is not None
    assert (NUMBER, window.link.card.card_id) == (told.AAZ500, told.AAZ501)
    assert (told.agent_number, told.agent_name, told.bank_number) == (AGENT, "王代办", None)
    assert window.service.desk.read_card().name == "张三"
    assert {"intent", "outcome", "card-at-desk", "report-owed"} <= set(events(window, order))
    # The machine had no part in it.
    assert window.bench.machine.counts == {}


def test_the_receipt_names_card_and_agent(window: TemporaryWindow) -> None:
    order = opened(window)
    with pytest.raises(StepNotAllowedError):
        receipt_of(window.bench.bench, window.one(order), PaperSize.A4)
    window.service.desk.attach_agent(order, "clerk", name="王代办", number=AGENT)
    write(window, order)
    window.step(order)
    slip: Slip = receipt_of(window.bench.bench, window.one(order), PaperSize.A4)
    lines = dict(slip.lines)
    assert slip.title == "临时卡发放回执"
    assert (lines["姓名"], lines["临时卡号"], lines["代办人"]) == ("张三", "T*****017", "王代办")
    assert AGENT not in str(slip)


def test_there_is_no_receipt_of_what_was_erased(window: TemporaryWindow) -> None:
    order = window.one(issued(window))
    erased = dataclasses.replace(order, erased_at=order.updated_at)
    with pytest.raises(DataErasedError):
        receipt_of(window.bench.bench, erased, PaperSize.A4)


def test_accepting_twice_is_one_order_and_another_kind_is_refused(window: TemporaryWindow) -> None:
    order = window.service.temporary.accept(PERSON, "clerk")
    assert window.service.temporary.accept(PERSON, "clerk") == order
    assert window.one(order).kind is OrderKind.TEMPORARY
    release.cancel_in_journal(window.bench.bench, window.one(order), "clerk")
    made = window.service.orders.create(ID_NUMBER, window.one(order).reason, "clerk")
    with pytest.raises(OrderConflictError) as caught:
        window.service.temporary.accept(PERSON, "clerk")
    assert caught.value.code == "person-has-open-order"
    assert made.kind is OrderKind.FULL


def test_what_is_missing_is_named_before_anything_is_opened(window: TemporaryWindow) -> None:
    window.link = None
    with pytest.raises(DeskDeviceMissingError):
        window.start().temporary.accept(PERSON, "clerk")
    off = Policies(services_off=frozenset({WindowService.TEMPORARY}))
    with pytest.raises(ServiceOffError):
        window.start(policies=off).temporary.accept(PERSON, "clerk")
    without = FakeProvince(window.bench.trap)
    with pytest.raises(ServiceNotThereError):
        window.start(province=without).temporary.accept(PERSON, "clerk")
    assert window.bench.journal.orders.open() == []


def test_only_a_blank_without_a_bank_is_written(window: TemporaryWindow) -> None:
    order = opened(window)
    card = finished_card(production_data(AGENT).chip)
    window.insert(card)
    with pytest.raises(WrongCardError) as caught:
        write(window, order)
    assert caught.value.code == "temporary-card-unfit"
    blank = temporary_blank(9)
    blank.quirks.missing = frozenset()
    window.insert(blank)
    with pytest.raises(WrongCardError) as caught:
        write(window, order)
    assert caught.value.code == "blank-of-a-bank"
    assert not temporary.may_hold_data(
        window.bench.journal.effects.of(order), window.one(order).chip
    )
    window.insert(temporary_blank())
    write(window, order)
    assert window.one(order).step is S.RELEASED_OWED


def test_pressed_twice_it_is_written_once(window: TemporaryWindow) -> None:
    order = opened(window)
    write(window, order)
    assert window.link is not None
    sent = window.link.sent
    write(window, order)
    assert window.link.sent == sent
    assert len(window.bench.journal.effects.of(order)) == 1
    with pytest.raises(StepNotAllowedError):
        write(window, window.service.temporary.accept(PersonSearch(id_number=AGENT), "clerk"))


# -- a card that is lifted, and a power cut --------------------------------------------------------


def test_a_lifted_card_is_put_back_and_written_to_the_end(window: TemporaryWindow) -> None:
    order = opened(window)
    torn(window, order)
    held = window.one(order)
    assert held.hold is not None
    assert (held.step, held.hold.code) == (S.APPROVED, "desk-write-unknown")
    assert window.bench.bench.open_at_desk(held) is not None
    # No lane begins anything: the machine's would look into the machine.
    assert window.bench.bench.open_effect(held) is None
    with pytest.raises(StepNotAllowedError):  # its data may be on the chip
        release.cancel_in_journal(window.bench.bench, held, "clerk")
    assert window.link is not None
    own = window.link.card
    window.insert(temporary_blank(8))
    with pytest.raises(WrongCardError) as caught:
        write(window, order)
    assert caught.value.code == "temporary-card-other"
    window.insert(own)
    write(window, order)
    assert window.one(order).step is S.RELEASED_OWED
    assert window.one(order).hold is None
    assert window.service.desk.read_card().name == "张三"


def test_a_write_whose_answer_was_lost_is_not_done_again(window: TemporaryWindow) -> None:
    order = opened(window)
    assert window.link is not None
    link = window.link
    # Everything is written; the last reading is torn.
    torn(window, order, "READ EF06 0D")
    written = [one for one in link.commands if link.is_writing(one)]
    write(window, order)
    assert window.one(order).step is S.RELEASED_OWED
    assert [one for one in link.commands if link.is_writing(one)] == written


def test_a_power_cut_in_the_write_asks_for_the_card(window: TemporaryWindow) -> None:
    order = opened(window)
    assert window.link is not None

    def cut() -> None:
        raise Killed

    window.link.before_write = (2, cut)
    with pytest.raises(Killed):
        write(window, order)
    card = window.link.card
    window.bench.restart()
    window.insert(card)
    workflow = Workflow(window.bench.bench, random.Random(1))
    recovery.recover(window.bench.bench, workflow)
    held = window.one(order).hold
    assert held is not None
    assert held.code == "desk-write-unknown"
    assert window.bench.machine.counts == {}
    write(window, order)
    assert window.one(order).step is S.RELEASED_OWED
    assert window.step(order) is S.RELEASED


def test_a_silent_hsm_leaves_a_write_in_doubt(window: TemporaryWindow) -> None:
    order = opened(window)
    window.province.hsm_is_down = True
    with pytest.raises(OutcomeUnknownError) as caught:
        write(window, order)
    assert caught.value.details["cause"] == "province-unavailable"
    window.province.hsm_is_down = False
    write(window, order)
    assert window.one(order).step is S.RELEASED_OWED


def test_a_broken_card_is_discarded_and_another_one_written(window: TemporaryWindow) -> None:
    order = opened(window)
    torn(window, order)
    window.service.temporary.discard(order, "clerk")
    assert window.one(order).chip is None
    assert ledger(window) == [(CardFate.SPOILED, CardPlace.REJECT_BIN, False)]
    assert not temporary.may_hold_data(
        window.bench.journal.effects.of(order), window.one(order).chip
    )
    window.insert(temporary_blank(8))
    write(window, order)
    assert ledger(window)[0] == (CardFate.TEMPORARY, CardPlace.KEPT, False)
    assert [row.id for row in window.service.ledger.to_destroy()] == [1]


def test_after_a_discarded_card_the_order_can_be_cancelled(window: TemporaryWindow) -> None:
    order = opened(window)
    torn(window, order)
    window.service.temporary.discard(order, "clerk")
    assert release.cancel_in_journal(window.bench.bench, window.one(order), "clerk")
    assert window.one(order).step is S.CANCELLED
    assert window.bench.journal.outbox.rows() == []


def test_a_discarded_card_leaves_its_order_free_however_its_doubt_ended(
    window: TemporaryWindow,
) -> None:
    order = opened(window)
    torn(window, order)
    assert window.link is not None
    aside = window.link.card
    # Read again, it is half written; before the next write begins it gives no answer any more.
    held = window.bench.bench.open_at_desk(window.one(order))
    assert held is not None
    temporary.settle(window.bench.bench, window.one(order), held)
    assert window.bench.bench.open_at_desk(window.one(order)) is None
    window.service.temporary.discard(order, "clerk")
    assert ledger(window) == [(CardFate.SPOILED, CardPlace.REJECT_BIN, False)]
    window.insert(aside)
    with pytest.raises(WrongCardError):  # it was put aside
        write(window, order)
    window.insert(temporary_blank(8))
    write(window, order)
    assert window.one(order).step is S.RELEASED_OWED
    assert len(ledger(window)) == 2


def test_a_blank_that_was_put_aside_unwritten_is_not_taken_again(window: TemporaryWindow) -> None:
    order = opened(window)
    window.province.hsm_is_down = True
    with pytest.raises(OutcomeUnknownError):
        write(window, order)
    window.province.hsm_is_down = False
    assert window.link is not None
    aside = window.link.card
    window.service.temporary.discard(order, "clerk")
    window.insert(aside)
    with pytest.raises(WrongCardError) as caught:
        write(window, order)
    assert caught.value.code == "temporary-card-unfit"


# -- the report ------------------------------------------------------------------------------------


def test_a_lost_acknowledgement_is_asked_for_and_not_sent_again(window: TemporaryWindow) -> None:
    order = opened(window)
    write(window, order)
    window.bench.trap.spring("register", "after", GatewayUnavailableError("no answer"))
    assert window.step(order) is S.RELEASED_OWED
    assert window.step(order) is S.RELEASED
    assert window.province.calls["register"] == 1


def test_a_refused_card_comes_back_and_is_spoiled(window: TemporaryWindow) -> None:
    order = opened(window)
    write(window, order)
    window.province.refusal = RejectionReason.OTHER
    assert window.step(order) is S.RELEASED_OWED
    (row,) = window.bench.journal.outbox.rows()
    assert row.state is WriteBackState.DEAD
    window.service.temporary.discard(order, "clerk")
    assert window.one(order).step is S.SPOILED
    assert ledger(window) == [(CardFate.SPOILED, CardPlace.REJECT_BIN, False)]
    (row,) = window.bench.journal.outbox.rows()
    assert row.state is WriteBackState.WITHDRAWN


def test_a_card_that_may_be_registered_is_not_called_spoiled(window: TemporaryWindow) -> None:
    order = opened(window)
    write(window, order)
    window.bench.trap.spring("register", "before", GatewayUnavailableError("no answer"))
    window.step(order)
    with pytest.raises(StepNotAllowedError):
        window.service.temporary.discard(order, "clerk")
    assert window.one(order).step is S.RELEASED_OWED


def test_a_refusal_because_the_first_try_arrived_late_is_an_acknowledgement(
    window: TemporaryWindow,
) -> None:
    order = opened(window)
    write(window, order)
    window.bench.trap.spring("register", "before", GatewayUnavailableError("no answer"))
    assert window.step(order) is S.RELEASED_OWED
    late = window.bench.journal.outbox.report(1)
    asks = window.province.is_registered

    def arrives_after_the_question(report: IssuanceReport) -> bool:
        found = asks(report)
        window.province.issued[ID_NUMBER] = late
        window.province.refusal = RejectionReason.HAS_TEMPORARY
        return found

    window.province.is_registered = arrives_after_the_question  # type: ignore[method-assign]
    assert window.step(order) is S.RELEASED
    (row,) = window.bench.journal.outbox.rows()
    assert row.state is WriteBackState.DONE


def test_a_refused_card_that_is_told_once_more_is_not_called_spoiled(
    window: TemporaryWindow,
) -> None:
    order = opened(window)
    write(window, order)
    window.province.refusal = RejectionReason.OTHER
    window.step(order)
    window.province.refusal = None
    window.bench.trap.spring("register", "after", Killed())
    with pytest.raises(Killed):
        window.step(order)
    window.bench.restart()
    window.start()
    with pytest.raises(StepNotAllowedError):
        window.service.temporary.discard(order, "clerk")
    assert window.step(order) is S.RELEASED


# -- 重写 ------------------------------------------------------------------------------------------


def again(window: TemporaryWindow, first: str) -> str:
    wish = Reprint(first, OrderKind.TEMPORARY_AGAIN, ReprintReason.PIN_FORGOTTEN)
    return window.approved(window.service.orders.reprint(wish, "clerk").id)


def test_a_card_is_written_again_with_a_new_pin(window: TemporaryWindow) -> None:
    order = again(window, issued(window))
    window.pad.plans.extend([NEW_PIN, NEW_PIN])
    write(window, order)
    record = window.one(order)
    assert record.step is S.RELEASED
    assert window.province.calls["register"] == 1
    assert window.link is not None
    services = window.service.desk.equipment.card_reader
    assert services is not None
    services.services.verify_pin(NEW_PIN)
    with pytest.raises(StationError):
        services.services.verify_pin(FIRST_PIN)
    assert ledger(window) == [(CardFate.TEMPORARY, CardPlace.TAKEN, False)]
    kinds = [event.kind for event in window.bench.journal.history.after(0, 500)]
    assert kinds.count("pin-service-begun") == kinds.count("pin-service-ended") == 1
    assert NEW_PIN not in str(window.bench.journal.history.after(0, 500))


def test_without_a_new_pin_nothing_is_written_again(window: TemporaryWindow) -> None:
    order = again(window, issued(window))
    assert window.link is not None
    written = [one for one in window.link.commands if window.link.is_writing(one)]
    window.pad.plans.extend([NEW_PIN, "111111"])
    with pytest.raises(PinEntryError):
        write(window, order)
    window.pad.plans.append(PinEntryError(PinEntryFault.CANCELLED))
    with pytest.raises(PinEntryError):
        write(window, order)
    assert window.one(order).step is S.APPROVED
    assert [one for one in window.link.commands if window.link.is_writing(one)] == written


def test_only_the_holders_own_card_is_written_again(window: TemporaryWindow) -> None:
    order = again(window, issued(window))
    window.insert(temporary_blank(8))
    with pytest.raises(WrongCardError) as caught:
        write(window, order)
    assert caught.value.code == "temporary-card-other"
    assert window.pad.asked == []


def test_the_holder_comes_in_person_for_a_new_pin(window: TemporaryWindow) -> None:
    order = again(window, issued(window))
    assert window.link is not None
    window.insert(window.link.card, id_reader=True)
    readings = window.service.desk._readings
    for reading in ("", readings.put(id_card(AGENT), "m").token):
        with pytest.raises(IdentityMismatchError):
            write(window, order, reading)
    window.pad.plans.extend([NEW_PIN, NEW_PIN])
    write(window, order, readings.put(id_card(ID_NUMBER), "m").token)
    assert window.one(order).step is S.RELEASED


def test_a_rewrite_that_was_torn_is_finished_on_the_same_card(window: TemporaryWindow) -> None:
    order = again(window, issued(window))
    assert window.link is not None
    window.pad.plans.extend([NEW_PIN] * 4)
    torn(window, order)
    write(window, order)
    assert window.one(order).step is S.RELEASED
    with pytest.raises(StepNotAllowedError):  # the holder's card is not put aside here
        window.service.temporary.discard(order, "clerk")


def test_a_card_that_can_not_be_written_again_comes_back(window: TemporaryWindow) -> None:
    first = issued(window)
    order = again(window, first)
    window.pad.plans.extend([NEW_PIN, NEW_PIN])
    torn(window, order)
    with pytest.raises(StepNotAllowedError):
        release.cancel_in_journal(window.bench.bench, window.one(order), "clerk")
    window.service.temporary.discard(order, "clerk")
    assert window.one(order).step is S.SPOILED
    assert window.bench.bench.open_at_desk(window.one(order)) is None
    assert ledger(window) == [(CardFate.SPOILED, CardPlace.REJECT_BIN, False)]
    (back,) = window.bench.journal.orders.open()
    assert (back.kind, back.previous) == (OrderKind.TEMPORARY_BACK, first)
    # The province would have it for ever.
    with pytest.raises(StepNotAllowedError):
        release.cancel_in_journal(window.bench.bench, back, "clerk")
    assert window.step(back.id) is S.COLLECTED
    assert [card.AAZ500 for card in window.province.back] == [NUMBER]
    assert ledger(window) == [(CardFate.COLLECTED, CardPlace.KEPT, False)]
    window.insert(temporary_blank(8))
    assert window.one(issued(window)).step is S.RELEASED


def test_a_mute_card_comes_back_without_being_read(window: TemporaryWindow) -> None:
    order = again(window, issued(window))
    assert window.link is not None
    window.link.power_on = _mute  # type: ignore[method-assign]
    with pytest.raises(CardMuteError):
        write(window, order)
    window.service.temporary.discard(order, "clerk")
    (back,) = window.bench.journal.orders.open()
    assert window.step(back.id) is S.COLLECTED


def _mute() -> bytes:
    raise CardMuteError("no ATR")


# -- 收回 ------------------------------------------------------------------------------------------


def test_a_card_comes_back_by_reading_it(window: TemporaryWindow) -> None:
    first = issued(window)
    order = window.service.temporary.take_back("clerk")
    assert window.service.temporary.take_back("clerk") == order
    assert window.one(order).kind is OrderKind.TEMPORARY_BACK
    assert window.step(order) is S.COLLECTED
    assert ledger(window) == [(CardFate.COLLECTED, CardPlace.KEPT, False)]
    assert [card.AAZ500 for card in window.province.back] == [NUMBER]
    slip = receipt_of(window.bench.bench, window.one(order), PaperSize.RECEIPT)
    assert slip.title == "临时卡收回回执"
    # It is not written again, and two people destroy it.
    wish = Reprint(first, OrderKind.TEMPORARY_AGAIN, ReprintReason.PIN_FORGOTTEN)
    with pytest.raises(StepNotAllowedError):
        window.service.orders.reprint(wish, "clerk")
    assert [row.id for row in window.service.ledger.to_destroy()] == [1]
    # The next one can be issued.
    window.insert(temporary_blank(8))
    assert window.one(issued(window)).step is S.RELEASED


def test_a_lost_answer_of_a_return_is_asked_again(window: TemporaryWindow) -> None:
    issued(window)
    order = window.service.temporary.take_back("clerk")
    window.bench.trap.spring("collect", "after", GatewayUnavailableError("no answer"))
    assert window.step(order) is S.ACCEPTED
    assert window.step(order) is S.COLLECTED
    assert len(window.province.back) == 1


def test_a_key_means_the_card_that_was_read_with_it(window: TemporaryWindow) -> None:
    issued(window)
    order = window.service.temporary.take_back("clerk", key="return-1")
    assert window.step(order) is S.COLLECTED
    assert window.service.temporary.take_back("clerk", key="return-1") == order
    window.insert(finished_card(production_data(AGENT).chip))
    with pytest.raises(OrderConflictError):
        window.service.temporary.take_back("clerk", key="return-1")


def test_nothing_is_written_once_the_site_has_switched_it_off(window: TemporaryWindow) -> None:
    order = opened(window)
    window.start(policies=Policies(services_off=frozenset({WindowService.TEMPORARY})))
    with pytest.raises(ServiceOffError):
        write(window, order)
    assert window.one(order).step is S.APPROVED


def test_a_return_in_doubt_is_not_cancelled(window: TemporaryWindow) -> None:
    issued(window)
    order = window.service.temporary.take_back("clerk")
    window.bench.trap.spring("collect", "after", GatewayUnavailableError("no answer"))
    assert window.step(order) is S.ACCEPTED
    with pytest.raises(StepNotAllowedError):
        release.cancel_in_journal(window.bench.bench, window.one(order), "clerk")
    # That the request may be repeated does not say that it has not arrived.
    asked = window.bench.bench.open_at_province(window.one(order))
    assert asked is not None
    temporary.settle_collect(window.bench.bench, window.one(order), asked)
    with pytest.raises(StepNotAllowedError):
        release.cancel_in_journal(window.bench.bench, window.one(order), "clerk")
    assert window.one(order).step is S.ACCEPTED


def test_a_card_of_another_window_comes_back_too(window: TemporaryWindow) -> None:
    card = finished_card(production_data(AGENT).chip)
    window.insert(card)
    window.province.known.add(card.card_id)
    order = window.service.temporary.take_back("clerk")
    assert window.step(order) is S.COLLECTED
    assert ledger(window) == [(CardFate.COLLECTED, CardPlace.KEPT, False)]


def test_a_card_that_the_province_does_not_know_is_given_back(window: TemporaryWindow) -> None:
    window.insert(finished_card(production_data(AGENT).chip))
    order = window.service.temporary.take_back("clerk")
    assert window.step(order) is S.ACCEPTED
    held = window.one(order).hold
    assert held is not None
    assert held.code == "province-refused"
    assert release.cancel_in_journal(window.bench.bench, window.one(order), "clerk")
    assert ledger(window) == []


def test_a_blank_is_no_card_that_comes_back(window: TemporaryWindow) -> None:
    with pytest.raises(WrongCardError) as caught:
        window.service.temporary.take_back("clerk")
    assert caught.value.code == "not-a-temporary-card"
    assert window.bench.journal.orders.open() == []


def test_a_card_of_another_kind_is_not_taken_back(window: TemporaryWindow) -> None:
    issued(window)
    window.bench.bench.apply("clerk", UpdateCard(1, fate=CardFate.ISSUED))
    with pytest.raises(WrongCardError) as caught:
        window.service.temporary.take_back("clerk")
    assert caught.value.code == "not-a-temporary-card"
    assert window.bench.journal.orders.open() == []


# -- the list -------------------------------------------------------------------------------------


def _listed(window: TemporaryWindow) -> list[str]:
    return [row.state for row in window_orders(window.service, {})]


def test_the_list_calls_a_temporary_card_what_it_is(window: TemporaryWindow) -> None:
    order = opened(window)
    window.service.orders.run(order, "clerk")
    assert _listed(window) == ["待写临时卡"]
    assert window.service.queue.waiting() == ()  # no machine will make it
    write(window, order)
    assert _listed(window) == ["临时卡已写，待回盘"]
    assert window.step(order) is S.RELEASED
    assert _listed(window) == ["临时卡已发放"]
    again(window, order)
    assert _listed(window) == ["待重写临时卡", "临时卡已发放"]


# -- judgements ------------------------------------------------------------------------------------


@pytest.mark.parametrize("condition", [ChipCondition.BLANK, ChipCondition.HALF_WRITTEN])
def test_a_chip_without_the_whole_data_is_written_again(
    window: TemporaryWindow, condition: ChipCondition
) -> None:
    order = opened(window)
    torn(window, order)
    record = window.one(order)
    assert record.chip is not None
    verdict = temporary.judge_write(record, None, record.chip, condition, None)
    assert (verdict.state.value, verdict.changes) == ("not-done", ())
    with pytest.raises(WrongCardError):
        temporary.judge_write(record, None, record.chip, ChipCondition.OTHER_DATA, None)
