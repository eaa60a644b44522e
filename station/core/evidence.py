"""What is known about an effect: before it begins, and of its outcome.

An effect is something that the station does to the world: it feeds a card, writes a chip, sends a
report. The intent becomes durable before the effect begins, with the evidence that its proof will
need (how many cards the printer had printed, which card was to be released). The outcome becomes
durable after it, with the finding that showed it. So after a power cut the station knows what it
may have done, and how to find out whether it did.

An effect of one kind can have several purposes: a card is released because it is finished, because
its order was cancelled, or because it belongs to another holder. The consequences of such an effect
differ, so each purpose has a record class here, and the class determines what follows. No other
module knows under which key a value is stored.

Stored form. Version 2 consists of the fields of the record, with `version` and `of` (the record's
name). Version 1 (every journal up to schema 0005) had neither: it was a flat object of texts, whose
keys identified the purpose. It is still read and no longer written. The history keeps the texts of
version 1 (`facts`), because its lines are chained by their hashes and read by integrators.
"""

from __future__ import annotations

import datetime as dt
import enum
import types
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, Self, TypeVar

from station.core.cards import ChipCondition
from station.core.errors import DefectError
from station.core.orders import EffectKind, EffectState, OrderKind
from station.core.printing import CardPosition
from station.core.questions import AnswerKind

VERSION: Final = 2  #: version of the stored form
UNREAD: Final = "unread"  #: in place of a 卡识别码, for a card whose chip could not be read


class Proof(enum.StrEnum):
    """How an outcome that was unknown at first was established."""

    READER_EMPTY = "the reader is empty, and no machine moves a card here"
    CHIP_READ = "the chip of the card in the path was read"
    CHIP_IS_THIS_CARDS = "the chip of the card in the path is this card's"
    CARD_AT_OUTLET = "the printer sees a card at the outlet"
    TAKEN_FROM_READER = "a person was asked to take it, and the reader is empty"
    CARD_IN_BIN = "the printer sees a card in the bin"
    PUT_ASIDE_FROM_READER = "the reader is empty"
    PROVINCE_HAS_IT = "the province has it"
    PROVINCE_HAS_IT_NOT = "the province does not have it"
    SAFE_TO_REPEAT = "safe to repeat"
    NONE = "none: a person is asked where the card is"


@dataclass(frozen=True, slots=True)
class _Record:
    """Base of records with a stored form."""

    of: ClassVar[str]
    #: Texts in the history that are the same for every record of a class.
    constant: ClassVar[Mapping[str, str]] = types.MappingProxyType({})

    def facts(self) -> dict[str, str]:
        """Return the record as texts, as the history stores it."""
        mine = {one.name: getattr(self, one.name) for one in fields(self)}
        return {**self.constant, **{k: _text(v) for k, v in mine.items() if k != _MACHINE or v}}

    def to_json(self) -> dict[str, Any]:
        """Return what a column of the journal stores."""
        mine = {one.name: _plain(getattr(self, one.name)) for one in fields(self)}
        return {"version": VERSION, "of": self.of, **mine}


_MACHINE: Final = "machine"


@dataclass(frozen=True, slots=True)
class Intent(_Record):
    """The purpose of an effect, and what is known before it begins."""

    kind_of_effect: ClassVar[EffectKind]


@dataclass(frozen=True, slots=True)
class InPrinter(Intent):
    """An effect of the printer.

    Attributes:
        machine: The physical printer that has the card; empty in journals that did not record it.
    """

    machine: str = field(default="", kw_only=True)

    def in_machine(self, machine: str) -> Self:
        """Return the same intent for this physical printer."""
        return replace(self, machine=machine)


@dataclass(frozen=True, slots=True)
class FeedBlank(InPrinter):
    """Feed a blank from the feeder."""

    of = "blank"
    kind_of_effect = EffectKind.FEED


@dataclass(frozen=True, slots=True)
class FeedKnownCard(InPrinter):
    """Feed the card of a reprint, or a test card's blank; its chip is read afterwards."""

    of = "known-card"
    kind_of_effect = EffectKind.FEED
    kind: OrderKind


@dataclass(frozen=True, slots=True)
class FeedBack(InPrinter):
    """Feed the order's card again, which a person has put back into the feeder."""

    of = "back"
    kind_of_effect = EffectKind.FEED
    back: int | None


@dataclass(frozen=True, slots=True)
class WriteChip(Intent):
    """Write the order's data onto the chip of this 卡识别码."""

    of = "write"
    kind_of_effect = EffectKind.WRITE_CHIP
    AAZ501: str = ""


