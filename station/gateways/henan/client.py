"""The Henan province over HTTP: one POST an exchange, no retry, nothing personal left behind.

Source: docs/explanations/dialect-henan.md.

Every exchange has a connection of its own and one deadline. On a kept connection, an answer that a
proxy sends twice would be taken for the next exchange's (a write-back's OK, say), and a server that
drops idle connections would turn a plain call into an unknown outcome.

An answer is a success or a refusal only when its text is listed as one in `mapping.toml`. Whatever
else comes back, what was asked may have happened: a server may commit and then fail to say so.
"""

from __future__ import annotations

import collections
import logging
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from station.clock import monotonic
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.certificates import CertificateData, CertificateRequest
from station.core.characters import standard_text
from station.core.errors import (
    AnswerProblem,
    ConfigError,
    ConnectionFailure,
    GatewayAnswerError,
    GatewayError,
    GatewayRejectedError,
    GatewayUnavailableError,
    RejectionReason,
    RemoteProtocolError,
)
from station.core.gateways import GatewaySettings, IssuanceReport, ProductionData
from station.core.phrases import phrase
from station.gateways.henan import codec, fields
from station.gateways.henan.mapping import Dialect, Operation, normalised

if TYPE_CHECKING:
    import ssl

    from station.transport.http import HttpAnswer

logger = logging.getLogger(__name__)

HEADERS: Final = {
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": '""',
    "Accept-Encoding": "identity",  # so that the size limit counts what travels
    "Connection": "close",
}
NOBODY: Final = "0" * 18  # has no birth date, so no person can have it
KEPT_EXCHANGES: Final = 50

OK: Final = 200
SERVER_ERROR: Final = 500  # also the status of every SOAP fault (SOAP 1.1, 6.2)
#: Time-out, too many requests, and what stands before the server when it can't reach it.
NOT_REACHED: Final = frozenset({408, 429, 502, 503, 504})
STATUS_PROBLEMS: Final = {
    **dict.fromkeys((401, 403, 407), AnswerProblem.LOGIN),
    **dict.fromkeys((404, 405, 410), AnswerProblem.NOT_FOUND),
    **dict.fromkeys(range(300, 400), AnswerProblem.REDIRECTED),
}


