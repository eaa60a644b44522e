"""A client of the running daemon, which owns the devices; other processes must not access them."""

from __future__ import annotations

import os
from typing import Any, Final

import typer

from station.clock import SystemClock
from station.core.errors import ConfigError, StationError
from station.local_socket import SocketAddress
from station.settings import Settings
from station.words import text

OPERATOR_SECRET: Final = "STATION_OPERATOR_PASSWORD"  # noqa: S105 - the name of a variable
#: The PIN of an operator's card in the station's reader.
CARD_SECRET: Final = "STATION_OPERATOR_PIN"  # noqa: S105 - the name of a variable
#: Before a name, or instead of it: with the card in the station's reader.
BY_CARD: Final = "card:"
APPROVER_SECRET: Final = "STATION_APPROVER_PASSWORD"  # noqa: S105 - the name of a variable


class DaemonAnswerError(StationError):
    """The daemon answered with a problem."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(str(problem.get("title", "")))
        self.code = str(problem.get("code", self.code))


class Daemon:
    """The daemon's HTTP API as this command line uses it."""

    def __init__(self, settings: Settings, operator: str = "") -> None:
        import httpx

        from station.client import StationClient

        self._operator = operator
        self._place = settings.socket_file
        self._address = SocketAddress(self._place)  # kept as long as this object
        self._http = httpx.Client(
            base_url=f"http://{settings.server.allowed_hosts[0]}",
            timeout=330.0,
            trust_env=False,
            transport=httpx.HTTPTransport(uds=self._address.text),
        )
        # Tried once: whoever sits at the terminal sees at once that no daemon runs.
        self.api = StationClient(self._http, pause=SystemClock().pause, tries=1)
        self._unreachable = httpx.TransportError

    def is_running(self) -> bool:
        """Whether a daemon answers at its socket."""
        try:
            return self._http.get("/api/v1/health", timeout=2.0).is_success
        except self._unreachable:
            return False

    def get(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """Return the JSON of one resource."""
        return self._ask("GET", path, None)

    def file(self, path: str) -> bytes:
        """Return the bytes of one resource, such as a PDF."""
        found: bytes = self._ask("GET", path, None, raw=True)
        return found

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str = "") -> Any:  # noqa: ANN401 - JSON
        """Post and return the answer's JSON; `key` is the Idempotency-Key of the request."""
        return self._ask("POST", path, body, key)

    def delete(self, path: str) -> None:
        """Delete one resource."""
        self._ask("DELETE", path, None)

    def _ask(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        key: str = "",
        *,
        raw: bool = False,
    ) -> Any:  # noqa: ANN401
        if self._operator:
            self._log_in()
        return self._answered(method, path, body, key, raw=raw)

    def _log_in(self) -> None:
        name, self._operator = self._operator, ""
        if name.startswith(BY_CARD):
            login = {"pin": secret_of(text("operators-command.card"), CARD_SECRET)}
            session = self._answered("POST", "/session/card", login)
        else:
            login = {"operator": name, "password": secret_of(name, OPERATOR_SECRET)}
            session = self._answered("POST", "/session", login)
        self._http.headers["Authorization"] = f"Bearer {session['token']}"

    def _answered(
        self,
        method: str,
        path: str,
        body: dict[str, Any] | None,
        key: str = "",
        *,
        raw: bool = False,
    ) -> Any:  # noqa: ANN401 - JSON
        from station.client import AnswerError, NoAnswerError

        try:
            return self.api.call(method, path, body=body, key=key or None, raw=raw)
        except NoAnswerError as exc:
            raise ConfigError(f"no daemon at {self._place}: start `station serve`") from exc
        except AnswerError as exc:
            raise DaemonAnswerError(exc.problem) from exc


def approval_of(approver: str) -> dict[str, str] | None:
    """Return a second person's agreement for a request; that person types password or PIN."""
    if not approver:
        return None
    if approver.startswith(BY_CARD):
        pin = secret_of(text("operators-command.card"), APPROVER_SECRET)
        return {"operator": approver.removeprefix(BY_CARD), "card_pin": pin}
    return {"operator": approver, "password": secret_of(approver, APPROVER_SECRET)}


def _typed(person: str) -> str:
    return str(typer.prompt(text("operators-command.password", name=person), hide_input=True))


def secret_of(person: str, variable: str) -> str:
    """Return a person's password: from the environment, or typed without being shown."""
    given = os.environ.get(variable)
    return given if given is not None else _typed(person)
