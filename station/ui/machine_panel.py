"""What the operator and the technician see of the devices."""

from __future__ import annotations

import platform
from typing import Any, Final

from station.core.errors import FeederStoppedError
from station.core.operator_text import explain
from station.core.orders import OrderStep, WriteBackRecord
from station.core.printing import Capability
from station.core.printing import PrinterStateReason as R
from station.production.views import DEVICE_TITLES, DeviceView, StationView

STATES: Final = {
    "idle": "空闲",
    "processing": "工作中",
    "stopped": "已停止",
    "absent": "未连接",
    "present": "已连接",
    "up": "正常",
    "down": "无应答",
    "unknown": "检查中",
}
AT_WORK: Final = {
    OrderStep.FED: "正在进卡",
    OrderStep.ENCODED: "正在写卡",
    OrderStep.PRINTED: "正在打印",
    OrderStep.PRINTED_OWED: "正在打印",
    OrderStep.RELEASED: "正在出卡",
    OrderStep.RELEASED_OWED: "正在出卡",
}
RIBBON: Final = {
    R.RIBBON_MISSING,
    R.RIBBON_EMPTY,
    R.RIBBON_ALMOST_EMPTY,
    R.RIBBON_CHIP_MISSING,
    R.RIBBON_UNSUPPORTED,
}
RIBBON_FITTED: Final = "已装"
STOCK: Final = {R.MEDIA_EMPTY, R.MEDIA_LOW, R.MEDIA_NEEDED, R.FEED_ERROR}
ERRORS: Final = {R.RIBBON_ALMOST_EMPTY: "warn", R.MEDIA_LOW: "warn"}


def machine_panel(view: StationView) -> dict[str, Any]:
    """Return the variables of `_machine.html`."""
    devices = {device.name: device for device in view.devices}
    printer = devices["printer"]
    reasons = {problem.code: problem.title for problem in printer.problems}
    level, headline = _headline(view)
    return {
        "ready": view.ready,
        "ready_level": level,
        "ready_text": headline,
        "lights": [
            _light("printer", "制卡机", printer, STATES.get(printer.state, printer.state)),
            _light("reader", "读卡器", devices["reader"], STATES[devices["reader"].state]),
            *_supplies(view, reasons, printer),
            _light("province", "省卡管", devices["province"], STATES[devices["province"].state]),
        ],
        "ribbon": None,
        "owed": len(view.owed),
        "left_card": view.card_left_inside,
        "left_card_stuck": view.card_left_inside and bool(printer.ok is False),
        "checked": _checked(view),
    }


def _headline(view: StationView) -> tuple[str, str]:
    """Return whether a card can be made now, in one line, with its level: the worst thing first."""
    blocked = next((p.title for d in view.devices for p in d.problems if d.ok is False), "")
    working = AT_WORK.get(view.at_work, "制卡机正在工作") if view.at_work else ""
    unasked = any(device.ok is None for device in view.devices)
    in_the_way = (
        (not view.recovered, "warn", "正在核对机内的卡和没有做完的任务"),
        (bool(blocked), "error", blocked),
        (bool(working), "info", working),
        (view.card_left_inside, "error", "机内有一张不属于任何任务的卡"),
        (view.feeder_stopped, "error", explain(FeederStoppedError.code).title),
        (unasked, "warn", "正在检查设备"),
        (view.order_inside, "info", "机内有卡，先做完这一张"),
        (not view.ready, "error", "暂时不能制卡"),
    )
    found = ((level, text) for true, level, text in in_the_way if true)
    return next(found, ("ok", "可以制卡"))


def _checked(view: StationView) -> str:
    # Said without a time of day: an open page has the machine looked at every second, and is sent
    # again only when something has changed, so that a clock here would stand still.
    if view.at_work is not None:
        return "制卡机工作时不检查，这一步做完后再检查"
    return "设备状态每秒自动检查" if view.checked_at else "正在检查设备"


def devices_panel(view: StationView) -> dict[str, Any]:
    """Return the variables of `_diagnostics_devices.html`."""
    return {
        "devices": [_device(device) for device in (*view.devices, *view.desk)],
        "owed": [_owed(row) for row in view.owed],
    }


def versions(view: StationView) -> list[tuple[str, str]]:
    """Return what a technician is asked for on the telephone."""
    return [
        ("制卡站", view.version),
        ("启动于", view.started_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")),
        ("Python", platform.python_version()),
        ("系统", platform.platform()),
    ]


def _light(name: str, label: str, device: DeviceView, text: str) -> dict[str, str]:
    level = "unknown" if device.ok is None else "ok" if device.ok else "error"
    return {"name": name, "label": label, "level": level, "text": text}


def _supplies(
    view: StationView, reasons: dict[str, str], printer: DeviceView
) -> list[dict[str, str]]:
    ribbon = _supply("ribbon", "色带", RIBBON, reasons, printer, _ribbon_text(view))
    stock = _supply("stock", "预制卡", STOCK, reasons, printer, "有卡")
    can = printer.capabilities
    shown = ((ribbon, Capability.PRINT_FRONT), (stock, Capability.FEEDER))
    return [light for light, needed in shown if needed in can]


def _supply(
    name: str,
    label: str,
    keywords: set[R],
    reasons: dict[str, str],
    printer: DeviceView,
    good: str,
) -> dict[str, str]:
    found = next((keyword for keyword in keywords if keyword.value in reasons), None)
    if found is not None:
        level = ERRORS.get(found, "error")
        text = reasons[found.value]
        if found is R.RIBBON_ALMOST_EMPTY and good != RIBBON_FITTED:
            text = f"{good}，{text}"  # how many are left is what a clerk needs to know now
        return {"name": name, "label": label, "level": level, "text": text}
    if printer.state in ("absent", "unknown") or printer.ok is None:
        return {"name": name, "label": label, "level": "unknown", "text": "未知"}
    return {"name": name, "label": label, "level": "ok", "text": good}


def _ribbon_text(view: StationView) -> str:
    left = view.ribbon_cards_left
    return RIBBON_FITTED if left is None else f"余 {left} 张"


def _device(device: DeviceView) -> dict[str, Any]:
    return {
        "name": device.name,
        "address": device.address,
        "ok": device.ok,
        "state": device.state,
        "problems": device.problems,
        "facts": device.facts,
        "unverified": device.unverified,
        "exchanges": device.exchanges,
        "title": DEVICE_TITLES[device.name],
        "state_text": STATES.get(device.state, device.state),
    }


def _owed(row: WriteBackRecord) -> dict[str, Any]:
    return {
        "id": row.id,
        "order": row.order,
        "outcome_text": "成品" if row.outcome == "issued" else "废卡",
        "state": row.state.value,
        "attempts": row.attempts,
        "last_error": row.last_error,
        "created_text": row.created_at.astimezone().strftime("%m-%d %H:%M:%S"),
    }