class HenanGateway:
    """One window's access to the province. Safe to use from several threads."""

    def __init__(
        self,
        settings: GatewaySettings,
        dialect: Dialect,
        *,
        carry: Callable[[bytes], HttpAnswer] | None = None,
    ) -> None:
        """Prepare the client; nothing is sent.

        Args:
            settings: The site's choices.
            dialect: The province's words.
            carry: Takes a request's body there and brings the answer, or raises
                `HttpExchangeError`; without it, HTTP does.

        Raises:
            ConfigError: The address or the file of roots can't be used.
        """
        _check_url(settings.url)
        self._settings = settings
        self._dialect = dialect
        self._carry = carry or self._post
        self._opening = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._exchanges: collections.deque[str] = collections.deque(maxlen=KEPT_EXCHANGES)
        if settings.ca_file is not None:
            self._trust()  # a file that can't be used is told now

    @property
    def address(self) -> str:
        """See `ProvinceGateway.address`."""
        return self._settings.url

    def check_link(self) -> None:
        """Ask for a person nobody can be; see `ProvinceGateway.check_link`."""
        try:
            self._ask("query_batch", {"AAC002": NOBODY})
        except GatewayRejectedError as refusal:
            if refusal.reason is not RejectionReason.PERSON_UNKNOWN:
                raise

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        """See `ProvinceGateway.fetch_production_data`.

        Raises:
            RemoteProtocolError: A field of the answer is missing or wrong; the message names it.
        """
        known = self._find_batch(id_number)
        if name and known["AAC003"] not in ("", standard_text(name)):
            raise GatewayRejectedError(
                RejectionReason.PERSON_UNKNOWN, province_text=phrase("henan.other-name")
            )
        person = {"AAC002": id_number, "AAC003": known["AAC003"] or name}
        self._remote("query_batch", person, "AAC003")
        if not known["AAZ500"]:
            known = self._lock_batch(person, known["batch"])
        asked = person | {"batch": self._remote("query_batch", known, "batch")}
        asked["AAZ500"] = self._remote("query_batch", known, "AAZ500")
        sent = {key: asked[key] for key in self._dialect.operations["fetch_data"].send}
        answer = self._received("fetch_data", self._ask("fetch_data", sent))
        return fields.production_data(answer, asked=asked, dialect=self._dialect)

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        """See `ProvinceGateway.authenticate`.

        Raises:
            RemoteProtocolError: The result is not 16 bytes that end in the request's 原始信息.
        """
        reply = self._ask("authenticate", fields.authentication_fields(request))
        tag = self._dialect.operations["authenticate"].receive["result"]
        return fields.authentication_data(reply.fields.get(tag, ""), request, tag)

    def protect(self, request: MaintenanceRequest) -> bytes:
        """See `ProvinceGateway.protect`.

        Raises:
            RemoteProtocolError: Hidden data and MAC are not what the command's Lc announces.
        """
        reply = self._ask("protect", fields.protection_fields(request))
        return fields.protected_command(self._received("protect", reply), request)

    def certify(self, request: CertificateRequest) -> CertificateData:
        """See `ProvinceGateway.certify`.

        Raises:
            RemoteProtocolError: A field is missing or malformed; the message names it.
        """
        operation = self._dialect.operations["certify"]
        sent = {**operation.constants, **fields.certificate_fields(request)}
        reply = self._ask("certify", sent)
        return fields.certificate_data(self._received("certify", reply), operation.receive)

    def report(self, report: IssuanceReport) -> str:
        """See `ProvinceGateway.report`.

        `已经回盘` counts as done only when a query shows this very write-back.

        Raises:
            GatewayAnswerError: `已经回盘`, and the query that would say whose it is was refused.
        """
        values = fields.report_fields(report, self._dialect) | {"sequence": "1"}
        columns = self._dialect.operations["report"].columns_sent
        row = [values.get(column, "") for column in columns]
        known = self._dialect.already_reported
        reply = self._ask("report", {"batch": report.batch}, [row], also=known)
        if normalised(reply.err) in self._dialect.success:
            return reply.err
        try:
            found = self.find_report(report)
        except GatewayRejectedError as exc:  # the query is refused, not the write-back
            text = exc.details["province_text"]
            raise GatewayAnswerError(AnswerProblem.UNLISTED, province_text=text) from exc
        if found:
            return reply.err
        raise GatewayRejectedError(RejectionReason.ALREADY_REPORTED, province_text=reply.err)

    def find_report(self, report: IssuanceReport) -> bool:
        """See `ProvinceGateway.find_report`. Compares outcome and card id.

        Raises:
            RemoteProtocolError: A state that is not known, or no card id with it.
        """
        values = fields.report_fields(report, self._dialect)
        operation = self._dialect.operations["find_report"]
        reply = self._ask("find_report", {key: values[key] for key in operation.send})
        found = self._received("find_report", reply)
        if found["state"] not in operation.states.values():
            raise RemoteProtocolError(f"field {operation.receive['state']} holds no known state")
        if found["state"] != operation.states[report.outcome.value]:
            return False
        if operation.receive["AAZ501"] not in reply.fields:
            raise RemoteProtocolError(f"field {operation.receive['AAZ501']} is missing")
        return found["AAZ501"].upper() == values["AAZ501"]

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        """See `ProvinceGateway.activate`."""
        sent = {"AAB301": AAB301, "AAZ500": AAZ500, "AAC002": AAC002, "AAC003": AAC003}
        return self._ask("activate", sent, also=self._dialect.already_active).err

    def recent_exchanges(self) -> list[str]:
        """See `ProvinceGateway.recent_exchanges`."""
        return list(self._exchanges)

    def close(self) -> None:
        """See `ProvinceGateway.close`. No connection outlives its exchange."""

    def _find_batch(self, id_number: str) -> dict[str, str]:
        return self._received("query_batch", self._ask("query_batch", {"AAC002": id_number}))

    def _lock_batch(self, person: Mapping[str, str], batch: str) -> dict[str, str]:
        """Open a batch unless there is one, and lock it to this window."""
        known = self._dialect.batch_exists
        if not batch:
            reply = self._ask("new_batch", {"AAB301": self._settings.region}, also=known)
            if normalised(reply.err) in known:
                return self._find_batch(person["AAC002"])
            batch = self._remote("new_batch", self._received("new_batch", reply), "batch")
        operation = self._dialect.operations["lock_batch"]
        values = {**operation.constants, **person, "batch": batch, "sequence": "1"}
        row = [values[column] for column in operation.columns_sent]
        sent = {key: values[key] for key in operation.send}
        reply = self._ask("lock_batch", sent, [row], also=known)
        if normalised(reply.err) in known:
            return self._find_batch(person["AAC002"])
        return {"batch": batch, "AAZ500": _card_number(operation, reply, person)}

    def _remote(self, key: str, values: Mapping[str, str], name: str) -> str:
        return fields.remote_field(name, values[name], self._dialect.operations[key].receive[name])

    def _received(self, key: str, reply: codec.Reply) -> dict[str, str]:
        """Return the answer by our keys; a field that did not come is empty."""
        receive = self._dialect.operations[key].receive
        return fields.folded({ours: reply.fields.get(tag, "") for ours, tag in receive.items()})

    def _ask(
        self,
        key: str,
        values: Mapping[str, str],
        rows: Sequence[Sequence[str]] = (),
        *,
        also: Collection[str] = (),
    ) -> codec.Reply:
        """Exchange once; return the reply when ERR is a success or one of `also`."""
        operation = self._dialect.operations[key]
        tagged = {tag: values[ours] for ours, tag in operation.send.items()}
        login = (self._settings.user, self._settings.password)
        tags = self._dialect.login
        body = codec.encode_request(
            {tags["operation"]: operation.name, tags["user"]: login[0], tags["password"]: login[1]},
            fields=tagged,
            rows=rows,
            qualified=self._settings.qualified,
        )
        sent = [*login, *tagged.values(), *(cell for row in rows for cell in row)]
        started = monotonic()
        try:
            reply = self._exchange(body, sent)
            if normalised(reply.err) not in {*self._dialect.success, *also}:
                raise _not_done(self._dialect, key, reply.err, sent)
        except GatewayError as exc:
            self._remember(operation.name, started, exc.code)
            raise
        self._remember(operation.name, started, "ok")
        return reply

    def _exchange(self, body: bytes, sent: Sequence[str]) -> codec.Reply:
        from station.transport.http import HttpExchangeError  # here: a third of the start's time

        try:
            answer = self._carry(body)
        except HttpExchangeError as exc:
            raise _unavailable(exc.reason, exc.failure) from exc
        try:
            return _reply_of(answer)
        except GatewayAnswerError as exc:
            if text := exc.details.get("province_text"):
                exc.details["province_text"] = codec.without_personal_data(text, sent)
            raise

    def _post(self, body: bytes) -> HttpAnswer:
        from station.transport import http

        return http.post(
            self._settings.url,
            body,
            HEADERS,
            timeout=self._settings.timeout,
            max_size=codec.MAX_ANSWER_SIZE,
            context=self._trust(),
        )

    def _trust(self) -> ssl.SSLContext | None:
        from station.transport import http

        if not self._settings.url.startswith("https:"):
            return None  # reading the roots takes 0.2 s
        with self._opening:
            if self._context is None:
                self._context = http.trust(self._settings.ca_file)
            return self._context

    def _remember(self, name: str, started: float, result: str) -> None:
        took_ms = round((monotonic() - started) * 1000)
        self._exchanges.append(f"{name} {took_ms} ms {result}")
        facts = {"operation": name, "took_ms": took_ms, "result": result}
        logger.debug("province exchange", extra={"action": "province.exchange", **facts})


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False  # not a port, or half an IPv6 address
    if not usable or "@" in url or not url.isprintable() or " " in url:
        raise ConfigError("province url: expected http(s)://host[:port]/path without a login")


