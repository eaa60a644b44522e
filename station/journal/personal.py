"""What the journal holds about people: what is due to be erased, and counts for the report."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from station.journal import batch_tables, custody_tables, queries, tables
from station.journal.rows import Rows


def _counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.sum(sa.case((condition, 1), else_=0))


_COUNTS: Final[tuple[Any, ...]] = (
    sa.func.count().label("orders"),
    _counted(tables.orders.c.sealed_data.is_not(None)).label("with_data"),
    _counted(tables.orders.c.sealed_chip.is_not(None)).label("with_bank_number"),
    _counted(sa.not_(sa.and_(*queries.HAS_ENDED))).label("open"),
    sa.func.min(tables.orders.c.created_at, type_=tables.UtcTime).label("oldest"),
)
_ORDERS: Final = sa.select(*_COUNTS).where(
    queries.NOT_ERASED, tables.orders.c.kind.in_(tables.PERSONAL_KINDS)
)


def _rows_with(label: str, condition: sa.ColumnElement[bool]) -> sa.Label[int]:
    return sa.select(sa.func.count()).where(condition).scalar_subquery().label(label)


_COUNTS_BESIDE: Final[tuple[Any, ...]] = (
    _rows_with("agents", tables.attendances.c.sealed_person.is_not(None)),
    _rows_with("reports", sa.func.length(tables.write_backs.c.sealed_report) > 0),
    _rows_with("services", tables.card_services.c.sealed_card.is_not(None)),
    _rows_with("custody", custody_tables.custody_cards.c.sealed_card.is_not(None)),
    _rows_with("collectors", custody_tables.custody_documents.c.sealed_contact.is_not(None)),
    _rows_with("checks", custody_tables.custody_checks.c.sealed_card.is_not(None)),
    _rows_with("batch_rows", sa.func.length(batch_tables.batch_rows.c.sealed_cells) > 0),
    _rows_with("batch_photos", sa.func.length(batch_tables.batch_photos.c.sealed_jpeg) > 0),
    _rows_with("unit_contacts", batch_tables.collectors.c.sealed_person.is_not(None)),
    _rows_with("batch_contacts", sa.func.length(batch_tables.batch_exports.c.sealed_contact) > 0),
    _rows_with("erased", tables.orders.c.erased_at.is_not(None)),
)
_BESIDE: Final = sa.select(*_COUNTS_BESIDE)


@dataclass(frozen=True, slots=True)
class HeldPersonalData:
    """How much of people the journal holds.

    Attributes:
        orders: Orders with a person's number.
        with_data: Of these, with the province's data, photo included.
        with_bank_number: Of these, with the number of a bank card.
        open: Of `orders`, the ones that have not ended, or wait for the province.
        agents: People who came for somebody, by name and number.
        reports: Reports to the province with a person's data.
        services: Services on the state of a card, with name and numbers.
        custody: Finished cards in custody, with name and numbers.
        collectors: People who took finished cards, by name, number and phone.
        checks: Checks of finished cards, with their numbers.
        batch_rows: Rows of batches, with everything that the unit has sent of a person.
        batch_photos: Pictures of batches.
        unit_contacts: A unit's collectors, by name and phone.
        batch_contacts: Whom the data centre may ask about results, by name and phone.
        erased: Orders that hold nothing personal any more.
        oldest: When the oldest of `orders` was accepted, UTC; None without any.
    """

    orders: int
    with_data: int
    with_bank_number: int
    open: int
    agents: int
    reports: int
    services: int
    custody: int
    collectors: int
    checks: int
    batch_rows: int
    batch_photos: int
    unit_contacts: int
    batch_contacts: int
    erased: int
    oldest: dt.datetime | None


class Personal:
    """Answers about personal data; opens none."""

    def __init__(self, rows: Rows) -> None:
        self._rows = rows

    def due(self, ended_before: dt.datetime, aged: float, limit: int) -> list[str]:
        """Return ended orders that hold personal data, oldest first.

        Args:
            ended_before: The order and the last answer of the province are older than this.
            aged: The order's last event was written at this age of the journal or before.
            limit: How many at most.
        """
        rows = self._rows.all(queries.DUE_ERASURES, before=ended_before, aged=aged, limit=limit)
        return [str(row.id) for row in rows]

    def held(self) -> HeldPersonalData:
        """Return the counts. Reads every order: for a report, not for a page."""
        (orders,) = self._rows.all(_ORDERS)
        (rest,) = self._rows.all(_BESIDE)
        return HeldPersonalData(
            orders=orders.orders,
            with_data=orders.with_data or 0,
            with_bank_number=orders.with_bank_number or 0,
            open=orders.open or 0,
            agents=rest.agents,
            reports=rest.reports,
            services=rest.services,
            custody=rest.custody,
            collectors=rest.collectors,
            checks=rest.checks,
            batch_rows=rest.batch_rows,
            batch_photos=rest.batch_photos,
            unit_contacts=rest.unit_contacts,
            batch_contacts=rest.batch_contacts,
            erased=rest.erased,
            oldest=orders.oldest,
        )
