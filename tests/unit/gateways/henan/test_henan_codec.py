import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.characters import standard_text
from station.core.errors import AnswerProblem, Automatic, GatewayAnswerError, LocalProtocolError
from station.gateways.henan.codec import (
    decode_answer,
    encode_request,
)
from station.gateways.kit import MAX_ANSWER_SIZE
from station.words import spoken

VECTORS = Path(__file__).parents[3] / "vectors" / "henan"
UTF8 = "text/xml; charset=utf-8"


def login(operation: str) -> dict[str, str]:
    return {"操作": operation, "用户名": "window1", "密码": "not-a-secret"}


def vectors(kind: str) -> list[Any]:
    table = tomllib.loads((VECTORS / f"{kind}s.toml").read_text(encoding="utf-8"))
    return [pytest.param(entry, id=entry["id"]) for entry in table[kind]]


def body_of(vector: dict[str, Any]) -> bytes:
    if "body_hex" in vector:
        return bytes.fromhex(vector["body_hex"])
    return str(vector["body"]).encode()


def answer(inner: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><allDsjkReturn>'
        f"{inner.replace('&', '&amp;').replace('<', '&lt;')}</allDsjkReturn></s:Body></s:Envelope>"
    ).encode()


@pytest.mark.parametrize("vector", vectors("request"))
def test_encode_request(vector: dict[str, Any]) -> None:
    body = encode_request(
        login(vector["operation"]), fields=dict(vector["fields"]), rows=vector["rows"]
    )
    assert body == body_of(vector)


@pytest.mark.parametrize("vector", vectors("answer"))
def test_decode_answer(vector: dict[str, Any]) -> None:
    reply = decode_answer(body_of(vector), vector["content_type"])
    assert (reply.err, dict(reply.fields)) == (vector["err"], vector["fields"])
    assert [list(row) for row in reply.rows] == vector["rows"]


@pytest.mark.parametrize("vector", vectors("answer"))
def test_an_answer_cut_anywhere_is_an_error(vector: dict[str, Any]) -> None:
    body = body_of(vector)
    for length in range(0, len(body), 7):
        with pytest.raises(GatewayAnswerError):
            decode_answer(body[:length], vector["content_type"])


@pytest.mark.parametrize("cell", ["a,b", "a\nb", "a\rb", 'a"b', "a\u2028b", "a\x00b"])
def test_a_cell_that_would_move_columns_is_refused(cell: str) -> None:
    with pytest.raises(LocalProtocolError, match="column 2") as caught:
        encode_request(login("即制卡回盘"), fields={}, rows=[["1", cell]])
    assert cell not in str(caught.value)


@pytest.mark.parametrize("value", ["a\nb", "a\x00b", "a\x1bb", "\ud800", "\uffff"])
def test_a_field_that_xml_cannot_hold_is_refused(value: str) -> None:
    with pytest.raises(LocalProtocolError, match="姓名"):
        encode_request(login("即制卡标注"), fields={"姓名": value})


def test_a_comma_outside_of_a_row_is_a_character_like_others() -> None:
    assert "甲,乙".encode() in encode_request(login("即制卡标注"), fields={"姓名": "甲,乙"})


@given(st.text(st.characters(exclude_categories=["Cc", "Cs", "Cn", "Zl", "Zp"])))
def test_any_printable_value_survives_both_layers(value: str) -> None:
    sent = encode_request(login("x"), fields={"ERR": "OK", "F": value}).decode()
    mirrored = sent.replace("in0>", "allDsjkReturn>").encode()
    assert decode_answer(mirrored, UTF8).fields["F"] == standard_text(value).strip()


