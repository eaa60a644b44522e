"""Orders: accept, look at, press the steps, cancel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import Depends, Path, Query, Request, Response
from pydantic import Field, StrictBool

from station.access import table
from station.api.caller import Actor, SecondPerson, Service, TheCaller, TheDoors, proven
from station.api.models.events import EventRecord
from station.api.models.orders import OrderSummary, OrderView
from station.api.models.sent import Sent
from station.api.once import OnceCalled, OnceOrdered
from station.api.revisions import Seen, shown
from station.api.routing import OperationRouter, quick
from station.api.search import MOST_ON_A_PAGE, ORDER_ID, Day
from station.api.waiting import wait_for
from station.core.limits import LARGEST_ID
from station.core.orders import OrderKind, OrderReason, OrderSearch, OrderStep, Queue
from station.core.questions import AnswerKind
from station.core.reprints import ReprintReason
from station.production.intake.reception import OrderRequest
from station.production.intake.reprints import Reprint
from station.production.services.service import ProductionService
from station.words import text

router = OperationRouter("orders", "/orders")

OrderId = Annotated[str, Path(pattern=ORDER_ID, description="Order id.")]
Wait = Annotated[
    float,
    Query(
        ge=0,
        le=300,
        allow_inf_nan=False,
        description="Seconds to wait for the step to end; 0 answers at once. A wait ends with its"
        " client; few may wait at a time, and one more is answered at once: look at `step`.",
    ),
]


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts on an order, by which service, resting on which revision of it."""

    service: ProductionService
    actor: str
    seen: int | None


async def _act(service: Service, actor: Actor, seen: Seen) -> Act:
    return Act(service, actor, seen)


Asked = Annotated[Act, Depends(_act)]


class NewOrder(Sent):
    """What accepting an order needs."""

    id_number: str = Field(min_length=1, max_length=40, description=text("api.id-number"))
    reason: OrderReason = OrderReason.REPLACEMENT
    queue: Queue = Field(
        default=Queue.WINDOW,
        description="`batch` for a card that is made in advance: people at the window go first.",
    )


class RunRequest(Sent):
    """一键制卡."""

    approved: StrictBool = Field(
        default=False,
        description="Your person has compared picture, name and bank in a preview of yours.",
    )


class PhotoWaiver(Sent):
    """A supervisor's word for a picture that breaks soft rules."""

    approval: SecondPerson
    rules: list[str] | None = Field(
        default=None, description="Words of the rules, such as `background`; absent: all that wait."
    )


class PersonsAnswer(Sent):
    """One of the answers that the order's `question` offers."""

    answer: AnswerKind
    approval: SecondPerson | None = None


class NewReprint(Sent):
    """补打卡面, 重写芯片, a remake, or 临时卡重写."""

    kind: Literal["face-only", "chip-only", "full", "temporary-again"]
    reason: ReprintReason
    approval: SecondPerson | None = None


@router.post("", status_code=201, summary=text("api.create"))
@quick
def create_order(
    body: NewOrder, service: Service, actor: Actor, once: OnceOrdered, response: Response
) -> OrderView:
    """The same Idempotency-Key gives the same order. One open order per person."""
    request = OrderRequest(body.id_number, body.reason, once.key, queue=body.queue)
    made = service.orders.accept(request, actor)
    return shown(service, made, response)


@router.get("", summary="Newest orders")
@quick
def list_orders(
    service: Service,
    limit: Annotated[int, Query(ge=1, le=MOST_ON_A_PAGE)] = 50,
    before: Annotated[str | None, Query(pattern=ORDER_ID)] = None,
    step: OrderStep | None = None,
    kind: OrderKind | None = None,
    day: Day | None = None,
) -> list[OrderSummary]:
    """Newest first, numbers masked; `before` is the last id of the page before.

    `step`, `kind` and `day` (of the acceptance, where the station is) narrow it. A person's orders
    are found by `POST /order-search`: a number never stands in an address.
    """
    wanted = OrderSearch(day=day, kind=kind, step=step)
    return [OrderSummary.of(line) for line in service.orders.recent(limit, before, wanted)]


@router.get("/{order}", summary="One order")
@quick
def get_order(order: OrderId, service: Service, caller: TheCaller, response: Response) -> OrderView:
    """Where it stands, whom it is for, what stands in the way; its revision in `ETag`.

    Name and numbers are masked for whoever makes no cards: technicians, auditors, the city's
    overview.
    """
    view = shown(service, order, response)
    return view if table.may(caller.roles, table.PERSON_IN_FULL) else view.masked()


@router.get("/{order}/events", summary="The history of one order")
@quick
def get_events(
    order: OrderId, service: Service, after: Annotated[int, Query(ge=0, le=LARGEST_ID)] = 0
) -> list[EventRecord]:
    """Oldest first."""
    return [EventRecord.of(event) for event in service.events_after(after, order=order)]


@router.get(
    "/{order}/preview/{side}.png",
    summary=text("api.preview"),
    response_class=Response,
    responses={200: {"content": {"image/png": {}}}},
)
def get_preview(order: OrderId, side: Literal["front", "back"], service: Service) -> Response:
    """Drawn from the very planes that will be printed."""
    return Response(
        service.papers.preview(order, side),
        media_type="image/png",
        headers={"Cache-Control": "private, no-store"},
    )


