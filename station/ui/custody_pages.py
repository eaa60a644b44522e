"""成品卡: the page of finished cards: look for them, act on them, papers, and 验卡. No script."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Form, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse

from station import __version__
from station.core.custody import (
    ASKED_FOR,
    TO_UNITS,
    CheckCause,
    CheckVerdict,
    Contact,
    CustodyAct,
    CustodyDocument,
    CustodyPlace,
    DocumentState,
    FinishedCard,
)
from station.core.errors import InputError, StationError
from station.production.services.card_checks import CheckWish
from station.production.services.custody import MOST_CARDS, CustodySearch, CustodyWish, NewCard
from station.production.services.persons import typed_search
from station.production.services.service import ProductionService
from station.production.views.custody import (
    ACT_TITLES,
    CAUSE_TITLES,
    HOW_TITLES,
    PLACE_TITLES,
    STATE_TITLES,
    VERDICT_TITLES,
    shown_owner,
    where_it_is,
)
from station.ui.custody_contents import CheckRow, CustodyChoice, CustodyPage, CustodyRow, PaperRow
from station.ui.doors_pages import panels_of
from station.ui.notices import Notice, refusal
from station.ui.pressed import number_from
from station.web import caller_of
from station.words import Table, text

router = APIRouter(prefix="/custody", include_in_schema=False)

SHORTEST_NUMBER: Final = 15  #: characters of a person's number, old form
SHOWN: Final = 20  #: papers and checks, newest first
T = TypeVar("T")


class CustodyForm(BaseModel):
    """The fields of the page's forms; each button sends those that it needs."""

    model_config = ConfigDict(extra="ignore")

    looked: str = Field(default="", max_length=40, repr=False)
    place: str = Field(default="", max_length=16)
    cards: list[str] = Field(default_factory=list, max_length=MOST_CARDS)
    act: str = Field(default="", max_length=16)
    unit: str = Field(default="", max_length=32)
    unit_name: str = Field(default="", max_length=120)
    taker: str = Field(default="", max_length=64, repr=False)
    taker_number: str = Field(default="", max_length=40, repr=False)
    taker_phone: str = Field(default="", max_length=20, repr=False)
    agent: str = Field(default="", max_length=3)
    shelf: str = Field(default="", max_length=32)
    document: str = Field(default="", max_length=20)
    approved: str = Field(default="", max_length=3)
    distributed: str = Field(default="", max_length=5)
    came_back: str = Field(default="", max_length=5)
    card_number: str = Field(default="", max_length=40, repr=False)
    id_number: str = Field(default="", max_length=40, repr=False)
    name: str = Field(default="", max_length=64, repr=False)
    bank: str = Field(default="", max_length=60)
    read: str = Field(default="", max_length=32)
    cause: str = Field(default="", max_length=16)
    verdict: str = Field(default="", max_length=16)


Sent = Annotated[CustodyForm, Form()]
#: Does what a button says; returns what was done, and the number of the paper it made.
Do = Callable[[ProductionService, str], tuple[str, int]]


@router.get("")
def custody_page(request: Request) -> HTMLResponse:
    """Show the papers and checks, and ask what to look for."""
    return _shown(request, CustodyForm())


@router.post("/find")
def find_cards(request: Request, sent: Sent) -> HTMLResponse:
    """发卡记录查询."""
    return _shown(request, sent)


@router.post("/receive")
def receive_card(request: Request, sent: Sent) -> HTMLResponse:
    """成品卡入库: the card that was read at the desk, or what was typed."""

    def do(service: ProductionService, actor: str) -> tuple[str, int]:
        typed = NewCard("", "", sent.id_number, sent.name, sent.card_number, sent.bank, sent.shelf)
        new = NewCard(AAZ501=sent.read, bank=sent.bank, shelf=sent.shelf) if sent.read else typed
        card = service.custody.receive(new, actor)
        return text("custody-page.received", card=card.id), 0

    return _pressed(request, sent, do)


@router.post("/act")
def act_on_cards(request: Request, sent: Sent) -> HTMLResponse:
    """One act on the cards that are marked."""

    def do(service: ProductionService, actor: str) -> tuple[str, int]:
        act = _one_of(CustodyAct, sent.act)
        cards = tuple(number_from(one) for one in sent.cards)
        agent = sent.agent == "yes"
        taker = Contact(sent.taker, sent.taker_number, sent.taker_phone, agent)
        contact = taker if act is CustodyAct.GIVE_PERSON or act in TO_UNITS else None
        wish = CustodyWish(act, cards, sent.unit, sent.unit_name, contact, sent.shelf)
        paper = service.custody.act(wish, actor)
        done = text("custody-page.acted", act=ACT_TITLES[act.value], cards=len(cards))
        return done, paper.id

    return _pressed(request, sent, do)


@router.post("/decide")
def decide(request: Request, sent: Sent) -> HTMLResponse:
    """交接处理."""

    def do(service: ProductionService, actor: str) -> tuple[str, int]:
        approved = sent.approved == "yes"
        paper = service.custody.decide(number_from(sent.document), actor, approved=approved)
        return STATE_TITLES[paper.state.value], paper.id

    return _pressed(request, sent, do)


