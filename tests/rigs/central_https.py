"""Central's carrier behind TLS on a port, with a certificate of a site's own authority."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from station.access.certificates import make_authority, make_server
from station.api.bodies import BodyLimit
from station.api.problem import install_problem_handlers
from station.api.server import Tls, server_config
from station.central import carrying
from station.central.carrying import Carrying, Rights
from station.central.mailbox import TableCarrier
from station.core import fleet


class Everybody(Rights):
    """Whoever asks may do everything: what a suite of the carrier itself needs."""

    def __init__(self) -> None:
        super().__init__("city.hall.any")
        self.inbox = ""

    def may_publish(self, subject: str) -> bool:
        return bool(subject)

    def may_receive(self, stream: str, subject: str) -> bool:
        return stream in fleet.STREAM_SUBJECTS and bool(subject)

    def may_get(self, key: str) -> bool:
        return bool(key)

    def may_put(self, key: str) -> bool:
        return bool(key)


@contextlib.contextmanager
def serving(app: FastAPI) -> Iterator[tuple[str, Path]]:
    """Serve an application behind TLS; gives its address and the authority's certificate."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made) / "tls"
        now = dt.datetime.now(dt.UTC)
        make_authority(folder, now)
        make_server(folder, ["127.0.0.1"], now)
        config = server_config(app, Tls(folder / "station.pem", folder / "station.key"))
        config.lifespan = "off"
        listener = socket.socket()
        listener.bind(("127.0.0.1", 0))
        listener.listen(64)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield "https://{}:{}".format(*listener.getsockname()), folder / "authority.pem"
        finally:
            server.should_exit = True
            thread.join(30.0)


@contextlib.contextmanager
def serving_carrier(tables: TableCarrier, rights: Rights) -> Iterator[tuple[str, ssl.SSLContext]]:
    """Serve the addresses of the carrier alone, to whoever knows the name and password `any`."""
    app = FastAPI()
    known = {("any", "any"): rights}
    app.state.carrying = Carrying(tables, lambda name, password: known.get((name, password)))
    app.include_router(carrying.router)
    install_problem_handlers(app)
    app.add_middleware(BodyLimit)
    with serving(app) as (address, authority):
        yield address, ssl.create_default_context(cafile=authority)
