"""The guided repair that is under way at this window: its present step, and what proves a step.

A repair is a guide and is kept in memory: what it leads to (a cleaning, a test card, a report) is
recorded by its own events, and a repair that a restart has ended is simply begun again. Its begin
and its end are in the history, with the steps that no reading of the machine has confirmed.
"""

from __future__ import annotations

import enum
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from station.core.changes import AddEvent
from station.core.errors import (
    CardLeftInsideError,
    FeederStoppedError,
    GatewayUnavailableError,
    InputError,
)
from station.core.orders import CardFate
from station.core.printing import PrinterStateReason
from station.core.repairs import REPAIR_OF, REPAIRS, RepairStep, StepProof
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import LOOKED_AT, PASSED
from station.production.machine.cleaning import Cleaning
from station.production.views.orders import DeviceView, StationView

BEGUN: Final = "repair-begun"
ENDED: Final = "repair-ended"
_COVERS: Final = frozenset(
    {PrinterStateReason.COVER_OPEN.value, PrinterStateReason.DOOR_OPEN.value}
)


class Confirmed(enum.StrEnum):
    """How a step came to be done. The value names its words."""

    MACHINE = "machine"  #: a reading of the machine shows it
    PERSON = "person"  #: nothing could show it: a person says so
    UNPROVEN = "unproven"  #: a reading could have shown it, and a person went on without


@dataclass(slots=True)
class _UnderWay:
    """The repair that is under way."""

    name: str
    steps: tuple[RepairStep, ...]  #: as they are at this printer
    newest_card: int  #: ledger id of the newest card when it began
    cleanings: int  #: completed before it began
    done: list[Confirmed] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class RepairView:
    """A repair as the technician sees it.

    Attributes:
        name: Key of `station.core.repairs.REPAIRS`.
        steps: Its steps, as they are at this printer.
        done: How each step up to the present one was confirmed.
        cleaning: Whether the rollers run.
        cleaning_failed: Code of the error with which the cleaning ended; empty for none.
    """

    name: str
    steps: tuple[RepairStep, ...]
    done: tuple[Confirmed, ...]
    cleaning: bool
    cleaning_failed: str

    @property
    def step(self) -> RepairStep | None:
        """The step that is to be done now; None after the last one."""
        return self.steps[len(self.done)] if len(self.done) < len(self.steps) else None


