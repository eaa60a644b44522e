"""`python -m station` and the `station` command."""

from __future__ import annotations

import gc
import io
import os
import sys
from typing import Final

#: Set by the shell's completion script, which the package installs: print words that fit.
COMPLETING: Final = "_STATION_COMPLETE"


def main() -> None:
    """Run the command line."""
    # Importing makes much and frees nothing: looking for garbage in it is a third of the start.
    gc.disable()
    from station.cli import build_app, startup

    startup.no_client_command_line()
    startup.no_trio()
    completing = COMPLETING in os.environ
    app = build_app(() if completing else sys.argv[1:])
    gc.enable()
    take_any_text()
    if completing:
        from typer.completion import (  # type: ignore[attr-defined]  # no other public place has it
            completion_init,
        )

        completion_init()
    app(prog_name="station")  # also as `python -m station`, as the package starts it


def take_any_text() -> None:
    """Have the terminal's streams escape what their encoding lacks.

    A name that a GBK or ASCII terminal cannot show must not end a program that has just put a card
    out: the card would be there, and no line about it.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
