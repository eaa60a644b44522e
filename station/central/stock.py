"""Blanks of the whole fleet: double entry, with one account for what is under way.

Accounts: `maker` (where blanks come from), `store`, `transit`, `station:<name>`, and `missing` for
what was sent and never counted. `transit` returns to zero when everything has arrived.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

import sqlalchemy as sa

from station.central.acts import log_act
from station.central.letters import post
from station.central.tables import stations, stock_moves, transfers
from station.core.errors.central import FleetEntryNotFoundError, FleetStockError
from station.core.fleet import EventMessage, Transfer
from station.signing import Identity

MAKER: Final = "maker"
STORE: Final = "store"
TRANSIT: Final = "transit"
MISSING: Final = "missing"


def station_account(station: str) -> str:
    """Return the account of a station."""
    return f"station:{station}"


def balance(connection: sa.Connection, account: str, bank: str) -> int:
    """Return how many blanks of a bank an account has."""
    count = stock_moves.c.cards
    signed = sa.case((stock_moves.c.to_account == account, count), else_=-count)
    total = connection.execute(
        sa.select(sa.func.coalesce(sa.func.sum(signed), 0))
        .where(stock_moves.c.bank == bank)
        .where(sa.or_(stock_moves.c.to_account == account, stock_moves.c.from_account == account))
    ).scalar_one()
    return int(total)


def balances(connection: sa.Connection) -> list[tuple[str, str, int]]:
    """Return account, bank and count of everything that is not zero; `maker` is left out."""
    rows = connection.execute(
        sa.text(
            "SELECT account, bank, sum(n)::int AS n FROM ("
            " SELECT to_account AS account, bank, cards AS n FROM stock_moves UNION ALL"
            " SELECT from_account, bank, -cards FROM stock_moves) AS both_sides"
            " WHERE account <> :maker GROUP BY account, bank HAVING sum(n) <> 0"
            " ORDER BY account, bank"
        ),
        {"maker": MAKER},
    )
    return [(row.account, row.bank, row.n) for row in rows]


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Blanks that were sent and that the window has not counted yet."""

    station: str
    bank: str
    cards: int
    sent_at: str
    sent_by: str


def transfers_under_way(connection: sa.Connection) -> list[UnderWay]:
    """Return what has been sent and not counted, the oldest first."""
    query = (
        sa.select(transfers).where(transfers.c.received_at.is_(None)).order_by(transfers.c.sent_at)
    )
    return [
        UnderWay(row.station, row.bank, row.cards, row.sent_at.isoformat(), row.sent_by)
        for row in connection.execute(query)
    ]


def take_in(connection: sa.Connection, bank: str, count: int, *, by: str) -> None:
    """Book blanks that have come from the maker."""
    _move(connection, "", bank, MAKER, STORE, count, by)


def send(
    connection: sa.Connection, identity: Identity, station: str, bank: str, count: int, *, by: str
) -> str:
    """Send blanks from the store to a station; returns the transfer's id.

    Raises:
        FleetEntryNotFoundError: There is no such station.
        FleetStockError: The store has fewer.
    """
    connection.execute(sa.text("LOCK TABLE stock_moves IN SHARE ROW EXCLUSIVE MODE"))
    if connection.execute(sa.select(stations).where(stations.c.name == station)).first() is None:
        raise FleetEntryNotFoundError("no such station")
    if balance(connection, STORE, bank) < count:
        raise FleetStockError("the store has fewer blanks of this bank")
    transfer = secrets.token_hex(16)
    connection.execute(
        transfers.insert().values(
            id=transfer,
            station=station,
            bank=bank,
            cards=count,
            sent_at=sa.func.clock_timestamp(),
            sent_by=by,
        )
    )
    _move(connection, transfer, bank, STORE, TRANSIT, count, by)
    post(connection, identity, station, Transfer(transfer, bank, count))
    return transfer


def receive(connection: sa.Connection, event: EventMessage) -> None:
    """Book what a station has counted; a difference is an alarm, and its blanks are missing."""
    which, bank = event.data.get("transfer", ""), event.data.get("bank", "")
    counted = int(event.data.get("count", "0") or "0")
    row = connection.execute(
        sa.select(transfers).where(transfers.c.id == which).with_for_update()
    ).one_or_none()
    if row is not None and row.received is not None:
        return  # booked already
    if row is None:  # sent by a central that was restored from before it
        _move(connection, which, bank, STORE, TRANSIT, counted, event.station)
        connection.execute(
            transfers.insert().values(
                id=which,
                station=event.station,
                bank=bank,
                cards=counted,
                sent_at=sa.func.clock_timestamp(),
                sent_by=event.station,
            )
        )
    sent = counted if row is None else row.cards
    to = station_account(event.station)
    _move(connection, which, bank, TRANSIT, to, min(counted, sent), event.station)
    if counted < sent:
        _move(connection, which, bank, TRANSIT, MISSING, sent - counted, event.station)
    elif counted > sent:
        _move(connection, which, bank, MISSING, to, counted - sent, event.station)
    if counted != sent:
        data = {"transfer": which, "sent": str(sent), "counted": str(counted)}
        log_act(connection, "blanks-differ", data, station=event.station, alarm=True)
    connection.execute(
        transfers.update()
        .where(transfers.c.id == which)
        .values(received=counted, received_at=sa.func.clock_timestamp())
    )


def _move(
    connection: sa.Connection,
    transfer: str,
    bank: str,
    from_account: str,
    to_account: str,
    count: int,
    by: str,
) -> None:
    if count == 0:
        return
    connection.execute(
        stock_moves.insert().values(
            transfer=transfer,
            bank=bank,
            from_account=from_account,
            to_account=to_account,
            cards=count,
            at=sa.func.clock_timestamp(),
            made_by=by,
        )
    )
