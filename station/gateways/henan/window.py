"""The clerk's services of the Henan dialect: applications, marks, the state of cards.

Source: docs/explanations/dialect-henan.md.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Final

from station.core.applications import CardApplication
from station.core.card_states import CardState, ProvinceCard, StateService
from station.core.errors import GatewayRejectedError, RejectionReason, RemoteProtocolError
from station.core.gateways import GatewaySettings, IssuanceReport
from station.gateways.henan import codec
from station.gateways.henan.mapping import Dialect

#: Services on the state of a card -> key of the operation.
STATE_SERVICES: Final = {
    StateService.SUSPEND: "suspend",
    StateService.REPORT_LOSS: "report_loss",
    StateService.LIFT_LOSS: "lift_loss",
    StateService.CANCEL: "cancel_card",
}
_WITHDRAWN: Final = frozenset({RejectionReason.NOT_MARKED, RejectionReason.REPLACEMENT_NOT_APPLIED})


class WindowServices(ABC):
    """The part of a gateway that a window asks for besides making cards."""

    _settings: GatewaySettings
    _dialect: Dialect

    @abstractmethod
    def _ask(
        self,
        key: str,
        values: Mapping[str, str],
        rows: Sequence[Sequence[str]] = (),
        *,
        also: Collection[str] = (),
        once: bool = False,
    ) -> codec.Reply:
        """Do one exchange; return the reply when ERR is a success or one of `also`."""

    @abstractmethod
    def _received(self, key: str, reply: codec.Reply) -> dict[str, str]:
        """Return the answer by our keys; a missing field is empty."""

    @abstractmethod
    def _remote(self, key: str, values: Mapping[str, str], name: str) -> str:
        """Return a received value after a check of its form."""

    @abstractmethod
    def _find_batch(self, id_number: str) -> dict[str, str]:
        """Return the person's batch and card number, as far as there are any."""

    @abstractmethod
    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        """See `ProvinceGateway.activate`."""

    def apply(self, application: CardApplication) -> str:
        """See `ApplicationGateway.apply`."""
        operation = self._dialect.operations["apply"]
        sent = {
            "AAC002": application.AAC002,
            "type": operation.states[application.type],
            "reason": operation.constants[application.reason] if application.reason else "",
            "AAE008": application.AAE008,
        }
        return self._ask("apply", sent, also=self._dialect.applied).err

    def register_fee(self, AAC002: str) -> str:
        """See `ApplicationGateway.register_fee`."""
        return self._ask("register_fee", {"AAC002": AAC002}, also=self._dialect.applied).err

    def mark(self, AAC002: str, AAC003: str) -> str:
        """See `ApplicationGateway.mark`."""
        sent = {"AAC002": AAC002, "AAC003": AAC003, "AAB301": f"{self._settings.region[:4]}00"}
        return self._ask("mark", sent, also=self._dialect.applied).err

    def withdraw(self, report: IssuanceReport) -> str:
        """See `WithdrawalGateway.withdraw`."""
        sent = {"AAC002": report.AAC002, "AAC003": report.AAC003, "batch": report.batch}
        return self._ask("withdraw", sent, also=self._dialect.not_marked).err

    def is_withdrawn(self, report: IssuanceReport) -> bool:
        """See `WithdrawalGateway.is_withdrawn`."""
        try:
            known = self._find_batch(report.AAC002)
        except GatewayRejectedError as refusal:
            if refusal.reason in _WITHDRAWN:
                return True
            raise
        return known["batch"] != report.batch

    def card_state(self, AAC002: str) -> ProvinceCard:
        """See `CardStateGateway.card_state`.

        Raises:
            RemoteProtocolError: A field is missing or malformed, or the state is unknown.
        """
        operation = self._dialect.operations["card_state"]
        found = self._received("card_state", self._ask("card_state", {"AAC002": AAC002}))
        words = {theirs: ours for ours, theirs in operation.states.items()}
        if found["state"] not in words:
            raise RemoteProtocolError(f"field {operation.receive['state']} holds no known state")
        return ProvinceCard(
            AAC002,
            self._remote("card_state", found, "AAC003"),
            self._remote("card_state", found, "AAZ500"),
            CardState(words[found["state"]]),
            found["bank_name"],
            self._remote("card_state", found, "AAB301"),
        )

    def change_card_state(self, service: StateService, card: ProvinceCard) -> str:
        """See `CardStateGateway.change_card_state`."""
        if service is StateService.ACTIVATE:
            return self.activate(
                AAC002=card.AAC002,
                AAC003=card.AAC003,
                AAZ500=card.AAZ500,
                AAB301=card.AAB301 or self._settings.region,
            )
        sent = {"AAZ500": card.AAZ500, "AAC002": card.AAC002, "AAC003": card.AAC003}
        return self._ask(STATE_SERVICES[service], sent).err
