"""What a person's answer does to an effect whose outcome no machine can prove.

Each ends the open effect with the person's answer as its proof, and changes the ledger in the same
transaction. They run after the machine was asked once more: where its evidence decides, it decides.
"""

from __future__ import annotations

from collections.abc import Mapping

from station.core.errors import StepNotAllowedError
from station.core.life import EFFECTS
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectRecord,
    EffectState,
    OrderRecord,
)
from station.core.questions import AnswerKind
from station.core.recipes import recipe_of
from station.journal import Transaction
from station.production.effects import Change, Workbench
from station.production.steps import put_back, release, spoil


def open_effect(bench: Workbench, order: OrderRecord, kind: EffectKind) -> EffectRecord:
    """Return the order's effect in doubt.

    Raises:
        StepNotAllowedError: None of this kind is in doubt.
    """
    effect = bench.open_effect(order)
    if effect is None or effect.kind is not kind:
        raise StepNotAllowedError(f"no {kind.value} is in doubt", details={"step": order.step})
    return effect


def brings_own_card(order: OrderRecord, effect: EffectRecord) -> bool:
    """Whether a feed was to bring a card that has a holder already, and no blank."""
    return put_back.BACK in effect.evidence_before or recipe_of(order.kind).own_card


def not_fed(bench: Workbench, order: OrderRecord) -> Change:
    """Return the change after "nothing left the feeder, or it is back in it"."""
    effect = open_effect(bench, order, EffectKind.FEED)
    own = brings_own_card(order, effect)

    def change_all(change: Transaction) -> None:
        _end(change, effect, EffectState.NOT_DONE, AnswerKind.NOT_FED)
        if own:  # the holder's card may be in a hand: it is fed when a person asks for it
            change.set_goal(order.id, None)

    return change_all


def still_inside(bench: Workbench, order: OrderRecord) -> Change:
    """Return the change after "the card is still in the machine": the movement begins again."""
    effect = bench.open_effect(order)
    if effect is None or effect.kind not in (EffectKind.RELEASE, EffectKind.REJECT):
        raise StepNotAllowedError("no card was to leave", details={"step": order.step})

    def change_all(change: Transaction) -> None:
        _end(change, effect, EffectState.NOT_DONE, AnswerKind.INSIDE)

    return change_all


def at_outlet(bench: Workbench, order: OrderRecord) -> Change:
    """Return the change after "the card is out of the machine and whole"."""
    effect = open_effect(bench, order, EffectKind.RELEASE)
    out = release.went_out(bench, order, effect)

    def change_all(change: Transaction) -> None:
        _end(change, effect, EffectState.DONE, AnswerKind.AT_OUTLET)
        out(change)

    return change_all


def in_feeder(bench: Workbench, order: OrderRecord) -> Change:
    """Return the change that ends a release whose card a person has laid into the feeder."""
    effect = bench.open_effect(order)

    def change_all(change: Transaction) -> None:
        if effect is not None and effect.kind is EffectKind.RELEASE:
            _end(change, effect, EffectState.NOT_DONE, AnswerKind.PUT_BACK)
        if order.card is not None:
            change.update_card(order.card, place=CardPlace.FEEDER)

    return change_all


def written_off(
    bench: Workbench, order: OrderRecord, said: AnswerKind, place: CardPlace, reason: str
) -> Change:
    """Return the change that writes a card off by hand, whatever was done to it when it was lost.

    Raises:
        StepNotAllowedError: The feed was to bring a holder's card, which is not written off here.
    """
    effect = bench.open_effect(order)
    if effect is not None and effect.kind is EffectKind.FEED:
        return _blank_written_off(order, effect, said, place, reason)
    if effect is not None and effect.kind is EffectKind.REJECT:
        after = spoil.put_aside(bench, order, effect, place)
    elif effect is not None and release.card_of(order, effect) != order.card:
        after = _stranger_written_off(release.card_of(order, effect), place, reason)
    else:
        after = spoil.write_off(bench, order, place, reason)
    used_up = spoil.end_open(bench, order, reason)

    def change_all(change: Transaction) -> None:
        if effect is not None and not EFFECTS[effect.kind].uses_up:
            state = EffectState.DONE if effect.kind is EffectKind.REJECT else EffectState.NOT_DONE
            _end(change, effect, state, said)
        used_up(change)
        after(change)

    return change_all


def _blank_written_off(
    order: OrderRecord, effect: EffectRecord, said: AnswerKind, place: CardPlace, reason: str
) -> Change:
    if brings_own_card(order, effect):
        raise StepNotAllowedError("a holder's card is not written off", details={"step": "fed"})

    def change_all(change: Transaction) -> None:
        _end(change, effect, EffectState.DONE, said)
        card = change.open_card(order.id, CardPlace.UNKNOWN, bind=False)
        change.update_card(card, place=place, fate=CardFate.SPOILED, reason=reason)

    return change_all


def _stranger_written_off(card: int | None, place: CardPlace, reason: str) -> Change:
    def change_all(change: Transaction) -> None:
        if card is not None:
            change.update_card(card, place=place, fate=CardFate.SPOILED, reason=reason)

    return change_all


def _end(change: Transaction, effect: EffectRecord, state: EffectState, said: AnswerKind) -> None:
    evidence: Mapping[str, str] = {"proof": "a person looked", "answer": said.value}
    change.end_effect(effect.id, state, evidence)
    change.set_hold(effect.order, None)
