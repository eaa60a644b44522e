"""`station doctor`: is everything there that a card needs? Each missing thing with its remedy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from station.cli.daemon import Daemon
from station.cli.options import CONFIG_DEFAULT, Config
from station.core.cards import CardEncoder
from station.core.errors import ConfigError, LinkRestingError, StationError
from station.core.gateways import ProvinceGateway
from station.core.operator_text import explain
from station.core.printing import CardPrinter
from station.settings import Settings, load_settings
from station.state_folder import holder_of

if TYPE_CHECKING:
    from station.journal import Journal
    from station.production.desk.equipment import DeskEquipment
    from station.production.equipment import Equipment


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    ok: bool
    said: str
    remedy: str = ""


def doctor(config: Config = CONFIG_DEFAULT) -> None:
    """Check settings, journal, printer, reader, province and fonts; exit 1 when one is missing.

    With a daemon running, the devices are asked through it: it owns them.
    """
    findings = list(examine(config))
    for finding in findings:
        typer.echo(f"{'✔' if finding.ok else '✘'} {finding.what}：{finding.said}")
        if not finding.ok:
            typer.echo(f"   处理：{finding.remedy}")
    if not all(finding.ok for finding in findings):
        raise typer.Exit(1)


def examine(config: Path) -> Iterator[Finding]:
    """Look at one thing after the other; what depends on a missing thing is left out."""
    try:
        settings = load_settings(config)
    except ConfigError as exc:
        yield Finding("配置", False, str(exc), f"改正 {config} 后重试")
        return
    yield Finding("配置", True, str(config))
    daemon = Daemon(settings)
    if daemon.is_running():
        yield from _through(daemon)
        return
    holder = holder_of(settings.station.state_dir)
    if holder is not None:
        text = explain(holder.code, holder.details)
        said = f"没有应答，但进程 {holder.details['pid']}（{holder.details['program']}）还在"
        yield Finding("服务", False, f"{said}；不动它的设备", "".join(text.remedy))
        return
    yield Finding("服务", True, "未运行，直接检查设备")
    yield from _directly(settings)


def _through(daemon: Daemon) -> Iterator[Finding]:
    # only when there is a daemon
    from station.production.views import DEVICE_TITLES, PHOTO_RULES_FACT

    view: dict[str, Any] = daemon.get("/station?check=true")
    yield Finding("服务", True, f"运行中，版本 {view['version']}")
    for device in (*view["devices"], *view.get("desk", ())):
        problems = [p for p in device["problems"] if not device["ok"]]
        said = f"{device['address']} {device['state']}"
        if problems:
            said += f"，{problems[0]['title']} ({problems[0]['code']})"
        remedy = problems[0]["remedy"] if problems else "稍后再试"
        yield Finding(DEVICE_TITLES[device["name"]], device["ok"] is True, said, remedy)
        if device["name"] == "province":
            yield _photo_rules(device["facts"].get(PHOTO_RULES_FACT, ""))
    if view["owed"]:
        yield _reports(view)


def _photo_rules(unchecked: str) -> Finding:
    if unchecked:
        remedy = "安装 scikit-image（pip install card-station[photo]），或去掉照片规则的 [soft]"
        return Finding("照片软规则", False, unchecked, remedy)
    return Finding("照片软规则", True, "可以检查")


def _reports(view: dict[str, Any]) -> Finding:
    dead = [row for row in view["owed"] if row["state"] == "dead"]
    if dead:
        errors = "、".join(sorted({row["last_error"] for row in dead}))
        said = f"{len(dead)} 条被省卡管拒绝（{errors}）"
        remedy = "按省卡管答复办理后运行 station write-backs retry，或 export 交数据中心"
        return Finding("数据回盘", False, said, remedy)
    said = f"{len(view['owed'])} 条尚未回盘"
    (province,) = (device for device in view["devices"] if device["name"] == "province")
    resting = [p for p in province["problems"] if p["code"] == LinkRestingError.code]
    if resting:
        said += f"，{resting[0]['title']}到 {resting[0]['retry_at']}"
        return Finding("数据回盘", False, said, resting[0]["remedy"])
    return Finding("数据回盘", True, f"{said}，站点会自动重试")


def _directly(settings: Settings) -> Iterator[Finding]:
    from station.bootstrap import SEAL_KEY, build_equipment, look_at_journal

    yield _journal_finding(lambda: look_at_journal(settings), settings.station.state_dir / SEAL_KEY)
    try:
        equipment = build_equipment(settings)
    except StationError as exc:
        yield _finding("部件", exc)
        return
    said = str(settings.face.template) if settings.face.prints else "本窗口不打印卡面"
    yield Finding("卡面模板和字体", True, said)
    yield _try("制卡机能做这种卡", lambda: _capable(equipment))
    if settings.face.prints:
        yield _photo_rules(equipment.faces.photo_rules_unchecked)
    yield _try("制卡机", lambda: _printer_says(equipment.printer))
    yield _try("读卡器", lambda: _reader_says(equipment.encoder))
    yield _try("省卡管", lambda: _province_says(equipment.province))
    yield from _desk(equipment.desk)
    equipment.printer.close()
    equipment.encoder.close()
    equipment.province.close()
    equipment.desk.close()


def _desk(desk: DeskEquipment) -> Iterator[Finding]:
    from station.production.views import DEVICE_TITLES

    id_reader, cards, pad = desk.id_reader, desk.card_reader, desk.pin_pad
    if id_reader is not None:
        yield _try(DEVICE_TITLES["id-reader"], lambda: f"{id_reader.address} {id_reader.check()}")
    if cards is not None:
        yield _try(DEVICE_TITLES["desk-reader"], lambda: _looked(cards.address, cards.check_reader))
    if pad is not None:
        yield _try(DEVICE_TITLES["pin-pad"], lambda: _looked(pad.address, pad.check))


def _looked(address: str, look: Callable[[], None]) -> str:
    from station.production.desk.cards import at_desk

    with at_desk():
        look()
    return address


def _journal_finding(look: Callable[[], Journal], key_file: Path) -> Finding:
    try:
        return Finding("流水库", True, _journal_says(look()))
    except StationError as exc:
        if exc.code == "journal-missing" and not key_file.exists():
            return Finding("流水库", True, "还没有；第一次启动服务时建立")
        return _finding("流水库", exc)


def _journal_says(journal: Journal) -> str:
    journal.check_file()
    count = journal.history.verify_chain()
    journal.close()
    return f"{journal.address}，审计链完整（{count} 条）"


def _capable(equipment: Equipment) -> str:
    from station.production import capabilities

    capabilities.require(equipment, None)
    return "、".join(sorted(equipment.printer.model.capabilities))


def _printer_says(printer: CardPrinter) -> str:
    status = printer.status()
    if status.errors:
        reason = status.errors[0]
        raise FoundProblemError(reason.keyword.value)
    left = status.ribbon_cards_left
    ribbon = "" if left is None else f"，色带余 {left}"
    return f"{printer.address} {printer.identity().serial}{ribbon}"


def _reader_says(encoder: CardEncoder) -> str:
    encoder.check_reader()
    return encoder.address


def _province_says(province: ProvinceGateway) -> str:
    province.check_link()
    return province.address


class FoundProblemError(StationError):
    """A finding that is not an exception of a lower layer, but has an operator's text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except StationError as exc:
        return _finding(what, exc)


def _finding(what: str, exc: StationError) -> Finding:
    text = explain(exc.code, exc.details)
    return Finding(what, False, f"{text.title} ({exc.code}): {exc}", text.remedy)
