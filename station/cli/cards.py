"""`station cards`: the state of a person's card at the province, and its receipts."""

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
    AsJson,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.cli.table import show, show_json
from station.core.applications import ApplicationType, ExchangeReason
from station.core.card_states import SERVICES, StateService
from station.core.slips import PaperSize
from station.production.services.persons import typed_search
from station.words import text

cards = typer.Typer(no_args_is_help=True, help=text("cards-command.help"))

Paper = Annotated[PaperSize, typer.Option("--paper", help="Roll of 80 mm, or A4.")]


@cards.callback()
def prepare() -> None:
    """The number of the person or card is asked for: a command would stay in the history."""


@cards.command("state")
def state(config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT) -> None:
    """状态查询: show the state of a person's card at the province."""
    with explained():
        show_json(Daemon(read_settings(config), operator).post("/cards/state", asked_person()))


@cards.command("change")
def change(
    service: Annotated[StateService, typer.Argument(help="What to do.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """挂失、解除挂失、注销、启用; what can't be undone is asked twice."""
    body: dict[str, Any] = asked_person()
    if SERVICES[service].irreversible:
        typer.confirm(text("cards-command.irreversible"), abort=True)
        body["confirmed"] = True
    with explained():
        daemon = Daemon(read_settings(config), operator)
        done = daemon.post(f"/cards/state/{service.value}", body, key=secrets.token_hex(16))
    show_json(done)


@cards.command("apply")
def apply(
    kind: Annotated[ApplicationType, typer.Argument(help="Why a card is applied for.")],
    reason: Annotated[
        ExchangeReason | None, typer.Option("--reason", help="Why a card is exchanged.")
    ] = None,
    bank: Annotated[str, typer.Option("--bank", help="AAE008 of another bank.")] = "",
    fee_paid: Annotated[bool, typer.Option("--fee-paid", help="The fee was paid.")] = False,
    old_card: Annotated[bool, typer.Option("--old-card", help="It is at the window.")] = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """补换卡、首次申领：apply at the province, and accept the order."""
    body = asked_person() | {
        "type": kind.value,
        "reason": reason.value if reason else None,
        "bank": bank,
        "fee_paid": fee_paid,
        "old_card_collected": old_card,
    }
    with explained():
        daemon = Daemon(read_settings(config), operator)
        show_json(daemon.post("/applications", body, key=secrets.token_hex(16)))


@cards.command("services")
def services(
    config: Config = CONFIG_DEFAULT,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 20,
) -> None:
    """List the last services on the state of cards, newest first; no personal data."""
    with explained():
        rows = Daemon(read_settings(config)).get(f"/cards/services?limit={limit}")
    show(rows, as_json)


@cards.command("receipt")
def receipt(
    service: Annotated[int, typer.Argument(min=1, help="Number of the service.")],
    pdf: Annotated[Path, typer.Option("--pdf", help="File to write.")],
    config: Config = CONFIG_DEFAULT,
    paper: Paper = PaperSize.RECEIPT,
) -> None:
    """回执: write the receipt of a service as PDF."""
    with explained():
        daemon = Daemon(read_settings(config))
        path = f"/cards/services/{service}/receipt.pdf?paper={paper.value}"
        write_file(pdf, daemon.file(path))


def asked_person() -> dict[str, Any]:
    """Ask for the number of a person or card, unseen; returns the fields of a search."""
    typed = typer.prompt(text("orders-command.number"), hide_input=True)
    found = typed_search(typed)
    return {"card_number": found.card_number} if found.card_number else {"id_number": typed}
