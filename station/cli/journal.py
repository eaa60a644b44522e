"""`station ledger`, `write-backs` and `audit`: what the journal knows."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Sequence
from typing import Any

import typer

from station.cli.daemon import Daemon
from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings

write_backs = typer.Typer(no_args_is_help=True, help="数据回盘: what the province is owed.")
audit = typer.Typer(no_args_is_help=True, help="The hash-chained history.")


def ledger(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List every blank that left the feeder, and what became of it."""
    from station.bootstrap import build_journal

    with explained():
        journal = build_journal(read_settings(config))
        rows = [dataclasses.asdict(card) for card in journal.cards()]
        journal.close()
    show(rows, as_json)


@write_backs.command("list")
def list_write_backs(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List the outbox."""
    from station.bootstrap import build_journal

    with explained():
        journal = build_journal(read_settings(config))
        rows = [dataclasses.asdict(row) for row in journal.write_backs()]
        journal.close()
    show(rows, as_json)


@write_backs.command("retry")
def retry_write_backs(config: Config = CONFIG_DEFAULT) -> None:
    """失败数据回盘: have the running daemon try every owed report again now."""
    with explained():
        owed = Daemon(read_settings(config)).post("/write-backs/retry")
    typer.echo(f"重新回盘：{len(owed)}")


@audit.command("verify")
def verify(config: Config = CONFIG_DEFAULT) -> None:
    """Check the hash chain of the whole history."""
    from station.bootstrap import build_journal

    with explained():
        journal = build_journal(read_settings(config))
        count = journal.verify_chain()
        journal.close()
    typer.echo(f"审计链完整：{count} 条")


def show(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows as a table, or as JSON."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, default=str))
        return
    if not rows:
        typer.echo("（空）")
        return
    names = list(rows[0])
    cells = [names] + [[str(row[name]) for name in names] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    for line in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))
