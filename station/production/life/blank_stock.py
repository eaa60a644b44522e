"""The blanks of each bank outside the machine, by the journal: in the drawer and in the feeder.

A bank's blanks are counted from the first movement that a person entered with its name, or from a
shift that was closed with its count. Blanks of other banks, and those that nobody has said whose
they are, are counted together.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from station.core.cards import ChipIdentity
from station.core.errors import FeederOtherBankError
from station.core.ledger import BankStock, ClosedShift, Counted
from station.core.orders import OrderRecord, StockMove
from station.core.phrases import phrase
from station.core.printing import Capability
from station.core.recipes import CardSource, recipe_of
from station.production.life.effects import Workbench

BEFORE_ALL: Final = -1  #: number of the event after which the first shift counts
NO_BANK: Final = ""
#: What a movement adds to the drawer and to the feeder.
_ADDS: Final[Mapping[StockMove, tuple[int, int]]] = {
    StockMove.OPENED: (1, 0),
    StockMove.LOADED: (-1, 1),
    StockMove.UNLOADED: (1, -1),
    StockMove.RETURNED: (-1, 0),
}


def by_bank(
    bench: Workbench, last: ClosedShift | None, until: int, counted: Counted | None = None
) -> tuple[BankStock, ...]:
    """Return what must be where of each bank, by its code; empty while nobody counts by bank.

    Args:
        bench: The journal and the names of the banks.
        last: The shift that was closed last.
        until: Number of the last event that counts.
        counted: What a person counted.
    """
    stock = bench.journal.stock
    since = last.event if last else BEFORE_ALL
    drawer, feeder = _before(last)
    for row in stock.moves(since, until):
        in_drawer, in_feeder = _ADDS[row.move]
        drawer[row.bank] += in_drawer * row.count
        feeder[row.bank] += in_feeder * row.count
    kept = {bank for bank in (*drawer, *feeder) if bank}
    if counted is not None:
        kept |= set(counted.banks)
    if not kept:
        return ()
    for bank, blanks in stock.blanks_given_back(since, until).items():
        drawer[bank if bank in kept else NO_BANK] += blanks
    for bank, blanks in stock.blanks_fed(since, until).items():
        feeder[bank if bank in kept else NO_BANK] -= blanks
    found = tuple(
        BankStock(
            bank,
            bank_name(bench, bank),
            drawer[bank],
            feeder[bank],
            counted.banks.get(bank) if counted is not None else None,
        )
        for bank in (*sorted(kept), NO_BANK)
    )
    return tuple(one for one in found if one.bank or one.drawer or one.feeder)


def _before(last: ClosedShift | None) -> tuple[Counter[str], Counter[str]]:
    """Return drawer and feeder at the beginning of the shift: as counted, or as they had to be."""
    drawer, feeder = Counter[str](), Counter[str]()
    report: Mapping[str, Any] = last.report if last else {}
    counted = report.get("counted") or {}
    for row in report.get("banks") or ():
        said = row["counted"]
        drawer[row["bank"]] = int(row["drawer"] if said is None else said)
        feeder[row["bank"]] = int(row["feeder"])
    # What nobody has said whose it is: the rest of what was counted in all.
    for place, name in ((drawer, "drawer"), (feeder, "feeder")):
        place[NO_BANK] = int(counted.get(name, 0)) - sum(place[bank] for bank in place if bank)
    return drawer, feeder


def bank_name(bench: Workbench, bank: str) -> str:
    """Return a bank's name for people; a phrase for blanks of no named bank."""
    return bench.equipment.bank_names.get(bank, bank) if bank else phrase("stock-place.any-bank")


def in_feeder(bench: Workbench) -> Mapping[str, int]:
    """Return the blanks in the feeder by bank, by the journal; empty while nobody says whose."""
    last, until = bench.journal.stock.last_shift(), bench.journal.history.newest_seq()
    return {one.bank: one.feeder for one in by_bank(bench, last, until) if one.feeder > 0}


def wanted_bank(order: OrderRecord) -> str:
    """Return the bank (AAE008) whose blank an order takes next; empty where any will do."""
    takes = recipe_of(order.kind).card is CardSource.BANKS_BLANK
    return order.data.AAE008 if takes and order.data is not None else NO_BANK


def fed_bank(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> str:
    """Return the bank of a blank that was fed: its chip says it, or what the feeder holds does.

    Empty when neither does, and for a card that somebody has already.
    """
    if found is not None and found.AAZ500:
        return NO_BANK
    said = None if found is None else bench.equipment.bank_of(found)
    if said is not None:
        return said
    there = in_feeder(bench)
    return wanted_bank(order) or (next(iter(there)) if len(there) == 1 else NO_BANK)


def require_right_bank(bench: Workbench, order: OrderRecord) -> None:
    """Refuse to feed while the feeder holds blanks of other banks only, by the journal.

    Raises:
        FeederOtherBankError: They have to be exchanged first; nothing moved.
    """
    bank, there = wanted_bank(order), in_feeder(bench)
    if not bank or not there or bank in there or NO_BANK in there:
        return
    if Capability.FEEDER not in bench.equipment.printer.model.capabilities:
        return
    raise FeederOtherBankError(
        "the feeder holds blanks of another bank",
        details={
            "wanted": bank_name(bench, bank),
            "there": ", ".join(bank_name(bench, one) for one in there),
        },
    )
