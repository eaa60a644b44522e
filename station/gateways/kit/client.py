"""An HTTP client for a province: one POST per exchange, no personal data kept.

A call that only reads is repeated when no answer came; one with an effect never is
(docs/decisions/0019-reads-are-repeated.md).

Every exchange has a connection of its own and one deadline. On a kept connection, an answer that a
proxy sends twice would be taken for the next exchange's (a write-back's OK, say), and a server that
drops idle connections would turn a plain call into an unknown outcome.

An answer is a success or a refusal only when the dialect lists it as one. With any other answer the
request may have taken effect: a server may commit and then fail to report it.
"""

from __future__ import annotations

import collections
import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import urlsplit

import tenacity

from station.clock import SystemClock, monotonic
from station.core.errors import (
    AnswerProblem,
    ConfigError,
    ConnectionFailure,
    GatewayAnswerError,
    GatewayError,
    GatewayUnavailableError,
)
from station.core.gateways import GatewaySettings
from station.core.masking import without_personal_data
from station.core.phrases import phrase
from station.core.wire_trace import WireExchange, WireKind, WireTrace
from station.gateways.kit import MAX_ANSWER_SIZE
from station.gateways.kit.outline import outline

if TYPE_CHECKING:
    import ssl

    from station.transport.http import HttpAnswer

logger = logging.getLogger(__name__)

#: Headers of every exchange; the dialect adds the content type of its body.
HEADERS: Final = {
    "Accept-Encoding": "identity",  # so that the size limit counts the transferred bytes
    "Connection": "close",
}
KEPT_EXCHANGES: Final = 50
#: Of a call that only reads: how often it is tried, and the pauses in between, in seconds.
READ_TRIES: Final = 3
READ_PAUSE: Final = 0.1
LONGEST_PAUSE: Final = 0.5

OK: Final = 200
SERVER_ERROR: Final = 500  # also the status of every SOAP fault (SOAP 1.1, 6.2)
#: Time-out, too many requests, and answers of a proxy that can't reach the server.
NOT_REACHED: Final = frozenset({408, 429, 502, 503, 504})
STATUS_PROBLEMS: Final = {
    **dict.fromkeys((401, 403, 407), AnswerProblem.LOGIN),
    **dict.fromkeys((404, 405, 410), AnswerProblem.NOT_FOUND),
    **dict.fromkeys(range(300, 400), AnswerProblem.REDIRECTED),
}

R = TypeVar("R")


