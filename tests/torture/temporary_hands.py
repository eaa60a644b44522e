"""What a clerk does about temporary cards: issue, write, write again, take back."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from station.core.errors import JournalError, StationError
from station.core.orders import CardFate, OrderKind, OrderRecord
from station.core.orders import OrderStep as S
from station.core.recipes import recipe_of
from station.core.reprints import ReprintReason
from station.production.desk.cards import PinService
from station.production.desk.temporary import TemporaryWrite
from station.production.intake.reprints import Reprint
from station.production.services.persons import PersonSearch
from tests.torture.blanks import OTHER_BIN
from tests.torture.desk import MODULE, OTHER_PIN, DeskBlank, id_card
from tests.torture.service_evidence import Asked
from tests.torture.window import Window

if TYPE_CHECKING:
    from tests.torture.clerk import Wish

Hands = Callable[[Window], None]
CLERK: Final = "clerk"
_AGAIN: Final = ReprintReason.PIN_FORGOTTEN


def order_of(window: Window, wish: Wish) -> str:
    """Ask for what the person wants next; the same request, however often it is sent."""
    service = window.service
    if wish.stage == "issue":
        person = PersonSearch(id_number=wish.person)
        return service.temporary.accept(person, CLERK, key=wish.key)
    if wish.stage == "again":
        kind = OrderKind.TEMPORARY_AGAIN
        again = Reprint(wish.about or "", kind, _AGAIN, None, f"{wish.key} again")
        return service.orders.reprint(again, CLERK).id
    if wish.stage == "back":
        window.desk.reader.card = _card_of(window, _one(window, wish.about or ""))
        return service.temporary.take_back(CLERK, key=f"{wish.key} back")
    return wish.order or ""


def go_on(window: Window, wish: Wish, record: OrderRecord) -> None:
    """Do the next thing for an order about a temporary card that nothing holds."""
    step, orders = record.step, window.service.orders
    if step is S.ACCEPTED and recipe_of(record.kind).takes_back:
        orders.press(record.id, S.COLLECTED, CLERK)
    elif step in (S.ACCEPTED, S.DATA_READY):
        orders.run(record.id, CLERK, approved=step is S.DATA_READY)
    elif step is S.APPROVED:
        _write(window, wish, record)
    elif step is S.RELEASED:
        _next_stage(wish, record)
    elif step is S.SPOILED and wish.stage == "again":
        _comes_back(window, wish, record)
    elif step in (S.COLLECTED, S.SPOILED, S.CANCELLED):
        wish.ended = True


def _next_stage(wish: Wish, record: OrderRecord) -> None:
    stages = {
        "issue": "again" if wish.rewrites else "back",
        "again": "back",
    }
    if wish.stage == "issue":
        wish.about = record.id
    wish.ended = not wish.returns and stages[wish.stage] == "back"
    wish.stage = stages[wish.stage]


def _comes_back(window: Window, wish: Wish, record: OrderRecord) -> None:
    """A card that could not be written again is taken back by an order of its own."""
    about = {one.id: one for one in window.journal.orders.recent(1000)}
    mine = (one for one in about.values() if one.previous == record.previous)
    found = next((one.id for one in mine if recipe_of(one.kind).takes_back), None)
    wish.order, wish.stage = found or record.id, "given"
    wish.ended = found is None  # nothing more can be done at the window


def _one(window: Window, order: str) -> OrderRecord:
    return window.journal.orders.one(order)


def _card_of(window: Window, record: OrderRecord) -> DeskBlank | None:
    chip = record.chip
    known = (card for card in window.desk.blanks if chip and card.card_id == chip.AAZ501)
    return next(known, None)


def _write(window: Window, wish: Wish, record: OrderRecord) -> None:
    own = recipe_of(record.kind).own_card
    card = _card_of(window, _one(window, record.previous or "") if own else record)
    with putting_aside(window):
        if own and card is not None and card.bad and record.chip is not None:
            window.service.temporary.discard(record.id, CLERK)
            return
        write(window, record.id, card or _blank(window), wish.person if own else "")


def _blank(window: Window) -> DeskBlank:
    """Return a blank that was not used up: one in the hand, or the next one of the drawer."""
    known = (card for card in window.desk.blanks if not card.aside and not card.bank)
    return next((card for card in known if card.data is None), None) or window.desk.new_blank()


def write(window: Window, order: str, card: DeskBlank, holder: str = "") -> None:
    """Put a card into the reader and press 写临时卡; `holder` sets a new PIN."""
    window.desk.reader.card = card
    window.desk.pad.new = OTHER_PIN
    reading = ""
    if holder:
        reading = window.service.desk._readings.put(id_card(holder), MODULE).token
        window.asked = Asked(PinService.RELOAD, holder, holder=holder, card=card.card_id)
    try:
        window.service.temporary.write(TemporaryWrite(order, reading), CLERK)
    finally:
        window.asked = None


@contextlib.contextmanager
def putting_aside(window: Window) -> Iterator[None]:
    """Put the cards aside that the pages call spoiled once the work in the block has ended."""
    try:
        yield
    finally:
        put_aside(window)


def put_aside(window: Window) -> None:
    """Keep every card that the pages call spoiled or taken back."""
    if window.points.off:
        return
    try:
        rows = window.journal.cards.all()
    except JournalError:
        return  # nothing is shown while the journal can't be read
    gone = {row.AAZ501 for row in rows if row.fate in (CardFate.SPOILED, CardFate.COLLECTED)}
    for card in window.desk.blanks:
        card.aside = card.aside or card.card_id in gone


# -- what goes wrong -------------------------------------------------------------------------------


def _orders(window: Window) -> list[OrderRecord]:
    try:
        return window.journal.orders.recent(1000)
    except JournalError:
        return []


def with_wrong_card(**changes: object) -> Hands:
    """Have another card written than the one that was begun, by mistake."""

    def try_it(window: Window) -> None:
        for record in _orders(window):
            if record.step is not S.APPROVED or not recipe_of(record.kind).writes_at_desk:
                continue
            card = window.desk.new_blank()
            for name, value in changes.items():
                setattr(card, name, value)
            window.faults["wrong card at the desk"] += 1
            with contextlib.suppress(StationError), putting_aside(window):
                write(window, record.id, card)

    return try_it


another_blank: Final = with_wrong_card()
banks_blank: Final = with_wrong_card(bank=OTHER_BIN)


def bad_blank(window: Window) -> None:
    """The next blank takes every write badly."""
    window.desk.new_blank(bad=True)


def breaks(window: Window) -> None:
    """The chips of the temporary cards that were made get damaged."""
    for card in window.desk.blanks:
        if card.data is not None and not card.aside:
            window.faults["a temporary card breaks"] += 1
            card.bad = True


def cancels(window: Window) -> None:
    """The clerk cancels what may be cancelled about temporary cards."""
    for record in _orders(window):
        if recipe_of(record.kind).takes_back and record.step is S.ACCEPTED:
            with contextlib.suppress(StationError):
                window.service.orders.cancel(record.id, CLERK)
