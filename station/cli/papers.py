"""Lists that a command writes into files: a PDF to read, a spreadsheet to work with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from station.cli.files import write_file
from station.core.lists import ListOfRows
from station.settings import Settings
from station.words import text

Pdf = Annotated[Path | None, typer.Option("--pdf", help="Write it as PDF (A4).")]
Xlsx = Annotated[Path | None, typer.Option("--xlsx", help="Write it as a spreadsheet.")]


def named(pdf: Path | None, xlsx: Path | None) -> None:
    """Refuse a call without a file, with exit status 2."""
    if pdf is None and xlsx is None:
        raise typer.BadParameter(text("papers-command.no-file"))


def write_list(listed: ListOfRows, settings: Settings, pdf: Path | None, xlsx: Path | None) -> None:
    """Write the list into the given files.

    Raises:
        NameNotEncodableError: No configured font has one of the characters.
    """
    if pdf is not None:
        from station.paper.lists import print_list
        from station.pictures import paper_fonts

        write_file(pdf, print_list(listed, paper_fonts(settings)))
    if xlsx is not None:
        from station.paper import write_sheet

        write_file(xlsx, write_sheet(listed))