class HttpClient(ABC, Generic[R]):
    """The common part of every gateway over HTTP. Safe to use from several threads.

    `R` is the dialect's reply.
    """

    def __init__(
        self,
        settings: GatewaySettings,
        headers: Mapping[str, str],
        *,
        carry: Callable[[bytes], HttpAnswer] | None = None,
        pause: Callable[[float], None] | None = None,
        tags: Collection[str] = (),
    ) -> None:
        """Prepare the client; nothing is sent.

        Args:
            settings: The site's choices.
            headers: Headers of every request.
            carry: Sends a request's body and returns the answer, or raises `HttpExchangeError`;
                None uses HTTP.
            pause: Waits so many seconds before a request is repeated; None uses the real clock.
            tags: Names of elements that are never data and may be shown.

        Raises:
            ConfigError: The address or the file of root certificates can't be used.
        """
        _check_url(settings.url)
        self._settings = settings
        self._tags = tags
        self._trace = settings.trace or WireTrace(monotonic)
        self._headers = dict(headers)
        self._carry = carry or self._post
        self._pause = pause or SystemClock().pause
        self._opening = threading.Lock()
        self._context: ssl.SSLContext | None = None
        self._exchanges: collections.deque[str] = collections.deque(maxlen=KEPT_EXCHANGES)
        if settings.ca_file is not None:
            self._trust()  # reports an unusable file now

    @abstractmethod
    def _decode(self, answer: HttpAnswer) -> R:
        """Return the reply in the body of an answer.

        Raises:
            GatewayAnswerError: It contains none. `details["province_text"]` may hold the other
                side's text; the caller masks it.
        """

    @property
    def address(self) -> str:
        """See `ProvinceGateway.address`."""
        return self._settings.url

    def recent_exchanges(self) -> list[str]:
        """See `ProvinceGateway.recent_exchanges`."""
        return list(self._exchanges)

    def close(self) -> None:
        """See `ProvinceGateway.close`. No connection stays open after its exchange."""

    def _read(
        self, name: str, body: bytes, sent: Sequence[str], judge: Callable[[R], GatewayError | None]
    ) -> R:
        """Do an exchange that changes nothing over there; repeat it while no answer comes.

        For at most `READ_TRIES` requests, and none is begun once the time-out of one has passed: a
        call takes less than two time-outs and the pauses. Any answer ends it.

        Raises:
            GatewayError: See `_exchange_once`; the error of the last request.
        """
        again = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(GatewayUnavailableError),
            stop=tenacity.stop_after_attempt(READ_TRIES)
            | tenacity.stop_after_delay(self._settings.timeout),
            wait=tenacity.wait_exponential(READ_PAUSE, max=LONGEST_PAUSE)
            + tenacity.wait_random(0.0, READ_PAUSE),
            sleep=self._pause,
            reraise=True,
        )
        return again(self._exchange_once, name, body, sent, judge)

    def _exchange_once(
        self, name: str, body: bytes, sent: Sequence[str], judge: Callable[[R], GatewayError | None]
    ) -> R:
        """Send one request and return the reply that `judge` accepts.

        Args:
            name: Name of the operation, for the list of exchanges; no data.
            body: Body of the request.
            sent: Every value in it, so that the other side's text can be masked.
            judge: Returns the error when the reply is not listed as a success.

        Raises:
            GatewayUnavailableError: No answer; the request may have taken effect.
            GatewayError: The error that `judge` returned, or an unusable answer.
        """
        started = monotonic()
        shown = self._trace.begin(WireKind.PROVINCE, name, None, len(body))
        shown.told = f"→ POST {outline(body, self._tags)}"
        try:
            reply = self._exchange(body, sent, shown)
            if (error := judge(reply)) is not None:
                raise error
        except GatewayError as exc:
            self._remember(name, started, exc.code, shown)
            raise
        self._remember(name, started, "ok", shown)
        return reply

    def _exchange(self, body: bytes, sent: Sequence[str], shown: WireExchange) -> R:
        # Imported here: it takes a third of the start-up time.
        from station.transport.http import HttpExchangeError

        try:
            answer = self._carry(body)
        except HttpExchangeError as exc:
            raise _unavailable(exc.reason, exc.failure) from exc
        shown.got_size = len(answer.body)
        shown.told += f"  ← HTTP {answer.status} {outline(answer.body, self._tags)}"
        try:
            return self._reply_of(answer)
        except GatewayAnswerError as exc:
            if text := exc.details.get("province_text"):
                exc.details["province_text"] = without_personal_data(text, sent)
            raise

    def _reply_of(self, answer: HttpAnswer) -> R:
        """Return the reply in a complete answer.

        Raises:
            GatewayError: The status is not 200, or the body can't be used.
        """
        if answer.status not in (OK, SERVER_ERROR):
            raise _of_status(answer.status)
        try:
            reply = self._decode(answer)
        except GatewayAnswerError as exc:
            if answer.status == OK or exc.problem is AnswerProblem.FAULT:
                raise
            raise _of_status(answer.status) from None
        if answer.status != OK:
            raise _of_status(answer.status)
        return reply

    def _post(self, body: bytes) -> HttpAnswer:
        from station.transport import http

        return http.post(
            self._settings.url,
            body,
            self._headers,
            timeout=self._settings.timeout,
            max_size=MAX_ANSWER_SIZE,
            context=self._trust(),
        )

    def _trust(self) -> ssl.SSLContext | None:
        from station.transport import http

        if not self._settings.url.startswith("https:"):
            return None  # reading the root certificates takes 0.2 s
        with self._opening:
            if self._context is None:
                self._context = http.trust(self._settings.ca_file)
            return self._context

    def _remember(self, name: str, started: float, result: str, shown: WireExchange) -> None:
        self._trace.end(shown, result)
        took_ms = round((monotonic() - started) * 1000)
        self._exchanges.append(f"{name} {took_ms} ms {result}")
        facts = {"operation": name, "took_ms": took_ms, "result": result}
        logger.debug("province exchange", extra={"action": "province.exchange", **facts})


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False  # not a port, or half an IPv6 address
    if not usable or "@" in url or not url.isprintable() or " " in url:
        raise ConfigError("province url: expected http(s)://host[:port]/path without a login")


def _of_status(status: int) -> GatewayError:
    """Return the error of an HTTP status other than 200 without a SOAP fault."""
    if status in NOT_REACHED:
        return _unavailable(phrase("link.http-status", status=status))
    problem = STATUS_PROBLEMS.get(status, AnswerProblem.STATUS)
    return GatewayAnswerError(problem, reason=f"HTTP {status}")


def _unavailable(reason: str, failure: ConnectionFailure | None = None) -> GatewayUnavailableError:
    return GatewayUnavailableError(
        "no answer from the province", details={"reason": reason}, failure=failure
    )
