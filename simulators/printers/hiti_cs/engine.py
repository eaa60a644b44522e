"""The protocol engine of a simulated CS-220e: strict about length, order and state.

Refuses what a printer would refuse, and records in `machine.violations` what a correct driver never
sends, so that a test can require none. Never compared with real hardware.

Source: docs/explanations/wire-hiti-cs.md.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.machine.model import Condition, Machine
from simulators.machine.motor import Motor, RefusedError
from simulators.printers.hiti_cs import answers, tables
from simulators.printers.hiti_cs.frames import (
    IMAGE_BLOCK,
    BadFrameError,
    ImageHeader,
    Request,
    RequestParser,
    accepted,
    refused,
)
from simulators.printers.hiti_cs.jobs import Format, Job, Stage, parse_format

_SERIAL_LENGTH: Final = 18
_UNIT: Final = 0
_HARD, _SOFT = 1, 2


class _NotNowError(Exception):
    """Refuse with reason B."""


class _UnsupportedError(Exception):
    """Refuse with reason 8."""


@dataclass(frozen=True, slots=True)
class _Command:
    """Length limits of its arguments, its answer, and the only accepted arguments, if fixed."""

    lengths: tuple[int, ...]
    answer: Callable[[bytes], bytes]
    only: bytes | None = None


class HitiCsEngine:
    """The protocol state of one printer. One caller at a time."""

    def __init__(self, machine: Machine, motor: Motor, serial: str, model: tables.Model) -> None:
        self._model = model
        self._machine = machine
        self._motor = motor
        self._serial = serial.encode("ascii")[:_SERIAL_LENGTH].ljust(_SERIAL_LENGTH, b"\x00")
        self._parser = RequestParser()
        self._raw_left = 0
        self._last_command = 0
        self._forget()
        self._commands = self._table()

    def _forget(self) -> None:
        """Clear the state that a power loss clears."""
        self._epoch = self._machine.power_epoch
        self._format: Format | None = None
        self._job: Job | None = None
        self._printed: set[int] = set()
        self._ribbon_unfit = False

    @property
    def last_command(self) -> str:
        """See `PrinterEngine.last_command`."""
        return f"{self._last_command:04X}"

    def bus_reset(self) -> None:
        """See `PrinterEngine.bus_reset`. A job is kept, with its complete planes."""
        with self._machine.condition:
            self._parser.clear()
            self._raw_left = 0
            if self._job is not None:
                self._job.current = None
                self._job.partial.clear()

    def receive(self, data: bytes) -> list[bytes]:
        """See `PrinterEngine.receive`."""
        with self._machine.change():
            if self._epoch != self._machine.power_epoch:
                self._forget()
                self._parser.clear()
                self._raw_left = 0
            self._parser.feed(data)
            return self._answer_all()

    def _answer_all(self) -> list[bytes]:
        packets: list[bytes] = []
        try:
            while True:
                self._take_raw()
                request = None if self._raw_left else self._parser.next()
                if request is None:
                    return packets
                packets += self._answer(request)
        except BadFrameError as exc:
            self._violation(str(exc))
            self._parser.clear()
            return packets

    def _answer(self, request: Request | ImageHeader) -> list[bytes]:
        command = IMAGE_BLOCK if isinstance(request, ImageHeader) else request.command
        self._last_command = command
        try:
            if isinstance(request, ImageHeader):
                data = self._image_header(request)
            else:
                data = self._dispatch(request)
        except _UnsupportedError:
            return refused(command, tables.UNSUPPORTED)
        except (_NotNowError, RefusedError):
            return refused(command, tables.NOT_NOW)
        if data and self._machine.faults.answer_is_ok(self.last_command):
            return accepted(command)
        return accepted(command, data)

    def _dispatch(self, request: Request) -> bytes:
        known = self._commands.get(request.command)
        if known is None:
            danger = "dangerous " if request.command in tables.DANGEROUS else "unknown "
            self._violation(f"{danger}command {request.command:04X}")
            raise _UnsupportedError
        if len(request.args) not in known.lengths:
            self._violation(f"command {request.command:04X} with {len(request.args)} bytes of args")
            raise _UnsupportedError
        if known.only not in (None, request.args):
            raise _UnsupportedError
        return known.answer(request.args)

    def _violation(self, text: str) -> None:
        self._machine.violations.append(text)

    # --- the catalogue -----------------------------------------------------------------------

    def _table(self) -> dict[int, _Command]:
        machine = self._machine
        table = {
            0x0100: _Command((0,), lambda _: answers.summary(self._model)),
            0x0301: _Command((1,), self._reset),
            0x0400: _Command((0,), lambda _: self._status()),
            0x0401: _Command((0,), lambda _: answers.input_status(machine)),
            0x040B: _Command((0,), lambda _: answers.statistics(machine)),
            0x040C: _Command((1,), lambda _: answers.supplies(machine), b"\x00"),
            0x0500: _Command((3,), self._start_job),
            0x0501: _Command((3,), self._end_job),
            0x0502: _Command((5,), self._job_completed),
            0x0503: _Command((3,), lambda _: self._jobs()),
            0x8000: _Command((0,), lambda _: answers.engine_summary()),
            0x8001: _Command((0,), lambda _: tables.CALIBRATION),
            0x8005: _Command((1,), self._counter),
            0x8006: _Command((0,), lambda _: bytes(10)),
            0x8007: _Command((1,), lambda _: self._serial, b"\x12"),
            0x8009: _Command((0,), lambda _: answers.product(self._model)),
            0x800E: _Command((0,), lambda _: bytes(2)),
            0x8010: _Command((0,), lambda _: bytes(15)),
            0x801C: _Command((0,), lambda _: bytes(6)),
            0x8408: _Command((0,), lambda _: b"\x00"),
            0x800F: _Command((0,), lambda _: answers.ribbon_vendor(machine)),
            0x8100: _Command((14, 18), self._set_format),
            0x8102: _Command((3,), self._set_heat),
            0x8200: _Command((0,), lambda _: self._start_page()),
            0x8201: _Command((0,), lambda _: self._end_page()),
            0xE023: _Command((1,), lambda _: self._move(self._motor.clean), tables.CLEAN),
            0xE02E: _Command((0,), lambda _: self._move(self._motor.to_contact)),
            0xE031: _Command((0,), lambda _: self._move(self._motor.to_reject)),
            0xE037: _Command((0,), lambda _: self._move(self._motor.to_output)),
        }
        for command in tables.SUMMARY_BITS:
            table[command] = _Command((0,), self._alert_list(command))
        for command in tables.PLANES:
            table[command] = _Command((0,), self._plane(command))
        return table

    def _counter(self, args: bytes) -> bytes:
        if args[0] not in tables.COUNTERS:
            raise _UnsupportedError
        return self._machine.cards_printed.to_bytes(4, "big")

    def _alert_list(self, command: int) -> Callable[[bytes], bytes]:
        return lambda _: answers.alert_list(command, self._alerts())

    def _plane(self, command: int) -> Callable[[bytes], bytes]:
        return lambda _: self._begin_plane(command)

    # --- state -------------------------------------------------------------------------------

    def _alerts(self) -> list[tables.Alert]:
        extra = [Condition.RIBBON_UNSUPPORTED] if self._ribbon_unfit else []
        return answers.alerts_of(self._machine, extra)

    def _status(self) -> bytes:
        resend = self._job is not None and self._job.wanted_again is not None
        return answers.status(self._machine, self._alerts(), resend=resend)

    def _reset(self, args: bytes) -> bytes:
        if args[0] not in (_HARD, _SOFT):
            raise _UnsupportedError
        self._format = self._job = None
        self._ribbon_unfit = False
        self._machine.feed_failed = False
        self._machine.stop_motion()
        if args[0] == _HARD or self._machine.powering_up:
            self._motor.power_up()
        return b""

    def _move(self, start: Callable[[], None]) -> bytes:
        if self._job is not None and self._job.stage is not Stage.FAILED:
            raise _NotNowError
        start()
        self._job = None
        return b""

    # --- jobs --------------------------------------------------------------------------------

    def _set_format(self, args: bytes) -> bytes:
        wanted = parse_format(args)
        if wanted is None or (wanted.back and not self._model.flipper):
            self._violation("8100 with a block that this printer can't do")
            raise _UnsupportedError
        if self._job is not None or self._machine.busy:
            raise _NotNowError
        self._format = wanted
        self._ribbon_unfit = False
        return b""

    def _start_job(self, args: bytes) -> bytes:
        job_id = _job_id(args)
        if self._format is None or self._job is not None or self._machine.busy:
            raise _NotNowError
        self._job = Job(job_id, self._format)
        self._format = None
        self._printed.discard(job_id)
        return args

    def _open_job(self, *stages: Stage) -> Job:
        if self._job is None or self._job.stage not in stages:
            raise _NotNowError
        return self._job

    def _set_heat(self, args: bytes) -> bytes:
        job = self._open_job(Stage.STARTED)
        if args != tables.PRINTER_DEFAULTS:
            raise _UnsupportedError
        job.stage = Stage.HEATED
        return b""

    def _start_page(self) -> bytes:
        job = self._open_job(Stage.HEATED)
        self._motor.check_ready_to_print(feeds=True)
        self._ribbon_unfit = not self._ribbon_fits(job)
        if self._ribbon_unfit:
            raise _NotNowError
        job.stage = Stage.PAGE
        return b""

    def _ribbon_fits(self, job: Job) -> bool:
        ribbon = self._machine.ribbon
        if ribbon is None:
            return False
        _, front, back = tables.RIBBONS[ribbon.kind]
        panels = {"front": front, "back": back}
        return all(panel in panels[side.value] for side, panel in job.format.planes())

    def _begin_plane(self, command: int) -> bytes:
        job = self._open_job(Stage.PAGE)
        if not job.begin_plane(tables.PLANES[command]):
            self._violation(f"plane {command:04X} out of turn")
            raise _NotNowError
        return b""

    def _image_header(self, header: ImageHeader) -> bytes:
        job = self._open_job(Stage.PAGE)
        if not job.block_fits(header.size, header.first_line, header.lines):
            self._violation(f"image block of {header.size} bytes that fits no plane")
            raise _NotNowError
        self._raw_left = header.size
        return b""

    def _take_raw(self) -> None:
        if not self._raw_left:
            return
        piece = self._parser.take_raw(self._raw_left)
        self._raw_left -= len(piece)
        if self._job is not None and self._job.add(piece):
            damaged = self._machine.faults.resend_planes > 0
            self._machine.faults.resend_planes -= 1 if damaged else 0
            self._job.finish_plane(damaged=damaged)

    def _end_page(self) -> bytes:
        job = self._open_job(Stage.PAGE)
        if job.expected_plane() is not None:
            self._violation("8201 before all planes were there")
            raise _NotNowError
        self._motor.print_card(
            job.sides(lambda missed: self._violation(f"{missed} dots beside the card")),
            keep=job.format.keep,
            feeds=True,
            ended=lambda whole: self._job_ended(job, whole),
        )
        job.stage = Stage.PRINTING
        job.planes.clear()
        return b""

    def _job_ended(self, job: Job, whole: bool) -> None:
        """Called by the motor under the machine's lock."""
        if self._job is not job:
            return  # dropped by a reset meanwhile
        if not whole:
            job.stage = Stage.FAILED
            return
        self._printed.add(job.job_id)
        self._job = None

    def _end_job(self, args: bytes) -> bytes:
        job_id = _job_id(args)
        if self._job is None:
            if job_id not in self._printed:  # printed already: without waiting
                raise _NotNowError
            return args
        job = self._open_job(Stage.PRINTING, Stage.FAILED)
        if job.job_id != job_id or job.ended_by_host:
            raise _NotNowError
        job.ended_by_host = True
        return args

    def _job_completed(self, args: bytes) -> bytes:
        job_id = _job_id(args[:3])
        if args[3:] != b"\x00\x01":
            raise _UnsupportedError
        printed = job_id in self._printed
        return args[:3] + bytes([printed, 0, 0])

    def _jobs(self) -> bytes:
        if self._job is None:
            return b"\x00"
        job_id = self._job.job_id.to_bytes(2, "big")
        return b"\x01" + bytes([_UNIT]) + job_id + bytes([self._job.stage.wire])


def _job_id(args: bytes) -> int:
    job_id = int.from_bytes(args[1:3], "big")
    if args[0] != _UNIT or not 0 < job_id <= tables.LAST_JOB_ID:
        raise _UnsupportedError
    return job_id
