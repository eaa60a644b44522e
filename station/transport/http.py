"""One HTTP POST over a connection of its own, with one deadline for the whole exchange.

A time-out for each read does not bound an exchange: a server that sends a byte of a header now and
then, or one interim response (1xx) after another, never exceeds it. Here every wait, from the
look-up of the host's name to the last byte of the body, is limited to the time that is left before
the deadline.

Source: RFC 9112; RFC 9110, 15.2 (1xx).
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from dataclasses import dataclass, field
from pathlib import Path
from socket import gaierror
from typing import Any, Final

import certifi
import httpcore

from station.clock import monotonic
from station.core.errors import ConfigError, ConnectionFailure
from station.core.phrases import phrase

TOO_LONG: Final = phrase("link.too-long")
TIMED_OUT: Final = phrase("link.timed-out")
NOT_CONNECTED: Final = phrase("link.not-connected")
CUT: Final = phrase("link.cut")

#: X509_V_ERR_* of OpenSSL.
_EXPIRED: Final = frozenset({9, 10})  # not yet valid, has expired
_NO_ROOT: Final = frozenset({2, 7, 18, 19, 20, 21, 24, 27})
_OTHER_HOST: Final = frozenset({62, 64})
#: Reasons of OpenSSL's errors when the server speaks only SSL 3, TLS 1.0 or 1.1.
_TOO_OLD: Final = frozenset({"UNSUPPORTED_PROTOCOL", "TLSV1_ALERT_PROTOCOL_VERSION"})


class HttpExchangeError(Exception):
    """No complete answer arrived.

    Attributes:
        reason: The cause, for people: a phrase (`station.core.phrases`).
        failure: Why no connection was established, where that is known.
    """

    def __init__(self, reason: str, failure: ConnectionFailure | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.failure = failure


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A complete answer; `repr` does not show the body.

    Attributes:
        status: HTTP status.
        content_type: The header; empty without one.
        body: The complete body.
    """

    status: int
    content_type: str
    body: bytes = field(repr=False)


def trust(ca_file: Path | None) -> ssl.SSLContext:
    """Return a TLS context that trusts the built-in root certificates and those in `ca_file`.

    Takes about 0.2 s.

    Raises:
        ConfigError: See `add_roots`.
    """
    context = ssl.create_default_context(cafile=certifi.where())
    # From 3.13 on, Python refuses a certificate without an Authority Key Identifier. What provinces
    # issue themselves mostly has none; a newer Python must not part a station from its province.
    # Signatures, dates, names and issuers are checked as ever.
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    if ca_file is not None:
        add_roots(context, ca_file)
    return context


def trust_pem(roots: str) -> ssl.SSLContext:
    """Return a TLS context that trusts the certificates in a PEM text; the built-in ones if empty.

    Raises:
        ConfigError: There is no certificate in it.
    """
    if not roots:
        return trust(None)
    try:
        return ssl.create_default_context(cadata=roots)
    except (ssl.SSLError, ValueError) as exc:
        raise ConfigError("fleet: no certificate in PEM in what central has answered") from exc


def add_roots(context: ssl.SSLContext, ca_file: Path) -> None:
    """Let `context` trust the certificates in a file: PEM with one or more, or one in DER.

    Raises:
        ConfigError: The file can't be read, or holds no certificate.
    """
    try:
        content = ca_file.read_bytes().removeprefix(b"\xef\xbb\xbf")
        is_pem = b"-----BEGIN" in content
        context.load_verify_locations(cadata=content.decode("ascii") if is_pem else content)
    except (ssl.SSLError, ValueError) as exc:
        raise ConfigError(f"{ca_file}: no certificate in PEM or DER in it") from exc
    except OSError as exc:
        raise ConfigError(f"{ca_file}: {exc.strerror}") from exc


def post(
    url: str,
    body: bytes,
    headers: Mapping[str, str],
    *,
    timeout: float,
    max_size: int,
    context: ssl.SSLContext | None,
) -> HttpAnswer:
    """Send one POST and return the complete answer. Follows no redirect and uses no proxy.

    Args:
        url: `http` or `https`.
        body: Body of the request.
        headers: Headers without Host and Content-Length.
        timeout: Seconds for the whole exchange.
        max_size: Largest accepted body, bytes.
        context: For `https`; see `trust`.

    Raises:
        HttpExchangeError: No complete answer within the time.
    """
    deadline = monotonic() + timeout
    pool = httpcore.ConnectionPool(ssl_context=context, network_backend=_Backend(deadline))
    sent = [*headers.items(), ("Host", _authority(url)), ("Content-Length", str(len(body)))]
    try:
        with (
            pool,
            pool.stream("POST", url, headers=sent, content=body) as answer,
        ):
            raw = _read(answer.iter_stream(), max_size)
            return HttpAnswer(answer.status, _content_type(answer.headers), raw)
    except httpcore.ConnectError as exc:
        raise _not_connected(exc) from exc
    except httpcore.TimeoutException as exc:
        raise HttpExchangeError(TIMED_OUT) from exc
    except (httpcore.NetworkError, httpcore.ProtocolError) as exc:
        raise HttpExchangeError(CUT) from exc


