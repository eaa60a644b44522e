"""`station bundle`: what a technician sends to whoever maintains the program."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from station.cli.daemon import Daemon
from station.cli.files import write_file
from station.cli.options import (
    CONFIG_DEFAULT,
    OPERATOR_DEFAULT,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.words import text

BundleFile = Annotated[Path, typer.Argument(help="The zip to write.")]


def bundle(
    file: BundleFile, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """导出诊断包: versions, health, last exchanges and log lines of the running daemon, as a zip.

    Nothing in it is about a person; of the exchanges only long numbers are masked, so read it
    before it leaves. Changes nothing.
    """
    with explained():
        made = Daemon(read_settings(config), operator).file("/station/support-bundle.zip")
    write_file(file, made)
    typer.echo(text("bundle-command.done", file=file))
