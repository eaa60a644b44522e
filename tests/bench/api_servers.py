"""The two servers of `make bench-api`: the station's application, and a bare FastAPI route.

    python -m tests.bench.api_servers record FOLDER COUNT   what each request asks of SQLite
    python -m tests.bench.api_servers ours FOLDER
    python -m tests.bench.api_servers bare FOLDER STATEMENTS

Both are served by uvicorn on one kept connection for each client. The station's machine does not
run: only requests are measured. The bare route carries out the statements that the station's
application was seen to carry out for such a request, on a copy of the same journal, with the
journal's pragmas, and answers with their rows (of bytes, the length): it knows no caller, seals
nothing, checks nothing.
"""

from __future__ import annotations

import asyncio
import json
import pickle
import random
import socket
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

import httpx
import sqlalchemy as sa
import uvicorn
from fastapi import FastAPI

from station.access import Doors
from station.api import create_app
from station.api.server import server_config
from station.cli.serve import listen
from station.cli.startup import collect_again
from station.journal import Journal, open_journal
from station.production.life.effects import Workbench
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from tests.bench.api_requests import Request, requests_of
from tests.rigs.batches import batch_service
from tests.rigs.doors import OPERATOR, open_rig_doors
from tests.unit.production.doubles import Bench

Statement = tuple[str, tuple[Any, ...]]
BEGIN: Final = "BEGIN IMMEDIATE"
READS: Final = "BEGIN"  #: of one query: SQLite begins by itself
LAST_OF_A_CHANGE: Final = "UPDATE age"
PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")


def application(folder: Path) -> tuple[FastAPI, Journal, Doors]:
    """Return the station's application over the journal of a folder."""
    window = Bench(folder / "window")
    window.journal.close()
    journal = open_journal(f"sqlite:///{folder}/journal.db", folder / "seal.key")
    equipment, notifier = window.bench.equipment, Notifier()
    journal.on_change(notifier.ring)
    engine = Engine(Workbench(journal, equipment), notifier, random.Random(1))
    service = ProductionService(journal, equipment, engine, notifier)
    doors = open_rig_doors(folder)
    app = create_app(
        service,
        doors=doors,
        batch_service=batch_service(journal, equipment, service, folder),
        bundle=bytes,
        allowed_hosts=["127.0.0.1"],
        requests_per_second=1e9,
    )
    app.router.lifespan_context = _idle
    return app, journal, doors


@asynccontextmanager
async def _idle(app: FastAPI) -> AsyncIterator[None]:
    del app  # neither recovery nor the machine's thread runs: only requests are measured
    yield


def record(folder: Path, count: int) -> dict[str, list[list[Statement]]]:
    """Carry out `count` requests of each kind; returns their statements."""
    app, journal, doors = application(folder)
    kept: list[Statement] = []

    @sa.event.listens_for(journal._engine, "before_cursor_execute")
    def _hear(*heard: Any) -> None:  # noqa: ANN401 - SQLAlchemy's signature
        statement, values = heard[2:4]
        kept.append((statement, tuple(map(_plain, values))))

    badge = {"Authorization": f"Bearer {doors.sessions.open(OPERATOR).token}"}
    found: dict[str, list[list[Statement]]] = {}

    async def ask() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(
            transport=transport, base_url="http://127.0.0.1", trust_env=False
        ) as client:
            for kind, requests in requests_of(folder, count, "recorded").items():
                found[kind] = [await _kept(client, one) for one in requests]

    async def _kept(client: httpx.AsyncClient, one: Request) -> list[Statement]:
        kept.clear()
        headers = badge | dict(one.headers)
        answer = await client.request(one.method, one.path, json=one.body, headers=headers)
        answer.raise_for_status()
        return [one for one in kept if one[0] != READS]

    asyncio.run(ask())
    journal.close()
    doors.close()
    return found


def _plain(value: Any) -> Any:  # noqa: ANN401 - what a driver takes
    return bytes(value) if isinstance(value, memoryview) else value


def bare(folder: Path, statements: Path) -> FastAPI:
    """Return an application that carries out recorded statements, one request's for each call."""
    seen: dict[str, list[list[Statement]]] = pickle.loads(statements.read_bytes())  # noqa: S301 - ours
    local = threading.local()
    writing = threading.Lock()
    app = FastAPI()

    def connection() -> sqlite3.Connection:
        if not hasattr(local, "connection"):
            local.connection = sqlite3.connect(folder / "journal.db", isolation_level=None)
            for pragma in PRAGMAS:
                local.connection.execute(f"PRAGMA {pragma}")
        return local.connection  # type: ignore[no-any-return]

    @app.get("/{kind}/{number}")
    def carry_out(kind: str, number: int) -> list[list[Any]]:
        rows: list[list[Any]] = []
        database, inside = connection(), False
        try:
            for statement, values in seen[kind][number]:
                if statement == BEGIN:
                    writing.acquire()
                    inside = True
                rows += database.execute(statement, values).fetchall()
                if statement.startswith(LAST_OF_A_CHANGE):
                    database.execute("COMMIT")
                    writing.release()
                    inside = False
        finally:
            if inside:
                writing.release()
        return [[len(one) if isinstance(one, bytes) else one for one in row] for row in rows]

    return app


def serve(config: uvicorn.Config, told: dict[str, Any], listener: socket.socket) -> None:
    """Serve until the process is ended; the first line says where."""
    told = {"ready": True, "port": listener.getsockname()[1], **told}
    sys.stdout.write(json.dumps(told) + "\n")
    sys.stdout.flush()
    collect_again()  # as the daemon does: what was made up to here is not looked through again
    uvicorn.Server(config).run(sockets=[listener])


def main(arguments: list[str]) -> int:
    """Carry out one of the commands above."""
    command, folder = arguments[0], Path(arguments[1])
    if command == "record":
        found = record(folder, int(arguments[2]))
        (folder / "statements").write_bytes(pickle.dumps(found))
        sys.stdout.write('{"ready": true}\n')
        return 0
    listener = listen("127.0.0.1", 0)
    listener.listen(256)
    if command == "ours":
        app, _, doors = application(folder)
        tokens = [doors.sessions.open(OPERATOR).token for _ in range(20)]
        serve(server_config(app), {"tokens": tokens}, listener)
    else:
        bare_app = bare(folder, Path(arguments[2]))
        serve(uvicorn.Config(bare_app, log_config=None, access_log=False), {}, listener)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
