"""`station photo check FILE...`: portraits against a city's rules, on this PC alone."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import print_table, show_json
from station.face.photo.profile import load_photo_profile, unchecked_reason

if TYPE_CHECKING:
    from station.core.photos import PhotoReport

photo = typer.Typer(no_args_is_help=True, help="Portraits.")
_HEAD: Final = ("文件", "结论", "规则", "实测", "应为", "可否放行")
_BIGGEST: Final = 64 * 1024 * 1024
_Row = Sequence[str]


@photo.callback()
def _group() -> None:
    """Keep `check` a word of its own."""


@photo.command("check")
def check(
    files: Annotated[list[Path], typer.Argument(help="JPEG files")],
    profile: Annotated[
        Path | None, typer.Option(help="Photo profile; else the one of the settings.")
    ] = None,
    as_json: AsJson = False,
    config: Config = CONFIG_DEFAULT,
) -> None:
    """Say for each file which rules it breaks; exit 1 when one does, or can't be read."""
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
        rows += [(file.name, "读不出", "", reason, "", "") for file, reason in unread]
        print_table([_HEAD, *rows])
        typer.echo(f"规则：{rules.title}（{rules.name}）")
        if unchecked := unchecked_reason(rules):
            typer.echo(f"软规则未检查：{unchecked}")
    if unread or any(report.findings for _, report in reports):
        raise typer.Exit(1)


def _read(file: Path) -> bytes:
    if file.stat().st_size > _BIGGEST:
        raise OSError(errno.EFBIG, f"超过 {_BIGGEST // 1024 // 1024} MB，不是照片")
    return file.read_bytes()


def _rows(file: Path, report: PhotoReport) -> Iterable[_Row]:
    if not report.findings:
        yield (file.name, "合格", "", "", "", "")
    for finding in report.findings:
        may = "主管可放行" if finding.is_soft else "不可"
        yield (file.name, "不合格", finding.title, finding.found, finding.allowed, may)


def _as_json(file: Path, report: PhotoReport) -> dict[str, object]:
    return {
        "file": str(file),
        "profile": report.profile,
        "ok": not report.findings,
        "findings": [{**f.as_details(), "soft": f.is_soft} for f in report.findings],
        "measured": {rule.value: value for rule, value in report.measured},
        "unchecked": report.unchecked,
    }
