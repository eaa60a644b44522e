"""`station` commands against a window in memory, over HTTP as they ask a daemon."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner

from station.cli import app, daemon
from station.client import StationClient
from station.clock import SystemClock
from station.settings import Settings

CONFIG = "config/station.toml"


class CommandLine:
    """Runs commands in this process; each asks the client that a test has logged in."""

    def __init__(self, client: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
        def connect(made: daemon.Daemon, settings: Settings, operator: str = "") -> None:
            del operator
            made._operator = ""
            made._place = settings.socket_file
            made._http = client
            made.api = StationClient(client, pause=SystemClock().pause, tries=1)
            made._unreachable = httpx.TransportError

        monkeypatch.setattr(daemon.Daemon, "__init__", connect)

    def run(self, *words: str, typed: str = "", code: int = 0) -> str:
        """Run one command, type into its prompts, and return what it printed."""
        done = CliRunner().invoke(app, [*words, "--config", CONFIG], input=typed)
        assert done.exit_code == code, (done.output, done.exception)
        return done.output

    def shown(self, *words: str, typed: str = "", code: int = 0) -> Any:  # noqa: ANN401 - JSON
        """Run one command and return the JSON that it printed, after the prompts."""
        printed = self.run(*words, typed=typed, code=code)
        starts = [place for place in (printed.find("{"), printed.find("[")) if place >= 0]
        return json.loads(printed[min(starts) :])
