"""`station doctor`: checks everything that a card needs, with a remedy for each missing thing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import typer

from station.cli.daemon import Daemon
from station.cli.options import CONFIG_DEFAULT, Config
from station.core.cards import CardEncoder
from station.core.errors import ConfigError, LinkRestingError, StationError
from station.core.gateways import ProvinceGateway
from station.core.printing import CardPrinter
from station.settings import Settings, load_settings
from station.state_folder import holder_of
from station.words import Table, explain, spoken, text

if TYPE_CHECKING:
    from station.journal import Journal
    from station.production.life.desk_equipment import DeskEquipment
    from station.production.life.equipment import Equipment


DEVICE_TITLES: Final = Table("device")


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check.

    Attributes:
        what: What was checked.
        ok: Whether it is as it should be.
        said: What was found.
        remedy: What to do where it is not.
        needed: Whether no card can be made without it.
    """

    what: str
    ok: bool
    said: str
    remedy: str = ""
    needed: bool = True


def doctor(config: Config = CONFIG_DEFAULT) -> None:
    """Check settings, journal, printer, reader, province and fonts; exit 1 when one is missing.

    A line with △ names what cards can be made without. With a daemon running, the devices are
    checked through it: it owns them.
    """
    if not show_findings(examine(config)):
        raise typer.Exit(1)


def show_findings(findings: Iterable[Finding]) -> bool:
    """Print each finding as it comes, with its remedy; returns whether a card can be made."""
    good = True
    for finding in findings:
        typer.echo(finding_line(finding))
        if not finding.ok:
            typer.echo("   " + text("doctor-told.remedy", remedy=finding.remedy))
        good = good and (finding.ok or not finding.needed)
    return good


def finding_line(finding: Finding) -> str:
    """Return a finding as one line; `△` is what a card can be made without."""
    told = text("doctor-told.finding", what=finding.what, said=finding.said)
    bad = "✘" if finding.needed else "△"
    return f"{'✔' if finding.ok else bad} {told}"


def examine(config: Path) -> Iterator[Finding]:
    """Run one check after the other; checks that depend on a missing thing are left out."""
    try:
        settings = load_settings(config)
    except ConfigError as exc:
        yield Finding(
            text("doctor.config"),
            False,
            spoken(str(exc)),
            text("doctor-told.mend-config", file=config),
        )
        return
    yield Finding(text("doctor.config"), True, str(config))
    daemon = Daemon(settings)
    if daemon.is_running():
        yield from _through(daemon)
        return
    holder = holder_of(settings.station.state_dir)
    if holder is not None:
        held = explain(holder.code, holder.details)
        said = text("doctor-told.held", **holder.details)
        yield Finding(text("doctor.service"), False, said, held.remedy)
        return
    yield Finding(text("doctor.service"), True, text("doctor-told.not-running"))
    yield from _directly(settings)


def _through(daemon: Daemon) -> Iterator[Finding]:
    # Imported here: needed only with a running daemon.
    from station.production.views.orders import PHOTO_RULES_FACT

    view: dict[str, Any] = daemon.get("/station?check=true")
    yield Finding(
        text("doctor.service"), True, text("doctor-told.running", version=view["version"])
    )
    for device in (*view["devices"], *view.get("desk", ())):
        problems = [p for p in device["problems"] if not device["ok"]]
        said = f"{device['address']} {device['state']}"
        if problems:
            title, code = problems[0]["title"], problems[0]["code"]
            said = text("doctor-told.device-problem", device=said, title=title, code=code)
        remedy = problems[0]["remedy"] if problems else text("doctor-told.later")
        needed = device["name"] != "fleet"
        yield Finding(DEVICE_TITLES[device["name"]], device["ok"] is True, said, remedy, needed)
        if device["name"] == "province":
            yield _photo_rules(device["facts"].get(PHOTO_RULES_FACT, ""))
    if view["owed"]:
        yield _reports(view)


def _photo_rules(unchecked: str) -> Finding:
    if unchecked:
        remedy = text("doctor-told.install-skimage")
        # A person judges what is not checked: see the order's panel.
        return Finding(text("doctor.photo-rules"), False, spoken(unchecked), remedy, needed=False)
    return Finding(text("doctor.photo-rules"), True, text("doctor-told.photo-rules-checked"))


def _reports(view: dict[str, Any]) -> Finding:
    dead = [row for row in view["owed"] if row["state"] == "dead"]
    if dead:
        errors = text("command.and").join(sorted({row["last_error"] for row in dead}))
        said = text("doctor-told.reports-refused", count=len(dead), errors=errors)
        remedy = text("doctor-told.reports-refused-remedy")
        return Finding(text("doctor.reports"), False, said, remedy)
    said = text("doctor-told.reports-owed", count=len(view["owed"]))
    (province,) = (device for device in view["devices"] if device["name"] == "province")
    resting = [p for p in province["problems"] if p["code"] == LinkRestingError.code]
    if resting:
        said = text(
            "doctor-told.resting",
            owed=said,
            title=resting[0]["title"],
            until=resting[0]["retry_at"],
        )
        return Finding(text("doctor.reports"), False, said, resting[0]["remedy"])
    return Finding(text("doctor.reports"), True, text("doctor-told.retried", owed=said))