def _reply_of(answer: HttpAnswer) -> codec.Reply:
    """Return the reply in a whole answer.

    Raises:
        GatewayError: The status is not 200, or the body can't be used.
    """
    if answer.status not in (OK, SERVER_ERROR):
        raise _of_status(answer.status)
    try:
        reply = codec.decode_answer(answer.body, answer.content_type)
    except GatewayAnswerError as exc:
        if answer.status == OK or exc.problem is AnswerProblem.FAULT:
            raise
        raise _of_status(answer.status) from None
    if answer.status != OK:
        raise _of_status(answer.status)
    return reply


def _of_status(status: int) -> GatewayError:
    """Return the error of an HTTP status other than 200 that came without a SOAP fault."""
    if status in NOT_REACHED:
        return _unavailable(phrase("link.http-status", status=status))
    problem = STATUS_PROBLEMS.get(status, AnswerProblem.STATUS)
    return GatewayAnswerError(problem, reason=f"HTTP {status}")


def _unavailable(reason: str, failure: ConnectionFailure | None = None) -> GatewayUnavailableError:
    return GatewayUnavailableError(
        "no answer from the province", details={"reason": reason}, failure=failure
    )


def _card_number(operation: Operation, reply: codec.Reply, person: Mapping[str, str]) -> str:
    if len(reply.rows) != 1 or len(reply.rows[0]) != len(operation.columns_received):
        raise RemoteProtocolError(f"{operation.name}: expected one whole row in DATA")
    row = dict(zip(operation.columns_received, reply.rows[0], strict=True))
    cells = fields.folded(row)
    for key in ("AAC002", "AAC003"):
        if cells[key] != person[key]:
            raise RemoteProtocolError(f"{operation.name}: {key} in DATA is another person's")
    return cells["AAZ500"]


def _not_done(dialect: Dialect, key: str, err: str, sent: Sequence[str]) -> GatewayError:
    text = codec.without_personal_data(err, sent)
    refusal = dialect.refusal(key, err)
    if refusal is None:
        return GatewayAnswerError(AnswerProblem.UNLISTED, province_text=text)
    return GatewayRejectedError(refusal.reason, province_text=f"{text} {refusal.meaning}".strip())
