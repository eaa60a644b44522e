"""The rules of temporary cards in the search; see `rules` for those of the machine."""

from __future__ import annotations

from collections.abc import Iterator

from station.core.orders import CardFate, CardRecord, EffectKind, OrderKind, OrderRecord, OrderStep
from station.core.recipes import recipe_of
from tests.explore.desk import COLLECTED, KEPT_OUT, PIN, TEMPORARY
from tests.explore.rig import Rig, State
from tests.explore.world import DESK, HAND, NO_BANK, PERSON, Card

S = OrderStep
#: Fates of a card that nobody may hold any more: the clerk keeps it, until two people destroy it.
_KEPT_BACK = frozenset({CardFate.SPOILED, CardFate.COLLECTED})


def judge(rig: Rig, order: OrderRecord, kind: EffectKind, card: Card, about: str) -> Iterator[str]:
    """Check a real effect on a card in the desk's reader at the moment when it begins."""
    if kind is EffectKind.COLLECT:
        if order.chip is None or card.card_id != order.chip.AAZ501:
            yield f"I4 card {card.serial} is taken back, another one was read"
        return
    if order.chip is None or card.card_id != order.chip.AAZ501:
        yield f"I2 card {card.serial} is written at the desk, the order is bound to another"
    if card.holder not in ("", about):
        yield "I2 one person's data over another's"
    if card.bank != NO_BANK:
        yield "I2 a bank's blank becomes a temporary card"
    rows = [row for row in rig.journal.facts.cards if card.card_id == row.AAZ501]
    if any(row.fate in _KEPT_BACK for row in rows):
        yield "I3 a card is written that was put aside"
    if not recipe_of(order.kind).own_card and rows:
        yield "I3 a card becomes a temporary card that the ledger has already"


def judge_pin(card: Card, about: str) -> Iterator[str]:
    """Check the change of a PIN, which is no effect of an order."""
    assert about == PIN
    if card.holder != PERSON:
        yield "I2 the PIN of another card is changed"


def judge_report(rig: Rig, order: OrderRecord, card: Card) -> Iterator[str]:
    """Check 临时卡发放 when it arrives at the province."""
    if card.holder != PERSON or card.half:
        yield "I4 a temporary card is registered that does not hold the person's data"
    if order.step is not S.RELEASED_OWED:
        yield f"I4 a temporary card is registered of an order at {order.step}"
    rows = [row for row in rig.journal.facts.cards if card.card_id == row.AAZ501]
    if not any(row.fate is CardFate.TEMPORARY for row in rows):
        yield "I4 a temporary card is registered that the ledger does not call one"


def found_in(state: State) -> Iterator[str]:
    """Check a state between two actions."""
    facts, things = state.facts, state.things
    kept_back = {row.AAZ501 for row in facts.cards if row.fate in _KEPT_BACK}
    could_hold = [
        one
        for one in things.cards
        if one.holder == PERSON and one.place in (DESK, HAND) and one.card_id not in kept_back
    ]
    if len(could_hold) > 1:
        yield f"I1 {len(could_hold)} temporary cards of one person"
    named = [row.AAZ501 for row in facts.cards]
    if len(named) != len(set(named)):
        yield "I3 one card has two rows in the ledger"
    if state.lied:
        return
    by_id = {one.card_id: one for one in things.cards}
    for row in facts.cards:
        yield from _row(state, row, by_id.get(row.AAZ501))


def _row(state: State, row: CardRecord, card: Card | None) -> Iterator[str]:
    told = state.things.told
    if card is None:
        yield "I6 the ledger has a card that does not exist"
        return
    collected = (COLLECTED, card.serial) in told
    writing = any(
        one.ended_at is None and one.kind is EffectKind.WRITE_AT_DESK for one in state.facts.effects
    )
    if row.fate is CardFate.TEMPORARY and (card.holder != PERSON or (card.half and not writing)):
        held = any(one.kind is OrderKind.TEMPORARY_AGAIN for one in state.facts.orders)
        if not held:
            yield f"I6 the ledger calls card {card.serial} a temporary card, it holds no such data"
    if row.fate is CardFate.COLLECTED and not collected:
        yield "I4 the ledger says that a card came back, the province does not know"


def at_the_end(state: State) -> Iterator[str]:
    """I3 and I4 where nothing is left to do, and nobody lied."""
    rows = {row.AAZ501: row for row in state.facts.cards}
    for card in state.things.cards:
        if card.holder != PERSON or not card.fed:
            continue
        row = rows.get(card.card_id)
        if row is None:
            yield f"I3 card {card.serial} was written at the desk, and is in no ledger"
        else:
            yield from _settled(state, row, card)
    order = state.facts.orders[-1]
    if order.step is S.RELEASED and order.card is None:
        yield "I3 an order has ended without its card"


def _settled(state: State, row: CardRecord, card: Card) -> Iterator[str]:
    told = state.things.told
    registered, collected = (TEMPORARY, card.serial) in told, (COLLECTED, card.serial) in told
    refused = (KEPT_OUT, card.serial) in told
    if row.fate is CardFate.SPOILED and registered and not (collected or refused):
        yield f"I4 card {card.serial} is spoiled, the province has it as a temporary card"
    if row.fate is not CardFate.TEMPORARY:
        return
    if not registered:
        yield f"I4 card {card.serial} is a temporary card, the province does not know it"
    if collected:
        yield f"I4 card {card.serial} is taken back at the province, and the holder has it"
    if card.half:
        yield f"I2 card {card.serial} was handed out half written"
