"""A schema upgrade that is killed again and again, from schema 0001 and from 0002."""

from __future__ import annotations

import contextlib
import functools
import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from simulators.world import PASSWORD
from station.core.chain import GENESIS, chain_hash
from station.core.identity import check_digit
from station.journal import open_journal
from station.journal.schema import migrate
from station.journal.sealing import open_sealer
from station.journal.tables import SCHEMA_VERSION
from tests.chaos.stage import Scenario, Stage

OLD: Final = ("0001", "0002")
ORDERS: Final = 300  #: in the old journal, so that an upgrade has something to carry over
KILLS_A_JOURNAL: Final = 10  #: then a fresh old journal is laid down
#: Shares of the time until ready: before the first nothing is opened, after the last all is done.
EARLIEST, LATEST = 0.5, 1.2
ENOUGH_KILLS: Final = 50  #: so many must have met both an old and a new journal
START_SECONDS: Final = 60.0


def killed_upgrades(stage: Stage) -> None:
    """Start the daemon on old journals and kill it at a random moment, again and again."""
    world = stage.world
    world.stop_station()  # the machine has one owner
    state = world.folder / "upgrade"
    state.mkdir(exist_ok=True)
    config = world.folder / "upgrade.toml"
    text = world.config.read_text(encoding="utf-8")
    config.write_text(text.replace(str(world.state), str(state)), encoding="utf-8")
    done, opened, left_old, left_new = 0, 0, 0, 0
    version = OLD[0]
    _lay_down(state, version)
    longest = _start(config, None)
    while done < stage.upgrade_kills:
        if opened % KILLS_A_JOURNAL == 0 or _version(state) == SCHEMA_VERSION:
            stage.found += _not_whole(config, state, version)
            version = OLD[done % len(OLD)]
            _lay_down(state, version)
        opened += 1
        done += 1
        _start(config, stage.rng.uniform(EARLIEST, LATEST) * longest)
        left_new += _version(state) == SCHEMA_VERSION
        left_old += _version(state) == version
    stage.found += _not_whole(config, state, version)
    both = left_old > 0 and left_new > 0
    stage.claim(both or done < ENOUGH_KILLS, "never killed both before and after an upgrade")
    world.kills += done
    world.start_station()
    world.wait_until_recovered()


def _start(config: Path, kill_after: float | None) -> float:
    """Start the daemon; kill it after so many seconds, or as soon as it is ready.

    Returns how long it lived.
    """
    command = [sys.executable, "-m", "station", "serve", "--config", str(config)]
    environment = {**os.environ, "STATION_PROVINCE__PASSWORD": PASSWORD}
    began = time.monotonic()
    with subprocess.Popen(
        command,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        text=True,
    ) as daemon:
        if kill_after is None:
            assert daemon.stdout is not None
            line = daemon.stdout.readline()
            if '"ready": true' not in line:
                raise TimeoutError(f"the daemon did not start on an upgraded journal: {line!r}")
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                daemon.wait(kill_after)
        lived = time.monotonic() - began
        with contextlib.suppress(ProcessLookupError):
            os.killpg(daemon.pid, signal.SIGKILL)
    return lived


def _version(state: Path) -> str:
    with contextlib.closing(sqlite3.connect(state / "journal.db", timeout=30)) as journal:
        return str(journal.execute("SELECT version_num FROM alembic_version").fetchone()[0])


def _not_whole(config: Path, state: Path, version: str) -> list[str]:
    """Start once more without a kill; return what the upgrade from `version` has lost."""
    try:
        _start(config, None)
    except TimeoutError as exc:
        return [f"I11 {exc}"]
    journal = open_journal(f"sqlite:///{state / 'journal.db'}", state / "seal.key")
    with contextlib.closing(journal):
        orders = journal.orders.recent(ORDERS * 2)
        cards = journal.cards.all()
        events = journal.history.verify_chain()
    wanted = (ORDERS, ORDERS)
    found = []
    if (len(orders), len(cards)) != wanted:
        found.append(f"I3 an upgrade from {version} left {len(orders)} orders, {len(cards)} cards")
    if events < ORDERS:
        found.append(f"I9 an upgrade from {version} left {events} events of {ORDERS}")
    if {order.id_number for order in orders} != set(_people()):
        found.append(f"I3 an upgrade from {version} changed whom orders are for")
    return found


def _lay_down(state: Path, version: str) -> None:
    """Make a journal of an old schema, with orders that have ended."""
    for file in state.iterdir():
        file.unlink()
    engine = sa.create_engine(f"sqlite:///{state / 'journal.db'}")
    migrate(engine, OLD[0])
    sealer = open_sealer(state / "seal.key", may_make=True)
    at, previous = "2026-01-01T00:00:00.000000+00:00", GENESIS
    orders: list[tuple[Any, ...]] = []
    cards: list[tuple[Any, ...]] = []
    events: list[tuple[Any, ...]] = []
    for number, person in enumerate(_people(), 1):
        order = f"{number:032x}"
        sealed = sealer.seal(person.encode(), context=f"orders.person.{order}")
        orders.append((order, at, at, sealer.person_index(person), sealed))
        cards.append((number, order, at))
        previous = chain_hash(previous, number, order, at, "clerk", "order-accepted", {})
        events.append((number, order, at, previous))
    with contextlib.closing(sqlite3.connect(state / "journal.db")) as raw:
        raw.execute("PRAGMA journal_mode=WAL")
        raw.executemany(
            "INSERT INTO orders (id, machine, created_at, updated_at, reason, step, person_index,"
            " sealed_person, face_sha256)"
            " VALUES (?, 'window-1', ?, ?, 'replacement', 'cancelled', ?, ?, '')",
            orders,
        )
        raw.executemany(
            "INSERT INTO cards VALUES (?, ?, '', 'reject-bin', 'refused', 'card-mute', ?)", cards
        )
        raw.executemany(
            "INSERT INTO events VALUES (?, ?, ?, 'clerk', 'order-accepted', '{}', ?)", events
        )
        raw.commit()
    if version != OLD[0]:
        migrate(engine, version)
    engine.dispose()


@functools.cache
def _people() -> tuple[str, ...]:
    stems = [
        f"4107981960{number // 28 + 1:02d}{number % 28 + 1:02d}{number:03d}"
        for number in range(ORDERS)
    ]
    return tuple(stem + check_digit(stem) for stem in stems)


SCENARIOS: Final = (Scenario("upgrade killed again and again", killed_upgrades),)
