"""The `station` command: every sub-command is a module here, imported when it is asked for.

All of them together are two seconds of the processor, of which one command needs the smaller part.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Annotated, Final

import typer

from station import __version__
from station.words import text

if TYPE_CHECKING:
    app: typer.Typer

#: Name of a command, in the order of the help -> its module, and its function or group there.
COMMANDS: Final[Mapping[str, tuple[str, str]]] = {
    "serve": ("serve", "serve"),
    "setup": ("setup", "setup"),
    "boot": ("update", "boot"),
    "doctor": ("doctor", "doctor"),
    "make": ("make", "make"),
    "backup": ("backup", "backup"),
    "bundle": ("bundle", "bundle"),
    "restore": ("restore", "restore"),
    "config": ("config", "config"),
    "update": ("update", "update"),
    "ledger": ("ledger", "ledger"),
    "batches": ("batch_province", "batches"),
    "orders": ("orders", "orders"),
    "cards": ("cards", "cards"),
    "desk": ("desk", "desk"),
    "temporary": ("temporary", "temporary"),
    "custody": ("custody", "custody"),
    "write-backs": ("write_backs", "write_backs"),
    "webhooks": ("webhooks", "webhooks"),
    "fleet": ("fleet", "fleet"),
    "audit": ("audit", "audit"),
    "printer": ("printer", "printer"),
    "chip": ("chip", "chip"),
    "photo": ("photo", "photo"),
    "privacy": ("privacy", "privacy"),
    "face": ("face", "face"),
    "operators": ("operators", "operators"),
    "clients": ("operators", "clients"),
    "certificates": ("certificates", "certificates"),
    "central": ("central", "central"),
}
#: Modules that add commands to the group of another one.
ADDING: Final[Mapping[str, str]] = {"operators": "operator_cards", "printer": "replay"}
HIDDEN: Final = frozenset({"boot"})  #: for systemd, not for people


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"card-station {__version__}")
        raise typer.Exit


def _station(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Drive the card machine of one window: the daemon, and additional commands."""
    del version


def build_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """Return the command line: with the command that is asked for, or else with all of them."""
    made = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
    made.callback(help=text("command.app"))(_station)
    asked = arguments[0] if arguments else ""
    for name in [asked] if asked in COMMANDS else COMMANDS:
        module, attribute = COMMANDS[name]
        found = getattr(import_module(f"{__name__}.{module}"), attribute)
        if name in ADDING:
            import_module(f"{__name__}.{ADDING[name]}")
        if isinstance(found, typer.Typer):
            made.add_typer(found, name=name)
        else:
            made.command(name, hidden=name in HIDDEN)(found)
    return made


@functools.cache
def _whole() -> typer.Typer:
    return build_app()


def __getattr__(name: str) -> typer.Typer:
    """Return `app`, all commands, made when it is first asked for."""
    if name == "app":
        return _whole()
    raise AttributeError(name)


__all__ = ["app", "build_app"]
