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

from simulators.province.wire import CHARSETS, MAX_REQUEST_BYTES, Request, WireError

SOAP_NAMESPACE: Final = "http://schemas.xmlsoap.org/soap/envelope/"
SERVICE_NAMESPACE: Final = "http://service.card"
METHOD: Final = "allDsjk"
RESULTS: Final = ("allDsjkReturn", "out", "return")  # Axis, XFire and CXF, JAX-WS
SERVICE_PATH: Final = "/services/CardService"

_DECLARATION: Final = re.compile(r"\A\s*<\?xml\b[^>]*\?>")
_DECLARED: Final = re.compile(rb"\A\s*<\?xml\b[^>]*\bencoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_HEADER_CHARSET: Final = re.compile(r"charset\s*=\s*\"?([A-Za-z0-9._-]+)", re.IGNORECASE)


#: The only type of SOAP 1.1 over HTTP (SOAP 1.1, 6).
MEDIA_TYPE: Final = "text/xml"
#: GBK code -> the character of GB 18030-2022 to which Python's codecs do not map it.
MOVED_CODES: Final = {
    "\u9fb4": b"\xfe\x59",
    "\u9fb5": b"\xfe\x61",
    "\u9fb6": b"\xfe\x66",
    "\u9fb7": b"\xfe\x67",
    "\u9fb8": b"\xfe\x6d",
    "\u9fb9": b"\xfe\x7e",
    "\u9fba": b"\xfe\x90",
    "\u9fbb": b"\xfe\xa0",
}


class SoapError(WireError):
    """A request that Axis or CXF would not serve."""


@dataclass(frozen=True, slots=True)
class Binding:
    """How this service encodes its messages; servers differ in it.

    Attributes:
        qualified: Arguments and result are in the service's namespace (`elementFormDefault`).
        result: Name of the result element.
    """

    qualified: bool = False
    result: str = f"{METHOD}Return"

    @property
    def argument_tag(self) -> str:
        """Tag of the argument, as `ElementTree` writes it."""
        return f"{{{SERVICE_NAMESPACE}}}in0" if self.qualified else "in0"

    @property
    def result_name(self) -> str:
        """Name of the result with its prefix."""
        return f"ns1:{self.result}" if self.qualified else self.result


AXIS: Final = Binding()


def decode_request(
    body: bytes,
    content_type: str,
    *,
    soap_action: str | None = "",
    binding: Binding = AXIS,
) -> Request:
    """Return the call inside a SOAP request.

    Args:
        body: The complete HTTP body.
        content_type: The header; its charset takes precedence over that of the XML declaration.
        soap_action: The header; None when it was not sent. Any value is accepted.
        binding: How this service encodes its messages.

    Raises:
        SoapError: A request that Axis and CXF refuse: another media type, no SOAPAction, a header
            that must be understood, another version of SOAP, another namespace, an argument in the
            wrong one. Or: too long, unknown or wrong charset, a document type, not XML, not
            `allDsjk`.
    """
    if len(body) > MAX_REQUEST_BYTES:
        raise SoapError(f"请求超过 {MAX_REQUEST_BYTES} 字节")
    if content_type.partition(";")[0].strip().lower() != MEDIA_TYPE:
        raise SoapError(f"Content-Type 应为 {MEDIA_TYPE}")
    if soap_action is None:
        raise SoapError("no SOAPAction header!", "Client.NoSOAPAction")
    envelope = _parse(_decode(body, content_type), "SOAP 信封")
    return decode_inner(_inner_text(envelope, binding))


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


def encode_answer(
    inner: str, charset: str, *, declare: bool = True, binding: Binding = AXIS
) -> bytes:
    """Return the SOAP answer around the inner XML.

    Args:
        inner: Content of the result element, before escaping.
        charset: `utf-8`, `gbk` or `gb18030`. Characters that GBK lacks are written as a character
            reference.
        declare: Whether the XML declaration names the charset.
        binding: How this service encodes its messages.
    """
    body = (
        f'<ns1:{METHOD}Response xmlns:ns1="{SERVICE_NAMESPACE}">'
        f"<{binding.result_name}>{escape(inner)}</{binding.result_name}></ns1:{METHOD}Response>"
    )
    return _envelope(body, charset, declare=declare)


def encode_fault(text: str, charset: str, *, code: str = "Client") -> bytes:
    """Return a SOAP fault; `code` names the party at fault, such as `Client` or `Server`."""
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
    return encode_characters(text, charset)


def encode_characters(text: str, charset: str) -> bytes:
    """Return text as a province's database would send it.

    GBK and GB18030 encode the characters U+9FB4 to U+9FBB in two bytes, which Python's codecs do
    not support; other characters that a charset lacks are written as character references.
    """
    moved = {} if charset == "utf-8" else MOVED_CODES
    parts = re.split(f"([{''.join(moved)}])", text) if moved else [text]
    return b"".join(moved.get(part) or part.encode(charset, "xmlcharrefreplace") for part in parts)


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


def _inner_text(envelope: ET.Element, binding: Binding) -> str:
    if envelope.tag != f"{{{SOAP_NAMESPACE}}}Envelope":
        is_another = envelope.tag.endswith("}Envelope")
        code = "VersionMismatch" if is_another else "Client"
        raise SoapError("根元素不是 SOAP 1.1 的 Envelope", code)
    _check_header(envelope.find(f"{{{SOAP_NAMESPACE}}}Header"))
    body = envelope.find(f"{{{SOAP_NAMESPACE}}}Body")
    call = None if body is None else next(iter(body), None)
    if call is None:
        raise SoapError("SOAP 信封里没有 Body 或调用")
    if call.tag.rpartition("}")[2] != METHOD:
        raise SoapError(f"没有这个方法, 只有 {METHOD}")
    if call.tag != f"{{{SERVICE_NAMESPACE}}}{METHOD}":
        raise SoapError(f"{METHOD} 的命名空间应为 {SERVICE_NAMESPACE}")
    argument = next(iter(call), None)
    if argument is None or not (argument.text or "").strip():
        raise SoapError(f"{METHOD} 没有参数 in0")
    if argument.tag != binding.argument_tag:
        raise SoapError(f"参数应为 {binding.argument_tag}")
    return argument.text or ""


def _check_header(header: ET.Element | None) -> None:
    """Refuse an entry that must be understood (SOAP 1.1, 4.2.3): this service supports none."""
    for entry in header if header is not None else ():
        if entry.get(f"{{{SOAP_NAMESPACE}}}mustUnderstand") == "1":
            raise SoapError("不认识必须处理的 SOAP 头", "MustUnderstand")
