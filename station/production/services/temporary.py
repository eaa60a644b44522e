"""临时卡: issue, write, write again, take back; and the receipt of each.

Source: 新乡市 社会保障卡业务经办流程 (2017), article 6 and annex 6.
"""

from __future__ import annotations

from station.core.attendance import AttendanceRole
from station.core.errors import DataErasedError, StepNotAllowedError
from station.core.gateways import TemporaryCardGateway
from station.core.identity import masked_id_number
from station.core.orders import OrderKind, OrderReason, OrderRecord
from station.core.recipes import recipe_of
from station.core.slips import PaperSize, Slip
from station.production.desk.service import DeskService
from station.production.desk.temporary import TemporaryWrite
from station.production.intake.reception import OrderRequest, accept
from station.production.life.effects import Workbench
from station.production.life.offered import is_offered, require_offered
from station.production.life.policies import WindowService
from station.production.life.steps import temporary
from station.production.machine.engine import Engine
from station.production.services.persons import PersonSearch, PersonService
from station.production.views.card_states import masked_card_number
from station.words import text


class TemporaryCardService:
    """The use cases about temporary cards. Thread-safe; every call may be repeated.

    重写 is accepted as a reprint of the kind `temporary-again` (`OrderService.reprint`).
    """

    def __init__(
        self, bench: Workbench, engine: Engine, people: PersonService, desk: DeskService
    ) -> None:
        self._bench = bench
        self._engine = engine
        self._people = people
        self._desk = desk

    @property
    def is_offered(self) -> bool:
        """Whether this window issues temporary cards: site, province and desk allow it."""
        equipment = self._bench.equipment
        reader = self._desk.equipment.card_reader is not None
        there = reader and isinstance(equipment.province, TemporaryCardGateway)
        return there and is_offered(equipment, WindowService.TEMPORARY)

    def accept(self, person: PersonSearch, actor: str, *, key: str | None = None) -> str:
        """发放: accept an order for a temporary card; returns it. An ID card marks it 已读证.

        Raises:
            ServiceOffError: The site has switched it off.
            ServiceNotThereError: The province's dialect has no temporary cards.
            DeskDeviceMissingError: The desk has no card reader.
            InputError: Nobody says who it is.
            IdentityMismatchError: The ID card is not valid.
            OrderConflictError: The person has an open order of another kind, or the key was used
                for another request.
        """
        self._require_possible()
        number = self._people.number_of(person)
        wanted = OrderRequest(number, OrderReason.NEW, key, kind=OrderKind.TEMPORARY)
        order = accept(self._bench.journal, self._bench.equipment.machine, wanted, actor)
        if person.token:
            self._desk.attach_holder(order, person.token, actor)
        return order

    def write(self, wish: TemporaryWrite, actor: str) -> str:
        """Write the card in the desk's reader; returns its order. See `TemporaryCards.write`.

        Raises:
            ServiceOffError: The site has switched it off.
            StationError: See there.
        """
        require_offered(self._bench.equipment, WindowService.TEMPORARY)
        try:
            self._desk.temporary.write(wish, actor)
        finally:
            self._engine.wake()  # a report may be owed now
        return wish.order

    def discard(self, order: str, actor: str) -> str:
        """此卡不能用: the order takes another card, or ends as spoiled.

        See `TemporaryCards.discard`.
        """
        self._desk.temporary.discard(order, actor)
        self._engine.wake()
        return order

    def take_back(self, actor: str, *, key: str | None = None) -> str:
        """收回: read the card in the desk's reader and take it back; returns the order.

        Raises:
            ServiceOffError: The site has switched it off.
            StationError: See `TemporaryCards.take_back`.
        """
        self._require_possible()
        order = self._desk.temporary.take_back(actor, key)
        self._engine.wake()
        return order

    def receipt(self, order: str, paper: PaperSize = PaperSize.RECEIPT) -> bytes:
        """回执: return the PDF for the holder.

        Raises:
            StepNotAllowedError: The order is about no temporary card, or has not ended well.
            DataErasedError: The data was erased when its time was over.
        """
        slip = receipt_of(self._bench, self._bench.journal.orders.one(order), paper)
        return self._bench.equipment.print_slip(slip)

    def _require_possible(self) -> None:
        require_offered(self._bench.equipment, WindowService.TEMPORARY)
        temporary.province_of(self._bench)
        self._desk.equipment.reader()


def receipt_of(bench: Workbench, order: OrderRecord, paper: PaperSize) -> Slip:
    """Return the receipt of an order about a temporary card.

    Raises:
        StepNotAllowedError: It is about none, or has not ended well.
        DataErasedError: The data was erased when its time was over.
    """
    if recipe_of(order.kind).receipt_at is not order.step:
        raise StepNotAllowedError("there is no such receipt", details={"step": order.step.value})
    if order.erased_at is not None:
        raise DataErasedError(f"the data of order {order.id} was erased")
    agent = bench.journal.attendances.newest(order.id, AttendanceRole.AGENT)
    name = order.data.chip.AAC003 if order.data else ""
    lines = (
        (text("temporary-receipt.name"), name),
        (text("temporary-receipt.number"), masked_id_number(order.id_number)),
        (text("temporary-receipt.card"), masked_card_number(temporary.chip_of(order).AAZ500)),
        (text("temporary-receipt.agent"), agent.name if agent else ""),
        (text("temporary-receipt.agent-number"), masked_id_number(agent.number) if agent else ""),
        (text("temporary-receipt.at"), order.updated_at.astimezone().strftime("%Y-%m-%d %H:%M")),
        (text("temporary-receipt.window"), bench.equipment.machine),
        (text("temporary-receipt.order"), order.id),
    )
    return Slip(
        title=text(f"temporary-receipt.{order.kind.value}"),
        lines=tuple(line for line in lines if line[1]),
        notes=(text(f"temporary-receipt.{order.kind.value}-note"),),
        paper=paper,
        signatures=(text("temporary-receipt.signature"),),
    )
