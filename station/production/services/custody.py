"""成品卡: the custody of finished cards: where each is, and who gave it to whom.

Nothing here moves a card: a person does, and says so. Each act is written with the paper that the
other side signs. A key makes a repeated request find what the first one has made (`CallService`).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from station.core.changes import Change
from station.core.characters import plain_text
from station.core.custody import (
    ASKED_FOR,
    TO_UNITS,
    CardOwner,
    Contact,
    CustodyAct,
    CustodyDocument,
    CustodyMove,
    CustodyPlace,
    DocumentState,
    FinishedCard,
    after,
    undone,
)
from station.core.custody_changes import (
    AddCustodyDocument,
    DecideDocument,
    MoveFinishedCard,
    NoteDistribution,
    ReceiveFinishedCard,
)
from station.core.elements import has_form
from station.core.errors import (
    CardNotFoundError,
    InputError,
    NotACollectorError,
    StepNotAllowedError,
    WitnessNeededError,
)
from station.core.identity import parse_id_number
from station.core.orders import OrderStep
from station.core.units import Collector
from station.journal import Journal
from station.production.desk.service import DeskService
from station.production.life.effects import Workbench
from station.production.views.custody import document_list

MOST_CARDS: Final = 500  #: on one paper
A: Final = CustodyAct
MADE: Final = (OrderStep.RELEASED, OrderStep.RELEASED_OWED, OrderStep.ACTIVATED)


@dataclass(frozen=True, slots=True)
class NewCard:
    """A finished card that comes into the store: made here (`order`), read at the desk, or typed.

    Attributes:
        order: The order that made it.
        AAZ501: Of a card that was read at the desk lately.
        id_number: Typed: 社会保障号码.
        name: Typed: 姓名.
        card_number: Typed: 卡号.
        bank: Typed: name of the bank.
        shelf: 存放位置.
    """

    order: str = ""
    AAZ501: str = ""
    id_number: str = field(default="", repr=False)
    name: str = field(default="", repr=False)
    card_number: str = field(default="", repr=False)
    bank: str = ""
    shelf: str = ""


@dataclass(frozen=True, slots=True)
class CustodyWish:
    """One act on several cards.

    Attributes:
        act: One of `ASKED_FOR`.
        cards: Their numbers in the ledger of custody.
        unit: Unit or office that gets them.
        unit_name: Its name; empty for one that the station knows.
        contact: Who takes them.
        shelf: Where cards that come back are put: one place for all.
    """

    act: CustodyAct
    cards: tuple[int, ...]
    unit: str = ""
    unit_name: str = ""
    contact: Contact | None = field(default=None, repr=False)
    shelf: str = ""


@dataclass(frozen=True, slots=True)
class CustodySearch:
    """How cards are looked for; the first one that is given counts."""

    card_number: str = field(default="", repr=False)
    id_number: str = field(default="", repr=False)
    unit: str = ""
    place: CustodyPlace | None = None


class CustodyService:
    """The use cases of finished cards. Thread-safe; nothing here touches the machine."""

    def __init__(self, bench: Workbench, desk: DeskService) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._desk = desk

    # -- into the store, and looking -------------------------------------------------------------

    def receive(self, new: NewCard, actor: str) -> FinishedCard:
        """入库: take a finished card into custody.

        Raises:
            InputError: Neither order nor reading, or what was typed is wrong.
            IdNumberError: The holder's number is wrong.
            OrderNotFoundError: There is no such order.
            StepNotAllowedError: The order has made no card yet.
            OrderConflictError: The card is in custody already.
        """
        owner = self._owner_of(new)
        with self._journal.transaction(actor) as change:
            (card,) = change.apply(ReceiveFinishedCard(owner, new.shelf, new.order or None))
        return self.card(card)

    def _owner_of(self, new: NewCard) -> CardOwner:
        if new.order:
            record = self._journal.orders.one(new.order)
            if record.step not in MADE or record.data is None:
                raise StepNotAllowedError(
                    "the order has made no card", details={"step": record.step.value}
                )
            chip = record.data.chip
            return CardOwner(chip.AAC002, chip.AAC003, chip.AAZ500, record.data.bank_name)
        if new.AAZ501:
            read = self._desk.read_lately(new.AAZ501)
            if read is None:
                raise InputError("this card was not read lately")
            return CardOwner(read.AAC002, read.AAC003, read.AAZ500, new.bank)
        number = card_number_of(new.card_number)
        if not new.name.strip():
            raise InputError("the holder's name is missing")
        return CardOwner(parse_id_number(new.id_number), new.name.strip(), number, new.bank)

    def card(self, card: int) -> FinishedCard:
        """Return one card.

        Raises:
            CardNotFoundError: There is none with this number.
        """
        found = self._journal.custody.cards((card,))
        if not found:
            raise CardNotFoundError(f"no finished card {card}")
        return found[0]

    def find(self, wanted: CustodySearch, limit: int) -> list[FinishedCard]:
        """发卡记录查询: return cards, the one that moved last first.

        Raises:
            InputError: Nothing is given to look for, or the card number is wrong.
            IdNumberError: The number is wrong.
        """
        custody = self._journal.custody
        if wanted.card_number:
            found = custody.of_card(card_number_of(wanted.card_number))
            return [found] if found else []
        if wanted.id_number:
            return custody.of_person(parse_id_number(wanted.id_number), limit)
        if wanted.unit:
            return custody.of_unit(wanted.unit, limit)
        if wanted.place is None:
            raise InputError("name a card, a person, a unit or a place")
        return custody.at(wanted.place, limit)

    def moves(self, card: int) -> list[CustodyMove]:
        """Return what was done with a card, oldest first: who gave it to whom, on which paper.

        Raises:
            CardNotFoundError: There is none with this number.
        """
        return self._journal.custody.moves(self.card(card).id)

    # -- acts ------------------------------------------------------------------------------------

    def act(self, wish: CustodyWish, actor: str) -> CustodyDocument:
        """Carry out one act on cards, all or none; returns its paper.

        Raises:
            InputError: No card, too many, or what the act needs is missing.
            NotACollectorError: The unit has collectors, and this is none of them.
            CardNotFoundError: There is no such card.
            StepNotAllowedError: A card is somewhere else.
        """
        if wish.act not in ASKED_FOR:
            raise InputError(f"{wish.act.value} follows from another act")
        wish = _by_collector(self._journal, wish)
        _check(wish)
        unit_name = wish.unit_name or self._journal.custody.unit_name(wish.unit)
        if wish.act in TO_UNITS and not unit_name:
            raise InputError("the name of the unit is missing")
        waits = wish.act is A.REQUEST
        state = DocumentState.REQUESTED if waits else DocumentState.DONE
        with self._journal.transaction(actor) as change:
            cards = self._cards(wish.cards)
            paper = AddCustodyDocument(wish.act, state, wish.unit, unit_name, wish.contact)
            (document,) = change.apply(paper)
            for card in cards:
                change.apply(self._move(card, wish, unit_name, document))
        return self.document(document)

    def _cards(self, ids: Collection[int]) -> list[FinishedCard]:
        found = self._journal.custody.cards(ids)
        if len(found) != len(ids):
            raise CardNotFoundError("one of the finished cards does not exist")
        return found

    def _move(self, card: FinishedCard, wish: CustodyWish, unit_name: str, document: int) -> Change:
        if wish.act is A.UNDO:
            return self._take_back(card, document)
        act = A.GIVE_AGAIN if wish.act is A.GIVE_PERSON and card.returned else wish.act
        place = after(act, card.place)
        to_unit = wish.act in TO_UNITS
        shelf = {A.RETURN: wish.shelf, A.REQUEST: card.shelf}.get(wish.act, "")
        return MoveFinishedCard(
            card.id,
            act,
            card.place,
            place,
            unit=wish.unit if to_unit else "",
            unit_name=unit_name if to_unit else "",
            shelf=shelf,
            document=document,
            returned=card.returned or act is A.RETURN,
        )

    def _take_back(self, card: FinishedCard, document: int) -> Change:
        done = [one for one in self.moves(card.id) if not one.undone and one.act is not A.UNDO]
        last = undone(done[-1] if done else None)
        earlier = done[-2] if len(done) > 1 else None
        unit = earlier.unit if earlier else ""
        return MoveFinishedCard(
            card.id,
            A.UNDO,
            last.after,
            last.before or CustodyPlace.STORE,
            unit=unit,
            unit_name=self._unit_name(earlier),
            shelf=earlier.shelf if earlier else "",
            document=document,
            returned=any(one.act is A.RETURN for one in done[:-1]),
            undoes=last.id,
        )

    def _unit_name(self, move: CustodyMove | None) -> str:
        if move is None or move.document is None or not move.unit:
            return ""
        paper = self._journal.custody.document(move.document)
        return paper.unit_name if paper else ""

    # -- papers ----------------------------------------------------------------------------------

    def document(self, document: int) -> CustodyDocument:
        """Return one paper.

        Raises:
            CardNotFoundError: There is none with this number.
        """
        found = self._journal.custody.document(document)
        if found is None:
            raise CardNotFoundError(f"no custody document {document}")
        return found

    def documents(self, limit: int) -> list[CustodyDocument]:
        """Return the last papers, newest first."""
        return self._journal.custody.documents(limit)

    def decide(self, document: int, actor: str, *, approved: bool) -> CustodyDocument:
        """交接处理: approve or refuse an application; approved, the cards go to the other office.

        Raises:
            CardNotFoundError: There is no such paper.
            StepNotAllowedError: It waits for no decision, or was decided the other way.
            WitnessNeededError: Whoever has applied can't decide.
        """
        state = DocumentState.DONE if approved else DocumentState.REFUSED
        with self._journal.transaction(actor) as change:
            paper = self.document(document)
            if paper.act is A.REQUEST and paper.state is state:
                return paper
            if paper.state is not DocumentState.REQUESTED:
                raise StepNotAllowedError(
                    "this paper waits for no decision", code="custody-not-possible"
                )
            if paper.actor == actor:
                raise WitnessNeededError("another person decides on an application")
            change.apply(DecideDocument(document, state))
            act = A.APPROVE if approved else A.REFUSE
            for card in self._journal.custody.on_document(document):
                if card.place is not CustodyPlace.REQUESTED or card.document != document:
                    continue  # its application was taken back
                change.apply(
                    MoveFinishedCard(
                        card.id,
                        act,
                        card.place,
                        after(act, card.place),
                        unit=paper.unit if approved else "",
                        unit_name=paper.unit_name if approved else "",
                        shelf="" if approved else card.shelf,
                        document=document,
                        returned=card.returned,
                    )
                )
        return self.document(document)

    def note_distribution(
        self, document: int, distributed: int, came_back: int, actor: str
    ) -> CustodyDocument:
        """回执管理: record what a unit has given to its people and what it has brought back.

        Raises:
            CardNotFoundError: There is no such paper.
            StepNotAllowedError: The paper is not a unit's, or nothing was handed over.
            InputError: More cards than are on the paper.
        """
        with self._journal.transaction(actor) as change:
            paper = self.document(document)
            if paper.act not in TO_UNITS or paper.state is not DocumentState.DONE:
                raise StepNotAllowedError(
                    "only what was handed to a unit has a receipt", code="custody-not-possible"
                )
            cards = len(self._journal.custody.on_document(document))
            if min(distributed, came_back) < 0 or distributed + came_back > cards:
                raise InputError("more cards than are on the paper")
            if (paper.distributed, paper.came_back) != (distributed, came_back):
                change.apply(NoteDistribution(document, distributed, came_back))
        return self.document(document)

    def list_pdf(self, document: int) -> bytes:
        """Return the list of a paper as PDF, for the other side to sign.

        Raises:
            CardNotFoundError: There is no such paper.
        """
        paper = self.document(document)
        cards = self._journal.custody.on_document(document)
        return self._bench.equipment.papers.document(document_list(paper, cards))


def _by_collector(journal: Journal, wish: CustodyWish) -> CustodyWish:
    """Return a 单位发卡 with what is known of the unit's collector; other acts as they are."""
    unit = journal.units.one(wish.unit) if wish.act is A.GIVE_UNIT else None
    if unit is None or not unit.collectors:
        return wish
    return dataclasses.replace(wish, contact=_collector(unit.collectors, wish.contact))


