"""Evolis card printers over TCP or USB.

Source: docs/explanations/wire-evolis.md. **Never run on real hardware**: the assumptions of that
    page are in the model's file, and the driver logs a warning about them at the printer's first
    answer.
"""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import secrets
from collections.abc import Callable, Iterator

from station.clock import utc_now
from station.core.errors import (
    DeviceError,
    OutcomeUnknownError,
    StationError,
)
from station.core.faces import FaceSide, Panel
from station.core.links import BulkLink
from station.core.magnetic import Tracks
from station.core.movements import STOPS_MOTION, STOPS_PRESENT, STOPS_REJECT
from station.core.printing import (
    CardPosition,
    PrinterCounters,
    PrinterIdentity,
    PrinterStateReason,
    PrinterStatus,
)
from station.drivers.evolis import commands
from station.drivers.evolis.commands import Command
from station.drivers.evolis.line import Line
from station.drivers.evolis.magnetic import MagneticHead
from station.drivers.evolis.model import EvolisModel
from station.drivers.evolis.print_job import encode_job, pack_side
from station.drivers.evolis.replies import Ribbon, is_printed
from station.drivers.evolis.session import Session, raise_not_moved, sent
from station.drivers.evolis.status_map import (
    CHIP_STATION_FITTED,
    FLIPPER_FITTED,
    MAGNETIC_FITTED,
    Meanings,
    has_open_job,
)
from station.drivers.kit.driver import LinkDriver
from station.drivers.kit.faces import check_faces, check_job_id
from station.drivers.kit.outcomes import (
    outcome_unknown,
    raise_blocking,
    raise_broke_off,
    require_card,
    require_empty_path,
    require_ready_to_print,
)

_log = logging.getLogger(__name__)


