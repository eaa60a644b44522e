"""What a button of the pages sends: the fields of the forms, each button those that it needs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from pydantic import BaseModel, ConfigDict, Field

from station.production.service import ProductionService

ACTOR: Final = "window"


class Pressed(BaseModel):
    """The fields of the forms."""

    model_config = ConfigDict(extra="ignore")

    order: str = ""
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
