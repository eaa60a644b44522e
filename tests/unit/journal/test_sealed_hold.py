"""What the province says about a person is in no clear byte of the journal."""

from __future__ import annotations

import json
import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from station.core.changes import AddOrder, MoveOrder, SetHold
from station.core.orders import Hold, OrderReason, OrderStep
from station.journal import Journal
from station.journal.schema import migrate
from station.journal.sealing import open_sealer
from station.journal.store import _use_sqlite_durably
from tests.rigs.journals import journal_in

ORDER = "a" * 32
NUMBER = "410701199003074512"  # invented
NAME, GROUPS, PHONE = "欧阳震", "410701 1990 0307 4512", "139-0000-0000"
TEXT = f"{NAME}（{GROUPS}，电话 {PHONE}）资料不符"


def journal_at(folder: Path) -> Journal:
    return journal_in(folder)


def accept(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        change.apply(
            AddOrder(ORDER, machine="m", reason=OrderReason.NEW, id_number=NUMBER, previous=None)
        )


def files(folder: Path) -> bytes:
    """Return what is on the disk, but not the key and the copy that an upgrade makes before it."""
    kept = (folder / f"journal.db{end}" for end in ("", "-wal", "-shm"))
    return b"".join(file.read_bytes() for file in kept if file.exists())


def spoken(text: str) -> list[bytes]:
    """Return the text's bytes as they would stand in a file, in clear or as JSON."""
    return [text.encode(), json.dumps(text).strip('"').encode()]


@pytest.mark.field_case("E14")
@pytest.mark.parametrize("detail", ["province_text", "character"])
def test_free_text_is_sealed_with_the_order_and_history_keeps_the_code(
    tmp_path: Path, detail: str
) -> None:
    journal = journal_at(tmp_path)
    accept(journal)
    hold = Hold("province-refused", {detail: TEXT, "native_code": "17"})
    with journal.transaction("station") as change:
        change.apply(SetHold(ORDER, hold))
    assert journal.orders.one(ORDER).hold == hold
    assert [line.hold for line in journal.orders.lines(9)] == [hold]
    assert [head.hold for head in journal.orders.heads()] == [
        Hold("province-refused", {"native_code": "17"})
    ]
    held = journal.history.last(ORDER, "held")
    assert held is not None
    assert held.data == {"code": "province-refused", "native_code": "17"}
    journal.close()
    content = files(tmp_path)
    assert b"province-refused" in content
    for told in (NAME, GROUPS, PHONE, TEXT):
        assert not [form for form in spoken(told) if form in content]


@pytest.mark.field_case("E14")
def test_free_text_goes_with_its_hold(tmp_path: Path) -> None:
    journal = journal_at(tmp_path)
    accept(journal)
    with journal.transaction("station") as change:
        change.apply(SetHold(ORDER, Hold("province-refused", {"province_text": TEXT})))
    with journal.transaction("clerk") as change:
        change.apply(SetHold(ORDER, None))
    assert journal.orders.one(ORDER).hold is None
    with journal.transaction("station") as change:
        change.apply(SetHold(ORDER, Hold("province-refused", {"province_text": TEXT})))
        change.apply(MoveOrder(ORDER, OrderStep.ACCEPTED, OrderStep.CANCELLED, "cancelled"))
    journal.close()
    with sqlite3.connect(tmp_path / "journal.db") as raw:
        assert raw.execute("SELECT hold, sealed_hold FROM orders").fetchall() == [(None, None)]
    raw.close()


@pytest.mark.field_case("E14")
def test_what_0005_kept_in_clear_is_gone_after_the_upgrade(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"
    engine = sa.create_engine(url)
    _use_sqlite_durably(engine)
    migrate(engine, "0005")
    engine.dispose()
    sealer = open_sealer(tmp_path / "seal.key", may_make=True)
    hold = {
        "code": "data-withdrawn",
        "details": {"province_text": TEXT, "native_code": "17"},
        "effect": None,
        "retry_at": None,
    }
    at = "2026-01-01T00:00:00.000000+00:00"
    raw = sqlite3.connect(tmp_path / "journal.db")
    raw.execute(
        "INSERT INTO orders (id, machine, created_at, updated_at, reason, step, hold, person_index,"
        " sealed_person, face_sha256, seq)"
        " VALUES (?, 'm', ?, ?, 'new', 'accepted', ?, ?, ?, '', 1)",
        (
            ORDER,
            at,
            at,
            json.dumps(hold),
            sealer.person_index(NUMBER),
            sealer.seal(NUMBER.encode(), context=f"orders.person.{ORDER}"),
        ),
    )
    raw.commit()
    raw.close()
    journal = journal_at(tmp_path)
    assert journal.orders.one(ORDER).hold == Hold("data-withdrawn", {"native_code": "17"})
    journal.close()
    content = files(tmp_path)
    assert not [form for form in spoken(TEXT) if form in content]
