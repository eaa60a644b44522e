"""The desk: ID cards against orders, cards in the desk's reader, PIN services."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulators.cards.ssc import SscCard
from station.core.attendance import AttendanceRole, How, NameAgreement
from station.core.errors import (
    CardMuteError,
    CardNotFoundError,
    DeskBusyError,
    DeskDeviceError,
    DeskDeviceMissingError,
    DeskDeviceNotConnectedError,
    DeskFault,
    GatewayUnavailableError,
    IdentityMismatchError,
    IdNumberError,
    InputError,
    OutcomeUnknownError,
    PinEntryError,
    PinEntryFault,
    PinLastTryError,
    PinLockedError,
    PinRefusedError,
    ReaderNotConnectedError,
    StationError,
    StepNotAllowedError,
    WrongCardError,
)
from station.core.identity_cards import IdCardKind, Look, OnReader
from station.core.orders import OrderReason
from station.core.pin_entry import Pin, PinPrompt
from station.core.slips import Slip
from station.production.desk.cards import PinService, PinWish, at_desk
from tests.rigs.canaries import without_what_is_drawn
from tests.rigs.desk import FIRST_PIN, MODULE, Desk, finished_card, id_card
from tests.unit.production.doubles import ID_NUMBER, production_data

OTHER = "410701199003074550"
NEW_PIN = "847261"


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    made = Desk(tmp_path)
    yield made
    made.service.stop()
    made.bench.journal.close()


@pytest.fixture
def card() -> SscCard:
    return finished_card(production_data(ID_NUMBER).chip)


def opened(desk: Desk, name: str = "张三", **changes: object) -> str:
    token = desk.read(id_card(ID_NUMBER, name, **changes))
    return desk.service.open_order(token, OrderReason.REPLACEMENT, "clerk")


def mismatch(act: Callable[[], object]) -> str:
    with pytest.raises(IdentityMismatchError) as caught:
        act()
    return caught.value.code


def approve(desk: Desk, order: str) -> None:
    desk.service.require_agreement(order, "clerk")


# -- ID cards --------------------------------------------------------------------------------------


def test_reading_a_card_opens_the_order_of_its_number_and_marks_it(desk: Desk) -> None:
    order = opened(desk)
    assert desk.bench.journal.orders.one(order).id_number == ID_NUMBER
    (holder,) = desk.service.identity(order).people
    assert (holder.role, holder.how, holder.module) == (AttendanceRole.HOLDER, How.READ, MODULE)
    assert holder.agreement is NameAgreement.PENDING
    assert ("attended", {"role": "holder", "how": "read", "module": MODULE}) in desk.events(order)
    assert opened(desk) == order  # read again: the same order


def test_a_name_that_agrees_lets_the_preview_be_approved(desk: Desk) -> None:
    order = opened(desk)
    approve(desk, order)  # nothing to compare with yet
    desk.fetch(order)
    assert desk.service.identity(order).problem is None
    approve(desk, order)
    (holder,) = desk.service.identity(order).people
    assert holder.agreement is NameAgreement.SAME
    assert ("name-compared", {"agreement": "same"}) in desk.events(order)


@pytest.mark.parametrize("fetched_first", [False, True])
def test_another_name_stops_and_says_which_characters(desk: Desk, fetched_first: bool) -> None:
    if fetched_first:
        order = desk._accept(ID_NUMBER, OrderReason.REPLACEMENT, "clerk", None)
        desk.fetch(order)
        with pytest.raises(IdentityMismatchError):
            opened(desk, "张叁")
    else:
        order = opened(desk, "张叁")
        desk.fetch(order)
    with pytest.raises(IdentityMismatchError) as caught:
        approve(desk, order)
    assert caught.value.code == "id-card-other-name"
    assert caught.value.details == {"characters": "2:叁≠三"}
    problem = desk.service.identity(order).problem
    assert problem is not None
    assert "2:叁≠三" in problem.cause
    with pytest.raises(StepNotAllowedError):
        desk.service.confirm_name(order, "clerk")


def test_a_private_use_character_is_compared_by_a_person(desk: Desk) -> None:
    order = opened(desk, "张\ue000")
    desk.fetch(order)
    assert mismatch(lambda: approve(desk, order)) == "id-card-name-unreadable"
    view = desk.service.confirm_name(order, "clerk")
    assert view.people[0].agreement is NameAgreement.CONFIRMED
    approve(desk, order)
    with pytest.raises(StepNotAllowedError):
        desk.service.confirm_name(order, "clerk")


def test_after_a_restart_a_name_that_was_not_compared_is_read_again(desk: Desk) -> None:
    order = opened(desk)
    desk.fetch(order)
    desk.start()
    assert mismatch(lambda: approve(desk, order)) == "id-card-read-again"
    assert opened(desk) == order
    approve(desk, order)
    desk.start()
    approve(desk, order)  # the result of the comparison is permanent


def test_an_expired_card_opens_nothing(desk: Desk) -> None:
    yesterday = dt.date.today() - dt.timedelta(days=2)  # noqa: DTZ011 - the card's own calendar
    assert mismatch(lambda: opened(desk, valid_until=yesterday)) == "id-card-expired"
    tomorrow = dt.date.today() + dt.timedelta(days=2)  # noqa: DTZ011 - the card's own calendar
    assert mismatch(lambda: opened(desk, valid_from=tomorrow)) == "id-card-not-valid-yet"
    assert desk.bench.journal.orders.open() == []
    shown = desk.service.id_reader().card
    assert shown is not None
    assert shown.problem is not None
    assert shown.problem.code == "id-card-not-valid-yet"


def test_another_persons_card_is_not_noted(desk: Desk) -> None:
    order = opened(desk)
    before = len(desk.events(order))
    token = desk.read(id_card(OTHER))
    stopped = mismatch(lambda: desk.service.attach_holder(order, token, "clerk"))
    assert stopped == "id-card-other-person"
    assert len(desk.service.identity(order).people) == 1
    assert len(desk.events(order)) == before


def test_a_reading_is_forgotten_after_a_while(desk: Desk) -> None:
    desk.start(keep=0.0)
    token = desk.read(id_card(ID_NUMBER))
    act = lambda: desk.service.open_order(token, OrderReason.NEW, "clerk")  # noqa: E731
    assert mismatch(act) == "id-card-read-again"
    assert desk.service.id_reader().card is None


def test_a_foreigners_card_of_2017_has_a_number_of_before(desk: Desk) -> None:
    token = desk.read(id_card("XYZ000000000001", kind=IdCardKind.FOREIGNER_2017))
    with pytest.raises(IdNumberError) as caught:
        desk.service.open_order(token, OrderReason.NEW, "clerk")
    assert caught.value.code == "id-number-foreigner-15"


def test_an_order_that_was_typed_is_not_compared(desk: Desk) -> None:
    order = desk._accept(ID_NUMBER, OrderReason.REPLACEMENT, "clerk", None)
    desk.fetch(order)
    approve(desk, order)
    assert desk.service.identity(order).people == ()


def test_an_agent_is_kept_sealed_with_the_order(desk: Desk, tmp_path: Path) -> None:
    order = opened(desk)
    token = desk.read(id_card(OTHER, "李代办"))
    desk.service.attach_agent(order, "clerk", token=token)
    view = desk.service.attach_agent(order, "clerk", name=" 王代办 ", number=OTHER.lower())
    _, read, typed = view.people
    assert (read.role, read.how, read.name) == (AttendanceRole.AGENT, How.READ, "李代办")
    assert (typed.how, typed.module, typed.name) == (How.TYPED, "", "王代办")
    assert typed.number_masked == "410*************50"
    desk.bench.journal.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert OTHER.encode() not in raw
    assert "王代办".encode() not in raw
    assert "李代办".encode() not in raw


def test_the_holder_is_not_the_agent(desk: Desk) -> None:
    order = opened(desk)
    token = desk.read(id_card(ID_NUMBER))
    act = lambda: desk.service.attach_agent(order, "clerk", token=token)  # noqa: E731
    assert mismatch(act) == "agent-is-holder"
    with pytest.raises(InputError, match="name is needed"):
        desk.service.attach_agent(order, "clerk", number=OTHER)
    with pytest.raises(IdNumberError):
        desk.service.attach_agent(order, "clerk", name="王", number="1")


def test_nothing_else_of_the_card_is_stored_or_logged(
    desk: Desk, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    card = id_card(ID_NUMBER, "欧阳某某", valid_until=dt.date(2099, 8, 7))
    desk.id_reader.looks.append(Look(OnReader.READ, card, MODULE))
    desk.service.start()
    until(desk, lambda: desk.service.id_reader().card is not None)
    shown = desk.service.id_reader().card
    assert shown is not None
    desk.service.open_order(shown.token, OrderReason.NEW, "clerk")
    desk.bench.journal.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir()) + caplog.text.encode()
    for secret in ("欧阳某某", "2099-08-07", "20990807", ID_NUMBER):
        assert secret.encode() not in raw


def until(desk: Desk, condition: Callable[[], bool]) -> None:
    """Wait until the desk's watch has shown something."""
    deadline = dt.datetime.now(dt.UTC) + dt.timedelta(seconds=30)
    count = -1
    while not condition():
        assert dt.datetime.now(dt.UTC) < deadline
        count = desk.bell.wait(count, 0.05)


