"""What a sign of life tells of the window: what a wall page shows. Nothing personal."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from station.core.orders import WriteBackState
from station.journal import Journal
from station.production.machine.engine import Engine
from station.production.services.ledger import LedgerService


def facts_of(
    journal: Journal, engine: Engine, ledger: LedgerService
) -> Callable[[], Mapping[str, str]]:
    """Return what tells them. Asks no device: the machine's own thread has looked."""

    def facts() -> Mapping[str, str]:
        look = engine.last_look
        status = look.printer if look else None
        owed = journal.figures.reports_by_state()
        told = {
            "printer": engine.bench.equipment.printer.model.title,
            "printer-state": status.state.name.lower() if status else "absent",
            "printer-errors": ", ".join(map(str, status.errors)) if status else "",
            "reader": "present" if look and look.reader else "absent",
            "blanks-left": str(ledger.shift().feeder),
            "owed-reports": str(owed.get(WriteBackState.OWED.value, 0)),
            "refused-reports": str(owed.get(WriteBackState.DEAD.value, 0)),
            "open-orders": str(sum(journal.figures.open_orders_by_step().values())),
            "held-orders": str(sum(journal.figures.holds_by_code().values())),
        }
        if status is not None and status.ribbon_cards_left is not None:
            told["ribbon-cards-left"] = str(status.ribbon_cards_left)
        return told

    return facts
