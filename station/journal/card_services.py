"""Queries for services on the state of a card."""

from __future__ import annotations

import datetime as dt
import json
from typing import Any

import sqlalchemy as sa

from station.core.card_states import (
    CardState,
    ProvinceCard,
    ServiceRecord,
    ServiceResult,
    StateService,
)
from station.journal import queries
from station.journal.card_service_writing import card_context
from station.journal.rows import Rows
from station.journal.sealing import Sealer


class CardServices:
    """What was done to the state of cards at the province."""

    def __init__(self, rows: Rows, sealer: Sealer) -> None:
        self._rows = rows
        self._sealer = sealer

    def one(self, service: int) -> ServiceRecord | None:
        """Return one service."""
        rows = self._rows.all(queries.CARD_SERVICE, service=service)
        return self._record(rows[0]) if rows else None

    def newest(self, limit: int) -> list[ServiceRecord]:
        """Return the last services, newest first."""
        return [self._record(row) for row in self._rows.all(queries.CARD_SERVICES, limit=limit)]

    def of_person(self, id_number: str) -> list[ServiceRecord]:
        """Return every service of one person that is not erased, oldest first."""
        person = self._sealer.person_index(id_number)
        return [
            self._record(row) for row in self._rows.all(queries.CARD_SERVICES_OF, person=person)
        ]

    def due(self, before: dt.datetime, aged: float, limit: int) -> list[int]:
        """Return services whose personal data is due to be erased; see `Personal.due`."""
        rows = self._rows.all(queries.DUE_SERVICES, before=before, aged=aged, limit=limit)
        return [int(row.id) for row in rows]

    def _record(self, row: sa.Row[Any]) -> ServiceRecord:
        card = None
        if row.sealed_card is not None:
            sealed = self._sealer.open(row.sealed_card, context=card_context(row.event))
            number, name, card_number, bank = json.loads(sealed)
            state = CardState(row.after or row.before)
            card = ProvinceCard(number, name, card_number, state, bank)
        return ServiceRecord(
            id=row.id,
            service=StateService(row.service),
            at=row.at,
            actor=row.actor,
            result=ServiceResult(row.result),
            code=row.code,
            before=CardState(row.before),
            after=CardState(row.after) if row.after else None,
            card=card,
            proven=row.proven,
        )
