"""What a button of the pages sends: the fields of the forms, each button those that it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from station.core.errors import InputError
from station.core.limits import LARGEST_ID
from station.production.service import ProductionService

ACTOR: Final = "window"
MOST_DIGITS: Final = 20  #: one more than the largest number has


class Pressed(BaseModel):
    """The fields of the forms.

    Attributes:
        page: `operator` or `diagnostics`: where the button was.
        order: The order that was on the screen.
        revision: Its revision, as the page showed it.
        confirmed: What the person has confirmed; see `station.ui.confirmations`.
    """

    model_config = ConfigDict(extra="ignore")

    page: str = ""
    order: str = ""
    revision: str = ""
    confirmed: str = ""
    id_number: str = ""
    answer: str = ""
    approver: str = Field(default="", max_length=64)
    supervisor: str = Field(default="", max_length=64)
    reprint: str = ""
    request: str = Field(default="", max_length=128)
    move: str = ""
    count: str = ""
    drawer: str = ""
    feeder: str = ""
    card: str = ""
    operator: str = Field(default="", max_length=64)
    witness: str = Field(default="", max_length=64)
    found: str = ""


Action = Callable[[ProductionService, Pressed], str]  #: returns the order to show


def number_from(text: str) -> int:
    """Return the number that was typed.

    Raises:
        InputError: It is not one.
    """
    try:
        number = int(text[:MOST_DIGITS] if text.strip().isdecimal() else "")
    except ValueError as exc:
        raise InputError("this is not a number") from exc
    if number > LARGEST_ID:
        raise InputError("no number is so large")
    return number
