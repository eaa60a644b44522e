"""Translation of Evolis status words to IPP.

Source: docs/explanations/wire-evolis.md, "Status bits in words". The meaning of each bit is data:
    `conditions.toml`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from station.core.printing import (
    Capability,
    CardPosition,
    PrinterStateReason,
    PrinterStatus,
    Reason,
    Severity,
)
from station.drivers.evolis.codec import Status
from station.drivers.kit.reasons import in_blocking_order, severity_with_card, state_of

CLAIM: Final = 1 << 31
COVER_OPEN: Final = 1 << 17
AT_WORK: Final = 1 << 7 | 1 << 6 | 1 << 5 | 1 << 1 | 1 << 0
JUST_STARTED: Final = 1 << 16
CHIP_STATION_FITTED: Final = 1 << 18
FLIPPER_FITTED: Final = 1 << 20
MECHANICAL: Final = 1 << 24
MAGNETIC_FITTED: Final = 1 << 17
REWRITE_FITTED: Final = 1 << 16
#: Config bit -> capability that needs this option.
OPTIONS: Final = {
    FLIPPER_FITTED: Capability.PRINT_BACK,
    CHIP_STATION_FITTED: Capability.CONTACT_CHIP,
    MAGNETIC_FITTED: Capability.MAGNETIC,
    REWRITE_FITTED: Capability.REWRITABLE,
}
STRIPE: Final = 1 << 19 | 1 << 18 | 1 << 17 | 1 << 16
FORGETTABLE: Final = STRIPE | 1 << 29 | 1 << 27 | 1 << 26 | MECHANICAL | 1 << 9 | 1 << 8

#: Information bit -> where the card is.
POSITIONS: Final = {
    1 << 26: CardPosition.CHIP_STATION,
    1 << 25: CardPosition.PRINT_STATION,
    1 << 28: CardPosition.FLIPPER,
    1 << 27: CardPosition.UNKNOWN,
    1 << 24: CardPosition.OUTPUT_HOPPER,
}
#: Bits that block nothing, by word: positions, activity, modes, cleaning under way, sessions.
SILENT: Final = {
    "information": sum(POSITIONS)
    | CLAIM
    | AT_WORK
    | JUST_STARTED
    | 1 << 30
    | 1 << 29
    | 1 << 23
    | 1 << 22
    | 1 << 21
    | 1 << 13
    | 1 << 12
    | 1 << 11
    | 1 << 9
    | 1 << 2,
    "warning": 1 << 26 | 1 << 9,
    "error": 0,
}

R = PrinterStateReason


@dataclass(frozen=True, slots=True)
class Meaning:
    """Meaning of one bit."""

    keyword: PrinterStateReason
    severity: Severity


#: Word -> bit number -> meaning.
Meanings = Mapping[str, Mapping[int, Meaning]]


def is_at_work(status: Status) -> bool:
    """Whether a move, a print or a cleaning runs."""
    return bool(status.information & AT_WORK)


def is_stopped(status: Status) -> bool:
    """Whether an error stopped a motion, or the cover is open."""
    return bool(status.error & ~STRIPE or status.warning & COVER_OPEN)


def has_open_job(status: Status) -> bool:
    """Whether a job was begun and not yet given up by its host."""
    return bool(status.information & CLAIM)


def is_forgettable(status: Status) -> bool:
    """Whether the status shows an error that may only be the memory of one."""
    return bool(status.error & FORGETTABLE)


def decode_position(status: Status) -> CardPosition | None:
    """Return the position of the card in the path; None when the path is empty."""
    places = [place for bit, place in POSITIONS.items() if status.information & bit]
    if not places:
        return None
    if status.error & MECHANICAL:
        return CardPosition.JAMMED
    return places[0] if len(places) == 1 else CardPosition.UNKNOWN


def decode_status(
    status: Status, *, meanings: Meanings, ribbon_left: int | None, own_sessions: frozenset[int]
) -> PrinterStatus:
    """Translate one reading."""
    card = decode_position(status)
    reasons = _once(_reasons(status, meanings, card, own_sessions))
    return PrinterStatus(
        state=state_of(reasons, is_at_work=is_at_work(status)),
        reasons=in_blocking_order(reasons),
        card=card,
        ribbon_cards_left=ribbon_left,
        native=status.native,
        not_fitted=frozenset(can for bit, can in OPTIONS.items() if not status.config & bit),
    )


def _reasons(
    status: Status, meanings: Meanings, card: CardPosition | None, own_sessions: frozenset[int]
) -> Iterator[Reason]:
    for word, value in (("error", status.error), ("warning", status.warning)):
        yield from _word(word, value, meanings[word], card)
    yield from _word("information", status.information, meanings["information"], card)
    for bit, meaning in meanings["ext1"].items():
        if status.extensions[0] & 1 << bit:
            yield Reason(meaning.keyword, meaning.severity, f"{1 << bit:08X}/ext1")
    if status.information & JUST_STARTED and is_at_work(status):
        yield Reason(R.CONNECTING, Severity.REPORT)
    if (status.session or 0) not in own_sessions | {0}:
        yield Reason(R.LOCKED, Severity.WARNING, f"{status.session:04X}/session")


def _word(
    word: str, value: int, meanings: Mapping[int, Meaning], card: CardPosition | None
) -> Iterator[Reason]:
    # An unknown bit is shown with its number, never dropped.
    unknown = Meaning(R.OTHER, Severity.ERROR if word == "error" else Severity.WARNING)
    for bit in range(32):
        mask = 1 << bit
        if value & mask and not SILENT[word] & mask:
            meaning = meanings.get(bit, unknown)
            severity = severity_with_card(meaning.keyword, meaning.severity, card)
            yield Reason(meaning.keyword, severity, f"{mask:08X}/{word}")


def _once(reasons: Iterator[Reason]) -> list[Reason]:
    # The same cause may be in the warning and in the error word: the first one found is kept, but
    # an error is never hidden by a warning.
    found: dict[PrinterStateReason, Reason] = {}
    others = []
    for reason in reasons:
        if reason.keyword is R.OTHER:
            others.append(reason)
        elif reason.keyword not in found or (
            reason.severity is Severity.ERROR
            and found[reason.keyword].severity is not Severity.ERROR
        ):
            found[reason.keyword] = reason
    return [*found.values(), *others]