def _collector(collectors: Sequence[Collector], given: Contact | None) -> Contact | None:
    if given is None or not given.name.strip():
        (one, *others) = collectors
        return given if others else Contact(one.name, one.number, one.phone)
    if given.agent:
        return given
    number = plain_text(given.number).replace(" ", "").upper()
    for one in collectors:
        if number == one.number or (not number and given.name.strip() == one.name):
            return Contact(one.name, one.number, given.phone or one.phone)
    raise NotACollectorError("none of the unit's collectors")


def _check(wish: CustodyWish) -> None:
    if not 0 < len(set(wish.cards)) == len(wish.cards) <= MOST_CARDS:
        raise InputError("no card, one of them twice, or too many")
    if wish.act in TO_UNITS and not wish.unit:
        raise InputError("the unit is missing")
    taken = wish.act in (A.REQUEST, A.GIVE_UNIT, A.GIVE_PERSON)
    if taken and (wish.contact is None or not wish.contact.name.strip()):
        raise InputError("who takes the cards is missing")
    if wish.act is A.GIVE_PERSON and wish.contact is not None:
        parse_id_number(wish.contact.number)
    if wish.act is A.RETURN and not wish.shelf.strip():
        raise InputError("the shelf is missing")


def card_number_of(typed: str) -> str:
    """Return a 卡号 that was typed.

    Raises:
        InputError: It has not the form of one.
    """
    number = "".join(plain_text(typed).split()).upper()
    if not has_form("AAZ500", number):
        raise InputError("this is no card number")
    return number