@dataclass(frozen=True, slots=True)
class SendReport(Intent):
    """Send a report to the province, for the n-th time."""

    of = "report"
    kind_of_effect = EffectKind.REPORT
    outcome: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class PrintFace(InPrinter):
    """Print a face.

    Attributes:
        job: The printer's job id.
        cards_printed: The printer's counter before the print; None when it was not recorded.
        ribbon_left: Cards left on the ribbon before it; None when the printer can't tell.
        face: Keyed digest of the face.
    """

    of = "print"
    kind_of_effect = EffectKind.PRINT
    job: int = 0
    cards_printed: int | None = None
    ribbon_left: int | None = None
    face: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseCard(InPrinter):
    """Release the order's finished card."""

    of = "finished"
    kind_of_effect = EffectKind.RELEASE
    card: int | None = None


@dataclass(frozen=True, slots=True)
class ReleaseUnused(InPrinter):
    """Release the unchanged card of an order that was cancelled."""

    of = "unused"
    constant = types.MappingProxyType({"blank": "yes"})
    kind_of_effect = EffectKind.RELEASE
    card: int | None = None


@dataclass(frozen=True, slots=True)
class ReturnCard(InPrinter):
    """Release, unchanged, a card that is not the wanted one.

    Attributes:
        card: Its ledger id.
        refused: Error code: why it is not the wanted one.
    """

    of = "returned"
    kind_of_effect = EffectKind.RELEASE
    card: int
    refused: str


@dataclass(frozen=True, slots=True)
class RejectUsed(InPrinter):
    """Put a used-up card into the reject bin: its order is spoiled, or takes another card.

    Attributes:
        reason: Error code, or what a person entered.
        step: 失败环节 of the failure report.
    """

    of = "used-up"
    kind_of_effect = EffectKind.REJECT
    reason: str
    step: str


@dataclass(frozen=True, slots=True)
class RejectUnusable(InPrinter):
    """Put a blank that this order may not use into the reject bin, unwritten."""

    of = "unusable"
    kind_of_effect = EffectKind.REJECT
    reason: str = ""


@dataclass(frozen=True, slots=True)
class RetractCard(InPrinter):
    """Retract a card that was not taken into the reject bin."""

    of = "retract"
    kind_of_effect = EffectKind.RETRACT
    card: int | None = None


@dataclass(frozen=True, slots=True)
class Activate(Intent):
    """Ask the province to activate the card."""

    of = "activate"
    kind_of_effect = EffectKind.ACTIVATE


@dataclass(frozen=True, slots=True)
class WriteAtDesk(Intent):
    """Write the order's data onto the chip of this 卡识别码, in the desk's reader."""

    of = "write-at-desk"
    kind_of_effect = EffectKind.WRITE_AT_DESK
    AAZ501: str


@dataclass(frozen=True, slots=True)
class Collect(Intent):
    """Tell the province that the temporary card of this 卡识别码 is back."""

    of = "collect"
    kind_of_effect = EffectKind.COLLECT
    AAZ501: str


@dataclass(frozen=True, slots=True)
class Outcome(_Record):
    """How an effect ended, or why that is not known."""


@dataclass(frozen=True, slots=True)
class Completed(Outcome):
    """The device or partner reported success; nothing else was recorded."""

    of = "completed"


@dataclass(frozen=True, slots=True)
class Failed(Outcome):
    """The effect ended with an error of this code."""

    of = "failed"
    error: str


@dataclass(frozen=True, slots=True)
class Proved(Outcome):
    """The outcome was established by a later inspection."""

    of = "proved"
    proof: Proof


@dataclass(frozen=True, slots=True)
class FoundInPath(Outcome):
    """A card was found in the path."""

    of = "in-path"
    constant = types.MappingProxyType({"proof": "a card is in the path"})
    position: CardPosition


@dataclass(frozen=True, slots=True)
class SaidByPerson(Outcome):
    """A person looked and answered."""

    of = "said"
    constant = types.MappingProxyType({"proof": "a person looked"})
    answer: AnswerKind


@dataclass(frozen=True, slots=True)
class CardRead(Outcome):
    """The effect is done, and this 卡识别码 was read from the card (or `UNREAD`)."""

    of = "card-read"
    AAZ501: str


