"""A window on the network: refused without certificates, and who shows which is who calls."""

from __future__ import annotations

import contextlib
import datetime as dt
import socket
import ssl
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI, Request

from station.access import Doors
from station.access.certificates import make_authority, make_client, make_server
from station.access.doors import NOBODY
from station.api.doors import CERTIFICATE, Doorkeeper
from station.api.server import StationServer, Tls, server_config
from station.core.errors import ConfigError
from station.core.people import Role
from station.local_socket import listen_at
from station.settings_tables import ServerSection
from station.web import caller_of
from tests.rigs.doors import open_rig_doors

NOW = dt.datetime.now(dt.UTC)


@pytest.mark.parametrize("host", ["0.0.0.0", "10.1.2.3", "window.example", "::", ""])  # noqa: S104
def test_an_address_of_the_network_is_refused_without_certificates(host: str) -> None:
    with pytest.raises(ConfigError, match="station certificates make"):
        ServerSection(host=host).require_closed()
    half = ServerSection(host=host, certificate=Path("a"), key=Path("b"))
    with pytest.raises(ConfigError, match="client_ca"):
        half.require_closed()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.4.70", "::1", "localhost"])
def test_loopback_needs_none(host: str) -> None:
    ServerSection(host=host).require_closed()
    with pytest.raises(ConfigError, match="belong together"):
        ServerSection(host=host, certificate=Path("a")).require_closed()


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("authority")
    make_authority(folder, NOW)
    make_server(folder, ["127.0.0.1", "window.example"], NOW)
    return folder


def test_keys_are_their_owners_alone_and_never_written_over(authority: Path) -> None:
    for file in authority.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(ConfigError):
        make_authority(authority, NOW)
    for name in ("../outside", ".hidden"):
        with pytest.raises(ConfigError):
            make_client(authority, name, NOW)


@contextlib.contextmanager
def served(folder: Path, authority: Path, doors: Doors) -> Iterator[str]:
    app = FastAPI()

    @app.get("/api/v1/session")
    async def who(request: Request) -> dict[str, str]:
        return {"name": caller_of(request).name}

    app.add_middleware(Doorkeeper, doors=doors)
    tls = Tls(authority / "station.pem", authority / "station.key", authority / "authority.pem")
    listener = socket.create_server(("127.0.0.1", 0))
    server = StationServer(server_config(app, tls), listen_at(folder / "station.sock"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    try:
        yield f"https://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(30.0)


def test_a_server_is_known_by_its_certificate_until_it_is_revoked(
    tmp_path: Path, authority: Path
) -> None:
    doors = open_rig_doors(tmp_path)
    fingerprint = make_client(authority, "hall", NOW)
    doors.clients.add("hall", Role.PROVINCE_SERVER, by="test", certificate=fingerprint)
    trusted = ssl.create_default_context(cafile=str(authority / "authority.pem"))
    with served(tmp_path, authority, doors) as address:
        with (
            httpx.Client(verify=trusted, trust_env=False, timeout=60.0) as nobody,
            pytest.raises(httpx.TransportError),  # no certificate: not even an answer
        ):
            nobody.get(f"{address}/api/v1/session")
        trusted.load_cert_chain(authority / "hall.pem", authority / "hall.key")
        with httpx.Client(verify=trusted, trust_env=False, timeout=60.0) as hall:
            assert hall.get(f"{address}/api/v1/session").json() == {"name": "hall"}
            doors.clients.revoke("hall", by="test")
            assert hall.get(f"{address}/api/v1/session").status_code == 401
    assert doors.by_certificate(fingerprint) is NOBODY
    doors.close()


def test_a_certificate_that_nobody_added_is_nobody(tmp_path: Path, authority: Path) -> None:
    doors = open_rig_doors(tmp_path)
    make_client(authority, "stranger", NOW)
    trusted = ssl.create_default_context(cafile=str(authority / "authority.pem"))
    trusted.load_cert_chain(authority / "stranger.pem", authority / "stranger.key")
    with (
        served(tmp_path, authority, doors) as address,
        httpx.Client(verify=trusted, trust_env=False, timeout=60.0) as stranger,
    ):
        assert stranger.get(f"{address}/api/v1/session").status_code == 401
    doors.close()


def test_the_command_line_is_known_by_its_account_also_beside_tls(
    tmp_path: Path, authority: Path
) -> None:
    deep = tmp_path / ("d" * 120)  # longer than a socket's address
    deep.mkdir()
    doors = open_rig_doors(tmp_path)
    with served(deep, authority, doors):
        assert stat.S_IMODE((deep / "station.sock").stat().st_mode) == 0o600
        from station.local_socket import SocketAddress

        address = SocketAddress(deep / "station.sock")
        with httpx.Client(transport=httpx.HTTPTransport(uds=address.text)) as here:
            name = here.get("http://localhost/api/v1/session").json()["name"]
        address.close()
    assert name.startswith("account:")
    assert CERTIFICATE not in name
    doors.close()
