"""One suite, run against every gateway on disk through the province that is simulated for it.

A gateway needs `simulators/gateways/<name>/server.py` (`ProvinceServer`, `ProvinceSettings`) and
`tests/vectors/<name>/`; a folder without them fails here.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib
import itertools
import json
import logging
import shutil
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Protocol, cast

import httpx
import pytest

import station.gateways
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.certificates import CertificateRequest
from station.core.errors import (
    GatewayError,
    GatewayRejectedError,
    GatewayUnavailableError,
    Recovery,
    RejectionReason,
)
from station.core.gateways import (
    GatewaySettings,
    IssuanceReport,
    ProductionData,
    ProvinceGateway,
    ReportOutcome,
)
from station.core.secrets import BankNumber
from station.gateways import gateway_names, load_gateway

VECTORS: Final = Path(__file__).parents[1] / "vectors"
REGION: Final = "410702"
PATIENCE: Final = 10.0  # seconds; a test that waits for a time-out passes its own
#: Of the SM2 private keys 1 and 2 (GB/T 32918.5-2017: the base point, and its double).
PUBLIC_KEYS: Final = (
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    "56CEFD60D7C87C000D58EF57FA73BA4D9C0DFA08C08A7331495C2E1DA3F2BD52"
    "31B7E7E6CC8189F668535CE0F8EAF1BD6DE84C182F6C8E716F780D3A970A23C3",
)
PIN: Final = "8642097531"
UNLISTED: Final = "这句话没有列在任何表里"

_serial = itertools.count(1)


class Province(Protocol):
    """What the suite needs from any simulated province."""

    @property
    def province_url(self) -> str: ...

    @property
    def page_url(self) -> str: ...


@dataclass
class Rig:
    """One gateway before its simulated province."""

    name: str
    province: Province
    control: httpx.Client
    user: str
    password: str

    def gateway(
        self, *, timeout: float = PATIENCE, knows_password: bool = True
    ) -> contextlib.closing[ProvinceGateway]:
        settings = GatewaySettings(
            self.province.province_url,
            user=self.user,
            password=self.password if knows_password else "something else",
            region=REGION,
            timeout=timeout,
        )
        return contextlib.closing(load_gateway(self.name).open(settings))

    def order(self, action: str, **words: str | float) -> dict[str, Any]:
        """Tell the province's control side to do something."""
        return self._ask("do", json.dumps({"action": action, **words}).encode())

    def effects(self) -> dict[str, int]:
        return cast("dict[str, int]", self._ask("observer")["effects"])

    def calls(self) -> dict[str, int]:
        return cast("dict[str, int]", self._ask("observer")["calls"])

    def someone(self, case: str) -> dict[str, str]:
        return cast("dict[str, str]", self._ask(f"people?case={case}")["people"][0])

    def new_person(self) -> dict[str, Any]:
        return self.order("new person", name="测试" + "甲乙丙丁戊己庚辛"[next(_serial) % 8])

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        answer = self.control.request("POST" if body else "GET", path, content=body)
        answer.raise_for_status()
        return cast("dict[str, Any]", answer.json())


@contextlib.contextmanager
def running(name: str) -> Iterator[Rig]:
    """Start the province that is simulated for one gateway."""
    module = importlib.import_module(f"simulators.gateways.{name}.server")
    settings = module.ProvinceSettings(people=40)
    with (
        module.ProvinceServer(settings) as province,
        httpx.Client(base_url=province.page_url, timeout=20, trust_env=False) as control,
    ):
        yield Rig(name, province, control, settings.user, settings.password)


