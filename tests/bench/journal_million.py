"""A journal with a million orders, and how long its questions take.

Orders of years: nearly all have ended. Each has a card, its effects, its report and its history.
Every number is sealed as the station seals it; data and photo (of a real size) are there for every
`WHOLE`th order, and random bytes stand for the others: they lie on pages of their own that only
the order's detail reads. The chain's hashes are random. Built once, kept below `build/`.
"""

from __future__ import annotations

import datetime as dt
import itertools
import random
import shutil
import sqlite3
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Final

import httpx
import uvicorn
from fastapi import FastAPI

from station.api import create_app
from station.cli.serve import listen
from station.core.identity import check_digit
from station.core.orders import OrderSearch, OrderStep, WriteBackState
from station.journal import Journal, open_journal, records
from station.journal.sealing import Sealer, open_sealer
from station.journal.tables import SCHEMA_VERSION
from station.production.life.effects import Workbench
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from tests.rigs.batches import batch_service
from tests.rigs.doors import Signed, open_rig_doors
from tests.unit.production.doubles import Bench, production_data

FORM: Final = 2  #: of what is built: grows when the rows below change
WHOLE: Final = 200
PHOTO_BYTES: Final = 30_000
OPEN: Final = 20  #: orders that wait for data
SPOILED_EVERY: Final = 50
OWED: Final = 200
SEED: Final = 1
START: Final = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
CHUNK: Final = 20_000
FIRST_BORN: Final = dt.date(1940, 1, 1)
BORN_ON_A_DAY: Final = 40

EFFECTS: Final = ("feed", "write-chip", "report", "print", "release", "activate")
EVENTS: Final = ("order-accepted", "data-fetched", "approved", "written", "reported", "released")


def built(folder: Path, count: int) -> Path:
    """Return the folder of the journal with `count` orders; builds it when it is not there."""
    made = folder / f"orders-{count}-schema-{SCHEMA_VERSION}-form-{FORM}"
    if not (made / "done").exists():
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
        open_journal(f"sqlite:///{made}/journal.db", made / "seal.key").close()
        with closing(sqlite3.connect(made / "journal.db")) as connection:
            _fill(connection, open_sealer(made / "seal.key", may_make=True), count)
        (made / "done").touch()
    return made


def order_id(number: int) -> str:
    """Return the id of one order; ids are in the order of acceptance."""
    return f"{number:032x}"


