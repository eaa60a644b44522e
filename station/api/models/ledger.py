"""The ledger of blanks as the API shows it."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from station.api.models.shown import Shown
from station.core.orders import CardFate, CardPlace


class CardRecord(Shown):
    """One card in the machine's hands: the ledger row, and where the card is believed to be.

    Attributes:
        id: Ledger id.
        order: Whose.
        AAZ501: 卡识别码; empty before it was read.
        place: Where it is believed to be.
        fate: What became of it.
        reason: Why it is spoiled or refused; empty otherwise.
        updated_at: UTC.
        blank: Whether it left the feeder as a blank; a reprint's card had left it before.
        fed_at: When it came into the machine.
        settled_at: When its fate was settled; None while it is in the machine.
        presented_at: When it was last put out; None while it never was.
        ribbon_planned: Sets of panels that its faces need.
        ribbon_used: Sets that the ribbon has lost over it.
        destroyed_at: When two people destroyed it.
        destroyed_by: The first of them; empty before.
        witness: The second.
        bank: AAE008 of the bank whose blank it was; empty when unknown.
    """

    id: int
    order: str
    AAZ501: str
    place: CardPlace
    fate: CardFate
    reason: str
    updated_at: dt.datetime
    blank: bool = True
    fed_at: dt.datetime | None = None
    settled_at: dt.datetime | None = None
    presented_at: dt.datetime | None = None
    ribbon_planned: int = 0
    ribbon_used: int = 0
    destroyed_at: dt.datetime | None = None
    destroyed_by: str = ""
    witness: str = ""
    bank: str = ""


class BankStock(Shown):
    """The blanks of one bank outside the machine.

    Attributes:
        bank: AAE008; empty for blanks of which nobody said whose they are.
        name: Of the bank.
        drawer: Blanks that must be in the drawer.
        feeder: Blanks that must be in the feeder.
        counted: What a person counted in the drawer; None when nobody has.
    """

    bank: str
    name: str
    drawer: int
    feeder: int
    counted: int | None = None


class Counted(Shown):
    """What a person counted at the end of a shift.

    Attributes:
        drawer: Blanks in the drawer.
        feeder: Blanks in the feeder.
        banks: AAE008 -> blanks of that bank in the drawer, where they were counted by bank.
    """

    drawer: int
    feeder: int
    banks: dict[str, int] = Field(default_factory=dict)


class ShiftFigures(Shown):
    """What the journal knows of one shift.

    Attributes:
        drawer_before: Blanks in the drawer when it began, as counted then.
        feeder_before: Blanks in the feeder when it began.
        inside_before: Blanks in the machine when it began.
        opened: Blanks of packages that were opened.
        loaded: Blanks put from the drawer into the feeder.
        unloaded: Blanks taken from the feeder back into the drawer.
        returned: Blanks sent from the drawer back to the store.
        fed: Blanks that left the feeder.
        issued: Of those with a fate: became somebody's card.
        spoiled: Used up, or lost.
        test: Used up by test cards.
        refused: Put aside unwritten, in the reject bin.
        given_back: Unharmed, put out again: they go into the drawer.
        inside: In the machine now.
    """

    drawer_before: int = 0
    feeder_before: int = 0
    inside_before: int = 0
    opened: int = 0
    loaded: int = 0
    unloaded: int = 0
    returned: int = 0
    fed: int = 0
    issued: int = 0
    spoiled: int = 0
    test: int = 0
    refused: int = 0
    given_back: int = 0
    inside: int = 0


class ShiftReport(Shown):
    """One shift: the blanks, the ribbon, and what does not balance.

    Attributes:
        began_at: When the shift before was closed.
        until: Up to when this was added up.
        figures: What the journal knows.
        drawer: Blanks that must be in the drawer.
        feeder: Blanks that must be in the feeder.
        counted: What a person counted; None while the shift is open.
        balances: Whether nothing differs.
        differences: What differs, in the clerk's words.
        ribbon_planned: Sets of panels that the shift's faces needed.
        ribbon_used: Sets that the ribbon lost.
        ribbon_alarm: Whether more was used than the site allows.
        ribbon_total_planned: The same over the machine's whole life, for the next shift's report.
        ribbon_total_used: Likewise.
        banks: The blanks of each bank; empty while nobody says whose blanks are moved.
    """

    began_at: dt.datetime
    until: dt.datetime
    figures: ShiftFigures
    drawer: int
    feeder: int
    counted: Counted | None
    balances: bool
    differences: tuple[str, ...]
    ribbon_planned: int
    ribbon_used: int
    ribbon_alarm: bool
    ribbon_total_planned: int
    ribbon_total_used: int
    banks: tuple[BankStock, ...] = ()


class ClosedShift(Shown):
    """A shift that was counted and closed.

    Attributes:
        id: In the order of closing.
        began_at: UTC, for people to read.
        ended_at: UTC, for people to read: the PC's clock may have been set in between.
        ended_by: Who closed it.
        report: What was signed then.
        event: Number of the event that closed it: the next shift counts what comes after.
    """

    id: int
    began_at: dt.datetime
    ended_at: dt.datetime
    ended_by: str
    report: ShiftReport
    event: int = 0
