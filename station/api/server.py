"""The HTTP server's own limits: connections that say nothing are closed, and are never too many.

uvicorn waits without end for the head of a request and for the rest of a body that was refused, and
its own limit on connections refuses the newest one, which may be the clerk's page. Here both waits
end, and the oldest connection without a request gives way, whoever holds it.
"""

from __future__ import annotations

import asyncio
import hashlib
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import h11
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from station.api.doors import ACCOUNT, CERTIFICATE
from station.api.problem import problem_response
from station.local_socket import account_of

TAKEN_WITHIN: Final = 60.0  #: seconds for a client to take what waits to be sent
HEAD_WITHIN: Final = 10.0  #: seconds for a request's head, or for the rest of a refused body
MOST_CONNECTIONS: Final = 256
MOST_HEADER_BYTES: Final = 16 * 1024


class BoundedH11Protocol(H11Protocol):
    """One connection."""

    head_within = HEAD_WITHIN
    taken_within = TAKEN_WITHIN
    most_connections = MOST_CONNECTIONS

    def __init__(self, *arguments: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's own
        super().__init__(*arguments, **named)
        self.made_at = self.loop.time()
        self._timer: asyncio.TimerHandle | None = None
        self._unread: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take the connection; close the oldest idle one where there are too many."""
        super().connection_made(transport)
        self.client = caller_of(transport) or self.client
        self._watch(is_owed=True)
        if len(self.connections) > self.most_connections:
            ours = [one for one in self.connections if isinstance(one, BoundedH11Protocol)]
            idle = [one for one in ours if one is not self and one.is_idle]
            oldest = min(idle, key=lambda one: one.made_at, default=self)
            oldest.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the timer."""
        self._watch(is_owed=False)
        self._end_unread()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Give a client that does not read its answer a while, then end the connection.

        Its request is under way, so that the connection would never give way to another one.
        """
        super().pause_writing()
        self._end_unread()
        self._unread = self.loop.call_later(self.taken_within, self.transport.abort)

    def resume_writing(self) -> None:
        """Go on: the client reads."""
        self._end_unread()
        super().resume_writing()

    def _end_unread(self) -> None:
        if self._unread is not None:
            self._unread.cancel()
            self._unread = None

    def data_received(self, data: bytes) -> None:
        """Take what the client sent."""
        super().data_received(data)
        self._watch(is_owed=self._owes_more)

    def on_response_complete(self) -> None:
        """Go on with the next request of this connection."""
        super().on_response_complete()
        self._watch(is_owed=self._owes_more)

    def send_400_response(self, msg: str) -> None:
        """Answer what is not HTTP, as every error is answered, and close the connection."""
        del msg
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):
            self.transport.close()  # an answer is under way already
            return
        answer = problem_response("request-malformed", 400)
        headers = [*answer.raw_headers, (b"cache-control", b"no-store"), (b"connection", b"close")]
        for event in (
            h11.Response(status_code=400, headers=headers, reason=b"Bad Request"),
            h11.Data(data=bytes(answer.body)),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()

    @property
    def is_idle(self) -> bool:
        """Whether no request is under way."""
        return self.cycle is None or self.cycle.response_complete

    @property
    def _owes_more(self) -> bool:
        # Half a head was sent, or a body goes on that was answered already.
        half_a_head = self.conn.their_state is h11.IDLE and bool(self.conn.trailing_data[0])
        return self.is_idle and (half_a_head or self.conn.their_state is h11.SEND_BODY)

    def _watch(self, *, is_owed: bool) -> None:
        # Data that dribbles in does not extend the time.
        if is_owed and self._timer is None:
            self._timer = self.loop.call_later(self.head_within, self._close_if_idle)
        elif not is_owed and self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _close_if_idle(self) -> None:
        if self.is_idle:
            self.transport.close()


def caller_of(transport: asyncio.BaseTransport) -> tuple[str, int] | None:
    """Return who is at the other end by the connection itself; None when it does not say.

    The name can't be an address, so that nobody who connects over TCP has one like it.
    """
    connected = transport.get_extra_info("socket")
    account = None if connected is None else account_of(connected)
    if account is not None:
        return f"{ACCOUNT}{account}", 0
    secured = transport.get_extra_info("ssl_object")
    shown = None if secured is None else secured.getpeercert(binary_form=True)
    return None if shown is None else (f"{CERTIFICATE}{hashlib.sha256(shown).hexdigest()}", 0)


class _Application:
    """An application that keeps what ended its start-up."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.failure: Exception | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as exc:  # raised again; uvicorn logs it and ends with SystemExit
            if scope["type"] == "lifespan":
                self.failure = exc
            raise


class StationServer(uvicorn.Server):
    """A server that also listens at the unix socket of the command line, always without TLS."""

    def __init__(self, config: uvicorn.Config, local: socket.socket | None = None) -> None:
        self._application = _Application(cast("ASGIApp", config.app))
        config.app = self._application
        super().__init__(config)
        self._local = local

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve every socket.

        Raises:
            Exception: What the application's own start-up has raised. uvicorn logs it and ends the
                process.
        """
        try:
            await super().startup(sockets)
        except SystemExit:
            if self._application.failure is None:
                raise
            raise self._application.failure from None
        if self._local is None or self.should_exit:
            return

        def protocol() -> asyncio.Protocol:
            return BoundedH11Protocol(
                config=self.config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
            )

        loop = asyncio.get_running_loop()
        self.servers.append(await loop.create_unix_server(protocol, sock=self._local))


@dataclass(frozen=True, slots=True)
class Tls:
    """Files for TLS.

    Attributes:
        certificate: Of the station.
        key: Its private key.
        client_ca: Who issues the certificates that every caller must show; None: none is asked.
    """

    certificate: Path
    key: Path
    client_ca: Path | None = None


def server_config(app: FastAPI | Callable[..., Any], tls: Tls | None = None) -> uvicorn.Config:
    """Return how the application is served: silent, bounded, and quick to end."""
    ca = None if tls is None else tls.client_ca
    return uvicorn.Config(
        app,
        http=BoundedH11Protocol,
        ws="none",
        h11_max_incomplete_event_size=MOST_HEADER_BYTES,
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
        ssl_certfile=None if tls is None else tls.certificate,
        ssl_keyfile=None if tls is None else tls.key,
        ssl_ca_certs=None if ca is None else str(ca),
        ssl_cert_reqs=ssl.CERT_NONE if ca is None else ssl.CERT_REQUIRED,
    )
