"""Where a request is worked on: only its route itself goes to a thread."""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from typing import Any

import pytest
from fastapi import APIRouter
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

import station.api
import station.ui
from station.api.routing import OperationRoute


def routes() -> Iterator[APIRoute]:
    for package in (station.api, station.ui):
        for found in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
            for router in vars(import_module(found.name)).values():
                if isinstance(router, APIRouter):
                    yield from (one for one in router.routes if isinstance(one, APIRoute))


def needed(dependant: Dependant) -> Iterator[Callable[..., Any]]:
    """Return what is called before the route, and what that needs."""
    for one in dependant.dependencies:
        assert one.call is not None
        yield one.call
        yield from needed(one)


def in_the_loop(call: Callable[..., Any]) -> bool:
    called = call if inspect.isroutine(call) else type(call).__call__
    return inspect.iscoroutinefunction(called) or inspect.isasyncgenfunction(called)


ROUTES = {f"{sorted(one.methods or ())} {one.path}": one for one in routes()}


@pytest.mark.parametrize("route", ROUTES)
def test_what_a_route_needs_is_found_without_a_thread(route: str) -> None:
    # FastAPI calls a plain function in a thread of its own: there and back for each one.
    slow = [call for call in needed(ROUTES[route].dependant) if not in_the_loop(call)]
    assert slow == []


def test_every_operation_is_worked_on_in_one_thread() -> None:
    operations = {name: route for name, route in ROUTES.items() if route.include_in_schema}
    assert len(operations) > 100
    others = [name for name, one in operations.items() if not isinstance(one, OperationRoute)]
    assert others == []
