"""What may become durable about finished cards; a part of `station.core.changes`."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.core.custody import (
    CardOwner,
    CheckCause,
    CheckHow,
    CheckVerdict,
    Contact,
    CustodyAct,
    CustodyPlace,
    DocumentState,
)


@dataclass(frozen=True, slots=True)
class ReceiveFinishedCard:
    """Take a finished card into custody. `Transaction.apply` returns its number."""

    owner: CardOwner = field(repr=False)
    shelf: str
    order: str | None = None


@dataclass(frozen=True, slots=True)
class MoveFinishedCard:
    """Record what was done with one card.

    It is refused (`OrderMovedError`) when the card is not at `before` any more.
    """

    card: int
    act: CustodyAct
    before: CustodyPlace
    after: CustodyPlace
    unit: str = ""
    unit_name: str = ""
    shelf: str = ""
    document: int | None = None
    returned: bool = False  # whether it has come back at least once
    undoes: int | None = None  # number of the move that is taken back


@dataclass(frozen=True, slots=True)
class AddCustodyDocument:
    """Write the paper of an act. `Transaction.apply` returns its number."""

    act: CustodyAct
    state: DocumentState
    unit: str = ""
    unit_name: str = ""
    contact: Contact | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class DecideDocument:
    """Record that somebody else has approved or refused a paper."""

    document: int
    state: DocumentState


@dataclass(frozen=True, slots=True)
class NoteDistribution:
    """回执: record what a unit has given to its people, and what it has brought back."""

    document: int
    distributed: int
    came_back: int


@dataclass(frozen=True, slots=True)
class NoteCardCheck:
    """Record a check of a card that was brought back. `Transaction.apply` returns its number."""

    owner: CardOwner = field(repr=False)
    how: CheckHow
    cause: CheckCause
    verdict: CheckVerdict


@dataclass(frozen=True, slots=True)
class EraseCustody:
    """Overwrite everything personal of a finished card, a paper or a check. Irreversible."""

    table: str
    id: int
    after_days: int


CustodyChange = (
    ReceiveFinishedCard
    | MoveFinishedCard
    | AddCustodyDocument
    | DecideDocument
    | NoteDistribution
    | NoteCardCheck
    | EraseCustody
)
