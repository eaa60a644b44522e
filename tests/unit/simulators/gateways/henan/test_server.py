"""The whole province over real sockets: charsets, lost answers, being down, being late."""

from __future__ import annotations

import socket
import sqlite3
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

import httpx
import pytest

from simulators.gateways.henan.server import ProvinceServer, ProvinceSettings
from simulators.province.store import DatabaseFileError
from tests.rigs import web

DEADLINE = 30.0
WANG = "410798198001150016"
CARD = "410700D1560000050000000100000000"
Do = Callable[..., dict[str, Any]]


def _body(operation: str, fields: dict[str, str]) -> bytes:
    inner = "".join(f"<{name}>{escape(value)}</{name}>" for name, value in fields.items())
    inner = (
        f"<ROOT><操作>{operation}</操作><用户名>window-1</用户名>"
        f"<密码>window-1-demo</密码>{inner}</ROOT>"
    )
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        '<soapenv:Body><ns1:allDsjk xmlns:ns1="http://service.card">'
        f"<in0>{escape(inner)}</in0></ns1:allDsjk></soapenv:Body></soapenv:Envelope>"
    ).encode()


def _post(
    province: ProvinceServer,
    operation: str,
    fields: dict[str, str],
    *,
    timeout: float = DEADLINE,
) -> httpx.Response:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    body = _body(operation, fields)
    return httpx.post(province.province_url, content=body, headers=headers, timeout=timeout)


def _ask(province: ProvinceServer, operation: str, **fields: str) -> dict[str, str]:
    answer = _post(province, operation, fields)
    assert answer.status_code == 200, answer.text
    return _fields(answer.text)


def _fields(text: str) -> dict[str, str]:
    envelope = ET.fromstring(text.partition("?>")[2])  # noqa: S314 - our own answer
    inner = next(e.text or "" for e in envelope.iter() if e.tag == "allDsjkReturn")
    root = ET.fromstring(inner)  # noqa: S314 - our own answer
    return {element.tag: element.text or "" for element in root}


@pytest.fixture
def do(province: ProvinceServer) -> Do:
    def act(action: str, **parameters: object) -> dict[str, Any]:
        words = {"action": action, **parameters}
        answer = httpx.post(f"{province.page_url}do", json=words, timeout=DEADLINE)
        assert answer.status_code == 200, answer.text
        result: dict[str, Any] = answer.json()
        return result

    return act


def _effects(province: ProvinceServer) -> dict[str, int]:
    effects: dict[str, int] = web.get(f"{province.page_url}observer").json()["effects"]
    return effects


def _write_back(province: ProvinceServer) -> dict[str, str]:
    batch = _ask(province, "获取批次号", 所属区县="410700")["批次号"]
    row = f"1,{WANG},王建国"
    locked = _ask(province, "即制卡批次", 批次号=batch, 人数="1", DATA=row)
    number = locked["DATA"].split(",")[1]
    data = _ask(province, "即制卡数据", 批次号=batch, 社会保障号码=WANG, 姓名="王建国")
    row = (
        f"1,{number},{WANG},王建国,{data['制卡日期']},{data['有效期至']},{CARD},"
        "544B1805208660410700000001,,6227001234567890128,,,,"
    )
    return {"批次号": batch, "DATA": row}


def test_an_answer_lost_after_the_commit_is_found_by_a_query(
    province: ProvinceServer, do: Do
) -> None:
    report = _write_back(province)
    do("lose answers", operation="即制卡回盘")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        _post(province, "即制卡回盘", report)
    query = {"批次号": report["批次号"], "社会保障号码": WANG, "卡识别码": CARD}
    assert _ask(province, "查询回盘", **query)["回盘状态"] == "已回盘"
    assert _ask(province, "即制卡回盘", **report) == {"ERR": "已经回盘"}
    effects = _effects(province)
    assert (effects["reports_accepted"], effects["reports_duplicate"]) == (1, 1)


