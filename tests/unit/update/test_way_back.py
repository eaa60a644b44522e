"""A version without a good start is left again, and nothing that it did in the world is lost."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from station.access import open_doors
from station.core.changes import AddEvent, AddOrder
from station.core.errors import ConfigError
from station.core.orders import OrderReason
from station.journal.tables import SCHEMA_VERSION
from station.update.boot import MOST_ATTEMPTS, choose
from station.update.trial import is_good
from station.update.versions import (
    CURRENT,
    FILE,
    RETURNED,
    STAYS,
    Trial,
    Versions,
    end_trial,
    read_versions,
    write_versions,
)
from station.update.way_back import go_back, schema_of
from tests.rigs.journals import journal_in

OLD = SCHEMA_VERSION
NEW = "9999"


def write(folder: Path, order: str) -> None:
    journal = journal_in(folder)
    with journal.transaction("clerk") as change:
        change.apply(
            AddOrder(
                order,
                machine="m",
                reason=OrderReason.NEW,
                id_number=f"41070119900101{len(order):04}",
                previous=None,
            )
        )
        change.apply(AddEvent("", "noted", {}))
    journal.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A journal with an order, and operators: made once, copied for each test."""
    folder = tmp_path_factory.mktemp("made")
    write(folder, "accepted")
    open_doors(folder).close()
    return folder


class State:
    """A state folder with a version on trial, and its journal as it was before."""

    def __init__(self, folder: Path, made: Path) -> None:
        self.folder = folder / "state"
        self.folder.mkdir(mode=0o700)
        self.versions = folder / "versions"
        python = self.versions / "0.2.0/bin/python"
        python.parent.mkdir(parents=True)
        python.touch()
        self.journal = self.folder / "journal.db"
        for file in made.iterdir():
            shutil.copy(file, self.folder)
        copy = self.folder / "before"
        copy.mkdir()
        for name in ("journal.db", "access.db"):
            shutil.copy(self.folder / name, copy / name)
        write_versions(self.folder, Versions("0.2.0", "base", Trial("before", OLD)))

    def write(self, order: str) -> None:
        write(self.folder, order)

    def change(self, *statements: str) -> None:
        with sqlite3.connect(self.journal) as journal:
            for statement in statements:
                journal.execute(statement)
        journal.close()

    def migrate(self) -> None:
        self.change(
            "ALTER TABLE orders ADD COLUMN later TEXT",
            f"UPDATE alembic_version SET version_num = '{NEW}'",  # noqa: S608 - of a test
        )

    def boot(self) -> tuple[Path, bool]:
        return choose(self.folder, self.versions)


@pytest.fixture
def state(tmp_path: Path, made: Path) -> State:
    state = State(tmp_path, made)
    assert schema_of(state.journal) == OLD
    return state


def test_each_start_is_counted_and_the_last_one_goes_back(state: State) -> None:
    new = state.versions / "0.2.0/bin/python"
    for _ in range(MOST_ATTEMPTS):
        assert state.boot() == (new, True)
    state.migrate()
    assert state.boot() == (Path(sys.executable), False)
    chosen = read_versions(state.folder)
    assert (chosen.current, chosen.previous, chosen.outcome) == ("base", "0.2.0", RETURNED)
    assert (state.folder / CURRENT).read_text().strip() == "base"
    assert schema_of(state.journal) == OLD
    state.write("after-the-return")  # the older program opens it


def test_a_good_start_ends_the_trial(state: State) -> None:
    state.boot()
    end_trial(state.folder)
    new = state.versions / "0.2.0/bin/python"
    assert [state.boot() for _ in range(5)] == [(new, False)] * 5


def test_a_version_that_is_not_there_is_left(state: State) -> None:
    shutil.rmtree(state.versions)
    assert state.boot() == (Path(sys.executable), False)


