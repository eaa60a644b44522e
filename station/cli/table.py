"""Rows on a terminal: as a table for people, as JSON for programs."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Sequence
from typing import Any, Final

import typer

from station.words import text

WIDEST: Final = 10_000  #: columns; no row is truncated or wrapped


def show_json(value: object, *, indent: int | None = None) -> None:
    """Print a value as JSON, escaped where the terminal's encoding is not a UTF one."""
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    text = json.dumps(
        value, ensure_ascii=not encoding.startswith("utf"), indent=indent, default=str
    )
    typer.echo(text)


def show(rows: Sequence[dict[str, Any]], as_json: bool) -> None:
    """Print rows as a table, or as JSON."""
    if as_json:
        show_json(rows)
        return
    if not rows:
        typer.echo(text("command.nothing"))
        return
    names = list(rows[0])
    print_table([names, *([str(row[name]) for name in names] for row in rows)])


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns as wide as their widest cell; a hanzi takes two columns.

    A row is one line even where the terminal is narrower: searched or piped output is complete.
    """
    from rich.console import Console  # imported here: it takes a fifth of the start-up time
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, show_header=False)
    for _ in rows[0]:
        table.add_column(no_wrap=True, overflow="ignore")
    for row in rows:
        # A cell in brackets must not be parsed as markup.
        table.add_row(*(Text(cell) for cell in row))
    lines = io.StringIO()
    Console(file=lines, width=WIDEST, color_system=None).print(table)
    for line in lines.getvalue().splitlines():
        typer.echo(line.rstrip())
