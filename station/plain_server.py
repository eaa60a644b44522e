"""A small web server for one person at this PC, while there is no station to serve the pages.

It needs nothing but Python's own library, so that it also runs where a part of the station can't be
used. It answers one request at a time, on a loopback address only, and only for a request that
names this PC as its host; a form must come from a page of its own. Whoever may not see its pages
without a code gets a code in the address that is printed on the terminal.
"""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Final
from urllib.parse import parse_qsl, urlsplit

from station.core.errors import ConfigError

LOOPBACK: Final = "127.0.0.1"
MOST_BYTES: Final = 64 * 1024  #: of a form
SECONDS: Final = 10.0  #: for one request to arrive
_HOSTS: Final = frozenset({LOOPBACK, "localhost"})
_SAFE: Final = (
    ("Cache-Control", "no-store"),
    (
        "Content-Security-Policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'",
    ),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request.

    Attributes:
        path: Without the query.
        form: Fields of the form; None for a request that only reads.
    """

    path: str
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent back."""

    text: str
    status: int = HTTPStatus.OK
    kind: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)


class PlainServer:
    """Serves what `answer` returns, from the call of `start` or `run` until `stop`.

    Args:
        port: TCP port; 0 takes a free one.
        answer: Called for every request, never by two threads at once.
        with_code: Whether the address carries a code without which nothing is shown.

    Raises:
        ConfigError: The port can't be used.
    """

    def __init__(
        self, port: int, answer: Callable[[Asked], Answer], *, with_code: bool = False
    ) -> None:
        self._answer = answer
        self._code = secrets.token_urlsafe(18) if with_code else ""
        try:
            self._server = HTTPServer((LOOPBACK, port), self._handler())
        except OSError as exc:
            raise ConfigError(f"{LOOPBACK}:{port}: {exc.strerror}") from exc
        self._thread: threading.Thread | None = None

    @property
    def address(self) -> str:
        """Address of the first page, with the code where there is one."""
        return f"http://{LOOPBACK}:{self._server.server_address[1]}/{self._code}"

    def start(self) -> None:
        """Serve in a thread of its own."""
        self._thread = threading.Thread(target=self.run, name="plain-server", daemon=True)
        self._thread.start()

    def run(self) -> None:
        """Serve in this thread until `stop` is called by another one."""
        self._server.serve_forever(poll_interval=0.2)

    def stop(self) -> None:
        """Stop serving, and release the port."""
        self._server.shutdown()
        if self._thread is not None:
            self._thread.join()
        self._server.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            timeout = SECONDS

            def do_GET(self) -> None:
                """Answer a request that only reads."""
                server.reply(self, None)

            def do_POST(self) -> None:
                """Answer a form."""
                length = self.headers.get("Content-Length", "")
                if not length.isdecimal() or int(length) > MOST_BYTES:
                    self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                    return
                sent = self.rfile.read(int(length)).decode("utf-8", errors="replace")
                server.reply(self, dict(parse_qsl(sent, keep_blank_values=True)))

            def log_message(self, *_: object) -> None:
                """Write nothing: the address may hold the code."""

        return Handler

    def reply(self, request: BaseHTTPRequestHandler, form: Mapping[str, str] | None) -> None:
        """Check where a request comes from, and send the answer."""
        host = request.headers.get("Host", "")
        if urlsplit(f"//{host}").hostname not in _HOSTS:
            request.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return
        if form is not None and request.headers.get("Origin") != f"http://{host}":
            request.send_error(HTTPStatus.FORBIDDEN)
            return
        path = urlsplit(request.path).path
        if self._code:
            if not secrets.compare_digest(path.encode(), f"/{self._code}".encode()):
                request.send_error(HTTPStatus.NOT_FOUND)
                return
            path = "/"
        answer = self._answer(Asked(path, form))
        body = answer.text.encode()
        request.send_response(answer.status)
        request.send_header("Content-Type", answer.kind)
        request.send_header("Content-Length", str(len(body)))
        for name, value in (*_SAFE, *answer.headers.items()):
            request.send_header(name, value)
        request.end_headers()
        request.wfile.write(body)
