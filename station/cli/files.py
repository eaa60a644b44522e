"""Files that commands read and write; an error of one is a line for a person, and exit status 2."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer

from station.core.errors import ParcelError
from station.words import text

MOST_BYTES: Final = 64_000_000


@contextmanager
def file_explained(file: Path) -> Iterator[None]:
    """Convert an error of a file into one line for a person and exit status 2."""
    try:
        yield
    except OSError as exc:
        typer.echo(text("command.file-failed", file=file, reason=exc.strerror), err=True)
        raise typer.Exit(2) from exc


def write_file(file: Path, content: bytes) -> None:
    """Write a file, or end with the reason and exit status 2."""
    with file_explained(file):
        file.write_bytes(content)


def read_parcel(file: Path) -> str:
    """Return the text of a sealed file of the data centre, or end with the reason.

    Raises:
        ParcelError: It is too large, or no text of that form.
    """
    try:
        with file_explained(file):
            if file.stat().st_size > MOST_BYTES:
                raise ParcelError("too large", code="parcel-damaged")
            return file.read_text(encoding="ascii")
    except UnicodeDecodeError as exc:
        raise ParcelError("not ASCII", code="parcel-damaged") from exc
