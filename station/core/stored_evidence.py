"""Conversion of stored evidence, of this version and of earlier ones, into records.

`station.core.evidence` describes the versions. Only these two modules know the keys.
"""

from __future__ import annotations

import enum
import typing
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

from station.core.cards import ChipCondition
from station.core.errors import JournalError
from station.core.evidence import (
    INTENTS,
    OUTCOMES,
    VERSION,
    Activate,
    CardRead,
    ChipInspected,
    Earlier,
    Failed,
    FeedBack,
    FeedBlank,
    FeedKnownCard,
    FoundInPath,
    Intent,
    Outcome,
    PrintCounted,
    PrintFace,
    PrintSeen,
    PrintWitnessed,
    Proof,
    Proved,
    ReceiptTaken,
    RejectUnusable,
    RejectUsed,
    ReleaseCard,
    ReleaseUnused,
    RetractCard,
    ReturnCard,
    SaidByPerson,
    SendReport,
    UsedUp,
    WriteChip,
)
from station.core.orders import EffectKind, OrderKind
from station.core.printing import CardPosition
from station.core.questions import AnswerKind

MACHINE: Final = "machine"


def intent_from_json(kind: EffectKind, stored: Mapping[str, Any]) -> Intent:
    """Return the intent stored in a column, of this version or an earlier one.

    Raises:
        JournalError: The form is unknown.
    """
    if "version" not in stored:
        return _EARLIER[kind](stored)
    return _read(_BY_NAME_OF_INTENT.get((kind, stored.get("of", ""))), stored)


def outcome_from_json(stored: Mapping[str, Any]) -> Outcome | None:
    """Return the outcome stored in a column; None for an empty one: no outcome yet.

    Raises:
        JournalError: The form is unknown.
    """
    if not stored:
        return None
    if "version" not in stored:
        return _earlier_outcome(stored)
    return _read(_BY_NAME_OF_OUTCOME.get(stored.get("of", "")), stored)


R = TypeVar("R", Intent, Outcome)


def _read(of: type[R] | None, stored: Mapping[str, Any]) -> R:
    if of is None or stored["version"] != VERSION:
        raise JournalError(f"evidence of an unknown form: {sorted(stored)}")
    try:
        hints = _hints(of)
        mine = {name: value for name, value in stored.items() if name not in ("version", "of")}
        return of(**{name: _typed(hints[name], value) for name, value in mine.items()})
    except (KeyError, TypeError, ValueError) as exc:
        raise JournalError(f"evidence of an unknown form: {sorted(stored)}") from exc


def _hints(of: type[Any]) -> dict[str, Any]:
    if of not in _HINTS:
        _HINTS[of] = typing.get_type_hints(of)
    return _HINTS[of]


_HINTS: Final[dict[type[Any], dict[str, Any]]] = {}  # filled at the first use of each class


def _typed(hint: Any, value: Any) -> Any:  # noqa: ANN401 - any field's type
    """Convert a JSON value to the type of a field; only enumerations are stored differently."""
    if value is None:
        return None
    for one in typing.get_args(hint) or (hint,):
        if isinstance(one, type) and issubclass(one, enum.Enum):
            return one(value)
    return value


# -- version 1 ---------------------------------------------------------------------------------

_Stored = Mapping[str, Any]


def _number(stored: _Stored, key: str) -> int | None:
    text = str(stored.get(key, ""))
    return int(text) if text.lstrip("-").isdecimal() else None


def _earlier_feed(stored: _Stored) -> Intent:
    machine = stored.get(MACHINE, "")
    if "back" in stored:
        return FeedBack(_number(stored, "back"), machine=machine)
    if "kind" in stored:
        return FeedKnownCard(OrderKind(stored["kind"]), machine=machine)
    return FeedBlank(machine=machine)


def _earlier_print(stored: _Stored) -> Intent:
    return PrintFace(
        job=_number(stored, "job") or 0,
        cards_printed=_number(stored, "cards_printed"),
        ribbon_left=_number(stored, "ribbon_left"),
        face=stored.get("face", ""),
        machine=stored.get(MACHINE, ""),
    )


