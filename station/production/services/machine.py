"""Views of the machine and of the link to the province; a card left inside; cleaning."""

from __future__ import annotations

import datetime as dt
import threading
from typing import Final

from station import __version__
from station.core.errors import ConnectionFailure, GatewayUnavailableError
from station.journal import Journal
from station.production.desk.service import DeskService
from station.production.life import left_card
from station.production.life.equipment import Equipment
from station.production.machine.cleaning import Cleaning
from station.production.machine.engine import Engine
from station.production.machine.province_watch import ProvinceWatch
from station.production.services.on_machine import BUTTON_PATIENCE, on_machine
from station.production.views.fleet import fleet_device
from station.production.views.orders import SAME_MOMENT, StationView
from station.production.views.station import station_view

#: Codes of an order that waits because the province did not answer.
NO_ANSWER: Final = frozenset(
    {GatewayUnavailableError.code, *(one.value for one in ConnectionFailure)}
)
#: Maximum number of callers that wait for a check of the devices at the same time.
MOST_LOOKING: Final = 4


class MachineService:
    """The use cases about the machine. Thread-safe.

    Attributes:
        cleaning: Cleaning the card path, and what came of it.
    """

    def __init__(
        self,
        journal: Journal,
        equipment: Equipment,
        engine: Engine,
        province: ProvinceWatch,
        desk: DeskService,
    ) -> None:
        self._journal = journal
        self._equipment = equipment
        self._engine = engine
        self._bench = engine.bench
        self._province = province
        self._desk = desk
        self._looking = threading.BoundedSemaphore(MOST_LOOKING)
        self.cleaning: Final = Cleaning(engine)
        self._started_at = journal.clock.now()
        self._rests_until: dt.datetime | None = None  # as displayed

    def view(self) -> StationView:
        """Return the window's last known state, and keep polling the machine for a while."""
        return station_view(
            journal=self._journal,
            equipment=self._equipment,
            snapshot=self._engine.watch(),
            running=self._engine.at_work(),
            province=self._province.state(doubted=self._province_is_silent()),
            rests_until=self._link_rests_until(),
            bench=self._bench,
            started_at=self._started_at,
            recovered=self._engine.recovered,
            version=__version__,
            desk=(*self._desk.devices(), *fleet_device(self._journal)),
            cleaning=self.cleaning.running,
        )

    def _province_is_silent(self) -> bool:
        heads = self._journal.orders.heads()
        return any(head.hold is not None and head.hold.code in NO_ANSWER for head in heads)

    def check_now(self, timeout: float) -> StationView:
        """Check machine and province now, and return the result.

        While `MOST_LOOKING` callers wait for a check, further ones get the last known state: a
        waiting caller occupies a thread, and the pages need some.
        """
        if self._looking.acquire(blocking=False):
            try:
                self._engine.look_now(timeout)
                self._province.wait_for_answer(timeout)
                self._desk.look_now(timeout)
            finally:
                self._looking.release()
        return self.view()

    def reject_left_card(self, actor: str, *, timeout: float = BUTTON_PATIENCE) -> StationView:
        """Dispose of a card that belongs to no order. Moves a card.

        A card that its chip proves to be a blank goes into the reject bin; any other one may belong
        to a holder and is released at the outlet.

        Raises:
            StepNotAllowedError: The card in the machine belongs to an order.
            ReaderNotConnectedError: The card can't be read.
            DeviceError: The printer refused.
        """
        on_machine(self._engine, lambda bench, _: left_card.put_away(bench, actor), timeout)
        return self.view()

    def _link_rests_until(self) -> dt.datetime | None:
        clock = self._journal.clock
        left = self._engine.link.wait_left(clock.monotonic())
        if left <= 0:
            self._rests_until = None
            return None
        at, shown = clock.now() + dt.timedelta(seconds=left), self._rests_until
        if shown is None or abs(at - shown) >= SAME_MOMENT:
            self._rests_until = shown = at
        return shown
