"""Temporary cards at the desk: which order is written, with which PIN, and which card comes back.

The steps themselves are in `station.production.life.steps.temporary`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from station.core.cards import ChipIdentity
from station.core.changes import AddOrder, BindChip, Changes, RememberRequest, SetGoal
from station.core.errors import WrongCardError, WrongCardReason
from station.core.identity import parse_id_number
from station.core.identity_agreement import require_person
from station.core.orders import (
    CardFate,
    OrderKind,
    OrderReason,
    OrderRecord,
    OrderStep,
)
from station.core.pin_entry import Pin
from station.core.recipes import recipe_of
from station.production.desk.cards import DeskCards, PinService, PinWish, at_desk
from station.production.desk.identity import Identity
from station.production.desk.views import PinDone
from station.production.intake.reception import known_request, new_order_id
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.life.rehearsing import require_real_time
from station.production.life.steps import temporary


@dataclass(frozen=True, slots=True)
class TemporaryWrite:
    """A request to write the temporary card in the desk's reader.

    Attributes:
        order: Its order.
        reading: Token of the holder's ID card: 重写 needs it, where the desk has a reader for it.
        typed: The new PIN from the PC's keyboard, where the site allows it: nothing, the new one,
            and the new one again. Only 重写 sets a PIN.
    """

    order: str
    reading: str = ""
    typed: tuple[Pin, Pin, Pin] | None = field(default=None, repr=False)


class TemporaryCards:
    """Writes temporary cards and takes them back. Shares the desk's reader with `DeskCards`."""

    def __init__(
        self, bench: Workbench, desk: DeskEquipment, cards: DeskCards, identity: Identity
    ) -> None:
        self._bench = bench
        self._desk = desk
        self._cards = cards
        self._identity = identity

    def write(self, wish: TemporaryWrite, actor: str) -> None:
        """Write the card in the reader for its order, and read it back. Irreversible.

        重写 replaces the PIN first; the order ends only when both are done. Pressed again, nothing
        happens a second time but the entry of the PIN.

        Raises:
            StepNotAllowedError: The order waits for no card in the desk's reader.
            DeskDeviceMissingError: The desk lacks a device that this needs.
            DeskBusyError: Another request uses the desk.
            IdentityMismatchError: The holder's ID card is missing, or another person's.
            PinEntryError: The holder entered no usable PIN.
            StationError: See `temporary.run`.
        """
        order = self._bench.journal.orders.one(wish.order)
        written = order.step in (OrderStep.RELEASED, OrderStep.RELEASED_OWED)
        if written and recipe_of(order.kind).writes_at_desk:
            return  # pressed twice
        temporary.require_writable(order)
        self._desk.reader()
        with self._cards.turn(), at_desk():
            order = self._bench.journal.orders.one(wish.order)
            temporary.require_writable(order)
            if recipe_of(order.kind).own_card:
                self._renew_pin(order, wish, actor)
            temporary.run(self._bench, self._bench.journal.orders.one(order.id))

    def _renew_pin(self, order: OrderRecord, wish: TemporaryWrite, actor: str) -> PinDone:
        # Its data may be damaged, so the chip can't say whose it is: the order knows.
        if self._desk.id_reader is not None:
            require_person(self._identity.valid(wish.reading).card, order.id_number)
        found = temporary.bind(self._bench, order)
        pin = PinWish(PinService.RELOAD, found.AAZ501, typed=wish.typed)
        return self._cards.renew_pin(pin, actor)

    def discard(self, order: str, actor: str) -> None:
        """此卡不能用; see `temporary.discard`.

        The holder's card that can't be written again has come back with that: an order that takes
        it back at the province is opened at once, since a chip that gives no answer can't be read.

        Raises:
            StepNotAllowedError: The order has no such card, or the province may have registered it.
        """
        journal = self._bench.journal
        with journal.transaction(actor) as change:
            now = journal.orders.one(order)
            change.apply(*temporary.discarded(self._bench, now, temporary.UNUSABLE))
            if recipe_of(now.kind).own_card:
                first = journal.orders.one(now.previous or "")
                chip = temporary.chip_of(first)
                change.apply(*self._opened(new_order_id(), first.id_number, chip, first.id))

    def take_back(self, actor: str, key: str | None = None) -> str:
        """收回: read the card in the desk's reader, and open the order that takes it back.

        The province is asked by the lane of requests; a card that it does not know as a temporary
        one is refused there, and a person cancels the order. Returns the order.

        Raises:
            ServiceNotThereError: The province's dialect has no temporary cards.
            DeskDeviceMissingError: The desk has no card reader.
            DeskBusyError: Another request uses it.
            WrongCardError: It has no holder, or is not a temporary card by this station's ledger.
            OrderConflictError: The holder has another open order, or the key was used before.
            StationError: The card can't be read.
        """
        temporary.province_of(self._bench)
        reader = self._desk.reader()
        with self._cards.turn(), at_desk():
            chip = reader.encoder.identify()
            found = reader.services.read_basic(self._bench.equipment.province.authenticate)
        if found.AAZ501 != chip.AAZ501 or not found.AAC002 or not found.AAZ500:
            raise WrongCardError(WrongCardReason.NOT_TEMPORARY, "this card has no holder")
        return self._open(parse_id_number(found.AAC002), chip, actor, key)

    def _open(self, number: str, chip: ChipIdentity, actor: str, key: str | None) -> str:
        journal, order = self._bench.journal, new_order_id()
        with journal.transaction(actor) as change:
            known = known_request(journal, key, lambda made: _takes_back(made, chip))
            known = known or self._open_already(number, chip)
            if known is not None:
                return known
            require_real_time(journal)
            row = next(iter(journal.cards.of_chip(chip.AAZ501)), None)
            if row is not None and row.fate not in (CardFate.TEMPORARY, CardFate.COLLECTED):
                raise WrongCardError(WrongCardReason.NOT_TEMPORARY, "it was issued as another card")
            previous = None if row is None else row.order
            change.apply(*self._opened(order, number, chip, previous))
            if key is not None:
                change.apply(RememberRequest(key, order))
        return order

    def _opened(self, order: str, number: str, chip: ChipIdentity, previous: str | None) -> Changes:
        added = AddOrder(
            order,
            self._bench.equipment.machine,
            OrderReason.REPLACEMENT,
            number,
            previous=previous,
            kind=OrderKind.TEMPORARY_BACK,
        )
        return (added, BindChip(order, chip), SetGoal(order, OrderStep.COLLECTED))

    def _open_already(self, number: str, chip: ChipIdentity) -> str | None:
        journal = self._bench.journal
        heads = (
            head
            for head in journal.orders.heads_of_person(number)
            if recipe_of(head.kind).takes_back and head.step is OrderStep.ACCEPTED
        )
        waiting = (head.id for head in heads if _takes_back(journal.orders.one(head.id), chip))
        return next(waiting, None)


def _takes_back(made: OrderRecord, chip: ChipIdentity) -> bool:
    same = made.chip is not None and made.chip.AAZ501 == chip.AAZ501
    return same and recipe_of(made.kind).takes_back
