"""After a start: what is inside the machine, and whether it matches the journal.

No lane works until recovery completes. For the machine's lane, every open intent about a card is
inspected by the proof of its kind, and for every order with a card in the machine it is proven that
the card is still that order's. For the lanes of the province, what was under way when the station
stopped is marked as unknown: their first work on such an order is to ask the province.
"""

from __future__ import annotations

from station.core.changes import AddEvent, Changes, SetHold
from station.core.errors import StationError, WrongCardError, WrongCardReason
from station.core.evidence import EffectRecord, Failed
from station.core.life import AT_DESK, IN_MACHINE
from station.core.orders import CardFate, EffectKind, EffectState, Hold, OrderRecord, OrderStep
from station.core.recipes import recipe_of
from station.production.life.effects import ACTOR, OUTSIDE, Workbench
from station.production.life.steps import chip, temporary
from station.production.life.steps.which_card import Which, which_card
from station.production.life.workflow import Workflow

INTERRUPTED = "interrupted"  #: the evidence of an exchange that the end of the station cut off


def recover(bench: Workbench, workflow: Workflow) -> None:
    """Bring every unfinished order to a safe, explained state. Moves a card at most to the chip.

    Accesses printer and chip, never the province.
    """
    for effect in bench.journal.effects.open():
        if effect.kind in OUTSIDE and effect.state is EffectState.INTENDED:
            bench.end(effect.id, EffectState.UNKNOWN, Failed(INTERRUPTED), *_asks(effect))
    opened = bench.journal.effects.open()
    with_intents = {effect.order for effect in opened if effect.kind not in AT_DESK}
    with_cards = {card.order for card in bench.journal.cards.in_machine()}
    open_orders = {order.id: order for order in bench.journal.orders.open()}
    closed = sorted(with_intents - open_orders.keys())
    for order_id in [*open_orders, *closed]:  # open ones first, oldest first
        order = open_orders.get(order_id) or bench.journal.orders.one(order_id)
        if order_id in with_intents | with_cards or order.step in IN_MACHINE:
            recover_order(bench, workflow, order)


def _asks(effect: EffectRecord) -> Changes:
    """Return the changes that ask a person for a card whose write at the desk was cut off."""
    if effect.kind not in AT_DESK:
        return ()
    hold = Hold(temporary.WRITE_UNKNOWN, {"cause": INTERRUPTED}, effect.kind)
    return (SetHold(effect.order, hold),)


def recover_order(bench: Workbench, workflow: Workflow, order: OrderRecord) -> None:
    """Establish what happened to one order's card and prove the card; a failure holds the order.

    Recovery does not wait for the network: what only the province knows is queried afterwards, when
    the window already knows where every card is.
    """
    effect = bench.open_effect(order)
    try:
        if effect is not None and effect.kind is EffectKind.WRITE_CHIP:
            chip.read_this_card(bench, order)
            workflow.put_off(order, effect.kind)  # only the HSM can unlock the reading of the chip
            return
        settled = workflow.settle_card(order)
        card = bench.card_of(settled)
        if card is not None and card.fate is CardFate.IN_MACHINE:
            prove_card(bench, settled)
    except StationError as exc:
        workflow.hold(order, exc)
        return
    recovered = AddEvent(order.id, "recovered", {"step": settled.step.value})
    free = (SetHold(order.id, None),) if settled.hold is not None else ()
    bench.apply(ACTOR, recovered, *free)


def prove_card(bench: Workbench, order: OrderRecord) -> None:
    """Read the chip in the machine and compare it with the chip that the order is bound to.

    Raises:
        StationError: No card, another card, or a device that is not there.
    """
    bench.require_own_machine(order)
    if order.step not in IN_MACHINE or not recipe_of(order.kind).binds_card:
        chip.bring_to_chip(bench, order)  # the order is bound to no chip
        row = bench.card_of(order)
        if row is not None and row.AAZ501 and which_card(bench, order, row.id) is Which.OTHER:
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card is in the path")
    elif order.step is OrderStep.FED:
        chip.read_this_card(bench, order)
    else:
        chip.prove_this_orders_chip(bench, order)
