"""I3: the ledger of blanks beside the cards themselves, in the end and amid the work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from station.core.orders import CardFate, CardPlace, CardRecord, EffectKind, EffectState
from station.production.life.left_card import LEFT_INSIDE
from tests.torture.blanks import Card, Where
from tests.torture.evidence import Act, Evidence

Violations = Iterator[str]

#: Where a card of each fate may really be.
PLACES: Final = {
    CardFate.IN_MACHINE: {Where.PATH, Where.ELSEWHERE},
    CardFate.ISSUED: {Where.OUT, Where.HAND},
    CardFate.SPOILED: {Where.REJECTED},
    CardFate.REFUSED: {Where.REJECTED},
    CardFate.TEST: {Where.OUT, Where.HAND},
    CardFate.RETURNED: {Where.OUT, Where.HAND},
}
#: Effects whose outcome is not known.
OPEN: Final = {EffectState.INTENDED, EffectState.UNKNOWN}


def every_blank_in_the_ledger(run: Evidence) -> Violations:
    """I3."""
    faceless = {card.card_id for card in run.cards if not card.faces and not run.by_hand}
    for row in run.ledger:
        if row.fate is CardFate.ISSUED and row.AAZ501 in faceless:
            yield f"I3 card {int(row.AAZ501[6:])} is issued without a face"
    cards = {card.card_id: card for card in run.cards}
    nameless = [row for row in run.ledger if not row.AAZ501]
    named = [row for row in run.ledger if row.AAZ501]
    for row in named:
        if not _agrees(row, cards[row.AAZ501]):
            yield f"I3 the ledger says {row.fate}/{row.place}, it is {cards[row.AAZ501].place}"
    twice = [one for one, count in Counter(row.AAZ501 for row in named).items() if count > 1]
    yield from (f"I3 card {int(one[6:])} is in the ledger twice" for one in twice)
    left = [card for card in run.cards if card.card_id not in {row.AAZ501 for row in named}]
    outside = [card for card in left if card.place not in (Where.FEEDER, Where.PACKAGE)]
    unseen = _came_along_unseen(run, outside)
    moved = [card for card in outside if card not in unseen]
    own = {order.card for order in run.orders}
    fed = [row for row in named if row.fate is not CardFate.RETURNED or row.id in own]
    yield from _match(nameless, _without_changelings(fed, cards, moved), unseen)


def _without_changelings(
    fed: list[CardRecord], cards: dict[str, Card], moved: list[Card]
) -> list[Card]:
    # Before a blank is read nobody can see that a hand has put another in its place: the ledger has
    # the right number of blanks then, under the other one's name. That one may be put back into
    # the feeder later, and leave it like any other. One that came instead of a card that was
    # written already, and went out again, has a row of its own, and replaces no blank: it is not
    # among those that an order has `fed` for itself.
    put_in = [
        row
        for row in fed
        if row.blank
        if row.reason != LEFT_INSIDE and _came_otherwise(cards[row.AAZ501])
    ]
    taken = [card for card in moved if (card.by_hand or card.by_other) and card.holder is None][
        : len(put_in)
    ]
    return [card for card in moved if card not in taken]


def _came_otherwise(card: Card) -> bool:
    """Whether it was not drawn from the feeder when it first came into the path."""
    return card.put_in or card.along or not card.left_feeder


def _match(rows: list[CardRecord], cards: list[Card], unseen: list[Card]) -> Violations:
    """Find a card for every row without a number, and a row for every card that needs one.

    Such a row is matched by its place, and may agree with many cards. So the pairs are sought as a
    whole: which row is looked at first decides nothing. A card that never was in the feeder needs
    no row, and `unseen` ones may have one or not.
    """
    everything = [*cards, *unseen]
    needed = [n for n, card in enumerate(everything) if card.left_feeder and card not in unseen]
    cards_of = [[n for n, one in enumerate(everything) if _agrees(row, one)] for row in rows]
    rows_of = [[n for n, row in enumerate(rows) if _agrees(row, one)] for one in everything]
    row_of: dict[int, int] = {}
    card_of: dict[int, int] = {}
    for card in needed:
        _pair(card, rows_of, row_of, card_of, set())
    for number, row in enumerate(rows):
        if number not in card_of and not _pair(number, cards_of, card_of, row_of, set()):
            yield f"I3 the ledger has a card that nobody has: {row.fate}/{row.place}"
    for card in needed:
        if card not in row_of:
            one = everything[card]
            yield f"I3 card {one.serial} left the feeder, is {one.place}, and is in no ledger"


def _pair(
    one: int,
    fitting: list[list[int]],
    partner: dict[int, int],
    back: dict[int, int],
    asked: set[int],
) -> bool:
    """Find a partner for `one`, if need be by finding others for those that have its partners."""
    for other in fitting[one]:
        if other not in asked:
            asked.add(other)
            if other not in back or _pair(back[other], fitting, partner, back, asked):
                partner[one], back[other] = other, one
                return True
    return False


def _came_along_unseen(run: Evidence, outside: list[Card]) -> list[Card]:
    """Return the cards that need no row: no sensor told them from one that has a row.

    Of blanks that stuck together the station sees one, and cannot know which. So each of them but
    one may be without a row, whichever it is, but only if nothing could show it: a hand or another
    host took it out, it is still inside (every page says so until somebody puts it away), it was
    put out as a card that may be somebody's, which the history says, or it went into the bin in
    place of another one.
    """
    left = Counter(card.drawn_with for card in run.cards if card.drawn_with)
    unseen = []
    for card in sorted(outside, key=lambda card: not card.along):
        mine = [act for act in run.acts if act.serial == card.serial]
        as_somebodys = bool(mine) and (mine[-1].kind, mine[-1].order) == (EffectKind.RELEASE, "")
        mistaken = any(taken_for_its_twin(run, one) or taken_for_a_blank(run, one) for one in mine)
        by_others = card.by_hand or card.by_other
        hidden = by_others or as_somebodys or card.place is Where.PATH or mistaken
        if hidden and left[card.drawn_with] > 1:
            left[card.drawn_with] -= 1
            unseen.append(card)
    return unseen


def taken_for_its_twin(run: Evidence, act: Act) -> bool:
    """Whether a card went into the bin as the spoiled one that it had stuck to.

    Another host has moved that one away, and this one's chip can't be read: no reading tells them
    apart.
    """
    cards = {card.serial: card for card in run.cards}
    card = cards.get(act.serial)
    own = next((one for one in run.cards if one.card_id == act.bound), None)
    if act.kind is not EffectKind.REJECT or card is None or own is None or card is own:
        return False
    stuck = card.along and card.drawn_with == own.drawn_with
    return stuck and _unreadable(card) and (own.by_other or own.by_hand)


def taken_for_a_blank(run: Evidence, act: Act) -> bool:
    """Whether a card went into the bin as the blank that its order had fed.

    That blank was moved away by a hand or another host before its order was bound to it, this one
    had come along unseen with a later one, and neither chip can be read: no reading tells them
    apart.
    """
    cards = {card.serial: card for card in run.cards}
    card = cards.get(act.serial)
    if act.kind is not EffectKind.REJECT or act.bound or card is None or not card.along:
        return False
    fed = {
        one.serial
        for one in run.acts
        if one.kind is EffectKind.FEED and one.order == act.order and one.serial != act.serial
    }
    away = [
        cards[one] for one in fed if one in cards and (cards[one].by_other or cards[one].by_hand)
    ]
    return _unreadable(card) and any(_unreadable(one) for one in away)


def _unreadable(card: Card) -> bool:
    return card.mute or card.bad_number


def _agrees(row: CardRecord, card: Card) -> bool:
    unknown = {CardFate.IN_MACHINE, CardFate.ISSUED, CardFate.REFUSED}
    if row.place is CardPlace.UNKNOWN and row.fate in unknown:
        return True  # the ledger says that it does not know where
    if row.fate is CardFate.ISSUED and (card.holder is None or card.half):
        return False
    if row.fate in (CardFate.REFUSED, CardFate.RETURNED) and row.AAZ501 and card.holder:
        return False
    written_off = row.fate in (CardFate.SPOILED, CardFate.TEST)
    lost = written_off and row.place is CardPlace.UNKNOWN
    places = {Where.GONE} if lost else PLACES[row.fate]
    if row.fate in (CardFate.ISSUED, CardFate.TEST) and row.place is CardPlace.REJECT_BIN:
        places = {Where.REJECTED}  # pulled back in, or spoiled
    if row.fate is CardFate.REFUSED and row.place is CardPlace.OUTPUT_HOPPER:
        if card.holder is None:
            return False  # only a card with a holder's data goes out for a person to look at
        places = {Where.OUT, Where.HAND}
    if row.fate is CardFate.REFUSED and row.place is CardPlace.REJECT_BIN and card.holder:
        return False
    return card.place in places or (card.by_hand and card.place is Where.HAND)


def settled_cards_are_where_the_ledger_says(run: Evidence) -> Violations:
    """I3 in the middle of the work: for every card that no open intent is about."""
    moving = {effect.order for effect in run.effects if effect.state in OPEN}
    cards = {card.card_id: card for card in run.cards}
    for row in run.ledger:
        if not row.AAZ501 or row.order in moving or cards[row.AAZ501].by_other:
            continue  # what another program did is seen at the next look
        if not _agrees(row, cards[row.AAZ501]):
            yield f"I3 the ledger says {row.fate}/{row.place}, it is {cards[row.AAZ501].place}"
