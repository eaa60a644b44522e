"""`station desk`: ID cards, cards in the desk's reader, and PIN services, by the running daemon.

`station chip` does the same for the card at the machine's own reader, without a daemon. Here the
PIN is typed at the PIN pad; where the site has none and allows it, at the terminal.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from station.cli.daemon import Daemon
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
from station.core.orders import OrderReason
from station.production.desk.cards import NEEDS_NEW, PinService
from station.words import text

desk = typer.Typer(no_args_is_help=True, help=text("desk-command.help"))

OrderId = Annotated[str, typer.Argument(help="The order.")]


@desk.callback()
def prepare() -> None:
    """Names and numbers of people are asked for: a command would stay in the history."""


@desk.command("id-card")
def id_card(config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT) -> None:
    """读身份证: show the last card on the ID-card reader."""
    with explained():
        show_json(Daemon(read_settings(config), operator).get("/desk/id-card"))


@desk.command("open")
def open_order(
    reason: Annotated[OrderReason, typer.Option(help="Why a card is made.")] = OrderReason.NEW,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """受理: open the order of the ID card on the reader, and mark it 已读证."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"token": reading_of(daemon), "reason": reason.value}
        show_json(daemon.post("/desk/orders", body, key=secrets.token_hex(16)))


@desk.command("people")
def people(
    order: OrderId, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """办理人: show who was at the window for an order, and what stops it."""
    with explained():
        show_json(Daemon(read_settings(config), operator).get(f"/desk/orders/{order}/identity"))


@desk.command("holder")
def holder(
    order: OrderId, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """已读证: the ID card on the reader is the holder's of this order."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"token": reading_of(daemon)}
        show_json(daemon.post(f"/desk/orders/{order}/holder", body, key=secrets.token_hex(16)))


@desk.command("agent")
def agent(
    order: OrderId,
    typed: Annotated[bool, typer.Option("--typed", help="Ask for name and number.")] = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """代办人: the ID card on the reader is the agent's, or name and number are typed."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = _typed_agent() if typed else {"token": reading_of(daemon)}
        show_json(daemon.post(f"/desk/orders/{order}/agent", body, key=secrets.token_hex(16)))


@desk.command("confirm-name")
def confirm_name(
    order: OrderId, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """姓名核对一致: a person has compared a name with characters that no program can compare."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        path = f"/desk/orders/{order}/name-confirmation"
        show_json(daemon.post(path, key=secrets.token_hex(16)))


@desk.command("card")
def card(config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT) -> None:
    """读卡: show the card in the desk's reader and what 验卡 finds; exit 1 when it is not good."""
    with explained():
        found = Daemon(read_settings(config), operator).post("/desk/card")
    show_json(found)
    if not found["is_good"]:
        raise typer.Exit(1)


@desk.command("try-blank")
def try_blank(config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT) -> None:
    """试读不上电的卡: try a blank that was mute in the machine; exit 1 when it is mute here too."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        tried = daemon.post("/desk/mute-blank", key=secrets.token_hex(16))
    typer.echo(text("desk-command.answers" if tried["answers"] else "desk-command.mute"))
    if not tried["answers"]:
        raise typer.Exit(1)


@desk.command("pin")
def pin(
    service: Annotated[PinService, typer.Argument(help="What to do.")],
    use_last_try: Annotated[
        bool, typer.Option("--use-last-try", help="The holder agrees to use the last try.")
    ] = False,
    keyboard: Annotated[
        bool, typer.Option("--keyboard", help="Ask for the PINs here, where the site allows it.")
    ] = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """修改、解锁、重置、校验密码 of the card in the desk's reader; prints the receipt's number."""
    typed = _typed_pins(service) if keyboard else {}
    with explained():
        daemon = Daemon(read_settings(config), operator)
        AAZ501 = daemon.post("/desk/card")["AAZ501"]
        reading = (daemon.get("/desk/id-card")["card"] or {}).get("token", "")
        body = {"AAZ501": AAZ501, "reading": reading, "use_last_try": use_last_try} | typed
        show_json(daemon.post(f"/desk/pin/{service.value}", body, key=secrets.token_hex(16)))


@desk.command("pin-receipt")
def pin_receipt(
    event: Annotated[int, typer.Argument(min=1, help="Number that the service printed.")],
    pdf: Annotated[Path, typer.Option("--pdf", help="File to write.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """密码业务回执: write the receipt of a PIN service as PDF."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        write_file(pdf, daemon.file(f"/desk/pin-receipts/{event}.pdf"))


def reading_of(daemon: Daemon) -> str:
    """Return the token of the ID card on the reader; ends the command when none is there."""
    found = daemon.get("/desk/id-card")["card"]
    if found is None:
        typer.echo(text("desk-command.no-id-card"), err=True)
        raise typer.Exit(1)
    return str(found["token"])


def _typed_agent() -> dict[str, str]:
    return {
        "name": typer.prompt(text("desk-command.agent-name")),
        "number": typer.prompt(text("desk-command.agent-number"), hide_input=True),
    }


def _typed_pins(service: PinService) -> dict[str, Any]:
    typed = {}
    if service in (PinService.VERIFY, PinService.CHANGE):
        typed["pin"] = typer.prompt(text("chip-command.pin"), hide_input=True)
    if service in NEEDS_NEW:
        typed["new_pin"] = typer.prompt(text("chip-command.new-pin"), hide_input=True)
        typed["new_pin_again"] = typer.prompt(text("chip-command.again"), hide_input=True)
    return typed
