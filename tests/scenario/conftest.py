"""One simulated window a module: real processes, its own pcscd, USB/IP, HTTP, a real database.

Nothing of a window is shared with another: modules, and whole clones of the project, run side by
side. Whoever spreads tests over processes keeps a module together (`--dist loadfile`), or it starts
its window once in each.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver.chrome.webdriver import WebDriver

from simulators.pcsc_service import pcsc_can_run, why_pcsc_cannot_run
from simulators.world import World, WorldOptions, running, wait_until
from tests.rigs import desk_window
from tests.rigs.browser import open_browser

SETTINGS: Mapping[str, Mapping[str, Any]] = desk_window.SETTINGS


def data_centre(folder: Path) -> Path:
    """Return where the data centre of a world keeps its keys, once it has made them."""
    return folder.with_name(f"{folder.name}-centre")


#: The fixtures that open a Chromium.
BROWSERS = frozenset({"browser", "screen", "clicked"})


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "scenario" in item.path.parts:
            item.add_marker(pytest.mark.stack)
            if BROWSERS & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    assert pcsc_can_run(), why_pcsc_cannot_run()
    folder = tmp_path_factory.mktemp("world")
    settings = {**SETTINGS, "data_centre": {"keys": str(data_centre(folder) / "data-centre.pem")}}
    options = WorldOptions(folder=folder, speed=0.0, seed=1, station_settings=settings)
    with running(options) as made:
        yield made


@pytest.fixture(scope="module")
def browser() -> Iterator[WebDriver]:
    with open_browser() as made:
        yield made


class Window:
    """What a clerk and an integrator can do, with short words."""

    def __init__(self, world: World, id_number: str) -> None:
        self.world = world
        self.id_number = id_number
        self.order = ""

    def accept(self, id_number: str | None = None) -> dict[str, Any]:
        answer = self.world.api("POST", "/orders", json={"id_number": id_number or self.id_number})
        assert answer.status_code == 201, answer.text
        self.order = answer.json()["id"]
        return dict(answer.json())

    def press(self, *steps: str, wait: float = 30.0) -> dict[str, Any]:
        view: dict[str, Any] = {}
        for step in steps:
            path = f"/orders/{self.order}/steps/{step}?wait={wait:g}"
            answer = self.world.api("POST", path)
            assert answer.is_success, answer.text
            view = answer.json()
        return view

    def run_to_release(self) -> dict[str, Any]:
        answer = self.world.api(
            "POST", f"/orders/{self.order}/run?wait=60", json={"approved": True}
        )
        assert answer.is_success, answer.text
        return dict(answer.json())

    def view(self) -> dict[str, Any]:
        return dict(self.world.api("GET", f"/orders/{self.order}").json())

    def events(self) -> list[dict[str, Any]]:
        return list(self.world.api("GET", f"/orders/{self.order}/events").json())

    def wait_for_step(self, step: str, seconds: float = 30.0) -> dict[str, Any]:
        return wait_until(
            lambda: view if (view := self.view())["step"] == step else None,
            seconds,
            f"step {step}",
        )

    def problem(self, view: dict[str, Any]) -> dict[str, Any]:
        """Return the problem, after checking that an operator can use it."""
        problem = view["problem"]
        assert problem is not None, view
        for part in ("title", "cause", "where", "remedy"):
            assert any("一" <= char <= "鿿" for char in problem[part]), (part, problem)
        return dict(problem)

    def totals(self) -> dict[str, int]:
        return dict(self.world.observer()["totals"])


_person = itertools.count()


@pytest.fixture
def window(world: World) -> Iterator[Window]:
    """A window with a person nobody has used yet; afterwards the machine is as good as new."""
    ready = world.people("ready")
    yield Window(world, ready[next(_person)]["id_number"])
    make_good(world)


def make_good(world: World) -> None:
    """Mend everything a test may have broken, and end its order."""
    for action in (
        "plug the printer cable in",
        "plug the reader cable in",
        "close the cover",
        "put a new ribbon in",
        "switch the power on",
        "empty the feeder",
    ):
        world.machine(action)
    world.machine("fill the feeder", count=10, bank_bin="622700")
    world.province("come back")
    world.province("behave")
    for order in world.api("GET", "/orders").json():
        if order["step"] in ("accepted", "data-ready", "approved", "fed"):
            world.api("POST", f"/orders/{order['id']}/cancel")
        elif order["step"] in ("encoded", "reported", "printed"):
            path = f"/orders/{order['id']}/run?wait=60"
            ended = world.api("POST", path, json={"approved": True}).json()
            assert ended["step"] == "released", ended
    if world.api("GET", "/station?check=true").json()["card_in_path"] is not None:
        world.api("POST", "/station/reject-left-card")
