"""The station's use cases, as the API, the pages and the command line call them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.changes import AddEvent
from station.core.orders import EventRecord, OrderKind, OrderReason
from station.journal import Journal
from station.production.desk.service import DeskService
from station.production.intake.reprints import first_of, needs_approval
from station.production.life.equipment import Equipment
from station.production.machine.engine import Engine
from station.production.machine.notifier import Notifier
from station.production.machine.province_watch import ProvinceWatch
from station.production.services.applications import ApplicationService
from station.production.services.assigned import AssignedOrders
from station.production.services.beside import BesideService
from station.production.services.calls import CallService
from station.production.services.card_checks import CardCheckService
from station.production.services.card_states import CardStateService
from station.production.services.custody import CustodyService
from station.production.services.ledger import LedgerService
from station.production.services.machine import MachineService
from station.production.services.orders import OrderService
from station.production.services.outbox import OutboxService
from station.production.services.papers import OrderPapers
from station.production.services.persons import PersonService
from station.production.services.queue import QueueService
from station.production.services.rehearsal import RehearsalService
from station.production.services.repairs import RepairService
from station.production.services.self_test import SelfTestService
from station.production.services.start_up import StartUpService
from station.production.services.stepping import Stepping
from station.production.services.supervision import SupervisionService
from station.production.services.temporary import TemporaryCardService
from station.production.services.webhooks import WebhookService
from station.production.services.work_figures import WorkFiguresService

#: Seconds that a stop waits for the province watch, which may be in the middle of a request.
PROVINCE_WATCH_PATIENCE: Final = 1.0


class ProductionService:
    """The use cases by subject, and the life of the threads behind them. Thread-safe.

    Attributes:
        orders: Card orders: accept, show, press, answer.
        queue: Orders that were approved in advance.
        beside: The other person's order, beside the one on a screen.
        machine: The machine and the link to the province.
        repairs: Guided repairs of the machine.
        rehearsal: Rehearsals of the whole window.
        self_test: Dated self-tests, and their record on paper.
        start_up: What was left over when the station started.
        work: How the window works: cards per hour, durations, supplies to come.
        outbox: Reports that the province has not acknowledged.
        ledger: Stock, shifts, spoiled cards, cards not taken, test cards.
        papers: Photo, preview and slip of an order.
        desk: ID cards, cards in the desk's reader, PIN services.
        people: Finds a person's orders and cards.
        applications: 补卡, 换卡 and first cards, applied for at the province.
        card_states: The state of cards at the province.
        temporary: Temporary cards: issued, written again, taken back.
        custody: Where finished cards are, and who gave them to whom.
        assigned: Orders that central has assigned to the window.
        card_checks: Checks of cards that are brought back.
        supervision: What a supervisor sees of the shift, and its papers.
        webhooks: The programs that receive the history.
        calls: Requests that came with an Idempotency-Key, and what they made.
        stepping: Acts that hold only while an order is as the caller saw it.
        notifier: Notifies of every change that a page or an integrator may need to see.
    """

    def __init__(
        self, journal: Journal, equipment: Equipment, engine: Engine, notifier: Notifier
    ) -> None:
        self._journal = journal
        self._engine = engine
        self._province = ProvinceWatch(equipment.province, notifier, journal.clock)
        self.desk: Final = DeskService(engine.bench, notifier, self._accept)
        self.orders: Final = OrderService(
            journal, equipment, engine, notifier, before_approval=self.desk.require_agreement
        )
        self.assigned: Final = AssignedOrders(engine.bench, engine, self.orders)
        self.queue: Final = QueueService(journal, self.orders)
        self.beside: Final = BesideService(journal, self.orders)
        self.machine: Final = MachineService(journal, equipment, engine, self._province, self.desk)
        self.repairs: Final = RepairService(engine.bench, self.machine.cleaning, self.machine.view)
        self.rehearsal: Final = RehearsalService(engine.bench)
        self.self_test: Final = SelfTestService(engine.bench, self.machine)
        self.outbox: Final = OutboxService(journal, engine)
        self.ledger: Final = LedgerService(engine.bench, engine)
        self.start_up: Final = StartUpService(engine.bench, engine, self.orders, self.ledger)
        self.work: Final = WorkFiguresService(journal, self.ledger)
        self.papers: Final = OrderPapers(engine.bench)
        self.people: Final = PersonService(engine.bench, self.desk)
        self.card_states: Final = CardStateService(engine.bench, self.people, self.desk)
        self.applications: Final = ApplicationService(
            engine.bench, self.people, self.orders, self.desk
        )
        self.temporary: Final = TemporaryCardService(engine.bench, engine, self.people, self.desk)
        self.custody: Final = CustodyService(engine.bench, self.desk)
        self.card_checks: Final = CardCheckService(engine.bench, self.desk)
        self.supervision: Final = SupervisionService(
            engine.bench, self.orders, self.ledger, self.people, self.custody.documents
        )
        self.webhooks: Final = WebhookService(journal)
        self.calls: Final = CallService(journal)
        self.stepping: Final = Stepping(journal)
        self.notifier: Final = notifier

    def reprint_needs_approval(self, order: str, kind: OrderKind) -> bool:
        """Whether a second person must agree to this; also of a card that was reprinted before."""
        bench = self._engine.bench
        return needs_approval(bench, first_of(bench, order), kind)

    def note(self, actor: str, kind: str, data: Mapping[str, str]) -> None:
        """Write one line into the history that is about no order, such as a login.

        Raises:
            JournalError: It can't be written.
        """
        with self._journal.transaction(actor) as change:
            change.apply(AddEvent("", kind, data))

    @property
    def recovered(self) -> bool:
        """Whether recovery after the start is over."""
        return self._engine.recovered

    @property
    def last_seq(self) -> int:
        """Number of the newest event of the history."""
        return self._journal.last_seq

    def events_after(
        self, seq: int, *, order: str | None = None, limit: int = 500
    ) -> list[EventRecord]:
        """Return the events after `seq`, oldest first."""
        return self._journal.history.after(seq, limit, order)

    def start(self) -> None:
        """Start the lanes (the machine's recovers first) and the province watch."""
        self._engine.start(self.start_up.note)
        self._province.start()
        self.desk.start()

    def stop(self) -> None:
        """Let the running step end, then stop everything."""
        self.notifier.silence()
        self.desk.stop()
        self._engine.stop()
        self._province.stop(timeout=PROVINCE_WATCH_PATIENCE)

    def _accept(
        self, number: str, reason: OrderReason, actor: str, idempotency_key: str | None
    ) -> str:
        return self.orders.create(number, reason, actor, idempotency_key=idempotency_key).id
