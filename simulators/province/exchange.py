"""One exchange: from a request's bytes to an answer's, with the ordered faults."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from simulators.province.call import Reply
from simulators.province.faults import Down, Fault, FaultKind, FaultPlan
from simulators.province.operations import Desk
from simulators.province.wire import Wire, WireError

GARBAGE: Final = "<html><head><title>502 Bad Gateway</title></head><body>上网认证</body></html>"
DEFAULT_TEXT: Final = "系统繁忙，请稍后再试"
PROOF: Final = "鉴别数据"
#: Part of an answer -> its beginning, and the bytes that are repeated endlessly.
ENDLESS: Final = {
    "header": (b"HTTP/1.1 200 OK\r\nX-Wait: ", b"."),
    "100": (b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "body": (b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 99999\r\n\r\n", b" "),
}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to the client.

    Attributes:
        status: HTTP status.
        content_type: With the charset.
        body: Bytes.
        is_lost: Close the connection instead of sending anything.
        is_doubled: Send everything twice.
        endless: Send these bytes instead, and repeat the second part endlessly; both empty for an
            answer.
    """

    status: int
    content_type: str
    body: bytes
    is_lost: bool = False
    is_doubled: bool = False
    endless: tuple[bytes, bytes] = (b"", b"")


class CardService:
    """The web service as the window sees it."""

    def __init__(self, desk: Desk, faults: FaultPlan, charset: str, wire: Wire) -> None:
        self.wire = wire
        self._desk = desk
        self._faults = faults
        self._charset = charset

    def handle(self, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Serve one request. Blocks for the time of a fault; never raises for bad input.

        Args:
            body: Complete body.
            headers: Of HTTP, names in lower case.
        """
        if self._faults.down is not Down.NO:
            lost = self._faults.down is Down.REFUSING
            return Answer(503, "text/plain; charset=utf-8", b"Service Unavailable", is_lost=lost)
        try:
            request = self.wire.decode_request(body, headers)
        except WireError as exc:
            return self._fault(str(exc), exc.code)
        taken = self._faults.take(request.operation)
        if FaultKind.WORK_LATE in taken:
            self._faults.wait(taken[FaultKind.WORK_LATE].seconds)
        if FaultKind.SOAP_FAULT in taken:
            return self._fault(taken[FaultKind.SOAP_FAULT].text, "Server")
        if FaultKind.STATUS in taken:
            page = "text/html; charset=utf-8"
            return Answer(int(taken[FaultKind.STATUS].text), page, GARBAGE.encode())
        if FaultKind.TEXT in taken:
            reply: Reply = {"ERR": taken[FaultKind.TEXT].text}
        else:
            reply = self._desk.serve(request)
        if FaultKind.DELIVER_TWICE in taken:
            reply = self._desk.serve(request)
        return self._answer(request.operation, reply, taken)

    def _answer(self, operation: str, reply: Reply, taken: dict[FaultKind, Fault]) -> Answer:
        if FaultKind.FALSE_PROOF in taken and PROOF in reply:
            wrong = bytes(byte ^ 0xFF for byte in bytes.fromhex(reply[PROOF][:16]))
            reply = reply | {PROOF: wrong.hex().upper() + reply[PROOF][16:]}
        if FaultKind.WORK_TEXT in taken:
            reply = {"ERR": taken[FaultKind.WORK_TEXT].text}
        if FaultKind.ANSWER_LATE in taken:
            self._faults.wait(taken[FaultKind.ANSWER_LATE].seconds)
        if FaultKind.GARBAGE in taken:
            return Answer(200, "text/html; charset=utf-8", GARBAGE.encode("utf-8"))
        charset = taken[FaultKind.CHARSET].text if FaultKind.CHARSET in taken else self._charset
        return Answer(
            status=200,
            content_type=f"{self.wire.media_type}; charset={charset}",
            body=self.wire.encode_reply(reply, operation, charset),
            is_lost=FaultKind.LOSE in taken,
            is_doubled=FaultKind.ANSWER_TWICE in taken,
            endless=ENDLESS[taken[FaultKind.ENDLESS].text]
            if FaultKind.ENDLESS in taken
            else (b"", b""),
        )

    def _fault(self, text: str, code: str) -> Answer:
        body = self.wire.encode_fault(text, self._charset, code=code)
        return Answer(500, f"{self.wire.media_type}; charset={self._charset}", body)
