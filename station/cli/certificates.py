"""`station certificates`: what a window needs to be called over the network (mutual TLS)."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from station.cli.operators import Kind, opened_doors
from station.cli.options import CONFIG_DEFAULT, Config, explained
from station.clock import SystemClock
from station.words import text

certificates = typer.Typer(no_args_is_help=True, help=text("certificates-command.help"))

Folder = Annotated[Path, typer.Argument(help="Folder of the site's own authority; keep it safe.")]
Hosts = Annotated[
    list[str], typer.Option("--host", help="Name or address of this window; repeat it.")
]
Name = Annotated[str, typer.Argument(help="Name of the program.")]


@certificates.command("make")
def make(folder: Folder, host: Hosts) -> None:
    """Make an authority and this station's certificate, and print the settings to write."""
    from station.access.certificates import make_authority, make_server

    now = SystemClock().now()
    with explained():
        make_authority(folder, now)
        make_server(folder, host, now)
    at = folder.absolute()
    typer.echo(text("certificates-command.settings"))
    typer.echo(f'certificate = "{at}/station.pem"')
    typer.echo(f'key = "{at}/station.key"')
    typer.echo(f'client_ca = "{at}/authority.pem"')


@certificates.command("client")
def client(folder: Folder, name: Name, role: Kind, config: Config = CONFIG_DEFAULT) -> None:
    """Issue a certificate for a program that may call, and let it in with a role."""
    from station.access.certificates import make_client

    with opened_doors(config) as (doors, by):
        fingerprint = make_client(folder, name, SystemClock().now())
        doors.clients.add(name, role, by=by, certificate=fingerprint)
    typer.echo(text("certificates-command.client", file=folder / name, folder=folder))
