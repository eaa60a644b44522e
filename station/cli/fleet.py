"""`station fleet`: the window in its hall, city and province."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import show
from station.given_settings import read_given
from station.state_folder import held
from station.words import text

fleet = typer.Typer(no_args_is_help=True, help=text("fleet-command.help"))

Code = Annotated[
    str,
    typer.Option(
        "--code",
        envvar="STATION_FLEET_CODE",
        prompt=text("fleet-command.code"),
        help="The registration code; good for one window.",
    ),
]


@fleet.command("enrol")
def enrol(code: Code, config: Config = CONFIG_DEFAULT) -> None:
    """Enrol this window at central with a registration code. The service must be stopped."""
    from station.bootstrap import build_journal
    from station.fleet.upward import digest_of
    from station.membership import enrol_in_fleet

    settings = read_settings(config)
    with (
        explained(),
        held(settings.station.state_dir, "station fleet"),
        contextlib.closing(build_journal(settings)) as journal,
    ):
        known = enrol_in_fleet(settings, journal, code.strip())
    mark = digest_of(known.central_key)
    typer.echo(text("fleet-command.enrolled", name=known.name, mark=mark))


@fleet.command("status")
def status(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """Say what central has of this window, and what is wrong with the link; asks nobody."""
    from station.bootstrap import look_at_journal

    settings = read_settings(config)
    with explained(), contextlib.closing(look_at_journal(settings)) as journal:
        known = journal.fleet.membership()
        row = {
            "name": settings.fleet.name,
            "central": settings.fleet.central,
            "enrolled": str(known is not None and known.is_enrolled).lower(),
            "events": str(journal.last_seq),
            "settings": _settings(settings.station.state_dir),
        }
        if known is not None:
            row |= {
                "confirmed": str(known.confirmed),
                "error": known.error,
                "fork": str(known.fork or ""),
                "contact_at": _moment(known.contact_at),
                "lease_until": _moment(known.lease_until),
                "blanks_on_their_way": str(sum(one.sent for one in journal.fleet.on_their_way())),
            }
    show([row], as_json)


def _settings(state: Path) -> str:
    """Return the number of the newest settings from central, and what became of them."""
    given = read_given(state)
    if given.trial is not None:
        return f"{given.newest} {text('fleet-command.on-trial')}"
    return "" if given.outcome is None else f"{given.newest} {given.outcome.outcome}"


def _moment(at: object) -> str:
    return "" if at is None else str(at)
