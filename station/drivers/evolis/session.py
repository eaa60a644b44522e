"""Queries and commands for one Evolis printer: refusals become errors, waiting has a limit.

Source: docs/explanations/wire-evolis.md. Time is passed in: only `driver` may use the clock.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Final, NoReturn, TypeVar

from station.core.errors import (
    DeviceError,
    OutcomeUnknownError,
    PrinterNotConnectedError,
    RemoteProtocolError,
)
from station.core.movements import no_card_left_the_feeder
from station.core.printing import PrinterStateReason, PrinterStatus
from station.drivers.evolis import commands, replies
from station.drivers.evolis.codec import Reply, Status
from station.drivers.evolis.commands import Command
from station.drivers.evolis.line import Line
from station.drivers.evolis.model import EvolisModel
from station.drivers.evolis.print_job import END_OF_JOB
from station.drivers.evolis.replies import Ribbon
from station.drivers.evolis.status_map import (
    Meanings,
    decode_status,
    has_open_job,
    is_at_work,
    is_forgettable,
    is_stopped,
)
from station.drivers.kit.outcomes import outcome_unknown, raise_blocking, raise_broke_off
from station.drivers.kit.waiting import Waiting

T = TypeVar("T")
#: Keys of an `Rrt;all` reply that are shown to technicians.
RIBBON_KEYS: Final = ("label", "ref", "zone", "type", "qty", "count")
LOOKS: Final = 3  # attempts of a query that is answered with a stray OK


class Session:
    """Queries and commands over one line. Not thread-safe: its driver holds the lock.

    Args:
        line: The connection.
        model: The maker's facts.
        meanings: Meaning of each status bit.
        waiting: Waits for the end of a movement or a print.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        line: Line,
        model: EvolisModel,
        meanings: Meanings,
        waiting: Waiting,
        *,
        clock: Callable[[], float],
    ) -> None:
        self.line = line
        self._model = model
        self._meanings = meanings
        self._held = 0  # the session number that this process reserved and has not released
        self._held_until = 0.0
        self._clock = clock
        self.waiting = waiting

    def read(self, command: Command) -> str:
        """Query a text. After an empty one or a stray OK the query is repeated.

        Raises:
            DeviceError: Refused.
            RemoteProtocolError: Every attempt was answered with OK.
        """
        text = self.answer(command)
        if text.startswith("ERROR"):
            raise DeviceError(f"{command.shown} refused: {text}", native_code=0)
        return text

    def answer(self, command: Command) -> str:
        """Query a text like `read`, but return an error text as an answer.

        Raises:
            RemoteProtocolError: Every attempt was answered with OK.
        """
        for _ in range(LOOKS):
            reply = self.line.look(command)
            if reply.text and not reply.is_ok:
                return reply.text
            self.line.distrust()
        raise RemoteProtocolError(f"{command.shown}: no data in {LOOKS} answers")

    def order(self, command: Command) -> None:
        """Send a command that changes a setting.

        Raises:
            DeviceError: Refused; the status after it determines the code.
        """
        reply = self.line.ask(command)
        if not reply.is_ok:
            raise_refused(command, reply, self.status())

    def words(self) -> Status:
        """Return the status words.

        Raises:
            RemoteProtocolError: The answer has none.
        """
        return self.line.words()

    def status(self) -> PrinterStatus:
        """Return the complete status of one reading."""
        ribbon = self.ribbon()
        return decode_status(
            self.words(),
            meanings=self._meanings,
            ribbon_left=ribbon.cards_left if ribbon else None,
            own_sessions=self._own(),
        )

    def settled_status(self) -> PrinterStatus:
        """Return the status once nothing moves: an earlier process may have left it busy."""
        self.wait_until_idle()
        return self.status()

    def ribbon(self) -> Ribbon | None:
        """Return the data of the ribbon's chip; None when it can't be read."""
        return self._decoded(commands.RIBBON, replies.decode_ribbon)

    def cleaning_cards_left(self) -> int | None:
        """Return the cards until cleaning is advised; None when the printer does not report it."""
        return self._decoded(commands.CLEANING, replies.decode_cleaning)

    def details(self) -> dict[str, str]:
        """Return the reported data of ribbon, head and cleaning counters.

        Raises:
            RemoteProtocolError: Every attempt was answered with OK.
        """
        ribbon = replies.decode_lines(self.answer(commands.RIBBON))
        cleaning = replies.decode_lines(self.answer(commands.CLEANING))
        told = {f"ribbon {key}": ribbon[key] for key in RIBBON_KEYS if key in ribbon}
        told |= {f"cleaning {key}": value for key, value in cleaning.items()}
        return told | {"head": self.answer(commands.HEAD_KIT)}

    def _decoded(self, command: Command, decode: Callable[[str], T | None]) -> T | None:
        for _ in range(LOOKS):
            reply = self.line.look(command)
            if (found := decode(reply.text)) is not None:
                return found
            if not reply.is_ok:
                return None
            self.line.distrust()
        return None

    def cards_printed(self) -> int:
        """Return the total counter."""
        return replies.decode_card_counter(self.read(commands.CARD_COUNTER))

    def wait_until_idle(self, usual: float | None = None) -> None:
        """Wait until idle; `usual` is the usual time in seconds. See `Waiting.until`."""
        patience = self.waiting.patience(usual)
        self.waiting.until(lambda: not is_at_work(self.words()), patience)

    def watch_until_idle(self, usual: float) -> bool:
        """Wait as `wait_until_idle` does; returns whether an error stopped the printer."""
        was_stopped = False

        def is_idle() -> bool:
            nonlocal was_stopped
            words = self.words()
            was_stopped = was_stopped or is_stopped(words)
            return not is_at_work(words)

        self.waiting.until(is_idle, self.waiting.patience(usual))
        return was_stopped

    def reserve(self, session: int) -> None:
        """Reserve the printer exclusively.

        A reservation that this process did not make belongs to another program, whatever its
        number: every client uses the same number for printing. One left by a process that died
        expires.

        Raises:
            DeviceError: Another host or program has it.
        """
        holder = self.words().session or 0
        if holder not in self._own() | {0}:
            raise _locked(holder)
        if holder not in (0, session):
            self.release()
        self._reserve(session, commands.RESERVED_SECONDS)
        self.waiting.until(
            lambda: self.words().session in (session, None),  # over USB the session is not reported
            self._model.timeouts.session,
            f"session {session} was not granted",
        )

    def extend_reservation(self, seconds: int) -> None:
        """Let the held reservation expire `seconds` from now."""
        self._reserve(self._held, seconds)

    def release(self) -> None:
        """Release the reservation."""
        self.line.ask(commands.RELEASE)
        self._held = 0

    def _reserve(self, session: int, seconds: int) -> None:
        # Recorded first: when the answer is lost, the reservation may have been made nevertheless.
        self._held, self._held_until = session, self._clock() + seconds
        self.line.ask(commands.reserve(session, seconds))

    def _own(self) -> frozenset[int]:
        is_held = self._held and self._clock() < self._held_until
        return frozenset({self._held} if is_held else ())

    def make_host_handle_errors(self) -> None:
        """Switch off the printer's automatic retries, above all those of a print.

        Raises:
            DeviceError: It does not accept the setting.
        """
        if self.read(commands.ERROR_MODE).partition(";")[0] != commands.HOST_MODE:
            self.order(commands.HOST_HANDLES_ERRORS)

    def choose_trays(self) -> None:
        """Set the card's trays: another host may have changed them.

        Raises:
            DeviceError: It does not accept the setting.
        """
        trays = self._model.trays
        for setting, letter in (
            (commands.INPUT_TRAY, trays.input),
            (commands.OUTPUT_TRAY, trays.output),
            (commands.ERROR_TRAY, trays.error),
        ):
            if f"({letter})" not in self.read(setting.question):
                self.order(Command(f"{setting.order};{letter}", "set tray"))

    def drop_left_over_job(self) -> None:
        """Abandon a job that an earlier process, or a lost connection, left open."""
        if has_open_job(self.words()):
            self.end_job()

    def end_job(self) -> None:
        """Tell the printer that a job needs nothing more from the host.

        Raises:
            DeviceError: The printer keeps it open.
        """
        self.line.send_job("end of job", END_OF_JOB)
        self.waiting.until(
            lambda: not has_open_job(self.words()), self._model.timeouts.claim, "the job stays open"
        )

    def forget_old_errors(self) -> None:
        """Clear the memory of an error whose cause may be gone; a persisting one stays reported."""
        if is_forgettable(self.words()):
            self.line.ask(commands.CLEAR_ERRORS)