def _earlier_release(stored: _Stored) -> Intent:
    card, machine = _number(stored, "card"), stored.get(MACHINE, "")
    if "refused" in stored and card is not None:
        return ReturnCard(card, stored["refused"], machine=machine)
    if "blank" in stored:
        return ReleaseUnused(card, machine=machine)
    return ReleaseCard(card, machine=machine)


def _earlier_reject(stored: _Stored) -> Intent:
    reason, machine = stored.get("reason", ""), stored.get(MACHINE, "")
    if "step" in stored:
        return RejectUsed(reason, stored["step"], machine=machine)
    return RejectUnusable(reason, machine=machine)


def _earlier_report(stored: _Stored) -> Intent:
    return SendReport(stored.get("outcome", ""), _number(stored, "attempt") or 0)


_EARLIER: Final[Mapping[EffectKind, Callable[[_Stored], Intent]]] = {
    EffectKind.FEED: _earlier_feed,
    EffectKind.WRITE_CHIP: lambda stored: WriteChip(stored.get("AAZ501", "")),
    EffectKind.REPORT: _earlier_report,
    EffectKind.PRINT: _earlier_print,
    EffectKind.RELEASE: _earlier_release,
    EffectKind.REJECT: _earlier_reject,
    EffectKind.RETRACT: lambda stored: RetractCard(
        _number(stored, "card"), machine=stored.get(MACHINE, "")
    ),
    EffectKind.ACTIVATE: lambda _: Activate(),
}


def _earlier_outcome(stored: _Stored) -> Outcome:
    """Identify the record of version 1 by its keys; an unknown one is kept unchanged."""
    try:
        found = _earlier_by_keys(stored)
    except ValueError:  # a value that is no longer used
        return Earlier(dict(stored))
    # For a print the counters decide later; the other texts have changed since.
    whole = isinstance(found, PrintCounted) or found.facts() == dict(stored)
    return found if whole else Earlier(dict(stored))


def _earlier_by_keys(stored: _Stored) -> Outcome:
    for key, made in _BY_KEY.items():
        if key in stored:
            return made(stored)
    return Earlier(dict(stored))


def _earlier_witnesses(stored: _Stored) -> Outcome:
    known = stored.get("job_printed", str(None))
    where = stored.get("position", "none")
    return PrintWitnessed(
        cards_printed=_number(stored, "cards_printed"),
        ribbon_left=_number(stored, "ribbon_left"),
        grown=_number(stored, "grown"),
        job_printed=None if known == str(None) else known == str(True),
        ribbon_usual=_number(stored, "ribbon_usual") or 0,
        position=None if where == "none" else CardPosition(where),
    )


#: The first matching key decides.
_BY_KEY: Final[Mapping[str, Callable[[_Stored], Outcome]]] = {
    "error": lambda stored: Failed(stored["error"]),
    "answer": lambda stored: SaidByPerson(AnswerKind(stored["answer"])),
    "printed": lambda stored: PrintSeen(stored["printed"] == str(True)),
    "condition": lambda stored: ChipInspected(ChipCondition(stored["condition"])),
    "result": lambda stored: UsedUp(stored.get("reason", "")),
    "receipt": lambda stored: ReceiptTaken(stored["receipt"]),
    "grown": _earlier_witnesses,
    "cards_printed": lambda stored: PrintCounted(
        _number(stored, "cards_printed"), _number(stored, "ribbon_left")
    ),
    "position": lambda stored: FoundInPath(CardPosition(stored["position"])),
    "AAZ501": lambda stored: CardRead(stored["AAZ501"]),
    "proof": lambda stored: Proved(Proof(stored["proof"])),
}

_BY_NAME_OF_INTENT: Final = {(one.kind_of_effect, one.of): one for one in INTENTS}
_BY_NAME_OF_OUTCOME: Final = {one.of: one for one in OUTCOMES}
