"""The clerk's desk as the API shows it. Numbers are masked where a person does not compare them."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from station.api.models.orders import Problem
from station.api.models.shown import Shown
from station.core.attendance import AttendanceRole, How, NameAgreement
from station.core.identity_cards import IdCardKind, OnReader


class IdCardView(Shown):
    """An ID card as it was read; `token` names the reading and is worthless after a while."""

    token: str
    kind: IdCardKind
    number: str = Field(repr=False)
    name: str = Field(repr=False)
    valid_until: dt.date | None = Field(description="Null: no last day.")
    module: str = Field(description="Id of the security module that read it.")
    read_at: dt.datetime
    problem: Problem | None


class IdReaderView(Shown):
    """The ID-card reader and the last card; `ok` is null before the first look."""

    configured: bool
    ok: bool | None
    on_reader: OnReader | None
    card: IdCardView | None
    problem: Problem | None


class AttendanceView(Shown):
    """Who stood at the window for an order; name and number are an agent's."""

    role: AttendanceRole
    how: How
    module: str
    name: str = Field(repr=False)
    number_masked: str
    agreement: NameAgreement
    at: dt.datetime
    actor: str


class IdentityView(Shown):
    """The people of one order, and what stands in the way."""

    people: tuple[AttendanceView, ...]
    problem: Problem | None


class DeskCardView(Shown):
    """A card in the desk's reader; `pin_tries` is 0 when its PIN is locked."""

    AAZ501: str
    AAZ508: str
    name: str = Field(repr=False)
    number_masked: str
    card_number_masked: str
    is_good: bool
    problems: tuple[str, ...]
    warnings: tuple[str, ...]
    pin_tries: int


class PinDone(Shown):
    """A PIN service that was carried out; `event` names its receipt."""

    service: str
    AAZ501: str
    at: dt.datetime
    event: int


class BlankTried(Shown):
    """What the desk's reader shows of a blank that was mute in the machine.

    Attributes:
        answers: Whether its chip answers there: then the blank is not the cause.
    """

    answers: bool
