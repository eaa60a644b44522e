"""What the API answers with are models of its own: no record of the core or the journal leaves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import typing
from collections.abc import Iterator
from typing import Any, Final, get_type_hints

import pytest
from fastapi import APIRouter
from fastapi.routing import APIRoute
from pydantic import BaseModel

from station.api import desk, events, ledger, orders, station, write_backs
from station.api.models.desk import DeskCardView, IdentityView, IdReaderView, PinDone
from station.api.models.events import EventRecord
from station.api.models.ledger import CardRecord, ClosedShift, ShiftReport
from station.api.models.orders import OrderSummary, OrderView
from station.api.models.shown import Shown
from station.api.models.station import StationView
from station.api.models.write_backs import ExportedReports, TakenReceipts, WriteBackRecord
from station.core import ledger as core_ledger
from station.core import orders as core_orders
from station.production.desk import views as desk_views
from station.production.services import offline
from station.production.views import orders as views

ROUTERS: Final[tuple[APIRouter, ...]] = (
    desk.router, events.router, ledger.router, orders.router, station.router,
    write_backs.router,
)  # fmt: skip
#: What is shown, and the record inside that it is made of.
MADE_OF: Final[dict[type[Shown], type]] = {
    CardRecord: core_orders.CardRecord,
    DeskCardView: desk_views.DeskCardView,
    IdentityView: desk_views.IdentityView,
    IdReaderView: desk_views.IdReaderView,
    PinDone: desk_views.PinDone,
    ClosedShift: core_ledger.ClosedShift,
    EventRecord: core_orders.EventRecord,
    ExportedReports: offline.ExportedReports,
    OrderSummary: views.OrderSummary,
    OrderView: views.OrderView,
    ShiftReport: core_ledger.ShiftReport,
    StationView: views.StationView,
    TakenReceipts: offline.TakenReceipts,
    WriteBackRecord: core_orders.WriteBackRecord,
}


def answered() -> Iterator[tuple[str, Any]]:
    """Return what each route answers with, as its own annotation says."""
    for router in ROUTERS:
        for route in router.routes:
            if isinstance(route, APIRoute):
                yield route.path, get_type_hints(route.endpoint)["return"]


def inside(kind: Any) -> Iterator[type]:  # noqa: ANN401 - a typing form
    """Return every class that a type is made of."""
    for part in typing.get_args(kind):
        yield from inside(part)
    if not isinstance(kind, type):
        return
    yield kind
    if issubclass(kind, BaseModel):
        for field in kind.model_fields.values():
            yield from inside(field.annotation)


def test_every_answer_is_made_of_the_apis_own_models() -> None:
    found = {kind for _, returned in answered() for kind in inside(returned)}
    assert set(MADE_OF) <= found
    foreign = [
        kind
        for kind in found
        if kind.__module__.startswith("station.")
        and not kind.__module__.startswith("station.api.")
        and not issubclass(kind, enum.Enum)
    ]
    assert foreign == []
    assert not any(dataclasses.is_dataclass(kind) for kind in found)


@pytest.mark.parametrize("shown", MADE_OF, ids=lambda one: one.__name__)
def test_a_model_shows_fields_that_its_record_has(shown: type[Shown]) -> None:
    held = {field.name for field in dataclasses.fields(MADE_OF[shown])}
    assert set(shown.model_fields) <= held


def test_a_field_that_is_added_inside_does_not_show() -> None:
    @dataclasses.dataclass(frozen=True)
    class Longer(core_orders.EventRecord):
        note: str = "of the journal"

    event = Longer(1, "a", dt.datetime(2026, 1, 1, tzinfo=dt.UTC), "clerk", "moved", {}, "h")
    assert "of the journal" not in EventRecord.of(event).model_dump_json()
