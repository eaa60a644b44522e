"""HiTi CS card printers over a USB bulk link.

Source: docs/explanations/wire-hiti-cs.md. **Never run on real hardware**: what that page only
assumes is in the model's file, and the driver says so when it first opens the printer.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

from station.core.errors import (
    CardLeftInsideError,
    DeviceError,
    LocalProtocolError,
    OutcomeUnknownError,
    StationError,
    TransportError,
)
from station.core.faces import FaceSide
from station.core.links import BulkLink
from station.core.movements import no_card_left_the_feeder
from station.core.printing import (
    CardPosition,
    PrinterCounters,
    PrinterIdentity,
    PrinterModel,
    PrinterStateReason,
    PrinterStatus,
)
from station.drivers.hiti_cs import commands, replies
from station.drivers.hiti_cs.line import Line
from station.drivers.hiti_cs.model import CsModel, Movement
from station.drivers.hiti_cs.print_job import Plane, PrintJob, check_faces, prepare_job
from station.drivers.hiti_cs.session import (
    Session,
    outcome_unknown,
    raise_blocking,
    raise_broke_off,
)
from station.drivers.hiti_cs.status_map import lists_to_ask, wants_resend

CLOSE_PATIENCE: Final = 4.0  # close() promises 5 s; giving the link back takes a part of them

_log = logging.getLogger(__name__)


class HitiCs:
    """One HiTi CS printer. See `CardPrinter` for what each call promises.

    Args:
        open_link: Opens the link; called until it succeeds once, from then on the link reopens.
        model: What the maker fixed.
    """

    def __init__(self, open_link: Callable[[], BulkLink], model: CsModel) -> None:
        self._cs = model
        self._facts = model.facts()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._line = Line(open_link, model.timeouts, clock=time.monotonic, on_open=self._greet)
        self._session = Session(self._line, model, clock=time.monotonic, pause=self._closing.wait)

    @property
    def model(self) -> PrinterModel:
        """See `CardPrinter.model`."""
        return self._facts

    @property
    def address(self) -> str:
        """See `CardPrinter.address`; empty before the first use."""
        return self._line.address

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
            if printer.settled_status().card is not None:
                raise CardLeftInsideError("a card is in the path; cleaning would take it along")
            after = self._move("clean path", self._cs.moves.clean, self._cs.device_seconds.clean)
            if after.errors:
                raise_broke_off("cleaning", after)

    def job_printed(self, job_id: int) -> bool | None:
        """See `CardPrinter.job_printed`. False: the job still stands in the printer's list."""
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
        check_faces(front, back, job_id, self._facts, self._cs)
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

    def recent_exchanges(self) -> list[str]:
        """See `CardPrinter.recent_exchanges`."""
        return list(self._line.recent)

    def close(self) -> None:
        """See `CardPrinter.close`. A call that is still waiting ends with an error."""
        self._closing.set()
        self._line.stop()
        held = self._lock.acquire(timeout=CLOSE_PATIENCE)
        try:
            self._line.close()
        finally:
            if held:
                self._lock.release()

    @contextlib.contextmanager
    def _turn(self) -> Iterator[Session]:
        with self._lock:
            if self._closing.is_set():
                raise LocalProtocolError("the printer was closed")
            yield self._session

    def _greet(self, product_id: int) -> None:
        facts = self._facts
        _log.warning(
            "%s relies on %d facts that were never seen on real hardware: %s",
            facts.title,
            len(facts.unverified),
            " ".join(facts.unverified),
            extra={"action": "printer-facts-unverified"},
        )
        if product_id != self._cs.product_id:
            _log.warning(
                "printer calls itself product %04X, the model file %s says %04X",
                product_id,
                facts.name,
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
        """Drop the memory of a feed that failed, so that one reported later is a new one."""
        old = any(reason.keyword is PrinterStateReason.FEED_ERROR for reason in before.errors)
        if not old or before.card is not None:
            return before
        self._session.reset()
        return self._session.settled_status()

    def _require_ready_to_print(self) -> None:
        self._session.wait_until_idle()
        self._session.drop_left_over_jobs()
        status = self._session.status()
        if status.errors:
            raise_blocking("not ready to print", status)
        if status.card is None:
            needed = PrinterStateReason.MEDIA_NEEDED
            raise DeviceError("no card in the path", native_code=0, code=needed.value)

    def _send_job(self, job: PrintJob, job_id: int) -> None:
        printer = self._session
        try:
            printer.order(commands.FORMAT, job.format)
            assigned = replies.decode_job_id(printer.order(commands.START_JOB, job.arguments))
            if assigned != job_id:
                # After a crash only our own id could be asked for, and that would prove nothing.
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
            # The error that made us give up is the one to report; the next job drops this one.
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
