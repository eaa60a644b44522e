"""One suite, run against every gateway on disk through the province that is simulated for it.

A gateway needs `simulators/gateways/<name>/server.py` (`ProvinceServer`, `ProvinceSettings`) and
`tests/vectors/<name>/`; a folder without them fails here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import shutil
from pathlib import Path

import pytest

import station.gateways
from simulators.gateways import UnknownProvinceError
from station.core.applications import (
    ApplicationGateway,
    ApplicationType,
    CardApplication,
    ExchangeReason,
)
from station.core.card_states import (
    SERVICES,
    CardState,
    CardStateGateway,
    StateService,
)
from station.core.errors import (
    GatewayRejectedError,
    GatewayUnavailableError,
    LocalProtocolError,
    RejectionReason,
)
from station.core.gateways import (
    BatchGateway,
    IssuanceReport,
    ListedPerson,
    ProductionData,
    ProvinceGateway,
    ReportOutcome,
    TemporaryCard,
    TemporaryCardGateway,
    WithdrawalGateway,
)
from station.gateways import gateway_names
from tests.contract.gateways.rig import (
    PUBLIC_KEYS,
    Made,
    Rig,
    authentication,
    certification,
    grown,
    protection,
    report_of,
    running,
)
from tests.rigs.vectors import FOLDERS

# --- nothing on disk escapes ---


@pytest.mark.parametrize("name", gateway_names())
def test_every_gateway_has_literal_vectors(name: str) -> None:
    assert [file for folder in FOLDERS for file in (folder / name).glob("*.toml")]


def test_a_copied_gateway_is_picked_up_and_fails_without_its_simulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(Path(station.gateways.__path__[0]) / gateway_names()[0], tmp_path / "copied")
    monkeypatch.setattr(station.gateways, "__path__", [*station.gateways.__path__, str(tmp_path)])
    assert "copied" in gateway_names()
    with pytest.raises(UnknownProvinceError, match="copied"), running("copied"):
        pass


# --- fetching ---


def test_the_link_is_good(gateway: ProvinceGateway) -> None:
    gateway.check_link()


def test_data_is_of_the_person_who_was_asked_for(rig: Rig, gateway: ProvinceGateway) -> None:
    person = rig.new_person()
    data = gateway.fetch_production_data(person["id_number"], name=person["name"])
    assert person["id_number"] == data.chip.AAC002
    assert person["name"] == data.chip.AAC003
    assert data.photo_jpeg.startswith(b"\xff\xd8\xff")
    assert data.bank_name


def test_asking_again_gives_the_same_batch_and_card(rig: Rig, gateway: ProvinceGateway) -> None:
    number = rig.new_person()["id_number"]
    before = rig.effects()
    first = gateway.fetch_production_data(number)
    assert gateway.fetch_production_data(number) == first
    assert grown(before, rig.effects()) == {"batches_locked": 1}


@pytest.mark.parametrize(
    ("case", "reason"),
    [
        ("not-lost", RejectionReason.NOT_REPORTED_LOST),
        ("no-fee", RejectionReason.FEE_NOT_REGISTERED),
        ("not-applied", RejectionReason.REPLACEMENT_NOT_APPLIED),
        ("not-marked", RejectionReason.NOT_MARKED),
        ("withdrawn", RejectionReason.DATA_WITHDRAWN),
        ("other-city", RejectionReason.PERSON_UNKNOWN),
    ],
)
def test_a_missing_precondition_is_named(
    rig: Rig, gateway: ProvinceGateway, case: str, reason: RejectionReason
) -> None:
    person, before = rig.someone(case), rig.effects()
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.fetch_production_data(person["id_number"])
    assert caught.value.reason is reason
    assert caught.value.details["province_text"] == person["situation"]
    assert rig.effects() == before


def test_a_batch_of_another_window_is_refused(rig: Rig, gateway: ProvinceGateway) -> None:
    number = rig.new_person()["id_number"]
    rig.order("lock the batch", id_number=number)
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.fetch_production_data(number)
    assert caught.value.reason is RejectionReason.BATCH_LOCKED
    rig.order("release the batch", id_number=number)
    assert number == gateway.fetch_production_data(number).chip.AAC002


def test_a_wrong_password_is_told_apart(rig: Rig) -> None:
    with (
        rig.gateway(knows_password=False) as gateway,
        pytest.raises(GatewayRejectedError) as caught,
    ):
        gateway.check_link()
    assert caught.value.reason is RejectionReason.NOT_AUTHORISED


def test_a_fetch_cut_after_any_of_its_calls_can_be_asked_again(
    rig: Rig, gateway: ProvinceGateway
) -> None:
    before = rig.calls()
    gateway.fetch_production_data(rig.new_person()["id_number"])
    for operation in grown(before, rig.calls()):
        number, effects = rig.new_person()["id_number"], rig.effects()
        rig.order("lose answers", operation=operation)
        with contextlib.suppress(GatewayUnavailableError):  # what only reads is asked again
            gateway.fetch_production_data(number)
        assert number == gateway.fetch_production_data(number).chip.AAC002
        assert grown(effects, rig.effects()) == {"batches_locked": 1}


@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030"])
def test_any_charset_of_the_answers_gives_the_same_data(
    rig: Rig, gateway: ProvinceGateway, charset: str
) -> None:
    expected = gateway.fetch_production_data(rig.someone("minority-name")["id_number"])
    rig.order("answer in", charset=charset, calls=0)
    assert gateway.fetch_production_data(expected.chip.AAC002) == expected
    assert "·" in expected.chip.AAC003


@pytest.mark.field_case("C1")
@pytest.mark.parametrize("charset", ["utf-8", "gbk", "gb18030"])
def test_a_character_that_gb_18030_has_moved_arrives_as_the_standards(
    rig: Rig, gateway: ProvinceGateway, charset: str
) -> None:
    person = rig.order("new person", name="测\u9fb4\u9fbb")
    rig.order("answer in", charset=charset, calls=0)
    data = gateway.fetch_production_data(person["id_number"], name="测\u9fb4\u9fbb")
    assert data.chip.AAC003 == "测\u9fb4\u9fbb"


def test_a_rare_character_arrives_whole(rig: Rig, gateway: ProvinceGateway) -> None:
    person = rig.someone("rare-name")
    rig.order("answer in", charset="gb18030", calls=0)
    data = gateway.fetch_production_data(person["id_number"])
    assert person["name"] == data.chip.AAC003
    assert max(person["name"]) > "\uffff"


# --- the HSM ---


def test_the_hsm_answers_for_the_challenge_it_was_given(
    gateway: ProvinceGateway, made: Made
) -> None:
    one = gateway.authenticate(authentication(made.data, "0102030405060708"))
    other = gateway.authenticate(authentication(made.data, "0102030405060709"))
    assert (one[8:].hex(), len(one)) == ("1112131415161718", 16)
    assert one[:8] != other[:8]
    assert gateway.authenticate(authentication(made.data, "0102030405060708")) == one


def test_an_hsm_that_refuses_is_named(rig: Rig, gateway: ProvinceGateway, made: Made) -> None:
    rig.order("reject the HSM")
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.authenticate(authentication(made.data, "0102030405060708"))
    assert caught.value.reason is RejectionReason.HSM_REFUSED


def test_the_hsm_builds_the_commands_of_the_pin_services(
    gateway: ProvinceGateway, made: Made
) -> None:
    # Computed with OpenSSL from STK of simulators/master_keys.toml.
    reload = "8424000114" + "E885AD52EBC657175683E235F6178C8B" + "A8E14A36"
    assert gateway.protect(protection(made.data)).hex().upper() == reload
    unblock = "8424000004" + "B499787E"
    assert gateway.protect(protection(made.data, pin="")).hex().upper() == unblock


def test_certificates_are_for_the_cards_own_key_and_stay_the_same(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    before = rig.effects()
    issued = gateway.certify(certification(made.data, 1))
    assert bytes.fromhex(PUBLIC_KEYS[0]) in issued.signature_certificate
    assert len(issued.key_envelope) >= 388
    assert (len(issued.master_key), issued.admin_pin.isdecimal()) == (16, True)
    assert gateway.certify(certification(made.data, 1)) == issued
    assert gateway.certify(certification(made.data, 2)) != issued
    assert rig.effects()["certificates_issued"] == before["certificates_issued"] + 2


# --- write-back ---


def test_a_write_back_is_accepted_and_can_be_found(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    before = rig.effects()
    assert gateway.find_report(made.issued) is False
    assert gateway.report(made.issued)
    assert gateway.find_report(made.issued) is True
    assert grown(before, rig.effects()) == {"reports_accepted": 1}


def test_a_spoiled_card_is_found_as_spoiled_only(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    before = rig.effects()
    assert gateway.report(made.spoiled)
    assert gateway.find_report(made.spoiled) is True
    as_issued = dataclasses.replace(
        made.spoiled, outcome=ReportOutcome.ISSUED, failed_step="", failure=""
    )
    assert gateway.find_report(as_issued) is False
    assert grown(before, rig.effects()) == {"reports_spoiled": 1}


def test_a_blank_that_was_never_readable_can_be_reported_spoiled(
    gateway: ProvinceGateway, made: Made
) -> None:
    mute = dataclasses.replace(made.spoiled, AAZ501="", AAZ507="", bank_number=None)
    assert gateway.report(mute)
    assert gateway.find_report(mute) is True


def test_a_duplicate_is_understood_and_counts_once(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    before = rig.effects()
    gateway.report(made.issued)
    assert gateway.report(made.issued)
    assert grown(before, rig.effects()) == {"reports_accepted": 1, "reports_duplicate": 1}


def test_a_request_the_network_doubles_counts_once(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    before = rig.effects()["reports_accepted"]
    rig.order("deliver twice")
    assert gateway.report(made.issued)
    assert rig.effects()["reports_accepted"] == before + 1


def test_a_second_card_for_one_application_is_refused(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    gateway.report(made.issued)
    before = rig.effects()["reports_accepted"]
    second = report_of(made.data)
    with pytest.raises(GatewayRejectedError):
        gateway.report(second)
    assert gateway.find_report(second) is False
    assert rig.effects()["reports_accepted"] == before


# --- activation ---


def test_an_active_card_may_be_activated_again(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    gateway.report(made.issued)
    before = rig.effects()
    assert made.activate(gateway)
    assert made.activate(gateway)
    assert grown(before, rig.effects()) == {"activations": 1, "activations_repeated": 1}


def test_a_card_that_was_never_reported_is_not_activated(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    before = rig.effects()
    with pytest.raises(GatewayRejectedError):
        made.activate(gateway)
    assert rig.effects() == before


def test_a_bank_that_was_not_told_is_a_refusal(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    gateway.report(made.issued)
    rig.order("fail the bank sync")
    with pytest.raises(GatewayRejectedError):
        made.activate(gateway)
    assert made.activate(gateway)


# --- the state of cards, where the dialect has it ---


def with_states(gateway: ProvinceGateway) -> CardStateGateway:
    if not isinstance(gateway, CardStateGateway):
        pytest.skip("this dialect has no state of cards")
    return gateway


def test_the_state_of_a_card_changes_as_each_service_says(
    made: Made, gateway: ProvinceGateway
) -> None:
    states, data = with_states(gateway), made.data
    gateway.report(made.issued)
    number = data.chip.AAC002
    card = states.card_state(number)
    assert (card.AAZ500, card.state) == (data.chip.AAZ500, CardState.ISSUED)
    assert card.bank_name == data.bank_name
    order = (
        StateService.ACTIVATE,
        StateService.SUSPEND,
        StateService.REPORT_LOSS,
        StateService.LIFT_LOSS,
        StateService.CANCEL,
    )
    for service in order:
        assert card.state in SERVICES[service].offered_at
        states.change_card_state(service, card)
        card = states.card_state(number)
        assert card.state is SERVICES[service].leads_to
    for service in (*order[1:], *order[1:]):
        with pytest.raises(GatewayRejectedError) as caught:
            states.change_card_state(service, card)
        assert caught.value.reason is RejectionReason.CARD_STATE


def test_a_card_for_which_another_was_applied_stays_lost(
    rig: Rig, gateway: ProvinceGateway
) -> None:
    states, number = with_states(gateway), rig.new_person()["id_number"]
    card = states.card_state(number)
    assert card.state is CardState.LOST
    for service in (StateService.LIFT_LOSS, StateService.CANCEL):
        with pytest.raises(GatewayRejectedError) as caught:
            states.change_card_state(service, card)
        assert caught.value.reason is RejectionReason.CARD_STATE
    with pytest.raises(GatewayRejectedError) as caught:
        states.change_card_state(
            StateService.SUSPEND, dataclasses.replace(card, AAZ500="Z99999999")
        )
    assert caught.value.reason is RejectionReason.OTHER


# --- a cancelled order, where the dialect can take it back ---


def cancelled(made: Made) -> IssuanceReport:
    report = dataclasses.replace(made.issued, outcome=ReportOutcome.CANCELLED)
    return dataclasses.replace(report, AAZ501="", AAZ507="", bank_number=None)


def test_a_cancelled_order_gives_mark_and_batch_back(
    rig: Rig, made: Made, gateway: ProvinceGateway
) -> None:
    if not isinstance(gateway, WithdrawalGateway):
        pytest.skip("this dialect can't take an order back")
    report, number = cancelled(made), made.data.chip.AAC002
    assert not gateway.is_withdrawn(report)
    before = rig.effects()
    for _ in range(2):
        gateway.withdraw(report)
        assert gateway.is_withdrawn(report)
    assert grown(before, rig.effects()) == {"marks_withdrawn": 1}
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.fetch_production_data(number)
    assert caught.value.reason is RejectionReason.NOT_MARKED
    rig.order("mark", id_number=number)
    assert gateway.fetch_production_data(number).batch != report.batch
    assert gateway.is_withdrawn(report)  # the present batch is another one
    with pytest.raises(GatewayRejectedError):
        gateway.withdraw(report)  # a late request takes nothing away from the new order
    assert number == gateway.fetch_production_data(number).chip.AAC002


# --- temporary cards, where the dialect has them ---


def temporary_report(data: ProductionData, number: int) -> IssuanceReport:
    return IssuanceReport(
        outcome=ReportOutcome.TEMPORARY,
        batch=data.batch,
        AAC002=data.chip.AAC002,
        AAC003=data.chip.AAC003,
        AAZ500=data.chip.AAZ500,
        AAZ501=f"410700D156000005{number:016X}",
        AAZ507="544B1805208660410700000001",
        AAZ503=data.chip.AAZ503,
        valid_until=data.chip.valid_until,
        bank_number=None,
    )


def test_a_temporary_card_is_issued_once_and_comes_back(
    rig: Rig, made: Made, gateway: ProvinceGateway
) -> None:
    if not isinstance(gateway, TemporaryCardGateway):  # the product offers none then; Henan has it
        pytest.skip("this dialect has no temporary cards")
    person = made.data.chip.AAC002
    before = rig.effects()
    data = gateway.fetch_temporary_data(person)
    assert gateway.fetch_temporary_data(person) == data
    assert (data.AAE008, data.bank_name) == ("", "")
    assert data.photo_jpeg.startswith(b"\xff\xd8")
    assert data.chip.AAZ500 != made.data.chip.AAZ500
    report = temporary_report(data, 1)
    assert not gateway.is_registered(report)
    gateway.register_temporary(report)
    assert gateway.is_registered(report)
    other = temporary_report(data, 2)
    assert not gateway.is_registered(other)
    with pytest.raises(GatewayRejectedError):
        gateway.register_temporary(other)
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.fetch_temporary_data(person)
    assert caught.value.reason is RejectionReason.HAS_TEMPORARY
    card = TemporaryCard(person, report.AAZ500, report.AAZ501)
    with pytest.raises(GatewayRejectedError):
        gateway.collect_temporary(dataclasses.replace(card, AAZ501=other.AAZ501))
    for _ in range(2):
        gateway.collect_temporary(card)
    assert gateway.is_registered(report)  # it was: a late question must not send it again
    done = {"temporary_issued": 1, "temporary_collected": 1}
    assert grown(before, rig.effects()) == done
    assert gateway.fetch_temporary_data(person).chip.AAZ500 != report.AAZ500


def test_an_agent_is_told_with_number_and_name(
    rig: Rig, made: Made, gateway: ProvinceGateway
) -> None:
    if not isinstance(gateway, TemporaryCardGateway):  # the product offers none then; Henan has it
        pytest.skip("this dialect has no temporary cards")
    report = temporary_report(gateway.fetch_temporary_data(made.data.chip.AAC002), 1)
    half = dataclasses.replace(report, agent_number="410701199003074550")
    with pytest.raises(LocalProtocolError):
        gateway.register_temporary(half)
    himself = dataclasses.replace(half, agent_number=report.AAC002, agent_name=report.AAC003)
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.register_temporary(himself)
    assert caught.value.details["province_text"].startswith("代办人")
    gateway.register_temporary(dataclasses.replace(half, agent_name="王代办"))
    assert gateway.is_registered(report)


# --- lists of many people, where the dialect has them ---


def test_the_list_of_a_batch_number_names_everybody_in_order(
    rig: Rig, gateway: ProvinceGateway
) -> None:
    if not isinstance(gateway, BatchGateway):  # the product offers none then; Henan has it
        pytest.skip("this dialect has no lists of a batch")
    people = [rig.new_person() for _ in range(3)]
    numbers = [one["id_number"] for one in people]
    batch = rig.order("list people", people=" ".join(numbers))["number"]
    listed = gateway.fetch_batch_list(batch)
    assert [(one.line, one.AAC002) for one in listed] == list(
        zip(["1", "2", "3"], numbers, strict=True)
    )
    assert [one.AAC003 for one in listed] == [one["name"] for one in people]
    assert all(one.AAE008 for one in listed)
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.fetch_batch_list("410700000099")
    assert caught.value.reason is RejectionReason.OTHER


def test_a_bank_answers_about_each_person_and_asking_again_changes_nothing(
    rig: Rig, gateway: ProvinceGateway
) -> None:
    if not isinstance(gateway, BatchGateway):  # the product offers none then; Henan has it
        pytest.skip("this dialect has no bank check")
    people = [rig.new_person() for _ in range(3)]
    numbers = [one["id_number"] for one in people]
    sent = [ListedPerson(str(line), one["id_number"], one["name"], "") for line, one in
            enumerate(people, 1)]  # fmt: skip
    sent[2] = dataclasses.replace(sent[2], AAC003="别人")
    before = rig.effects()
    assert gateway.bank_answers("own-name") == []
    for _ in range(2):
        gateway.send_to_bank("own-name", sent)
    assert grown(before, rig.effects()) == {"bank_checks": 3}
    assert {one.passed for one in gateway.bank_answers("own-name")} == {None}
    rig.order("let the banks answer", people=numbers[1], reason="客户身份证已过期")
    told = gateway.bank_answers("own-name")
    assert [one.AAC002 for one in told] == numbers
    assert [one.passed for one in told] == [True, False, False]
    assert [one.reason for one in told] == ["", "客户身份证已过期", "姓名与证件号码不符"]
    gateway.send_to_bank("own-name", sent)  # who has passed stays so; the others are asked again
    assert [one.passed for one in gateway.bank_answers("own-name")] == [True, None, None]


# --- applications, where the dialect takes them ---


def test_each_kind_of_application_leads_to_the_data_of_a_card(
    rig: Rig, gateway: ProvinceGateway
) -> None:
    states = with_states(gateway)
    if not isinstance(gateway, ApplicationGateway):
        pytest.skip("this dialect takes no applications")
    person = rig.someone("not-lost")
    number, name = person["id_number"], person["name"]
    first = CardApplication(number, ApplicationType.FIRST)
    lost = CardApplication(number, ApplicationType.LOST, ExchangeReason.STOLEN)
    for refused, reason in (
        (first, RejectionReason.CARD_STATE),
        (lost, RejectionReason.NOT_REPORTED_LOST),
    ):
        with pytest.raises(GatewayRejectedError) as caught:
            gateway.apply(refused)
        assert caught.value.reason is reason
    worn = CardApplication(number, ApplicationType.EXCHANGE, ExchangeReason.DAMAGED)
    for _ in range(2):  # safe to repeat
        gateway.apply(worn)
        gateway.register_fee(number)
        gateway.mark(number, name)
    old = states.card_state(number)
    data = gateway.fetch_production_data(number)
    issued = report_of(data)
    gateway.report(issued)
    assert states.card_state(number).AAZ500 == data.chip.AAZ500 != old.AAZ500
    spoiled = dataclasses.replace(
        issued, outcome=ReportOutcome.SPOILED, failed_step="making", failure="写卡校验不符"
    )
    gateway.report(spoiled)
    assert states.card_state(number) == old  # the worn card is valid again
