"""Options that several commands share, and how errors reach a person on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from station.core.errors import ConfigError, StationError
from station.core.operator_text import explain
from station.settings import DEFAULT_FILE, Settings, load_settings

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
        " STATION_OPERATOR_PASSWORD. Without it, the account of the PC counts.",
    ),
]
OPERATOR_DEFAULT = ""
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]


@contextmanager
def explained() -> Iterator[None]:
    """Turn a station error into three lines for a person and exit status 1."""
    try:
        yield
    except ConfigError as exc:
        typer.echo(f"配置有误 ({exc.code}): {exc}", err=True)
        raise typer.Exit(2) from exc
    except StationError as exc:
        text = explain(exc.code, exc.details)
        typer.echo(f"{text.title} ({exc.code})\n原因：{text.cause}\n处理：{text.remedy}", err=True)
        raise typer.Exit(1) from exc


def read_settings(config: Path) -> Settings:
    """Load the settings, or end with the reason and exit status 2."""
    try:
        return load_settings(config)
    except ConfigError as exc:
        typer.echo(f"配置有误 ({exc.code}): {exc}", err=True)
        raise typer.Exit(2) from exc
