"""Lists of many people in the Henan dialect: 批次名单, 银行校验, 银行校验结果.

Source: docs/explanations/dialect-henan.md; document 000 (深圳), 2.3.3 and 2.3.4. None of it was
seen in a public client of this province.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from station.core import province_fields as fields
from station.core.errors import RemoteProtocolError
from station.core.gateways import BankAnswer, ListedPerson
from station.core.masking import without_personal_data
from station.gateways.henan import codec
from station.gateways.henan.temporary import TemporaryCardServices

PASSED: Final = {"passed": True, "failed": False, "checking": None}
MOST_WORDS: Final = 60  #: characters of a bank's reason


class BatchServices(TemporaryCardServices):
    """The part of a gateway for lists of many people; see `BatchGateway`."""

    def fetch_batch_list(self, number: str) -> list[ListedPerson]:
        """See `BatchGateway.fetch_batch_list`. The cells are checked as those of any list.

        Raises:
            RemoteProtocolError: A line has another number of columns.
        """
        reply = self._ask("batch_list", {"batch": number})
        return [
            ListedPerson(row["sequence"], row["AAC002"], row["AAC003"], row["AAE008"])
            for row in self._rows("batch_list", reply)
        ]

    def send_to_bank(self, number: str, people: Sequence[ListedPerson]) -> str:
        """See `BatchGateway.send_to_bank`."""
        columns = self._dialect.operations["send_to_bank"].columns_sent
        cells = (
            {
                "sequence": one.line,
                "AAC002": one.AAC002,
                "AAC003": one.AAC003,
                "AAE008": one.AAE008,
            }
            for one in people
        )
        rows = [[row[column] for column in columns] for row in cells]
        return self._ask("send_to_bank", {"batch": number, "count": str(len(rows))}, rows).err

    def bank_answers(self, number: str) -> list[BankAnswer]:
        """See `BatchGateway.bank_answers`.

        Raises:
            RemoteProtocolError: A line has another number of columns, or an unknown result.
        """
        operation = self._dialect.operations["bank_answers"]
        words = {theirs: ours for ours, theirs in operation.states.items()}
        reply = self._ask("bank_answers", {"batch": number})
        found = []
        for row in self._rows("bank_answers", reply):
            if row["state"] not in words:
                raise RemoteProtocolError(f"{operation.name}: a line holds no known result")
            told = without_personal_data(row["reason"], [row["AAC002"]])[:MOST_WORDS]
            found.append(BankAnswer(row["AAC002"], PASSED[words[row["state"]]], told))
        return found

    def _rows(self, key: str, reply: codec.Reply) -> Iterator[Mapping[str, str]]:
        operation = self._dialect.operations[key]
        for row in reply.rows:
            if len(row) != len(operation.columns_received):
                raise RemoteProtocolError(f"{operation.name}: a line is not whole")
            yield fields.folded(dict(zip(operation.columns_received, row, strict=True)))
