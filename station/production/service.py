"""What the API, the pages and the command line ask for. Every call here is safe to make twice."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Final

from station import __version__
from station.core.changes import AddEvent, SetGoal, SetHold
from station.core.errors import (
    MachineAtWorkError,
    OrderMovedError,
    StationError,
    StepNotAllowedError,
)
from station.core.life import FINAL, MOVES_A_CARD, reached
from station.core.orders import (
    EventRecord,
    OrderKind,
    OrderReason,
    OrderRecord,
    OrderStep,
    WriteBackRecord,
    WriteBackState,
)
from station.core.people import Approval
from station.core.questions import AnswerKind
from station.journal import Journal
from station.production import answers, capabilities, left_card, offline
from station.production.bell import Bell
from station.production.effects import Workbench
from station.production.engine import Engine
from station.production.equipment import Equipment
from station.production.ledger import LedgerService
from station.production.papers import OrderPapers
from station.production.province_watch import ProvinceWatch
from station.production.reception import NewOrder, accept
from station.production.reprints import Reprint, accept_reprint, first_of, needs_approval
from station.production.station_state import station_view
from station.production.steps import data, photo, release, report
from station.production.views import (
    SAME_MOMENT,
    OrderSummary,
    OrderView,
    StationView,
    order_summary,
    order_view,
)
from station.production.workflow import Workflow

#: Seconds that a press waits for the machine's thread to come to it. A step takes longer: then the
#: press is refused, with the step's name, and nothing has happened.
BUTTON_PATIENCE: Final = 3.0
MOST_LOOKING: Final = 4  #: callers that wait for a look at the devices at the same time
#: What the machine is at work on, by the step that it leads to.
STEP_TITLES: Final[Mapping[OrderStep, str]] = {
    OrderStep.DATA_READY: "获取数据",
    OrderStep.FED: "进卡",
    OrderStep.ENCODED: "写卡",
    OrderStep.REPORTED: "数据回盘",
    OrderStep.PRINTED: "打印",
    OrderStep.PRINTED_OWED: "打印",
    OrderStep.RELEASED: "出卡",
    OrderStep.RELEASED_OWED: "出卡",
    OrderStep.ACTIVATED: "领卡启用",
}


class ProductionService:
    """The station's use cases. Thread-safe.

    Only what says `timeout` waits for the machine; the rest writes down a wish and returns.
    """

    def __init__(self, journal: Journal, equipment: Equipment, engine: Engine, bell: Bell) -> None:
        self._journal = journal
        self._equipment = equipment
        self._engine = engine
        self._bell = bell
        self._bench = engine.bench
        self._papers = OrderPapers(self._bench)
        self._ledger = LedgerService(self._bench, engine)
        self._province = ProvinceWatch(equipment.province, bell, journal.clock)
        self._pressing = threading.Lock()  # two presses at once must see each other's wish
        self._looking = threading.BoundedSemaphore(MOST_LOOKING)
        self._started_at = journal.clock.now()
        self._rests_until: dt.datetime | None = None  # as shown

    @property
    def ledger(self) -> LedgerService:
        """Stock, shifts, spoiled cards, cards not taken, test cards."""
        return self._ledger

    @property
    def papers(self) -> OrderPapers:
        """Photo, preview and slip of an order."""
        return self._papers

    @property
    def bell(self) -> Bell:
        """Rings at every change that a page or an integrator may want to see."""
        return self._bell

    @property
    def recovered(self) -> bool:
        """Whether recovery after the start is over."""
        return self._engine.recovered

    @property
    def last_seq(self) -> int:
        """Number of the newest event of the history."""
        return self._journal.last_seq

    def start(self) -> None:
        """Start the machine's thread (it recovers first) and the province watch."""
        self._engine.start()
        self._province.start()

    def note(self, actor: str, kind: str, data: Mapping[str, str]) -> None:
        """Write one line into the history that is about no order, such as a login.

        Raises:
            JournalError: It can't be written.
        """
        with self._journal.transaction(actor) as change:
            change.apply(AddEvent("", kind, data))

    def stop(self) -> None:
        """Let the running step end, then stop everything."""
        self._bell.silence()
        self._engine.stop()
        self._province.stop(timeout=1.0)

    # -- orders --------------------------------------------------------------------------------

    def create_order(
        self,
        id_number: str,
        reason: OrderReason,
        actor: str,
        *,
        idempotency_key: str | None = None,
    ) -> OrderView:
        """受理: accept an order for one person.

        The same Idempotency-Key with the same request gives the same order; without a key, a
        person's open order is given again.

        Raises:
            CapabilityMissingError: This machine can't make the window's cards.
            IdNumberError: The number is wrong.
            OrderConflictError: The key was used for another request.
        """
        self._require_capable(OrderKind.FULL)
        order = accept(
            self._journal,
            self._equipment.machine,
            NewOrder(id_number, reason, idempotency_key),
            actor,
        )
        return self.order(order)

    def reprint(self, wish: Reprint, actor: str) -> OrderView:
        """补打卡面, 重写芯片 or a remake: accept an order about an earlier one's card.

        Raises:
            CapabilityMissingError: This machine can't do that to a card.
            InputError: The reason does not belong to the class.
            NotSupervisorError: A supervisor must agree.
            StepNotAllowedError: The first order's card is not in a state for this.
            OrderConflictError: The person has another open order, or the key was used otherwise.
        """
        self._require_capable(wish.kind)
        with self._pressing:
            order = accept_reprint(self._bench, wish, actor)
        self._engine.wake()
        return self.order(order)

    def reprint_needs_approval(self, order: str, kind: OrderKind) -> bool:
        """Whether a second person must agree to this; also of a card that was reprinted before."""
        return needs_approval(first_of(self._bench, order), kind)

    def order(self, order: str) -> OrderView:
        """Return one order.

        Raises:
            OrderNotFoundError: There is none.
        """
        return self._view(self._journal.orders.one(order))

    def revision(self, order: str) -> int:
        """Return a number that grows whenever the order changes in a way that a person must see.

        A button names the revision of what was on the screen, so that a press that is too late can
        be refused. Retries of the station leave it as it is. 0 for an unknown order.
        """
        return self._journal.history.last_change(order)

    def current_order(self) -> OrderView | None:
        """Return the order whose card is in the machine, else the newest one."""
        record = self._journal.orders.current()
        return self._view(record) if record else None

    def recent_orders(
        self, limit: int = 50, before: str | None = None, step: OrderStep | None = None
    ) -> list[OrderSummary]:
        """Return orders, newest first, with masked numbers; at `step` only, if one is named."""
        return [order_summary(line) for line in self._journal.orders.lines(limit, before, step)]

    def events_after(
        self, seq: int, *, order: str | None = None, limit: int = 500
    ) -> list[EventRecord]:
        """Return history after `seq`, oldest first."""
        return self._journal.history.after(seq, limit, order)

    # -- buttons -------------------------------------------------------------------------------

    def press(self, order: str, step: OrderStep, actor: str) -> OrderView:
        """Ask for one step. Done already, or running: nothing happens a second time.

        Raises:
            StepNotAllowedError: Another step comes first.
        """
        with self._pressing:
            record = self._journal.orders.one(order)
            following = self._bench.way(record).next_step(record.step)
            step = _beside(step, following)
            if reached(record.step, step) or self._engine.running(order) is step:
                return self._view(record)
            if following is not step:
                raise StepNotAllowedError(
                    f"{step.value} does not follow {record.step.value}",
                    details={"step": record.step.value, "wanted": step.value},
                )
            if step is OrderStep.APPROVED:
                self._approve(record, actor)
            else:
                self._go(record, step, actor)
        return self.order(order)

    def run(self, order: str, actor: str, *, approved: bool = False) -> OrderView:
        """一键制卡: run every step up to 出卡. It stops once, for a person to compare the preview.

        `approved` says that the caller's person has compared already.

        Raises:
            StepNotAllowedError: The order has ended.
            PhotoRulesError: The picture waits for a supervisor.
        """
        with self._pressing:
            record = self._journal.orders.one(order)
            if record.step is OrderStep.DATA_READY:
                photo.require_waived(record)
            if record.step in FINAL:
                raise StepNotAllowedError(
                    f"the order has ended: {record.step.value}", details={"step": record.step.value}
                )
            if not reached(record.step, OrderStep.RELEASED):
                if record.step is OrderStep.DATA_READY and approved:
                    self._approve(record, actor)
                self._go(record, OrderStep.RELEASED, actor)
        return self.order(order)

    def cancel(self, order: str, actor: str, *, timeout: float = BUTTON_PATIENCE) -> OrderView:
        """Withdraw an order while nothing irreversible has happened; an unharmed blank goes out.

        An order without a card in the machine is cancelled at once, whatever the machine or the
        province is doing.

        Raises:
            StepNotAllowedError: Too late.
            MachineAtWorkError: Its card is in the machine, which is in the middle of a step.
            StationError: The blank can't be given back now; the order is as it was.
        """
        record = self._journal.orders.one(order)
        if record.step is OrderStep.CANCELLED:
            return self._view(record)

        try:
            if release.cancel_in_journal(self._bench, record, actor):
                self._engine.wake()
                return self.order(order)
        except OrderMovedError:
            pass  # the machine was quicker: it knows where the card is

        def cancel(bench: Workbench, workflow: Workflow) -> None:
            # An intent without outcome may be a blank on its way: first know where it is.
            now = workflow.settle(bench.journal.orders.one(order))
            if now.step is not OrderStep.CANCELLED:
                release.cancel(bench, now, actor)

        self._on_machine(cancel, timeout)
        return self.order(order)

    def waive_photo_rules(
        self,
        order: str,
        approval: Approval | None,
        actor: str,
        rules: Collection[str] | None = None,
    ) -> OrderView:
        """主管放行: let a picture pass that breaks soft rules, all of them or some. Recorded.

        Raises:
            NotSupervisorError: Nobody else agreed.
            StepNotAllowedError: No such rule waits.
        """
        with self._pressing:
            photo.waive(self._bench, self._journal.orders.one(order), approval, actor, rules)
        return self.order(order)

    def answer(
        self,
        order: str,
        said: AnswerKind,
        actor: str,
        *,
        approval: Approval | None = None,
        timeout: float = BUTTON_PATIENCE,
    ) -> OrderView:
        """Take a person's answer to the order's question. May move a card; may be irreversible.

        Raises:
            StepNotAllowedError: This is not asked about the order.
            NotSupervisorError: The answer needs a supervisor beside the actor.
            MachineAtWorkError: The machine is in the middle of a step; the question stays.
            StationError: The machine can't do it now; the question stays.
        """
        answers.asked(self._bench, self._journal.orders.one(order), said)

        def take(bench: Workbench, workflow: Workflow) -> None:
            answers.answer(bench, workflow, order, said, actor=actor, approval=approval)

        self._on_machine(take, timeout)
        return self.order(order)

    # -- the machine and the province ----------------------------------------------------------

    def station(self) -> StationView:
        """Return the window's state as last known, and keep looking for a while."""
        return station_view(
            journal=self._journal,
            equipment=self._equipment,
            snapshot=self._engine.watch(),
            running=self._engine.at_work,
            province=self._province.state(),
            rests_until=self._link_rests_until(),
            bench=self._bench,
            started_at=self._started_at,
            recovered=self._engine.recovered,
            version=__version__,
        )

    def check_now(self, timeout: float) -> StationView:
        """Look at machine and province now, and return what was found.

        While `MOST_LOOKING` callers wait for a look, one more gets what is known already: a caller
        that waits holds a thread, and the pages need some.
        """
        if self._looking.acquire(blocking=False):
            try:
                self._engine.look_now(timeout)
                self._province.wait_for_answer(timeout)
            finally:
                self._looking.release()
        return self.station()

    def reject_left_card(self, actor: str, *, timeout: float = BUTTON_PATIENCE) -> StationView:
        """Put away a card that belongs to no order. Moves a card.

        A card that its chip proves to be a blank goes into the reject bin; any other one may be
        somebody's and goes out at the outlet.

        Raises:
            StepNotAllowedError: The card in the machine belongs to an order.
            ReaderNotConnectedError: It can't be read.
            DeviceError: The printer refused.
        """
        self._on_machine(lambda bench, _: left_card.put_away(bench, actor), timeout)
        return self.station()

    def write_backs(self) -> list[WriteBackRecord]:
        """Return the whole outbox, oldest first."""
        return self._journal.outbox.rows()

    def owed(self) -> list[WriteBackRecord]:
        """Return what the province has not acknowledged: owed, or refused for good."""
        return self._journal.outbox.rows(WriteBackState.OWED, WriteBackState.DEAD)

    def retry_write_backs(self, actor: str) -> list[WriteBackRecord]:
        """失败数据回盘: try every owed or refused report again now."""
        rows = self.owed()
        for order in {row.order for row in rows}:
            record = self._journal.orders.one(order)
            report.revive(self._bench, record, actor)
            waits = record.step is OrderStep.ENCODED and record.goal is None
            goal = (SetGoal(order, OrderStep.REPORTED),) if waits else ()
            self._bench.apply(actor, *goal, SetHold(order, None))
        self._engine.link.try_now()
        self._engine.wake()
        return self._journal.outbox.rows(WriteBackState.OWED)

    def export_reports(self, actor: str, *, again: bool) -> offline.ExportedReports:
        """Return a file for the data centre with every owed report, and mark them.

        Raises:
            ParcelError: Nothing to export, or no data centre is configured.
        """
        return offline.export_reports(self._bench, actor, again=again)

    def take_receipts(
        self, content: str, actor: str, *, timeout: float = BUTTON_PATIENCE
    ) -> offline.TakenReceipts:
        """Take over the data centre's receipts. Safe to repeat.

        Raises:
            ParcelError: The file can't be trusted, or is not about this station's reports.
        """
        taken: list[offline.TakenReceipts] = []
        self._on_machine(
            lambda bench, _: taken.append(offline.take_receipts(bench, content, actor)), timeout
        )
        self._engine.wake()
        return taken[0]

    def wait_for(self, order: str, step: OrderStep, timeout: float) -> OrderView:
        """Block until the order has reached `step`, is held, or has ended; at most `timeout`."""
        clock = self._journal.clock
        deadline = clock.monotonic() + timeout
        while True:
            heard = self._bell.count
            view = self.order(order)
            settled = self.is_settled(view, step)
            left = deadline - clock.monotonic()
            if settled or left <= 0 or self._bell.silenced:
                return view
            self._bell.wait(heard, left)

    def is_settled(self, view: OrderView, step: OrderStep) -> bool:
        """Whether a wait for `step` is over: reached, held, or ended."""
        if view.step in FINAL:
            return True
        running = self._engine.running(view.id)
        if running is not None and reached(view.step, running):
            return False  # the step is over, and the machine is being looked at
        return reached(view.step, step) or view.problem is not None

    # -- inside --------------------------------------------------------------------------------

    def _view(self, record: OrderRecord) -> OrderView:
        look = self._engine.last_look
        running = None if record.step in FINAL else self._engine.running_of(record.id)
        if running is None:
            return order_view(self._bench, record, None, look)
        if reached(record.step, running.step):
            # The step has ended: nothing is kept from a person meanwhile. Where it moved the card,
            # the machine is being looked at, and the last look is older than the step.
            still_true = running.step not in MOVES_A_CARD
            return order_view(self._bench, record, None, look if still_true else None)
        return order_view(self._bench, record, running, look)

    def _link_rests_until(self) -> dt.datetime | None:
        clock = self._journal.clock
        left = self._engine.link.wait_left(clock.monotonic())
        if left <= 0:
            self._rests_until = None
            return None
        at, shown = clock.now() + dt.timedelta(seconds=left), self._rests_until
        if shown is None or abs(at - shown) >= SAME_MOMENT:
            self._rests_until = shown = at
        return shown

    def _require_capable(self, kind: OrderKind) -> None:
        snapshot = self._engine.watch()
        capabilities.require(self._equipment, snapshot.printer if snapshot else None, kind)

    def _approve(self, record: OrderRecord, actor: str) -> None:
        data.approve(self._bench, record, actor)
        self._engine.wake()

    def _go(self, record: OrderRecord, goal: OrderStep, actor: str) -> None:
        # Two people's word to let the card out inactive stands, whatever is pressed meanwhile.
        out = OrderStep.RELEASED_OWED
        inactive = record.goal is out and not reached(record.step, out)
        further = record.goal is None or not (inactive or reached(record.goal, goal))
        wanted = (SetGoal(record.id, goal),) if further else ()
        free = (SetHold(record.id, None),) if record.hold is not None else ()
        self._bench.apply(actor, *wanted, *free)
        self._engine.link.try_now()  # a person has asked
        self._engine.wake()

    def _on_machine(self, work: Callable[[Workbench, Workflow], None], timeout: float) -> None:
        error = self._engine.call_and_wait(work, timeout)
        if isinstance(error, StationError):
            raise error
        if error is not None:
            running = self._engine.at_work
            title = STEP_TITLES.get(running.step, "") if running else ""
            raise MachineAtWorkError("the machine is at work", details={"step_title": title})


def _beside(step: OrderStep, following: OrderStep | None) -> OrderStep:
    # 打印 is one button, whether the site reports before it or after it. Pressed once more on a
    # printed card whose report is owed, it asks for what follows: the report.
    owed = OrderStep.PRINTED_OWED
    return owed if step is OrderStep.PRINTED and following is owed else step
