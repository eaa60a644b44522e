"""Reports that the province has not acknowledged, and their offline files."""

from __future__ import annotations

from station.core.changes import SetGoal, SetHold
from station.core.orders import OrderStep, WriteBackRecord, WriteBackState
from station.journal import Journal
from station.production.life.steps import report
from station.production.machine.engine import Engine
from station.production.services import offline
from station.production.services.on_machine import BUTTON_PATIENCE, among_reports


class OutboxService:
    """The use cases about reports to the province. Every call may be repeated safely."""

    def __init__(self, journal: Journal, engine: Engine) -> None:
        self._journal = journal
        self._engine = engine
        self._bench = engine.bench

    def rows(self) -> list[WriteBackRecord]:
        """Return the whole outbox, oldest first."""
        return self._journal.outbox.rows()

    def owed(self) -> list[WriteBackRecord]:
        """Return the reports that are not acknowledged: owed, or refused permanently."""
        return self._journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD)

    def retry(self, actor: str) -> list[WriteBackRecord]:
        """失败数据回盘: try every owed or refused report again now."""
        rows = self.owed()
        for order in dict.fromkeys(row.order for row in rows):
            record = self._journal.orders.head(order)
            report.revive(self._bench, record, actor)
            waits = record.step is OrderStep.ENCODED and record.goal is None
            goal = (SetGoal(order, OrderStep.REPORTED),) if waits else ()
            self._bench.apply(actor, *goal, SetHold(order, None))
        self._engine.link.try_now()
        self._engine.wake()
        return self.still_owed()

    def still_owed(self) -> list[WriteBackRecord]:
        """Return what is owed and was not refused."""
        return self._journal.outbox.rows(WriteBackState.OWED)

    def export(
        self, actor: str, *, again: bool, request: str | None = None
    ) -> offline.ExportedReports:
        """Return a file for the data centre with every owed report, and mark them.

        Raises:
            ParcelError: Nothing to export, or no data centre is configured.
        """
        return offline.export_reports(self._bench, actor, again=again, request=request)

    def take_receipts(
        self, content: str, actor: str, *, timeout: float = BUTTON_PATIENCE
    ) -> offline.TakenReceipts:
        """Import the data centre's receipts. Safe to repeat.

        Raises:
            ParcelError: The file can't be trusted, or is not about this station's reports.
        """
        taken: list[offline.TakenReceipts] = []
        among_reports(
            self._engine,
            lambda bench, _: taken.append(offline.take_receipts(bench, content, actor)),
            timeout,
        )
        self._engine.wake()
        return taken[0]
