"""The effect of a person's answer on an effect whose outcome no machine can prove.

Each function ends the open effect with the person's answer as its proof, and changes the ledger in
the same transaction. They are called after the machine was inspected again: where its evidence is
conclusive, the evidence decides.
"""

from __future__ import annotations

from station.core.changes import (
    CardFacts,
    Changes,
    EndEffect,
    OpenCard,
    SetGoal,
    SetHold,
    UpdateCard,
)
from station.core.errors import StepNotAllowedError
from station.core.evidence import EffectRecord, FeedBack, SaidByPerson
from station.core.life import EFFECTS
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    OrderRecord,
)
from station.core.questions import AnswerKind
from station.core.recipes import recipe_of
from station.production.life.blank_stock import wanted_bank
from station.production.life.effects import Workbench
from station.production.life.steps import release, report, spoil


def open_effect(bench: Workbench, order: OrderRecord, kind: EffectKind) -> EffectRecord:
    """Return the order's effect with an unknown outcome.

    Raises:
        StepNotAllowedError: No effect of this kind is open.
    """
    effect = bench.open_effect(order)
    if effect is None or effect.kind is not kind:
        raise StepNotAllowedError(f"no {kind.value} is in doubt", details={"step": order.step})
    return effect


def brings_own_card(order: OrderRecord, effect: EffectRecord) -> bool:
    """Whether a feed was to bring a card that already has a holder, not a blank."""
    return isinstance(effect.before, FeedBack) or recipe_of(order.kind).own_card


def not_fed(bench: Workbench, order: OrderRecord) -> Changes:
    """Return the changes after "no card left the feeder, or it was put back"."""
    effect = open_effect(bench, order, EffectKind.FEED)
    ended = _ended(effect, EffectState.NOT_DONE, AnswerKind.NOT_FED)
    if brings_own_card(order, effect):  # a person may hold the holder's card: it is fed on request
        return (*ended, SetGoal(order.id, None))
    return ended


def still_inside(bench: Workbench, order: OrderRecord) -> Changes:
    """Return the changes after "the card is still in the machine": the movement starts again."""
    effect = bench.open_effect(order)
    if effect is None or effect.kind not in (EffectKind.RELEASE, EffectKind.REJECT):
        raise StepNotAllowedError("no card was to leave", details={"step": order.step})
    return _ended(effect, EffectState.NOT_DONE, AnswerKind.INSIDE)


def at_outlet(bench: Workbench, order: OrderRecord) -> Changes:
    """Return the changes after "the card is out of the machine and whole"."""
    effect = open_effect(bench, order, EffectKind.RELEASE)
    out = release.went_out(order, effect, bench.equipment.policies)
    return (*_ended(effect, EffectState.DONE, AnswerKind.AT_OUTLET), *out)


def retract_over(bench: Workbench, order: OrderRecord, said: AnswerKind) -> Changes:
    """Return the changes that end an open retract, or the hold it left, with a person's answer.

    Where the card is was all that was not known. No other answer ends it on an order that is done,
    and as long as it is open no card may be fed for anybody.
    """
    effect = bench.open_effect(order)
    if effect is not None and effect.kind is EffectKind.RETRACT:
        return _ended(effect, EffectState.NOT_DONE, said)
    held = order.hold is not None and order.hold.effect is EffectKind.RETRACT
    return (SetHold(order.id, None),) if held else ()


def in_feeder(bench: Workbench, order: OrderRecord) -> Changes:
    """Return the changes that end a release whose card a person has put into the feeder."""
    effect = bench.open_effect(order)
    made: Changes = ()
    if effect is not None and effect.kind is EffectKind.RELEASE:
        made = _ended(effect, EffectState.NOT_DONE, AnswerKind.PUT_BACK)
    if order.card is not None:
        made += (UpdateCard(order.card, place=CardPlace.FEEDER),)
    return made


def written_off(
    bench: Workbench, order: OrderRecord, *, said: AnswerKind, place: CardPlace, reason: str
) -> Changes:
    """Return the changes that write a card off manually, whatever was in progress when it was lost.

    Raises:
        StepNotAllowedError: The feed was to bring a holder's card, which is not written off here.
    """
    effect = bench.open_effect(order)
    withdraw = report.withdrawn(bench, order)
    return judge_written_off(order, effect, withdraw, said=said, place=place, reason=reason)


def judge_written_off(
    order: OrderRecord,
    effect: EffectRecord | None,
    withdraw: Changes,
    *,
    said: AnswerKind,
    place: CardPlace,
    reason: str,
) -> Changes:
    """See `written_off`; `effect` is what was in progress on the card, if anything. Pure.

    Raises:
        StepNotAllowedError: The feed was to bring a holder's card, which is not written off here.
    """
    if effect is None:
        return spoil.write_off(order, place, reason, withdraw)
    if effect.kind is EffectKind.FEED:
        return _blank_written_off(order, effect, said, place, reason)
    if EFFECTS[effect.kind].uses_up:
        gone = spoil.write_off(order, place, reason, withdraw)
        return (*spoil.end_open(effect, reason), *gone)
    if effect.kind is EffectKind.REJECT:
        gone = spoil.put_aside(order, effect, withdraw, place)
        return (*_ended(effect, EffectState.DONE, said), *gone)
    card = release.released_card(order, effect)
    if card != order.card:
        gone = _stranger_written_off(card, place, reason)
    else:
        gone = spoil.write_off(order, place, reason, withdraw)
    return (*_ended(effect, EffectState.NOT_DONE, said), *gone)


def _blank_written_off(
    order: OrderRecord, effect: EffectRecord, said: AnswerKind, place: CardPlace, reason: str
) -> Changes:
    if brings_own_card(order, effect):
        raise StepNotAllowedError("a holder's card is not written off", details={"step": "fed"})
    gone = CardFacts(place=place, fate=CardFate.SPOILED, reason=reason)
    bank = wanted_bank(order)
    opened = OpenCard(order.id, CardPlace.UNKNOWN, bind=False, read=gone, bank=bank)
    return (*_ended(effect, EffectState.DONE, said), opened)


def _stranger_written_off(card: int | None, place: CardPlace, reason: str) -> Changes:
    if card is None:
        return ()
    return (UpdateCard(card, place=place, fate=CardFate.SPOILED, reason=reason),)


def _ended(effect: EffectRecord, state: EffectState, said: AnswerKind) -> Changes:
    return (EndEffect(effect.id, state, SaidByPerson(said)), SetHold(effect.order, None))
