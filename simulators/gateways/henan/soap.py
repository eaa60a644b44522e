"""Reads and writes the envelope and the inner XML of `allDsjk`. Pure: bytes in, bytes out.

Source: docs/explanations/dialect-henan.md, "Transport"; SOAP 1.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

# Safe here: a document type, which every entity attack needs, is refused before parsing.
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

SOAP_NAMESPACE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE_NAMESPACE: Final = "http://service.card"
METHOD: Final = "allDsjk"
#: Largest accepted request. The longest real ones are batches: 1000 rows stay below 100 KB.
MAX_REQUEST_BYTES: Final = 2 * 1024 * 1024
#: What a client may call a charset, and the codec that reads it. GB18030 reads all GBK.
CHARSETS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
}

_DECLARATION: Final = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_DECLARED: Final = re.compile(rb"\A\s*<\?xml\b[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]+)", re.IGNORECASE)


class SoapError(Exception):
    """The request could not be read. The message is for the client, and holds none of its data."""


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came in.

    Attributes:
        operation: 操作.
        user: 用户名.
        password: 密码; kept out of the repr by `fields` only being shown by name.
        fields: The operation's fields.
    """

    operation: str
    user: str
    password: str
    fields: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Request(operation={self.operation!r}, fields={sorted(self.fields)})"


def decode_request(body: bytes, content_type: str) -> Request:
    """Return the call inside a SOAP request.

    Args:
        body: The whole HTTP body.
        content_type: The header; its charset goes before that of the XML declaration.

    Raises:
        SoapError: Too long, unknown or wrong charset, a document type, not XML, or not `allDsjk`.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise SoapError(f"请求超过 {MAX_REQUEST_BYTES} 字节")
    envelope = _parse(_decode(body, content_type), "SOAP 信封")
    return decode_inner(_inner_text(envelope))


def decode_inner(text: str) -> Request:
    """Return the call that the inner XML describes.

    Raises:
        SoapError: It is not the XML of a call.
    """
    root = _parse(text, "内层报文")
    if root.tag != "ROOT":
        raise SoapError("内层报文的根元素不是 ROOT")
    fields: dict[str, str] = {}
    for element in root:
        if element.tag in fields:
            raise SoapError(f"字段重复: {element.tag}")
        if len(element):
            raise SoapError(f"字段里不能有子元素: {element.tag}")
        fields[element.tag] = (element.text or "").strip()
    operation = fields.pop("操作", "")
    if not operation:
        raise SoapError("缺少字段: 操作")
    return Request(operation, fields.pop("用户名", ""), fields.pop("密码", ""), fields)


def encode_reply(fields: Mapping[str, str]) -> str:
    """Return the inner XML of an answer; `ERR` is one of the fields."""
    return "<ROOT>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in fields.items()) + "</ROOT>"


def encode_answer(inner: str, charset: str, *, declare: bool = True) -> bytes:
    """Return the SOAP answer around the inner XML.

    Args:
        inner: What stands, escaped, in `allDsjkReturn`.
        charset: `utf-8`, `gbk` or `gb18030`. What GBK lacks is written as a character reference.
        declare: Name the charset in the XML declaration.
    """
    body = (
        f'<ns1:{METHOD}Response xmlns:ns1="{SERVICE_NAMESPACE}">'
        f"<{METHOD}Return>{escape(inner)}</{METHOD}Return></ns1:{METHOD}Response>"
    )
    return _envelope(body, charset, declare=declare)


def encode_fault(text: str, charset: str, *, ours: bool = False) -> bytes:
    """Return a SOAP fault; `ours` says that the province is to blame, not the client."""
    code = "Server" if ours else "Client"
    body = (
        f"<soapenv:Fault><faultcode>soapenv:{code}</faultcode>"
        f"<faultstring>{escape(text)}</faultstring></soapenv:Fault>"
    )
    return _envelope(body, charset, declare=True)


def _envelope(body: str, charset: str, *, declare: bool) -> bytes:
    declaration = f'<?xml version="1.0" encoding="{charset}"?>' if declare else ""
    text = (
        f'{declaration}<soapenv:Envelope xmlns:soapenv="{SOAP_NAMESPACE}"><soapenv:Body>'
        f"{body}</soapenv:Body></soapenv:Envelope>"
    )
    return text.encode(charset, "xmlcharrefreplace")


def _decode(body: bytes, content_type: str) -> str:
    in_header = _HEADER_CHARSET.search(content_type)
    declared = _DECLARED.match(body)
    if in_header is not None:
        name = in_header.group(1)
    else:
        name = declared.group(1).decode("ascii") if declared is not None else "utf-8"
    codec = CHARSETS.get(name.lower())
    if codec is None:
        raise SoapError(f"不支持的字符集: {name}")
    try:
        return body.decode(codec)
    except UnicodeDecodeError as exc:
        raise SoapError(f"请求不是 {name} 编码: 第 {exc.start} 字节") from exc


def _parse(text: str, what: str) -> ET.Element:
    text = _DECLARATION.sub("", text.removeprefix("\ufeff"), count=1)
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise SoapError(f"{what}不能带 DOCTYPE")
    try:
        return ET.fromstring(text)  # noqa: S314 - see the import
    except ET.ParseError as exc:
        line, column = exc.position
        raise SoapError(f"{what}不是合法的 XML: 第 {line} 行第 {column} 列") from exc


def _inner_text(envelope: ET.Element) -> str:
    if envelope.tag != f"{{{SOAP_NAMESPACE}}}Envelope":
        raise SoapError("根元素不是 SOAP 1.1 的 Envelope")
    body = envelope.find(f"{{{SOAP_NAMESPACE}}}Body")
    call = None if body is None else next(iter(body), None)
    if call is None:
        raise SoapError("SOAP 信封里没有 Body 或调用")
    if call.tag.rpartition("}")[2] != METHOD:
        raise SoapError(f"没有这个方法, 只有 {METHOD}")
    argument = next(iter(call), None)
    if argument is None or not (argument.text or "").strip():
        raise SoapError(f"{METHOD} 没有参数 in0")
    return argument.text or ""