# -- the watch -------------------------------------------------------------------------------------


def test_the_watch_shows_what_the_reader_says(desk: Desk) -> None:
    gone = DeskDeviceNotConnectedError("out", code="id-reader-not-connected", address="x")
    desk.id_reader.looks.extend(
        [Look(OnReader.NOTHING), gone, DeskDeviceError(DeskFault.CARD_NOT_READ, reason="SW3 41")]
    )
    seen: list[str] = []
    desk.service.start()

    def look() -> bool:
        state = desk.service.id_reader()
        seen.append(state.problem.code if state.problem else str(state.ok))
        return "id-card-not-read" in seen

    until(desk, look)
    assert "id-reader-not-connected" in seen
    until(desk, lambda: desk.service.id_reader().ok is True)
    (shown, pad) = desk.service.devices()
    assert (shown.name, pad.name) == ("id-reader", "pin-pad")
    assert shown.exchanges == ("FIND: 80, 3 ms",)


def test_a_pad_that_is_silent_is_shown(desk: Desk) -> None:
    desk.pad.broken = True
    desk.service.start()
    desk.service.look_now(30.0)
    (pad,) = (device for device in desk.service.devices() if device.name == "pin-pad")
    assert [problem.code for problem in pad.problems] == ["pin-pad-silent"]
    desk.pad.broken = False
    desk.service.look_now(30.0)
    assert [device.ok for device in desk.service.devices()] == [True, True]


