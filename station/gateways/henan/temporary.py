"""Temporary cards of the Henan dialect: 申领, 发放, 查询, 收回.

Source: docs/explanations/dialect-henan.md; 新乡 2017, annex 6. None of it was seen in a public
client.
"""

from __future__ import annotations

from station.core import province_fields as fields
from station.core.errors import RemoteProtocolError
from station.core.gateways import IssuanceReport, ProductionData, TemporaryCard
from station.gateways.henan.window import WindowServices

NO_BANK = {"AAE008": "", "bank_name": ""}  #: a temporary card has no bank account


class TemporaryCardServices(WindowServices):
    """The part of a gateway for temporary cards; see `TemporaryCardGateway`."""

    def fetch_temporary_data(self, id_number: str) -> ProductionData:
        """See `TemporaryCardGateway.fetch_temporary_data`.

        Raises:
            RemoteProtocolError: A field of the answer is missing or wrong; the message names it.
        """
        operation = self._dialect.operations["temporary_data"]
        reply = self._ask("temporary_data", {"AAC002": id_number})
        found = self._received("temporary_data", reply)
        asked = {"AAC002": id_number, "batch": self._remote("temporary_data", found, "batch")}
        return fields.production_data(
            found | NO_BANK, asked=asked, tags=operation.receive, codes=self._dialect.codes
        )

    def register_temporary(self, report: IssuanceReport) -> str:
        """See `TemporaryCardGateway.register_temporary`."""
        return self._ask("register_temporary", fields.temporary_fields(report)).err

    def is_registered(self, report: IssuanceReport) -> bool:
        """See `TemporaryCardGateway.is_registered`. Compares the card id.

        Raises:
            RemoteProtocolError: An unknown state, or no card id with it.
        """
        values, operation = fields.temporary_fields(report), self._dialect.operations
        receive, states = operation["find_temporary"].receive, operation["find_temporary"].states
        sent = {key: values[key] for key in operation["find_temporary"].send}
        reply = self._ask("find_temporary", sent)
        found = self._received("find_temporary", reply)
        if found["state"] not in states.values():
            raise RemoteProtocolError(f"field {receive['state']} holds no known state")
        if found["state"] == states["none"]:
            return False
        if receive["AAZ501"] not in reply.fields:
            raise RemoteProtocolError(f"field {receive['AAZ501']} is missing")
        return found["AAZ501"].upper() == values["AAZ501"]

    def collect_temporary(self, card: TemporaryCard) -> str:
        """See `TemporaryCardGateway.collect_temporary`."""
        sent = {"AAC002": card.AAC002, "AAZ500": card.AAZ500, "AAZ501": card.AAZ501}
        return self._ask("collect_temporary", sent, also=self._dialect.collected).err
