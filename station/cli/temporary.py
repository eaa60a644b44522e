"""`station temporary`: temporary cards, by the running daemon."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated

import typer

from station.cli.cards import Paper, asked_person
from station.cli.daemon import Daemon
from station.cli.desk import OrderId, reading_of
from station.cli.files import write_file
from station.cli.options import (
    CONFIG_DEFAULT,
    OPERATOR_DEFAULT,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.cli.table import show_json
from station.core.slips import PaperSize
from station.words import text

temporary = typer.Typer(no_args_is_help=True, help=text("temporary-command.help"))


@temporary.callback()
def prepare() -> None:
    """Numbers of people are asked for: a command would stay in the history."""


@temporary.command("issue")
def issue(
    by_card: Annotated[
        bool, typer.Option("--id-card", help="The ID card on the reader says who it is.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """临时卡发放: accept an order, and fetch its data; then `orders step`, then `write`."""
    typed = {} if by_card else asked_person()
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"token": reading_of(daemon)} if by_card else typed
        order = daemon.post("/temporary-cards", body, key=secrets.token_hex(16))["id"]
        path = f"/orders/{order}/steps/data-ready?wait=60"
        show_json(daemon.post(path, key=secrets.token_hex(16)))


@temporary.command("write")
def write(
    order: OrderId,
    keyboard: Annotated[
        bool, typer.Option("--keyboard", help="Ask for the new PIN here, where the site allows it.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """写临时卡: write the card in the desk's reader for an approved order; 重写 sets a new PIN."""
    typed = _typed_pin() if keyboard else {}
    with explained():
        daemon = Daemon(read_settings(config), operator)
        reading = (daemon.get("/desk/id-card")["card"] or {}).get("token", "")
        body = {"reading": reading} | typed
        path = f"/temporary-cards/{order}/write"
        show_json(daemon.post(path, body, key=secrets.token_hex(16)))


@temporary.command("discard")
def discard(
    order: OrderId, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """此卡不能用: put the order's temporary card aside; it takes another one."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        path = f"/temporary-cards/{order}/discard"
        show_json(daemon.post(path, key=secrets.token_hex(16)))


@temporary.command("return")
def take_back(config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT) -> None:
    """临时卡收回: read the card in the desk's reader and tell the province that it is back."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        show_json(daemon.post("/temporary-cards/return", key=secrets.token_hex(16)))


@temporary.command("receipt")
def receipt(
    order: OrderId,
    pdf: Annotated[Path, typer.Option("--pdf", help="File to write.")],
    paper: Paper = PaperSize.RECEIPT,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """临时卡回执: write the receipt of an order as PDF."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        path = f"/temporary-cards/{order}/receipt.pdf?paper={paper.value}"
        write_file(pdf, daemon.file(path))


def _typed_pin() -> dict[str, str]:
    return {
        "new_pin": typer.prompt(text("chip-command.new-pin"), hide_input=True),
        "new_pin_again": typer.prompt(text("chip-command.again"), hide_input=True),
    }
