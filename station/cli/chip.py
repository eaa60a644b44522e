"""`station chip`: read, check, and the holder's PIN, for the card at the chip station.

Accesses the reader directly, without a daemon. `read` prints the holder's data: it goes to the
terminal on the operator's request and into no log. PINs are prompted for, never taken as arguments.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from station.cli.options import CONFIG_DEFAULT, Config, explained, read_settings
from station.cli.table import show_json
from station.core.errors import StationError
from station.state_folder import make_private
from station.words import Table, text

if TYPE_CHECKING:
    from station.bootstrap import ChipDesk

#: National error code -> its text.
NATIONAL = Table("national-code")
chip = typer.Typer(no_args_is_help=True, help="The chip at the chip station.")

National = Annotated[
    bool, typer.Option("--national", help="The string and the error codes of iReadCardBas.")
]
Holder = Annotated[bool, typer.Option("--holder", help="Also the holder's data (needs the HSM).")]
LastTry = Annotated[
    bool,
    typer.Option("--use-last-try", help="Go on although a wrong PIN or key would lock the card."),
]


@chip.command("read")
def chip_read(
    config: Config = CONFIG_DEFAULT, national: National = False, holder: Holder = False
) -> None:
    """Print the card's content as JSON. Writes nothing."""
    with _window(config, national=national) as window:
        if national:
            typer.echo(window.services.read_basic(window.province.authenticate).national())
            return
        found = window.encoder.identify()
        shown: dict[str, str | None] = {
            "AAZ501": found.AAZ501,
            "AAZ507": found.AAZ507,
            "AAZ508": found.AAZ508,
            "AAB301": found.AAB301,
            "AAZ500": found.AAZ500,
            "bank_number_masked": found.bank_number.masked if found.bank_number else None,
        }
        if holder:
            shown |= asdict(window.services.read_basic(window.province.authenticate))
    show_json(shown, indent=2)


@chip.command("check")
def chip_check(config: Config = CONFIG_DEFAULT) -> None:
    """验卡: print whether this is a usable finished card as JSON; exit 1 if not. Writes nothing."""
    with _window(config) as window:
        verdict = window.services.examine(window.province.authenticate)
    shown = {"good": verdict.is_good, **asdict(verdict)}
    show_json(shown, indent=2)
    if not verdict.is_good:
        raise typer.Exit(1)


@chip.command("verify-pin")
def chip_verify_pin(config: Config = CONFIG_DEFAULT, use_last_try: LastTry = False) -> None:
    """校验密码: prompt for the PIN and have the card compare it. A wrong one uses up a try."""
    pin = _ask_pin(text("chip-command.pin"))
    with _window(config) as window:
        window.services.verify_pin(pin, use_last_try=use_last_try)
    typer.echo(text("chip-command.right"))


@chip.command("change-pin")
def chip_change_pin(config: Config = CONFIG_DEFAULT, use_last_try: LastTry = False) -> None:
    """修改密码: prompt for the old and the new PIN and have the card replace it."""
    old = _ask_pin(text("chip-command.old-pin"))
    new = _ask_pin(text("chip-command.new-pin"), again=text("chip-command.again"))
    with _window(config) as window:
        window.services.change_pin(old, new, use_last_try=use_last_try)
    typer.echo(text("chip-command.changed"))


@chip.command("unblock-pin")
def chip_unblock_pin(config: Config = CONFIG_DEFAULT, use_last_try: LastTry = False) -> None:
    """解锁密码: restore all tries of a locked PIN, by the province's HSM; the PIN is unchanged."""
    with _window(config) as window:
        window.services.unblock_pin(
            window.province.authenticate, window.province.protect, use_last_try=use_last_try
        )
    typer.echo(text("chip-command.unblocked"))


@chip.command("reload-pin")
def chip_reload_pin(config: Config = CONFIG_DEFAULT, use_last_try: LastTry = False) -> None:
    """重置密码: prompt for a new PIN and replace a forgotten one, by the province's HSM."""
    new = _ask_pin(text("chip-command.new-pin"), again=text("chip-command.again"))
    with _window(config) as window:
        window.services.reload_pin(
            new, window.province.authenticate, window.province.protect, use_last_try=use_last_try
        )
    typer.echo(text("chip-command.reloaded"))


def _ask_pin(prompt: str, *, again: str = "") -> str:
    """Return a PIN typed without echo, twice if `again` is given; from a pipe one line.

    A PIN is never an argument: the machine's other users can read those.
    """
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=again or False))


@contextmanager
def _window(config: Config, *, national: bool = False) -> Iterator[ChipDesk]:
    """Open the reader and the connection to the province's HSM, and release both at the end."""
    from station.bootstrap import build_chip_desk

    settings = read_settings(config)
    with explained(), _coded(national=national):
        make_private(settings.station.state_dir)  # the tries of keys are stored there
        desk = build_chip_desk(settings)
        try:
            yield desk
        finally:
            desk.close()


@contextmanager
def _coded(*, national: bool) -> Iterator[None]:
    """Print the national code of a failure for a caller that uses only those."""
    from station.encoder.national_codes import national_code

    try:
        yield
    except StationError as exc:
        if not national:
            raise
        code = national_code(exc)
        typer.echo(f"{code} {NATIONAL.get(str(code), NATIONAL['unknown'])}", err=True)
        raise typer.Exit(1) from exc
