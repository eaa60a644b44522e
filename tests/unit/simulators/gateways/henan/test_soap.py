"""Envelope and inner XML on literal bytes; what is bad is answered with a clear fault."""

from __future__ import annotations

import pytest

from simulators.gateways.henan import soap
from simulators.gateways.henan.soap import SoapError
from simulators.gateways.henan.wire import SoapWire
from simulators.province.exchange import CardService
from simulators.province.faults import FaultPlan
from simulators.province.operations import Desk
from simulators.province.wire import MAX_REQUEST_BYTES

UTF8 = "text/xml; charset=utf-8"
REQUEST = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>\n'
    '<ns1:allDsjk xmlns:ns1="http://service.card"><in0>'
    "&lt;ROOT&gt;&lt;操作&gt;查询批次号&lt;/操作&gt;&lt;用户名&gt;window-1&lt;/用户名&gt;"
    "&lt;密码&gt;secret&lt;/密码&gt;"
    "&lt;社会保障号码&gt;410798198001150016&lt;/社会保障号码&gt;&lt;/ROOT&gt;"
    "</in0></ns1:allDsjk></soapenv:Body></soapenv:Envelope>"
)
ANSWER = (
    '<?xml version="1.0" encoding="utf-8"?>'
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<ns1:allDsjkResponse xmlns:ns1="http://service.card"><allDsjkReturn>'
    "&lt;ROOT&gt;&lt;ERR&gt;OK&lt;/ERR&gt;&lt;姓名&gt;王建国&lt;/姓名&gt;"
    "&lt;批次号&gt;&lt;/批次号&gt;&lt;社保卡号&gt;&lt;/社保卡号&gt;&lt;/ROOT&gt;"
    "</allDsjkReturn></ns1:allDsjkResponse></soapenv:Body></soapenv:Envelope>"
)


def service_of(desk: Desk, binding: soap.Binding = soap.AXIS) -> CardService:
    return CardService(desk, FaultPlan(), "utf-8", SoapWire(binding))


def headers(content_type: str, soap_action: str | None = "") -> dict[str, str]:
    sent = {} if soap_action is None else {"soapaction": soap_action}
    return {"content-type": content_type, **sent}


def _inner(inner: str) -> bytes:
    return REQUEST.replace(REQUEST[REQUEST.index("&lt;") : REQUEST.index("</in0>")], inner).encode()


def test_request_is_read() -> None:
    request = soap.decode_request(REQUEST.encode(), UTF8)
    assert (request.operation, request.user, request.password) == (
        "查询批次号",
        "window-1",
        "secret",
    )
    assert request.fields == {"社会保障号码": "410798198001150016"}


def test_password_is_not_shown() -> None:
    assert "secret" not in repr(soap.decode_request(REQUEST.encode(), UTF8))


@pytest.mark.parametrize(
    ("charset", "content_type", "declaration"),
    [
        ("utf-8", "text/xml", ""),
        ("gbk", "text/xml; charset=GBK", ""),
        ("gb18030", 'text/xml; charset="gb18030"', ""),
        ("gbk", "text/xml", '<?xml version="1.0" encoding="GBK"?>'),
        # The header goes before the declaration (RFC 7303, 3).
        ("gbk", "text/xml; charset=gb2312", '<?xml version="1.0" encoding="utf-8"?>'),
    ],
)
def test_request_is_read_in_any_charset(charset: str, content_type: str, declaration: str) -> None:
    body = (declaration + REQUEST).encode(charset)
    assert soap.decode_request(body, content_type).operation == "查询批次号"


def test_utf8_mark_at_the_start_is_skipped() -> None:
    assert soap.decode_request(b"\xef\xbb\xbf" + REQUEST.encode(), UTF8).user == "window-1"


def test_answer_is_written(desk: Desk) -> None:
    answer = service_of(desk).handle(REQUEST.encode(), headers(UTF8))
    assert (answer.status, answer.content_type) == (200, "text/xml; charset=utf-8")
    assert answer.body == ANSWER.encode()


def test_answer_in_gbk_writes_rare_characters_as_references() -> None:
    body = soap.encode_answer("<ROOT><姓名>欧阳𠮷㛃</姓名></ROOT>", "gbk")
    assert body.startswith(b'<?xml version="1.0" encoding="gbk"?>')
    assert "欧阳".encode("gbk") + b"&#134071;&#14019;" in body


def test_answer_in_gb18030_writes_them_in_four_bytes() -> None:
    body = soap.encode_answer("<ROOT>𠮷</ROOT>", "gb18030")
    assert bytes.fromhex("9534B235") in body


