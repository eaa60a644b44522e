"""`station operators` and `station clients`: who may use this window.

They work on the database of the doors beside a running daemon, which sees every change at once.
Only the service's own account and root can: the state folder is closed to everybody else. As root
they act as the owner of the folder, so that no file of another user is left among the service's.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import show
from station.core.people import PROGRAMS, Role
from station.state_folder import make_new_files_private, make_private
from station.words import text

if TYPE_CHECKING:
    from station.access import Doors
    from station.core.operator_cards import OperatorCardReader
    from station.settings import Settings

operators = typer.Typer(no_args_is_help=True, help=text("operators-command.help"))
clients = typer.Typer(no_args_is_help=True, help=text("clients-command.help"))

Name = Annotated[str, typer.Argument(help="Name, as the history records it.")]
Roles = Annotated[
    list[Role], typer.Option("--role", help="operator, supervisor, technician, auditor; repeat it.")
]
Account = Annotated[
    str, typer.Option(help="An account of this PC that counts as this person at the command line.")
]
Password = Annotated[
    bool,
    typer.Option("--password-stdin", help="Read the password from standard input; no code then."),
]
Demo = Annotated[bool, typer.Option(hidden=True, help="Of a demonstration: the pages say so.")]
Kind = Annotated[Role, typer.Option("--role", help="province-page, province-server or central.")]


@contextmanager
def opened_doors(config: Config, *, with_reader: bool = False) -> Iterator[tuple[Doors, str]]:
    """Open the database of the doors as its owner; gives it, and who works with it.

    With `with_reader` also the reader for operators' cards, which opens at its first use.
    """
    from station.access import open_doors
    from station.access.doors import own_account

    settings = read_settings(config)
    folder = settings.station.state_dir
    by = f"account:{own_account()}"
    make_new_files_private()
    if folder.exists():
        _act_as_owner(folder)
    with explained():
        make_private(folder)
        doors = open_doors(folder, card_reader=_card_reader(settings) if with_reader else None)
        try:
            yield doors, by
        finally:
            doors.close()


def _act_as_owner(folder: Path) -> None:
    if sys.platform == "win32" or os.geteuid() != 0:
        return
    owner = folder.stat()
    os.setegid(owner.st_gid)
    os.seteuid(owner.st_uid)


def _card_reader(settings: Settings) -> OperatorCardReader | None:
    from station.bootstrap import build_card_reader

    return build_card_reader(settings)


@operators.command("add")
def add_operator(
    name: Name,
    role: Roles,
    config: Config = CONFIG_DEFAULT,
    account: Account = "",
    password_stdin: Password = False,
    demo: Demo = False,
) -> None:
    """Add a person and print the registration code, which the person enters at the login page.

    With --password-stdin the person is registered at once; whoever set the password then knows it.
    """
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    with opened_doors(config) as (doors, by):
        code = doors.operators.add(name, role, by=by, account=account, demo=demo)
        if password_stdin:
            doors.operators.register(name, code, password)
            typer.echo(text("operators-command.registered", name=name))
            return
    typer.echo(text("operators-command.added", name=name))
    typer.echo(text("operators-command.code", code=code))
    typer.echo(text("operators-command.hand-over"))


@operators.command("list")
def list_operators(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List everybody who may log in, or could once."""
    if not is_there(config):
        show([], as_json)
        return
    with opened_doors(config) as (doors, _):
        rows = [dataclasses.asdict(one) for one in doors.operators.all()]
    show([{**row, "roles": ",".join(sorted(row["roles"]))} for row in rows], as_json)


@operators.command("disable")
def disable_operator(name: Name, config: Config = CONFIG_DEFAULT) -> None:
    """Let a person in no more, and end that person's sessions. The history keeps the name."""
    with opened_doors(config) as (doors, by):
        doors.operators.disable(name, by=by)
    typer.echo(text("operators-command.disabled", name=name))


@operators.command("reset")
def reset_operator(name: Name, config: Config = CONFIG_DEFAULT) -> None:
    """Take the password away (forgotten, or known to others) and print a new registration code."""
    with opened_doors(config) as (doors, by):
        code = doors.operators.reset(name, by=by)
    typer.echo(text("operators-command.code", code=code))
    typer.echo(text("operators-command.set-again"))


@clients.command("add")
def add_client(name: Name, role: Kind, config: Config = CONFIG_DEFAULT) -> None:
    """Add a program and print its token, once: only a digest of it is stored."""
    if role not in PROGRAMS:
        raise typer.BadParameter(f"--role {role.value}")
    with opened_doors(config) as (doors, by):
        token = doors.clients.add(name, role, by=by)
    typer.echo(token)


@clients.command("list")
def list_clients(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List every program and paired page, and when each one called last."""
    if not is_there(config):
        show([], as_json)
        return
    with opened_doors(config) as (doors, _):
        rows = [dataclasses.asdict(one) for one in doors.clients.all()]
    show(rows, as_json)


@clients.command("revoke")
def revoke_client(name: Name, config: Config = CONFIG_DEFAULT) -> None:
    """Let a program or a paired page in no more, from its next request on."""
    with opened_doors(config) as (doors, by):
        doors.clients.revoke(name, by=by)
    typer.echo(text("clients-command.revoked", name=name))


def is_there(config: Config) -> bool:
    """Whether the database of the doors has been made; nothing is made by looking."""
    from station.access.store import FILE

    return (read_settings(config).station.state_dir / FILE).exists()
