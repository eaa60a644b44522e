"""`allDsjk` bytes: SOAP envelope, the XML inside it, and CSV rows. No I/O.

Source: docs/explanations/dialect-henan.md, "Transport"; SOAP 1.1 section 4; XML 1.0 sections 2.2
    and 4.3.3.

    Envelope / Body / allDsjk / in0           = escaped <ROOT>操作 用户名 密码 fields DATA</ROOT>
    Envelope / Body / ... / allDsjkReturn     = escaped <ROOT>ERR fields DATA</ROOT>

Axis calls the result `allDsjkReturn`, XFire and CXF `out`, JAX-WS `return`; all are accepted, in
any namespace. Whether the argument is in the service's namespace (`elementFormDefault`) differs
too, and a server refuses the form that it does not expect, so it is a setting.

Messages of errors never contain a value, a name or the bytes themselves; the other side's text is
in `details["province_text"]`, which the client cleans.
"""

from __future__ import annotations

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from station.core.characters import standard_text
from station.core.errors import AnswerProblem, GatewayAnswerError, LocalProtocolError
from station.core.phrases import phrase
from station.gateways.kit import MAX_ANSWER_SIZE

RETURN_TAGS: Final = frozenset({"return", "out"})
RETURN_SUFFIX: Final = "Return"  # Axis: METHODReturn

_ENVELOPE: Final = (
    '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/"><soapenv:Body>'
    '<ns1:allDsjk xmlns:ns1="http://service.card"><{tag}>{inner}</{tag}></ns1:allDsjk>'
    "</soapenv:Body></soapenv:Envelope>"
)
_SOAP: Final = "{http://schemas.xmlsoap.org/soap/envelope/}"
_CHARSETS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    # GB18030 contains GBK and GB2312; provinces declare one and send the other.
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
}
_IN_CONTENT_TYPE: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_IN_DECLARATION: Final = re.compile(rb"<\?xml[^>]*?\sencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_NOT_IN_A_FIELD: Final = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029\ufffe\uffff]")
_NOT_IN_A_CELL: Final = re.compile('[,"]')
#: Characters that XML 1.0, section 2.2, forbids anywhere in a document.
_NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_BAD_CHARACTER_REFERENCE: Final = 14  # XML_ERROR_BAD_CHAR_REF of expat


@dataclass(frozen=True, slots=True)
class Reply:
    """The inner XML of one answer. Personal data: `repr` shows none of it.

    Attributes:
        err: Text of ERR, unchanged.
        fields: Tag -> text.
        rows: Cells of DATA.
    """

    err: str = field(repr=False)
    fields: Mapping[str, str] = field(repr=False)
    rows: tuple[tuple[str, ...], ...] = field(repr=False)


def encode_request(
    login: Mapping[str, str],
    *,
    fields: Mapping[str, str],
    rows: Sequence[Sequence[str]] = (),
    qualified: bool = False,
) -> bytes:
    """Return the body of one POST, UTF-8.

    Args:
        login: Tag -> text of 操作, 用户名 and 密码.
        fields: Tag -> text.
        rows: Cells of DATA.
        qualified: Whether the argument is in the service's namespace.

    Raises:
        LocalProtocolError: A value contains a character that XML or a CSV column can't hold.
    """
    inner = [_element(tag, value) for tag, value in (dict(login) | dict(fields)).items()]
    if rows:
        lines = "\n".join(_csv_line(row) for row in rows)
        inner.append(f"<DATA>{html.escape(lines, quote=False)}</DATA>")
    root = f"<ROOT>{''.join(inner)}</ROOT>"
    tag = "ns1:in0" if qualified else "in0"
    return _ENVELOPE.format(tag=tag, inner=html.escape(root, quote=False)).encode()


