"""HiTi CS card printers over a USB bulk link.

Source: docs/explanations/wire-hiti-cs.md. **Never run on real hardware**: the assumptions of that
    page are in the model's file, and the driver logs a warning about them when it first opens the
    printer.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from station.core.errors import (
    DeviceError,
    OutcomeUnknownError,
    RemoteProtocolError,
    StationError,
    TransportError,
    TransportTimeoutError,
)
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
from station.drivers.hiti_cs import commands, replies
from station.drivers.hiti_cs.line import Line
from station.drivers.hiti_cs.model import CsModel, Movement
from station.drivers.hiti_cs.print_job import Plane, PrintJob, prepare_job
from station.drivers.hiti_cs.session import Session
from station.drivers.hiti_cs.status_map import lists_to_ask, wants_resend
from station.drivers.kit.driver import LinkDriver
from station.drivers.kit.faces import check_faces
from station.drivers.kit.outcomes import (
    outcome_unknown,
    raise_blocking,
    raise_broke_off,
    require_empty_path,
    require_ready_to_print,
)

_log = logging.getLogger(__name__)


class HitiCs(LinkDriver[Line, Session]):
    """One HiTi CS printer. See `CardPrinter` for the contract of each call.

    Args:
        open_link: Opens the link; called until it succeeds once, from then on the link reopens.
        model: The maker's facts.
    """

    def __init__(self, open_link: Callable[[], BulkLink], model: CsModel) -> None:
        super().__init__(model.facts())
        self._cs = model
        self._line = Line(open_link, model.timeouts, clock=self._clock, on_open=self._greet_product)
        # One lost or malformed status answer of a busy printer allows no conclusion about its work.
        odd = (TransportTimeoutError, RemoteProtocolError)
        self._session = Session(
            self._line, model, self._waiting(model.timeouts, model.polling, odd)
        )

    def identity(self) -> PrinterIdentity:
        """See `CardPrinter.identity`."""
        with self._turn() as printer:
            model, firmware = replies.decode_summary(printer.read(commands.SUMMARY))
            serial = printer.read(commands.SERIAL_NUMBER, commands.SERIAL_LENGTH)
            return PrinterIdentity(model, replies.decode_serial(serial), firmware)

    def status(self) -> PrinterStatus:
        """See `CardPrinter.status`."""
        with self._turn() as printer:
            return printer.status()

    def counters(self) -> PrinterCounters:
        """See `CardPrinter.counters`."""
        with self._turn() as printer:
            return PrinterCounters(printer.cards_printed(), printer.ribbon_left())

    def details(self) -> dict[str, str]:
        """See `PrinterService.details`."""
        with self._turn() as printer:
            return printer.details()

    def clean(self) -> None:
        """See `PrinterService.clean`."""
        with self._turn() as printer:
            require_empty_path(printer.settled_status())
            after = self._move("clean path", self._cs.moves.clean, self._cs.device_seconds.clean)
            if after.errors:
                raise_broke_off("cleaning", after)

    def job_printed(self, job_id: int) -> bool | None:
        """See `CardPrinter.job_printed`. False: the job is still in the printer's list."""
        arguments = commands.job_completed_arguments(job_id)
        with self._turn() as printer:
            answer = printer.line.look(commands.JOB_COMPLETED, arguments)
            if answer.refused:
                return None
            if replies.decode_job_state(answer.payload, job_id) == self._cs.print.printed_state:
                return True
            return False if job_id in printer.jobs() else None

    def bring_card_to_chip_station(self) -> None:
        """See `CardPrinter.bring_card_to_chip_station`."""
        with self._turn() as printer:
            before = printer.settled_status()
            if before.card is CardPosition.CHIP_STATION:
                return
            if before.card is CardPosition.JAMMED:
                raise_blocking("a card is jammed in the path", before)
            before = self._without_old_feed_error(before)
            seconds = self._cs.device_seconds
            usual = seconds.feed if before.card is None else seconds.to_print_station
            after = self._move("card to chip station", self._cs.moves.chip_station, usual)
            if after.card is CardPosition.CHIP_STATION:
                return
            what = "the card did not reach the chip station"
            if no_card_left_the_feeder(before, after):
                raise_blocking(what, after)
            raise_broke_off(what, after)

    def present_card(self) -> None:
        """See `CardPrinter.present_card`."""
        seconds = self._cs.device_seconds.present
        self._put_out("card to output hopper", self._cs.moves.output_hopper, seconds)

    def reject_card(self) -> None:
        """See `CardPrinter.reject_card`."""
        seconds = self._cs.device_seconds.reject
        self._put_out("card to reject bin", self._cs.moves.reject_bin, seconds)

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        """See `CardPrinter.print_face`."""
        check_faces(front, back, job_id, self._facts, self._cs.print.colour_bits)
        with self._turn() as printer:
            engine = replies.decode_engine(printer.read(commands.ENGINE))
            job = prepare_job(front, back, job_id, engine.head_width_dots, self._cs)
            self._require_ready_to_print()
            before = printer.cards_printed()
            self._send_job(job, job_id)
            self._start_printing()
            seconds = self._cs.device_seconds
            usual = seconds.to_print_station + seconds.print_front
            self._finish_printing(job, job_id, before, usual + (seconds.print_back if back else 0))

    def _begin_nothing_more(self) -> None:
        self._line.stop()

    def _greet_product(self, product_id: int) -> None:
        self._greet()
        if product_id != self._cs.product_id:
            _log.warning(
                "printer calls itself product %04X, the model file %s says %04X",
                product_id,
                self._facts.name,
                self._cs.product_id,
                extra={"action": "printer-model-differs"},
            )

    def _move(self, name: str, movement: Movement, usual: float) -> PrinterStatus:
        printer = self._session
        printer.drop_left_over_jobs()
        command = commands.move(movement.command, name)
        with outcome_unknown(f"{name} was sent"):
            answer = printer.line.ask(command, bytes.fromhex(movement.arguments))
        printer.accepted(command, answer)
        with outcome_unknown(f"{name} was accepted"):
            printer.wait_until_idle(usual)
            return printer.status()

    def _put_out(self, name: str, movement: Movement, usual: float) -> None:
        with self._turn() as printer:
            if printer.settled_status().card is None:
                return
            after = self._move(name, movement, usual)
            if after.card is not None:
                raise_broke_off(f"{name}: a card is still inside", after)

    def _without_old_feed_error(self, before: PrinterStatus) -> PrinterStatus:
        """Drop the memory of a failed feed, so that one reported later is a new one."""
        old = any(reason.keyword is PrinterStateReason.FEED_ERROR for reason in before.errors)
        if not old or before.card is not None:
            return before
        self._session.reset()
        return self._session.settled_status()

    def _require_ready_to_print(self) -> None:
        self._session.wait_until_idle()
        self._session.drop_left_over_jobs()
        require_ready_to_print(self._session.status())

    def _send_job(self, job: PrintJob, job_id: int) -> None:
        printer = self._session
        try:
            printer.order(commands.FORMAT, job.format)
            assigned = replies.decode_job_id(printer.order(commands.START_JOB, job.arguments))
            if assigned != job_id:
                # After a crash only our own id could be queried, and that would prove nothing.
                raise DeviceError(f"job {job_id} became job {assigned}", native_code=assigned)
            printer.order(commands.HEAT_SETTING, bytes.fromhex(self._cs.print.heat_setting))
            printer.order(commands.START_PAGE)
            for plane in job.planes:
                self._send_plane(plane, job.lines)
        except StationError:
            self._give_up_job()
            raise

    def _give_up_job(self) -> None:
        try:
            self._session.reset()
        except StationError as exc:
            # The error that caused the abort is the one to report; the next job drops this one.
            _log.warning("job not dropped: %s", exc, extra={"action": "printer-job-not-dropped"})

    def _send_plane(self, plane: Plane, lines: int) -> None:
        printer = self._session
        for _ in range(1 + self._cs.print.plane_resends):
            printer.order(plane.command)
            answer = printer.line.send_image(lines, plane)
            printer.accepted(commands.IMAGE, answer)
            self._pause_between_planes()
            summary = printer.read(commands.STATUS)
            if lists_to_ask(summary) and (status := printer.status()).errors:
                raise_blocking(f"stopped at {plane.command.name}", status)
            if not wants_resend(summary):
                return
        raise DeviceError(f"{plane.command.name} was asked for again and again", native_code=0)

    def _pause_between_planes(self) -> None:
        pause = self._cs.print.pause_after_plane
        if self._closing.is_set() or (pause and self._closing.wait(pause)):
            raise TransportError("closed before the printing began")

    def _start_printing(self) -> None:
        with outcome_unknown("the start of printing was sent"):
            answer = self._line.ask(commands.END_PAGE)
        if answer.refused:
            try:
                self._session.accepted(commands.END_PAGE, answer)
            finally:
                self._give_up_job()

    def _finish_printing(self, job: PrintJob, job_id: int, before: int, usual: float) -> None:
        printer = self._session
        with outcome_unknown("printing had begun"):
            printer.order(commands.END_JOB, job.arguments)
            printer.wait_until(lambda: self._job_ended(job_id), usual)
            status = printer.status()
            arguments = commands.job_completed_arguments(job_id)
            completed = printer.read(commands.JOB_COMPLETED, arguments)
            state = replies.decode_job_state(completed, job_id)
            grown = printer.cards_printed() - before
        if state == self._cs.print.printed_state and grown == 1:
            return
        what = f"job {job_id} ended with state {state} and {grown} cards more"
        if status.errors:
            raise_broke_off(what, status)
        raise OutcomeUnknownError(what)

    def _job_ended(self, job_id: int) -> bool:
        printer = self._session
        if not printer.is_idle():
            return False
        return job_id not in printer.jobs() or bool(printer.status().errors)
