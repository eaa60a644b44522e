"""The window as the API shows it."""

from __future__ import annotations

import datetime as dt

from station.api.models.orders import Problem
from station.api.models.shown import Shown
from station.api.models.write_backs import WriteBackRecord
from station.core.orders import OrderStep
from station.core.printing import Capability


class DeviceView(Shown):
    """One device as a traffic light.

    Attributes:
        name: `printer`, `reader`, `province` or `journal`.
        address: Where it is reached.
        ok: Whether work can go on with it; None while not yet asked.
        state: One word: an IPP printer-state, `present`, `absent`, `up`, `down`.
        problems: What stands in the way, worst first.
        facts: Name -> value for the technician.
        unverified: What was never seen on real hardware.
        exchanges: The last exchanges, newest last.
        capabilities: What a printer can do; empty for the others.
    """

    name: str
    address: str
    ok: bool | None
    state: str
    problems: tuple[Problem, ...]
    facts: dict[str, str]
    unverified: tuple[str, ...]
    exchanges: tuple[str, ...]
    capabilities: frozenset[Capability] = frozenset()


class StationView(Shown):
    """The window as a whole.

    Attributes:
        ready: Whether a new card can be started now.
        version: Of the program.
        started_at: UTC.
        recovered: Whether recovery after the start is over.
        devices: Printer, reader, province, journal.
        desk: What stands on the clerk's desk; no card needs it.
        current: The order that is being made, or the newest open one.
        owed: Reports that the province has not acknowledged.
        ribbon_cards_left: None when unknown.
        card_in_path: Where the printer sees a card; None for an empty path.
        card_left_inside: Whether that card belongs to no order.
        feeder_stopped: Whether spoiled blanks have stopped the feeder until a test card passes.
        at_work: The step that the machine is taking right now; None while nothing moves.
        order_inside: Whether a card of an order is in the machine.
        checked_at: When the machine was last looked at, UTC.
    """

    ready: bool
    version: str
    started_at: dt.datetime
    recovered: bool
    devices: tuple[DeviceView, ...]
    current: str | None
    owed: tuple[WriteBackRecord, ...]
    ribbon_cards_left: int | None
    card_in_path: str | None
    card_left_inside: bool
    feeder_stopped: bool
    at_work: OrderStep | None = None
    order_inside: bool = False
    checked_at: dt.datetime | None = None
    desk: tuple[DeviceView, ...] = ()