def _locked(holder: int) -> DeviceError:
    code = PrinterStateReason.LOCKED.value
    return DeviceError("reserved by another program", native_code=holder, code=code)


@contextlib.contextmanager
def sent(what: str) -> Iterator[None]:
    """As `outcome_unknown`, except that nothing was sent when no connection was established."""
    try:
        with outcome_unknown(f"{what} was sent"):
            yield
    except OutcomeUnknownError as exc:
        if isinstance(exc.__cause__, PrinterNotConnectedError):
            raise exc.__cause__ from None
        raise


def raise_refused(command: Command, reply: Reply, status: PrinterStatus) -> NoReturn:
    """Raise the DeviceError for an answer that is not OK; its code comes from the status."""
    said = _said(command, reply)
    if status.errors:
        raise_blocking(said, status)
    cause = replies.ERROR_TEXTS.get(reply.text, PrinterStateReason.OTHER)
    raise DeviceError(said, native_code=0, code=cause.value)


def raise_not_moved(
    command: Command, reply: Reply, before: PrinterStatus, after: PrinterStatus
) -> NoReturn:
    """Raise the error for a movement that was sent and not answered with OK.

    Raises:
        DeviceError: Nothing moved: the printer did not accept the command, or fed no card.
        BrokeOffError: Everything else; how far the card moved is unknown.
    """
    is_not_taken = reply.text == replies.NOT_TAKEN and after.card is before.card
    is_not_fed = reply.text == replies.NOT_FED and no_card_left_the_feeder(before, after)
    if is_not_taken or is_not_fed:
        raise_refused(command, reply, after)
    cause = replies.ERROR_TEXTS.get(reply.text, PrinterStateReason.OTHER)
    raise_broke_off(_said(command, reply), after, cause)


def _said(command: Command, reply: Reply) -> str:
    return f"{command.shown}: {reply.text[:40] or 'empty answer'}"
