"""Questions and orders to one Acme printer: refusals get their names, waiting gets its end."""

from __future__ import annotations

from station.core.errors import DeviceError
from station.core.printing import PrinterStatus
from station.drivers.kit.outcomes import raise_blocking
from station.drivers.kit.waiting import Waiting

from .codec import ACCEPTED, NAMES, STATE, Answer, State, decode_state
from .line import Line
from .model import AcmeModel
from .status_map import decode_status


class Session:
    """What can be asked and ordered over one line.

    Args:
        line: The wire.
        model: What the maker fixed.
        waiting: Waits for the end of a movement or a print.
    """

    def __init__(self, line: Line, model: AcmeModel, waiting: Waiting) -> None:
        self.line = line
        self._model = model
        self._waiting = waiting

    def read(self, operation: int) -> bytes:
        """Send a read-only question and return the data of its answer.

        Raises:
            DeviceError: Refused.
        """
        return self.accepted(operation, self.line.look(operation))

    def accepted(self, operation: int, answer: Answer) -> bytes:
        """Return the data of an answer that says yes.

        Raises:
            DeviceError: It says no; named by the status behind it.
        """
        if answer.verdict != ACCEPTED:
            what = f"{NAMES[operation]} refused with {answer.verdict}"
            status = self.status() if operation != STATE else None
            if status is not None and status.errors:
                raise_blocking(what, status)
            raise DeviceError(what, native_code=answer.verdict)
        return answer.data

    def state(self) -> State:
        """Read the state."""
        return decode_state(self.read(STATE))

    def status(self) -> PrinterStatus:
        """Read the state in IPP words."""
        data = self.read(STATE)
        low = self._model.ribbon_low_cards
        return decode_status(decode_state(data), raw=data, ribbon_low_cards=low)

    def settled_status(self) -> PrinterStatus:
        """Return the status once nothing moves: a process before us may have left it at work."""
        self.wait_until_idle(None)
        return self.status()

    def wait_until_idle(self, usual: float | None) -> None:
        """Wait for the end of what usually takes so long. See `Waiting.until`."""
        self._waiting.until(lambda: not self.state().at_work, self._waiting.patience(usual))