DOCTYPE = '<!DOCTYPE ROOT [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
GARBLED = {
    "empty": b"",
    "html": b"<html><body>502 Bad Gateway</body></html>",
    "no-body": b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"/>',
    "fault": (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault>'
        b"<faultcode>s:Server</faultcode></s:Fault></s:Body></s:Envelope>"
    ),
    "fault-beside-a-return": (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault/>'
        b"<allDsjkReturn>&lt;ROOT>&lt;ERR>OK&lt;/ERR>&lt;/ROOT></allDsjkReturn>"
        b"</s:Body></s:Envelope>"
    ),
    "no-return": (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><ERR>OK</ERR>'
        b"</s:Body></s:Envelope>"
    ),
    "two-returns": (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        b"<allDsjkReturn>&lt;ROOT>&lt;ERR>OK&lt;/ERR>&lt;/ROOT></allDsjkReturn>"
        b"<allDsjkReturn>&lt;ROOT>&lt;ERR>OK&lt;/ERR>&lt;/ROOT></allDsjkReturn>"
        b"</s:Body></s:Envelope>"
    ),
    "return-empty": answer(""),
    "return-not-xml": answer("OK"),
    "inner-cut": answer("<ROOT><ERR>OK</ERR><姓名>测"),
    "no-err": answer("<ROOT><姓名>测试甲</姓名></ROOT>"),
    "two-errs": answer("<ROOT><ERR>批次确认加锁失败</ERR><ERR>OK</ERR></ROOT>"),
    "another-root": answer("<DATA><ERR>OK</ERR></DATA>"),
    "nested": answer("<ROOT><ERR><X>OK</X></ERR></ROOT>"),
    "undefined-entity": answer("<ROOT><ERR>&nbsp;OK</ERR></ROOT>"),
    "doctype-outside": DOCTYPE.encode() + answer("<ROOT><ERR>OK</ERR></ROOT>"),
    "doctype-inside": answer(f"{DOCTYPE}<ROOT><ERR>OK</ERR><F>&b;</F></ROOT>"),
    "bare-doctype-inside": answer("<!DOCTYPE ROOT><ROOT><ERR>OK</ERR></ROOT>"),
    "gbk-said-to-be-utf-8": answer("<ROOT><ERR>OK</ERR><F>测试</F></ROOT>").decode().encode("gbk"),
    "too-long": answer("<ROOT><ERR>OK</ERR></ROOT>") + b" " * MAX_ANSWER_SIZE,
}


@pytest.mark.parametrize("body", GARBLED.values(), ids=GARBLED)
def test_a_garbled_answer_is_the_peers_fault(body: bytes) -> None:
    with pytest.raises(GatewayAnswerError) as caught:
        decode_answer(body, UTF8)
    is_fault = b"Fault" in body
    assert caught.value.problem is (AnswerProblem.FAULT if is_fault else AnswerProblem.GARBLED)


def test_the_doctype_itself_is_what_is_refused() -> None:
    with pytest.raises(GatewayAnswerError) as caught:
        decode_answer(GARBLED["bare-doctype-inside"], UTF8)
    assert spoken(caught.value.details["reason"]) == "答复带有 DOCTYPE"


@pytest.mark.parametrize("charset", ["iso-8859-1", "utf-16", "utf-7", "big5"])
def test_a_charset_that_is_not_spoken_is_refused(charset: str) -> None:
    with pytest.raises(GatewayAnswerError) as caught:
        decode_answer(answer("<ROOT><ERR>OK</ERR></ROOT>"), f"text/xml; charset={charset}")
    assert spoken(caught.value.details["reason"]) == "答复的字符集不是 UTF-8、GBK 或 GB18030"


@given(st.binary(max_size=400))
def test_any_bytes_are_an_answer_or_the_peers_fault(body: bytes) -> None:
    with pytest.raises(GatewayAnswerError):
        decode_answer(body, UTF8)


