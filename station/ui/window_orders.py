"""The list of this window's open and just finished orders, each one press away."""

from __future__ import annotations

from typing import Final

from station.core.life import BEFORE_FEED, IN_MACHINE
from station.core.orders import OrderSearch, OrderStep
from station.production.services.service import ProductionService
from station.production.views.orders import OrderSummary
from station.ui.contents import OrderRow
from station.ui.machine_contents import Level
from station.words import Table, text

S = OrderStep

#: What the list says of an order at each step; steps that are not here are not listed.
WORDS: Final = Table("listed")
#: The same of an order whose card is in the desk's reader, by kind and step.
AT_DESK: Final = Table("listed-at-desk")
OPEN: Final = (*(step for step in S if step in BEFORE_FEED), *sorted(IN_MACHINE))
FINISHED: Final = 6  #: of the newest orders, those that have ended stay listed
NEWEST: Final = 100  #: orders among which the open ones are listed in the order of their beginning
MOST: Final = 40  #: older open orders of one step, listed after them


def window_orders(service: ProductionService, names: dict[str, str]) -> tuple[OrderRow, ...]:
    """Return the rows of the list, newest first, with masked numbers.

    `names` keeps the holders' names of earlier calls: opening an order's data takes time.
    """
    newest = service.orders.recent(NEWEST)
    listed = [
        line
        for place, line in enumerate(newest)
        if line.step in OPEN or (place < FINISHED and line.step in WORDS)
    ]
    seen = {line.id for line in newest}
    older = [
        line for step in OPEN for line in service.orders.recent(MOST, wanted=OrderSearch(step=step))
    ]
    listed += [line for line in older if line.id not in seen]
    places = {one.order: one.place for one in service.queue.waiting() if one.place}
    revisions = service.orders.revisions([line.id for line in listed])
    return tuple(
        _row(service, line, names, revisions[line.id], places.get(line.id)) for line in listed
    )


def _row(
    service: ProductionService,
    line: OrderSummary,
    names: dict[str, str],
    revision: int,
    place: int | None,
) -> OrderRow:
    if not line.id_number_masked:  # the person's data was erased, and with it what was read of it
        names.pop(line.id, None)
    elif line.id not in names and line.step is not S.ACCEPTED:
        holder = service.orders.one(line.id).holder
        names[line.id] = holder.AAC003 if holder else ""
    return OrderRow(
        id=line.id,
        revision=revision,
        name=names.get(line.id, ""),
        number=line.id_number_masked,
        at=line.created_at.astimezone().strftime("%H:%M"),
        state=_state(line, place),
        level=_level(line),
        can_close=line.step in BEFORE_FEED,
    )


def _state(line: OrderSummary, place: int | None) -> str:
    if line.problem_code and (line.step in IN_MACHINE or place is not None):
        return text("listed-state.act")
    if place is not None:
        return text("listed-state.queued", place=place)
    return AT_DESK.get(f"{line.kind}-{line.step}", WORDS[line.step])


def _level(line: OrderSummary) -> Level:
    if line.problem_code:
        return "warn"
    return "ok" if line.step in (S.RELEASED, S.ACTIVATED) else "info"
