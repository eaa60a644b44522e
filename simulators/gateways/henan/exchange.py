"""One SOAP exchange: a request's bytes to an answer's, with the faults that were ordered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from simulators.gateways.henan import soap
from simulators.gateways.henan.call import Reply
from simulators.gateways.henan.faults import Down, Fault, FaultKind, FaultPlan
from simulators.gateways.henan.operations import Desk
from simulators.gateways.henan.soap import SoapError

GARBAGE: Final = "<html><head><title>502 Bad Gateway</title></head><body>上网认证</body></html>"
DEFAULT_TEXT: Final = "系统繁忙，请稍后再试"
PROOF: Final = "鉴别数据"


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back to the client.

    Attributes:
        status: HTTP status.
        content_type: With the charset.
        body: Bytes.
        is_lost: Close the connection instead of sending anything.
        is_doubled: Send everything twice.
    """

    status: int
    content_type: str
    body: bytes
    is_lost: bool = False
    is_doubled: bool = False


class CardService:
    """The web service as the window sees it."""

    def __init__(self, desk: Desk, faults: FaultPlan, charset: str) -> None:
        self._desk = desk
        self._faults = faults
        self._charset = charset

    def handle(self, body: bytes, content_type: str) -> Answer:
        """Serve one request. Blocks as long as a fault says; never raises for bad input."""
        if self._faults.down is not Down.NO:
            lost = self._faults.down is Down.REFUSING
            return Answer(503, "text/plain; charset=utf-8", b"Service Unavailable", is_lost=lost)
        try:
            request = soap.decode_request(body, content_type)
        except SoapError as exc:
            return self._fault(str(exc), ours=False)
        taken = self._faults.take(request.operation)
        if FaultKind.WORK_LATE in taken:
            self._faults.wait(taken[FaultKind.WORK_LATE].seconds)
        if FaultKind.SOAP_FAULT in taken:
            return self._fault(taken[FaultKind.SOAP_FAULT].text or DEFAULT_TEXT, ours=True)
        if FaultKind.TEXT in taken:
            reply: Reply = {"ERR": taken[FaultKind.TEXT].text or DEFAULT_TEXT}
        else:
            reply = self._desk.serve(request)
        if FaultKind.DELIVER_TWICE in taken:
            reply = self._desk.serve(request)
        return self._answer(reply, taken)

    def _answer(self, reply: Reply, taken: dict[FaultKind, Fault]) -> Answer:
        if FaultKind.FALSE_PROOF in taken and PROOF in reply:
            wrong = bytes(byte ^ 0xFF for byte in bytes.fromhex(reply[PROOF][:16]))
            reply = reply | {PROOF: wrong.hex().upper() + reply[PROOF][16:]}
        if FaultKind.ANSWER_LATE in taken:
            self._faults.wait(taken[FaultKind.ANSWER_LATE].seconds)
        if FaultKind.GARBAGE in taken:
            return Answer(200, "text/html; charset=utf-8", GARBAGE.encode("utf-8"))
        charset = taken[FaultKind.CHARSET].text if FaultKind.CHARSET in taken else self._charset
        return Answer(
            status=200,
            content_type=f"text/xml; charset={charset}",
            body=soap.encode_answer(soap.encode_reply(reply), charset),
            is_lost=FaultKind.LOSE in taken,
            is_doubled=FaultKind.ANSWER_TWICE in taken,
        )

    def _fault(self, text: str, *, ours: bool) -> Answer:
        body = soap.encode_fault(text, self._charset, ours=ours)
        return Answer(500, f"text/xml; charset={self._charset}", body)
