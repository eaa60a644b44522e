"""A client of the running daemon, which owns the devices; other processes must not access them."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from station.core.errors import ConfigError, StationError
from station.settings import Settings


class DaemonAnswerError(StationError):
    """The daemon answered with a problem."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("title", "")))
        self.code = str(problem.get("code", self.code))


class Daemon:
    """The daemon's HTTP API as this command line uses it."""

    def __init__(self, settings: Settings, operator: str = "") -> None:
        import httpx

        self._base = f"http://{settings.server.host}:{settings.server.port}/api/v1"
        headers = {"X-Operator": quote(operator)} if operator else {}
        self._client = httpx.Client(
            base_url=self._base, timeout=330.0, trust_env=False, headers=headers
        )
        self._unreachable = httpx.TransportError

    def is_running(self) -> bool:
        """Whether a daemon answers at the configured address."""
        try:
            return self._client.get("/health", timeout=2.0).is_success
        except self._unreachable:
            return False

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of one resource."""
        return self._ask("GET", path, None)

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:  # noqa: ANN401 - JSON
        """Post and return the answer's JSON; `key` is the Idempotency-Key of the request."""
        return self._ask("POST", path, body, key)

    def _ask(self, method: str, path: str, body: dict[str, Any] | None, key: str = "") -> Any:  # noqa: ANN401
        headers = {"Idempotency-Key": key} if key else {}
        try:
            answer = self._client.request(method, path, json=body, headers=headers)
        except self._unreachable as exc:
            raise ConfigError(f"no daemon at {self._base}: start `station serve`") from exc
        if answer.is_error:
            raise DaemonAnswerError(answer.json())
        return answer.json()