@router.post("/{order}/steps/{step}", summary="Press one button")
async def press_step(
    order: OrderId,
    step: OrderStep,
    request: Request,
    response: Response,
    asked: Asked,
    once: OnceCalled,
    wait: Wait = 0.0,
) -> OrderView:
    """Take the order to `step`, which must be the next one; done or running already is no error."""
    service = asked.service

    def press() -> None:
        with service.stepping.unchanged(order, asked.seen):
            service.orders.press(order, step, asked.actor)

    await run_sync(once.run, press, _nothing)
    if wait:
        await wait_for(service, request, order, step, wait)
    return await run_sync(shown, service, order, response)


@router.post("/{order}/run", summary=text("api.run"))
async def run_order(
    order: OrderId,
    body: RunRequest,
    request: Request,
    response: Response,
    asked: Asked,
    once: OnceCalled,
    wait: Wait = 0.0,
) -> OrderView:
    """Run every step up to 出卡; stops once for the comparison unless `approved`."""
    service = asked.service

    def run() -> OrderStep:
        with service.stepping.unchanged(order, asked.seen):
            return service.orders.run(order, asked.actor, approved=body.approved).step

    def as_it_is(_: str) -> OrderStep:
        return service.orders.one(order).step

    step = await run_sync(once.run, run, as_it_is)
    if wait and step is OrderStep.ACCEPTED:
        step = (await wait_for(service, request, order, OrderStep.DATA_READY, wait)).step
    if body.approved and step is OrderStep.DATA_READY:
        go_on = partial(service.orders.run, order, asked.actor, approved=True)
        step = (await run_sync(go_on)).step
    if wait and step is not OrderStep.DATA_READY:  # there it stops for a person
        await wait_for(service, request, order, OrderStep.RELEASED, wait)
    return await run_sync(shown, service, order, response)


@router.post("/{order}/reprints", status_code=201, summary=text("api.reprint"))
def reprint(
    order: OrderId,
    body: NewReprint,
    response: Response,
    asked: Asked,
    once: OnceOrdered,
    doors: TheDoors,
) -> OrderView:
    """A new order about this one's card.

    `chip-only` needs a supervisor; so does a remake of a card that went out, which spoils it.
    """
    service, kind, reason = asked.service, OrderKind(body.kind), body.reason
    approval = proven(doors, "reprint", asked.actor, body.approval)
    wish = Reprint(order, kind, reason, approval, once.key)
    with service.stepping.unchanged(order, None if once.known else asked.seen):
        made = service.orders.reprint(wish, asked.actor)
    return shown(service, made.id, response)


@router.get(
    "/{order}/slip.pdf",
    summary=text("api.slip"),
    response_class=Response,
    responses={200: {"content": {"application/pdf": {}}}},
)
def get_slip(order: OrderId, service: Service) -> Response:
    """For the holder of a card that was released inactive."""
    return Response(
        service.papers.slip(order),
        media_type="application/pdf",
        headers={"Cache-Control": "private, no-store"},
    )


@router.post("/{order}/cancel", summary=text("api.cancel"))
def cancel_order(order: OrderId, response: Response, asked: Asked, once: OnceCalled) -> OrderView:
    """Only while nothing irreversible has happened; an unharmed blank is given back."""

    def cancel() -> None:
        with asked.service.stepping.unchanged(order, asked.seen):
            asked.service.orders.cancel(order, asked.actor)

    once.run(cancel, _nothing)
    return shown(asked.service, order, response)


@router.post("/{order}/photo-waiver", summary=text("api.photo-waiver"))
def waive_photo_rules(
    order: OrderId,
    body: PhotoWaiver,
    response: Response,
    asked: Asked,
    once: OnceCalled,
    doors: TheDoors,
) -> OrderView:
    """Only soft rules; the picture stays as it is. Who let which rule pass is in the history."""

    def waive() -> None:
        approval = proven(doors, "photo-waiver", asked.actor, body.approval)
        with asked.service.stepping.unchanged(order, asked.seen):
            asked.service.orders.waive_photo_rules(order, approval, asked.actor, body.rules)

    once.run(waive, _nothing, repeatable=False)
    return shown(asked.service, order, response)


@router.post("/{order}/answer", summary="Answer the order's question")
def answer_question(
    order: OrderId,
    body: PersonsAnswer,
    response: Response,
    asked: Asked,
    once: OnceCalled,
    doors: TheDoors,
) -> OrderView:
    """Only one of the answers in `question.answers`; each says there what it will do."""

    def answer() -> None:
        approval = proven(doors, "answer", asked.actor, body.approval)
        with asked.service.stepping.unchanged(order, asked.seen):
            asked.service.orders.answer(order, body.answer, asked.actor, approval=approval)

    once.run(answer, _nothing, repeatable=False)
    return shown(asked.service, order, response)


def _nothing(made: str) -> None:
    """Look at nothing: the order is read afterwards in any case."""
    del made
