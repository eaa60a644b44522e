import contextlib
import itertools
import os
import resource
import signal
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from station.core.cards import ChipIdentity
from station.core.changes import (
    AddOrder,
    BeginEffect,
    BindChip,
    EndEffect,
    MoveOrder,
    OpenCard,
    SetGoal,
    SetHold,
    UpdateCard,
)
from station.core.errors import JournalError, OrderConflictError, OrderMovedError, SealKeyError
from station.core.evidence import Completed, FeedBlank, PrintFace
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    Hold,
    OrderReason,
    OrderStep,
)
from station.core.secrets import BankNumber
from station.journal import Journal, Transaction, open_journal, read_journal
from station.journal.schema import MIGRATIONS
from station.journal.tables import SCHEMA_VERSION, metadata
from tests.rigs.journals import journal_in

NUMBER = "410701199003074512"  # invented
PAN = "6227001234567890128"  # invented


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = journal_in(tmp_path)
    yield made
    made.close()


def accept(change: Transaction, order: str = "a" * 32, number: str = NUMBER) -> str:
    change.apply(
        AddOrder(
            order, machine="m", reason=OrderReason.REPLACEMENT, id_number=number, previous=None
        )
    )
    return order


def walk(journal: Journal, order: str, *steps: OrderStep) -> None:
    with journal.transaction("test") as change:
        for before, after in itertools.pairwise(steps):
            change.apply(MoveOrder(order, before, after, "moved"))


S = OrderStep


