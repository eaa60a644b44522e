"""The client against a server that answers exactly what a test tells it to."""

import dataclasses
import logging
import re
import socket
import traceback
from collections.abc import Callable
from pathlib import Path

import pytest

from station.core.applications import ApplicationGateway
from station.core.card_states import CardStateGateway
from station.core.errors import (
    AnswerProblem,
    Automatic,
    ConfigError,
    GatewayAnswerError,
    GatewayRejectedError,
    GatewayUnavailableError,
    LocalProtocolError,
    Recovery,
    RejectionReason,
    RemoteProtocolError,
    StationError,
)
from station.core.gateways import (
    BatchGateway,
    IssuanceReport,
    ProvinceGateway,
    TemporaryCardGateway,
    WithdrawalGateway,
)
from station.gateways import load_gateway
from station.words import spoken
from tests.unit.gateways.henan.scripted_province import (
    ATR,
    CARD_ID,
    DATA,
    ISSUED,
    JPEG,
    NAME,
    PAN,
    PASSWORD,
    PERSON,
    SPOILED,
    Script,
    inner,
    opened,
    settings,
)

# --- the transport ---


def test_a_request_has_the_headers_and_a_connection_of_its_own(
    script: Script, gateway: ProvinceGateway
) -> None:
    for _ in range(3):
        script.answer("身份证号不存在")
        gateway.check_link()
    assert script.headers[0]["SOAPAction"] == '""'
    assert script.headers[0]["Content-Type"] == "text/xml; charset=utf-8"
    assert len(script.peers) == 3


def fault(code: str, text: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        f"<faultcode>s:{code}</faultcode><faultstring>{text}</faultstring>"
        "</s:Fault></s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (502, b"<html/>", "答复错误 HTTP 502"),
        (503, inner("OK"), "答复错误 HTTP 503"),
        (504, b"", "答复错误 HTTP 504"),
        (408, b"", "答复错误 HTTP 408"),
        (429, b"", "答复错误 HTTP 429"),
        (200, b" " * (5 << 20), "答复过长"),
        (1, inner("OK"), "连接中断"),
        (0, b"", "超时未答复"),
    ],
    ids=["502", "503", "504", "408", "429", "long", "short", "silent"],
)
def test_no_usable_answer_is_unavailable_and_asked_once(
    script: Script, status: int, body: bytes, reason: str
) -> None:
    script.answers.put((status, body))
    with opened(script.url, timeout=0.3 if status == 0 else 5.0) as gateway:
        with pytest.raises(GatewayUnavailableError) as caught:
            gateway.report(ISSUED)
        assert caught.value.recovery is Recovery.INSPECT
        assert spoken(caught.value.details["reason"]) == reason
        assert len(script.asked) == 1
        assert gateway.recent_exchanges()[-1].endswith("province-unavailable")


@pytest.mark.field_case("C3")
@pytest.mark.parametrize(
    ("status", "body", "problem", "may_pass"),
    [
        (401, b"<html>401</html>", AnswerProblem.LOGIN, False),
        (403, inner("OK"), AnswerProblem.LOGIN, False),
        (407, b"", AnswerProblem.LOGIN, False),
        (404, inner("OK"), AnswerProblem.NOT_FOUND, False),
        (405, b"", AnswerProblem.NOT_FOUND, False),
        (301, b"", AnswerProblem.REDIRECTED, False),
        (302, inner("OK"), AnswerProblem.REDIRECTED, False),
        (500, b"<s:Envelope/>", AnswerProblem.STATUS, True),
        (500, inner("OK"), AnswerProblem.STATUS, True),
        (204, b"", AnswerProblem.STATUS, True),
        (202, inner("OK"), AnswerProblem.STATUS, True),
        (500, fault("Server", "ORA-00054"), AnswerProblem.FAULT, True),
        (200, fault("Server", "ORA-00054"), AnswerProblem.FAULT, True),
        (200, b"", AnswerProblem.GARBLED, True),
        (200, inner("OK")[:-40], AnswerProblem.GARBLED, True),
        (200, inner("OK").replace(b"OK", b"\xc4\xe3"), AnswerProblem.GARBLED, True),
        (200, inner("O\x1fK"), AnswerProblem.CONTROL_CHARACTER, False),
    ],
)
def test_an_answer_that_cannot_be_used_has_its_own_reason(
    script: Script,
    gateway: ProvinceGateway,
    status: int,
    body: bytes,
    problem: AnswerProblem,
    may_pass: bool,
) -> None:
    script.answers.put((status, body))
    with pytest.raises(GatewayAnswerError) as caught:
        gateway.report(ISSUED)
    automatic = Automatic.A_FEW_TIMES if may_pass else Automatic.NEVER
    assert (caught.value.problem, caught.value.automatic) == (problem, automatic)
    assert caught.value.code == problem.value
    assert caught.value.recovery is Recovery.INSPECT
    assert len(script.asked) == 1
    assert gateway.recent_exchanges()[-1].endswith(problem.value)


