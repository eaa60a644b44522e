"""Polls the desk's devices in a separate thread, so that no request waits for a reader.

Every cycle polls the ID-card reader for a card; the presence of the card reader and the PIN pad is
only checked rarely, and not while they are in use.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

from station.core.errors import StationError
from station.core.identity_cards import OnReader
from station.production.desk.readings import Readings
from station.production.life.desk_equipment import DeskEquipment
from station.production.machine.notifier import Notifier

log = logging.getLogger(__name__)

CHECK_EVERY: Final = 5.0  #: seconds between two checks of the presence of the other devices
REST: Final = 1.0  #: seconds until an unreachable reader is tried again


@dataclass(frozen=True, slots=True)
class DeviceState:
    """Last known state of one device.

    Attributes:
        ok: None before the first poll.
        code: Error code when it can't be used.
        details: Values for the operator's text.
        found: Result of the ID-card reader's last poll.
        module: Id of its security module.
    """

    ok: bool | None = None
    code: str = ""
    details: tuple[tuple[str, str], ...] = ()
    found: OnReader | None = None
    module: str = ""


UNKNOWN: Final = DeviceState()


class DeskWatch:
    """Keeps the last known state of the devices.

    Args:
        desk: The devices.
        readings: Store for cards that were read.
        bell: Rung when displayed data have changed.
        check_cards: Checks the card reader, unless it is in use; returns whether it did.
        check_pad: The same for the PIN pad.
    """

    def __init__(
        self,
        desk: DeskEquipment,
        readings: Readings,
        bell: Notifier,
        *,
        check_cards: Callable[[], bool],
        check_pad: Callable[[], bool],
    ) -> None:
        self._desk = desk
        self._readings = readings
        self._bell = bell
        self._checks = {"desk-reader": check_cards, "pin-pad": check_pad}
        self._lock = threading.Condition()
        self._states: dict[str, DeviceState] = {}
        self._rounds = 0
        self._wanted = False
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="desk-watch", daemon=True)

    def start(self) -> None:
        """Start the thread, if there is anything to poll."""
        if self._desk.id_reader or self._desk.card_reader or self._desk.pin_pad:
            self._thread.start()

    def stop(self, timeout: float = 5.0) -> None:
        """Stop the thread; wait at most `timeout` seconds for a poll in progress."""
        self._stopping.set()
        with self._lock:
            self._lock.notify_all()
        if self._thread.is_alive():
            self._thread.join(timeout)

    def state(self, device: str) -> DeviceState:
        """Return the state of `id-reader`, `desk-reader` or `pin-pad`."""
        with self._lock:
            return self._states.get(device, UNKNOWN)

    def look_now(self, timeout: float) -> None:
        """Poll every device, and wait for it at most `timeout` seconds."""
        with self._lock:
            if not self._thread.is_alive():
                return
            before = self._rounds
            self._wanted = True
            self._lock.notify_all()
            self._lock.wait_for(lambda: self._rounds > before + 1, timeout)

    def _run(self) -> None:
        since_check = CHECK_EVERY
        while not self._stopping.is_set():
            pause = self._look_for_a_card()
            if since_check >= CHECK_EVERY:
                for device, check in self._checks.items():
                    self._check(device, check)
                since_check = 0.0
            with self._lock:
                self._rounds += 1
                self._lock.notify_all()
                self._lock.wait_for(lambda: self._wanted or self._stopping.is_set(), pause)
                since_check = CHECK_EVERY if self._wanted else since_check + pause
                self._wanted = False

    def _look_for_a_card(self) -> float:
        """Poll once; returns the seconds until the next poll."""
        reader = self._desk.id_reader
        if reader is None:
            return REST
        try:
            look = reader.look()
        except StationError as exc:
            self._note("id-reader", _failed(exc))
            return REST
        if look.card is not None:
            self._readings.put(look.card, look.module)
            log.info("an ID card was read", extra={"action": "id-card-read"})
        module = look.module or self.state("id-reader").module
        self._note("id-reader", DeviceState(ok=True, found=look.found, module=module))
        if look.card is not None:
            self._bell.ring()
        return self._desk.poll

    def _check(self, device: str, check: Callable[[], bool]) -> None:
        try:
            if check():
                self._note(device, DeviceState(ok=True))
        except StationError as exc:
            self._note(device, _failed(exc))

    def _note(self, device: str, state: DeviceState) -> None:
        with self._lock:
            before = self._states.get(device, UNKNOWN)
            self._states[device] = state
        if replace(before, module="") != replace(state, module=""):
            if state.code:
                extra = {"action": "desk-device-failed", "device": device, "code": state.code}
                log.info("a device of the desk can't be used", extra=extra)
            self._bell.ring()


def _failed(error: StationError) -> DeviceState:
    return DeviceState(ok=False, code=error.code, details=tuple(error.details.items()))