def test_a_desk_without_devices_has_no_thread(desk: Desk) -> None:
    service = desk.start(id_reader=None, pin_pad=None)
    before = threading.active_count()
    service.start()
    service.look_now(30.0)
    assert threading.active_count() == before
    assert service.devices() == ()
    assert not service.id_reader().configured
    service.stop()


# -- cards -----------------------------------------------------------------------------------------


def test_a_card_is_read_at_the_desk(desk: Desk, card: SscCard) -> None:
    view = desk.insert(card).read_card()
    assert (view.AAZ501, view.name, view.is_good) == (card.card_id, "张三", True)
    assert view.number_masked == "410*************34"
    assert view.card_number_masked == "A*****530"
    assert view.pin_tries == 6
    assert "张三" not in repr(view)


def test_a_page_is_told_that_another_card_was_read(desk: Desk, card: SscCard) -> None:
    service = desk.insert(card)
    before = desk.bell.count
    service.read_card()
    assert desk.bell.count > before
    assert service.last_card() is not None
    before = desk.bell.count
    card.quirks.mute_power_ons = 1
    with pytest.raises(CardMuteError):
        service.read_card()
    assert desk.bell.count > before
    assert service.last_card() is None


def test_a_desk_without_a_reader_says_so(desk: Desk) -> None:
    with pytest.raises(DeskDeviceMissingError) as caught:
        desk.service.read_card()
    assert caught.value.details == {"setting": "desk_reader"}


def test_a_mute_card(desk: Desk, card: SscCard) -> None:
    card.quirks.mute_power_ons = 1
    with pytest.raises(CardMuteError) as caught:
        desk.insert(card).read_card()
    assert caught.value.code == "desk-no-card"


def test_a_silent_province_is_told_and_the_reader_is_free_again(desk: Desk, card: SscCard) -> None:
    def silent(request: object) -> bytes:
        raise GatewayUnavailableError("no answer")

    service = desk.insert(card)
    answer = desk.bench.province.authenticate
    desk.bench.province.authenticate = silent  # type: ignore[method-assign]
    with pytest.raises(GatewayUnavailableError):
        service.read_card()
    desk.bench.province.authenticate = answer  # type: ignore[method-assign]
    assert service.read_card().is_good


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("reader-not-connected", "desk-reader-not-connected"),
        ("reader-ambiguous", "desk-reader-ambiguous"),
        ("reader-no-permission", "reader-no-permission"),
        ("desk-reader-is-the-machines", "desk-reader-is-the-machines"),
    ],
)
def test_a_reader_that_is_not_there_is_the_desks(code: str, expected: str) -> None:
    with pytest.raises(ReaderNotConnectedError) as caught, at_desk():
        raise ReaderNotConnectedError("no", code=code)
    assert caught.value.code == expected


