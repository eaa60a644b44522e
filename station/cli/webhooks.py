"""`station webhooks`: programs that receive the history, and events they did not take."""

from __future__ import annotations

from typing import Annotated

import typer

from station.cli.daemon import Daemon
from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import show
from station.words import text

webhooks = typer.Typer(no_args_is_help=True, help=text("webhooks-command.help"))

Name = Annotated[str, typer.Argument(help="Name of the receiver.")]


@webhooks.command("add")
def add_webhook(
    name: Name,
    url: Annotated[str, typer.Argument(help="https address; http on this PC only.")],
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Add a receiver, and print the secret that it verifies signatures with."""
    with explained():
        added = Daemon(read_settings(config)).post("/webhooks", {"name": name, "url": url})
    typer.echo(added["secret"])


@webhooks.command("list")
def list_webhooks(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List the receivers, and how far each one has come."""
    with explained():
        rows = Daemon(read_settings(config)).get("/webhooks")
    show(rows, as_json)


@webhooks.command("remove")
def remove_webhook(name: Name, config: Config = CONFIG_DEFAULT) -> None:
    """Send a receiver nothing more, and forget what it did not take."""
    with explained():
        Daemon(read_settings(config)).delete(f"/webhooks/{name}")
    typer.echo(text("webhooks-command.removed", name=name))


@webhooks.command("dead")
def list_dead_letters(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List the events that a receiver has not taken in time."""
    with explained():
        rows = Daemon(read_settings(config)).get("/dead-letters")
    show(rows, as_json)


@webhooks.command("retry")
def retry_dead_letter(
    letter: Annotated[int, typer.Argument(min=1, help="Id of the event's letter.")],
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Send such an event again, now."""
    with explained():
        Daemon(read_settings(config)).post(f"/dead-letters/{letter}/retry")
    typer.echo(text("webhooks-command.again", letter=letter))
