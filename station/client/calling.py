"""How a client calls: one request, its errors, and when it is sent again.

A POST always carries an Idempotency-Key, so an answer that was lost is asked for again without
doing anything twice. It is sent again after a lost connection, after 429 and 503, and after 409
`request-under-way`, as often as `tries` says; every other answer is final. The `ETag` of an order
is kept: `seen` of the next act on it, when the caller rests on what it has shown to a person.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import httpx

from station.core.errors import StationError

PREFIX: Final = "/api/v1"
TRIES: Final = 3
LONGEST: Final = 330.0  #: seconds of one request: a wait for a step is 300
UNDER_WAY: Final = "request-under-way"
PATIENCE: Final = 30.0  #: most seconds that an answer may ask to wait


class AnswerError(StationError):
    """The station refused, with a problem.

    Attributes:
        status: Of the answer.
        problem: Its body: see `ProblemDetails`.
        seen: `ETag` of the order as it is now, of an answer 412.
    """

    def __init__(self, answer: httpx.Response) -> None:
        try:
            told = answer.json()
        except ValueError:
            told = {}
        self.status = answer.status_code
        self.problem: dict[str, Any] = told if isinstance(told, dict) else {}
        self.seen = answer.headers.get("ETag")
        super().__init__(str(self.problem.get("title", f"HTTP {self.status}")))
        self.code = str(self.problem.get("code", self.code))


class NoAnswerError(StationError):
    """No answer came; a POST may have been carried out: ask again with the same key."""

    code = "no-answer"


def quoted(value: object) -> str:
    """Return a value as a part of a path."""
    return quote(str(value), safe="")


class Calling:
    """The connection of a client to one station.

    Attributes:
        seen: `ETag` of each order as it was answered last.
    """

    def __init__(
        self,
        http: httpx.Client,
        *,
        pause: Callable[[float], None],
        tries: int = TRIES,
        new_key: Callable[[], str] = lambda: str(uuid.uuid4()),
    ) -> None:
        """Make it.

        Args:
            http: With the station's address as its base, and whatever shows who calls.
            pause: Waits so many seconds.
            tries: How often a request is sent at most.
            new_key: Makes an Idempotency-Key.
        """
        self._http = http
        self._pause = pause
        self._tries = tries
        self._new_key = new_key
        self.seen: dict[str, str] = {}

    def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        key: str | None = None,
        seen: str | None = None,
        raw: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON
        """Send one request, again where that is safe; returns the JSON, or the bytes.

        Raises:
            AnswerError: The station refused.
            NoAnswerError: No answer came.
        """
        if method == "POST" and key is None:
            key = self._new_key()
        headers = {"Idempotency-Key": key, "If-Match": seen}
        sent: dict[str, Any] = {
            "headers": {name: value for name, value in headers.items() if value is not None}
        }
        asked = {name: _text(v) for name, v in (query or {}).items() if v is not None}
        sent |= {"params": asked} if asked else {}
        sent |= {} if body is None else {"json": body}
        for left in range(self._tries - 1, -1, -1):
            try:
                answer = self._http.request(method, f"{PREFIX}{path}", **sent)
            except httpx.TransportError as exc:
                if not left:
                    raise NoAnswerError("no answer of the station") from exc
                self._pause(1.0)
                continue
            if answer.is_success:
                return self._taken(answer, raw=raw)
            if not left or not _may_be_sent_again(answer):
                break
            self._pause(min(float(answer.headers.get("Retry-After", 1)), PATIENCE))
        raise AnswerError(answer)

    def _taken(self, answer: httpx.Response, *, raw: bool) -> Any:  # noqa: ANN401 - JSON
        if raw:
            return answer.content
        if not answer.content:
            return None
        found = answer.json()
        etag = answer.headers.get("ETag")
        if etag is not None and isinstance(found, dict) and "id" in found:
            self.seen[found["id"]] = etag
        return found


def _may_be_sent_again(answer: httpx.Response) -> bool:
    if answer.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS}:
        return "Retry-After" in answer.headers
    return answer.status_code == httpx.codes.CONFLICT and AnswerError(answer).code == UNDER_WAY


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
