"""One window with a desk for each module, and a desk that every test finds empty."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from simulators.world import World
from tests.rigs.window_with_desk import clear_desk, window_with_desk


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with window_with_desk(tmp_path_factory.mktemp("world")) as made:
        yield made


@pytest.fixture(scope="module")
def people(world: World) -> Iterator[dict[str, Any]]:
    """People whose card can be made, and whom no test has used yet."""
    return iter(world.people("ready"))


@pytest.fixture(autouse=True)
def empty_desk(world: World) -> Iterator[None]:
    yield
    clear_desk(world)


@pytest.fixture
def person(people: Iterator[dict[str, Any]]) -> dict[str, Any]:
    return next(people)
