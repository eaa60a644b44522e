"""Options that several commands share, and the output of errors on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from station.core.errors import ConfigError, StationError
from station.settings import DEFAULT_FILE, Settings, load_settings
from station.words import explain, text

Config = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="STATION_CONFIG", help="The site's settings file."),
]
CONFIG_DEFAULT = DEFAULT_FILE
Operator = Annotated[
    str,
    typer.Option(
        "--operator",
        envvar="STATION_OPERATOR",
        help="Log in as this operator; the password is asked for, or taken from"
        " STATION_OPERATOR_PASSWORD. `card:` takes the card in the station's reader, and its PIN"
        " from STATION_OPERATOR_PIN. Without it, the account of the PC counts.",
    ),
]
OPERATOR_DEFAULT = ""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@contextmanager
def explained() -> Iterator[None]:
    """Convert a station error into three lines for a person and exit status 1."""
    try:
        yield
    except ConfigError as exc:
        typer.echo(config_wrong(exc), err=True)
        raise typer.Exit(2) from exc
    except StationError as exc:
        told = explain(exc.code, exc.details)
        message = text(
            "command.problem",
            title=told.title,
            code=exc.code,
            cause=told.cause,
            remedy=told.remedy,
        )
        typer.echo(message, err=True)
        raise typer.Exit(1) from exc


def read_settings(config: Path) -> Settings:
    """Load the settings, or end with the reason and exit status 2."""
    try:
        return load_settings(config)
    except ConfigError as exc:
        typer.echo(config_wrong(exc), err=True)
        raise typer.Exit(2) from exc


def config_wrong(error: ConfigError) -> str:
    """Return the message for an error in a file of the configuration."""
    return text("command.config-wrong", code=error.code, reason=error)
