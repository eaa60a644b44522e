"""What a button of the pages sends: the fields of the forms, each button those that it needs."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr

from station.core.errors import InputError
from station.core.ledger import Counted
from station.core.limits import LARGEST_ID, LONGEST_REQUEST, PERSON_NAME
from station.core.people import Approval
from station.production.services.service import ProductionService


class Pressed(BaseModel):
    """The fields of the forms.

    Attributes:
        page: `operator` or `diagnostics`: where the button was.
        order: The order that was on the screen.
        revision: Its revision, as the page showed it.
        confirmed: What the person has confirmed; see `station.ui.confirmations`.
        approver: The second person, who types name and password into the question's dialog.
        approver_pin: Instead of those: the PIN of that person's card in the reader.

    Who presses is not a field: it comes from the session, by `by`.
    """

    model_config = ConfigDict(extra="ignore")

    page: str = ""
    order: str = ""
    revision: str = ""
    confirmed: str = ""
    id_number: str = ""
    answer: str = ""
    approver: str = ""
    approver_password: str = Field(default="", repr=False, max_length=128)
    approver_pin: str = Field(default="", repr=False, max_length=16)
    reprint: str = ""
    request: str = ""
    move: str = ""
    count: str = ""
    drawer: str = ""
    feeder: str = ""
    card: str = ""
    found: str = ""
    token: str = ""
    agent_name: str = ""
    agent_number: str = ""
    service: str = ""
    last_try: str = ""
    application: str = ""
    bank: str = ""
    fee: str = ""
    old_card: str = ""
    repair: str = ""
    step: str = ""
    counted_bank: list[str] = Field(default_factory=list, max_length=100)
    counted_blanks: list[str] = Field(default_factory=list, max_length=100)
    _actor: str = PrivateAttr(default="")
    _approval: Approval | None = PrivateAttr(default=None)

    def by(self, actor: str) -> Self:
        """Note who is logged in; returns the same press."""
        self._actor = actor
        return self

    @property
    def actor(self) -> str:
        """Who presses, by the session."""
        return self._actor

    def agree(self, approval: Approval) -> None:
        """Note the second person's agreement, after the proof."""
        self._approval = approval

    @property
    def approval(self) -> Approval | None:
        """The second person's agreement; None when nobody was asked."""
        return self._approval

    @property
    def carried(self) -> tuple[tuple[str, str], ...]:
        """The fields that a question's dialog sends again; never a second person's credential."""
        sent: dict[str, str | list[str]] = self.model_dump(
            exclude_defaults=True,
            exclude={"confirmed", "approver", "approver_password", "approver_pin"},
        )
        each = ((name, [told] if isinstance(told, str) else told) for name, told in sent.items())
        return tuple((name, one) for name, several in each for one in several)


Action = Callable[[ProductionService, Pressed], str]  #: returns the order to show


def number_from(text: str) -> int:
    """Return the number that was typed.

    Raises:
        InputError: It is not one.
    """
    try:
        number = int(text.strip() if text.strip().isdecimal() else "")
    except ValueError as exc:  # also more digits than Python reads
        raise InputError("this is not a number") from exc
    if number > LARGEST_ID:
        raise InputError("no number is so large")
    return number


def counted_from(pressed: Pressed) -> Counted:
    """Return what was typed: in all, and of each bank in the drawer, where that was counted.

    Raises:
        InputError: One of them is not a number, or has no bank.
    """
    if len(pressed.counted_bank) != len(pressed.counted_blanks):
        raise InputError("a count without its bank")
    typed = zip(pressed.counted_bank, pressed.counted_blanks, strict=True)
    banks = {bank: number_from(blanks) for bank, blanks in typed if blanks.strip()}
    return Counted(number_from(pressed.drawer), number_from(pressed.feeder), banks)


def name_from(text: str) -> str:
    """Return the name of a person that was typed; empty when nothing was.

    Raises:
        InputError: The API would not take it for a name.
    """
    name = text.strip()
    if name and not re.fullmatch(PERSON_NAME, name):
        raise InputError("this is not the name of a person")
    return name


def request_from(text: str) -> str:
    """Return the name of the request that a form carries, so that it is done once.

    Raises:
        InputError: It has none, or one that is too long.
    """
    if not 0 < len(text) <= LONGEST_REQUEST:
        raise InputError("the form does not name its request")
    return text
