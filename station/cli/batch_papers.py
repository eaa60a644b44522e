"""`station batches`: confirmation, lists, units; the other half of its commands."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Annotated, Any

import typer

from station.batches.spoken import STATES, problem_text
from station.cli.batches import Batch, Target, batches
from station.cli.daemon import Daemon
from station.cli.files import read_parcel, write_file
from station.cli.options import (
    CONFIG_DEFAULT,
    OPERATOR_DEFAULT,
    AsJson,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.cli.papers import Pdf, Xlsx, named
from station.cli.table import show, show_json
from station.core.batches import RowReason
from station.words import text

__all__ = ["batches"]

Rows = Annotated[list[int], typer.Argument(min=1, help="Numbers of the rows.")]
OfRows = Annotated[list[int] | None, typer.Option("--row", min=1, help="Number of a row.")]


@batches.command("decide")
def decide(
    batch: Batch,
    rows: Rows,
    refuse: Annotated[
        RowReason | None, typer.Option("--refuse", help=text("batches-command.reason"))
    ] = None,
    note: Annotated[str, typer.Option("--note", help="Words about a refusal.")] = "",
    number: Annotated[
        str, typer.Option("--number", help="The chosen number, of a row with a 15-digit one.")
    ] = "",
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """确认: say that rows were compared and pass; with --refuse, that they do not."""
    decision = {"passed": refuse is None, "note": note, "number": number}
    decision |= {} if refuse is None else {"reason": refuse.value}
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"rows": [{"line": row, **decision} for row in rows]}
        answers = daemon.post(f"/batches/{batch}/decisions", body)
    answered(answers)


@batches.command("forms")
def forms(
    batch: Batch,
    pdf: Target,
    row: OfRows = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """确认表: write the forms that people sign, one on each page."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        content = daemon.file(f"/batches/{batch}/forms.pdf{_asked(row)}")
    write_file(pdf, content)