@dataclass(frozen=True, slots=True)
class ChipInspected(Outcome):
    """The chip was inspected after a write without an answer."""

    of = "inspected"
    constant = types.MappingProxyType({"proof": "the chip was read"})
    condition: ChipCondition


@dataclass(frozen=True, slots=True)
class UsedUp(Outcome):
    """The card is spoiled: a write or a print has used it up, whether or not it succeeded."""

    of = "used-up"
    constant = types.MappingProxyType({"result": "spoiled"})
    reason: str


@dataclass(frozen=True, slots=True)
class ReceiptTaken(Outcome):
    """The data centre's receipt acknowledges the report."""

    of = "receipt"
    constant = types.MappingProxyType({"proof": "the data centre's receipt"})
    receipt: str


@dataclass(frozen=True, slots=True)
class PrintCounted(Outcome):
    """The printer reported the print as done; its counters after the print."""

    of = "counted"
    cards_printed: int | None = None
    ribbon_left: int | None = None


@dataclass(frozen=True, slots=True)
class PrintWitnessed(PrintCounted):
    """The printer's counters and job report after a print without an answer.

    Attributes:
        grown: Increase of the card counter; None when it was not recorded before.
        job_printed: The printer's report on the job; None when it does not know the job.
        ribbon_usual: Ribbon consumed by the last finished print; 0 when that is not known.
        position: Where the card is; None when the path is empty.
    """

    of = "witnessed"
    constant = types.MappingProxyType({"proof": "counter, ribbon, job and position"})
    grown: int | None = None
    job_printed: bool | None = None
    ribbon_usual: int = 0
    position: CardPosition | None = None

    def facts(self) -> dict[str, str]:
        """See `_Record.facts`; an empty path is `none` in the history."""
        where = self.position.value if self.position else "none"
        return {**PrintCounted.facts(self), "position": where}


@dataclass(frozen=True, slots=True)
class PrintSeen(Outcome):
    """A person looked at the card and reported whether the face is on it."""

    of = "seen"
    constant = types.MappingProxyType({"proof": "a person looked"})
    printed: bool


@dataclass(frozen=True, slots=True)
class Earlier(Outcome):
    """What an earlier version stored and this version does not distinguish; for people to read."""

    of = "earlier"
    words: Mapping[str, str]

    def facts(self) -> dict[str, str]:
        """See `_Record.facts`."""
        return dict(self.words)


INTENTS: Final[tuple[type[Intent], ...]] = (
    FeedBlank,
    FeedKnownCard,
    FeedBack,
    WriteChip,
    SendReport,
    PrintFace,
    ReleaseCard,
    ReleaseUnused,
    ReturnCard,
    RejectUsed,
    RejectUnusable,
    RetractCard,
    Activate,
    WriteAtDesk,
    Collect,
)
OUTCOMES: Final[tuple[type[Outcome], ...]] = (
    Completed,
    Failed,
    Proved,
    FoundInPath,
    SaidByPerson,
    CardRead,
    ChipInspected,
    UsedUp,
    ReceiptTaken,
    PrintCounted,
    PrintWitnessed,
    PrintSeen,
    Earlier,
)

I = TypeVar("I", bound=Intent)  # noqa: E741 - an intent


@dataclass(frozen=True, slots=True)
class EffectRecord:
    """One effect: its intent, and its outcome once known.

    Attributes:
        id: Id in the journal.
        order: Owning order.
        kind: Kind of the effect.
        state: What is known of the outcome.
        intended_at: Wall time, UTC; for display only.
        ended_at: Wall time, UTC; for display only. None while the outcome is not known.
        before: The evidence of the intent.
        after: The evidence of the outcome; None before anything is known of it.
    """

    id: int
    order: str
    kind: EffectKind
    state: EffectState
    intended_at: dt.datetime
    ended_at: dt.datetime | None
    before: Intent
    after: Outcome | None

    @property
    def machine(self) -> str:
        """The physical printer that had the card; empty when none had it or it was not recorded."""
        return self.before.machine if isinstance(self.before, InPrinter) else ""

    def intent(self, of: type[I]) -> I:
        """Return the intent as a record of this class.

        Raises:
            DefectError: It is of another class.
        """
        if not isinstance(self.before, of):
            raise DefectError(f"effect {self.id} is no {of.__name__}")
        return self.before


def _plain(value: Any) -> Any:  # noqa: ANN401 - any field's type
    return value.value if isinstance(value, enum.Enum) else value


def _text(value: Any) -> str:  # noqa: ANN401 - any field's type
    return str(_plain(value))
