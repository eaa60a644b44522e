"""Deliberate breaks of the fleet's rules: each must be a violation of the run."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final
from unittest import mock

from station.core import fleet
from station.core.changes import MoveBlanks
from station.core.fleet_state import BlanksOnTheirWay
from station.core.orders import StockMove
from station.fleet import inbox, upward

if TYPE_CHECKING:
    from station.core.carrier import Delivery
    from tests.fleet.stations import Station

SHARED, EARLY, NO_HASH = "shared-consumer", "acknowledged-early", "cursor-without-hash"
NO_EPOCH, PRESSED_TWICE = "no-new-epoch", "received-twice"
ALL: Final = (SHARED, EARLY, NO_HASH, NO_EPOCH, PRESSED_TWICE)


def _shared_consumer() -> None:
    """One consumer for a whole hall: what comes goes to whoever asks first."""
    mock.patch.object(fleet, "inbox_consumer", return_value="inbox-hall").start()
    mock.patch.object(fleet, "inbox_subject", return_value="inbox.>").start()


def _acknowledged_early() -> None:
    """A letter is acknowledged before it is durable."""
    take = inbox.Inbox._take

    def early(self: inbox.Inbox, delivery: Delivery) -> None:
        delivery.done()
        take(self, delivery)

    mock.patch.object(inbox.Inbox, "_take", early).start()


def _cursor_without_hash() -> None:
    """The number alone is believed."""

    def has(self: upward.Upward, cursor: fleet.Cursor) -> bool:
        del self, cursor
        return True

    mock.patch.object(upward.Upward, "_has", has).start()


def press_again(station: Station, one: BlanksOnTheirWay) -> None:
    """Book a transfer a second time, past the check of the window."""
    with station.window.journal.transaction("clerk") as change:
        again = f"fleet transfer {one.transfer}, again"
        change.apply(MoveBlanks("m", again, StockMove.OPENED, one.sent, one.bank))


_AT_STATIONS: Final[dict[str, Callable[[], None]]] = {
    SHARED: _shared_consumer,
    EARLY: _acknowledged_early,
    NO_HASH: _cursor_without_hash,
}


def apply(name: str) -> None:
    """Break a rule in this process."""
    _AT_STATIONS.get(name, lambda: None)()


def apply_at_central(name: str) -> None:
    """Break a rule where applications are assigned: the letter says the first epoch again."""
    if name != NO_EPOCH:
        return
    from station.central import assigning

    def letter(assignment: str, application: str, epoch: int, *rest: str) -> fleet.Assignment:
        del epoch
        return fleet.Assignment(assignment, application, 1, *rest)

    mock.patch.object(assigning, "Assignment", letter).start()
