"""成品卡: custody of finished cards, their papers, and 验卡."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path, Query, Response
from pydantic import Field, StrictBool, StrictInt

from station.api.batches import PlainText
from station.api.caller import Actor, Service
from station.api.models.custody import CardCheck, CustodyDocument, CustodyMove, FinishedCard
from station.api.models.sent import Sent
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.core import custody
from station.core.custody import CheckCause, CheckVerdict, CustodyAct, CustodyPlace
from station.core.limits import LARGEST_ID
from station.core.slips import PaperSize
from station.production.services.card_checks import CheckWish
from station.production.services.custody import (
    MOST_CARDS,
    CustodySearch,
    CustodyWish,
    NewCard,
)
from station.words import text

router = OperationRouter("custody", "/custody")

PDF: Final = "application/pdf"
CardId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number in the ledger of custody.")]
DocumentId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the paper.")]
CheckId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Number of the check.")]
Limit = Annotated[int, Query(ge=1, le=MOST_CARDS, description="At most this many.")]
Unit = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{0,32}$", description=text("api.unit"))]
Chip = Annotated[str, Field(pattern=r"^([0-9A-F]{32})?$", description=text("api.desk-card-id"))]
Name = Annotated[PlainText, Field(max_length=64, repr=False)]
Number = Annotated[str, Field(max_length=40, repr=False)]
Shelf = Annotated[PlainText, Field(max_length=32, description="Place on the shelves.")]


class CardIn(Sent):
    """A finished card: made here (`order`), read at the desk (`AAZ501`), or typed."""

    order: str = Field(default="", pattern=r"^([0-9a-f]{32})?$")
    AAZ501: Chip = ""
    id_number: Number = ""
    name: Name = ""
    card_number: Number = ""
    bank: Annotated[PlainText, Field(max_length=60)] = ""
    shelf: Shelf = ""


class CardSearch(Sent):
    """How cards are looked for; the first one that is given counts."""

    card_number: Number = ""
    id_number: Number = ""
    unit: Unit = ""
    place: CustodyPlace | None = None


class Taker(Sent):
    """Who takes the cards."""

    name: Name
    number: Number = ""
    phone: Annotated[str, Field(pattern=r"^[0-9+ -]{0,20}$", repr=False)] = ""
    agent: StrictBool = Field(default=False, description="Whether it is not the holder.")


class ActOnCards(Sent):
    """One act on several cards; what it needs besides depends on the act."""

    cards: list[Annotated[StrictInt, Field(ge=1, le=LARGEST_ID)]] = Field(
        min_length=1, max_length=MOST_CARDS
    )
    unit: Unit = ""
    unit_name: Annotated[PlainText, Field(max_length=120)] = ""
    contact: Taker | None = None
    shelf: Shelf = ""


class HandOverDecision(Sent):
    """审核通过, or not."""

    approved: StrictBool


class Distribution(Sent):
    """回执: what a unit has done with its cards."""

    distributed: StrictInt = Field(ge=0, le=MOST_CARDS)
    came_back: StrictInt = Field(default=0, ge=0, le=MOST_CARDS)


class BroughtCard(Sent):
    """A card that was brought back: read at the desk (`AAZ501`), or by its number (手动验卡)."""

    cause: CheckCause
    verdict: CheckVerdict
    AAZ501: Chip = ""
    card_number: Number = ""


def pdf(content: bytes) -> Response:
    """Return a PDF that no cache keeps."""
    return Response(content, media_type=PDF, headers={"Cache-Control": "private, no-store"})


@router.post("/cards", status_code=201, summary=text("api.custody-receive"))
def receive_card(body: CardIn, service: Service, actor: Actor, once: OnceCalled) -> FinishedCard:
    """Cards that were made elsewhere too: by reading them, or typed."""
    new = NewCard(**body.model_dump())
    return once.run(
        lambda: FinishedCard.shown(service.custody.receive(new, actor)),
        lambda made: FinishedCard.shown(service.custody.card(int(made))),
        made=lambda card: str(card.id),
    )


@router.post("/search", summary=text("api.custody-find"))
def find_cards(body: CardSearch, service: Service, limit: Limit = 100) -> list[FinishedCard]:
    """By card, person, unit or place; changes nothing, and takes no `Idempotency-Key`."""
    wanted = CustodySearch(body.card_number, body.id_number, body.unit, body.place)
    return [FinishedCard.shown(card) for card in service.custody.find(wanted, limit)]


@router.get("/cards/{card}/moves", summary=text("api.custody-moves"))
def list_moves(card: CardId, service: Service) -> list[CustodyMove]:
    """Who gave it to whom, when, and on which paper; oldest first."""
    return [CustodyMove.of(move) for move in service.custody.moves(card)]


@router.post("/acts/{custody_act}", status_code=201, summary=text("api.custody-act"))
def act_on_cards(
    custody_act: CustodyAct, body: ActOnCards, service: Service, actor: Actor, once: OnceCalled
) -> CustodyDocument:
    """All of the cards, or none. `request` waits for the decision of another person."""
    contact = None if body.contact is None else custody.Contact(**body.contact.model_dump())
    wish = CustodyWish(
        custody_act, tuple(body.cards), body.unit, body.unit_name, contact, body.shelf
    )
    return once.run(
        lambda: CustodyDocument.shown(service.custody.act(wish, actor)),
        lambda made: CustodyDocument.shown(service.custody.document(int(made))),
        made=lambda paper: str(paper.id),
    )


@router.get("/documents", summary=text("api.custody-documents"))
def list_documents(service: Service, limit: Limit = 50) -> list[CustodyDocument]:
    """Newest first."""
    return [CustodyDocument.shown(paper) for paper in service.custody.documents(limit)]


@router.post("/documents/{document}/decision", summary=text("api.custody-decide"))
def decide(
    document: DocumentId, body: HandOverDecision, service: Service, actor: Actor, once: OnceCalled
) -> CustodyDocument:
    """By another person than the one who applied."""

    def decided(_: str = "") -> CustodyDocument:
        found = service.custody.decide(document, actor, approved=body.approved)
        return CustodyDocument.shown(found)

    return once.run(decided, decided)


@router.post("/documents/{document}/distribution", summary=text("api.custody-receipt"))
def note_distribution(
    document: DocumentId, body: Distribution, service: Service, actor: Actor, once: OnceCalled
) -> CustodyDocument:
    """Of a unit or office; a later one takes the place of an earlier one."""

    def noted(_: str = "") -> CustodyDocument:
        found = service.custody.note_distribution(document, body.distributed, body.came_back, actor)
        return CustodyDocument.shown(found)

    return once.run(noted, noted)


@router.get(
    "/documents/{document}/list.pdf",
    summary=text("api.custody-list"),
    response_class=Response,
    responses={200: {"content": {PDF: {}}}},
)
def get_list(document: DocumentId, service: Service) -> Response:
    """With the cards of the paper, for the other side to sign."""
    return pdf(service.custody.list_pdf(document))


@router.post("/checks", status_code=201, summary=text("api.check-card"))
def check_card(body: BroughtCard, service: Service, actor: Actor, once: OnceCalled) -> CardCheck:
    """The verdict is kept, and its receipt can be printed."""
    wish = CheckWish(body.cause, body.verdict, body.AAZ501, body.card_number)
    return once.run(
        lambda: CardCheck.shown(service.card_checks.check(wish, actor)),
        lambda made: CardCheck.shown(service.card_checks.one_check(int(made))),
        made=lambda check: str(check.id),
    )


@router.get("/checks", summary=text("api.list-checks"))
def list_checks(service: Service, limit: Limit = 50) -> list[CardCheck]:
    """Newest first."""
    return [CardCheck.shown(check) for check in service.card_checks.checks(limit)]


@router.get(
    "/checks/{check_id}/receipt.pdf",
    summary=text("api.check-receipt"),
    response_class=Response,
    responses={200: {"content": {PDF: {}}}},
)
def get_check_receipt(
    check_id: CheckId, service: Service, paper: PaperSize = PaperSize.RECEIPT
) -> Response:
    """On a roll or A4, until its personal data is erased."""
    return pdf(service.card_checks.check_receipt(check_id, paper))
