"""The protocol engine of a simulated Evolis printer: strict about length, order and state.

Refuses what a printer would refuse, and records in `machine.violations` what a correct driver never
sends, so that a test can require none. Never compared with real hardware.

Source: docs/explanations/wire-evolis.md.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from simulators.machine.cards_in_path import Place
from simulators.machine.model import Condition, Machine, RibbonKind
from simulators.machine.motions import SidePrint
from simulators.machine.motor import Motor, RefusedError
from simulators.machine.picture import Side
from simulators.printers.evolis import answers, tables
from simulators.printers.evolis.answers import OK
from simulators.printers.evolis.jobs import BadJobError, Job, parse_job, without_end
from simulators.printers.evolis.stream import BadStreamError, BrokenOffError, Token, parse
from simulators.printers.evolis.stripe import MagneticHead
from simulators.printers.tcp_server import Answer
from station.core.faces import Panel

_UNKNOWN: Final = "ERROR CDE"
_NO_ANSWER_TEXT: Final = ""


class EvolisEngine:
    """The protocol state of one printer. One caller at a time."""

    def __init__(
        self,
        machine: Machine,
        motor: Motor,
        model: tables.Model,
        serial: str,
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._monotonic = monotonic
        self._machine = machine
        self._motor = motor
        self._model = model
        self._last_command = ""
        self._forget()
        self._questions: dict[str, Callable[[], str]] = {
            "Rtp;d": lambda: model.text,
            "Rfv": lambda: tables.FIRMWARE,
            "Rsn": lambda: serial,
            "Rrt;all": lambda: answers.ribbon(machine),
            "Rco;card": lambda: answers.card_counter(machine, model),
            "Rpst": lambda: answers.status_text(self._words()),
            "Rkn": lambda: tables.HEAD_KIT,
            "Rco;clean": lambda: answers.cleaning(machine),
            "Rcim": lambda: tables.TRAYS[self._trays["Pcim"]],
            "Rcem": lambda: tables.TRAYS[self._trays["Pcem"]],
            "Rcrm": lambda: tables.ERROR_TRAYS[self._trays["Pcrm"]],
            "Ss": lambda: OK,
            "Rem;1": lambda: str(self._error_mode),
            "Scs": self._forget_errors,
            "Rr;1;1;1": lambda: answers.ribbon_type(machine),
            **{
                question: functools.partial(str, text)
                for question, text in tables.SMALL_TALK.items()
            },
        }
        self._orders: dict[str, Callable[[list[str]], str]] = {
            "Psid": self._reserve,
            "Pem": self._set_error_mode,
            **{tray: functools.partial(self._set_tray, tray) for tray in self._trays},
        }
        self._moves: dict[str, tuple[Callable[[], None], Callable[[], bool]]] = {
            "Scp": (motor.clean, lambda: not machine.cover_open),
            "Sis": (self._to_contact, self._is_at_contacts),
            "Si": (self._to_print_start, self._is_at_print_start),
            "Sic": (self._nobody_puts_a_card_in, lambda: False),
            "Sib": (self._nobody_puts_a_card_in, lambda: False),
            "Sie": (self._nobody_puts_a_card_in, lambda: False),
            "Srs": (self._reset, lambda: not machine.powering_up),
            "St": (self._print_test_card, lambda: machine.path_card is None),
            "Stt": (self._print_test_card, lambda: machine.path_card is None),
            "Sce": (lambda: self._put_out("Pcem"), lambda: machine.path_card is None),
            "Ser": (lambda: self._put_out("Pcrm"), lambda: machine.path_card is None),
        }

    def _forget(self) -> None:
        """Clear the state that a power loss clears."""
        self._epoch = self._machine.power_epoch
        self._session = 0
        self._session_ends = 0.0
        self._error_mode = 0
        self._claim = False
        self._head = MagneticHead()
        self._trays = {"Pcim": "F", "Pcem": "D", "Pcrm": "D"}
        self._blamed: Condition | None = None
        self._unfit: object = None  # the ribbon that does not match a job

    @property
    def last_command(self) -> str:
        """See `TransactionEngine.last_command`."""
        return self._last_command.upper()

    def execute(self, data: bytes) -> Answer:
        """See `TransactionEngine.execute`."""
        with self._machine.change():
            if not data:
                return self.run([])
            try:
                tokens = parse(data)
            except BrokenOffError:
                return self._reply(_UNKNOWN)
            except BadStreamError as exc:
                return self.refuse(str(exc))
            return self.run(tokens)

    def refuse(self, text: str) -> bytes:
        """Answer input that a correct host never sends, and record it."""
        with self._machine.change():
            return self._reply(self._violation(text))

    def run(self, tokens: list[Token]) -> Answer:
        """Execute one transaction; without any token it is a status poll."""
        with self._machine.change():
            if self._epoch != self._machine.power_epoch:
                self._forget()
            return self._dispatch(tokens)

    def _dispatch(self, tokens: list[Token]) -> Answer:
        if not tokens:
            self._last_command = ""
            return self._reply(_NO_ANSWER_TEXT)
        self._last_command = tokens[0].text.partition(";")[0]
        if len(tokens) == 1:
            return self._command(tokens[0].text)
        rest = without_end(tokens)
        if rest is None:
            return self._job(tokens)
        self._claim = False
        return self._job(rest) if rest else self._reply(OK)

    def _reply(self, text: str) -> bytes:
        return answers.reply(text, self._words(), self._holder())

    def _holder(self) -> int:
        """Return the session that has reserved the printer; a reservation expires."""
        if self._monotonic() >= self._session_ends:
            self._session = 0
        return self._session

    def _words(self) -> list[int]:
        return answers.words(
            self._machine, self._model, claim=self._claim, errors=self._error_bits()
        )

    def _violation(self, text: str) -> str:
        self._machine.violations.append(text)
        return _UNKNOWN

    # --- commands ----------------------------------------------------------------------------

    def _command(self, text: str) -> Answer:
        if text in self._moves:
            return self._move(*self._moves[text], is_service=text in tables.SERVICE_MOVES)
        if text in ("Smw", "Smr"):
            return self._swipe(writing=text == "Smw")
        return self._reply(self._say(text))

    def _say(self, text: str) -> str:
        if text in self._questions:
            if self._machine.faults.answer_is_ok(self._last_command.upper()):
                return answers.OK
            return self._questions[text]()
        if (told := self._head.hear(text)) is not None:
            return told
        mnemonic, *parameters = text.split(";")
        if mnemonic not in self._orders:
            return self._violation(f"unknown command {text[:40]}")
        return self._orders[mnemonic](parameters)

    def _reserve(self, parameters: list[str]) -> str:
        if len(parameters) != 2 or not all(map(str.isdecimal, parameters)):
            return self._violation(f"Psid with {';'.join(parameters)[:20]}")
        session, seconds = map(int, parameters)
        if session > tables.LARGEST_SESSION or not seconds:
            return self._violation(f"Psid with {session} for {seconds} s")
        if self._holder() and session not in (0, self._session):  # the first session keeps it
            return OK
        self._session = session
        self._session_ends = self._monotonic() + seconds
        return OK

    def _set_error_mode(self, parameters: list[str]) -> str:
        if parameters not in (["0"], ["2"], ["38"]):
            return self._violation(f"Pem with {';'.join(parameters)[:20]}")
        self._error_mode = int(parameters[0])
        return OK

    def _set_tray(self, which: str, parameters: list[str]) -> str:
        known = tables.ERROR_TRAYS if which == "Pcrm" else tables.TRAYS
        if len(parameters) != 1 or parameters[0] not in known:
            return self._violation(f"{which} with {';'.join(parameters)[:20]}")
        self._trays[which] = parameters[0]
        return OK

    def _forget_errors(self) -> str:
        self._machine.feed_failed = False
        self._head.failed = ""
        self._blamed = None
        return answers.refusal_of(self._machine) if self._machine.jammed else OK

    # --- movements ---------------------------------------------------------------------------

    def _move(
        self, start: Callable[[], None], arrived: Callable[[], bool], *, is_service: bool = False
    ) -> Answer:
        if self._error_mode != tables.HOST_HANDLES and not is_service:
            self._violation("a movement while the printer handles errors by itself")
        if self._claim or self._machine.busy:
            return self._reply(_UNKNOWN)
        try:
            start()
        except RefusedError:
            return self._reply(self._refused())
        run = self._machine.run
        return lambda: self._moved(run, arrived)

    def _to_contact(self) -> None:
        if self._machine.path_card is None and not self._feeds():
            raise RefusedError("it waits for a card to be put in by hand")
        self._motor.to_contact()

    def _to_print_start(self) -> None:
        if self._machine.path_card is None and not self._feeds():
            raise RefusedError("it waits for a card to be put in by hand")
        self._motor.to_print_start()

    def _nobody_puts_a_card_in(self) -> None:
        raise RefusedError("nobody puts a card in at the back or the exit, and no coupler is there")

    def _reset(self) -> None:
        self._forget()
        self._motor.power_up()

    def _print_test_card(self) -> None:
        bars = np.zeros((tables.DOTS, tables.LINES), dtype=np.uint8)
        bars[:, ::32] = 255
        side = SidePrint(Side.FRONT, [(Panel.RESIN_BLACK, lambda: bars)], 4.0)
        self._motor.print_card([side], keep=False, ended=self._printed, feeds=self._feeds())

    def _feeds(self) -> bool:
        return self._trays["Pcim"] == tables.FEEDER_TRAY

    def _put_out(self, tray: str) -> None:
        rejects = {"Pcem": tables.REJECTING_OUTPUT, "Pcrm": tables.REJECTING_ERROR}[tray]
        is_rejected = self._trays[tray] in rejects
        (self._motor.to_reject if is_rejected else self._motor.to_output)()

    def _swipe(self, *, writing: bool) -> Answer:
        head = self._head
        if not head.is_set_up(writing=writing):
            return self._reply(self._violation("a pass over the stripe that was not set up"))
        act = head.write if writing else head.read
        head.failed = ""
        return self._move(
            lambda: self._motor.swipe(act, feeds=self._feeds()),
            lambda: not head.failed and self._machine.path_card is not None,
        )

    def _moved(self, run: int, arrived: Callable[[], bool]) -> bytes:
        """Wait for the end of the motion; called without the lock."""
        machine = self._machine
        with machine.change():
            machine.condition.wait_for(lambda: machine.run != run or not machine.busy)
            if arrived():
                return self._reply(OK)
            return self._reply(self._head.failed or self._refused())

    def _refused(self) -> str:
        if self._machine.cover_open:
            self._blamed = Condition.COVER_OPEN
        return answers.refusal_of(self._machine)

    def _is_at_contacts(self) -> bool:
        return self._is_at(Place.CONTACT)

    def _is_at_print_start(self) -> bool:
        return self._is_at(Place.PRINT_START)

    def _is_at(self, place: Place) -> bool:
        card = self._machine.path_card
        return card is not None and card.place is place

    def _error_bits(self) -> int:
        blamed = self._blamed
        stripe = tables.STRIPE_ERRORS.get(self._head.failed, 0)
        is_there = blamed in self._machine.conditions()
        if blamed is Condition.RIBBON_UNSUPPORTED:  # cleared by the right ribbon and a closed cover
            is_there = self._machine.ribbon is self._unfit or self._machine.cover_open
        return stripe | (tables.ERRORS[blamed] if blamed is not None and is_there else 0)

    # --- jobs --------------------------------------------------------------------------------

    def _job(self, tokens: list[Token]) -> Answer:
        try:
            job = parse_job(tokens, self._model)
        except BadJobError as exc:
            return self._reply(self._violation(str(exc)))
        if self._error_mode != tables.HOST_HANDLES:
            self._violation("a job that the printer would print again by itself after a fault")
        if self._holder() != tables.PRINTING_SESSION:
            self._violation(f"a job in session {self._session}")
        is_refused = tables.Habit.CHECKS_PIDA in self._model.habits and not job.is_described()
        if self._claim or is_refused:
            return self._reply(_UNKNOWN)
        if not self._machine.busy:
            return self._reply(self._print(job))
        self._claim = True  # the job has arrived, and waits for the previous card
        run = self._machine.run
        return lambda: self._print_later(job, run)

    def _print_later(self, job: Job, run: int) -> bytes:
        """Wait for the end of the machine's motion; called without the lock."""
        machine, epoch = self._machine, self._epoch
        with machine.change():
            machine.condition.wait_for(lambda: machine.run != run or not machine.busy)
            if self._epoch != epoch or machine.power_epoch != epoch or machine.busy:
                return self._reply(_UNKNOWN)
            return self._reply(self._print(job))

    def _print(self, job: Job) -> str:
        self._blamed = self._ribbon_fault(job)
        if self._blamed is Condition.RIBBON_UNSUPPORTED:
            self._unfit = self._machine.ribbon
        if self._blamed is not None:
            return "ERROR RIBBON"
        keep = bool(job.keep) and tables.Habit.IGNORES_KEEP not in self._model.habits
        try:
            self._motor.print_card(job.sides(), keep=keep, ended=self._printed, feeds=self._feeds())
        except RefusedError:
            return self._refused()
        self._claim = True
        return OK

    def _ribbon_fault(self, job: Job) -> Condition | None:
        ribbon = self._machine.ribbon
        why = self._machine.ribbon_condition()
        if ribbon is None or why is not None:
            return why
        kind, front, back = tables.RIBBONS[ribbon.kind]
        sides = zip(job.panels, (front, back), strict=True)
        if not self._model.flipper and ribbon.kind is RibbonKind.YMCKOK:
            return Condition.RIBBON_UNSUPPORTED  # no such ribbon is made for this printer
        idle = {Side.BACK: set(tables.IDLE_BACK_PANEL) if back else set(), Side.FRONT: set()}
        fits = all(set(job.letters(side)) <= set(letters) | idle[side] for side, letters in sides)
        return None if fits and job.ribbon == kind else Condition.RIBBON_UNSUPPORTED

    def _printed(self, whole: bool) -> None:
        """Called by the motor under the machine's lock."""
        if not whole and self._machine.cover_open:
            self._blamed = Condition.COVER_OPEN
        if not whole and self._machine.ribbon_condition() is not None:
            self._blamed = self._machine.ribbon_condition()
