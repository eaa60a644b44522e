"""Faults of the province on demand: which of the next calls go wrong, and how."""

from __future__ import annotations

import enum
import threading
from dataclasses import dataclass, replace


class FaultKind(enum.StrEnum):
    """The words of the control API for what may go wrong with a call."""

    WORK_LATE = "work late"  #: wait, then do it
    ANSWER_LATE = "answer late"  #: do it, then wait
    LOSE = "lose answers"  #: do it, then close the connection without a byte
    ANSWER_TWICE = "answer twice"  #: the same answer twice on one connection
    DELIVER_TWICE = "deliver twice"  #: the call is served twice, the second answer is sent
    CHARSET = "answer in"  #: another charset
    TEXT = "answer with text"  #: do nothing and say this in ERR
    WORK_TEXT = "work, then answer with text"  #: do it, and say this in ERR all the same
    STATUS = "answer with status"  #: do nothing and answer this HTTP status with a web page
    ENDLESS = "answer for ever"  #: do it, and send an answer that never ends
    SOAP_FAULT = "answer with a fault"  #: do nothing and send a SOAP fault
    GARBAGE = "answer garbage"  #: do it, and send what a proxy in the way might send
    FALSE_PROOF = "falsify the HSM"  #: a wrong 鉴别数据 in the right form


class Down(enum.StrEnum):
    """How the province is away."""

    NO = "no"
    REFUSING = "refuse"  #: connections are refused
    UNAVAILABLE = "503"  #: HTTP 503 to every call


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault that waits for its calls.

    Attributes:
        kind: What goes wrong.
        operation: Which 操作 it waits for; empty for any.
        calls: How many calls more it will hit; 0 for all until `behave`.
        seconds: How late, for the late ones.
        text: The text, charset, status or part, for those that have one.
    """

    kind: FaultKind
    operation: str = ""
    calls: int = 1
    seconds: float = 0.0
    text: str = ""


class FaultPlan:
    """The faults to come. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._faults: list[Fault] = []
        self._hurry = threading.Event()
        self.down = Down.NO

    def add(self, fault: Fault) -> None:
        """Let the next fitting calls go wrong."""
        with self._lock:
            self._faults.append(fault)

    def take(self, operation: str) -> dict[FaultKind, Fault]:
        """Return what shall go wrong with this call, and count it down."""
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
        """Return the faults to come."""
        with self._lock:
            return list(self._faults)

    def clear(self) -> None:
        """Forget all faults to come, and let calls that are late now go on at once."""
        with self._lock:
            self._faults = []
            self._hurry.set()
            self._hurry = threading.Event()

    def wait(self, seconds: float) -> None:
        """Be late by so much, or until `clear`."""
        with self._lock:
            hurry = self._hurry
        hurry.wait(seconds)
