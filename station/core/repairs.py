"""Guided repairs: the steps that put the machine right, and what proves that each one was done.

A repair leads a technician through one kind of fault. The machine confirms a step wherever it can
report its effect (the cover is open, the condition is gone, the printer answers again); where it
can't (a ribbon chip was pressed in), the person who did it says so. The history keeps the two
apart: what a person says is not a reading of the machine.

Every printer-state-reason has a repair, and so has every row of the window's own list of faults.

Source: 新乡市 社会保障卡业务经办流程 (2017), part 3 常见问题处理, for the faults that it lists.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from station.core.errors import (
    CardLeftInsideError,
    CardMuteError,
    ConnectionFailure,
    FeederStoppedError,
    GatewayUnavailableError,
    LinkRestingError,
    PrinterNotConnectedError,
    ReaderBusyError,
    ReaderNotConnectedError,
    TransportClosedError,
    TransportError,
    TransportTimeoutError,
)
from station.core.printing import Capability
from station.core.printing import PrinterStateReason as R


class StepProof(enum.StrEnum):
    """What shows that a step of a repair was done. The value names its words."""

    PERSON = "person"  #: nothing reports it: the person who did it says so
    COVER_OPEN = "cover-open"  #: the printer reports an open cover or door
    COVER_CLOSED = "cover-closed"  #: the printer answers and reports none
    CONDITION_GONE = "condition-gone"  #: none of the repair's own codes is reported any more
    PRINTER_AWAY = "printer-away"  #: the printer does not answer: it was switched off
    PRINTER_ANSWERS = "printer-answers"
    READER_ANSWERS = "reader-answers"
    PROVINCE_ANSWERS = "province-answers"
    PATH_EMPTY = "path-empty"  #: the printer detects no card
    CLEANED = "cleaned"  #: the printer has run the cleaning card to the end
    TEST_PASSED = "test-passed"  #: a test card was printed and judged to be good
    NOTHING_OWED = "nothing-owed"  #: the province has acknowledged every report


class RepairAct(enum.StrEnum):
    """What a step has the station do. The value is the name of the page's button."""

    CHECK = "check"
    CLEAN = "clean-machine"
    TEST_CARD = "test-card"
    RETRY_REPORT = "retry-report"
    REJECT_LEFT_CARD = "reject-left-card"


@dataclass(frozen=True, slots=True)
class RepairStep:
    """One step.

    Attributes:
        text: Names the words of the instruction, in the table `repair-step`.
        proof: What shows that it was done.
        act: What the station does in it; None when only a person acts.
    """

    text: str
    proof: StepProof = StepProof.PERSON
    act: RepairAct | None = None

    def here(self, *, cleanable: bool) -> RepairStep:
        """Return the step as it is at this printer: some are cleaned from their own panel only."""
        return self if cleanable or self.act is not RepairAct.CLEAN else CLEAN_AT_PANEL


@dataclass(frozen=True, slots=True)
class Repair:
    """The way from one kind of fault to a machine that works.

    Attributes:
        steps: What is done, in order.
        codes: Codes of errors and printer-state-reasons that lead here.
        needs: Capabilities without which a machine cannot have this fault.
    """

    steps: tuple[RepairStep, ...]
    codes: frozenset[str] = frozenset()
    needs: frozenset[Capability] = frozenset()


#: Takes the place of the station's own cleaning.
CLEAN_AT_PANEL: Final = RepairStep("clean-at-panel")
_P: Final = StepProof
_OPEN: Final = RepairStep("open-cover", _P.COVER_OPEN)
_CLOSE: Final = RepairStep("close-cover", _P.COVER_CLOSED)
_GONE: Final = RepairStep("condition-gone", _P.CONDITION_GONE, RepairAct.CHECK)
_CLEAN: Final = (
    RepairStep("take-blanks-out"),
    RepairStep("insert-cleaning-card"),
    RepairStep("run-cleaning", _P.CLEANED, RepairAct.CLEAN),
    RepairStep("put-blanks-back"),
)
_RESTART: Final = (
    RepairStep("switch-off", _P.PRINTER_AWAY),
    RepairStep("switch-on", _P.PRINTER_ANSWERS),
)
_TEST: Final = RepairStep("test-card", _P.TEST_PASSED, RepairAct.TEST_CARD)
_ORDER: Final = RepairStep("go-on-with-order")

_PRINTS: Final = frozenset({Capability.PRINT_FRONT})
_FEEDS: Final = frozenset({Capability.FEEDER})
_REJECTS: Final = frozenset({Capability.REJECT_BIN})
_CHIP: Final = frozenset({Capability.CONTACT_CHIP})