def decode_answer(body: bytes, content_type: str) -> Reply:
    """Return the reply in the body of one answer, its text in standard characters.

    Raises:
        GatewayAnswerError: A SOAP fault; a character that XML forbids; or garbled: too long, of an
            unsupported charset, not XML, with a DOCTYPE, without reply or ERR.
    """
    if len(body) > MAX_ANSWER_SIZE:
        raise _garbled("henan.too-long", most=MAX_ANSWER_SIZE)
    envelope = _parse(_text_of(body, content_type))
    soap_body = envelope.find(f"{_SOAP}Body")
    if soap_body is None:
        raise _garbled("henan.no-soap")
    fault = soap_body.find(f"{_SOAP}Fault")
    if fault is not None:
        text = standard_text(fault.findtext("faultstring") or "")
        raise GatewayAnswerError(AnswerProblem.FAULT, province_text=text)
    found = [node for node in soap_body.iter() if _is_result(node)]
    if len(found) != 1:
        raise _garbled("henan.no-result")
    return _reply(_parse((found[0].text or "").strip()))


def _is_result(node: ET.Element) -> bool:
    name = node.tag.rpartition("}")[2]
    return name in RETURN_TAGS or name.endswith(RETURN_SUFFIX)


def _element(tag: str, value: str) -> str:
    if _NOT_IN_A_FIELD.search(value):
        raise LocalProtocolError(f"field {tag} holds a control character")
    return f"<{tag}>{html.escape(value, quote=False)}</{tag}>"


def _csv_line(row: Sequence[str]) -> str:
    for number, cell in enumerate(row, start=1):
        if _NOT_IN_A_CELL.search(cell) or _NOT_IN_A_FIELD.search(cell):
            raise LocalProtocolError(f"column {number} holds a comma, a quote or a line break")
    return ",".join(row)


def _text_of(body: bytes, content_type: str) -> str:
    charset = _charset_of(body, content_type)
    if charset.lower() not in _CHARSETS:
        raise _garbled("henan.charset")
    try:
        return body.decode(_CHARSETS[charset.lower()])
    except UnicodeDecodeError:
        pass  # the exception contains the whole answer: it must not become a `__cause__`
    raise _garbled("henan.encoding", charset=_CHARSETS[charset.lower()])


def _charset_of(body: bytes, content_type: str) -> str:
    """The header takes precedence (RFC 7303 section 3.2), then the declaration, then UTF-8."""
    if label := _IN_CONTENT_TYPE.search(content_type):
        return label[1]
    if declared := _IN_DECLARATION.match(body):
        return declared[1].decode("ascii", "replace")
    return "utf-8"


class _NoDoctype(ET.TreeBuilder):
    """Refuses a DOCTYPE, and thereby entities defined by the sender."""

    def doctype(self, name: str, pubid: str | None, system: str | None) -> None:
        raise _garbled("henan.doctype")


def _parse(text: str) -> ET.Element:
    if _NOT_IN_XML.search(text):
        raise GatewayAnswerError(AnswerProblem.CONTROL_CHARACTER)
    # Python's expat never fetches external entities, and internal ones need a DOCTYPE.
    parser = ET.XMLParser(target=_NoDoctype())  # noqa: S314
    try:
        parser.feed(text)
        return parser.close()
    except ET.ParseError as exc:
        if exc.code == _BAD_CHARACTER_REFERENCE:  # such as &#x1B;
            raise GatewayAnswerError(AnswerProblem.CONTROL_CHARACTER) from exc
        raise _garbled("henan.not-xml", line=exc.position[0]) from exc


def _garbled(code: str, **values: object) -> GatewayAnswerError:
    return GatewayAnswerError(AnswerProblem.GARBLED, reason=phrase(code, **values))


def _reply(root: ET.Element) -> Reply:
    texts: dict[str, str] = {}
    for child in root:
        if len(child) or child.tag in texts:
            raise _garbled("henan.nested")
        texts[child.tag] = standard_text(child.text or "").strip()
    if root.tag != "ROOT" or "ERR" not in texts:
        raise _garbled("henan.no-root")
    err, data = texts.pop("ERR"), texts.pop("DATA", "")
    lines = [line.strip() for line in data.split("\n")]
    rows = tuple(tuple(cell.strip() for cell in line.split(",")) for line in lines if line)
    return Reply(err, texts, rows)
