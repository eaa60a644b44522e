"""进卡 of a card that is known already: a reprint's own one, or a test card's blank.

The feed and the reading are one effect: the ledger says which card it is as soon as it says that a
card is inside. A card that does not belong here goes out again as it came; it may be somebody's.
"""

from __future__ import annotations

from station.core.cards import ChipIdentity
from station.core.errors import (
    CardLeftInsideError,
    LocalProtocolError,
    OutcomeUnknownError,
    TransportError,
    WrongCardError,
)
from station.core.life import OrderEvent
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
    OrderStep,
)
from station.core.printing import Capability
from station.core.recipes import recipe_of
from station.journal import Transaction
from station.production.effects import Change, Workbench, in_doubt
from station.production.steps.which_card import read_card


def run(bench: Workbench, order: OrderRecord) -> None:
    """Feed the next card and find out whether it is the one. Moves a card.

    Raises:
        ReaderNotConnectedError: No reader; nothing moved.
        CardLeftInsideError: A card of no order is in the way.
        WrongCardError: Another card lay in the feeder; it went out again.
        OutcomePendingError: Whether a card was fed, or which, is unknown.
    """
    bench.equipment.encoder.check_reader()  # before anything moves
    card = bench.card_of(order)
    if card is None or card.fate is not CardFate.IN_MACHINE:
        _feed(bench, order)
        order = bench.journal.order(order.id)
    if order.step is OrderStep.APPROVED:
        _give_back(bench, order)


def settle(bench: Workbench, order: OrderRecord, effect: EffectRecord) -> None:
    """Find out whether a feed happened, and which card it brought, by reading it.

    Raises:
        OutcomeUnknownError: The path is empty, which does not prove that nothing was fed.
    """
    status = bench.equipment.printer.status()
    if status.card is None:
        if Capability.FEEDER not in bench.equipment.printer.model.capabilities:
            evidence = {"proof": "the reader is empty, and no machine moves a card here"}
            bench.end(effect.id, EffectState.NOT_DONE, evidence)
            return
        raise in_doubt(status, "an empty path does not prove that nothing was fed", {})
    found = read_card(bench)
    evidence = {"proof": "the chip of the card in the path was read"}
    bench.end(effect.id, EffectState.DONE, evidence, _taken_in(bench, order, found))


def given_back(order: OrderRecord, card: int, reason: str) -> Change:
    """Return the change that notes a card that went out again as it came."""

    def change_all(change: Transaction) -> None:
        change.update_card(
            card, place=CardPlace.OUTPUT_HOPPER, fate=CardFate.RETURNED, reason=reason
        )
        if card != order.card:  # it came instead of the order's card, which stays the order's
            return
        change.release_chip(order.id)
        change.move_order(order.id, order.step, order.step, OrderEvent.BLANK_REFUSED.value)

    return change_all


def _feed(bench: Workbench, order: OrderRecord) -> None:
    bench.require_no_doubt(order)
    status = bench.ready_status()
    if status.card is not None:
        raise CardLeftInsideError(
            "a card of no order stands in the machine", details={"position": status.card.value}
        )
    with bench.effect(order, EffectKind.FEED, {"kind": order.kind.value}) as effect:
        bench.equipment.printer.bring_card_to_chip_station()
        try:
            found = read_card(bench)
        except TransportError as exc:  # the card moved: it must not look as if nothing had
            raise OutcomeUnknownError("the card that was fed can't be read now") from exc
        effect.after["AAZ501"] = found.AAZ501 if found else "unread"
        effect.then(_taken_in(bench, order, found))


def _first(bench: Workbench, order: OrderRecord) -> OrderRecord:
    if order.previous is None:
        raise LocalProtocolError("a reprint without its first order")
    return bench.journal.order(order.previous)


def _taken_in(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> Change:
    recipe = recipe_of(order.kind)
    if not recipe.own_card:
        if found is None or not found.AAZ500:
            return _blank_for_test(bench, order, found)
    elif found is not None:
        first = _first(bench, order)
        if first.chip is not None and _is_the_holders(order, first, found):
            return _own(bench, order, first, found)
    return _somebodys(order, found)


def _is_the_holders(order: OrderRecord, first: OrderRecord, found: ChipIdentity) -> bool:
    same = first.chip is not None and found.same_card(first.chip)
    if not recipe_of(order.kind).number_must_match:
        return same
    return same and first.data is not None and found.AAZ500 == first.data.chip.AAZ500


def _own(bench: Workbench, order: OrderRecord, first: OrderRecord, found: ChipIdentity) -> Change:
    move = bench.move(order, recipe_of(order.kind).feeds)
    card = first.card
    if card is None:
        raise LocalProtocolError("the first order has no card")

    def change_all(change: Transaction) -> None:
        change.adopt_card(order.id, card)
        change.update_card(card, place=CardPlace.CHIP_STATION, fate=CardFate.IN_MACHINE)
        change.bind_chip(order.id, found)
        move(change)

    return change_all


def _blank_for_test(bench: Workbench, order: OrderRecord, found: ChipIdentity | None) -> Change:
    move = bench.move(order, recipe_of(order.kind).feeds)

    def change_all(change: Transaction) -> None:
        card = change.open_card(order.id, CardPlace.CHIP_STATION)
        if found is not None:
            change.update_card(card, AAZ501=found.AAZ501)
        move(change)

    return change_all


def _somebodys(order: OrderRecord, found: ChipIdentity | None) -> Change:
    def change_all(change: Transaction) -> None:
        blank = found is None or not found.AAZ500
        card = change.open_card(order.id, CardPlace.CHIP_STATION, blank=blank)
        if found is not None:
            change.update_card(card, AAZ501=found.AAZ501)

    return change_all


def _give_back(bench: Workbench, order: OrderRecord) -> None:
    card, reason = order.card, recipe_of(order.kind).refusal
    if card is None or reason is None:
        raise LocalProtocolError("a card inside that is in no ledger")
    before = {"card": str(card), "refused": reason.value}
    with bench.effect(order, EffectKind.RELEASE, before) as effect:
        bench.equipment.printer.present_card()
        effect.then(given_back(order, card, reason.value))
    raise WrongCardError(reason, "the card in the feeder is not the one; it went out again")
