"""`station custody`: 成品卡: where each finished card is, who gave it to whom, and 验卡."""

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
from station.core.custody import CheckCause, CheckVerdict, CustodyPlace
from station.core.slips import PaperSize
from station.production.services.persons import typed_search
from station.words import text

custody = typer.Typer(no_args_is_help=True, help=text("custody-command.help"))

DocumentId = Annotated[int, typer.Argument(min=1, help="Number of the paper.")]
Pdf = Annotated[Path, typer.Option("--pdf", help="File to write.")]
AtDesk = Annotated[bool, typer.Option("--read", help="The card in the desk's reader.")]


@custody.callback()
def prepare() -> None:
    """Names and numbers of people and cards are asked for: a command would stay in the history."""


@custody.command("receive")
def receive(
    shelf: Annotated[str, typer.Option("--shelf", help="Place on the shelves.")] = "",
    order: Annotated[str, typer.Option("--order", help="The order that made it.")] = "",
    read: AtDesk = False,
    bank: Annotated[str, typer.Option("--bank", help="Name of the bank.")] = "",
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """成品卡入库: made here, read at the desk, or typed."""
    body: dict[str, Any] = {"shelf": shelf, "order": order}
    if not order:
        body["bank"] = bank
    if not order and not read:
        body |= {
            "card_number": typer.prompt(text("custody-command.card-number")),
            "id_number": typer.prompt(text("orders-command.number"), hide_input=True),
            "name": typer.prompt(text("custody-command.name")),
        }
    with explained():
        daemon = Daemon(read_settings(config), operator)
        if read:
            body["AAZ501"] = daemon.post("/desk/card")["AAZ501"]
        show_json(daemon.post("/custody/cards", body, key=secrets.token_hex(16)))


@custody.command("find")
def find(
    unit: Annotated[str, typer.Option("--unit", help="Number of the unit.")] = "",
    place: Annotated[CustodyPlace | None, typer.Option("--place", help="Where it is.")] = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """发卡记录查询: by unit or place; without them a number is asked for."""
    body: dict[str, Any] = {"unit": unit, "place": place.value if place else None}
    if not unit and place is None:
        typed = typer.prompt(text("orders-command.number"), hide_input=True)
        found = typed_search(typed)
        body |= {"card_number": found.card_number} if found.card_number else {"id_number": typed}
    with explained():
        rows = Daemon(read_settings(config), operator).post("/custody/search", body)
    show(rows, as_json)


@custody.command("moves")
def moves(
    card: Annotated[int, typer.Argument(min=1, help="Number in the ledger of custody.")],
    config: Config = CONFIG_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """发卡记录: who gave a card to whom, when, and on which paper."""
    with explained():
        rows = Daemon(read_settings(config)).get(f"/custody/cards/{card}/moves")
    show(rows, as_json)


@custody.command("act")
def act(
    what: Annotated[
        str,
        typer.Argument(metavar="ACT", help="request, give-unit, give-person, return, or undo."),
    ],
    cards: Annotated[list[int], typer.Argument(help="Numbers in the ledger of custody.")],
    unit: Annotated[str, typer.Option("--unit", help="Number of the unit.")] = "",
    unit_name: Annotated[str, typer.Option("--unit-name", help="Its name.")] = "",
    shelf: Annotated[str, typer.Option("--shelf", help="Place on the shelves, for all.")] = "",
    agent: Annotated[bool, typer.Option("--agent", help="Somebody else collects them.")] = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """交接申请、单位发卡、个人发卡（零星重发）、回卡入库、业务回退; prints the paper's number."""
    body: dict[str, Any] = {"cards": cards, "unit": unit, "unit_name": unit_name, "shelf": shelf}
    if what not in ("return", "undo"):
        body["contact"] = _contact(agent=agent)
    with explained():
        daemon = Daemon(read_settings(config), operator)
        show_json(daemon.post(f"/custody/acts/{what}", body, key=secrets.token_hex(16)))


@custody.command("decide")
def decide(
    document: DocumentId,
    approved: Annotated[bool, typer.Option("--approve/--refuse", help="The decision.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """交接处理: decide on an application; by another person than the one who applied."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        path = f"/custody/documents/{document}/decision"
        show_json(daemon.post(path, {"approved": approved}, key=secrets.token_hex(16)))


@custody.command("distribution")
def distribution(
    document: DocumentId,
    distributed: Annotated[int, typer.Argument(min=0, help="Given to their holders.")],
    came_back: Annotated[int, typer.Argument(min=0, help="Brought back.")] = 0,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """回执管理: record what a unit has done with its cards."""
    body = {"distributed": distributed, "came_back": came_back}
    with explained():
        daemon = Daemon(read_settings(config), operator)
        path = f"/custody/documents/{document}/distribution"
        show_json(daemon.post(path, body, key=secrets.token_hex(16)))


@custody.command("documents")
def documents(
    config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT, as_json: AsJson = False
) -> None:
    """交接单、领卡单: list the last papers, newest first."""
    with explained():
        rows = Daemon(read_settings(config), operator).get("/custody/documents")
    show(rows, as_json)


@custody.command("list")
def write_list(
    document: DocumentId,
    pdf: Pdf,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """打印交接单: write a paper with its cards as PDF."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        write_file(pdf, daemon.file(f"/custody/documents/{document}/list.pdf"))


@custody.command("check")
def check(
    cause: Annotated[CheckCause, typer.Argument(help="Why it was brought back.")],
    verdict: Annotated[CheckVerdict, typer.Argument(help="What came of it.")],
    read: AtDesk = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """回执验卡; without --read 手动验卡: the number of the card is asked for."""
    body: dict[str, Any] = {"cause": cause.value, "verdict": verdict.value}
    if not read:
        body["card_number"] = typer.prompt(text("custody-command.card-number"))
    with explained():
        daemon = Daemon(read_settings(config), operator)
        if read:
            body["AAZ501"] = daemon.post("/desk/card")["AAZ501"]
        show_json(daemon.post("/custody/checks", body, key=secrets.token_hex(16)))


@custody.command("checks")
def checks(
    config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT, as_json: AsJson = False
) -> None:
    """验卡记录: list the last checks, newest first."""
    with explained():
        rows = Daemon(read_settings(config), operator).get("/custody/checks")
    show(rows, as_json)


@custody.command("check-receipt")
def check_receipt(
    number: Annotated[int, typer.Argument(min=1, help="Number of the check.")],
    pdf: Pdf,
    paper: Annotated[PaperSize, typer.Option("--paper", help="80mm, or a4.")] = PaperSize.RECEIPT,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """验卡回执: write the receipt of a check as PDF."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        write_file(pdf, daemon.file(f"/custody/checks/{number}/receipt.pdf?paper={paper.value}"))


def _contact(*, agent: bool) -> dict[str, Any]:
    return {
        "name": typer.prompt(text("custody-command.taker")),
        "number": typer.prompt(text("custody-command.taker-number"), hide_input=True),
        "phone": typer.prompt(text("custody-command.taker-phone"), default="", show_default=False),
        "agent": agent,
    }
