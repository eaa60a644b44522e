"""The Henan province over HTTP: one POST per exchange, no retry, no personal data kept.

Source: docs/explanations/dialect-henan.md.

An answer is a success or a refusal only when its text is listed as one in `mapping.toml`. With any
other answer the request may have taken effect: a server may commit and then fail to report it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from station.core import province_fields as fields
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.certificates import CertificateData, CertificateRequest
from station.core.characters import plain_text, standard_text
from station.core.errors import (
    AnswerProblem,
    GatewayAnswerError,
    GatewayError,
    GatewayRejectedError,
    RejectionReason,
    RemoteProtocolError,
)
from station.core.gateways import GatewaySettings, IssuanceReport, ProductionData
from station.core.masking import without_personal_data
from station.core.phrases import phrase
from station.gateways.henan import codec
from station.gateways.henan.batches import BatchServices
from station.gateways.henan.mapping import Dialect, Operation
from station.gateways.kit import client as kit
from station.gateways.kit.client import HttpClient

if TYPE_CHECKING:
    from station.transport.http import HttpAnswer

HEADERS: Final = {
    "Content-Type": "text/xml; charset=utf-8",
    "SOAPAction": '""',
    **kit.HEADERS,
}
#: Operations that change nothing at the province. What the HSM is asked is not among them: the chip
#: waits under power for its answer, and for no second one.
READS: Final = frozenset(
    {
        *("query_batch", "fetch_data", "find_report", "card_state", "find_temporary"),
        *("batch_list", "bank_answers"),
    }
)
NOBODY: Final = "0" * 18  # contains no birth date, so no person can have it


class HenanGateway(BatchServices, HttpClient[codec.Reply]):
    """One window's access to the province. Safe to use from several threads."""

    def __init__(
        self,
        settings: GatewaySettings,
        dialect: Dialect,
        *,
        carry: Callable[[bytes], HttpAnswer] | None = None,
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """Prepare the client; nothing is sent.

        Args:
            settings: The site's choices.
            dialect: Tags and texts of the province.
            carry: Sends a request's body and returns the answer, or raises `HttpExchangeError`;
                None uses HTTP.
            pause: Waits so many seconds before a request is repeated; None uses the real clock.

        Raises:
            ConfigError: The address or the file of root certificates can't be used.
        """
        super().__init__(settings, HEADERS, carry=carry, pause=pause, tags=dialect.tags)
        self._dialect = dialect

    def _decode(self, answer: HttpAnswer) -> codec.Reply:
        return codec.decode_answer(answer.body, answer.content_type)

    def check_link(self) -> None:
        """Query a number that no person can have, once; see `ProvinceGateway.check_link`."""
        try:
            self._ask("query_batch", {"AAC002": NOBODY}, once=True)
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
        reply = self._ask("fetch_data", sent)
        return fields.production_data(
            self._received("fetch_data", reply),
            asked=asked,
            tags=self._dialect.operations["fetch_data"].receive,
            codes=self._dialect.codes,
        )

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
            RemoteProtocolError: The length of encrypted data and MAC differs from the command's Lc.
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

        `已经回盘` (already reported) counts as done only when a query shows exactly this
        write-back.

        Raises:
            GatewayAnswerError: The answer was `已经回盘`, and the query for its owner was refused.
        """
        values = fields.report_fields(report, self._dialect.failed_steps) | {"sequence": "1"}
        columns = self._dialect.operations["report"].columns_sent
        row = [values.get(column, "") for column in columns]
        known = self._dialect.already_reported
        reply = self._ask("report", {"batch": report.batch}, [row], also=known)
        if plain_text(reply.err) in self._dialect.success:
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
            RemoteProtocolError: An unknown state, or no card id with it.
        """
        values = fields.report_fields(report, self._dialect.failed_steps)
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

    def _find_batch(self, id_number: str) -> dict[str, str]:
        return self._received("query_batch", self._ask("query_batch", {"AAC002": id_number}))

    def _lock_batch(self, person: Mapping[str, str], batch: str) -> dict[str, str]:
        """Open a batch unless one is open, and lock it to this window."""
        known = self._dialect.batch_exists
        if not batch:
            reply = self._ask("new_batch", {"AAB301": self._settings.region}, also=known)
            if plain_text(reply.err) in known:
                return self._find_batch(person["AAC002"])
            batch = self._remote("new_batch", self._received("new_batch", reply), "batch")
        operation = self._dialect.operations["lock_batch"]
        values = {**operation.constants, **person, "batch": batch, "sequence": "1"}
        row = [values[column] for column in operation.columns_sent]
        sent = {key: values[key] for key in operation.send}
        reply = self._ask("lock_batch", sent, [row], also=known)
        if plain_text(reply.err) in known:
            return self._find_batch(person["AAC002"])
        return {"batch": batch, "AAZ500": _card_number(operation, reply, person)}

    def _remote(self, key: str, values: Mapping[str, str], name: str) -> str:
        return fields.remote_field(name, values[name], self._dialect.operations[key].receive[name])

    def _received(self, key: str, reply: codec.Reply) -> dict[str, str]:
        """Return the answer by our keys; a missing field is empty."""
        receive = self._dialect.operations[key].receive
        return fields.folded({ours: reply.fields.get(tag, "") for ours, tag in receive.items()})

    def _ask(
        self,
        key: str,
        values: Mapping[str, str],
        rows: Sequence[Sequence[str]] = (),
        *,
        also: Collection[str] = (),
        once: bool = False,
    ) -> codec.Reply:
        """Do one exchange; return the reply when ERR is a success or one of `also`.

        What only reads is repeated while no answer comes, unless `once`.
        """
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
        done = {*self._dialect.success, *also}

        def judge(reply: codec.Reply) -> GatewayError | None:
            return None if plain_text(reply.err) in done else self._not_done(key, reply.err, sent)

        exchange = self._read if key in READS and not once else self._exchange_once
        return exchange(operation.name, body, sent, judge)

    def _not_done(self, key: str, err: str, sent: Sequence[str]) -> GatewayError:
        text = without_personal_data(err, sent)
        refusal = self._dialect.refusal(key, err)
        if refusal is None:
            return GatewayAnswerError(AnswerProblem.UNLISTED, province_text=text)
        return GatewayRejectedError(
            refusal.reason, province_text=f"{text} {refusal.meaning}".strip()
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
