"""Observer, province and journal beside one another: what of I1 to I9 does not hold.

The journal is read from a copy, taken the way a backup tool takes it, so that looking changes
nothing and needs no lock of the daemon's.
"""

from __future__ import annotations

import contextlib
import dataclasses
import io
import json
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from station.core.orders import CardFate, CardPlace, CardRecord, OrderRecord, OrderStep
from station.journal import Journal, open_journal
from tests.chaos.clerk import INSIDE, Clerk
from tests.chaos.world import ChaosWorld
from tests.torture.evidence import Evidence
from tests.torture.invariants import audit_is_whole, nothing_personal

Card = dict[str, Any]

OUT: Final = frozenset({"output-hopper", "taken"})
ASIDE: Final = frozenset({"reject-box", "cleared-away"})
NOT_FED: Final = frozenset({"stock", "feeder"})
PLACES: Final = {
    CardFate.IN_MACHINE: INSIDE,
    CardFate.ISSUED: OUT,
    CardFate.SPOILED: ASIDE,
    CardFate.REFUSED: ASIDE,
    CardFate.TEST: OUT,
    CardFate.RETURNED: OUT | NOT_FED,
}
BLACK, DARK = 40, 80  #: grey levels of resin on a card, and in the preview
TEXT_SHARE: Final = 0.97  #: of the black on a card that its preview must show


def violations(world: ChaosWorld, clerk: Clerk, *, honest: bool = True) -> list[str]:
    """Compare everything; each rule that does not hold is one text.

    Args:
        world: The window.
        clerk: Who served there; knows which cards were cut up.
        honest: Whether people did with their hands what they said. Where they lied, the ledger may
            hold what they said; nothing else is excused.
    """
    cards = {card["card_id"]: card for card in world.observer()["cards"]}
    with copied_journal(world.state) as journal:
        orders = journal.orders.recent(1000)
        ledger = journal.cards.all()
        found = [
            *_one_card_each(cards, clerk.discarded),
            *_faces(cards, clerk.discarded),
            *_test_cards(cards, ledger, clerk.discarded),
            *_chips(cards, ledger, orders),
            *_pictures(world, cards, orders),
            *(_ledger(cards, ledger, clerk.discarded) if honest else ()),
            *_province(world, cards, orders),
            *_requests(clerk, orders),
            *_audit(world, journal, orders, ledger),
        ]
    return list(dict.fromkeys(clerk.found + found + _machine(world)))


@contextlib.contextmanager
def copied_journal(state: Path) -> Iterator[Journal]:
    """Open a consistent copy of the journal in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="chaos-journal-") as name:
        folder = Path(name)
        with (
            contextlib.closing(sqlite3.connect(state / "journal.db", timeout=30)) as source,
            contextlib.closing(sqlite3.connect(folder / "journal.db")) as copy,
        ):
            source.backup(copy)
        shutil.copy(state / "seal.key", folder / "seal.key")
        journal = open_journal(f"sqlite:///{folder / 'journal.db'}", folder / "seal.key")
        try:
            yield journal
        finally:
            journal.close()


# -- cards -------------------------------------------------------------------------------------


def holder(card: Card) -> str:
    """Return the ID number in a card's chip; empty for a blank one."""
    record = bytes.fromhex(card["chip"]["files"]["SSSE/EF06"]["08"])
    return record.rstrip(b"\0").decode("ascii", "replace").rstrip("\xff") if any(record) else ""


def _is_out(card: Card, discarded: set[str]) -> bool:
    place: str = card["place"]
    return place in OUT and card["card_id"] not in discarded


def _one_card_each(cards: dict[str, Card], discarded: set[str]) -> Iterator[str]:
    held = Counter(holder(card) for card in cards.values() if _is_out(card, discarded))
    for person, count in held.items():
        if person and count > 1:
            yield f"I1 {count} cards of one person are outside"