def _authority(url: str) -> str:
    return url.partition("://")[2].partition("/")[0].partition("?")[0]


def _content_type(headers: Iterable[tuple[bytes, bytes]]) -> str:
    values = [value for name, value in headers if name.lower() == b"content-type"]
    return values[0].decode("latin-1") if values else ""


def _read(chunks: Iterable[bytes], max_size: int) -> bytes:
    raw = bytearray()
    for chunk in chunks:
        raw += chunk
        if len(raw) > max_size:
            raise HttpExchangeError(TOO_LONG)
    return bytes(raw)


def _not_connected(error: httpcore.ConnectError) -> HttpExchangeError:
    cause = next(iter(error.args), None)  # the pool clears `__cause__`
    if isinstance(cause, gaierror | UnicodeError):  # not found, or not a name at all
        return HttpExchangeError(NOT_CONNECTED, ConnectionFailure.HOST_UNKNOWN)
    if isinstance(cause, ssl.SSLCertVerificationError):
        return _explained(cause.verify_message, _certificate_failure(cause.verify_code))
    if isinstance(cause, ssl.SSLError):
        old = cause.reason in _TOO_OLD
        failure = ConnectionFailure.TLS_TOO_OLD if old else ConnectionFailure.TLS_FAILED
        return _explained(cause.reason or "SSL", failure)
    return HttpExchangeError(NOT_CONNECTED)


def _explained(openssl: str, failure: ConnectionFailure) -> HttpExchangeError:
    return HttpExchangeError(phrase("link.refused", reason=openssl), failure)


def _certificate_failure(verify_code: int) -> ConnectionFailure:
    if verify_code in _EXPIRED:
        return ConnectionFailure.CERTIFICATE_EXPIRED
    if verify_code in _NO_ROOT:
        return ConnectionFailure.ROOT_UNKNOWN
    if verify_code in _OTHER_HOST:
        return ConnectionFailure.OTHER_HOST
    return ConnectionFailure.TLS_FAILED


class _Backend(httpcore.NetworkBackend):
    """Opens connections on which every wait ends at the deadline."""

    def __init__(self, deadline: float) -> None:
        self._deadline = deadline

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> _Stream:  # noqa: ANN401 - the rest of httpcore's signature, handed on
        """Connect in a separate thread: the look-up of a name has no time limit."""
        del args, kwargs
        found: Future[httpcore.NetworkStream] = Future()
        dial = threading.Thread(
            target=_dial, args=(found, host, port, self._deadline), name="dial", daemon=True
        )
        dial.start()
        try:
            return _Stream(found.result(_left(self._deadline)), self._deadline)
        except FutureTimeoutError:
            if found.cancel():  # a connection that the thread still opens, it closes
                raise httpcore.ConnectTimeout from None
            return _Stream(found.result(), self._deadline)


def _dial(found: Future[httpcore.NetworkStream], host: str, port: int, deadline: float) -> None:
    try:
        stream = httpcore.SyncBackend().connect_tcp(host, port, timeout=_left(deadline))
    except UnicodeError as exc:
        error: Exception = httpcore.ConnectError(exc)
    except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
        error = exc
    else:
        if found.set_running_or_notify_cancel():
            found.set_result(stream)
        else:
            stream.close()
        return
    if found.set_running_or_notify_cancel():
        found.set_exception(error)


class _Stream(httpcore.NetworkStream):
    """A connection on which every wait ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        del timeout
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        del timeout
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> _Stream:
        del timeout
        secured = self._stream.start_tls(ssl_context, server_hostname, _left(self._deadline))
        return _Stream(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore's signature
        return self._stream.get_extra_info(info)


def _left(
    deadline: float, late: type[httpcore.TimeoutException] = httpcore.ConnectTimeout
) -> float:
    """Return the seconds that are left; raise the time-out when there are none."""
    left = deadline - monotonic()
    if left <= 0:
        raise late
    return left
