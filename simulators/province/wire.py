"""The interface of a dialect to the province: decode a call, and encode an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

#: Largest accepted request. The longest real ones are batches: 1000 rows stay below 100 KB.
MAX_REQUEST_BYTES: Final = 2 * 1024 * 1024
#: Names of charsets that clients use, and the codec for each. GB18030 decodes all of GBK.
CHARSETS: Final = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "gb18030": "gb18030",
}


class WireError(Exception):
    """The request could not be decoded. The message is for the client, without its data.

    Attributes:
        code: Who is to blame, in the dialect's words (SOAP 1.1: faultcode, 4.4.1).
    """

    def __init__(self, text: str, code: str = "Client") -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """One call as received, in the desk's terms.

    Attributes:
        operation: 操作.
        user: 用户名.
        password: 密码; kept out of the repr, which shows only the names of `fields`.
        fields: The operation's fields.
    """

    operation: str
    user: str
    password: str
    fields: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Request(operation={self.operation!r}, fields={sorted(self.fields)})"


class Wire(Protocol):
    """How one dialect encodes its messages. Pure.

    Attributes:
        path: Path for the calls of windows.
        media_type: Media type of an answer, without the charset.
    """

    @property
    def path(self) -> str:
        """See above."""
        ...

    @property
    def media_type(self) -> str:
        """See above."""
        ...

    def describe(self, query: str, address: str) -> bytes | None:
        """Return the answer to a GET, such as a WSDL; None where there is no such page.

        Args:
            query: Query string, without the question mark.
            address: Address of the service.
        """
        ...

    def decode_request(self, body: bytes, headers: Mapping[str, str]) -> Request:
        """Return the call in the body of a POST, in the desk's terms.

        Args:
            body: Complete body.
            headers: HTTP headers, names in lower case.

        Raises:
            WireError: It can't be decoded.
        """
        ...

    def encode_reply(self, fields: Mapping[str, str], operation: str, charset: str) -> bytes:
        """Return the body of an answer.

        Args:
            fields: Fields in the desk's terms; one is `ERR`: `OK`, or the reason of a refusal.
            operation: The operation, in the desk's terms.
            charset: `utf-8`, `gbk` or `gb18030`.
        """
        ...

    def encode_fault(self, text: str, charset: str, *, code: str = "Client") -> bytes:
        """Return the body of an HTTP 500 when a call can't be served at all."""
        ...
