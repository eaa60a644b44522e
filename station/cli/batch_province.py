"""`station batches`: what the province has about a batch: its list, and 银行校验."""

from __future__ import annotations

import secrets
from typing import Annotated

import typer

from station.cli.batch_papers import answered
from station.cli.batches import Batch, batches, faulty_rows, report
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
from station.core.batches import PhotoNaming
from station.words import text

__all__ = ["batches"]


@batches.command("fetch")
def fetch(
    number: Annotated[str, typer.Argument(help=text("batches-command.number"))],
    title: Annotated[str, typer.Option("--title", help="For people.")] = "",
    unit: Annotated[str, typer.Option("--unit", help=text("batches-command.unit"))] = "",
    naming: Annotated[
        PhotoNaming, typer.Option("--naming", help="By what pictures are named.")
    ] = PhotoNaming.NUMBER,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """按批次号取名单: make a batch of the province's list, or take over what differs in it."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"number": number, "title": title, "unit": unit, "naming": naming.value}
        taken = daemon.post("/province-batches", body, key=secrets.token_hex(16))
        faulty = faulty_rows(daemon, taken["batch"]["id"])
    report(taken, faulty)


@batches.command("bank-check")
def bank_check(
    batch: Batch,
    rows: Annotated[
        list[int] | None, typer.Argument(min=1, help="Numbers of the rows; none: all confirmed.")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """银行校验: have the bank check confirmed rows; no card of them is made before it answers."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        answers = daemon.post(f"/batches/{batch}/bank-checks", {"lines": rows or []})
    answered(answers)


@batches.command("bank-answers")
def bank_answers(
    batch: Batch, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """银行校验数据返回: take the bank's answers; who did not pass is refused with its reason."""
    with explained():
        show_json(Daemon(read_settings(config), operator).post(f"/batches/{batch}/bank-answers"))