@pytest.mark.parametrize(
    ("body", "content_type", "text"),
    [
        (b"", UTF8, "不是合法的 XML"),
        (REQUEST.encode()[:200], UTF8, "不是合法的 XML"),
        (b'<!DOCTYPE x [<!ENTITY e "boom">]>' + REQUEST.encode(), UTF8, "不能带 DOCTYPE"),
        (REQUEST.encode("gbk"), UTF8, "请求不是 utf-8 编码"),
        (REQUEST.encode(), "text/xml; charset=koi8-r", "不支持的字符集: koi8-r"),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', "text/xml", "不支持的字符集: utf-7"),
        (b"<a/>", UTF8, "不是 SOAP 1.1 的 Envelope"),
        (REQUEST.replace("allDsjk", "getData").encode(), UTF8, "只有 allDsjk"),
        (_inner(""), UTF8, "没有参数 in0"),
        (_inner("&lt;ROOT&gt;&lt;操作&gt;"), UTF8, "内层报文不是合法的 XML"),
        (_inner("&lt;!DOCTYPE a&gt;&lt;ROOT/&gt;"), UTF8, "内层报文不能带 DOCTYPE"),
        (_inner("&lt;DATA/&gt;"), UTF8, "根元素不是 ROOT"),
        (_inner("&lt;ROOT/&gt;"), UTF8, "缺少字段: 操作"),
        (
            _inner("&lt;ROOT&gt;&lt;操作&gt;1&lt;/操作&gt;&lt;操作&gt;2&lt;/操作&gt;&lt;/ROOT&gt;"),
            UTF8,
            "字段重复: 操作",
        ),
        (
            _inner("&lt;ROOT&gt;&lt;操作&gt;&lt;b/&gt;&lt;/操作&gt;&lt;/ROOT&gt;"),
            UTF8,
            "字段里不能有子元素",
        ),
        (b"x" * (MAX_REQUEST_BYTES + 1), UTF8, "请求超过"),
    ],
)
def test_bad_input_is_answered_with_a_clear_fault(
    desk: Desk, body: bytes, content_type: str, text: str
) -> None:
    with pytest.raises(SoapError, match=text):
        soap.decode_request(body, content_type)
    answer = service_of(desk).handle(body, headers(content_type))
    assert answer.status == 500
    assert b"<faultcode>soapenv:Client</faultcode>" in answer.body
    assert text in answer.body.decode()


NAMESPACE = 'xmlns:ns1="http://service.card"'
HEADER = "<soapenv:Header><a {} xmlns='urn:a'>1</a></soapenv:Header><soapenv:Body>"


def with_header(entry: str) -> str:
    return REQUEST.replace("<soapenv:Body>", HEADER.format(entry), 1)


@pytest.mark.parametrize(
    ("body", "content_type", "soap_action", "code"),
    [
        (REQUEST, UTF8, None, "Client.NoSOAPAction"),
        (REQUEST, "text/plain; charset=utf-8", "", "Client"),
        (REQUEST, "application/xml", "", "Client"),
        (REQUEST, "application/soap+xml; charset=utf-8", "", "Client"),  # SOAP 1.2
        (REQUEST, "", "", "Client"),
        (REQUEST.replace(NAMESPACE, 'xmlns:ns1="http://card.service"'), UTF8, "", "Client"),
        (REQUEST.replace("ns1:", "").replace(NAMESPACE, ""), UTF8, "", "Client"),
        (REQUEST.replace("in0>", "ns1:in0>"), UTF8, "", "Client"),
        (
            REQUEST.replace(soap.SOAP_NAMESPACE, "http://www.w3.org/2003/05/soap-envelope"),
            UTF8,
            "",
            "VersionMismatch",
        ),
        (with_header('soapenv:mustUnderstand="1"'), UTF8, "", "MustUnderstand"),
    ],
)
def test_what_axis_and_cxf_refuse_is_refused(
    desk: Desk, body: str, content_type: str, soap_action: str | None, code: str
) -> None:
    service = service_of(desk)
    answer = service.handle(body.encode(), headers(content_type, soap_action))
    assert answer.status == 500
    assert f"<faultcode>soapenv:{code}</faultcode>" in answer.body.decode()


@pytest.mark.parametrize("soap_action", ["", '""', '"allDsjk"'])
def test_any_soap_action_will_do(desk: Desk, soap_action: str) -> None:
    answer = service_of(desk).handle(REQUEST.encode(), headers(UTF8, soap_action))
    assert answer.status == 200


@pytest.mark.parametrize("entry", ["", 'soapenv:mustUnderstand="0"'])
def test_a_header_that_need_not_be_understood_is_ignored(desk: Desk, entry: str) -> None:
    body = with_header(entry).encode()
    assert service_of(desk).handle(body, headers(UTF8)).status == 200


def test_a_qualified_service_wants_and_gives_qualified_elements(desk: Desk) -> None:
    service = service_of(desk, soap.Binding(qualified=True, result="out"))
    assert service.handle(REQUEST.encode(), headers(UTF8)).status == 500
    answer = service.handle(REQUEST.replace("in0>", "ns1:in0>").encode(), headers(UTF8))
    assert answer.status == 200
    assert answer.body.decode() == ANSWER.replace("allDsjkReturn>", "ns1:out>")


@pytest.mark.field_case("C1")
@pytest.mark.parametrize("charset", ["gbk", "gb18030"])
def test_moved_characters_go_out_in_two_bytes(charset: str) -> None:
    assert soap.encode_characters("甲\u9fb4乙\u9fbb", charset) == bytes.fromhex(
        "BCD7 FE59 D2D2 FEA0"
    )
    assert soap.encode_characters("甲\u9fb4", "utf-8") == "甲\u9fb4".encode()


@pytest.mark.parametrize("cut", range(0, len(REQUEST.encode()), 37))
def test_request_cut_anywhere_is_refused(cut: int) -> None:
    with pytest.raises(SoapError):
        soap.decode_request(REQUEST.encode()[:cut], UTF8)