@batches.command("print")
def print_list(
    batch: Batch,
    pdf: Target,
    row: OfRows = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """明细清单: put confirmed rows into a list, write it as PDF, and print its number."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {"lines": row or []}
        made = daemon.post(f"/batches/{batch}/lists", body, key=secrets.token_hex(16))
        content = daemon.file(f"/batch-lists/{made['id']}.pdf")
    write_file(pdf, content)
    typer.echo(text("batches-command.list-made", number=made["id"]))


@batches.command("print-again")
def print_again(
    number: Annotated[int, typer.Argument(min=1, help="Number of the list.")],
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """补打印: write a list again by its number."""
    named(pdf, xlsx)
    with explained():
        daemon = Daemon(read_settings(config), operator)
        _write_both(daemon, f"/batch-lists/{number}", pdf, xlsx)


@batches.command("exceptions")
def exceptions(
    batch: Batch,
    xlsx: Target,
    row: OfRows = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """制卡异常数据导出: write the rows of which no card is made, each with the reason."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        content = daemon.file(f"/batches/{batch}/exceptions.xlsx{_asked(row)}")
    write_file(xlsx, content)


@batches.command("units")
def units(
    config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT, as_json: AsJson = False
) -> None:
    """List the units with bank and branch."""
    with explained():
        found = Daemon(read_settings(config), operator).get("/units")
    rows = [one | {"collectors": len(one["collectors"])} for one in found]
    show(rows, as_json)


@batches.command("unit")
def unit(
    number: Annotated[str, typer.Argument(help=text("batches-command.unit"))],
    name: Annotated[str, typer.Option("--name", help="Name of the unit.")],
    bank: Annotated[str, typer.Option("--bank", help="AAE008.")] = "",
    branch: Annotated[str, typer.Option("--branch", help="Number of the branch.")] = "",
    branch_name: Annotated[str, typer.Option("--branch-name", help="Its name.")] = "",
    fixed: Annotated[bool, typer.Option("--fixed", help="Bank and branch are confirmed.")] = False,
    collectors: Annotated[
        int, typer.Option("--collectors", min=0, max=2, help="How many are asked for.")
    ] = 0,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """申领信息维护: add or change a unit; its collectors are typed, not given as arguments."""
    people = [
        {
            "number": str(typer.prompt(text("orders-command.number"), hide_input=True)),
            "name": str(typer.prompt(text("batches-command.collector-name"))),
            "phone": str(typer.prompt(text("batches-command.collector-phone"))),
        }
        for _ in range(collectors)
    ]
    body = {
        "name": name,
        "AAE008": bank,
        "branch": branch,
        "branch_name": branch_name,
        "fixed": fixed,
        "collectors": people,
    }
    with explained():
        show_json(Daemon(read_settings(config), operator).post(f"/units/{number}", body))


def _asked(rows: list[int] | None) -> str:
    return "".join(f"{'&' if place else '?'}lines={row}" for place, row in enumerate(rows or ()))


def answered(answers: list[dict[str, Any]]) -> None:
    """Print what became of each row.

    Raises:
        typer.Exit: 1, when nothing was changed about one of them.
    """
    for one in answers:
        if one["problem"]:
            problem = f"{problem_text(one['problem'])} {one['problem']}"
            told = text("batches-command.not-decided", line=one["line"], problem=problem)
        else:
            told = text("batches-command.decided", line=one["line"], state=STATES[one["state"]])
        typer.echo(told, err=bool(one["problem"]))
    if any(one["problem"] for one in answers):
        raise typer.Exit(1)


@batches.command("make")
def make(
    batch: Batch, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """批量制卡: have the confirmed rows' cards made one after another, or go on after a pause."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        show_json(daemon.post(f"/batches/{batch}/making", {"making": "on"}))


@batches.command("pause")
def pause(
    batch: Batch, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """暂停: feed no further card of this batch; the one in the machine is finished."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        show_json(daemon.post(f"/batches/{batch}/making", {"making": "paused"}))


@batches.command("progress")
def progress(batch: Batch, config: Config = CONFIG_DEFAULT) -> None:
    """Print how far a batch is: made, held, spoiled, left, the next bank, the estimated end."""
    with explained():
        show_json(Daemon(read_settings(config)).get(f"/batches/{batch}/making"))


@batches.command("approve")
def approve(
    batch: Batch,
    rows: Rows,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """预览核对: say that the previews of rows that wait for it were compared."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        answers = daemon.post(f"/batches/{batch}/approvals", {"lines": rows, "approved": True})
    answered(answers)


@batches.command("withdraw")
def withdraw(
    batch: Batch,
    rows: Rows,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """撤销: withdraw rows while nothing irreversible has happened; each has its own result."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        answers = daemon.post(f"/batches/{batch}/withdrawals", {"lines": rows})
    answered(answers)


@batches.command("results")
def results(
    batch: Batch,
    folder: Annotated[
        Path,
        # Looked at before a part is made: what left in one part leaves in no other.
        typer.Argument(exists=True, file_okay=False, writable=True, help="An existing folder."),
    ],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """报盘数据导出: write the results that have not left yet, for the data centre."""
    contact = {
        "name": str(typer.prompt(text("batches-command.contact-name"))),
        "phone": str(typer.prompt(text("batches-command.contact-phone"))),
    }
    with explained():
        daemon = Daemon(read_settings(config), operator)
        unit = daemon.get(f"/batches/{batch}")["unit"] or batch
        key = secrets.token_hex(16)
        made = daemon.post(f"/batches/{batch}/results", contact, key=key)
        content = daemon.file(f"/batches/{batch}/results/{made['part']}.zip")
    file = folder / f"{unit}out_{made['part']}.zip"
    write_file(file, content)
    told = text("batches-command.exported", part=made["part"], count=made["lines"], file=file)
    typer.echo(told)


@batches.command("receipt")
def receipt(
    file: Annotated[Path, typer.Argument(help="The data centre's receipt.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """回执: take the data centre's receipt for a part of the results."""
    with explained():
        content = read_parcel(file)
        taken = Daemon(read_settings(config), operator).post(
            "/batch-receipts", {"content": content}
        )
    told = text("batches-command.receipt-taken", part=taken["part"], refused=taken["refused"])
    typer.echo(told)


@batches.command("handover")
def handover(
    batch: Batch,
    pdf: Pdf = None,
    xlsx: Xlsx = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """交接单: write the list of the cards that are made, for the unit's collectors."""
    named(pdf, xlsx)
    with explained():
        daemon = Daemon(read_settings(config), operator)
        _write_both(daemon, f"/batches/{batch}/handover", pdf, xlsx)


def _write_both(daemon: Daemon, path: str, pdf: Path | None, xlsx: Path | None) -> None:
    for file, ending in ((pdf, "pdf"), (xlsx, "xlsx")):
        if file is not None:
            write_file(file, daemon.file(f"{path}.{ending}"))
