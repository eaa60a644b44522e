"""Webhooks: who is told of the history, and what was not taken."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import Path
from pydantic import Field

from station.api.caller import Actor, Service
from station.api.models.sent import Sent
from station.api.models.webhooks import AddedWebhook, DeadLetter, WebhookRecord
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.core.limits import LARGEST_ID
from station.production.services.service import ProductionService

router = OperationRouter("webhooks", "/webhooks")
#: Apart from the names of receivers.
letters = OperationRouter("webhooks", "/dead-letters")

NAME: Final = r"^[A-Za-z0-9._-]{1,64}$"
Name = Annotated[str, Path(pattern=NAME, description="Name of the receiver.")]
LetterId = Annotated[int, Path(ge=1, le=LARGEST_ID, description="Id of the letter.")]


class NewWebhook(Sent):
    """Who is to be told."""

    name: str = Field(pattern=NAME)
    url: str = Field(
        min_length=1, max_length=512, description="`https`; `http` on this PC's loopback only."
    )


@router.get("", summary="Receivers of the history")
def list_webhooks(service: Service) -> list[WebhookRecord]:
    """Each with how far it has come."""
    return [WebhookRecord.of(one) for one in service.webhooks.all()]


@router.post("", status_code=201, summary="Add a receiver")
def add_webhook(body: NewWebhook, service: Service, actor: Actor, once: OnceCalled) -> AddedWebhook:
    """It is told what happens from now on. The events: see `webhooks` in this document."""

    def add() -> AddedWebhook:
        service.webhooks.add(body.name, body.url, actor)
        return _added(service, body.name)

    return once.run(add, lambda _: _added(service, body.name))


@router.delete("/{name}", status_code=204, summary="Remove a receiver")
def remove_webhook(name: Name, service: Service, actor: Actor) -> None:
    """It is sent nothing more; what it did not take is forgotten."""
    service.webhooks.remove(name, actor)


@letters.get("", summary="Events that a receiver has not taken in time")
def list_dead_letters(service: Service) -> list[DeadLetter]:
    """Newest first, at most 200, whatever became of them."""
    return [DeadLetter.of(one) for one in service.webhooks.letters()]


@letters.post("/{letter}/retry", summary="Send such an event again")
def retry_dead_letter(
    letter: LetterId, service: Service, actor: Actor, once: OnceCalled
) -> DeadLetter:
    """It is sent once more, now."""

    def send(_: str = "") -> DeadLetter:
        return DeadLetter.of(service.webhooks.send_again(letter, actor))

    return once.run(send, lambda _: DeadLetter.of(service.webhooks.letter(letter)))


def _added(service: ProductionService, name: str) -> AddedWebhook:
    return AddedWebhook(
        webhook=WebhookRecord.of(service.webhooks.one(name)), secret=service.webhooks.secret(name)
    )
