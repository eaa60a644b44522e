"""`station ledger`: blanks, shifts, spoiled cards, cards not taken, test cards."""

from __future__ import annotations

import dataclasses
import secrets
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
from station.cli.table import show, show_json
from station.core.errors import InputError
from station.core.orders import StockMove
from station.words import text
from station.words.tables import COUNTED_TITLES

ledger = typer.Typer(help=text("ledger-command.help"), invoke_without_command=True)


@ledger.callback()
def list_cards(
    context: typer.Context, config: Config = CONFIG_DEFAULT, as_json: AsJson = False
) -> None:
    """List every blank that left the feeder, and its fate."""
    if context.invoked_subcommand is not None:
        return
    from station.bootstrap import look_at_journal

    with explained():
        journal = look_at_journal(read_settings(config))
        rows = [dataclasses.asdict(card) for card in journal.cards.all()]
        journal.close()
    show(rows, as_json)


@ledger.command("shift")
def shift(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """交接班: show where the blanks must be now; exit status 1 when the shift does not balance."""
    with explained():
        report = Daemon(read_settings(config)).get("/ledger/shift")
    _show_shift(report, as_json)


@ledger.command("shifts")
def shifts(
    limit: Annotated[int, typer.Option(min=1, max=1000, help="At most this many.")] = 30,
    config: Config = CONFIG_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """交班记录: list the closed shifts, newest first, with their differences."""
    with explained():
        closed = Daemon(read_settings(config)).get(f"/ledger/shifts?limit={limit}")
    if as_json:
        show_json(closed)
        return
    rows = [
        {
            "id": one["id"],
            "began_at": one["began_at"],
            "ended_at": one["ended_at"],
            "ended_by": one["ended_by"],
            "result": text("phrases.between").join(one["report"]["differences"])
            or text("ledger-command.balances"),
        }
        for one in closed
    ]
    show(rows, as_json)


@ledger.command("close-shift")
def close_shift(
    drawer: Annotated[int, typer.Option(min=0, help="Blanks counted in the drawer.")],
    feeder: Annotated[int, typer.Option(min=0, help="Blanks counted in the feeder.")],
    bank: Annotated[
        list[str] | None,
        typer.Option("--bank", help="Of one bank in the drawer: AAE008=count; may be repeated."),
    ] = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
    as_json: AsJson = False,
) -> None:
    """交班: close the shift with the counted figures; a difference is reported and recorded."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        counts = {"drawer": drawer, "feeder": feeder, "banks": _counts_of(bank or [])}
        closed = daemon.post("/ledger/shift/close", counts, key=secrets.token_hex(16))
    _show_shift(closed["report"], as_json)


@ledger.command("move")
def move(
    kind: Annotated[StockMove, typer.Argument(help="What was done with the blanks.")],
    count: Annotated[int, typer.Argument(min=1)],
    bank: Annotated[str, typer.Option("--bank", help="AAE008 of the bank whose blanks.")] = "",
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """Record blanks that were opened, loaded, unloaded or returned."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"move": kind.value, "count": count, "bank": bank}
        report = daemon.post("/ledger/stock", body, key=secrets.token_hex(16))
    typer.echo(text("ledger-command.stock", drawer=report["drawer"], feeder=report["feeder"]))
    _show_banks(report)


@ledger.command("to-destroy")
def to_destroy(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """废卡: list spoiled and test cards that are not yet destroyed."""
    _listed(config, as_json, "/ledger/to-destroy")


@ledger.command("not-taken")
def not_taken(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """待领: list finished cards that were not taken."""
    _listed(config, as_json, "/ledger/not-taken")


@ledger.command("destroy")
def destroy(
    card: Annotated[int, typer.Argument(help="Ledger id of the card.")],
    witness: Annotated[str, typer.Option(help="The second person, a supervisor.")],
    found: Annotated[bool, typer.Option(help="A card registered as lost was found.")] = False,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """废卡销毁: record that the operator and the witness destroyed a card."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"approval": approval_of(witness), "found": found}
        done = daemon.post(f"/ledger/cards/{card}/destroy", body)
    typer.echo(
        text(
            "ledger-command.destroyed", card=card, by=done["destroyed_by"], witness=done["witness"]
        )
    )


@ledger.command("test-card")
def print_test_card(config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT) -> None:
    """测试卡: have the daemon print a test card on a blank. Uses up a blank."""
    with explained():
        order = Daemon(read_settings(config), operator).post("/ledger/test-cards")
    typer.echo(order["id"])


@ledger.command("judge")
def judge(
    order: Annotated[str, typer.Argument(help="The test card's order.")],
    passed: Annotated[bool, typer.Option("--passed/--failed", help="What the card looks like.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """测试卡合格 / 不合格: record the verdict; a passed card releases a stopped feeder."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        daemon.post(f"/ledger/test-cards/{order}/verdict", {"passed": passed})
    typer.echo(text("verdict.passed" if passed else "verdict.failed"))


def _listed(config: Config, as_json: bool, path: str) -> None:
    with explained():
        rows = Daemon(read_settings(config)).get(path)
    show(rows, as_json)


def _counts_of(told: list[str]) -> dict[str, int]:
    counts = {}
    for one in told:
        bank, _, count = one.partition("=")
        if not count.isdecimal():
            raise InputError(f"{one}: write it as AAE008=count")
        counts[bank] = int(count)
    return counts


def _show_banks(report: dict[str, Any]) -> None:
    for one in report["banks"]:
        typer.echo(
            text(
                "ledger-command.bank",
                bank=one["name"],
                drawer=one["drawer"],
                feeder=one["feeder"],
            )
        )


def _show_shift(report: dict[str, Any], as_json: bool) -> None:
    if as_json:
        show_json(report)
    else:
        figures = report["figures"]
        typer.echo("  ".join(f"{title} {figures[name]}" for name, title in COUNTED_TITLES.items()))
        typer.echo(text("ledger-command.must", drawer=report["drawer"], feeder=report["feeder"]))
        _show_banks(report)
        code = "ledger-command.ribbon-alarm" if report["ribbon_alarm"] else "ledger-command.ribbon"
        typer.echo(text(code, planned=report["ribbon_planned"], used=report["ribbon_used"]))
        typer.echo(
            text("ledger-command.balances")
            if report["balances"]
            else "\n".join(report["differences"])
        )
    if not report["balances"]:
        raise typer.Exit(1)
