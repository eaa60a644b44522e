"""`station operators card...`: cards and USB keys (PIV) for the login page.

They use the reader of `access.card_reader` beside a running daemon, which holds it only for the
second of a login. A PIN is typed unseen, or comes from STATION_OPERATOR_PIN; it goes to the card.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from station.access.cards import BoundCard
from station.cli.daemon import CARD_SECRET, secret_of
from station.cli.operators import Name, is_there, opened_doors, operators
from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained
from station.cli.table import show
from station.core.errors import ConfigError
from station.words import text

CertificateFile = Annotated[
    Path | None,
    typer.Option("--certificate", help="Bind this certificate (PEM or DER), without the card."),
]
Fingerprint = Annotated[
    str, typer.Argument(help="The first eight or more digits of what `cards` lists.")
]
LastTry = Annotated[
    bool, typer.Option("--last-try", help="Send the PIN even when one try is left.")
]


@operators.command("card")
def bind_card(
    name: Name, certificate: CertificateFile = None, config: Config = CONFIG_DEFAULT
) -> None:
    """Bind the card in the reader to a person, after it has signed with its PIN.

    A wrong PIN uses up a try of the card. Without the card, --certificate takes what its issuer
    has handed out.
    """
    with opened_doors(config, with_reader=certificate is None) as (doors, by):
        if certificate is not None:
            bound = doors.cards.bind(name, _content(certificate), by=by)
        else:
            pin = secret_of(text("operators-command.card"), CARD_SECRET)
            bound = doors.cards.bind_inserted(name, pin, by=by)
    _say("operators-command.card-bound", bound)


@operators.command("cards")
def list_cards(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List every card of an operator, until when it is valid, and its last login."""
    if not is_there(config):
        show([], as_json)
        return
    with opened_doors(config) as (doors, _):
        show([dataclasses.asdict(one) for one in doors.cards.all()], as_json)


@operators.command("card-check")
def check_card(config: Config = CONFIG_DEFAULT, last_try: LastTry = False) -> None:
    """Have the card in the reader sign as for a login, and print whose it is. Logs nobody in.

    A wrong PIN uses up a try of the card; with --last-try it may lock the card.
    """
    with opened_doors(config, with_reader=True) as (doors, _):
        pin = secret_of(text("operators-command.card"), CARD_SECRET)
        name = doors.cards.prove(pin, spare_last_try=not last_try)
    typer.echo(text("operators-command.card-fits", name=name))


@operators.command("card-remove")
def remove_card(fingerprint: Fingerprint, config: Config = CONFIG_DEFAULT) -> None:
    """Let a card in no more, from its next login on: lost, or given back."""
    with opened_doors(config) as (doors, by):
        removed = doors.cards.unbind(fingerprint, by=by)
    _say("operators-command.card-removed", removed)


def _say(what: str, card: BoundCard) -> None:
    typer.echo(text(what, name=card.operator, card=card.fingerprint[:16], until=card.valid_until))


def _content(file: Path) -> bytes:
    with explained():
        try:
            return file.read_bytes()
        except OSError as exc:
            raise ConfigError(f"{file}: {exc.strerror}") from exc
