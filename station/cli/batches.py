"""`station batches`: lists of people whose cards a unit applies for."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from station.cli.daemon import Daemon
from station.cli.options import (
    CONFIG_DEFAULT,
    OPERATOR_DEFAULT,
    AsJson,
    Config,
    Operator,
    explained,
    read_settings,
)
from station.cli.table import show
from station.core.batches import PhotoNaming
from station.core.errors import BatchFileError, BatchFileFault
from station.words import text

batches = typer.Typer(no_args_is_help=True, help=text("batches-command.help"))

MOST_BYTES: Final = 12_000_000
Batch = Annotated[str, typer.Argument(help="Id of the batch.")]
Given = Annotated[Path, typer.Argument(help="The list: .xlsx or .csv.")]
Target = Annotated[Path, typer.Argument(help="The file to write.")]


@batches.command("template")
def template(
    file: Target, config: Config = CONFIG_DEFAULT, operator: Operator = OPERATOR_DEFAULT
) -> None:
    """批量导入模板: write the empty list that a unit fills in."""
    with explained():
        content = Daemon(read_settings(config), operator).file("/batches/template.xlsx")
    write(file, content)


@batches.command("add")
def add(
    file: Given,
    title: Annotated[str, typer.Option("--title", help="For people.")] = "",
    unit: Annotated[str, typer.Option("--unit", help=text("batches-command.unit"))] = "",
    naming: Annotated[
        PhotoNaming, typer.Option("--naming", help="By what pictures are named.")
    ] = PhotoNaming.NUMBER,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """批量导入: make a batch of a list; print its id, and every faulty row with its reasons."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        body = {
            "file": encoded(file),
            "title": title or file.stem,
            "unit": unit,
            "naming": naming.value,
        }
        taken = daemon.post("/batches", body, key=secrets.token_hex(16))
        faulty = _faulty(daemon, taken["batch"]["id"])
    _report(taken, faulty)


@batches.command("correct")
def correct(
    batch: Batch,
    file: Given,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """Send a corrected or further list of a batch; only rows that differ are changed."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        taken = daemon.post(f"/batches/{batch}/list", {"file": encoded(file)})
        faulty = _faulty(daemon, batch)
    _report(taken, faulty)


@batches.command("list")
def list_batches(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """List the batches, newest first."""
    with explained():
        found = Daemon(read_settings(config)).get("/batches")
    show([_line(one) for one in found], as_json)


@batches.command("faults")
def faults(
    batch: Batch,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Write them as a list that can be corrected.")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """导入错误清单: every faulty row of a batch with its reasons."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        faulty = _faulty(daemon, batch)
        content = daemon.file(f"/batches/{batch}/faults.xlsx") if xlsx else b""
    if xlsx:
        write(xlsx, content)
    _print_faulty(faulty)


def write(file: Path, content: bytes) -> None:
    """Write a file, or end with the reason and exit status 2."""
    try:
        file.write_bytes(content)
    except OSError as exc:
        typer.echo(text("command.file-failed", file=file, reason=exc.strerror), err=True)
        raise typer.Exit(2) from exc


def encoded(file: Path) -> str:
    """Return a file's content in base64, or end with the reason and exit status 2.

    Raises:
        BatchFileError: It is larger than the station takes.
    """
    try:
        if file.stat().st_size > MOST_BYTES:
            allowed = f"{MOST_BYTES // 1_000_000} MB"
            raise BatchFileError(BatchFileFault.TOO_LARGE, "too large", allowed=allowed)
        return base64.b64encode(file.read_bytes()).decode()
    except OSError as exc:
        typer.echo(text("command.file-failed", file=file, reason=exc.strerror), err=True)
        raise typer.Exit(2) from exc


def _faulty(daemon: Daemon, batch: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    last = 0
    while some := daemon.get(f"/batches/{batch}/rows?state=faulty&limit=200&line={last}"):
        found += some
        last = some[-1]["line"]
    return found


def _line(batch: dict[str, Any]) -> dict[str, Any]:
    counts = {state: number for state, number in batch["counts"].items() if number}
    told = " ".join(f"{state}={number}" for state, number in counts.items())
    kept = ("id", "title", "unit", "state", "making", "created_at", "rows")
    return {name: batch[name] for name in kept} | {"counts": told}


def _report(taken: dict[str, Any], faulty: list[dict[str, Any]]) -> None:
    told = text(
        "batches-command.taken",
        batch=taken["batch"]["id"],
        added=taken["added"],
        changed=taken["changed"],
        unchanged=taken["unchanged"],
        faulty=len(faulty),
    )
    typer.echo(told)
    for row in taken["locked"]:
        typer.echo(text("batches-command.locked", line=row["line"]), err=True)
    _print_faulty(faulty)


def _print_faulty(faulty: list[dict[str, Any]]) -> None:
    for row in faulty:
        reason = text("batch-list.and").join(one["reason"] for one in row["faults"])
        typer.echo(text("batches-command.faulty", line=row["line"], reason=reason), err=True)
    if faulty:
        raise typer.Exit(1)