# -- PIN -------------------------------------------------------------------------------------------


def wish(service: PinService, card: SscCard, **changes: object) -> PinWish:
    return dataclasses.replace(PinWish(service, card.card_id), **changes)  # type: ignore[arg-type]


def read_holder(desk: Desk) -> str:
    return desk.read(id_card(ID_NUMBER))


def pin_events(desk: Desk) -> list[tuple[str, str]]:
    return [(kind, data.get("result", "")) for kind, data in desk.events() if "pin" in kind]


def test_the_pin_is_changed_by_its_holder(desk: Desk, card: SscCard) -> None:
    service = desk.insert(card)
    desk.pad.plans.extend([FIRST_PIN, NEW_PIN, NEW_PIN])
    done = service.pin_service(wish(PinService.CHANGE, card), "clerk")
    assert desk.pad.asked == [PinPrompt.CURRENT, PinPrompt.NEW, PinPrompt.AGAIN]
    assert (done.service, done.AAZ501) == ("change", card.card_id)
    desk.pad.plans.append(NEW_PIN)
    service.pin_service(wish(PinService.VERIFY, card), "clerk")
    assert all(len(pin) == 0 for pin in desk.pad.given)  # overwritten
    assert desk.events() == [
        ("pin-service-begun", {"service": "change", "AAZ501": card.card_id}),
        ("pin-service-ended", {"service": "change", "AAZ501": card.card_id, "result": "done"}),
        ("pin-service-begun", {"service": "verify", "AAZ501": card.card_id}),
        ("pin-service-ended", {"service": "verify", "AAZ501": card.card_id, "result": "done"}),
    ]


def test_a_forgotten_pin_is_replaced_with_the_holders_id_card(desk: Desk, card: SscCard) -> None:
    service = desk.insert(card)
    desk.pad.plans.extend([NEW_PIN, NEW_PIN])
    service.pin_service(wish(PinService.RELOAD, card, reading=read_holder(desk)), "clerk")
    desk.pad.plans.append(NEW_PIN)
    service.pin_service(wish(PinService.VERIFY, card), "clerk")


def test_a_locked_pin_is_unblocked_and_stays(desk: Desk, card: SscCard) -> None:
    service = desk.insert(card)
    for left in range(5, -1, -1):
        desk.pad.plans.append("999999")
        with pytest.raises(PinRefusedError) as caught:
            service.pin_service(wish(PinService.VERIFY, card, use_last_try=left == 0), "clerk")
        assert caught.value.details["tries_left"] == str(left)
    with pytest.raises(PinLockedError):
        service.pin_service(wish(PinService.VERIFY, card), "clerk")
    assert service.read_card().pin_tries == 0
    service.pin_service(wish(PinService.UNBLOCK, card, reading=read_holder(desk)), "clerk")
    assert service.read_card().pin_tries == 6
    desk.pad.plans.append(FIRST_PIN)
    service.pin_service(wish(PinService.VERIFY, card), "clerk")


def test_the_last_try_is_told_before_anybody_types(desk: Desk, card: SscCard) -> None:
    service = desk.insert(card)
    for _ in range(5):
        desk.pad.plans.append("999999")
        with pytest.raises(PinRefusedError):
            service.pin_service(wish(PinService.VERIFY, card), "clerk")
    asked = len(desk.pad.asked)
    assert service.read_card().pin_tries == 1
    with pytest.raises(PinLastTryError) as caught:
        service.pin_service(wish(PinService.CHANGE, card), "clerk")
    assert caught.value.details["tries_left"] == "1"
    assert len(desk.pad.asked) == asked
    desk.pad.plans.extend([FIRST_PIN, NEW_PIN, NEW_PIN])
    service.pin_service(wish(PinService.CHANGE, card, use_last_try=True), "clerk")
    assert service.read_card().pin_tries == 6


