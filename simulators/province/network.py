"""Real HTTP listeners that can be closed and opened again, and connections that can be cut."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import Any, Final, cast

import uvicorn
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from simulators.province.exchange import Answer, CardService
from simulators.province.wire import MAX_REQUEST_BYTES

#: Seconds between two pieces of an answer that never ends.
PIECE_EVERY: Final = 0.02
#: Name of the connection's transport in the scope of a request.
TRANSPORT: Final = "province.transport"
READY_TIMEOUT: Final = 10.0


class CuttableProtocol(H11Protocol):
    """HTTP whose handlers may take control of the connection."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hand the transport to the application with every request."""
        super().connection_made(transport)
        inner = cast("ASGIApp", self.app)

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope[TRANSPORT] = transport
            await inner(scope, receive, send)

        self.app = cast("Any", app)


class CardServiceEndpoint:
    """The service as an ASGI application: calls by POST, its description by GET."""

    def __init__(self, service: CardService) -> None:
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a lost answer closes the connection without a byte."""
        request = Request(scope, receive)
        if request.method == "GET":
            wire = self._service.wire
            page = wire.describe(request.url.query, str(request.url.replace(query="")))
            if page is not None:
                kind = f"{wire.media_type}; charset=utf-8"
                await Response(page, media_type=kind)(scope, receive, send)
                return
        if request.method != "POST":
            await Response(status_code=405, headers={"Allow": "POST"})(scope, receive, send)
            return
        body = await _read_bounded(request)
        answer = await run_in_threadpool(self._service.handle, body, request.headers)
        transport: asyncio.Transport = scope[TRANSPORT]
        first, again = answer.endless
        if again:
            transport.write(first)
            while not transport.is_closing():
                transport.write(again)
                await asyncio.sleep(PIECE_EVERY)
        if answer.is_lost or again:
            transport.abort()
            # The connection must be closed before the server can send an answer of its own.
            while (await receive())["type"] != "http.disconnect":
                continue
            return
        told = {"Content-Type": answer.content_type}
        await Response(answer.body, answer.status, told)(scope, receive, send)
        if answer.is_doubled:
            transport.write(_raw(answer))


async def _read_bounded(request: Request) -> bytes:
    """Read a body, but not much more of it than permitted."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MAX_REQUEST_BYTES:
            break
    return bytes(body)


def _raw(answer: Answer) -> bytes:
    head = (
        f"HTTP/1.1 {answer.status} OK\r\ncontent-type: {answer.content_type}\r\n"
        f"content-length: {len(answer.body)}\r\n\r\n"
    )
    return head.encode("ascii") + answer.body


class _Server(uvicorn.Server):
    """Reports when it accepts connections, and can stop accepting at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    def shut(self) -> None:
        """Close the listening socket now; requests in progress may end."""
        closed = threading.Event()

        def close() -> None:
            for server in self.servers:
                server.close()
            closed.set()

        if self._loop is not None:
            self._loop.call_soon_threadsafe(close)
            closed.wait(READY_TIMEOUT)
        self.should_exit = True


class Listener:
    """One address on which an application is served from a separate thread."""

    def __init__(self, app: ASGIApp, host: str, port: int) -> None:
        self._app = app
        self._host = host
        self.port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._changing = threading.Lock()

    @property
    def url(self) -> str:
        """The address without a path."""
        return f"http://{self._host}:{self.port}"

    def open(self) -> None:
        """Listen. Does nothing when it listens already.

        Raises:
            OSError: The address is taken.
        """
        with self._changing:
            if self._server is None or self._server.should_exit:
                self._finish()
                self._start()

    def _start(self) -> None:
        listening = socket.create_server((self._host, self.port))
        # Inherited by each connection: an answer's second packet must not wait for Nagle.
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(
            self._app,
            http=CuttableProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            timeout_graceful_shutdown=1,
        )
        server = _Server(config)
        self._thread = threading.Thread(
            target=server.run, args=([listening],), name=f"http-{self.port}", daemon=True
        )
        self._thread.start()
        if not server.ready.wait(READY_TIMEOUT):
            raise OSError(f"{self.url}: the server did not start")
        self._server = server

    def shut(self) -> None:
        """Refuse connections from now on; the port number is kept for `open`."""
        with self._changing:
            if self._server is not None and not self._server.should_exit:
                self._server.shut()

    def close(self) -> None:
        """Refuse connections, and wait until all requests in progress have ended or were cut."""
        self.shut()
        with self._changing:
            self._finish()

    def _finish(self) -> None:
        if self._thread is not None:
            self._thread.join()
        self._server = self._thread = None
