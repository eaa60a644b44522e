"""Movements that broke off, over the real stacks: what is asked, and each honest way on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.scenario.conftest import Window


def question(view: dict[str, Any]) -> list[str]:
    return [one["answer"] for one in view["question"]["answers"]] if view["question"] else []


def answered(window: Window, said: str) -> dict[str, Any]:
    answer = window.world.api("POST", f"/orders/{window.order}/answer", json={"answer": said})
    assert answer.is_success, answer.text
    return dict(answer.json())


def rows(window: Window) -> list[tuple[str, str]]:
    found = window.world.api("GET", "/ledger/to-destroy").json()
    return [(row["reason"], row["place"]) for row in found if row["order"] == window.order]


def pressed_on(window: Window) -> dict[str, Any]:
    path = f"/orders/{window.order}/run?wait=60"
    return dict(window.world.api("POST", path, json={"approved": True}).json())


@pytest.mark.field_case("G2", "G5")
@pytest.mark.parametrize(
    ("said", "row"),
    [("discarded", ("card-damaged", "reject-bin")), ("lost", ("card-lost", "unknown"))],
)
def test_a_blank_that_jammed_in_the_feed_is_in_the_ledger(
    window: Window, said: str, row: tuple[str, str]
) -> None:
    before = window.totals()
    window.accept()
    window.press("data-ready", "approved")
    window.world.machine("jam the card", at="feed")
    held = window.press("fed")
    assert window.problem(held)["code"] == "media-jam"
    window.world.machine("clear the jam")  # the blank is in a hand
    if said not in question(held):
        held = window.press("fed")
    assert said in question(held), held
    assert answered(window, said)["step"] == "approved"
    assert row in rows(window)
    assert window.run_to_release()["step"] == "released"
    assert window.totals()["prints"] == before["prints"] + 1


@pytest.mark.field_case("G7")
@pytest.mark.parametrize("said", ["at-outlet", "put-back"])
def test_a_finished_card_that_jammed_at_the_outlet_reaches_its_holder(
    window: Window, said: str
) -> None:
    before = window.totals()
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded", "reported", "printed")
    window.world.machine("jam the card", at="to-output")
    held = window.press("released")
    assert held["step"] == "printed"
    own = held["chip"]["AAZ501"]
    window.world.machine("clear the jam")
    assert {"at-outlet", "put-back"} <= set(question(held)), held
    if said == "put-back":
        window.world.machine("put the card back into the feeder", card_id=own)
    answered(window, said)
    view = pressed_on(window) if said == "put-back" else window.view()
    assert view["step"] == "released", view
    assert window.totals()["prints"] == before["prints"] + 1


@pytest.mark.field_case("G6")
def test_a_card_that_jammed_on_its_way_to_the_print_goes_on_when_it_is_put_back(
    window: Window,
) -> None:
    before = window.totals()
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded", "reported")
    window.world.machine("jam the card", at="to-print-start")
    held = window.press("printed")
    assert held["step"] == "reported"
    own = held["chip"]["AAZ501"]
    window.world.machine("clear the jam")
    if "go-on" in question(held):
        answered(window, "go-on")
        held = pressed_on(window)
    if "not-printed" in question(held):
        answered(window, "not-printed")
        held = pressed_on(window)
    assert "put-back" in question(held), held
    window.world.machine("put the card back into the feeder", card_id=own)
    answered(window, "put-back")
    assert pressed_on(window)["step"] == "released"
    after = window.totals()
    assert after["prints"] == before["prints"] + 1
    assert after["chip_write_sessions"] == before["chip_write_sessions"] + 1
