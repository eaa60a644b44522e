"""Orders: accept, look at, press the steps, cancel."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Literal

from anyio.to_thread import run_sync
from fastapi import APIRouter, Header, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from station.api.caller import Actor, Service
from station.api.models.events import EventRecord
from station.api.models.orders import OrderSummary, OrderView
from station.api.problem import PROBLEMS
from station.api.waiting import wait_for
from station.core.limits import LARGEST_ID, LONGEST_REQUEST, PERSON_NAME
from station.core.orders import OrderKind, OrderReason, OrderStep, Queue
from station.core.questions import AnswerKind
from station.core.reprints import ReprintReason
from station.production.intake.reprints import Reprint
from station.words import text

router = APIRouter(prefix="/orders", tags=["orders"], responses=PROBLEMS)

OrderId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="Order id.")]
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


class NewOrder(BaseModel):
    """What accepting an order needs."""

    model_config = ConfigDict(extra="forbid")

    id_number: str = Field(min_length=1, max_length=40, description=text("api.id-number"))
    reason: OrderReason = OrderReason.REPLACEMENT
    queue: Queue = Field(
        default=Queue.WINDOW,
        description="`batch` for a card that is made in advance: people at the window go first.",
    )


class RunRequest(BaseModel):
    """一键制卡."""

    model_config = ConfigDict(extra="forbid")

    approved: StrictBool = Field(
        default=False,
        description="Your person has compared picture, name and bank in a preview of yours.",
    )


class PhotoWaiver(BaseModel):
    """A supervisor's word for a picture that breaks soft rules."""

    model_config = ConfigDict(extra="forbid")

    approver: str = Field(
        pattern=f"^{PERSON_NAME}$",
        description="The supervisor who agrees, of `policies.supervisors`; not the one who asks.",
    )
    rules: list[str] | None = Field(
        default=None, description="Words of the rules, such as `background`; absent: all that wait."
    )


class PersonsAnswer(BaseModel):
    """One of the answers that the order's `question` offers."""

    model_config = ConfigDict(extra="forbid")

    answer: AnswerKind
    approver: str = Field(
        default="", pattern=f"^({PERSON_NAME})?$", description="The supervisor who agrees."
    )


class NewReprint(BaseModel):
    """补打卡面, 重写芯片 or a remake."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["face-only", "chip-only", "full"]
    reason: ReprintReason
    approver: str = Field(
        default="", pattern=f"^({PERSON_NAME})?$", description="The supervisor who agrees."
    )


@router.post("", status_code=201, summary=text("api.create"))
def create_order(
    body: NewOrder,
    service: Service,
    actor: Actor,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=LONGEST_REQUEST)] = None,
) -> OrderView:
    """The same Idempotency-Key gives the same order. One open order per person."""
    made = service.orders.create(
        body.id_number,
        body.reason,
        actor,
        idempotency_key=idempotency_key,
        queue=body.queue,
    )
    return OrderView.of(made)


@router.get("", summary="Newest orders")
def list_orders(
    service: Service,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
    before: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")] = None,
    step: OrderStep | None = None,
) -> list[OrderSummary]:
    """Newest first, numbers masked; `before` is the last id of the page before, `step` a filter."""
    return [OrderSummary.of(line) for line in service.orders.recent(limit, before, step)]


@router.get("/{order}", summary="One order")
def get_order(order: OrderId, service: Service) -> OrderView:
    """Where it stands, whom it is for, what stands in the way."""
    return OrderView.of(service.orders.one(order))


@router.get("/{order}/events", summary="The history of one order")
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
    service: Service,
    actor: Actor,
    wait: Wait = 0.0,
) -> OrderView:
    """Take the order to `step`, which must be the next one; done or running already is no error."""
    view = await run_sync(service.orders.press, order, step, actor)
    if wait:
        view = await wait_for(service, request, order, step, wait)
    return OrderView.of(view)


@router.post("/{order}/run", summary=text("api.run"))
async def run_order(
    order: OrderId,
    body: RunRequest,
    request: Request,
    service: Service,
    actor: Actor,
    wait: Wait = 0.0,
) -> OrderView:
    """Run every step up to 出卡; stops once for the comparison unless `approved`."""
    view = await run_sync(partial(service.orders.run, order, actor, approved=body.approved))
    if wait and view.step is OrderStep.ACCEPTED:
        view = await wait_for(service, request, order, OrderStep.DATA_READY, wait)
    if body.approved and view.step is OrderStep.DATA_READY:
        view = await run_sync(partial(service.orders.run, order, actor, approved=True))
    if not wait or view.step is OrderStep.DATA_READY:  # there it stops for a person
        return OrderView.of(view)
    return OrderView.of(await wait_for(service, request, order, OrderStep.RELEASED, wait))


@router.post("/{order}/reprints", status_code=201, summary=text("api.reprint"))
def reprint(
    order: OrderId,
    body: NewReprint,
    service: Service,
    actor: Actor,
    idempotency_key: Annotated[str | None, Header(min_length=1, max_length=LONGEST_REQUEST)] = None,
) -> OrderView:
    """A new order about this one's card.

    `chip-only` needs a supervisor; so does a remake of a card that went out, which spoils it.
    """
    kind, reason = OrderKind(body.kind), body.reason
    wish = Reprint(order, kind, reason, body.approver, idempotency_key)
    return OrderView.of(service.orders.reprint(wish, actor))


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
def cancel_order(order: OrderId, service: Service, actor: Actor) -> OrderView:
    """Only while nothing irreversible has happened; an unharmed blank is given back."""
    return OrderView.of(service.orders.cancel(order, actor))


@router.post("/{order}/photo-waiver", summary=text("api.photo-waiver"))
def waive_photo_rules(
    order: OrderId, body: PhotoWaiver, service: Service, actor: Actor
) -> OrderView:
    """Only soft rules; the picture stays as it is. Who let which rule pass is in the history."""
    return OrderView.of(service.orders.waive_photo_rules(order, body.approver, actor, body.rules))


@router.post("/{order}/answer", summary="Answer the order's question")
def answer_question(
    order: OrderId, body: PersonsAnswer, service: Service, actor: Actor
) -> OrderView:
    """Only one of the answers in `question.answers`; each says there what it will do."""
    return OrderView.of(service.orders.answer(order, body.answer, actor, approver=body.approver))