def test_an_order_comes_back_as_it_was_written(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        order = accept(change)
        change.apply(SetGoal(order, S.RELEASED))
        change.apply(SetHold(order, Hold("media-empty", {"k": "v"}, EffectKind.FEED)))
    record = journal.orders.one(order)
    assert (record.step, record.goal, record.id_number) == (S.ACCEPTED, S.RELEASED, NUMBER)
    assert record.hold == Hold("media-empty", {"k": "v"}, EffectKind.FEED)
    head = journal.orders.head(order)
    assert (head.step, head.goal, head.hold) == (record.step, record.goal, record.hold)
    assert journal.orders.heads_of_person(NUMBER) == [head]


def test_a_block_that_fails_leaves_nothing(journal: Journal) -> None:
    def fail() -> None:
        with journal.transaction("clerk") as change:
            accept(change)
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        fail()
    assert journal.orders.open() == []
    assert journal.last_seq == 0


def test_one_person_has_one_open_order(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        first = accept(change)
    with pytest.raises(OrderConflictError) as caught, journal.transaction("clerk") as change:
        accept(change, "b" * 32)
    assert caught.value.code == "person-has-open-order"
    walk(journal, first, S.ACCEPTED, S.CANCELLED)
    with journal.transaction("clerk") as change:
        accept(change, "b" * 32)


def test_one_machine_holds_one_card(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        first = accept(change)
        second = accept(change, "b" * 32, "410701199003074539")
    walk(journal, first, S.ACCEPTED, S.DATA_READY, S.APPROVED, S.FED)
    with pytest.raises(OrderConflictError) as caught:
        walk(journal, second, S.ACCEPTED, S.DATA_READY, S.APPROVED, S.FED)
    assert caught.value.code == "machine-busy"
    assert journal.orders.one(second).step is S.ACCEPTED


def test_a_move_from_a_step_where_the_order_is_not_is_refused(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        order = accept(change)
    with pytest.raises(OrderMovedError):
        walk(journal, order, S.REPORTED, S.PRINTED)


def test_one_open_intent_per_order_and_one_outcome_per_intent(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        order = accept(change)
        (effect,) = change.apply(BeginEffect(order, FeedBlank()))
    with pytest.raises(JournalError), journal.transaction("clerk") as change:
        change.apply(BeginEffect(order, PrintFace()))
    assert [e.kind for e in journal.effects.open()] == [EffectKind.FEED]
    with journal.transaction("clerk") as change:
        change.apply(EndEffect(effect, EffectState.DONE, Completed()))
    assert journal.effects.open() == []
    with pytest.raises(JournalError), journal.transaction("clerk") as change:
        change.apply(EndEffect(effect, EffectState.NOT_DONE, Completed()))


def test_the_ledger_follows_a_card(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        order = accept(change)
        (card,) = change.apply(OpenCard(order, CardPlace.CHIP_STATION))
        change.apply(
            UpdateCard(card, place=CardPlace.REJECT_BIN, fate=CardFate.REFUSED, reason="x")
        )
    (row,) = journal.cards.of(order)
    assert (row.place, row.fate, row.reason) == (CardPlace.REJECT_BIN, CardFate.REFUSED, "x")
    assert journal.orders.one(order).card == card


def test_nothing_personal_stands_in_the_file(journal: Journal, tmp_path: Path) -> None:
    chip = ChipIdentity("4107", "86", "3.00", "410700", "03", "", BankNumber(PAN))
    with journal.transaction("clerk") as change:
        order = accept(change)
        change.apply(BindChip(order, chip))
    assert journal.orders.one(order).chip == chip
    journal.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("journal.db*"))
    assert NUMBER.encode() not in stored
    assert PAN.encode() not in stored


def test_another_seal_key_opens_nothing(journal: Journal, tmp_path: Path) -> None:
    with journal.transaction("clerk") as change:
        order = accept(change)
    journal.close()
    (tmp_path / "seal.key").write_bytes(bytes(32))
    with pytest.raises(SealKeyError, match="does not open") as refused:
        open_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")
    assert refused.value.code == "seal-key-wrong"
    assert order


@pytest.mark.field_case("A1", "G8")
def test_a_key_that_is_missing_beside_a_filled_journal_is_never_made_anew(
    journal: Journal, tmp_path: Path
) -> None:
    with journal.transaction("clerk") as change:
        accept(change)
    journal.close()
    key = tmp_path / "seal.key"
    saved = key.read_bytes()
    key.unlink()
    for opened in (open_journal, read_journal):
        with pytest.raises(SealKeyError, match=str(key)) as refused:
            opened(f"sqlite:///{tmp_path}/journal.db", key)
        assert refused.value.details == {"file": str(key)}
        assert not key.exists()
    key.write_bytes(saved)
    open_journal(f"sqlite:///{tmp_path}/journal.db", key).close()


@pytest.mark.field_case("A1")
def test_a_journal_that_is_gone_beside_its_key_is_never_made_anew(
    journal: Journal, tmp_path: Path
) -> None:
    journal.close()
    for file in tmp_path.glob("journal.db*"):
        file.unlink()
    with pytest.raises(JournalError, match="is gone") as refused:
        open_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")
    assert refused.value.code == "journal-gone"
    assert not (tmp_path / "journal.db").exists()


@pytest.mark.field_case("F1")
def test_a_look_makes_migrates_and_changes_nothing(journal: Journal, tmp_path: Path) -> None:
    with journal.transaction("clerk") as change:
        order = accept(change)
    journal.close()

    def files() -> dict[str, tuple[bytes, float]]:
        return {f.name: (f.read_bytes(), f.stat().st_mtime) for f in sorted(tmp_path.iterdir())}

    before = files()
    look = read_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")
    assert look.orders.one(order).id == order
    with pytest.raises(JournalError), look.transaction("clerk") as change:
        accept(change)
    look.close()
    assert files() == before
    with pytest.raises(JournalError) as missing:
        read_journal(f"sqlite:///{tmp_path}/elsewhere/journal.db", tmp_path / "seal.key")
    assert missing.value.code == "journal-missing"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.field_case("F1")
def test_a_look_beside_the_running_daemon_sees_its_last_write(
    journal: Journal, tmp_path: Path
) -> None:
    with journal.transaction("clerk") as change:
        order = accept(change)
    look = read_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")
    assert look.orders.one(order).id == order
    look.close()


def test_history_can_only_grow_and_its_chain_verifies(journal: Journal, tmp_path: Path) -> None:
    with journal.transaction("clerk") as change:
        accept(change)
    assert journal.history.verify_chain() == journal.last_seq == 1
    journal.close()
    raw = sqlite3.connect(tmp_path / "journal.db")
    for statement in ("UPDATE events SET actor = 'other'", "DELETE FROM events"):
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute(statement)
    raw.execute("DROP TRIGGER events_no_update")
    raw.execute("UPDATE events SET actor = 'other'")
    raw.commit()
    raw.close()
    again = open_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")
    with pytest.raises(JournalError, match="event 1"):
        again.history.verify_chain()
    again.close()


def test_sqlite_is_durable(journal: Journal) -> None:
    with journal._engine.connect() as connection:
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_the_migrations_make_what_the_tables_say(journal: Journal) -> None:
    assert ScriptDirectory(str(MIGRATIONS)).get_current_head() == SCHEMA_VERSION
    with journal._engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        differences = [
            entry for entry in compare_metadata(context, metadata) if "UtcTime" not in repr(entry)
        ]
    assert differences == []


def test_a_newer_journal_is_refused(journal: Journal, tmp_path: Path) -> None:
    journal.close()
    raw = sqlite3.connect(tmp_path / "journal.db")
    raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.commit()
    raw.close()
    with pytest.raises(JournalError, match="9999"):
        open_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")


@pytest.mark.parametrize("open_it", [open_journal, read_journal])
def test_a_journal_that_is_refused_is_left_closed(
    journal: Journal, tmp_path: Path, open_it: Callable[[str, Path], Journal]
) -> None:
    with journal.transaction("clerk") as change:
        accept(change)
    journal.close()
    (tmp_path / "other.key").write_bytes(os.urandom(32))
    opened: list[sqlite3.Connection] = []

    def note(connection: sqlite3.Connection, record: object) -> None:
        del record
        opened.append(connection)

    sa.event.listen(sa.pool.Pool, "connect", note)
    try:
        with pytest.raises(SealKeyError):
            open_it(f"sqlite:///{tmp_path}/journal.db", tmp_path / "other.key")
    finally:
        sa.event.remove(sa.pool.Pool, "connect", note)
    assert opened
    for one in opened:
        with pytest.raises(sqlite3.ProgrammingError, match="closed"):
            one.execute("SELECT 1")


def test_a_damaged_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "journal.db").write_bytes(b"not a database at all, but long enough" * 100)
    with pytest.raises(JournalError):
        open_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")


def test_listeners_hear_of_what_is_durable_only(journal: Journal) -> None:
    heard: list[int] = []
    journal.on_change(lambda: heard.append(journal.last_seq))

    def fail() -> None:
        with journal.transaction("clerk") as change:
            accept(change)
            raise RuntimeError("power")

    with pytest.raises(RuntimeError):
        fail()
    assert heard == []
    with journal.transaction("clerk") as change:
        accept(change)
    assert heard == [1]


def test_heads_are_what_may_still_run(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        first = accept(change)
        done = accept(change, "b" * 32, "410701199003074539")
    walk(journal, done, S.ACCEPTED, S.CANCELLED)
    assert [(head.id, head.step) for head in journal.orders.heads()] == [(first, S.ACCEPTED)]


@contextlib.contextmanager
def full_disk() -> Iterator[None]:
    """Let no file of this process grow: what SQLite meets is what a full disk gives it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)


def test_a_full_disk_shows_until_something_can_be_written_again(journal: Journal) -> None:
    assert journal.failure == journal.check_writable() == ""
    with full_disk():
        with pytest.raises(JournalError), journal.transaction("clerk") as change:
            accept(change)
        assert journal.failure == journal.check_writable() == "journal-failed"
    assert journal.failure == "journal-failed"
    assert journal.check_writable() == journal.failure == ""
    with journal.transaction("clerk") as change:
        accept(change)


def test_a_disk_that_filled_up_while_nobody_worked_is_found_by_a_check(journal: Journal) -> None:
    with full_disk():
        assert journal.check_writable() == "journal-failed"


def test_a_conflict_is_no_failure_of_the_disk(journal: Journal) -> None:
    with journal.transaction("clerk") as change:
        accept(change)
    with pytest.raises(OrderConflictError), journal.transaction("clerk") as change:
        accept(change, "b" * 32)
    assert journal.failure == ""