def test_a_faults_text_is_shown_without_what_was_sent(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answers.put((500, fault("Server", f"{NAME}: 表空间不足")))
    with pytest.raises(GatewayAnswerError) as caught:
        gateway.report(ISSUED)
    assert caught.value.details["province_text"] == "***: 表空间不足"


@pytest.mark.field_case("A2")
@pytest.mark.parametrize(
    "text", ["系统繁忙", "ORA-01034: ORACLE not available", "", "ok", "没见过的话"]
)
def test_a_text_that_is_not_listed_leaves_the_outcome_unknown(
    script: Script, gateway: ProvinceGateway, text: str
) -> None:
    goals: list[Callable[[], object]] = [
        lambda: gateway.report(ISSUED),
        lambda: gateway.find_report(ISSUED),
        lambda: activate(gateway),
        lambda: gateway.fetch_production_data(PERSON),
        gateway.check_link,
    ]
    for goal in goals:
        script.answer(text)
        with pytest.raises(GatewayAnswerError) as caught:
            goal()
        assert caught.value.problem is AnswerProblem.UNLISTED
        assert caught.value.recovery is Recovery.INSPECT
        assert caught.value.details.get("province_text", "") == text


@pytest.mark.field_case("A2")
def test_a_refused_query_after_a_duplicate_leaves_the_outcome_unknown(
    script: Script, gateway: ProvinceGateway
) -> None:
    """已经回盘 may be this very write-back; the refusal is of the question, not of the report."""
    script.answer("已经回盘")
    script.answer("用户名或密码错误")
    with pytest.raises(GatewayAnswerError) as caught:
        gateway.report(ISSUED)
    assert caught.value.problem is AnswerProblem.UNLISTED


def test_a_refused_connection_is_unavailable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        with (
            opened(f"http://127.0.0.1:{port}/") as gateway,
            pytest.raises(GatewayUnavailableError) as caught,
        ):
            gateway.check_link()
    assert spoken(caught.value.details["reason"]) == "连接不上"


def test_no_proxy_of_the_environment_sees_a_request(
    script: Script, gateway: ProvinceGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    script.answer("身份证号不存在")
    gateway.check_link()
    assert len(script.asked) == 1


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://host/x",
        "host:8080/x",
        "http:///x",
        "http://u:p@host/x",
        "http://host:99999/",
        "http://ho st/",
        "http://[::1/",
    ],
)
def test_an_address_that_cannot_be_is_a_configuration_fault(url: str) -> None:
    with pytest.raises(ConfigError):
        load_gateway("henan").open(settings(url))


@pytest.mark.field_case("F2")
def test_a_file_of_roots_that_cannot_be_used_is_a_configuration_fault(tmp_path: Path) -> None:
    missing, empty, text = (tmp_path / name for name in ("missing", "empty", "text"))
    empty.write_bytes(b"")
    text.write_text("根证书", encoding="utf-8")
    for file in (missing, empty, text):
        with pytest.raises(ConfigError, match=str(file)):
            load_gateway("henan").open(dataclasses.replace(settings("https://h/x"), ca_file=file))


def test_closing_twice_is_safe_and_a_later_call_connects_again(
    script: Script, gateway: ProvinceGateway
) -> None:
    for _ in range(2):
        script.answer("身份证号不存在")
        gateway.check_link()
        gateway.close()
        gateway.close()
    assert len(script.peers) == 2


@pytest.mark.parametrize(
    "part",
    [
        *(WithdrawalGateway, TemporaryCardGateway, BatchGateway),
        *(CardStateGateway, ApplicationGateway),
    ],
)
def test_the_dialect_has_every_part_that_another_may_lack(
    gateway: ProvinceGateway, part: type
) -> None:
    # The contract suite skips a part that a province lacks: none may be lost here unseen.
    assert isinstance(gateway, part)


