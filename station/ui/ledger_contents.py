"""What the templates of the ledger of blanks are given; see `station.ui.contents`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final


@dataclass(frozen=True, slots=True)
class Choice:
    """One entry of a list to choose from: what is sent, and what is shown."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class OpenShift:
    """The shift that is open.

    Attributes:
        began: When, in words.
        figures: What the journal counts: title and number.
        drawer: Blanks that must be in the drawer.
        feeder: Blanks that must be in the feeder.
        differences: What does not balance.
        ribbon: Sets of ribbon planned and used, in words.
        ribbon_alarm: Whether more was used than the site allows.
        banks: Of each bank: code, name, what must be in the drawer and in the feeder.
    """

    began: str
    figures: tuple[tuple[str, int], ...]
    drawer: int
    feeder: int
    differences: tuple[str, ...]
    ribbon: str
    ribbon_alarm: bool
    banks: tuple[tuple[str, str, int, int], ...]


@dataclass(frozen=True, slots=True)
class ClosedShiftLine:
    """A closed shift: its number, when, by whom, and what did not balance."""

    id: int
    at: str
    by: str
    differences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LedgerCard:
    """One card that somebody must see to.

    Attributes:
        id: Ledger id.
        order: Owning order.
        reason: Why it is spoiled; empty for a good one.
        where: Where it is, in words.
        lost: Whether it must be found before it can be destroyed.
        at: Since when.
    """

    id: int
    order: str
    reason: str
    where: str
    lost: bool
    at: str


@dataclass(frozen=True, slots=True)
class DestroyedCard:
    """One card that two people destroyed: ledger id, why it was spoiled, when, and by whom."""

    id: int
    reason: str
    at: str
    by: str
    witness: str


@dataclass(frozen=True, slots=True)
class LedgerPanel:
    """The ledger of blanks.

    Attributes:
        shift: The open shift.
        closed: The shifts that were closed last, newest first.
        moves: What people do with blanks outside the machine.
        banks: The banks whose blanks this window uses.
        request: Names the next press, so that a second one does nothing.
        to_destroy: Spoiled cards and test cards.
        destroyed: Cards that two people destroyed, the last ones.
        not_taken: Finished cards that nobody took.
    """

    template: ClassVar[str] = "_ledger.html"
    name: ClassVar[str] = "ledger"

    shift: OpenShift
    closed: tuple[ClosedShiftLine, ...]
    moves: tuple[Choice, ...]
    banks: tuple[Choice, ...]
    request: str
    to_destroy: tuple[LedgerCard, ...]
    destroyed: tuple[DestroyedCard, ...]
    not_taken: tuple[LedgerCard, ...]


@dataclass(frozen=True, slots=True)
class SelfTestLine:
    """The newest self-test: when, by whom, and whether a card could be made, in words."""

    at: str
    by: str
    ready: bool
    result: str


@dataclass(frozen=True, slots=True)
class TechnicianCardPanel:
    """Test cards and self-tests, on the technician's page.

    Attributes:
        tested: The order of a test card that waits for its verdict; empty for none.
        feeder_stopped: Whether spoiled blanks have stopped the feeder.
        self_test: The newest self-test; None before the first.
        rehearsing: Whether the window rehearses now.
    """

    template: ClassVar[str] = "_test_card.html"
    name: ClassVar[str] = "tests"

    tested: str
    feeder_stopped: bool
    self_test: SelfTestLine | None
    rehearsing: bool = False


@dataclass(frozen=True, slots=True)
class RehearsalPanel:
    """The banner of every page while the window rehearses; empty otherwise.

    Attributes:
        number: The invented person's number; empty while there is no rehearsal.
        since: When it was begun.
        by: Who began it.
    """

    template: ClassVar[str] = "_rehearsal.html"
    name: ClassVar[str] = "rehearsal"

    number: str = ""
    since: str = ""
    by: str = ""


NO_REHEARSAL: Final = RehearsalPanel()
