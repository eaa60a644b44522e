"""I8: no bank number, person or key in any log, error, event, exchange or page of a technician."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from simulators.world import PASSWORD, World, WorldOptions, running
from tests.scenario.conftest import SETTINGS, Window


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    options = WorldOptions(
        folder=tmp_path_factory.mktemp("secrets"),
        speed=0.0,
        log_level="debug",
        station_settings=SETTINGS,
    )
    with running(options) as made:
        yield made


def test_a_whole_order_at_debug_leaves_no_secret_anywhere(world: World) -> None:
    window = Window(world, world.person("ready")["id_number"])
    window.accept()
    window.press("data-ready", "approved", "fed")
    world.province("go down")
    window.press("encoded")
    world.province("come back")
    view = window.run_to_release()
    assert view["step"] == "released"
    refused = world.api("POST", "/orders", json={"id_number": "123456789012345678"})

    card = next(
        card for card in world.observer()["cards"] if card["card_id"] == view["chip"]["AAZ501"]
    )
    secrets = {
        "bank number": card["chip"]["bank_number"],
        "id number": view["holder"]["AAC002"],
        "name": view["holder"]["AAC003"],
        "password": PASSWORD,
    }
    technician = world.api("GET", "/station?check=true").text
    places = {
        "log": (world.folder / "station.log").read_text(encoding="utf-8"),
        "history": world.api("GET", f"/orders/{window.order}/events").text,
        "list of orders": world.api("GET", "/orders").text,
        "station state": technician,
        "write-backs": world.api("GET", "/write-backs").text,
        "refusal": refused.text,
        "settings": world.config.read_text(encoding="utf-8"),
    }
    assert "held" in places["log"], "the log must have seen the fault"
    for place, text in places.items():
        for what, secret in secrets.items():
            assert secret not in text, f"{what} in {place}"
    journal = b"".join(path.read_bytes() for path in (world.folder / "state").glob("journal.db*"))
    for what, secret in secrets.items():
        assert secret.encode() not in journal, f"{what} in the journal's file"
    assert card["chip"]["bank_number"] not in world.api("GET", f"/orders/{window.order}").text
