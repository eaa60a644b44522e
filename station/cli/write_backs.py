"""`station write-backs`: the outbox, and its export to the data centre without network."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Annotated

import typer

from station.cli.daemon import Daemon
from station.cli.files import read_parcel
from station.cli.options import (
    CONFIG_DEFAULT,
    OPERATOR_DEFAULT,
    AsJson,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.cli.table import show
from station.core.errors import ParcelError
from station.words import text

write_backs = typer.Typer(no_args_is_help=True, help=text("write-backs-command.help"))

Target = Annotated[Path, typer.Argument(help="The file; its name gets _1, _2 ... in turn.")]
Again = Annotated[bool, typer.Option("--again", help="Also what has left before.")]
Receipts = Annotated[Path, typer.Argument(help="The data centre's file.")]


@write_backs.command("list")
def list_write_backs(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List the outbox."""
    from station.bootstrap import look_at_journal

    with explained():
        journal = look_at_journal(read_settings(config))
        rows = [dataclasses.asdict(row) for row in journal.outbox.rows()]
        journal.close()
    show(rows, as_json)


@write_backs.command("retry")
def retry_write_backs(
    config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """失败数据回盘: have the running daemon try every owed report again now."""
    with explained():
        owed = Daemon(read_settings(config), operator).post("/write-backs/retry")
    typer.echo(text("write-backs-command.retried", count=len(owed)))


@write_backs.command("export")
def export_write_backs(
    file: Target,
    config: Config = CONFIG_DEFAULT,
    again: Again = False,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """Write every owed report into a file that only the data centre can read.

    The running daemon creates it and marks the reports; they are exported again only with --again.
    """
    with explained():
        daemon = Daemon(read_settings(config), operator)
        _writable(file)
        made = daemon.post("/write-backs/export", {"again": again})
    written = _next_free(file, made["part"])
    try:
        _write(written, made["content"])
    except OSError as exc:
        typer.echo(
            text("write-backs-command.not-written", file=written, reason=exc.strerror), err=True
        )
        raise typer.Exit(1) from exc
    typer.echo(text("write-backs-command.exported", count=made["count"], file=written))
    typer.echo(text("write-backs-command.hand-over"))


@write_backs.command("import")
def import_receipts(
    file: Receipts, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """Import the data centre's receipts. Importing a file again changes nothing."""
    with explained():
        taken = Daemon(read_settings(config), operator).post(
            "/write-backs/receipts", {"content": read_parcel(file)}
        )
    typer.echo(
        text(
            "write-backs-command.taken",
            done=taken["done"],
            refused=taken["refused"],
            known=taken["known"],
        )
    )
    if taken["refused"]:
        typer.echo(text("write-backs-command.refused"))
        raise typer.Exit(1)


@write_backs.command("key")
def show_key(config: Config = CONFIG_DEFAULT) -> None:
    """Print this station's public key, which the data centre must know."""
    from station.bootstrap import build_office

    with explained():
        office = build_office(read_settings(config))
        if office is None:
            raise ParcelError("data_centre.keys is not set", code="data-centre-not-configured")
        typer.echo(office.station_key(), nl=False)


def _writable(file: Path) -> None:
    if not file.parent.is_dir() or not os.access(file.parent, os.W_OK):
        typer.echo(text("write-backs-command.no-folder", folder=file.parent), err=True)
        raise typer.Exit(2)


def _next_free(file: Path, part: int) -> Path:
    while (named := file.with_name(f"{file.stem}_{part}{file.suffix}")).exists():
        part += 1
    return named


def _write(file: Path, content: str) -> None:
    with file.open("x", encoding="ascii") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
