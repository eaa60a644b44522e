"""`station config check`: every error of a settings file with its line and the correct form."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from station.cli.options import AsJson
from station.cli.table import show_json
from station.words import text

config = typer.Typer(no_args_is_help=True, help="The site's settings file.")


@config.callback()
def prepare() -> None:
    """Commands for the settings file; none of them accesses a device."""


@config.command("check")
def check(
    file: Annotated[Path, typer.Argument(help="The settings file to look at.")],
    as_json: AsJson = False,
) -> None:
    """Check a settings file; exit 1 when it has an error. Reads only the file, opens no device.

    The environment (`STATION_...`) is not checked: it is not in the file.
    """
    from station.settings_check import check_settings_file, has_mark

    findings = check_settings_file(file)
    if as_json:
        show_json([dataclasses.asdict(finding) for finding in findings])
    else:
        for finding in findings:
            place = f"{file}:{finding.line}" if finding.line else f"{file}"
            key = text("config-check.key", key=finding.key) if finding.key else ""
            typer.echo(
                text(
                    "config-check.line",
                    place=place,
                    key=key,
                    problem=finding.problem,
                    right=finding.right,
                )
            )
        if not findings:
            mark = text("config-check.mark") if has_mark(file) else ""
            typer.echo(text("config-check.right", file=file, mark=mark))
    if findings:
        raise typer.Exit(1)
