"""`station write-backs` and `audit`: what the journal knows."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import typer

from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings

audit = typer.Typer(no_args_is_help=True, help="The hash-chained history.")


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
