"""What the operator and the technician see of the devices."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from typing import Final

from station.core.errors import FeederStoppedError
from station.core.orders import WriteBackRecord, WriteBackState
from station.core.printing import Capability
from station.core.printing import PrinterStateReason as R
from station.core.repairs import REPAIR_OF
from station.production.views.orders import DEVICE_TITLES, DeviceView, StationView
from station.ui.machine_contents import (
    Device,
    DeviceNode,
    DevicesPanel,
    Level,
    Light,
    MachinePanel,
    OwedReport,
)
from station.ui.picture_panel import card_now
from station.words import Table, explain, text
from station.words.tables import POSITION_TEXT

STATES: Final = Table("device-state")
AT_WORK: Final = Table("at-work")
RIBBON: Final = {
    R.RIBBON_MISSING,
    R.RIBBON_EMPTY,
    R.RIBBON_ALMOST_EMPTY,
    R.RIBBON_CHIP_MISSING,
    R.RIBBON_UNSUPPORTED,
}
STOCK: Final = {R.MEDIA_EMPTY, R.MEDIA_LOW, R.MEDIA_NEEDED, R.FEED_ERROR}
FACT_TITLES: Final = Table("fact")
#: The level of what is no error yet.
LEVELS: Final[Mapping[R, Level]] = {R.RIBBON_ALMOST_EMPTY: "warn", R.MEDIA_LOW: "warn"}


def machine_panel(view: StationView) -> MachinePanel:
    """Return the machine as the operator sees it."""
    devices = {device.name: device for device in view.devices}
    printer = devices["printer"]
    reasons = {problem.code: problem.title for problem in printer.problems}
    level, headline = _headline(view)
    return MachinePanel(
        level=level,
        headline=headline,
        lights=(
            _light("printer", printer, STATES.get(printer.state, printer.state)),
            _light("reader", devices["reader"], STATES[devices["reader"].state]),
            *_supplies(view, reasons, printer),
            _light("province", devices["province"], STATES[devices["province"].state]),
        ),
        owed=len(view.owed),
        left_card=view.card_left_inside,
        left_card_stuck=view.card_left_inside and printer.ok is False,
        checked=_checked(view),
        card=card_now(view),
    )


def _headline(view: StationView) -> tuple[Level, str]:
    """Return whether a card can be made now, in one line, with its level: the worst thing first."""
    blocked = next((p.title for d in view.devices for p in d.problems if d.ok is False), "")
    working = AT_WORK.get(view.at_work, text("machine.at-work")) if view.at_work else ""
    unasked = any(device.ok is None for device in view.devices)
    in_the_way: tuple[tuple[bool, Level, str], ...] = (
        (not view.recovered, "warn", text("machine.recovering")),
        (bool(blocked), "error", blocked),
        (bool(working), "info", working),
        (view.cleaning, "info", text("machine.cleaning")),
        (view.card_left_inside, "error", text("machine.left-card")),
        (view.feeder_stopped, "error", explain(FeederStoppedError.code).title),
        (unasked, "warn", text("machine.checking")),
        (view.order_inside, "info", text("machine.order-inside")),
        (not view.ready, "error", text("machine.not-ready")),
    )
    found = ((level, said) for true, level, said in in_the_way if true)
    return next(found, ("ok", text("machine.ready")))


def _checked(view: StationView) -> str:
    # Said without a time of day: an open page has the machine looked at every second, and is sent
    # again only when something has changed, so that a clock here would stand still.
    if view.at_work is not None or view.cleaning:
        return text("machine.not-checked-at-work")
    return text("machine.checked-each-second") if view.checked_at else text("machine.checking")


def devices_panel(
    view: StationView, *, repairing: bool = False, tree: tuple[DeviceNode, ...] = ()
) -> DevicesPanel:
    """Return devices and owed reports as the technician sees them.

    While a repair is under way (`repairing`) no problem leads to another one: an open cover may be
    one of its steps.
    """
    return DevicesPanel(
        devices=tuple(_device(device) for device in (*view.devices, *view.desk)),
        owed=tuple(_owed(row) for row in view.owed),
        repair_of={} if repairing else REPAIR_OF,
        tree=tree,
    )


def versions(view: StationView) -> tuple[tuple[str, str], ...]:
    """Return what a technician is asked for on the telephone."""
    return (
        (text("version.station"), view.version),
        (text("version.started"), view.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("Python", platform.python_version()),
        (text("version.system"), platform.platform()),
    )


def _light(name: str, device: DeviceView, said: str) -> Light:
    level: Level = "unknown" if device.ok is None else "ok" if device.ok else "error"
    return Light(name, DEVICE_TITLES[name], level, said)


def _supplies(view: StationView, reasons: Mapping[str, str], printer: DeviceView) -> list[Light]:
    ribbon = _supply("ribbon", RIBBON, reasons, printer, _ribbon_text(view))
    stock = _supply("stock", STOCK, reasons, printer, text("supply.stock-there"))
    can = printer.capabilities
    shown = ((ribbon, Capability.PRINT_FRONT), (stock, Capability.FEEDER))
    return [light for light, needed in shown if needed in can]


def _supply(
    name: str,
    keywords: set[R],
    reasons: Mapping[str, str],
    printer: DeviceView,
    good: str,
) -> Light:
    label = text(f"supply.{name}")
    found = next((keyword for keyword in keywords if keyword.value in reasons), None)
    if found is not None:
        level = LEVELS.get(found, "error")
        said = reasons[found.value]
        if found is R.RIBBON_ALMOST_EMPTY and good != text("supply.ribbon-fitted"):
            # how many are left is what a clerk needs to know now
            said = text("supply.ribbon-low", left=good, low=said)
        return Light(name, label, level, said)
    if printer.state in ("absent", "unknown") or printer.ok is None:
        return Light(name, label, "unknown", text("supply.unknown"))
    return Light(name, label, "ok", good)


def _ribbon_text(view: StationView) -> str:
    left = view.ribbon_cards_left
    return text("supply.ribbon-fitted") if left is None else text("supply.ribbon-left", count=left)


def _device(device: DeviceView) -> Device:
    return Device(
        name=device.name,
        title=DEVICE_TITLES[device.name],
        address=device.address,
        level=_device_level(device),
        state=STATES.get(device.state, device.state),
        problems=device.problems,
        facts={
            FACT_TITLES.get(name, name): _fact(device, name, fact)
            for name, fact in device.facts.items()
        },
        exchanges=tuple(reversed(device.exchanges)),
        unverified=device.unverified,
    )


def _reason(device: DeviceView, reason: str) -> str:
    """Return the title of a reason, whose keyword may be followed by its severity."""
    for problem in device.problems:
        if reason.startswith(problem.code):
            return problem.title
    return text("fact-value.none") if reason == "none" else reason


def _fact(device: DeviceView, name: str, fact: str) -> str:
    """Return a fact in words; what is no word, as a serial number, stays."""
    match name:
        case "printer-state":
            return STATES.get(fact, fact)
        case "card":
            return POSITION_TEXT.get(fact, fact)
        case "printer-state-reasons":
            reasons = [_reason(device, reason) for reason in fact.split(", ")]
            return text("fact-value.comma").join(reasons)
        case "reports":
            return text("fact-value.resting" if fact == "resting" else "fact-value.at-once")
    return fact


def _device_level(device: DeviceView) -> Level:
    if device.ok is None:
        return "unknown"
    if not device.ok:
        return "error"
    return "warn" if device.problems else "ok"


def _owed(row: WriteBackRecord) -> OwedReport:
    return OwedReport(
        order=row.order,
        outcome=text(f"outcome.{row.outcome}"),
        refused=row.state is WriteBackState.DEAD,
        attempts=row.attempts,
        last_error=row.last_error,
        created=row.created_at.astimezone().strftime("%m-%d %H:%M:%S"),
    )