def test_a_call_delivered_twice_has_one_effect(province: ProvinceServer, do: Do) -> None:
    report = _write_back(province)
    do("deliver twice", operation="即制卡回盘")
    assert _ask(province, "即制卡回盘", **report) == {"ERR": "已经回盘"}
    assert _effects(province)["reports_accepted"] == 1


def test_an_answer_comes_twice_on_one_connection(province: ProvinceServer, do: Do) -> None:
    do("answer twice")
    address = urlsplit(province.province_url)
    body = _body("查询批次号", {"社会保障号码": WANG})
    head = (
        f"POST {address.path} HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nSOAPAction: \r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    received = b""
    with socket.create_connection((str(address.hostname), address.port or 0), DEADLINE) as link:
        link.sendall(head.encode() + body)
        while received.count(b"</soapenv:Envelope>") < 2:
            part = link.recv(65536)
            assert part, "the connection closed before the second answer"
            received += part
    assert received.count(b"HTTP/1.1 200 OK\r\n") == 2
    bodies = [answer.partition(b"\r\n\r\n")[2] for answer in received.split(b"HTTP/1.1 ")[1:]]
    assert bodies[0] == bodies[1]


def test_down_means_refused_and_back_means_the_same_address(
    province: ProvinceServer, do: Do
) -> None:
    url = province.province_url
    for _ in range(2):
        do("go down")
        with pytest.raises(httpx.ConnectError):
            _post(province, "查询批次号", {"社会保障号码": WANG})
        do("come back")
        assert province.province_url == url
        assert _ask(province, "查询批次号", 社会保障号码=WANG)["ERR"] == "OK"


def test_a_connection_that_was_open_gets_no_answer_while_down(
    province: ProvinceServer, do: Do
) -> None:
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'}
    body = _body("查询批次号", {"社会保障号码": WANG})
    with httpx.Client(timeout=DEADLINE, headers=headers) as client:
        assert client.post(province.province_url, content=body).status_code == 200
        do("go down")
        with pytest.raises(httpx.TransportError):
            client.post(province.province_url, content=body)


def test_down_with_503(province: ProvinceServer, do: Do) -> None:
    do("go down", how="503")
    assert _post(province, "查询批次号", {"社会保障号码": WANG}).status_code == 503
    do("come back")
    assert _post(province, "查询批次号", {"社会保障号码": WANG}).status_code == 200


def test_a_late_answer_was_done_before_it_came(province: ProvinceServer, do: Do) -> None:
    report = _write_back(province)
    do("answer late", operation="即制卡回盘", seconds=3600)
    answers: list[dict[str, str]] = []
    thread = threading.Thread(target=lambda: answers.append(_ask(province, "即制卡回盘", **report)))
    thread.start()
    _until(lambda: _effects(province)["reports_accepted"] == 1)
    assert answers == []
    do("behave")
    thread.join(DEADLINE)
    assert answers == [{"ERR": "OK"}]


def test_late_work_is_not_done_when_the_client_gives_up(province: ProvinceServer, do: Do) -> None:
    report = _write_back(province)
    do("work late", operation="即制卡回盘", seconds=3600)
    with pytest.raises(httpx.ReadTimeout):
        _post(province, "即制卡回盘", report, timeout=0.3)
    assert _effects(province)["reports_accepted"] == 0
    do("behave")
    _until(lambda: _effects(province)["reports_accepted"] == 1)


def _until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"


@pytest.mark.parametrize("charset", ["gbk", "gb18030", "utf-8"])
def test_answers_come_in_the_ordered_charset(
    province: ProvinceServer, do: Do, charset: str
) -> None:
    do("answer in", charset=charset)
    answer = _post(province, "查询批次号", {"社会保障号码": "410798199302280089"})
    assert answer.headers["content-type"] == f"text/xml; charset={charset}"
    text = answer.content.decode(charset)
    assert _fields(text)["姓名"] == "欧阳𠮷㛃"


def test_other_answers_than_expected(province: ProvinceServer, do: Do) -> None:
    do("answer with text", operation="查询批次号", text="系统维护中")
    assert _ask(province, "查询批次号", 社会保障号码=WANG) == {"ERR": "系统维护中"}
    do("answer with a fault")
    fault = _post(province, "查询批次号", {"社会保障号码": WANG})
    assert fault.status_code == 500
    assert "<faultcode>soapenv:Server</faultcode>" in fault.text
    do("answer garbage")
    garbage = _post(province, "查询批次号", {"社会保障号码": WANG})
    assert garbage.headers["content-type"] == "text/html; charset=utf-8"
    assert _ask(province, "查询批次号", 社会保障号码=WANG)["ERR"] == "OK"


def test_the_encryption_machine_can_refuse_and_lie(province: ProvinceServer, do: Do) -> None:
    asked = {
        "发卡地": "410700",
        "卡复位信息": "544B1805208660410700000001",
        "卡识别码": CARD,
        "算法标识": "03",
        "密钥地址": "0094",
        "过程因子": "0102030405060708",
        "原始信息": "1112131415161718",
    }
    do("reject the HSM")
    assert _ask(province, "加密机外部认证", **asked) == {"ERR": "加密机认证失败"}
    do("falsify the HSM")
    lie = _ask(province, "加密机外部认证", **asked)["鉴别数据"]
    truth = _ask(province, "加密机外部认证", **asked)["鉴别数据"]
    assert truth == "65AE690F36FE64EA1112131415161718"
    assert lie[:16] != truth[:16]
    assert lie[16:] == truth[16:]


def test_a_failed_bank_sync_activates_nothing(province: ProvinceServer, do: Do) -> None:
    report = _write_back(province)
    assert _ask(province, "即制卡回盘", **report)["ERR"] == "OK"
    number = report["DATA"].split(",")[1]
    fields = {"城市": "410700", "卡号": number, "社保号": WANG, "姓名": "王建国"}
    do("fail the bank sync")
    assert _ask(province, "领卡启用", **fields) == {"ERR": "02"}
    assert _effects(province)["activations"] == 0
    assert _ask(province, "领卡启用", **fields) == {"ERR": "00"}


def test_a_get_and_a_too_long_request_are_refused(province: ProvinceServer) -> None:
    assert web.get(province.province_url).status_code == 405
    long = httpx.post(province.province_url, content=b"x" * 3_000_000, timeout=DEADLINE)
    assert long.status_code == 500
    assert "请求超过" in long.text


def test_a_request_cut_off_in_the_middle_harms_nobody(province: ProvinceServer) -> None:
    address = urlsplit(province.province_url)
    with socket.create_connection((str(address.hostname), address.port or 0)) as link:
        link.sendall(
            b"POST /services/CardService HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n<"
        )
    assert _ask(province, "查询批次号", 社会保障号码=WANG)["ERR"] == "OK"


def test_a_database_file_is_kept_with_its_seed(tmp_path: Path) -> None:
    path = tmp_path / "province.db"
    with ProvinceServer(ProvinceSettings(database=path, people=20, seed=5)) as first:
        assert first.seed == 5
        report = _write_back(first)
        assert _ask(first, "即制卡回盘", **report)["ERR"] == "OK"
    with ProvinceServer(ProvinceSettings(database=path, people=50, seed=9)) as second:
        assert second.seed == 5
        assert _ask(second, "即制卡回盘", **report)["ERR"] == "已经回盘"
        people = web.get(f"{second.page_url}people").json()["people"]
        assert len(people) == 20


@pytest.mark.parametrize("content", [b"not a database at all" * 100, None])
def test_a_strange_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "strange.db"
    if content is None:
        other = sqlite3.connect(path)
        other.execute("PRAGMA user_version = 99")
        other.close()
    else:
        path.write_bytes(content)
    with pytest.raises(DatabaseFileError):
        ProvinceServer(ProvinceSettings(database=path))
