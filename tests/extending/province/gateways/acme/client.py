"""The invented province over HTTP."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Final

from station.core import province_fields as fields
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest, ChipData
from station.core.certificates import CertificateData, CertificateRequest
from station.core.characters import standard_text
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
from station.gateways.kit import client as kit

from . import codec
from .words import Words

if TYPE_CHECKING:
    from station.transport.http import HttpAnswer

HEADERS: Final = {"Content-Type": "application/json; charset=utf-8", **kit.HEADERS}
NOBODY: Final = "0" * 18  # has no birth date, so no person can have it
OTHERS: Final = ("AAE008", "bank_name", "AAB301", "issuer", "photo")
#: Our keys are the province's tags.
TAGS: Final = {key: key for key in (*ChipData.__slots__, *OTHERS)}
CA_TAGS: Final = {
    key: key
    for key in (
        *("signature_certificate", "encryption_certificate", "key_envelope"),
        *("admin_pin", "master_key"),
    )
}


class AcmeGateway(kit.HttpClient[codec.Reply]):
    """One window's access to the province. Safe to use from several threads."""

    def __init__(self, settings: GatewaySettings, words: Words) -> None:
        """Prepare the client; nothing is sent."""
        super().__init__(settings, HEADERS)
        self._words = words

    def _decode(self, answer: HttpAnswer) -> codec.Reply:
        return codec.decode_answer(answer.body, answer.content_type)

    def check_link(self) -> None:
        """Ask for a person nobody can be; see `ProvinceGateway.check_link`."""
        try:
            self._ask("find-batch", {"AAC002": NOBODY})
        except GatewayRejectedError as refusal:
            if refusal.reason is not RejectionReason.PERSON_UNKNOWN:
                raise

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        """See `ProvinceGateway.fetch_production_data`."""
        known = self._find_batch(id_number)
        if name and known["AAC003"] != standard_text(name):
            raise GatewayRejectedError(
                RejectionReason.PERSON_UNKNOWN, province_text=phrase("acme.other-name")
            )
        person = {"AAC002": id_number, "AAC003": known["AAC003"]}
        if not known["AAZ500"]:
            self._open_batch(person, known["batch"])
            known = self._find_batch(id_number)
        asked = person | {key: _checked(known, key) for key in ("batch", "AAZ500")}
        reply = self._ask("card-data", person | {"batch": asked["batch"]})
        values = fields.folded({key: reply.data.get(key, "") for key in TAGS})
        return fields.production_data(values, asked=asked, tags=TAGS, codes=self._words.codes)

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        """See `ProvinceGateway.authenticate`."""
        reply = self._ask("prove", fields.authentication_fields(request))
        return fields.authentication_data(reply.data.get("proof", ""), request, "proof")

    def protect(self, request: MaintenanceRequest) -> bytes:
        """See `ProvinceGateway.protect`."""
        reply = self._ask("protect", fields.protection_fields(request))
        parts = {key: reply.data.get(key, "") for key in ("hidden", "mac")}
        return fields.protected_command(parts, request)

    def certify(self, request: CertificateRequest) -> CertificateData:
        """See `ProvinceGateway.certify`."""
        reply = self._ask("certify", fields.certificate_fields(request))
        return fields.certificate_data({k: reply.data.get(k, "") for k in CA_TAGS}, CA_TAGS)

    def report(self, report: IssuanceReport) -> str:
        """See `ProvinceGateway.report`. `已经回盘` counts only when a query shows this report."""
        sent = fields.report_fields(report, self._words.failed_steps)
        reply = self._ask("report", sent, also=self._words.already_reported)
        if reply.result in self._words.already_reported and not self._find_again(report):
            reason = RejectionReason.ALREADY_REPORTED
            raise GatewayRejectedError(reason, province_text=reply.result)
        return reply.result

    def find_report(self, report: IssuanceReport) -> bool:
        """See `ProvinceGateway.find_report`. Compares outcome and card id."""
        values = fields.report_fields(report, self._words.failed_steps)
        sent = {key: values[key] for key in ("batch", "AAC002", "AAZ501")}
        found = self._ask("find-report", sent).data
        if found.get("state") not in self._words.states.values():
            raise RemoteProtocolError("field state holds no known state")
        if found["state"] != self._words.states[report.outcome.value]:
            return False
        if "AAZ501" not in found:
            raise RemoteProtocolError("field AAZ501 is missing")
        return found["AAZ501"].upper() == values["AAZ501"]

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        """See `ProvinceGateway.activate`."""
        sent = {"AAC002": AAC002, "AAC003": AAC003, "AAZ500": AAZ500, "AAB301": AAB301}
        return self._ask("activate", sent, also=self._words.already_active).result

    def _find_again(self, report: IssuanceReport) -> bool:
        try:
            return self.find_report(report)
        except GatewayRejectedError as exc:  # the query is refused, not the report
            text = exc.details["province_text"]
            raise GatewayAnswerError(AnswerProblem.UNLISTED, province_text=text) from exc

    def _find_batch(self, id_number: str) -> dict[str, str]:
        data = self._ask("find-batch", {"AAC002": id_number}).data
        return {key: data.get(key, "") for key in ("AAC003", "batch", "AAZ500")}

    def _open_batch(self, person: Mapping[str, str], batch: str) -> None:
        """Open a batch unless there is one, and lock it to this window."""
        if not batch:
            region = {"AAB301": self._settings.region}
            reply = self._ask("new-batch", region, also=self._words.batch_exists)
            if reply.result in self._words.batch_exists:
                return
            batch = _checked(reply.data, "batch")
        self._ask("lock-batch", {**person, "batch": batch}, also=self._words.batch_exists)

    def _ask(
        self, call: str, data: Mapping[str, str], *, also: Collection[str] = ()
    ) -> codec.Reply:
        login = (self._settings.user, self._settings.password)
        body = codec.encode_request(call, user=login[0], password=login[1], data=data)
        sent = [*login, *data.values()]

        def judge(reply: codec.Reply) -> GatewayError | None:
            if reply.result in {*self._words.success, *also}:
                return None
            text = without_personal_data(reply.result, sent)
            why = self._words.refusal_of(reply.result)
            if why is None:
                return GatewayAnswerError(AnswerProblem.UNLISTED, province_text=text)
            return GatewayRejectedError(why, province_text=text)

        return self._exchange_once(call, body, sent, judge)


def _checked(values: Mapping[str, str], key: str) -> str:
    return fields.remote_field(key, values.get(key, ""), key)
