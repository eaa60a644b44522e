"""Faults of the province on request: which of the next calls fail, and how."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass, replace


class FaultKind(enum.StrEnum):
    """Kinds of faults of a call, by their names in the control API."""

    WORK_LATE = "work late"  #: wait, then execute
    ANSWER_LATE = "answer late"  #: execute, then wait
    LOSE = "lose answers"  #: execute, then close the connection without a byte
    ANSWER_TWICE = "answer twice"  #: the same answer twice on one connection
    DELIVER_TWICE = "deliver twice"  #: the call is executed twice, the second answer is sent
    CHARSET = "answer in"  #: another charset
    TEXT = "answer with text"  #: do not execute, and return this text in ERR
    WORK_TEXT = "work, then answer with text"  #: execute, and return this text in ERR nevertheless
    STATUS = "answer with status"  #: do not execute, and answer this HTTP status with a web page
    ENDLESS = "answer for ever"  #: execute, and send an answer that never ends
    SOAP_FAULT = "answer with a fault"  #: do not execute, and send a SOAP fault
    GARBAGE = "answer garbage"  #: execute, and send what a proxy between might send
    FALSE_PROOF = "falsify the HSM"  #: a wrong 鉴别数据 in the right form


class Down(enum.StrEnum):
    """How the province is unavailable."""

    NO = "no"
    REFUSING = "refuse"  #: connections are refused
    UNAVAILABLE = "503"  #: HTTP 503 to every call


@dataclass(frozen=True, slots=True)
class Fault:
    """One ordered fault.

    Attributes:
        kind: Kind of the fault.
        operation: The 操作 that it applies to; empty for any.
        calls: Remaining number of calls; 0 for all until `behave`.
        seconds: Delay, for the late ones.
        text: The text, charset, status or part, for kinds that have one.
    """

    kind: FaultKind
    operation: str = ""
    calls: int = 1
    seconds: float = 0.0
    text: str = ""


class FaultPlan:
    """The ordered faults. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._hurry = threading.Event()
        self.down = Down.NO

    def add(self, fault: Fault) -> None:
        """Let the next matching calls fail."""
        with self._lock:
            self._faults.append(fault)

    def take(self, operation: str) -> dict[FaultKind, Fault]:
        """Return the faults of this call, and count them down."""
        with self._lock:
            taken: dict[FaultKind, Fault] = {}
            left: list[Fault] = []
            for fault in self._faults:
                if fault.operation not in {"", operation} or fault.kind in taken:
                    left.append(fault)
                    continue
                taken[fault.kind] = fault
                if fault.calls != 1:
                    left.append(replace(fault, calls=max(0, fault.calls - 1)))
            self._faults = left
            return taken

    def pending(self) -> list[Fault]:
        """Return the ordered faults."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """Cancel all ordered faults, and let calls that are delayed now continue at once."""
        with self._lock:
            self._faults = []
            self._hurry.set()
            self._hurry = threading.Event()

    def wait(self, seconds: float) -> None:
        """Wait for `seconds`, or until `clear`."""
        with self._lock:
            hurry = self._hurry
        hurry.wait(seconds)
