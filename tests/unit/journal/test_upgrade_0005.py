"""A journal of the version before event numbers (schema 0003) opens, is numbered, and goes on."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from station.core.chain import GENESIS, chain_hash
from station.core.changes import AddOrder, MoveBlanks, MoveOrder, UpdateCard
from station.core.orders import CardFate, CardPlace, Hold, OrderReason, OrderStep, StockMove
from station.journal import open_journal
from station.journal.schema import migrate
from station.journal.sealing import Sealer, open_sealer
from station.journal.store import _use_sqlite_durably

NUMBER = "410701199003074512"  # invented
DIGEST = "d1" * 32  #: stands for the plain digest of a number that the old version stored
KEY = "the integrator's key"
#: In the order of acceptance. Neither ids nor times are in that order: the clock was set back.
FIRST, SECOND = "f" * 32, "0" * 32
EARLY, LATE = "2026-01-01T00:00:00.000000+00:00", "2026-02-01T00:00:00.000000+00:00"

EVENTS = (
    ("", "stock-moved", {"move": "loaded", "count": "10"}, LATE),
    (FIRST, "order-accepted", {"reason": "new"}, LATE),
    (FIRST, "blank-left-feeder", {"card": "1", "place": "chip-station"}, LATE),
    (FIRST, "card-moved", {"card": "1", "place": "output-hopper", "fate": "issued"}, LATE),
    ("", "shift-closed", {"began_at": "", "differences": ""}, LATE),
    ("", "stock-moved", {"move": "loaded", "count": "5"}, EARLY),
    (SECOND, "order-accepted", {"reason": "new"}, EARLY),
    (SECOND, "blank-left-feeder", {"card": "2", "place": "chip-station"}, EARLY),
)


def written_by_0003(folder: Path) -> str:
    url = f"sqlite:///{folder}/journal.db"
    engine = sa.create_engine(url)
    _use_sqlite_durably(engine)
    migrate(engine, "0003")
    engine.dispose()
    sealer = open_sealer(folder / "seal.key", may_make=True)
    raw = sqlite3.connect(folder / "journal.db")
    for order, step, at, card in ((FIRST, "released", LATE, 1), (SECOND, "fed", EARLY, 2)):
        _add_order(raw, sealer, order, step, at, card)
    previous = GENESIS
    for seq, (order, kind, data, at) in enumerate(EVENTS, start=1):
        previous = chain_hash(previous, seq, order, at, "clerk", kind, data)
        row = (seq, order, at, "clerk", kind, json.dumps(data), previous)
        raw.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    for card, order, place, fate, at, out in (
        (1, FIRST, "output-hopper", "issued", LATE, LATE),
        (2, SECOND, "chip-station", "in-machine", EARLY, None),
    ):
        raw.execute(
            "INSERT INTO cards (id, order_id, AAZ501, place, fate, reason, updated_at, fed_at, "
            "settled_at, presented_at) VALUES (?, ?, '', ?, ?, '', ?, ?, ?, ?)",
            (card, order, place, fate, at, at, out, out),
        )
    for moved in ((1, "load 1", LATE, 10), (2, "load 2", EARLY, 5)):
        raw.execute("INSERT INTO stock VALUES (?, 'm', ?, ?, 'clerk', 'loaded', ?)", moved)
    report = json.dumps({"counted": {"drawer": 0, "feeder": 9}})
    raw.execute(
        "INSERT INTO shifts VALUES (1, 'm', 'shift 1', ?, ?, 'clerk', ?)", (LATE, LATE, report)
    )
    raw.execute("INSERT INTO requests VALUES (?, ?, ?, ?)", (KEY, DIGEST, FIRST, LATE))
    raw.commit()
    raw.close()
    return url


def _add_order(
    raw: sqlite3.Connection, sealer: Sealer, order: str, step: str, at: str, card: int
) -> None:
    hold: dict[str, object] = {
        "code": "province-unavailable",
        "details": {},
        "effect": None,
        "retry_at": at,
    }
    raw.execute(
        "INSERT INTO orders (id, machine, created_at, updated_at, reason, step, hold, person_index,"
        " sealed_person, face_sha256, card) VALUES (?, 'm', ?, ?, 'new', ?, ?, ?, ?, '', ?)",
        (
            order,
            at,
            at,
            step,
            json.dumps(hold) if step == "fed" else None,
            sealer.person_index(NUMBER),
            sealer.seal(NUMBER.encode(), context=f"orders.person.{order}"),
            card,
        ),
    )


@pytest.mark.field_case("B1", "B2")
def test_a_journal_of_0003_is_numbered_from_its_history(tmp_path: Path) -> None:
    journal = open_journal(written_by_0003(tmp_path), tmp_path / "seal.key")
    assert [order.id for order in journal.orders.recent(9)] == [SECOND, FIRST]
    assert [line.id for line in journal.orders.lines(9)] == [SECOND, FIRST]
    shift = journal.stock.last_shift()
    assert shift is not None
    assert shift.event == 5
    newest = journal.history.newest_seq()
    assert [row.count for row in journal.stock.moves(-1, shift.event)] == [10]
    assert [row.count for row in journal.stock.moves(shift.event, newest)] == [5]
    assert (
        journal.stock.blanks_fed(-1, shift.event)
        == journal.stock.blanks_fed(shift.event, newest)
        == {"": 1}
    )
    assert journal.stock.blanks_settled(-1, shift.event)[CardFate.ISSUED] == 1
    assert (journal.stock.blanks_inside(shift.event), journal.stock.blanks_inside(newest)) == (0, 1)
    journal.close()


@pytest.mark.field_case("B3")
def test_what_0003_wrote_is_due_only_after_the_upgrade_has_lasted_that_long(tmp_path: Path) -> None:
    journal = open_journal(written_by_0003(tmp_path), tmp_path / "seal.key")
    since = journal.cards.presented_since(1)
    assert since is not None
    assert since < 60.0  # though the wall clock says months
    hold = journal.orders.one(SECOND).hold
    assert hold == Hold("province-unavailable", {}, None, hold.retry_at if hold else None)
    journal.close()


def test_a_journal_of_0003_goes_on(tmp_path: Path) -> None:
    url = written_by_0003(tmp_path)
    for _ in range(2):
        journal = open_journal(url, tmp_path / "seal.key")
        with journal.transaction("clerk") as change:
            change.apply(MoveBlanks("m", f"load {journal.last_seq}", StockMove.LOADED, 1))
        journal.close()
    journal = open_journal(url, tmp_path / "seal.key")
    with journal.transaction("clerk") as change:
        change.apply(UpdateCard(2, place=CardPlace.OUTPUT_HOPPER, fate=CardFate.ISSUED))
        change.apply(MoveOrder(SECOND, OrderStep.FED, OrderStep.SPOILED, "card-spoiled"))
        change.apply(
            AddOrder("7" * 32, machine="m", reason=OrderReason.NEW, id_number=NUMBER, previous=None)
        )
    assert journal.orders.recent(1)[0].id == "7" * 32
    assert journal.history.verify_chain() == len(EVENTS) + 5
    assert journal.orders.by_request(KEY) == FIRST  # a request of the old version is still known
    journal.close()


@pytest.mark.field_case("E12")
def test_no_digest_that_0003_stored_is_left_in_the_files(tmp_path: Path) -> None:
    url = written_by_0003(tmp_path)
    assert DIGEST.encode() in (tmp_path / "journal.db").read_bytes()
    journal = open_journal(url, tmp_path / "seal.key")
    for file in ("journal.db", "journal.db-wal"):
        content = (tmp_path / file).read_bytes() if (tmp_path / file).exists() else b""
        assert DIGEST.encode() not in content, file
    journal.close()