# --- link check ---


def test_the_link_is_checked_with_a_person_nobody_can_be(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("身份证号不存在")
    gateway.check_link()
    assert "<社会保障号码>000000000000000000</社会保障号码>" in script.asked[0]


def test_a_link_that_refuses_the_window_is_not_good(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("用户名或密码错误")
    with pytest.raises(GatewayRejectedError):
        gateway.check_link()


# --- production data ---


def test_a_first_fetch_opens_locks_and_fetches(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "", "社保卡号": ""})
    script.answer("OK", {"批次号": "410702000017"})
    script.answer("OK", data=f"1,A12345678,{PERSON},{NAME}")
    script.answer("OK", DATA)
    data = gateway.fetch_production_data(PERSON)
    assert script.operations() == ["查询批次号", "获取批次号", "即制卡批次", "即制卡数据"]
    assert "<所属区县>410702</所属区县>" in script.asked[1]
    assert f"<DATA>1,{PERSON},{NAME}</DATA>" in script.asked[2]
    assert "<批次号>410702000017</批次号>" in script.asked[3]
    assert (data.batch, data.chip.AAC003, data.photo_jpeg) == ("410702000017", NAME, JPEG)


def test_a_second_fetch_uses_the_batch_that_is_there(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "17", "社保卡号": "A12345678"})
    script.answer("OK", DATA)
    assert gateway.fetch_production_data(PERSON, name=NAME).batch == "17"
    assert script.operations() == ["查询批次号", "即制卡数据"]


def test_a_batch_that_was_opened_and_never_locked_is_locked(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "17", "社保卡号": ""})
    script.answer("OK", data=f"1,A12345678,{PERSON},{NAME}")
    script.answer("OK", DATA)
    assert gateway.fetch_production_data(PERSON).batch == "17"
    assert script.operations() == ["查询批次号", "即制卡批次", "即制卡数据"]


@pytest.mark.parametrize("text", ["已经有批次号", "已经开始制卡"])
@pytest.mark.parametrize("at", ["获取批次号", "即制卡批次"])
def test_a_batch_that_exists_already_is_asked_for(
    script: Script, gateway: ProvinceGateway, text: str, at: str
) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "", "社保卡号": ""})
    if at == "即制卡批次":
        script.answer("OK", {"批次号": "18"})
    script.answer(text)
    script.answer("OK", {"姓名": NAME, "批次号": "17", "社保卡号": "A12345678"})
    script.answer("OK", DATA)
    assert gateway.fetch_production_data(PERSON).batch == "17"
    assert script.operations()[-3:] == [at, "查询批次号", "即制卡数据"]


def test_a_batch_said_to_exist_and_not_told_is_not_made_up(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "", "社保卡号": ""})
    script.answer("已经有批次号")
    script.answer("OK", {"姓名": NAME, "批次号": "", "社保卡号": ""})
    with pytest.raises(RemoteProtocolError, match="批次号"):
        gateway.fetch_production_data(PERSON)
    assert len(script.asked) == 3


@pytest.mark.parametrize(
    "row",
    [
        "",
        "1,A12345678",
        f"1,A12345678,410702198506301120,{NAME}",
        f"1,A12345678,{PERSON},测试乙",
        f"1,A12345678,{PERSON},{NAME}\n2,A12345679,410702198506301120,测试乙",
    ],
)
def test_a_locked_row_of_another_shape_or_person_is_refused(
    script: Script, gateway: ProvinceGateway, row: str
) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "17", "社保卡号": ""})
    script.answer("OK", data=row)
    with pytest.raises(RemoteProtocolError, match="DATA"):
        gateway.fetch_production_data(PERSON)


def test_another_name_than_the_province_has_stops_before_any_batch(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "", "社保卡号": ""})
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.fetch_production_data(PERSON, name="测试乙")
    assert caught.value.reason is RejectionReason.PERSON_UNKNOWN
    assert script.operations() == ["查询批次号"]


