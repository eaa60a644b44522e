"""Rows on a terminal: as a table for people, as JSON for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import typer

from station.words import text


def show_json(value: object, *, indent: int | None = None) -> None:
    """Print a value as JSON that any terminal can take, escaped where it is not a UTF one."""
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
    cells = [names] + [[str(row[name]) for name in names] for row in rows]
    widths = [max(len(line[i]) for line in cells) for i in range(len(names))]
    for line in cells:
        typer.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))
