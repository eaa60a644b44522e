"""What the province needs from a dialect: to read a call, and to write an answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Protocol

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


class WireError(Exception):
    """The request could not be read. The message is for the client, and holds none of its data.

    Attributes:
        code: Who is to blame, in the dialect's words (SOAP 1.1: faultcode, 4.4.1).
    """

    def __init__(self, text: str, code: str = "Client") -> None:
        super().__init__(text)
        self.code = code


@dataclass(frozen=True, slots=True)
class Request:
    """One call as it came in, in the desk's words.

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


class Wire(Protocol):
    """How one dialect writes its messages. Pure.

    Attributes:
        path: Where windows send their calls.
        media_type: Of an answer, without the charset.
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
        """Return what a GET is answered with, such as a WSDL; None where there is no such page.

        Args:
            query: Behind the question mark.
            address: Of the service.
        """
        ...

    def decode_request(self, body: bytes, headers: Mapping[str, str]) -> Request:
        """Return the call in the body of a POST, in the desk's words.

        Args:
            body: Whole.
            headers: Of HTTP, names in lower case.

        Raises:
            WireError: It can't be read.
        """
        ...

    def encode_reply(self, fields: Mapping[str, str], operation: str, charset: str) -> bytes:
        """Return the body of an answer.

        Args:
            fields: In the desk's words; `ERR` is one of them: `OK`, or why not.
            operation: What was asked, in the desk's words.
            charset: `utf-8`, `gbk` or `gb18030`.
        """
        ...

    def encode_fault(self, text: str, charset: str, *, code: str = "Client") -> bytes:
        """Return the body that goes with HTTP 500 when a call can't be served at all."""
        ...
