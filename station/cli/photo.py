"""`station photo check FILE...`: checks portraits against a city's rules, on this PC alone."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import print_table, show_json
from station.face.photo.profile import load_photo_profile, unchecked_reason
from station.words import Table, spoken, text

if TYPE_CHECKING:
    from station.core.photos import PhotoFinding, PhotoReport

photo = typer.Typer(no_args_is_help=True, help="Portraits.")
_HEAD: Final = Table("photo-column")
_BIGGEST: Final = 64 * 1024 * 1024
_Row = Sequence[str]


@photo.callback()
def _group() -> None:
    """Keep `check` a separate sub-command."""


@photo.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="JPEG files")],
    profile: Annotated[
        Path | None, typer.Option(help="Photo profile; else the one of the settings.")
    ] = None,
    as_json: AsJson = False,
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Print for each file which rules it breaks; exit 1 when one does, or can't be read."""
    from station.face.photo.check import check_photo

    with explained():
        rules = load_photo_profile(profile or read_settings(config).face.photo_profile)
    reports, unread = [], []
    for file in files:
        try:
            reports.append((file, check_photo(_read(file), rules).report))
        except OSError as exc:
            unread.append((file, exc.strerror or str(exc)))
    if as_json:
        shown = [_as_json(file, report) for file, report in reports]
        shown += [{"file": str(file), "ok": False, "unread": reason} for file, reason in unread]
        show_json(shown, indent=2)
    else:
        rows = [row for file, report in reports for row in _rows(file, report)]
        rows += [
            (file.name, text("photo-command.unread"), "", reason, "", "") for file, reason in unread
        ]
        print_table([tuple(_HEAD.values()), *rows])
        typer.echo(text("photo-command.rules", title=rules.title, name=rules.name))
        if unchecked := unchecked_reason(rules):
            typer.echo(text("photo-command.unchecked", reason=unchecked))
    if unread or any(report.findings for _, report in reports):
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    if file.stat().st_size > _BIGGEST:
        raise OSError(errno.EFBIG, text("photo-command.too-big", most=_BIGGEST // 1024 // 1024))
    return file.read_bytes()


def _rows(file: Path, report: PhotoReport) -> Iterable[_Row]:
    if not report.findings:
        yield (file.name, text("verdict.passed"), "", "", "", "")
    for finding in report.findings:
        may = text("photo-command.may" if finding.is_soft else "photo-command.may-not")
        yield (file.name, text("verdict.failed"), *_told(finding), may)


def _told(finding: PhotoFinding) -> tuple[str, str, str]:
    return spoken(finding.title), spoken(finding.found), spoken(finding.allowed)


def _as_json(file: Path, report: PhotoReport) -> dict[str, object]:
    return {
        "file": str(file),
        "profile": report.profile,
        "ok": not report.findings,
        "findings": [
            {name: spoken(value) for name, value in f.as_details().items()} | {"soft": f.is_soft}
            for f in report.findings
        ],
        "measured": {rule.value: spoken(value) for rule, value in report.measured},
        "unchecked": spoken(report.unchecked),
    }
