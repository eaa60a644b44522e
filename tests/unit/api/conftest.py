"""The API over the in-memory window, served as the daemon serves it."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn

from station.api import create_app
from station.api.server import server_config
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.services.service import ProductionService
from station.ui import install_pages
from tests.unit.production.doubles import Bench

PAIRED = "https://card.province.example"


@dataclass(frozen=True, slots=True)
class Served:
    """A served window."""

    bench: Bench
    service: ProductionService
    host: str
    port: int
    client: httpx.Client


@contextlib.contextmanager
def serving(folder: Path) -> Iterator[Served]:
    """Serve a window in memory on a free port."""
    bench = Bench(folder)
    notifier = Notifier()
    bench.journal.on_change(notifier.ring)
    engine = Engine(bench.bench, notifier, random.Random(1))
    service = ProductionService(bench.journal, bench.bench.equipment, engine, notifier)
    app = create_app(
        service,
        allowed_hosts=["127.0.0.1"],
        paired_origins=[PAIRED],
        install_pages=lambda made: install_pages(made, window="窗口一"),
    )
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    server = uvicorn.Server(server_config(app))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    host, port = listener.getsockname()
    try:
        with httpx.Client(base_url=f"http://{host}:{port}", trust_env=False, timeout=30.0) as made:
            yield Served(bench, service, host, port, made)
    finally:
        server.should_exit = True
        thread.join(30.0)
        service.stop()
        bench.journal.close()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as made:
        yield made