@router.post("/distribution")
def note_distribution(request: Request, sent: Sent) -> HTMLResponse:
    """回执管理."""

    def do(service: ProductionService, actor: str) -> tuple[str, int]:
        paper = service.custody.note_distribution(
            number_from(sent.document),
            number_from(sent.distributed),
            number_from(sent.came_back or "0"),
            actor,
        )
        return text("custody-page.noted"), paper.id

    return _pressed(request, sent, do)


@router.post("/check")
def check_card(request: Request, sent: Sent) -> HTMLResponse:
    """回执验卡 of the card that was read at the desk; 手动验卡 by the number that was typed."""

    def do(service: ProductionService, actor: str) -> tuple[str, int]:
        cause, verdict = _one_of(CheckCause, sent.cause), _one_of(CheckVerdict, sent.verdict)
        by_number = "" if sent.read else sent.card_number
        check = service.card_checks.check(CheckWish(cause, verdict, sent.read, by_number), actor)
        return text("custody-page.checked", check=check.id), 0

    return _pressed(request, sent, do)


def _one_of(kind: Callable[[str], T], word: str) -> T:
    try:
        return kind(word)
    except ValueError as exc:
        raise InputError(f"there is no {word!r}") from exc


def _pressed(request: Request, sent: CustodyForm, do: Do) -> HTMLResponse:
    service = panels_of(request).service
    try:
        done, paper = do(service, caller_of(request).name)
    except StationError as exc:
        return _shown(request, sent, refusal(exc), status=exc.http_status)
    return _shown(request, sent, done=done, paper=paper)


def _shown(
    request: Request,
    sent: CustodyForm,
    notice: Notice | None = None,
    *,
    done: str = "",
    paper: int = 0,
    status: int = 200,
) -> HTMLResponse:
    panels = panels_of(request)
    service = panels.service
    try:
        rows = _found(service, sent)
    except StationError as exc:
        rows, notice = (), notice or refusal(exc)
    read = service.desk.last_card()
    page = CustodyPage(
        window=panels.window,
        version=__version__,
        notice=notice,
        looked=sent.looked,
        place=sent.place,
        done=done,
        paper=paper,
        read=read.AAZ501 if read else "",
        read_card=read.card_number_masked if read else "",
        places=_choices(PLACE_TITLES),
        acts=tuple(CustodyChoice(act.value, ACT_TITLES[act.value]) for act in ASKED_FOR),
        causes=_choices(CAUSE_TITLES),
        verdicts=_choices(VERDICT_TITLES),
        rows=rows,
        papers=tuple(_paper(one) for one in service.custody.documents(SHOWN)),
        checks=_checks(service),
    )
    return HTMLResponse(panels.page(page), status_code=status)


def _choices(titles: Table) -> tuple[CustodyChoice, ...]:
    return tuple(CustodyChoice(value, label) for value, label in titles.items())


def _found(service: ProductionService, sent: CustodyForm) -> tuple[CustodyRow, ...]:
    typed = sent.looked.strip()
    if typed:
        searches = _searches(typed)
    elif sent.place:
        searches = (CustodySearch(place=_one_of(CustodyPlace, sent.place)),)
    else:
        return ()
    found = (service.custody.find(wanted, MOST_CARDS) for wanted in searches)
    return tuple(_row(card) for card in next(filter(None, found), ()))


def _searches(typed: str) -> tuple[CustodySearch, ...]:
    """Return what the text may be, in this order: a card's number, a unit's, a person's."""
    by_unit = CustodySearch(unit=typed)
    if card := typed_search(typed).card_number:
        return CustodySearch(card_number=card), by_unit
    is_person = len(typed) >= SHORTEST_NUMBER
    return (CustodySearch(id_number=typed),) if is_person else (by_unit,)


def _row(card: FinishedCard) -> CustodyRow:
    name, number, card_number = shown_owner(card.owner)
    return CustodyRow(card.id, name, number, card_number, where_it_is(card), _time(card.updated_at))


def _paper(paper: CustodyDocument) -> PaperRow:
    done = paper.state is DocumentState.DONE
    return PaperRow(
        id=paper.id,
        act=ACT_TITLES[paper.act.value],
        unit=paper.unit_name or paper.unit,
        contact=paper.contact.name if paper.contact else "",
        state=_state(paper),
        at=_time(paper.at),
        waits=paper.state is DocumentState.REQUESTED,
        may_note=done and paper.act in TO_UNITS,
    )


def _state(paper: CustodyDocument) -> str:
    told = STATE_TITLES[paper.state.value]
    if paper.distributed is None:
        return told
    receipt = text(
        "custody-page.receipt", distributed=paper.distributed, came_back=paper.came_back or 0
    )
    return f"{told} {receipt}"


def _checks(service: ProductionService) -> tuple[CheckRow, ...]:
    rows = []
    for check in service.card_checks.checks(SHOWN):
        _, _, card_number = shown_owner(check.owner)
        told = (
            HOW_TITLES[check.how.value],
            CAUSE_TITLES[check.cause.value],
            VERDICT_TITLES[check.verdict.value],
        )
        rows.append(CheckRow(check.id, card_number, " ".join(told), _time(check.at)))
    return tuple(rows)


def _time(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%m-%d %H:%M")
