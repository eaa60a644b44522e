"""`station batches`: lists of people whose cards a unit applies for."""

from __future__ import annotations

import base64
import io
import secrets
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from station.batches.photos import written_name
from station.cli.daemon import Daemon
from station.cli.files import file_explained, write_file
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
from station.clock import SystemClock
from station.core.batches import PhotoNaming
from station.core.errors import BatchFileError, BatchFileFault, PackageError, PackageFault
from station.words import text

batches = typer.Typer(no_args_is_help=True, help=text("batches-command.help"))

MOST_BYTES: Final = 12_000_000
PART_BYTES: Final = 10_000_000  #: of pictures in one request
HEADER: Final = "package.json"  #: of a package
FOLLOW: Final = 1.0  #: seconds between two looks at the progress
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
    write_file(file, content)


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
        faulty = faulty_rows(daemon, taken["batch"]["id"])
    report(taken, faulty)


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
        faulty = faulty_rows(daemon, batch)
    report(taken, faulty)


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
        faulty = faulty_rows(daemon, batch)
        content = daemon.file(f"/batches/{batch}/faults.xlsx") if xlsx else b""
    if xlsx:
        write_file(xlsx, content)
    _print_faulty(faulty)


@batches.command("package")
def package(
    file: Annotated[Path, typer.Argument(help="The unit's package.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """数据包导入: send a unit's package, in parts where it is large, and print its batch."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        added = matched = 0
        taken: dict[str, Any] = {}
        for part in _parts_of_package(file):
            body = {"file": base64.b64encode(part).decode()}
            taken = daemon.post("/batch-packages", body)
            added += taken["photos"]["added"]
            matched += taken["photos"]["matched"]
        faulty = faulty_rows(daemon, taken["batch"]["id"])
    told = text(
        "batches-command.package-taken",
        batch=taken["batch"]["id"],
        rows=taken["batch"]["rows"],
        added=added,
        matched=matched,
    )
    typer.echo(told)
    _print_faulty(faulty)


@batches.command("key")
def key(config: Config = CONFIG_DEFAULT) -> None:
    """Print the public key to which units seal their packages for this station."""
    from station.bootstrap import build_packages

    with explained():
        typer.echo(build_packages(read_settings(config)).package_key(), nl=False)


@batches.command("photos")
def photos(
    batch: Batch,
    source: Annotated[
        Path | None, typer.Argument(help="A folder or a zip of pictures; none: only report.")
    ] = None,
    xlsx: Annotated[
        Path | None, typer.Option("--xlsx", help="Write the report as a spreadsheet.")
    ] = None,
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """照片导入: send pictures, follow their check, report what is to be looked after."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        if source is not None:
            _send_photos(daemon, batch, source)
        now = _follow_check(daemon, batch)
        content = daemon.file(f"/batches/{batch}/photos.xlsx") if xlsx else b""
    if xlsx:
        write_file(xlsx, content)
    if any(now[name] for name in ("missing", "doubled", "unmatched", "broken")):
        raise typer.Exit(1)


@batches.command("choose-photo")
def choose_photo(
    batch: Batch,
    line: Annotated[int, typer.Argument(min=1, help="Number of the row.")],
    photo: Annotated[int, typer.Argument(min=1, help="Number of the picture.")],
    config: Config = CONFIG_DEFAULT,
    operator: Operator = OPERATOR_DEFAULT,
) -> None:
    """选择照片: give a row another picture of the batch."""
    with explained():
        daemon = Daemon(read_settings(config), operator)
        daemon.post(f"/batches/{batch}/rows/{line}/photo", {"photo": photo})


def _send_photos(daemon: Daemon, batch: str, source: Path) -> None:
    counted = dict.fromkeys(("added", "matched", "known", "refused"), 0)
    for part in _parts_of(source):
        body = {"file": base64.b64encode(part).decode()}
        taken = daemon.post(f"/batches/{batch}/photos", body)
        for name in ("added", "matched", "known"):
            counted[name] += taken[name]
        counted["refused"] += len(taken["refused"])
    told = text(
        "batches-command.photos-taken",
        added=counted["added"],
        matched=counted["matched"],
        known=counted["known"],
        refused=counted["refused"],
    )
    typer.echo(told)


def _parts_of(source: Path) -> Iterator[bytes]:
    """Yield the pictures of a folder or a zip as zips that one request can hold."""
    part, size = io.BytesIO(), 0
    packed = zipfile.ZipFile(part, "w", zipfile.ZIP_STORED)
    for name, content in _pictures(source):
        if size and size + len(content) > PART_BYTES:
            packed.close()
            yield part.getvalue()
            part, size = io.BytesIO(), 0
            packed = zipfile.ZipFile(part, "w", zipfile.ZIP_STORED)
        packed.writestr(name, content)
        size += len(content)
    packed.close()
    if size:
        yield part.getvalue()


def _parts_of_package(source: Path) -> Iterator[bytes]:
    """Yield a package as zips that one request can hold, each with the package's header."""
    try:
        with file_explained(source), zipfile.ZipFile(source) as packed:
            header = packed.read(HEADER)
            parts = [one for one in packed.infolist() if one.filename != HEADER]
            # The list first: the pictures are matched with its rows.
            parts.sort(key=lambda one: not one.filename.startswith("list."))
            some: list[zipfile.ZipInfo] = []
            for one in parts:
                if some and sum(part.file_size for part in some) + one.file_size > PART_BYTES:
                    yield _zip_of(packed, header, some)
                    some = []
                some.append(one)
            yield _zip_of(packed, header, some)
    except (zipfile.BadZipFile, KeyError, RuntimeError) as exc:  # RuntimeError: it is encrypted
        raise PackageError(PackageFault.DAMAGED, "not a zip of a package") from exc


def _zip_of(packed: zipfile.ZipFile, header: bytes, some: list[zipfile.ZipInfo]) -> bytes:
    part = io.BytesIO()
    with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED) as made:
        made.writestr(HEADER, header)
        for one in some:
            made.writestr(one.filename, packed.read(one))
    return part.getvalue()


def _pictures(source: Path) -> Iterator[tuple[str, bytes]]:
    try:
        with file_explained(source):
            yield from _in_folder(source) if source.is_dir() else _in_zip(source)
    except (zipfile.BadZipFile, RuntimeError) as exc:  # RuntimeError: it is encrypted
        raise BatchFileError(BatchFileFault.NOT_A_PACKAGE, "not a zip of pictures") from exc


def _in_folder(folder: Path) -> Iterator[tuple[str, bytes]]:
    for file in sorted(folder.rglob("*")):
        if file.is_file() and file.stat().st_size <= PART_BYTES:
            yield file.name, file.read_bytes()


def _in_zip(source: Path) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(source) as packed:
        for one in packed.infolist():
            if not one.is_dir() and one.file_size <= PART_BYTES:
                yield written_name(one), packed.read(one)


def _follow_check(daemon: Daemon, batch: str) -> dict[str, Any]:
    """Return what is known of the pictures once all of them are checked; tell the progress."""
    clock = SystemClock()
    while True:
        now: dict[str, Any] = daemon.get(f"/batches/{batch}/photos")
        counts = now["counts"]
        told = text(
            "batches-command.photos-now",
            checked=sum(counts.values()) - counts["new"],
            all=sum(counts.values()),
            missing=len(now["missing"]),
            doubled=len(now["doubled"]),
            unmatched=len(now["unmatched"]),
            broken=len(now["broken"]),
        )
        typer.echo(told)
        if not counts["new"]:
            return now
        clock.pause(FOLLOW)


def encoded(file: Path) -> str:
    """Return a file's content in base64, or end with the reason and exit status 2.

    Raises:
        BatchFileError: It is larger than the station takes.
    """
    with file_explained(file):
        if file.stat().st_size > MOST_BYTES:
            allowed = f"{MOST_BYTES // 1_000_000} MB"
            raise BatchFileError(BatchFileFault.TOO_LARGE, "too large", allowed=allowed)
        return base64.b64encode(file.read_bytes()).decode()


def faulty_rows(daemon: Daemon, batch: str) -> list[dict[str, Any]]:
    """Return the faulty rows of a batch."""
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


def report(taken: dict[str, Any], faulty: list[dict[str, Any]]) -> None:
    """Print what a list has changed, and each faulty row with its reasons.

    Raises:
        typer.Exit: 1, when there are faulty rows.
    """
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
