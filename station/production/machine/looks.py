"""What the machine reported at the last look at it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from station.core.orders import OrderStep
from station.core.printing import PrinterIdentity, PrinterStatus


@dataclass(frozen=True, slots=True)
class MachineSnapshot:
    """One look at the machine, taken by the thread that owns it.

    Attributes:
        at: When, UTC.
        printer: None when it could not be asked; `printer_error` says why.
        printer_error: Error code.
        identity: Who it is, as far as ever known.
        reader: Whether the chip reader can be used.
        reader_error: Error code and details of why it can't.
        unowned_card: Whether a card was in the path that the journal of that moment knows of no
            order, and no movement without a known outcome either.
    """

    at: dt.datetime
    printer: PrinterStatus | None
    printer_error: str
    identity: PrinterIdentity | None
    reader: bool
    reader_error: tuple[str, Mapping[str, str]] = ("", MappingProxyType({}))
    unowned_card: bool = False

    @property
    def faulty(self) -> bool:
        """Whether something of the machine is missing or stops it."""
        return self.printer is None or bool(self.printer.errors) or not self.reader


@dataclass(frozen=True, slots=True)
class Running:
    """The step that the machine's thread is taking right now.

    Attributes:
        order: Whose.
        step: Where it leads.
        since: When it began, UTC; for people only.
    """

    order: str
    step: OrderStep
    since: dt.datetime
