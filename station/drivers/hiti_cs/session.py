"""Queries and commands for one HiTi CS printer: refusals become errors, waiting has a limit.

Source: docs/explanations/wire-hiti-cs.md. Time is passed in: only `driver` may use the clock.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

from station.core.errors import DeviceError
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
)
from station.drivers.kit.outcomes import raise_blocking
from station.drivers.kit.waiting import Waiting


class Session:
    """Queries and commands over one line. Not thread-safe: its driver holds the lock.

    Args:
        line: The connection.
        model: The maker's facts.
        waiting: Waits for the end of a movement or a print.
    """

    def __init__(self, line: Line, model: CsModel, waiting: Waiting) -> None:
        self.line = line
        self._cs = model
        self._places = model.places()
        self._waiting = waiting

    def read(self, command: Command, payload: bytes = b"") -> bytes:
        """Send a read-only command and return the data of the answer.

        Raises:
            DeviceError: Refused.
        """
        answer = self.line.look(command, payload)
        if answer.refused:
            _raise_refused(command, answer)
        return answer.payload

    def order(self, command: Command, payload: bytes = b"") -> bytes:
        """Send a command that changes something, and return the data of the answer.

        Raises:
            DeviceError: Refused; the alert after it determines the code.
        """
        return self.accepted(command, self.line.ask(command, payload))

    def accepted(self, command: Command, answer: Frame) -> bytes:
        """Return the data of an answer that is not a refusal.

        Raises:
            DeviceError: It is a refusal; the alert after it determines the code.
        """
        if answer.refused:
            status = self.status()
            if status.errors:
                raise_blocking(f"{command.name} refused", status)
            _raise_refused(command, answer)
        return answer.payload

    def status(self) -> PrinterStatus:
        """Read status bits, position, ribbon and the alert lists that the bits refer to."""
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
        """Return the status once nothing moves: an earlier process may have left it busy."""
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
        """Return additional data for technicians; refused queries are left out."""
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
        """Wait until idle; `usual` is the usual time in seconds. See `wait_until`."""
        self.wait_until(self.is_idle, usual)

    def wait_until(self, ended: Callable[[], bool], usual: float | None = None) -> None:
        """See `Waiting.until`; `usual` determines the patience."""
        self._waiting.until(ended, self._waiting.patience(usual))

    def reset(self) -> None:
        """Drop an open job; the card stays where it is."""
        self.order(commands.RESET, commands.SOFT_RESET)
        self.wait_until_idle()

    def drop_left_over_jobs(self) -> None:
        """Drop jobs that a dead process or a lost cable left open in the printer.

        Otherwise the next job or move would be refused as out of order.
        """
        if self.jobs():
            self.wait_until_idle()
            if self.jobs():
                self.reset()


def _raise_refused(command: Command, answer: Frame) -> NoReturn:
    raise DeviceError(
        f"{command.id:04X} {command.name} refused with reason {answer.reason:X}",
        native_code=answer.flag,
    )