def _directly(settings: Settings) -> Iterator[Finding]:
    from station.bootstrap import SEAL_KEY, build_equipment, look_at_journal

    yield _journal_finding(lambda: look_at_journal(settings), settings.station.state_dir / SEAL_KEY)
    try:
        equipment = build_equipment(settings)
    except StationError as exc:
        yield finding_of(text("doctor.parts"), exc)
        return
    said = str(settings.face.template) if settings.face.prints else text("doctor-told.no-face")
    yield Finding(text("doctor.template"), True, said)
    yield _try(text("doctor.capable"), lambda: _capable(equipment))
    if settings.face.prints:
        yield _photo_rules(equipment.faces.photo_rules_unchecked)
    yield _try(DEVICE_TITLES["printer"], lambda: look_at_printer(equipment.printer))
    yield _try(DEVICE_TITLES["reader"], lambda: look_at_reader(equipment.encoder))
    yield _try(DEVICE_TITLES["province"], lambda: look_at_province(equipment.province))
    yield from _desk(equipment.desk)
    yield from _operator_cards(settings)
    yield from _fleet(settings)
    equipment.close()


def _fleet(settings: Settings) -> Iterator[Finding]:
    """Say how the link to central was when the service ran last."""
    from station.bootstrap import look_at_journal
    from station.production.views.fleet import fleet_device

    if not settings.fleet.central:
        return
    title = DEVICE_TITLES["fleet"]
    try:
        with contextlib.closing(look_at_journal(settings)) as journal:
            devices = fleet_device(journal)
    except StationError as exc:
        yield finding_of(title, exc)
        return
    if not devices:
        remedy = text("doctor-told.fleet-enrol")
        yield Finding(title, False, text("doctor-told.fleet-not-enrolled"), remedy, needed=False)
    for device in devices:
        problem = device.problems[0] if device.problems else None
        said = f"{device.address} {device.state}"
        if problem is not None:
            said = text(
                "doctor-told.device-problem", device=said, title=problem.title, code=problem.code
            )
        remedy = problem.remedy if problem else text("doctor-told.later")
        yield Finding(title, device.ok is True, said, remedy, needed=False)


def _desk(desk: DeskEquipment) -> Iterator[Finding]:
    id_reader, cards, pad = desk.id_reader, desk.card_reader, desk.pin_pad
    if id_reader is not None:
        yield _try(DEVICE_TITLES["id-reader"], lambda: f"{id_reader.address} {id_reader.check()}")
    if cards is not None:
        yield _try(DEVICE_TITLES["desk-reader"], lambda: _looked(cards.address, cards.check_reader))
    if pad is not None:
        yield _try(DEVICE_TITLES["pin-pad"], lambda: _looked(pad.address, pad.check))


def _operator_cards(settings: Settings) -> Iterator[Finding]:
    from station.bootstrap import build_card_reader

    reader = build_card_reader(settings)
    if reader is not None:
        yield _try(
            DEVICE_TITLES["card-login"], lambda: _looked(reader.address, reader.check_reader)
        )
        reader.close()


def _looked(address: str, look: Callable[[], None]) -> str:
    from station.production.desk.cards import at_desk

    with at_desk():
        look()
    return address


def _journal_finding(look: Callable[[], Journal], key_file: Path) -> Finding:
    try:
        return Finding(DEVICE_TITLES["journal"], True, _journal_says(look()))
    except StationError as exc:
        if exc.code == "journal-missing" and not key_file.exists():
            return Finding(DEVICE_TITLES["journal"], True, text("doctor-told.no-journal"))
        return finding_of(DEVICE_TITLES["journal"], exc)


def _journal_says(journal: Journal) -> str:
    journal.check_file()
    count = journal.history.verify_chain()
    journal.close()
    return text("doctor-told.journal", address=journal.address, count=count)


def _capable(equipment: Equipment) -> str:
    from station.production.intake import capabilities

    capabilities.require(equipment, None)
    return text("command.and").join(sorted(equipment.printer.model.capabilities))


def look_at_printer(printer: CardPrinter) -> str:
    """Return address, serial number and ribbon; an error state is raised as a problem."""
    status = printer.status()
    if status.errors:
        reason = status.errors[0]
        raise FoundProblemError(reason.keyword.value)
    left = status.ribbon_cards_left
    said = f"{printer.address} {printer.identity().serial}"
    return said if left is None else text("doctor-told.ribbon", printer=said, left=left)


def look_at_reader(encoder: CardEncoder) -> str:
    """Return the address of a reader that is there. Powers no card."""
    encoder.check_reader()
    return encoder.address


def look_at_province(province: ProvinceGateway) -> str:
    """Return the address of a province that answers. Sends nothing about anybody."""
    province.check_link()
    return province.address


class FoundProblemError(StationError):
    """A finding that is not an exception of a lower layer, but has a text for operators."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def _try(what: str, look: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, look())
    except StationError as exc:
        return finding_of(what, exc)


def finding_of(what: str, exc: StationError) -> Finding:
    """Return the finding for an error of a check."""
    told = explain(exc.code, exc.details)
    return Finding(what, False, f"{told.title} ({exc.code}): {spoken(str(exc))}", told.remedy)
