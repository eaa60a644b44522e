"""Answers about calls that named themselves."""

from __future__ import annotations

from station.core.calls import Home, KnownCall, NamedCall
from station.journal import queries
from station.journal.call_writing import CALL_CONTENT, CALL_KEY
from station.journal.order_writing import REQUEST_KEY
from station.journal.rows import Rows
from station.journal.sealing import Sealer


class Calls:
    """The keys of the journal, wherever they are kept."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def known(self, call: NamedCall) -> list[KnownCall]:
        """Return what is known of the call's key: nothing, or one entry for each home of it."""
        found = self._rows.all(
            queries.CALL,
            key=call.key,
            of_order=self._sealer.digest(REQUEST_KEY, call.key),
            of_call=self._sealer.digest(CALL_KEY, call.key),
            of_export=self.export_id(call.key),
        )
        content = self._sealer.digest(CALL_CONTENT, call.content)
        return [
            KnownCall(
                Home(row.home),
                bool(row.ended),
                row.made,
                (row.operation, row.content) == (call.operation, content)
                if row.home == Home.CALLS
                else None,
            )
            for row in found
        ]

    def export_id(self, key: str) -> str:
        """Return the name of the offline file that a call with this key makes."""
        return self._sealer.digest("write_backs.export_id", key)[:32]
