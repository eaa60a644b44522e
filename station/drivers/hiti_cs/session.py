"""Questions and orders to one HiTi CS printer: refusals get their names, waiting gets its end.

Source: docs/explanations/wire-hiti-cs.md. Time is handed in: only `driver` may touch the clock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import NoReturn

from station.core.errors import (
    BrokeOffError,
    DeviceError,
    OutcomeUnknownError,
    ProtocolError,
    RemoteProtocolError,
    TransportError,
    TransportTimeoutError,
)
from station.core.printing import PrinterStatus
from station.drivers.hiti_cs import commands, replies
from station.drivers.hiti_cs.codec import Frame
from station.drivers.hiti_cs.commands import Command
from station.drivers.hiti_cs.line import Line
from station.drivers.hiti_cs.model import CsModel
from station.drivers.hiti_cs.status_map import (
    Reading,
    decode_status,
    is_busy,
    lists_to_ask,
    native_number,
)


class Session:
    """What can be asked and ordered over one line. Not thread-safe: its driver holds the lock.

    Args:
        line: The wire.
        model: What the maker fixed.
        clock: Seconds that only grow.
        pause: Waits so many seconds; True when the driver is being closed.
    """

    def __init__(
        self,
        line: Line,
        model: CsModel,
        *,
        clock: Callable[[], float],
        pause: Callable[[float], bool],
    ) -> None:
        self.line = line
        self._cs = model
        self._places = model.places()
        self._clock = clock
        self._pause = pause

    def read(self, command: Command, payload: bytes = b"") -> bytes:
        """Look, and return the data of the answer.

        Raises:
            DeviceError: Refused.
        """
        answer = self.line.look(command, payload)
        if answer.refused:
            _raise_refused(command, answer)
        return answer.payload

    def order(self, command: Command, payload: bytes = b"") -> bytes:
        """Send what changes something, and return the data of the answer.

        Raises:
            DeviceError: Refused; named by the alert behind it.
        """
        return self.accepted(command, self.line.ask(command, payload))

    def accepted(self, command: Command, answer: Frame) -> bytes:
        """Return the data of an answer that says yes.

        Raises:
            DeviceError: It says no; named by the alert behind it.
        """
        if answer.refused:
            status = self.status()
            if status.errors:
                raise_blocking(f"{command.name} refused", status)
            _raise_refused(command, answer)
        return answer.payload

    def status(self) -> PrinterStatus:
        """Read status bits, position, ribbon and whatever alert lists the bits point to."""
        summary = self.read(commands.STATUS)
        return decode_status(
            Reading(
                summary=summary,
                inputs=self.read(commands.INPUT_STATUS),
                lists={command.id: self.read(command) for command in lists_to_ask(summary)},
                ribbon_left=self.ribbon_left(),
            ),
            positions=self._places,
            meanings=self._cs.alerts,
            ribbon_low_cards=self._cs.ribbon_low_cards,
        )

    def settled_status(self) -> PrinterStatus:
        """Return the status once nothing moves: a process before us may have left it at work."""
        status = self.status()
        if is_busy(status.native):
            self.wait_until_idle()
            return self.status()
        return status

    def ribbon_left(self) -> int | None:
        """Return the cards left on the ribbon, or None."""
        answer = self.line.look(commands.STATISTICS)
        return None if answer.refused else replies.decode_ribbon_left(answer.payload)

    def details(self) -> dict[str, str]:
        """Return what a technician wants to know besides; what is refused is left out."""
        found = {}
        if (ribbon := self._allowed(commands.SUPPLIES, commands.RIBBON)) is not None:
            kind = replies.decode_ribbon_type(ribbon)
            found["ribbon"] = self._cs.ribbons.get(kind, f"unknown type {kind:02X}")
        if (vendor := self._allowed(commands.RIBBON_VENDOR)) is not None:
            found["ribbon-chip"] = "vendor {} version {}".format(
                *replies.decode_ribbon_vendor(vendor)
            )
        if (calibration := self._allowed(commands.CALIBRATION)) is not None:
            across, along = replies.decode_calibration(calibration)
            found["calibration"] = f"horizontal {across}, vertical {along}"
        engine = replies.decode_engine(self.read(commands.ENGINE))
        found["head"] = f"{engine.head_width_dots} dots, {engine.dpi} dpi"
        return found

    def _allowed(self, command: Command, payload: bytes = b"") -> bytes | None:
        answer = self.line.look(command, payload)
        return None if answer.refused else answer.payload

    def cards_printed(self) -> int:
        """Return the total counter."""
        return replies.decode_counter(self.read(commands.COUNTER, commands.TOTAL_CARDS))

    def jobs(self) -> dict[int, int]:
        """Return job id -> state of every job in the printer."""
        return replies.decode_jobs(self.read(commands.JOBS, commands.ALL_JOBS))

    def is_idle(self) -> bool:
        """Whether nothing moves and nothing prints."""
        return not is_busy(self.read(commands.STATUS))

    def wait_until_idle(self, usual: float | None = None) -> None:
        """Wait for the end of something that usually takes so long. See `wait_until`."""
        self.wait_until(self.is_idle, usual)

    def wait_until(self, ended: Callable[[], bool], usual: float | None = None) -> None:
        """Ask again and again until `ended`.

        Raises:
            DeviceError: It goes on far longer than usual.
            TransportError: The driver is being closed.
        """
        polling, timeouts = self._cs.polling, self._cs.timeouts
        patience = timeouts.ready
        if usual is not None:
            patience = max(timeouts.goal, usual * timeouts.goal_factor)
        deadline = self._clock() + patience
        pause = polling.first
        while not _asked_twice(ended):
            if self._clock() > deadline:
                raise DeviceError(f"still busy after {patience:.0f} s", native_code=0)
            if self._pause(pause):
                raise TransportError("closed while waiting for the printer")
            pause = min(pause * polling.growth, polling.longest)

    def reset(self) -> None:
        """Drop whatever job is open; the card stays where it stands."""
        self.order(commands.RESET, commands.SOFT_RESET)
        self.wait_until_idle()

    def drop_left_over_jobs(self) -> None:
        """Drop what a process that died, or a lost cable, left open in the printer.

        The next job or move would be refused as out of order.
        """
        if self.jobs():
            self.wait_until_idle()
            if self.jobs():
                self.reset()


def _asked_twice(ended: Callable[[], bool]) -> bool:
    # One lost or odd answer to a look at a printer at work says nothing about the work.
    with contextlib.suppress(TransportTimeoutError, RemoteProtocolError):
        return ended()
    return ended()


@contextlib.contextmanager
def outcome_unknown(what: str) -> Iterator[None]:
    """Turn whatever keeps us from the outcome of an order into OutcomeUnknownError."""
    try:
        yield
    except (TransportError, ProtocolError, DeviceError) as exc:
        raise OutcomeUnknownError(f"{what}, then: {exc}") from exc


def raise_blocking(what: str, status: PrinterStatus) -> NoReturn:
    """Raise the DeviceError that names what a person has to clear first."""
    if not status.errors:
        raise DeviceError(f"{what}; the printer names no reason", native_code=0)
    first = status.errors[0]
    raise DeviceError(
        f"{what}: {first}", native_code=native_number(first), code=first.keyword.value
    )


def raise_broke_off(what: str, status: PrinterStatus) -> NoReturn:
    """Raise the BrokeOffError that names what stopped a movement or a print that had begun."""
    if not status.errors:
        raise BrokeOffError(f"{what}; the printer names no reason", native_code=0)
    first = status.errors[0]
    raise BrokeOffError(
        f"{what}: {first}", native_code=native_number(first), code=first.keyword.value
    )


def _raise_refused(command: Command, answer: Frame) -> NoReturn:
    raise DeviceError(
        f"{command.id:04X} {command.name} refused with reason {answer.reason:X}",
        native_code=answer.flag,
    )