def _faces(cards: dict[str, Card], discarded: set[str]) -> Iterator[str]:
    for card in cards.values():
        for side in ("front", "back"):
            panels = card[side]["panels"]
            twice = len(panels) != len(set(panels)) or card[side]["prints"] > 1
            out = _is_out(card, discarded)
            if twice:
                where = "and the card went out" if out else f"the card is in {card['place']}"
                yield f"I2 printed twice on one {side}: {panels}, {where}"
            elif out and holder(card) and card[side]["interrupted"]:
                yield f"I2 a card with a {side} that broke off went out: {panels}"


def _test_cards(
    cards: dict[str, Card], ledger: list[CardRecord], discarded: set[str]
) -> Iterator[str]:
    """A face over an empty chip is a technician's test card, or wrong."""
    tests = sum(row.fate is CardFate.TEST for row in ledger)
    empty = [card for card in cards.values() if card["front"]["prints"] and not holder(card)]
    if sum(_is_out(card, discarded) for card in empty) > tests:
        yield "I2 a card with a face and an empty chip went out"


def _chips(
    cards: dict[str, Card], ledger: list[CardRecord], orders: list[OrderRecord]
) -> Iterator[str]:
    people = {order.id: order.id_number for order in orders}
    for row in ledger:
        card = cards.get(row.AAZ501)
        if row.fate is CardFate.ISSUED and card is not None:
            if holder(card) != people[row.order]:
                yield "I2 the ledger says issued, the chip is not this person's"
            if not card["front"]["prints"]:
                yield "I2 the ledger says issued, the card has no face"


def _pictures(
    world: ChaosWorld, cards: dict[str, Card], orders: list[OrderRecord]
) -> Iterator[str]:
    for order in orders:
        card = cards.get(order.chip.AAZ501) if order.chip is not None else None
        if card is None or card["front"]["prints"] != 1:
            continue
        answer = world.api("GET", f"/orders/{order.id}/preview/front.png")
        if answer.is_success:
            printed = world.face_of(card["card_id"], "front")
            share = _text_shown(_grey(printed), _grey(answer.content))
            if share < TEXT_SHARE:
                yield f"I2 a card has another face than was shown: {share:.0%} of its text"


def _grey(png: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(png)) as picture:
        return np.asarray(picture.convert("L"), dtype=np.uint8)


def _text_shown(printed: NDArray[np.uint8], shown: NDArray[np.uint8]) -> float:
    """Return how much of the black on a card was black in the preview: its text, not its dye."""
    black = printed < BLACK
    return float((shown[black] < DARK).mean()) if black.any() else 1.0


def _ledger(cards: dict[str, Card], ledger: list[CardRecord], discarded: set[str]) -> Iterator[str]:
    named = [row for row in ledger if row.AAZ501]
    for row in named:
        if row.AAZ501 not in cards:
            yield "I3 the ledger has a card that does not exist"
        elif not _agrees(row, cards[row.AAZ501], discarded):
            place = cards[row.AAZ501]["place"]
            yield f"I3 the ledger says {row.fate}/{row.place}, the card is in {place}"
    for count in Counter(row.AAZ501 for row in named).values():
        if count > 1:
            yield f"I3 one card is in the ledger {count} times"
    known = {row.AAZ501 for row in named}
    left = [
        card
        for card in cards.values()
        if card["card_id"] not in known and INSIDE & set(card["history"])
    ]
    for row in (row for row in ledger if not row.AAZ501):
        fitting = (card for card in left if _agrees(row, card, discarded))
        match = next(fitting, None)
        if match is not None:
            left.remove(match)
        else:
            yield f"I3 the ledger has an unread card that is nowhere: {row.fate}/{row.place}"
    for card in left:
        yield f"I3 a blank left the feeder, is in {card['place']}, and is in no row of the ledger"


def _agrees(row: CardRecord, card: Card, discarded: set[str]) -> bool:
    if card["card_id"] in discarded:
        return row.fate in (CardFate.SPOILED, CardFate.REFUSED)
    if row.place is CardPlace.UNKNOWN and row.fate is CardFate.IN_MACHINE:
        return True
    if row.fate in (CardFate.SPOILED, CardFate.REFUSED) and row.place is CardPlace.UNKNOWN:
        return bool(card["place"] == "taken")  # lost
    place: str = card["place"]
    if row.fate is CardFate.REFUSED and row.place is CardPlace.OUTPUT_HOPPER:
        return place in OUT  # a holder's card, found in the feeder
    return place in PLACES[row.fate]


