"""The state of the devices on the clerk's desk, as the watch has found it last."""

from __future__ import annotations

from typing import Final

from station.production.desk.watch import DeskWatch, DeviceState
from station.production.life.desk_equipment import DeskEquipment
from station.production.views.messages import Problem, connection_problem
from station.production.views.orders import DeviceView

NAMES: Final = ("id-reader", "desk-reader", "pin-pad")


def device_views(desk: DeskEquipment, watch: DeskWatch) -> tuple[DeviceView, ...]:
    """Return the devices that the desk has, each with its last known state."""
    devices = (desk.id_reader, desk.card_reader, desk.pin_pad)
    return tuple(
        _view(name, device.address, device.recent_exchanges(), desk, watch.state(name))
        for name, device in zip(NAMES, devices, strict=True)
        if device is not None
    )


def problem_of_device(state: DeviceState) -> Problem | None:
    """Return why a device can't be used; None when nothing is known against it."""
    return connection_problem(state.code, dict(state.details)) if state.code else None


def _view(
    name: str, address: str, exchanges: list[str], desk: DeskEquipment, state: DeviceState
) -> DeviceView:
    problem = problem_of_device(state)
    return DeviceView(
        name=name,
        address=address,
        ok=state.ok,
        state="unknown" if state.ok is None else "present" if state.ok else "absent",
        problems=(problem,) if problem else (),
        facts={"module": state.module} if state.module else {},
        unverified=desk.unverified.get(name, ()),
        exchanges=tuple(exchanges),
    )