@pytest.mark.parametrize("service", [PinService.UNBLOCK, PinService.RELOAD])
def test_the_provinces_keys_need_the_holders_id_card(
    desk: Desk, card: SscCard, service: PinService
) -> None:
    made = desk.insert(card)
    assert mismatch(lambda: made.pin_service(wish(service, card), "clerk")) == "id-card-read-again"
    other = desk.read(id_card(OTHER))
    act = lambda: made.pin_service(wish(service, card, reading=other), "clerk")  # noqa: E731
    assert mismatch(act) == "id-card-other-person"
    assert desk.pad.asked == []
    assert pin_events(desk) == []
    without = desk.insert(card, id_reader=None)
    desk.pad.plans.extend([NEW_PIN, NEW_PIN])
    without.pin_service(wish(service, card), "clerk")


@pytest.mark.parametrize(
    ("plans", "fault"),
    [
        ([PinEntryError(PinEntryFault.CANCELLED)], "pin-entry-cancelled"),
        ([FIRST_PIN, PinEntryError(PinEntryFault.TIMED_OUT)], "pin-entry-timed-out"),
        ([FIRST_PIN, NEW_PIN, "847262"], "pin-entries-differ"),
        ([FIRST_PIN, NEW_PIN, DeskDeviceError(DeskFault.PAD_SILENT)], "pin-pad-silent"),
    ],
)
def test_an_entry_that_fails_touches_nothing(
    desk: Desk, card: SscCard, plans: list[str | StationError], fault: str
) -> None:
    service = desk.insert(card)
    desk.pad.plans.extend(plans)
    with pytest.raises(StationError) as caught:
        service.pin_service(wish(PinService.CHANGE, card), "clerk")
    assert caught.value.code == fault
    assert pin_events(desk) == []
    assert service.read_card().pin_tries == 6
    assert all(len(pin) == 0 for pin in desk.pad.given)


def test_another_card_than_the_one_that_was_read_is_left_alone(desk: Desk, card: SscCard) -> None:
    other = finished_card(production_data(OTHER).chip, serial=2)
    service = desk.insert(other)
    desk.pad.plans.append(FIRST_PIN)
    with pytest.raises(WrongCardError) as caught:
        service.pin_service(wish(PinService.VERIFY, card), "clerk")
    assert caught.value.code == "another-card-than-before"
    reading = desk.read(id_card(OTHER))
    act = lambda: service.pin_service(  # noqa: E731
        wish(PinService.UNBLOCK, card, reading=reading), "clerk"
    )
    assert mismatch(act) == "id-card-read-again"


def test_a_card_torn_in_the_middle_is_an_unknown_outcome_and_is_verified(
    desk: Desk, card: SscCard
) -> None:
    service = desk.insert(card)
    assert desk.link is not None
    desk.link.tear_when = "CHANGE PIN"
    desk.pad.plans.extend([FIRST_PIN, NEW_PIN, NEW_PIN])
    with pytest.raises(OutcomeUnknownError) as caught:
        service.pin_service(wish(PinService.CHANGE, card), "clerk")
    assert caught.value.code == "pin-outcome-unknown"
    assert pin_events(desk) == [
        ("pin-service-begun", ""),
        ("pin-service-ended", "outcome-unknown"),
    ]
    desk.link.tear_when = ""
    desk.pad.plans.append(NEW_PIN)
    service.pin_service(wish(PinService.VERIFY, card), "clerk")


def test_a_second_request_is_refused_while_the_holder_types(desk: Desk, card: SscCard) -> None:
    service = desk.insert(card)
    refused: list[str] = []

    def type_slowly(prompt: PinPrompt, *, length: int, timeout: float) -> Pin:
        for act in (
            service.read_card,
            lambda: service.pin_service(wish(PinService.VERIFY, card), "clerk"),
        ):
            with pytest.raises(DeskBusyError) as caught:
                act()
            refused.append(caught.value.code)
        assert service.in_use()
        return Pin(bytearray(FIRST_PIN.encode("ascii")))

    desk.pad.ask_pin = type_slowly  # type: ignore[method-assign]
    service.pin_service(wish(PinService.VERIFY, card), "clerk")
    assert refused == ["desk-busy", "desk-busy"]
    assert not service.in_use()
    assert service.read_card().is_good


