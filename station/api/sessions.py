"""Logging in as a person over the API, and pairing a web page of the province."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request
from pydantic import Field

from station.api.caller import TheCaller, TheDoors
from station.api.models.sent import Sent
from station.api.models.shown import Shown
from station.api.person_name import PersonName
from station.api.routing import OperationRouter
from station.core.errors import InputError
from station.core.people import Role
from station.words import text

router = OperationRouter("doors")


class Login(Sent):
    """An operator's name and password."""

    operator: PersonName
    password: str = Field(min_length=1, max_length=128, repr=False)


class CardLogin(Sent):
    """The PIN of an operator's card, which is in the station's reader."""

    pin: str = Field(min_length=1, max_length=16, repr=False)


class OpenedSession(Shown):
    """A session; send its token as `Authorization: Bearer`."""

    token: str = Field(repr=False)
    operator: str


class WhoIsCalling(Shown):
    """The caller, as the station knows it."""

    name: str = Field(description="What the history records.")
    roles: list[Role]
    means: str = Field(description="How the caller has shown who it is.")


class AskedPairing(Shown):
    """A page that waits for a person at the window."""

    id: str = Field(description="Ask with it whether the page is paired.")
    code: str = Field(description="Show it; the station shows the same one to the person.")


class PairedPage(Shown):
    """Whether a person has confirmed."""

    paired: bool
    token: str = Field(default="", repr=False, description="Given out once, with `paired`.")


@router.post("/session", status_code=201, summary=text("api.open-session"))
def open_session(body: Login, doors: TheDoors) -> OpenedSession:
    """After several failures under one name, the next try has to wait: 429 with `Retry-After`."""
    session = doors.log_in(body.operator, body.password)
    return OpenedSession(token=session.token, operator=session.operator)


@router.post("/session/card", status_code=201, summary=text("api.open-card-session"))
def open_card_session(body: CardLogin, doors: TheDoors) -> OpenedSession:
    """The card signs a new challenge with its PIV key. A wrong PIN uses up a try of the card."""
    session = doors.log_in_with_card(body.pin)
    return OpenedSession(token=session.token, operator=session.operator)


@router.get("/session", summary="Who is calling")
async def get_session(caller: TheCaller) -> WhoIsCalling:
    """Name, roles, and how the station knows."""
    return WhoIsCalling(name=caller.name, roles=sorted(caller.roles), means=caller.means.value)


@router.delete("/session", status_code=204, summary=text("api.close-session"))
def close_session(caller: TheCaller, doors: TheDoors) -> None:
    """Only for a caller who has logged in; a token of a program is revoked at the station."""
    if caller.session is None:
        raise InputError("there is no session to end")
    doors.sessions.close(caller.session.token)


@router.post("/pairings", status_code=201, summary=text("api.ask-pairing"))
def ask_for_pairing(request: Request, doors: TheDoors) -> AskedPairing:
    """Sent by the page's script: its browser adds the `Origin` that is paired."""
    asked = doors.clients.ask(request.headers.get("origin", ""))
    return AskedPairing(id=asked.id, code=asked.code)


@router.get("/pairings/{pairing}", summary="Has a person confirmed the page?")
def get_pairing(
    pairing: Annotated[str, Path(max_length=64)], request: Request, doors: TheDoors
) -> PairedPage:
    """Ask every few seconds, for at most five minutes. Send the token as a bearer token then."""
    token = doors.clients.collect(pairing, request.headers.get("origin", ""))
    return PairedPage(paired=bool(token), token=token)
