import sqlite3
from pathlib import Path

import pytest
import sqlalchemy as sa

from station.core.errors import JournalError
from station.core.orders import CardFate, OrderKind, OrderSearch, OrderStep
from station.journal import Journal, open_journal
from station.journal.schema import check_file, migrate, stored_version
from station.journal.sealing import open_sealer
from station.journal.store import _use_sqlite_durably
from station.journal.tables import metadata

NUMBER = "410701199003074512"  # invented
ORDER = "a" * 32


def written_by_the_first_version(folder: Path) -> str:
    """Make a journal of schema 0001 with one order, its card, effect, report and event."""
    url = f"sqlite:///{folder}/journal.db"
    engine = sa.create_engine(url)
    _use_sqlite_durably(engine)
    migrate(engine, "0001")
    engine.dispose()
    sealer = open_sealer(folder / "seal.key", may_make=True)
    raw = sqlite3.connect(folder / "journal.db")
    raw.execute("PRAGMA foreign_keys=ON")
    at = "2026-01-01T00:00:00.000000+00:00"
    raw.execute(
        "INSERT INTO orders (id, machine, created_at, updated_at, reason, step, person_index, "
        "sealed_person, face_sha256, card) "
        "VALUES (?, 'm', ?, ?, 'replacement', 'fed', ?, ?, '', 1)",
        (
            ORDER,
            at,
            at,
            sealer.person_index(NUMBER),
            sealer.seal(NUMBER.encode(), context=f"orders.person.{ORDER}"),
        ),
    )
    for card, fate, place in ((1, "in-machine", "chip-station"), (2, "spoiled", "reject-bin")):
        raw.execute(
            "INSERT INTO cards VALUES (?, ?, '', ?, ?, '', ?)", (card, ORDER, place, fate, at)
        )
    raw.execute(
        "INSERT INTO effects VALUES (1, ?, 'feed', 'intended', ?, NULL, '{}', '{}')", (ORDER, at)
    )
    raw.execute(
        "INSERT INTO events VALUES (1, ?, ?, 'test', 'order-accepted', '{}', 'x')", (ORDER, at)
    )
    raw.commit()
    raw.close()
    return url


def test_a_journal_of_the_first_version_is_taken_over_whole(tmp_path: Path) -> None:
    url = written_by_the_first_version(tmp_path)
    journal = open_journal(url, tmp_path / "seal.key")
    order = journal.orders.one(ORDER)
    assert (order.id_number, order.step, order.kind) == (NUMBER, OrderStep.FED, OrderKind.FULL)
    assert [card.fate for card in journal.cards.of(ORDER)] == [
        CardFate.IN_MACHINE,
        CardFate.SPOILED,
    ]
    assert [effect.id for effect in journal.effects.open()] == [1]
    day = order.created_at.astimezone().date()
    assert [line.id for line in journal.orders.lines(9, None, OrderSearch(day=day))] == [ORDER]
    with journal._engine.connect() as connection:
        settled = connection.exec_driver_sql("SELECT settled_at IS NULL FROM cards ORDER BY id")
        assert [row[0] for row in settled] == [1, 0]
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1
    with pytest.raises(sa.exc.IntegrityError), journal._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM orders")
    with pytest.raises(sa.exc.IntegrityError), journal._engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM events")
    journal.close()


def test_a_backup_is_made_before_a_migration_and_only_then(tmp_path: Path) -> None:
    url = written_by_the_first_version(tmp_path)
    open_journal(url, tmp_path / "seal.key").close()
    (backup,) = tmp_path.glob("journal.db.0001.*.backup")
    engine = sa.create_engine(f"sqlite:///{backup}")
    assert stored_version(engine) == "0001"
    engine.dispose()
    open_journal(url, tmp_path / "seal.key").close()
    assert len(list(tmp_path.glob("*.backup"))) == 1


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = written_by_the_first_version(tmp_path)
    raw = sqlite3.connect(tmp_path / "journal.db")
    raw.execute("PRAGMA foreign_keys=OFF")
    raw.execute("UPDATE cards SET order_id = 'nobody'")  # a reference that leads nowhere
    raw.commit()
    raw.close()
    with pytest.raises(JournalError, match="cards"):
        open_journal(url, tmp_path / "seal.key")
    engine = sa.create_engine(url)
    assert stored_version(engine) == "0001"
    engine.dispose()


def test_the_migrated_words_are_those_of_the_tables(tmp_path: Path) -> None:
    url = written_by_the_first_version(tmp_path)
    journal = open_journal(url, tmp_path / "seal.key")
    fresh = sa.create_engine("sqlite://")
    metadata.create_all(fresh)
    for table in metadata.tables:
        migrated = sa.inspect(journal._engine).get_check_constraints(table)
        meant = sa.inspect(fresh).get_check_constraints(table)
        assert words(migrated) == words(meant), table
    fresh.dispose()
    journal.close()


def words(checks: list[sa.engine.interfaces.ReflectedCheckConstraint]) -> dict[str, set[str]]:
    return {str(check["name"]): set(check["sqltext"].replace(",", " ").split()) for check in checks}


def test_a_closed_journal_opens_again(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/journal.db"
    for _ in range(2):
        journal: Journal = open_journal(url, tmp_path / "seal.key")
        journal.close()
    assert not list(tmp_path.glob("*.backup"))


def test_a_large_file_is_checked_in_part_at_the_start_and_wholly_on_request(
    tmp_path: Path,
) -> None:
    journal = open_journal(f"sqlite:///{tmp_path}/journal.db", tmp_path / "seal.key")
    raw = sqlite3.connect(tmp_path / "journal.db")
    raw.execute("CREATE TABLE ballast (page BLOB)")
    raw.executemany("INSERT INTO ballast VALUES (zeroblob(60000))", [()] * 400)
    raw.commit()
    raw.close()
    assert not check_file(journal._engine, seconds=0.0)
    assert check_file(journal._engine, seconds=60.0)
    assert journal.orders.lines(1) == []  # nothing is left interrupted
    journal.check_file()
    journal.close()
