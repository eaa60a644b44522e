"""Deliberate breaks of the fleet's rules: each must be a violation of the run."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final
from unittest import mock

from station.central import assigning
from station.core import fleet
from station.core.changes import MoveBlanks
from station.core.fleet_state import BlanksOnTheirWay
from station.core.orders import StockMove
from station.fleet import inbox, upward

if TYPE_CHECKING:
    from station.core.carrier import Delivery
    from tests.fleet.stations import Station

SHARED, EARLY, NO_HASH = "shared-consumer", "acknowledged-early", "cursor-without-hash"
NO_EPOCH, BLANKS_TWICE, PARCEL_TWICE = "no-new-epoch", "blanks-twice", "parcel-twice"
#: Mutation -> the rule that must be named: another one may be broken for want of time.
NAMED: Final = {
    SHARED: "F4",
    EARLY: "F4",
    NO_HASH: "F2",
    NO_EPOCH: "F1",
    BLANKS_TWICE: "F3",
    PARCEL_TWICE: "F6",
}
ALL: Final = tuple(NAMED)


@contextlib.contextmanager
def _shared_consumer() -> Iterator[None]:
    """One consumer for a whole hall: what comes goes to whoever asks first."""
    with (
        mock.patch.object(fleet, "inbox_consumer", return_value="inbox-hall"),
        mock.patch.object(fleet, "inbox_subject", return_value="inbox.>"),
    ):
        yield


@contextlib.contextmanager
def _acknowledged_early() -> Iterator[None]:
    """A letter is acknowledged before it is durable."""
    take = inbox.Inbox._take

    def early(self: inbox.Inbox, delivery: Delivery) -> None:
        delivery.done()
        take(self, delivery)

    with mock.patch.object(inbox.Inbox, "_take", early):
        yield


@contextlib.contextmanager
def _cursor_without_hash() -> Iterator[None]:
    """The number alone is believed."""

    def has(self: upward.Upward, cursor: fleet.Cursor) -> bool:
        del self, cursor
        return True

    with mock.patch.object(upward.Upward, "_has", has):
        yield


@contextlib.contextmanager
def _no_new_epoch() -> Iterator[None]:
    """Where applications are assigned: the letter says the first epoch again."""

    def letter(assignment: str, application: str, epoch: int, *rest: Any) -> fleet.Assignment:  # noqa: ANN401 - passed on
        del epoch
        return fleet.Assignment(assignment, application, 1, *rest)

    with mock.patch.object(assigning, "Assignment", letter):
        yield


def book_again(station: Station, one: BlanksOnTheirWay) -> None:
    """A parcel of blanks is imported a second time, past the check of the window."""
    with station.window.journal.transaction("clerk") as change:
        again = f"fleet transfer {one.transfer}, again"
        change.apply(MoveBlanks("m", again, StockMove.OPENED, one.sent, one.bank))


def import_again(station: Station) -> None:
    """A parcel of reports is imported a second time at the province."""
    province = station.window.province
    if province.reports and not province.repeated:
        province.report(province.reports[-1])


_BREAKS: Final[dict[str, Callable[[], contextlib.AbstractContextManager[None]]]] = {
    SHARED: _shared_consumer,
    EARLY: _acknowledged_early,
    NO_HASH: _cursor_without_hash,
    NO_EPOCH: _no_new_epoch,
}


@contextlib.contextmanager
def broken(name: str) -> Iterator[None]:
    """Break a rule in this process; `BLANKS_TWICE` and `PARCEL_TWICE` are done by `Desk`."""
    with _BREAKS.get(name, contextlib.nullcontext)():
        yield