def test_a_decoding_fault_carries_none_of_the_bytes() -> None:
    with pytest.raises(GatewayAnswerError) as caught:
        decode_answer(GARBLED["gbk-said-to-be-utf-8"], UTF8)
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.field_case("C3")
@pytest.mark.parametrize(
    "body",
    [
        answer("<ROOT><ERR>OK</ERR><姓名>测\x1f试</姓名></ROOT>"),
        answer("<ROOT><ERR>OK</ERR><姓名>测\x00试</姓名></ROOT>"),
        answer("<ROOT><ERR>OK</ERR><姓名>测&#x1B;试</姓名></ROOT>"),
        answer("<ROOT><ERR>OK</ERR><姓名>测&#31;试</姓名></ROOT>"),
        answer("<ROOT><ERR>OK</ERR></ROOT>").replace(b"OK", b"OK&#x1B;"),
        answer("<ROOT><ERR>OK</ERR><姓名>测\uffff试</姓名></ROOT>"),
    ],
    ids=["unit-separator", "nul", "escape-reference", "decimal", "in-the-envelope", "U+FFFF"],
)
def test_a_forbidden_character_has_its_own_reason(body: bytes) -> None:
    with pytest.raises(GatewayAnswerError) as caught:
        decode_answer(body, UTF8)
    assert caught.value.problem is AnswerProblem.CONTROL_CHARACTER
    assert caught.value.automatic is Automatic.NEVER


@pytest.mark.parametrize(
    "result",
    [
        "<allDsjkReturn>{}</allDsjkReturn>",
        "<out>{}</out>",
        "<return>{}</return>",
        '<n:out xmlns:n="http://service.card">{}</n:out>',
        '<ns2:return xmlns:ns2="http://service.card">{}</ns2:return>',
        '<allDsjkReturn xmlns="http://elsewhere">{}</allDsjkReturn>',
    ],
)
def test_a_result_is_found_under_each_name_that_servers_give_it(result: str) -> None:
    inner = "&lt;ROOT>&lt;ERR>OK&lt;/ERR>&lt;/ROOT>"
    body = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<r:allDsjkResponse xmlns:r="http://service.card">{result.format(inner)}'
        "</r:allDsjkResponse></s:Body></s:Envelope>"
    )
    assert decode_answer(body.encode(), UTF8).err == "OK"


def test_an_argument_is_qualified_when_the_service_wants_that() -> None:
    plain = encode_request(login("x"), fields={}).decode()
    qualified = encode_request(login("x"), fields={}, qualified=True).decode()
    assert "<in0>" in plain
    assert "</in0>" in plain
    assert plain.replace("in0>", "ns1:in0>") == qualified


MOVED = [0x9FB4 + place for place in range(8)]
#: GB 18030-2005 and GBK as Windows has it: the codes of U+9FB4 to U+9FBB.
MOVED_CODES = ["fe59", "fe61", "fe66", "fe67", "fe6d", "fe7e", "fe90", "fea0"]
MOVED_PRIVATE = [0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864]


@pytest.mark.field_case("C1")
@pytest.mark.parametrize("charset", ["GBK", "gb2312", "GB18030"])
@pytest.mark.parametrize(("point", "code"), [*zip(MOVED, MOVED_CODES, strict=True)])
def test_the_moved_codes_of_gbk_are_the_standards_characters(
    point: int, code: str, charset: str
) -> None:
    body = answer("<ROOT><ERR>OK</ERR><姓名>测@</姓名></ROOT>").decode().encode("gbk")
    body = body.replace(b"@", bytes.fromhex(code))
    reply = decode_answer(body, f"text/xml; charset={charset}")
    assert reply.fields["姓名"] == "测" + chr(point)


@pytest.mark.field_case("C1")
@pytest.mark.parametrize("form", ["{}", "&#x{:X};"], ids=["character", "reference"])
@pytest.mark.parametrize(("point", "private"), [*zip(MOVED, MOVED_PRIVATE, strict=True)])
def test_the_private_characters_of_old_codecs_are_the_standards_characters(
    point: int, private: int, form: str
) -> None:
    text = form.format(chr(private) if form == "{}" else private)
    body = answer(f"<ROOT><ERR>OK</ERR><姓名>测{text}</姓名><DATA>1,{text}</DATA></ROOT>")
    reply = decode_answer(body, UTF8)
    assert reply.fields["姓名"] == "测" + chr(point)
    assert reply.rows == (("1", chr(point)),)


def test_a_reply_does_not_show_what_it_holds() -> None:
    reply = decode_answer(answer("<ROOT><ERR>OK</ERR><姓名>测试甲</姓名></ROOT>"), UTF8)
    assert "测试甲" not in repr(reply)