def test_without_a_change_of_schema_the_journal_stays_as_it_is(state: State) -> None:
    state.write("during-the-trial")
    go_back(state.folder, read_versions(state.folder))
    assert count(state.journal) == 2
    assert not list(state.folder.glob("replaced-*"))


@pytest.mark.parametrize(
    "begun",
    [
        "INSERT INTO stock SELECT * FROM stock WHERE 0",
        "UPDATE orders SET step = 'fed'",
        "DELETE FROM orders",
        "DROP TABLE effects",
    ],
)
def test_a_version_that_began_something_is_not_left_without_people(
    state: State, begun: str
) -> None:
    state.migrate()
    state.change("PRAGMA foreign_keys=OFF", begun)
    chosen = go_back(state.folder, read_versions(state.folder))
    if begun.startswith("INSERT"):  # which changes nothing: the comparison is not always "no"
        assert chosen.outcome == RETURNED
        return
    assert (chosen.current, chosen.outcome, chosen.trial) == ("0.2.0", STAYS, None)
    assert schema_of(state.journal) == NEW


def test_operators_of_a_newer_form_go_back_with_the_journal(state: State) -> None:
    state.migrate()
    with sqlite3.connect(state.folder / "access.db") as access:
        access.execute("PRAGMA user_version = 99")
    access.close()
    go_back(state.folder, read_versions(state.folder))
    open_doors(state.folder).close()


@pytest.mark.parametrize("step", range(1, 12))
def test_a_way_back_that_is_cut_off_is_finished_by_the_next_start(
    state: State, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    state.migrate()
    for _ in range(MOST_ATTEMPTS):
        state.boot()
    moves, replaced = 0, Path.replace

    def cut_off(self: Path, target: Path) -> Path:
        nonlocal moves
        moves += 1
        if moves == step:
            raise InterruptedError("power cut")
        return replaced(self, target)

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", cut_off)
        with contextlib.suppress(ConfigError, InterruptedError):
            state.boot()
    assert state.boot() == (Path(sys.executable), False)
    assert schema_of(state.journal) == OLD
    assert count(state.journal) == 1
    assert read_versions(state.folder).current == "base"


def count(journal: Path) -> int:
    with sqlite3.connect(journal) as database:
        (row,) = database.execute("SELECT count(*) FROM orders")
    database.close()
    return int(row[0])


@pytest.mark.parametrize(
    "content", ["{", "[]", '{"current": "../x", "previous": "base", "trial": null}']
)
def test_a_damaged_choice_is_said(state: State, content: str) -> None:
    (state.folder / FILE).write_text(content, encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE):
        state.boot()


def test_a_window_without_updates_runs_the_base(tmp_path: Path) -> None:
    assert choose(tmp_path) == (Path(sys.executable), False)
    assert not list(tmp_path.iterdir())


def view(*, recovered: bool = True, **devices: bool | None) -> Any:  # noqa: ANN401 - a view's part
    seen: dict[str, bool | None] = {
        "printer": True,
        "reader": True,
        "province": True,
        "journal": True,
    }
    seen |= devices
    return SimpleNamespace(
        recovered=recovered,
        devices=[SimpleNamespace(name=name, ok=ok) for name, ok in seen.items()],
    )


def test_a_start_is_good_when_all_that_worked_before_works() -> None:
    assert is_good(view(), frozenset())
    assert not is_good(view(recovered=False), frozenset())
    assert not is_good(view(printer=False), frozenset())
    assert not is_good(view(province=None), frozenset({"province"}))  # nobody has looked yet
    assert is_good(view(province=False), frozenset({"province"}))
    assert not is_good(view(reader=False), frozenset({"province"}))


def test_the_choice_survives_being_written(tmp_path: Path) -> None:
    chosen = Versions("0.2.0", "0.1.0", Trial("before", OLD, 1, ("reader",)), "on-trial")
    write_versions(tmp_path, chosen)
    assert read_versions(tmp_path) == chosen
    end_trial(tmp_path)
    assert read_versions(tmp_path) == replace(chosen, trial=None, outcome="good")