class RepairService:
    """The use cases of guided repairs: one at a time. Thread-safe."""

    def __init__(
        self, bench: Workbench, cleaning: Cleaning, look: Callable[[], StationView]
    ) -> None:
        """Name what repairs need; `look` returns the window's last known state."""
        self._bench = bench
        self._cleaning = cleaning
        self._look = look
        self._lock = threading.RLock()
        self._now: _UnderWay | None = None

    def possible(self) -> list[str]:
        """Return the names of the repairs that this machine can need."""
        can = self._bench.equipment.printer.model.capabilities
        return [name for name, repair in REPAIRS.items() if repair.needs <= can]

    def wanted(self, view: StationView) -> list[str]:
        """Return the names of the repairs for what is wrong now, the worst fault first."""
        codes = [*_codes(view.devices), *_other_codes(view)]
        possible = self.possible()
        named = dict.fromkeys(REPAIR_OF[code] for code in codes if code in REPAIR_OF)
        return [name for name in named if name in possible]

    def begin(self, name: str, actor: str) -> None:
        """Begin a repair at its first step; another one that is under way is left.

        Raises:
            InputError: This machine has no such repair.
        """
        if name not in self.possible():
            raise InputError(f"there is no repair {name!r}")
        with self._lock:
            if self._now is not None and self._now.name == name and not self._is_over():
                return  # pressed twice
            self._leave(actor)
            newest = self._bench.journal.cards.newest(1)
            cleanable = self._cleaning.possible
            self._now = _UnderWay(
                name=name,
                steps=tuple(step.here(cleanable=cleanable) for step in REPAIRS[name].steps),
                newest_card=newest[0].id if newest else 0,
                cleanings=self._cleaning.completed,
            )
            self._bench.apply(actor, AddEvent("", BEGUN, {"repair": name}))

    def confirm(self, name: str, step: int, actor: str) -> None:
        """Say that a step was done; counts from 0. A step that is over is not confirmed again.

        Raises:
            InputError: That repair is not under way, or the step is yet to come.
        """
        with self._lock:
            now = self._proven(self._look())
            if now is None or now.name != name or step > len(now.done):
                raise InputError(f"step {step} of the repair {name!r} is not the present one")
            if step < len(now.done) or self._is_over():
                return  # pressed twice, or confirmed by the machine meanwhile
            by_person = now.steps[step].proof is StepProof.PERSON
            now.done.append(Confirmed.PERSON if by_person else Confirmed.UNPROVEN)
            self._bench.journal.tell()

    def leave(self, actor: str) -> None:
        """End the repair, whether or not its steps are done; the history tells which."""
        with self._lock:
            self._proven(self._look())
            self._leave(actor)

    def now(self, view: StationView) -> RepairView | None:
        """Return the repair that is under way, with what this reading confirms; None without."""
        with self._lock:
            now = self._proven(view)
            if now is None:
                return None
            return RepairView(
                name=now.name,
                steps=now.steps,
                done=tuple(now.done),
                cleaning=self._cleaning.running,
                cleaning_failed=self._cleaning.failed,
            )

    # -- what proves a step --------------------------------------------------------------------

    def _proven(self, view: StationView) -> _UnderWay | None:
        """Return the repair after every step that this reading confirms, one after the other."""
        now = self._now
        if now is None:
            return None
        while len(now.done) < len(now.steps):
            proof = now.steps[len(now.done)].proof
            if proof is StepProof.PERSON or not self._holds(proof, now, view):
                break
            now.done.append(Confirmed.MACHINE)
        return now

    def _holds(self, proof: StepProof, now: _UnderWay, view: StationView) -> bool:
        if proof is StepProof.CLEANED:
            return self._cleaning.completed > now.cleanings
        if proof is StepProof.TEST_PASSED:
            return self._test_passed_since(now.newest_card)
        if proof is StepProof.CONDITION_GONE:
            codes = REPAIRS[now.name].codes
            return _answers(view) and codes.isdisjoint(_codes(view.devices))
        return _SHOWN[proof](view)

    def _test_passed_since(self, card: int) -> bool:
        newest = self._bench.journal.cards.newest(LOOKED_AT)
        return any(
            one.id > card and one.fate is CardFate.TEST and one.reason == PASSED for one in newest
        )

    # -- the end -------------------------------------------------------------------------------

    def _is_over(self) -> bool:
        return self._now is not None and len(self._now.done) == len(self._now.steps)

    def _leave(self, actor: str) -> None:
        if self._now is None:
            return
        self._bench.apply(actor, AddEvent("", ENDED, self._record(self._now)))
        self._now = None

    def _record(self, now: _UnderWay) -> Mapping[str, str]:
        unproven = [
            step.text
            for step, how in zip(now.steps, now.done, strict=False)
            if how is Confirmed.UNPROVEN
        ]
        return {
            "repair": now.name,
            "done": str(len(now.done)),
            "steps": str(len(now.steps)),
            "unproven": " ".join(unproven),
        }


def _other_codes(view: StationView) -> Iterator[str]:
    if view.card_left_inside:
        yield CardLeftInsideError.code
    if view.feeder_stopped:
        yield FeederStoppedError.code
    if view.owed:
        yield GatewayUnavailableError.code


def _codes(devices: tuple[DeviceView, ...]) -> Iterator[str]:
    return (one.code for device in devices for one in device.problems)


def _device(view: StationView, name: str) -> DeviceView:
    return next(device for device in view.devices if device.name == name)


def _answers(view: StationView) -> bool:
    printer = _device(view, "printer")
    return printer.ok is not None and printer.state != "absent"


def _cover_is_open(view: StationView) -> bool:
    return not _COVERS.isdisjoint(_codes((_device(view, "printer"),)))


#: What one reading of the window shows.
_SHOWN: Final[Mapping[StepProof, Callable[[StationView], bool]]] = {
    StepProof.COVER_OPEN: lambda view: _answers(view) and _cover_is_open(view),
    StepProof.COVER_CLOSED: lambda view: _answers(view) and not _cover_is_open(view),
    StepProof.PRINTER_AWAY: lambda view: _device(view, "printer").state == "absent",
    StepProof.PRINTER_ANSWERS: _answers,
    StepProof.READER_ANSWERS: lambda view: _device(view, "reader").ok is True,
    StepProof.PROVINCE_ANSWERS: lambda view: _device(view, "province").ok is True,
    StepProof.PATH_EMPTY: lambda view: _answers(view) and view.card_in_path is None,
    StepProof.NOTHING_OWED: lambda view: not view.owed,
}
