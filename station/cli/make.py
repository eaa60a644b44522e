"""`station make`: one card from the command line, through the running daemon."""

from __future__ import annotations

from typing import Annotated

import typer

from station.cli.daemon import Daemon
from station.cli.options import (
    CONFIG_DEFAULT,
    OPERATOR_DEFAULT,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.cli.table import show_json
from station.core.errors import PersonRequest
from station.words import text


def make(
    id_number: Annotated[str, typer.Argument(help=text("make-command.id-number"))],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
    yes: Annotated[
        bool, typer.Option("--yes", help="Picture, name and bank were compared elsewhere.")
    ] = False,
) -> None:
    """Make one card up to 出卡 and print the order as JSON."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        order = daemon.post("/orders", {"id_number": id_number})
        path = f"/orders/{order['id']}"
        order = daemon.post(f"{path}/run?wait=60", {"approved": False})
        if order["step"] == "data-ready" and not order["problem"]:
            holder = order["holder"]
            question = text("make-command.compared", name=holder["AAC003"], bank=holder["bank"])
            if not yes and not typer.confirm(question):
                daemon.post(f"{path}/cancel")
                raise typer.Exit(1)
            order = daemon.post(f"{path}/run?wait=300", {"approved": True})
        while order["problem"] and order["problem"]["code"] in set(PersonRequest):
            problem = order["problem"]
            typer.echo(f"{problem['title']}\n{problem['remedy']}", err=True)
            if not typer.confirm(text("make-command.go-on"), default=True, err=True):
                break
            order = daemon.post(f"{path}/run?wait=300", {"approved": True})
    show_json(order)
    if order["problem"]:
        raise typer.Exit(1)