class Evolis(LinkDriver[Line, Session]):
    """One Evolis printer. See `CardPrinter` for the contract of each call.

    Args:
        open_link: Opens the link; called again after every transaction that did not finish.
        model: The maker's facts.
        meanings: Meaning of each status bit.
        number: The session number of an earlier driver, whose recorded session is played.
    """

    def __init__(
        self,
        open_link: Callable[[], BulkLink],
        model: EvolisModel,
        meanings: Meanings,
        *,
        number: int | None = None,
    ) -> None:
        super().__init__(model.facts())
        self._model = model
        self._line = Line(open_link, model.timeouts, clock=self._clock, on_open=self._greet)
        waiting = self._waiting(model.timeouts, model.polling)
        self._session = Session(self._line, model, meanings, waiting, clock=self._clock)
        self._counts_insertions = False  # until a feed has incremented the card counter
        # Random, as in the maker's client: with a predictable number, other clients could be
        # mistaken for this one.
        numbers = [n for n in commands.SESSIONS if n != model.sessions.printing]
        self._number = number or secrets.choice(numbers)

    def identity(self) -> PrinterIdentity:
        """See `CardPrinter.identity`."""
        with self._turn() as printer:
            return PrinterIdentity(
                model=printer.read(commands.MODEL),
                serial=printer.read(commands.SERIAL),
                firmware=printer.read(commands.FIRMWARE),
            )

    def status(self) -> PrinterStatus:
        """See `CardPrinter.status`."""
        with self._turn() as printer:
            status = printer.status()
            return dataclasses.replace(status, cleaning_cards_left=printer.cleaning_cards_left())

    def counters(self) -> PrinterCounters:
        """See `CardPrinter.counters`."""
        with self._turn() as printer:
            ribbon = printer.ribbon()
            return PrinterCounters(printer.cards_printed(), ribbon.cards_left if ribbon else None)

    def details(self) -> dict[str, str]:
        """See `PrinterService.details`."""
        with self._turn() as printer:
            return printer.details()

    def clean(self) -> None:
        """See `PrinterService.clean`."""
        with self._turn() as printer:
            require_empty_path(printer.settled_status())
            self._move(commands.CLEAN, self._model.device_seconds.clean)

    def job_printed(self, job_id: int) -> bool | None:
        """See `CardPrinter.job_printed`. False: a job is open; jobs have no numbers here."""
        check_job_id(job_id)
        with self._turn() as printer:
            return False if has_open_job(printer.words()) else None

    def bring_card_to_chip_station(self) -> None:
        """See `CardPrinter.bring_card_to_chip_station`."""
        with self._turn() as printer:
            before = printer.settled_status()
            if before.card is CardPosition.CHIP_STATION:
                return
            self._require_fitted(CHIP_STATION_FITTED, "no chip station is fitted")
            seconds = self._model.device_seconds
            usual = seconds.feed if before.card is None else seconds.to_print_station
            counted = self._count() if before.card is None else None
            after = self._move(commands.TO_CHIP_STATION, usual)
            if after.card is not CardPosition.CHIP_STATION:
                raise_broke_off("the card did not reach the chip station", after)
            if counted is not None and (now := self._count()) is not None:
                self._counts_insertions = now == counted + 1

    def present_card(self) -> None:
        """See `CardPrinter.present_card`."""
        self._put_out(commands.PUT_OUT, self._model.device_seconds.present)

    def reject_card(self) -> None:
        """See `CardPrinter.reject_card`."""
        self._put_out(commands.REJECT, self._model.device_seconds.reject)

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        """See `CardPrinter.print_face`."""
        check_faces(front, back, job_id, self._facts)
        packed = pack_side(front, self._model)
        packed_back = pack_side(back, self._model) if back else None
        with self._turn() as printer:
            printer.wait_until_idle()
            with self._reserved(self._model.sessions.printing):
                self._require_ready_to_print()
                if back:
                    self._require_fitted(FLIPPER_FITTED, "no flipper is fitted")
                panels = set(packed.panels), set(packed_back.panels if packed_back else ())
                ribbon = self._require_ribbon(*panels)
                job = encode_job(
                    packed,
                    packed_back,
                    ribbon=ribbon.kind,
                    seconds_since_epoch=int(utc_now().timestamp()),
                    model=self._model,
                )
                before = PrinterCounters(printer.cards_printed(), ribbon.cards_left)
                printer.extend_reservation(commands.PRINTING_SECONDS)
                with sent("the job"):  # the maker's client ignores the answer's text as well
                    printer.line.send_job("job", job)
                seconds = self._model.device_seconds
                usual = seconds.to_print_station + seconds.print_front
                self._finish_job(before, usual + (seconds.print_back if back else 0))

    def write_tracks(self, tracks: Tracks) -> None:
        """See `MagneticEncoder.write_tracks`."""
        with self._at_stripe() as head:
            head.write(tracks)

    def read_tracks(self) -> Tracks:
        """See `MagneticEncoder.read_tracks`."""
        with self._at_stripe() as head:
            return head.read()

    @contextlib.contextmanager
    def _at_stripe(self) -> Iterator[MagneticHead]:
        """Require a card in the path and reserve the printer exclusively."""
        with self._turn() as printer:
            require_card(printer.settled_status())
            self._require_fitted(MAGNETIC_FITTED, "no magnetic encoder is fitted")
            with self._reserved(self._number):
                printer.drop_left_over_job()
                printer.forget_old_errors()
                yield MagneticHead(printer, self._model)

    @contextlib.contextmanager
    def _reserved(self, session: int) -> Iterator[None]:
        """Reserve the printer for a goal, with its automatic error recovery switched off."""
        self._session.reserve(session)
        try:
            self._session.make_host_handle_errors()
            self._session.choose_trays()
            yield
        finally:
            self._release()

    def _release(self) -> None:
        if self._closing.is_set():
            return  # close() must return quickly, and a session expires
        try:
            self._session.release()
        except StationError as exc:
            # The goal was reached or failed before this; a session expires.
            _log.warning("session not released: %s", exc, extra={"action": "printer-not-released"})

    def _require_fitted(self, config_bit: int, otherwise: str) -> None:
        if not self._session.words().config & config_bit:
            raise DeviceError(
                otherwise, native_code=config_bit, code=PrinterStateReason.OTHER.value
            )

    def _move(self, command: Command, usual: float) -> PrinterStatus:
        printer = self._session
        with self._reserved(self._number):
            printer.drop_left_over_job()
            printer.forget_old_errors()
            # The answer comes at the movement's end, so that an error text does not distinguish a
            # movement that never began from one that was interrupted. Conditions that stop a motor
            # are therefore read before the movement is sent.
            before = printer.status()
            if _stops(command) & {reason.keyword for reason in before.errors}:
                raise_blocking(f"{command.name} not sent", before)
            with sent(command.name):
                reply = printer.line.ask(command, patience=printer.waiting.patience(usual))
            with outcome_unknown(f"{command.name} was answered"):
                printer.wait_until_idle(usual)
                after = printer.status()
        if not reply.is_ok:
            raise_not_moved(command, reply, before, after)
        return after

    def _count(self) -> int | None:
        # Only informs later calls: a lost answer must not make a feed look failed.
        with contextlib.suppress(StationError):
            return self._session.cards_printed()
        return None

    def _put_out(self, command: Command, usual: float) -> None:
        with self._turn() as printer:
            if printer.settled_status().card in (None, CardPosition.OUTPUT_HOPPER):
                return
            after = self._move(command, usual)
            if after.card not in (None, CardPosition.OUTPUT_HOPPER):
                raise_broke_off(f"{command.name}: a card is still inside", after)

    def _require_ready_to_print(self) -> None:
        printer = self._session
        printer.drop_left_over_job()
        printer.forget_old_errors()
        require_ready_to_print(printer.status())

    def _require_ribbon(self, front: set[Panel], back: set[Panel]) -> Ribbon:
        ribbon = self._session.ribbon()
        if ribbon is None:
            code = PrinterStateReason.RIBBON_CHIP_MISSING.value
            raise DeviceError("the ribbon can't be read", native_code=0, code=code)
        if not ribbon.prints(front, back):
            raise DeviceError(
                f"ribbon {ribbon.kind} has not the panels of this face",
                native_code=ribbon.kind,
                code=PrinterStateReason.RIBBON_UNSUPPORTED.value,
            )
        return ribbon

    def _finish_job(self, before: PrinterCounters, usual: float) -> None:
        printer = self._session
        with outcome_unknown("the job was sent"):
            patience = printer.waiting.patience(0)
            printer.waiting.until(self._job_taken, patience, "the job was not taken")
            printer.extend_reservation(commands.RESERVED_SECONDS)
            printer.end_job()
            was_stopped = printer.watch_until_idle(usual)
            status = printer.status()
            after = PrinterCounters(printer.cards_printed(), status.ribbon_cards_left)
        if status.errors:
            raise_broke_off("the job did not get to its end", status)
        by_insertions = self._counts_insertions
        if by_insertions and (was_stopped or status.card is None):
            raise OutcomeUnknownError("the printer was stopped during the job, or the card is gone")
        if not is_printed(before, after, counts_insertions=by_insertions):
            raise OutcomeUnknownError(f"the job ended, and the counters say: {before}, {after}")
        if status.card in (None, CardPosition.OUTPUT_HOPPER):
            _log.warning(
                "the card was printed and put out: this printer does not keep it inside",
                extra={"action": "printer-card-not-kept"},
            )

    def _job_taken(self) -> bool:
        words = self._session.words()
        return has_open_job(words) or bool(words.error)


def _stops(command: Command) -> frozenset[PrinterStateReason]:
    outlets = {commands.REJECT: STOPS_REJECT, commands.PUT_OUT: STOPS_PRESENT}
    return STOPS_MOTION | outlets.get(command, frozenset())
