"""Units: who applies for cards, its bank, and who collects them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path
from pydantic import Field, StrictBool

from station.api.batches import PlainText
from station.api.caller import Actor, Batches
from station.api.models.batches import UnitView
from station.api.models.sent import Sent
from station.api.once import OnceCalled
from station.api.routing import OperationRouter
from station.core.units import MOST_COLLECTORS, Collector, Unit
from station.words import text

router = OperationRouter("batches", "/units")

UnitNumber = Annotated[str, Path(pattern=r"^[0-9A-Za-z-]{1,32}$", description=text("api.unit"))]
Code = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{0,16}$")]


class CollectorBody(Sent):
    """Who collects the cards of a unit."""

    number: str = Field(min_length=15, max_length=40, repr=False)
    name: Annotated[PlainText, Field(min_length=1, max_length=50, repr=False)]
    phone: str = Field(pattern=r"^[0-9 +-]{3,20}$", repr=False)


class UnitBody(Sent):
    """What is known of a unit."""

    name: Annotated[PlainText, Field(min_length=1, max_length=100)]
    AAE008: Code = ""
    branch: Code = ""
    branch_name: Annotated[PlainText, Field(max_length=100)] = ""
    fixed: StrictBool = Field(
        default=False, description="Bank and branch are confirmed: they keep their values."
    )
    collectors: list[CollectorBody] = Field(default=[], max_length=MOST_COLLECTORS)


@router.get("", summary=text("api.units"))
def list_units(batches: Batches) -> list[UnitView]:
    """By number, with the collectors."""
    return [UnitView.of(one) for one in batches.units.all()]


@router.get("/{unit}", summary="One unit")
def get_unit(unit: UnitNumber, batches: Batches) -> UnitView:
    """With its collectors."""
    return UnitView.of(batches.units.one(unit))


@router.post("/{unit}", summary=text("api.put-unit"))
def put_unit(
    unit: UnitNumber, body: UnitBody, batches: Batches, actor: Actor, once: OnceCalled
) -> UnitView:
    """Bank and branch keep their values once they are fixed; the collectors are replaced."""
    collectors = tuple(Collector(one.number, one.name, one.phone) for one in body.collectors)
    wish = Unit(unit, body.name, body.AAE008, body.branch, body.branch_name, body.fixed, collectors)

    def put(_: str = "") -> UnitView:
        return UnitView.of(batches.units.put(wish, actor))

    return once.run(put, put)
