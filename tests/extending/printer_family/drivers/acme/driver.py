"""Acme card printers over a USB bulk link. Source: invented. **There is no such hardware.**"""

from __future__ import annotations

import secrets
from collections.abc import Callable

from station.core.errors import OutcomeUnknownError
from station.core.faces import FaceSide
from station.core.links import BulkLink
from station.core.movements import no_card_left_the_feeder
from station.core.printing import (
    CardPosition,
    PrinterCounters,
    PrinterIdentity,
    PrinterStateReason,
    PrinterStatus,
)
from station.drivers.kit.driver import LinkDriver
from station.drivers.kit.faces import check_faces, check_job_id
from station.drivers.kit.outcomes import (
    outcome_unknown,
    raise_blocking,
    raise_broke_off,
    require_ready_to_print,
)

from . import codec
from .line import Line
from .model import AcmeModel
from .session import Session


class Acme(LinkDriver[Line, Session]):
    """One Acme printer. See `CardPrinter` for what each call promises.

    Args:
        open_link: Opens the link; called until it succeeds once, from then on the link reopens.
        model: What the maker fixed.
    """

    def __init__(self, open_link: Callable[[], BulkLink], model: AcmeModel) -> None:
        super().__init__(model.facts())
        self._seconds = model.device_seconds
        self._line = Line(
            open_link,
            model.timeouts,
            clock=self._clock,
            first=secrets.randbits(31),
            on_open=self._greet,
        )
        self._session = Session(self._line, model, self._waiting(model.timeouts, model.polling))

    def identity(self) -> PrinterIdentity:
        """See `CardPrinter.identity`."""
        with self._turn() as printer:
            return PrinterIdentity(*codec.decode_who(printer.read(codec.WHO)))

    def status(self) -> PrinterStatus:
        """See `CardPrinter.status`."""
        with self._turn() as printer:
            return printer.status()

    def counters(self) -> PrinterCounters:
        """See `CardPrinter.counters`."""
        with self._turn() as printer:
            state = printer.state()
            return PrinterCounters(state.printed, state.ribbon_left)

    def job_printed(self, job_id: int) -> bool | None:
        """See `CardPrinter.job_printed`."""
        check_job_id(job_id)
        with self._turn() as printer:
            state = printer.state()
            if state.job_id != job_id:
                return None
            if state.job_state:
                return True
            return False if state.at_work else None

    def bring_card_to_chip_station(self) -> None:
        """See `CardPrinter.bring_card_to_chip_station`."""
        with self._turn() as printer:
            before = printer.settled_status()
            if before.card is CardPosition.CHIP_STATION:
                return
            if before.card is CardPosition.JAMMED:
                raise_blocking("a card is jammed in the path", before)
            if PrinterStateReason.FEED_ERROR in {reason.keyword for reason in before.errors}:
                printer.accepted(codec.FORGET, printer.line.ask(codec.FORGET))
                before = printer.status()
            after = self._move(codec.TO_CHIP, self._seconds.feed)
            if after.card is CardPosition.CHIP_STATION:
                return
            what = "the card did not reach the chip station"
            if no_card_left_the_feeder(before, after):
                raise_blocking(what, after)
            raise_broke_off(what, after)

    def present_card(self) -> None:
        """See `CardPrinter.present_card`."""
        self._put_out(codec.OUT, self._seconds.present)

    def reject_card(self) -> None:
        """See `CardPrinter.reject_card`."""
        self._put_out(codec.REJECT, self._seconds.reject)

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        """See `CardPrinter.print_face`. The whole job is one write."""
        check_faces(front, back, job_id, self._facts)
        letters = "".join(panel.value for panel in front.planes).encode("ascii")
        job = b"".join(
            (job_id.to_bytes(2, "big"), bytes([len(letters)]), letters, *front.planes.values())
        )
        with self._turn() as printer:
            require_ready_to_print(printer.settled_status())
            self._order(codec.PRINT, job)
            usual = self._seconds.to_print_station + self._seconds.print_front
            with outcome_unknown("the print was accepted"):
                printer.wait_until_idle(usual)
                state, status = printer.state(), printer.status()
        if state.job_id == job_id and state.job_state:
            return
        if status.errors:
            raise_broke_off("the print did not get to its end", status)
        raise OutcomeUnknownError(f"job {job_id} ended, and the printer has {state.job_id}")

    def _order(self, operation: int, data: bytes = b"") -> None:
        name = codec.NAMES[operation]
        with outcome_unknown(f"{name} was sent"):
            answer = self._line.ask(operation, data)
        self._session.accepted(operation, answer)

    def _move(self, operation: int, usual: float) -> PrinterStatus:
        self._order(operation)
        with outcome_unknown(f"{codec.NAMES[operation]} was accepted"):
            self._session.wait_until_idle(usual)
            return self._session.status()

    def _put_out(self, operation: int, usual: float) -> None:
        with self._turn() as printer:
            if printer.settled_status().card is None:
                return
            after = self._move(operation, usual)
            if after.card is not None:
                raise_broke_off(f"{codec.NAMES[operation]}: a card is still inside", after)