def test_a_name_nobody_told_is_asked_for_by_name(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("OK", {"批次号": "17", "社保卡号": "A12345678"})
    with pytest.raises(RemoteProtocolError, match="姓名"):
        gateway.fetch_production_data(PERSON)


@pytest.mark.field_case("C2")
@pytest.mark.parametrize("last", ["x", "ｘ", "Ｘ", "X"])
def test_the_last_place_of_a_number_is_folded_in_either_answer(
    script: Script, gateway: ProvinceGateway, last: str
) -> None:
    told = PERSON[:-1] + last
    script.answer("OK", {"姓名": NAME, "批次号": "17", "社保卡号": ""})
    script.answer("OK", data=f"1,A12345678,{told},{NAME}")
    script.answer("OK", DATA | {"社会保障号码": told})
    assert gateway.fetch_production_data(PERSON).chip.AAC002 == PERSON


@pytest.mark.field_case("C1")
def test_a_name_told_in_old_characters_is_the_same_name(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK", {"姓名": "测\ue81e", "批次号": "17", "社保卡号": "A12345678"})
    script.answer("OK", DATA | {"姓名": "测\u9fb4"})
    data = gateway.fetch_production_data(PERSON, name="测\ue81e")
    assert data.chip.AAC003 == "测\u9fb4"
    assert "<姓名>测\u9fb4</姓名>" in script.asked[1]


HIDDEN = [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C]
HIDDEN += [0x200B, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0x180E, 0xE0041, 0x007F, 0x0085, 0x2028]


@pytest.mark.field_case("C9")
@pytest.mark.parametrize("tag", ["姓名", "服务银行名称", "经办机构"])
@pytest.mark.parametrize("point", HIDDEN, ids=lambda point: f"U+{point:04X}")
def test_what_a_person_could_not_see_is_refused_before_anybody_compares(
    script: Script, gateway: ProvinceGateway, tag: str, point: int
) -> None:
    value = DATA[tag][:1] + chr(point) + DATA[tag][1:]
    script.answer("OK", {"姓名": NAME, "批次号": "17", "社保卡号": "A12345678"} | {tag: value})
    script.answer("OK", DATA | {tag: value})
    with pytest.raises(RemoteProtocolError, match=tag):
        gateway.fetch_production_data(PERSON)
    assert script.operations() == ["查询批次号", "即制卡数据"][: 1 if tag == "姓名" else 2]


def test_data_of_another_person_never_gets_in(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("OK", {"姓名": NAME, "批次号": "17", "社保卡号": "A12345678"})
    script.answer("OK", DATA | {"社会保障号码": "410702198506301120"})
    with pytest.raises(RemoteProtocolError, match="社会保障号码"):
        gateway.fetch_production_data(PERSON)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("身份证号不存在(或发卡城市不符)", RejectionReason.PERSON_UNKNOWN),
        ("数据已退回: 证件过期", RejectionReason.DATA_WITHDRAWN),
        ("操作不存在: 查询批次号", RejectionReason.OTHER),
    ],
)
def test_a_refusal_has_a_reason_and_the_provinces_words(
    script: Script, gateway: ProvinceGateway, text: str, reason: RejectionReason
) -> None:
    script.answer(text)
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.fetch_production_data(PERSON)
    assert caught.value.reason is reason
    assert caught.value.details["province_text"] == text
    assert gateway.recent_exchanges()[-1].endswith(reason.value)


# --- write-back ---


def test_an_issued_card_is_one_row_of_fourteen_columns(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("OK")
    assert gateway.report(ISSUED) == "OK"
    row = f"1,A12345678,{PERSON},{NAME},20261122,20361121,{CARD_ID},{ATR},,{PAN},,,,"
    assert f"<批次号>410702000017</批次号><DATA>{row}</DATA>" in script.asked[0]


def test_a_spoiled_card_says_where_and_why(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("OK")
    gateway.report(SPOILED)
    assert f",{PAN},,,制卡,写卡校验不符</DATA>" in script.asked[0]


@pytest.mark.parametrize("failure", ["一,二", "一\n二"])
def test_a_comma_in_a_row_never_leaves(
    script: Script, gateway: ProvinceGateway, failure: str
) -> None:
    with pytest.raises(LocalProtocolError):
        gateway.report(dataclasses.replace(SPOILED, failure=failure))
    assert script.asked == []


def test_a_duplicate_counts_as_done_when_a_query_shows_it(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("已经回盘")
    script.answer("OK", {"回盘状态": "已回盘", "卡识别码": CARD_ID.lower()})
    assert gateway.report(ISSUED) == "已经回盘"
    assert script.operations() == ["即制卡回盘", "查询回盘"]


@pytest.mark.parametrize(
    "found",
    [
        {"回盘状态": "已回盘", "卡识别码": "41070000000000000000000000000000"},
        {"回盘状态": "已回盘失败", "卡识别码": CARD_ID},
        {"回盘状态": "未回盘", "卡识别码": ""},
    ],
)
def test_a_duplicate_that_is_another_cards_is_refused(
    script: Script, gateway: ProvinceGateway, found: dict[str, str]
) -> None:
    script.answer("已经回盘")
    script.answer("OK", found)
    with pytest.raises(GatewayRejectedError) as caught:
        gateway.report(ISSUED)
    assert caught.value.reason is RejectionReason.ALREADY_REPORTED


@pytest.mark.parametrize(
    ("report", "state", "card", "there"),
    [
        (ISSUED, "已回盘", CARD_ID, True),
        (ISSUED, "已回盘", "41070000000000000000000000000000", False),
        (ISSUED, "已回盘", "", False),
        (ISSUED, "已回盘失败", CARD_ID, False),
        (ISSUED, "未回盘", "", False),
        (SPOILED, "已回盘失败", CARD_ID, True),
        (SPOILED, "已回盘", CARD_ID, False),
    ],
)
def test_a_write_back_is_found_by_outcome_and_card(
    script: Script,
    gateway: ProvinceGateway,
    report: IssuanceReport,
    state: str,
    card: str,
    there: bool,
) -> None:
    script.answer("OK", {"回盘状态": state, "卡识别码": card})
    assert gateway.find_report(report) is there
    assert f"<卡识别码>{CARD_ID}</卡识别码>" in script.asked[0]


@pytest.mark.parametrize(
    "found", [{}, {"回盘状态": "处理中", "卡识别码": CARD_ID}, {"回盘状态": "已回盘"}]
)
def test_a_state_nobody_knows_is_not_guessed(
    script: Script, gateway: ProvinceGateway, found: dict[str, str]
) -> None:
    script.answer("OK", found)
    with pytest.raises(RemoteProtocolError):
        gateway.find_report(ISSUED)


# --- activation ---


def activate(gateway: ProvinceGateway) -> str:
    return gateway.activate(AAC002=PERSON, AAC003=NAME, AAZ500="A12345678", AAB301="410700")


@pytest.mark.parametrize("code", ["00", "01", "０１ "])
def test_active_now_and_active_already_are_both_good(
    script: Script, gateway: ProvinceGateway, code: str
) -> None:
    script.answer(code)
    assert activate(gateway) == code.strip()
    assert "<城市>410700</城市><卡号>A12345678</卡号>" in script.asked[0]


def test_a_bank_that_was_not_told_is_a_refusal(script: Script, gateway: ProvinceGateway) -> None:
    script.answer("02")
    with pytest.raises(GatewayRejectedError) as caught:
        activate(gateway)
    assert caught.value.details["province_text"] == "02 银行同步失败"


# --- nothing personal stays behind ---


def test_errors_logs_and_exchanges_hold_nothing_personal(
    script: Script, gateway: ProvinceGateway, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[str] = []
    answers = [
        (200, inner(f"{NAME} {PERSON} 卡{PAN} {CARD_ID} {PASSWORD} 有误")),
        (200, inner("OK")[:-40]),
        (200, b"\xff" + inner(NAME)),
        (500, f"<faultstring>{NAME}{PERSON}</faultstring>".encode()),
    ]
    with caplog.at_level(logging.DEBUG):
        for one in answers:
            script.answers.put(one)
            with pytest.raises(StationError) as caught:
                gateway.report(ISSUED)
            told += traceback.format_exception(caught.value)
            told += [repr(caught.value), str(caught.value.details), repr(caught.value.__cause__)]
    told += [*gateway.recent_exchanges(), gateway.address, repr(gateway), caplog.text]
    told += [str(record.__dict__) for record in caplog.records]
    everything = "\n".join(told)
    assert "有误" in everything
    for secret in (NAME, PERSON, PAN, CARD_ID, PASSWORD, ISSUED.AAZ507):
        assert secret not in everything


def test_an_exchange_is_remembered_by_name_time_and_result(
    script: Script, gateway: ProvinceGateway
) -> None:
    script.answer("00")
    activate(gateway)
    assert re.fullmatch(r"领卡启用 \d+ ms ok", gateway.recent_exchanges()[-1])
