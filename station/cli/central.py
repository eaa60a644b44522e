"""`station central`: the windows of a hall, a city or a province, together."""

from __future__ import annotations

import dataclasses
import json
import logging
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from station.cli.operators import Name, Password, Roles
from station.cli.options import AsJson, explained
from station.cli.serve import listen
from station.cli.table import show
from station.state_folder import make_new_files_private, make_private
from station.words import text

if TYPE_CHECKING:
    from station.central.settings import CentralSettings

central = typer.Typer(no_args_is_help=True, help=text("central-command.help"))
log = logging.getLogger(__name__)

CentralConfig = Annotated[
    Path,
    typer.Option("--config", "-c", envvar="STATION_CENTRAL_CONFIG", help="Central's settings."),
]
DEFAULT = Path("config/central.toml")
StationName = Annotated[str, typer.Argument(help="city.hall.window")]


def _settings(config: Path) -> CentralSettings:
    from station.central.settings import load_central_settings

    with explained():
        return load_central_settings(config)


@central.command("serve")
def serve(
    config: CentralConfig = DEFAULT,
    log_level: Annotated[str, typer.Option(help="debug, info, warning or error.")] = "info",
) -> None:
    """Serve the wall page, the API and the enrolment, until SIGTERM or Ctrl-C.

    Prints one JSON line with the address once it answers.
    """
    from station.api.server import StationServer, Tls, server_config
    from station.central.serve import (
        build_central,
        build_central_app,
        central_database,
        central_doors,
        start_central_metrics,
    )
    from station.logs import set_up_logging

    make_new_files_private()
    set_up_logging(log_level)
    settings = _settings(config)
    server = settings.server
    tls = None
    if server.certificate is not None and server.key is not None:
        tls = Tls(server.certificate, server.key)
    with explained(), ExitStack() as opened:
        listener = listen(server.host, server.port)
        opened.callback(listener.close)
        database = opened.enter_context(central_database(settings))
        opened.enter_context(database.held())
        doors = opened.enter_context(central_doors(settings))
        opened.callback(start_central_metrics(settings, database))
        built = build_central(settings, database)
        scheme = "http" if tls is None else "https"
        address = f"{scheme}://{server.host}:{listener.getsockname()[1]}"

        def announce() -> None:
            sys.stdout.write(json.dumps({"ready": True, "address": address}) + "\n")
            sys.stdout.flush()

        def stopped() -> None:
            opened.pop_all().close()

        app = build_central_app(settings, built, doors, announce, stopped)
        StationServer(server_config(app, tls)).run(sockets=[listener])


@central.command("code")
def code(station: StationName, config: CentralConfig = DEFAULT) -> None:
    """Print a registration code for a window of this name; it is good once."""
    from station.access.doors import own_account
    from station.central.serve import central_database, enrolment_of

    settings = _settings(config)
    make_new_files_private()
    with explained(), central_database(settings) as database:
        typer.echo(
            enrolment_of(settings, database).make_code(station, by=f"account:{own_account()}")
        )


@central.command("operator")
def operator(
    name: Name,
    role: Roles,
    config: CentralConfig = DEFAULT,
    password_stdin: Password = False,
) -> None:
    """Add a person who may log in at central, and print the registration code."""
    from station.access.doors import own_account
    from station.central.serve import central_doors

    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else ""
    make_new_files_private()
    with explained(), central_doors(_settings(config)) as doors:
        made = doors.operators.add(name, role, by=f"account:{own_account()}")
        if password_stdin:
            doors.operators.register(name, made, password)
            typer.echo(text("operators-command.registered", name=name))
            return
    typer.echo(text("operators-command.added", name=name))
    typer.echo(text("operators-command.code", code=made))


@central.command("stations")
def list_stations(config: CentralConfig = DEFAULT, as_json: AsJson = False) -> None:
    """List the windows: state, newest event, orders, version."""
    from station.central.serve import central_database
    from station.central.wall import read_wall

    with explained(), central_database(_settings(config)) as database:
        rows = [dataclasses.asdict(one) for one in read_wall(database).windows]
    if not as_json:
        keys = ("name", "state", "seen_seconds", "seq", "behind", "under_way", "made", "version")
        rows = [{key: str(row[key]) for key in keys} for row in rows]
    show(rows, as_json)


@central.command("accounts")
def accounts(config: CentralConfig = DEFAULT) -> None:
    """Print the accounts that the carrier's server includes: central and every window."""
    from station.central.accounts import accounts_file
    from station.central.keys import load_identity
    from station.central.serve import central_database

    settings = _settings(config)
    make_new_files_private()
    with explained(), central_database(settings) as database:
        make_private(settings.central.state_dir)
        identity = load_identity(settings.central.state_dir)
        with database.transaction() as connection:
            typer.echo(accounts_file(connection, identity, settings.carrier_password), nl=False)