#: Name of a repair -> the repair; the name's words are in the table `repair`.
REPAIRS: Final[Mapping[str, Repair]] = {
    "which-cable": Repair(
        (
            RepairStep("switch-on-and-wait"),
            RepairStep("printer-cable", _P.PRINTER_ANSWERS, RepairAct.CHECK),
            RepairStep("reader-cable", _P.READER_ANSWERS, RepairAct.CHECK),
            _GONE,
        ),
        frozenset(
            {
                R.CONNECTING.value,
                PrinterNotConnectedError.code,
                ReaderNotConnectedError.code,
                TransportError.code,
                TransportTimeoutError.code,
                TransportClosedError.code,
            }
        ),
    ),
    "reader-service": Repair(
        (
            RepairStep("close-other-programs"),
            RepairStep("run-doctor"),
            RepairStep("reader-again", _P.READER_ANSWERS, RepairAct.CHECK),
        ),
        frozenset({ReaderBusyError.code, "reader-no-permission", "reader-ambiguous"}),
    ),
    "load-blanks": Repair(
        (RepairStep("load-blanks"), _GONE),
        frozenset({R.MEDIA_EMPTY.value, R.MEDIA_LOW.value, R.MEDIA_NEEDED.value}),
        _FEEDS,
    ),
    "wrong-blanks": Repair(
        (RepairStep("change-blanks"), _GONE), frozenset({R.MEDIA_TYPE_CHANGE.value}), _FEEDS
    ),
    "feed": Repair(
        (RepairStep("fan-blanks"), *_CLEAN, _TEST), frozenset({R.FEED_ERROR.value}), _FEEDS
    ),
    "jam": Repair(
        (
            _OPEN,
            RepairStep("take-jammed-card"),
            _CLOSE,
            RepairStep("path-empty", _P.PATH_EMPTY, RepairAct.CHECK),
            _GONE,
            _ORDER,
        ),
        frozenset({R.MEDIA_JAM.value}),
    ),
    "left-card": Repair(
        (
            RepairStep("put-left-card-out", _P.PATH_EMPTY, RepairAct.REJECT_LEFT_CARD),
            RepairStep("whose-card"),
        ),
        frozenset({CardLeftInsideError.code}),
    ),
    "cover": Repair((_CLOSE, _GONE), frozenset({R.COVER_OPEN.value, R.DOOR_OPEN.value})),
    "outlet": Repair(
        (RepairStep("empty-outlet"), _GONE),
        frozenset({R.OUTPUT_FULL.value, R.OUTPUT_MISSING.value}),
    ),
    "reject-box": Repair(
        (RepairStep("empty-reject-box"), _GONE),
        frozenset({R.REJECT_FULL.value, R.REJECT_MISSING.value}),
        _REJECTS,
    ),
    "ribbon": Repair(
        (_OPEN, RepairStep("change-ribbon"), _CLOSE, _GONE),
        frozenset(
            {
                R.RIBBON_MISSING.value,
                R.RIBBON_EMPTY.value,
                R.RIBBON_ALMOST_EMPTY.value,
                R.RIBBON_UNSUPPORTED.value,
            }
        ),
        _PRINTS,
    ),
    "ribbon-chip": Repair(
        (_OPEN, RepairStep("reseat-ribbon-chip"), _CLOSE, _GONE),
        frozenset({R.RIBBON_CHIP_MISSING.value}),
        _PRINTS,
    ),
    "ribbon-torn": Repair(
        (_OPEN, RepairStep("straighten-ribbon"), _CLOSE, _GONE, _TEST),
        frozenset({R.RIBBON_FAILED.value, R.PRINT_FAILED.value}),
        _PRINTS,
    ),
    "cleaning": Repair(
        (*_CLEAN, _GONE),
        frozenset({R.CLEANING_DUE.value, R.CLEANING_OVERDUE.value}),
        _PRINTS,
    ),
    "print-quality": Repair(
        (_OPEN, RepairStep("wipe-head-and-sensor"), _CLOSE, *_CLEAN,
         RepairStep("calibrate-ribbon-sensor"), _TEST),
        needs=_PRINTS,
    ),
    "mute-chip": Repair(
        (
            RepairStep("which-way-round"),
            RepairStep("wipe-contacts"),
            *_RESTART,
            RepairStep("reader-again", _P.READER_ANSWERS, RepairAct.CHECK),
            _TEST,
        ),
        frozenset({CardMuteError.code, FeederStoppedError.code}),
        _CHIP,
    ),
    "heat": Repair(
        (RepairStep("let-cool"), _GONE), frozenset({R.OVER_TEMPERATURE.value}), _PRINTS
    ),
    "restart": Repair(
        (_OPEN, RepairStep("look-for-obstacle"), _CLOSE, *_RESTART, _GONE),
        frozenset({R.MOTOR_FAILURE.value, R.UNRECOVERABLE.value, R.OTHER.value}),
    ),
    "unlock": Repair((RepairStep("unlock"), _GONE), frozenset({R.LOCKED.value})),
    "report-owed": Repair(
        (
            RepairStep("province-link", _P.PROVINCE_ANSWERS, RepairAct.CHECK),
            RepairStep("retry-reports", _P.NOTHING_OWED, RepairAct.RETRY_REPORT),
            RepairStep("restore-application"),
        ),
        frozenset(
            {GatewayUnavailableError.code, LinkRestingError.code}
            | {one.value for one in ConnectionFailure}
        ),
    ),
    "no-data": Repair(
        (
            RepairStep("province-link", _P.PROVINCE_ANSWERS, RepairAct.CHECK),
            RepairStep("read-the-reason"),
            RepairStep("apply-anew"),
        )
    ),
    "identity-changed": Repair((RepairStep("change-at-province"), RepairStep("fetch-again"))),
}  # fmt: skip

#: Code of an error or a printer-state-reason -> the name of its repair.
REPAIR_OF: Final[Mapping[str, str]] = {
    code: name for name, repair in REPAIRS.items() for code in repair.codes
}
