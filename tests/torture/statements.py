"""What the station tells a person about a card, beside where that card really is: I10 and B4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from station.core.orders import CardPlace, EffectKind, OrderRecord
from station.core.printing import CardPosition
from station.production.life.policies import WhenOwedTooLong
from station.production.people.questions import OWED_INSIDE
from station.production.views.orders import OrderView
from station.words import text, where
from tests.torture.blanks import Where

if TYPE_CHECKING:
    from tests.torture.window import Window

#: A place that is told -> where the card may really be then. What is not here says nothing.
TRUE: Final = {
    CardPlace.CHIP_STATION: {Where.PATH, Where.ELSEWHERE},
    CardPlace.PRINT_STATION: {Where.PATH, Where.ELSEWHERE},
    CardPlace.OUTPUT_HOPPER: {Where.OUT, Where.HAND},
    CardPlace.REJECT_BIN: {Where.REJECTED},
}
INSIDE: Final = {Where.PATH, Where.ELSEWHERE}
#: What the pages say of the card -> where it may really be then. Every text that names a place
#: without a doubt stands here; one that begins with 位置不明, or says that it rests on the last
#: record or on a card that was not read, claims nothing about this card.
TOLD: Final = {
    **{where(place.value): places for place, places in TRUE.items()},
    **{where(at.value): INSIDE for at in (CardPosition.FLIPPER, CardPosition.JAMMED)},
    text("whereabouts.in-reader"): INSIDE,
}
PATIENCE: Final = 700.0  #: seconds after which what is due must have been noticed: two long waits


def false_statements(window: Window, record: OrderRecord, view: OrderView) -> Iterator[str]:
    """Yield what is false, or was to be said and is not."""
    yield from _where(window, record, view)
    yield from _due(window, record, view)


def _where(window: Window, record: OrderRecord, view: OrderView) -> Iterator[str]:
    if record.chip is None or not window.machine.looked:
        return  # a hand was in the machine, and no sensor has seen it yet
    bound = record.chip.AAZ501
    own = next((card for card in window.machine.cards if card.card_id == bound), None)
    true = TOLD.get(view.where)
    if own is not None and true is not None and own.place not in true and not own.by_hand:
        yield f"I10 a person is told that the card is at {view.where}, it is {own.place}"


def _due(window: Window, record: OrderRecord, view: OrderView) -> Iterator[str]:
    policies = window.policies
    asks = policies.hold_owed > 0 and policies.when_owed_too_long is WhenOwedTooLong.ASK
    waits = record.hold is not None and record.hold.retry_at is not None
    if not asks or not waits or view.question is not None or record.step not in OWED_INSIDE:
        return
    if view.running is not None:
        return  # the province has not answered yet: people are asked once it has, or has not
    written = [
        act.at for act in window.acts if (act.order, act.kind) == (record.id, EffectKind.WRITE_CHIP)
    ]
    since = max([*written, window.waits_since.get(record.id, 0.0)])
    if window.clock.monotonic() - since > policies.hold_owed + PATIENCE:
        yield f"B4 a report is owed for longer than {policies.hold_owed} s, and nobody is asked"
