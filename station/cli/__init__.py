"""The `station` command: every sub-command is a module here."""

from __future__ import annotations

from typing import Annotated

import typer

from station import __version__
from station.cli import (
    audit,
    backup,
    batch_province,
    bundle,
    cards,
    central,
    certificates,
    chip,
    config,
    custody,
    desk,
    doctor,
    face,
    fleet,
    ledger,
    make,
    operator_cards,  # noqa: F401 - adds its commands to those of `operators`
    operators,
    orders,
    photo,
    printer,
    privacy,
    replay,  # noqa: F401 - adds its command to those of `printer`
    restore,
    serve,
    setup,
    temporary,
    update,
    webhooks,
    write_backs,
)
from station.words import text

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"card-station {__version__}")
        raise typer.Exit


@app.callback(help=text("command.app"))
def station(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version."),
    ] = False,
) -> None:
    """Drive the card machine of one window: the daemon, and additional commands."""
    del version


app.command("serve")(serve.serve)
app.command("setup")(setup.setup)
app.command("boot", hidden=True)(update.boot)
app.command("doctor")(doctor.doctor)
app.command("make")(make.make)
app.command("backup")(backup.backup)
app.command("bundle")(bundle.bundle)
app.command("restore")(restore.restore)
app.add_typer(config.config, name="config")
app.add_typer(update.update, name="update")
app.add_typer(ledger.ledger, name="ledger")
app.add_typer(batch_province.batches, name="batches")
app.add_typer(orders.orders, name="orders")
app.add_typer(cards.cards, name="cards")
app.add_typer(desk.desk, name="desk")
app.add_typer(temporary.temporary, name="temporary")
app.add_typer(custody.custody, name="custody")
app.add_typer(write_backs.write_backs, name="write-backs")
app.add_typer(webhooks.webhooks, name="webhooks")
app.add_typer(fleet.fleet, name="fleet")
app.add_typer(audit.audit, name="audit")
app.add_typer(printer.printer, name="printer")
app.add_typer(chip.chip, name="chip")
app.add_typer(photo.photo, name="photo")
app.add_typer(privacy.privacy, name="privacy")
app.add_typer(face.face, name="face")
app.add_typer(operators.operators, name="operators")
app.add_typer(operators.clients, name="clients")
app.add_typer(certificates.certificates, name="certificates")
app.add_typer(central.central, name="central")

__all__ = ["app"]
