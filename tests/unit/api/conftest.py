"""The API over the in-memory window, served as the daemon serves it."""

from __future__ import annotations

import contextlib
import dataclasses
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI

from station.access import Doors
from station.api import create_app
from station.api.server import server_config
from station.log_shown import shown_log
from station.logs import LAST_LINES
from station.pc_facts import PcFacts
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.settings import load_settings
from station.settings_shown import shown_settings
from station.ui import install_pages
from station.ui.technician import TechnicianSources
from station.web import COOKIE, CSRF_HEADER
from tests.rigs.batches import batch_service
from tests.rigs.doors import Signed, open_rig_doors
from tests.unit.production.doubles import Bench

CONFIG = Path(__file__).parents[3] / "config" / "station.toml"
PAIRED = "https://card.province.example"


@dataclass(frozen=True, slots=True)
class Served:
    """A served window."""

    bench: Bench
    service: ProductionService
    host: str
    port: int
    client: Signed
    doors: Doors
    app: FastAPI

    @property
    def signed(self) -> str:
        """Host and badge, as lines of a head that is written by hand."""
        return "\r\n".join((f"Host: {self.host}:{self.port}", *self.badge, ""))

    @property
    def badge(self) -> tuple[str, str]:
        """The header lines of a request that is written by hand, from the logged-in browser."""
        session = self.client.session
        return f"Cookie: {COOKIE}={session.token}", f"{CSRF_HEADER}: {session.csrf}"


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a window in memory on a free port."""
    bench = Bench(folder)
    notifier = Notifier()
    bench.journal.on_change(notifier.ring)
    engine = Engine(bench.bench, notifier, random.Random(1))
    service = ProductionService(bench.journal, bench.bench.equipment, engine, notifier)
    doors = open_rig_doors(folder)
    shown = load_settings(CONFIG)
    section = shown.station.model_copy(update={"state_dir": folder})
    settings = shown.model_copy(update={"station": section})
    sources = TechnicianSources(
        trace=bench.bench.equipment.trace,
        log=lambda: shown_log(LAST_LINES.lines()),
        settings=lambda: dataclasses.replace(shown_settings(shown), file="config/station.toml"),
        pc=PcFacts(settings),
    )
    app = create_app(
        service,
        doors=doors,
        batch_service=batch_service(bench.journal, bench.bench.equipment, service, folder),
        bundle=lambda: b"PK of a test",
        allowed_hosts=["127.0.0.1"],
        paired_origins=[PAIRED],
        install_pages=lambda made: install_pages(made, window="窗口一", sources=sources),
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    server = uvicorn.Server(server_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    host, port = listener.getsockname()
    try:
        with Signed(doors, base_url=f"http://{host}:{port}", timeout=120.0) as made:
            yield Served(bench, service, host, port, made, doors, app)
    finally:
        server.should_exit = True
        thread.join(30.0)
        service.stop()
        doors.close()
        bench.journal.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as made:
        yield made