def person_number(number: int) -> str:
    """Return the invented holder's number of one order: forty people are born on each day."""
    born = FIRST_BORN + dt.timedelta(days=number // BORN_ON_A_DAY)
    first = f"410702{born:%Y%m%d}{number % BORN_ON_A_DAY + 1:03}"
    return first + check_digit(first)


def day(number: int) -> dt.date:
    """Return the day of one order's acceptance."""
    return (START + dt.timedelta(minutes=3 * number)).date()


def _fill(connection: sqlite3.Connection, sealer: Sealer, count: int) -> None:
    connection.execute("PRAGMA journal_mode=OFF")  # nothing is lost that can't be built again
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-400000")
    rows = _orders(sealer, count)
    indexes = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    with connection:  # indexes are quicker made afterwards than kept meanwhile
        for name, _ in indexes:
            connection.execute(f"DROP INDEX {name}")
        while chunk := list(itertools.islice(rows, CHUNK)):
            connection.executemany(
                "INSERT INTO orders (id, machine, created_at, updated_at, reason, step, goal,"
                " person_index, sealed_person, sealed_data, sealed_photo, face_sha256, card, seq,"
                " day) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                chunk,
            )
        _fill_the_rest(connection, count)
        for _, statement in indexes:
            connection.execute(statement)
    connection.execute("PRAGMA journal_mode=WAL")


def _orders(sealer: Sealer, count: int) -> Iterator[Sequence[object]]:
    chance = random.Random(SEED)
    for number in range(count):
        order, person = order_id(number), person_number(number)
        at = (START + dt.timedelta(minutes=3 * number)).isoformat(timespec="microseconds")
        data, photo = _sealed(sealer, order, person) if number % WHOLE == 0 else (None, None)
        yield (
            order,
            "m",
            at,
            at,
            "replacement",
            _step(number, count),
            "activated",
            sealer.person_index(person),
            records.seal_text(sealer, person, f"orders.person.{order}"),
            data or chance.randbytes(500),
            photo or chance.randbytes(200),
            f"{number:064x}",
            number + 1,
            number + 1,  # the number of its first event, below
            day(number).isoformat(),
        )


def _step(number: int, count: int) -> str:
    if number >= count - OPEN:
        return OrderStep.ACCEPTED.value
    return (OrderStep.ACTIVATED if number % SPOILED_EVERY else OrderStep.SPOILED).value


def _sealed(sealer: Sealer, order: str, person: str) -> tuple[bytes, bytes]:
    data = production_data(person)
    sealed, _ = records.seal_data(sealer, data, order)
    photo = random.Random(order).randbytes(PHOTO_BYTES)
    return sealed, sealer.seal(photo, context=f"orders.photo.{order}")


def _fill_the_rest(connection: sqlite3.Connection, count: int) -> None:
    connection.execute(
        "INSERT INTO cards (id, order_id, AAZ501, place, fate, reason, updated_at)"
        " SELECT card, id, hex(randomblob(16)), 'taken', 'issued', '', created_at FROM orders"
    )
    connection.execute(
        "INSERT INTO write_backs (order_id, outcome, state, attempts, last_error, created_at,"
        " sealed_report) SELECT id, 'issued', CASE WHEN card > ? THEN 'owed' ELSE 'done' END, 1,"
        " '', created_at, randomblob(400) FROM orders",
        (count - OWED,),
    )
    connection.executemany(
        "INSERT INTO effects (order_id, kind, state, intended_at, ended_at, evidence_before,"
        " evidence_after) SELECT id, ?, 'done', created_at, created_at, '{}', '{}' FROM orders",
        [(kind,) for kind in EFFECTS],
    )
    connection.executemany(
        "INSERT INTO events (seq, order_id, at, actor, kind, data, hash) SELECT card + ?, id,"
        " created_at, 'station', ?, '{\"to\": \"activated\"}', hex(randomblob(32)) FROM orders",
        [(position * count, kind) for position, kind in enumerate(EVENTS)],
    )


def query_times(journal: Journal, count: int, runs: int) -> dict[str, list[float]]:
    """Return the seconds of each kind of question, at random places of the list."""
    chance = random.Random(SEED)
    steps = (OrderStep.SPOILED, OrderStep.ACTIVATED, OrderStep.ACCEPTED, OrderStep.CANCELLED)

    def anywhere() -> str:
        return order_id(chance.randrange(count))

    def detail() -> None:
        order = order_id(chance.randrange(count // WHOLE) * WHOLE)
        record = journal.orders.one(order)
        found = (
            record.data,
            journal.cards.of(order),
            journal.effects.of(order),
            journal.effects.open(),
        )
        if not all(found[:3]) or not journal.history.after(0, order=order):
            raise SystemExit(f"order {order} is not whole")

    questions: dict[str, Callable[[], object]] = {
        "list": lambda: journal.orders.lines(50),
        "list_page": lambda: journal.orders.lines(50, anywhere()),
        "list_filtered": lambda: journal.orders.lines(
            50, anywhere(), OrderSearch(step=chance.choice(steps))
        ),
        "detail": detail,
        "engine_turn": journal.orders.heads,
        "outbox": lambda: journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD),
    }
    return {name: [_timed(question) for _ in range(runs)] for name, question in questions.items()}


def http_times(journal: Journal, count: int, runs: int) -> dict[str, list[float]]:
    """Return the seconds of the same questions through the HTTP API, on one kept connection."""
    chance = random.Random(SEED)
    with _served(journal) as client:

        def page() -> None:
            before = order_id(chance.randrange(count))
            client.get(f"/api/v1/orders?limit=50&before={before}").raise_for_status()

        def detail() -> None:
            order = order_id(chance.randrange(count // WHOLE) * WHOLE)
            client.get(f"/api/v1/orders/{order}").raise_for_status()

        return {
            name: [_timed(question) for _ in range(runs)]
            for name, question in (("http_list", page), ("http_detail", detail))
        }


@asynccontextmanager
async def _idle(app: FastAPI) -> AsyncIterator[None]:
    del app  # neither recovery nor the machine's thread runs: only questions are asked
    yield


@contextmanager
def _served(journal: Journal) -> Iterator[httpx.Client]:
    with tempfile.TemporaryDirectory() as folder:
        window = Bench(Path(folder))
        window.journal.close()
    equipment, notifier = window.bench.equipment, Notifier()
    engine = Engine(Workbench(journal, equipment), notifier, random.Random(SEED))
    service = ProductionService(journal, equipment, engine, notifier)
    doors = open_rig_doors(Path(tempfile.mkdtemp()))
    app = create_app(
        service,
        doors=doors,
        batch_service=batch_service(journal, equipment, service, Path(folder)),
        bundle=bytes,
        allowed_hosts=["127.0.0.1"],
        requests_per_second=1e9,
    )
    app.router.lifespan_context = _idle
    listener = listen("127.0.0.1", 0)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    address = f"http://127.0.0.1:{listener.getsockname()[1]}"
    try:
        with Signed(doors, base_url=address, timeout=30.0) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join(10.0)


def _timed(question: Callable[[], object]) -> float:
    started = time.perf_counter()
    question()
    return time.perf_counter() - started
