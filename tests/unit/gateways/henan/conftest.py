"""A scripted province, and a gateway that asks it."""

import http.server
import threading
from collections.abc import Iterator

import pytest

from station.core.gateways import (
    ProvinceGateway,
)
from tests.unit.gateways.henan.scripted_province import Script, handler, opened


@pytest.fixture
def script() -> Iterator[Script]:
    script = Script()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler(script))
    script.url = f"http://127.0.0.1:{server.server_port}/services/CardService"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield script
    finally:
        script.silence.set()
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def gateway(script: Script) -> Iterator[ProvinceGateway]:
    with opened(script.url) as client:
        yield client
