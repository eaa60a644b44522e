"""`station orders`: list them, show one, and answer its question."""

from __future__ import annotations

import dataclasses
from typing import Annotated, Any

import typer

from station.cli.daemon import Daemon, approval_of
from station.cli.options import (
    CONFIG_DEFAULT,
    OPERATOR_DEFAULT,
    AsJson,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.cli.papers import Pdf, Xlsx, named, write_list
from station.cli.table import print_table, show, show_json
from station.clock import utc_now
from station.core.orders import OrderKind
from station.core.reprints import ReprintReason
from station.words import text

orders = typer.Typer(help=text("orders-command.help"), invoke_without_command=True)

OrderId = Annotated[str, typer.Argument(help="Order id.")]
Approver = Annotated[
    str,
    typer.Option(
        "--approver",
        help="The supervisor who agrees; `card:NAME` with that person's card in the reader.",
    ),
]


@orders.callback()
def list_orders(
    context: typer.Context,
    config: Config = CONFIG_DEFAULT,
    as_json: AsJson = False,
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 20,
) -> None:
    """List the newest orders; numbers are masked."""
    if context.invoked_subcommand is not None:
        return
    from station.bootstrap import look_at_journal
    from station.production.views.orders import order_summary

    with explained():
        journal = look_at_journal(read_settings(config))
        rows = [dataclasses.asdict(order_summary(line)) for line in journal.orders.lines(limit)]
        journal.close()
    show(rows, as_json)


@orders.command("person")
def person(
    card: Annotated[str, typer.Option("--card", help="AAZ501 of a card instead.")] = "",
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """查询: a person's orders and cards, and what can be done now; the number is asked for."""
    from station.production.services.persons import typed_search

    body = {"AAZ501": card}
    if not card:  # asked for: a number in the command would stay in the shell's history
        found = typed_search(typer.prompt(text("orders-command.number"), hide_input=True))
        body = {"id_number": found.id_number, "card_number": found.card_number}
    with explained():
        daemon = Daemon(read_settings(config), operator)
        told = daemon.post("/people/search", {k: v for k, v in body.items() if v})
    if as_json:
        show_json(told)
        return
    typer.echo(f"{told['name']} {told['id_number_masked']}")
    for one in told["orders"]:
        one["offers"] = " ".join(offer["what"] for offer in one["offers"])
    show(told["orders"], as_json)


@orders.command("today")
def today(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """今天的任务: the orders that were accepted today, newest first; numbers are masked."""
    day = utc_now().astimezone().date().isoformat()
    with explained():
        rows = Daemon(read_settings(config)).get(f"/orders?limit=200&day={day}")
    show(rows, as_json)


@orders.command("exceptions")
def exceptions(
    config: Config = CONFIG_DEFAULT,
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    only: Annotated[list[str] | None, typer.Option("--order", help="Of these orders only.")] = None,
) -> None:
    """制卡异常数据导出: every held or spoiled order with its reason; numbers are masked."""
    from station.bootstrap import look_at_journal
    from station.production.views.exceptions_list import exceptions_list

    named(pdf, xlsx)
    settings = read_settings(config)
    with explained():
        journal = look_at_journal(settings)
        try:
            listed = exceptions_list(journal, settings.station.name, only or ())
        finally:
            journal.close()
        write_list(listed, settings, pdf, xlsx)
    typer.echo(text("command.exported-lines", count=len(listed.rows)))


@orders.command("question")
def question(order: OrderId, config: Config = CONFIG_DEFAULT) -> None:
    """Show the question to a person about an order, and the effect of each answer."""
    with explained():
        asked = Daemon(read_settings(config)).get(f"/orders/{order}")["question"]
    if asked is None:
        typer.echo(text("orders-command.no-question"))
        return
    typer.echo(asked["text"])
    rows = []
    for one in asked["answers"]:
        code = "orders-command.answer-by-two" if one["needs_approver"] else "orders-command.answer"
        told = text(code, label=one["label"], consequence=one["consequence"])
        rows.append(("", one["answer"], told))
    print_table(rows)


@orders.command("answer")
def answer(
    order: OrderId,
    said: Annotated[str, typer.Argument(help="One of the words that `question` shows.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
    approver: Approver = "",
) -> None:
    """Answer the order's question. May move a card; may be irreversible."""
    body = {"answer": said, "approval": approval_of(approver)}
    _posted(config, operator, f"/orders/{order}/answer", body)


@orders.command("step")
def step(
    order: OrderId,
    wanted: Annotated[str, typer.Argument(help="The step that is to be done: `activated`.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """Press the button of one step, such as `activated` for 领卡启用. May move a card."""
    _posted(config, operator, f"/orders/{order}/steps/{wanted}")


@orders.command("cancel")
def cancel(
    order: OrderId, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """撤销: cancel an order for which nothing irreversible has happened."""
    _posted(config, operator, f"/orders/{order}/cancel")


@orders.command("reprint")
def reprint(
    order: OrderId,
    kind: Annotated[
        OrderKind,
        typer.Argument(help="face-only, chip-only, full for a remake, or temporary-again."),
    ],
    reason: Annotated[ReprintReason, typer.Argument(help="Why.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
    approver: Approver = "",
) -> None:
    """补打卡面, 重写芯片, 重制: accept a new order about this one's card."""
    body = {"kind": kind.value, "reason": reason.value, "approval": approval_of(approver)}
    _posted(config, operator, f"/orders/{order}/reprints", body)


def _posted(
    config: Config, operator: str, path: str, body: dict[str, Any] | None = None
) -> dict[str, Any]:
    with explained():
        order: dict[str, Any] = Daemon(read_settings(config), operator).post(path, body)
    show_json(order)
    if order["problem"]:
        raise typer.Exit(1)
    return order