# -- province ----------------------------------------------------------------------------------


def _province(
    world: ChaosWorld, cards: dict[str, Card], orders: list[OrderRecord]
) -> Iterator[str]:
    seen = world.province_observer()
    if seen["effects"]["reports_duplicate"]:
        yield f"I4 a report was sent again unasked {seen['effects']['reports_duplicate']} times"
    told: Counter[tuple[str, str]] = Counter()
    for person in seen["people"]:
        issued = [row for row in person["write_backs"] if row["outcome"] == "issued"]
        if sum(not row["is_revoked"] for row in issued) > 1:
            yield "I1 the province has two valid cards of one person"
        if len(person["activations"]) > 1:
            yield f"I4 one card was activated {len(person['activations'])} times"
        told.update((row["card_id"], row["outcome"]) for row in person["write_backs"])
    for (_, outcome), count in told.items():
        if count > 1:
            yield f"I4 the province took {outcome} of one card {count} times"
    yield from _untold(told, cards, orders)


def _untold(
    told: Counter[tuple[str, str]], cards: dict[str, Card], orders: list[OrderRecord]
) -> Iterator[str]:
    for order in orders:
        number = order.chip.AAZ501 if order.chip is not None else ""
        if not number or not holder(cards[number]):
            continue
        if order.step in (OrderStep.RELEASED, OrderStep.ACTIVATED) and not told[number, "issued"]:
            yield "I4 a card went out that the province does not know"
        if order.step is OrderStep.SPOILED and not told[number, "spoiled"]:
            yield "I4 a written card was spoiled and never reported as spoiled"


def _requests(clerk: Clerk, orders: list[OrderRecord]) -> Iterator[str]:
    for wish in clerk.wishes:
        if len(wish.answered_with) > 1:
            yield f"I7 one request was answered with {len(wish.answered_with)} orders"
        if sum(order.id_number == wish.person for order in orders) > 1:
            yield "I7 one request made two orders"


# -- history -----------------------------------------------------------------------------------


def _audit(
    world: ChaosWorld, journal: Journal, orders: list[OrderRecord], ledger: list[CardRecord]
) -> Iterator[str]:
    command = [sys.executable, "-m", "station", "audit", "verify", "--config", str(world.config)]
    verified = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if verified.returncode != 0:
        yield f"I9 station audit verify: {(verified.stdout + verified.stderr)[-300:]}"
    logs = (world.folder / "station.log").read_text(encoding="utf-8", errors="replace")
    evidence = dataclasses.replace(
        NOTHING,
        orders=tuple(orders),
        effects=tuple(effect for order in orders for effect in journal.effects.of(order.id)),
        write_backs=tuple(row for order in orders for row in journal.outbox.of(order.id)),
        ledger=tuple(ledger),
        events=tuple(journal.history.after(0, limit=100_000)),
        logged=(logs,),
    )
    yield from audit_is_whole(evidence)
    yield from nothing_personal(evidence)
    for kind in sorted(_defects(logs)):
        yield f"I10 a defect in the daemon's log: {kind}"


def _defects(logs: str) -> set[str]:
    """Return the last line of every traceback; a journal that can't be written is not a defect."""
    found = set()
    for line in logs.splitlines():
        try:
            entry = json.loads(line)
        except ValueError:
            continue
        raised = entry.get("exception", "").strip().splitlines()
        if raised and "JournalError" not in raised[-1]:
            found.add(f"{entry['event']}: {raised[-1][:120]}")
    return found


def _machine(world: ChaosWorld) -> list[str]:
    return [f"protocol: {text}" for text in world.observer()["violations"]]


NOTHING: Final = Evidence(
    acts=(), beliefs=(), cards=(), reports=(), repeated=(), activations=(), orders=(), effects=(),
    ledger=(), write_backs=(), events=(), chain="", requests=(), defects=(), logged=(),
)  # fmt: skip