def test_a_check_that_is_under_way_is_waited_for_and_refuses_nobody(
    desk: Desk, card: SscCard
) -> None:
    service = desk.insert(card)
    checking, go_on = threading.Event(), threading.Event()

    def check() -> None:
        checking.set()
        assert go_on.wait(30.0)

    desk.pad.check = check  # type: ignore[method-assign]
    watch = threading.Thread(target=service._cards.check_pad)
    watch.start()
    assert checking.wait(30.0)
    assert not service._cards.check_reader()
    read: list[str] = []
    reading = threading.Thread(target=lambda: read.append(service.read_card().AAZ501))
    reading.start()
    while not service._cards._busy.locked():
        assert reading.is_alive()
    go_on.set()
    for thread in (watch, reading):
        thread.join(30.0)
    assert read == [card.card_id]


def typed(*digits: str) -> tuple[Pin, Pin, Pin]:
    first, second, third = (Pin(bytearray(one.encode("ascii"))) for one in digits)
    return first, second, third


def test_the_keyboard_is_forbidden_unless_the_site_allows_it_and_has_no_pad(
    desk: Desk, card: SscCard
) -> None:
    pins = (FIRST_PIN, NEW_PIN, NEW_PIN)
    for changes in ({}, {"keyboard": True}, {"pin_pad": None}):
        service = desk.insert(card, **changes)
        given = typed(*pins)
        with pytest.raises(PinEntryError) as caught:
            service.pin_service(wish(PinService.CHANGE, card, typed=given), "clerk")
        assert caught.value.code == "pin-keyboard-forbidden"
        assert all(len(pin) == 0 for pin in given)
    service = desk.insert(card, keyboard=True, pin_pad=None)
    with pytest.raises(PinEntryError, match="differ"):
        service.pin_service(
            wish(PinService.CHANGE, card, typed=typed(FIRST_PIN, NEW_PIN, "111111")), "clerk"
        )
    service.pin_service(wish(PinService.CHANGE, card, typed=typed(*pins)), "clerk")
    with pytest.raises(DeskDeviceMissingError):
        service.pin_service(wish(PinService.VERIFY, card), "clerk")


def test_the_receipt_of_a_service_that_was_carried_out(desk: Desk, card: SscCard) -> None:
    service = desk.insert(card)
    slips: list[Slip] = []
    equipment = service._bench.equipment

    def print_slip(slip: Slip) -> bytes:
        slips.append(slip)
        return b"%PDF"

    object.__setattr__(equipment, "print_slip", print_slip)
    desk.pad.plans.extend([FIRST_PIN, "999999"])
    done = service.pin_service(wish(PinService.VERIFY, card), "张三")
    assert service.pin_receipt(done.event) == b"%PDF"
    assert slips[0].title == "校验密码回执"
    assert ("经办", "张三") in slips[0].lines
    with pytest.raises(PinRefusedError):
        service.pin_service(wish(PinService.VERIFY, card), "clerk")
    for event in (done.event - 1, done.event + 2, 999):
        with pytest.raises(CardNotFoundError):
            service.pin_receipt(event)


@pytest.mark.parametrize("service", PinService)
def test_no_pin_is_in_a_log_an_error_the_journal_or_an_exchange(
    desk: Desk,
    card: SscCard,
    service: PinService,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Canaries: the digits are nowhere; coded for the card they are the same digits in hex."""
    caplog.set_level(logging.DEBUG)
    made = desk.insert(card)
    reader = made.equipment.card_reader
    assert reader is not None
    desk.pad.plans.extend([FIRST_PIN] if service is PinService.VERIFY else [])
    desk.pad.plans.extend(
        {
            PinService.CHANGE: [FIRST_PIN, "847261", "847261"],
            PinService.RELOAD: ["847261", "847261"],
        }.get(service, [])
    )
    shown: list[str] = []
    holder = read_holder(desk)
    shown.append(repr(made.pin_service(wish(service, card, reading=holder), "clerk")))
    for _ in range(2):
        desk.pad.plans.append("736251")
        with pytest.raises(PinRefusedError) as caught:
            made.pin_service(wish(PinService.VERIFY, card), "clerk")
        shown.append(repr(caught.value) + str(caught.value) + str(caught.value.details))
    shown += [*reader.recent_exchanges(), caplog.text]
    shown += [str(event) for event in desk.events()]
    desk.bench.journal.close()
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir()) + "".join(shown).encode()
    raw = without_what_is_drawn(raw)
    for pin in (FIRST_PIN, "847261", "736251"):
        assert pin.encode() not in raw