@pytest.fixture(scope="module", params=gateway_names())
def province(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with running(request.param) as rig:
        yield rig


@pytest.fixture
def rig(province: Rig) -> Iterator[Rig]:
    yield province
    province.order("behave")
    province.order("come back")


@pytest.fixture
def gateway(rig: Rig) -> Iterator[ProvinceGateway]:
    with rig.gateway() as client:
        yield client


@dataclass
class Made:
    """One person's data, and a card that was made from it."""

    data: ProductionData
    issued: IssuanceReport
    spoiled: IssuanceReport

    def activate(self, gateway: ProvinceGateway) -> str:
        chip = self.data.chip
        return gateway.activate(
            AAC002=chip.AAC002, AAC003=chip.AAC003, AAZ500=chip.AAZ500, AAB301=self.data.AAB301
        )


@pytest.fixture
def made(rig: Rig) -> Made:
    return make(rig)


@pytest.fixture(scope="module")
def somebody(province: Rig) -> Made:
    """For tests whose calls fail whatever this person's state is."""
    return make(province)


def make(rig: Rig) -> Made:
    with rig.gateway() as gateway:
        data = gateway.fetch_production_data(rig.new_person()["id_number"])
    return Made(data, report_of(data), report_of(data, spoiled=True))


def report_of(data: ProductionData, *, spoiled: bool = False) -> IssuanceReport:
    serial = next(_serial)
    return IssuanceReport(
        outcome=ReportOutcome.SPOILED if spoiled else ReportOutcome.ISSUED,
        batch=data.batch,
        AAC002=data.chip.AAC002,
        AAC003=data.chip.AAC003,
        AAZ500=data.chip.AAZ500,
        AAZ501=f"{data.AAB301}{serial:026X}",
        AAZ507=f"8649042603864107{serial:010X}",
        AAZ503=data.chip.AAZ503,
        valid_until=data.chip.valid_until,
        bank_number=BankNumber(f"621700{serial:013}"),
        failed_step="制卡" if spoiled else "",
        failure="写卡校验不符" if spoiled else "",
    )


def authentication(data: ProductionData, factor: str) -> AuthenticationRequest:
    return AuthenticationRequest(
        AAB301=data.AAB301,
        AAZ507="544B1805208660410700000001",
        AAZ501="410700D1560000050000000100000000",
        algorithm="03",
        key_address="0094",
        process_factor=bytes.fromhex(factor),
        original=bytes.fromhex("1112131415161718"),
    )


def protection(data: ProductionData, *, pin: str = "246810") -> MaintenanceRequest:
    return MaintenanceRequest(
        AAB301=data.AAB301,
        AAZ507="544B1805208660410700000001",
        AAZ501="410700D1560000050000000100000000",
        algorithm="03",
        key_address="0173",
        process_factor=bytes.fromhex("0102030405060708"),
        header=bytes.fromhex("8424000114" if pin else "8424000004"),
        pin=bytes.fromhex(pin),
    )


def certification(data: ProductionData, private: int = 1) -> CertificateRequest:
    chip = data.chip
    key = bytes.fromhex(PUBLIC_KEYS[private - 1])
    return CertificateRequest(data.AAB301, chip.AAC002, chip.AAC003, chip.AAZ500, key)


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {
        name: after[name] - before.get(name, 0) for name in after if after[name] != before[name]
    }


# --- nothing on disk escapes ---


@pytest.mark.parametrize("name", gateway_names())
def test_every_gateway_has_literal_vectors(name: str) -> None:
    assert list((VECTORS / name).glob("*.toml"))


def test_a_copied_gateway_is_picked_up_and_fails_without_its_simulator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(Path(station.gateways.__path__[0]) / gateway_names()[0], tmp_path / "copied")
    monkeypatch.setattr(station.gateways, "__path__", [*station.gateways.__path__, str(tmp_path)])
    assert "copied" in gateway_names()
    with pytest.raises(ModuleNotFoundError, match="copied"), running("copied"):
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
        with pytest.raises(GatewayUnavailableError):
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
    # Computed with OpenSSL from STK of simulators/test_keys.toml.
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


# --- unknown outcomes ---


def fetch(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.fetch_production_data(made.data.chip.AAC002)


def report(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.report(made.issued)


def find(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.find_report(made.issued)


def hsm(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.authenticate(authentication(made.data, "0102030405060708"))


def protect(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.protect(protection(made.data, pin=PIN))


def certify(gateway: ProvinceGateway, made: Made) -> object:
    return gateway.certify(certification(made.data))


def activate(gateway: ProvinceGateway, made: Made) -> object:
    return made.activate(gateway)


def link(gateway: ProvinceGateway, made: Made) -> None:
    gateway.check_link()


GOALS: Final = [fetch, report, find, hsm, protect, certify, activate, link]
every_goal = pytest.mark.parametrize("goal", GOALS, ids=lambda goal: goal.__name__)
Goal = Callable[[ProvinceGateway, Made], object]


@pytest.mark.parametrize("how", ["lose answers", "answer late", "work late", "answer garbage"])
def test_a_write_back_without_an_answer_is_found_afterwards(rig: Rig, made: Made, how: str) -> None:
    before = rig.effects()
    rig.order(how)  # late: ten seconds, or until told to behave
    with rig.gateway(timeout=0.3) as hasty, pytest.raises(GatewayUnavailableError) as caught:
        hasty.report(made.issued)
    assert caught.value.recovery is Recovery.INSPECT
    rig.order("behave")
    with rig.gateway() as patient:
        if not patient.find_report(made.issued):  # the late work may not be done yet
            assert how == "work late"
            patient.report(made.issued)
        assert patient.find_report(made.issued) is True
    assert rig.effects()["reports_accepted"] == before["reports_accepted"] + 1


@every_goal
def test_no_answer_is_never_tried_again_by_itself(rig: Rig, somebody: Made, goal: Goal) -> None:
    before = sum(rig.calls().values())
    rig.order("lose answers", calls=0)
    with rig.gateway() as gateway, pytest.raises(GatewayUnavailableError):
        goal(gateway, somebody)
    assert sum(rig.calls().values()) == before + 1


@every_goal
@pytest.mark.parametrize("how", ["refuse", "503"])
def test_a_province_that_is_down_is_unavailable_until_it_is_back(
    rig: Rig, gateway: ProvinceGateway, somebody: Made, goal: Goal, how: str
) -> None:
    rig.order("go down", how=how)
    with pytest.raises(GatewayUnavailableError) as caught:
        goal(gateway, somebody)
    assert caught.value.recovery is Recovery.INSPECT
    rig.order("come back")
    gateway.check_link()


@every_goal
@pytest.mark.parametrize("how", ["answer with a fault", "answer garbage"])
def test_what_is_no_answer_is_unavailable(
    rig: Rig, gateway: ProvinceGateway, somebody: Made, goal: Goal, how: str
) -> None:
    rig.order(how)
    with pytest.raises(GatewayUnavailableError):
        goal(gateway, somebody)


@every_goal
def test_an_unknown_text_is_a_refusal_with_the_provinces_words(
    rig: Rig, gateway: ProvinceGateway, somebody: Made, goal: Goal
) -> None:
    before = rig.effects()
    rig.order("answer with text", text=UNLISTED)
    with pytest.raises(GatewayRejectedError) as caught:
        goal(gateway, somebody)
    expected = RejectionReason.HSM_REFUSED if goal in (hsm, protect) else RejectionReason.OTHER
    assert caught.value.reason is expected
    assert caught.value.details["province_text"] == UNLISTED
    assert rig.effects() == before


def test_an_answer_that_comes_twice_is_not_taken_for_the_next(
    rig: Rig, gateway: ProvinceGateway, made: Made
) -> None:
    rig.order("answer twice")
    gateway.check_link()
    assert gateway.fetch_production_data(made.data.chip.AAC002) == made.data


def test_a_late_answer_is_not_taken_for_the_next(rig: Rig, made: Made) -> None:
    with rig.gateway(timeout=0.5) as gateway:
        rig.order("answer late")
        with pytest.raises(GatewayUnavailableError):
            gateway.check_link()
        rig.order("behave")
        assert gateway.find_report(made.issued) is False


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


# --- nothing personal stays behind ---


def test_a_whole_card_leaves_nothing_personal_in_logs_and_errors(
    rig: Rig, gateway: ProvinceGateway, caplog: pytest.LogCaptureFixture
) -> None:
    person = rig.new_person()
    told: list[str] = []
    with caplog.at_level(logging.DEBUG, "station"):
        data = gateway.fetch_production_data(person["id_number"])
        made = Made(data, report_of(data), report_of(data, spoiled=True))
        secrets = [person["id_number"], person["name"], data.chip.AAZ500, rig.password]
        assert made.issued.bank_number
        secrets += [PUBLIC_KEYS[0], PIN]
        secrets += [made.issued.bank_number.reveal(), made.issued.AAZ501, made.issued.AAZ507]
        for how in ("", "lose answers", "answer garbage", "answer with a fault"):
            for goal in GOALS:
                if how:
                    rig.order(how)
                with contextlib.suppress(GatewayError):
                    goal(gateway, made)
        rig.order("answer with text", text=" ".join(secrets))
        with pytest.raises(GatewayRejectedError) as caught:
            gateway.report(made.issued)
    told += traceback.format_exception(caught.value)
    told += [str(caught.value.details), *gateway.recent_exchanges(), gateway.address, caplog.text]
    told += [str(record.__dict__) for record in caplog.records]
    everything = "\n".join(told)
    assert [place for place, secret in enumerate(secrets) if secret in everything] == []
    assert len(gateway.recent_exchanges()) > len(GOALS)
