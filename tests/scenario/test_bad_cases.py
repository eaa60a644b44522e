"""Issue by issue what goes wrong at a window, each over the real stacks, each put right again."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from simulators.world import wait_until
from tests.scenario.conftest import Window


def effects(window: Window) -> dict[str, int]:
    totals = window.totals()
    return {name: totals[name] for name in ("feeds", "chip_write_sessions", "prints", "releases")}


def test_an_unknown_number_is_refused_by_the_province_and_named(window: Window) -> None:
    window.accept(window.world.person("other-city")["id_number"])
    view = window.press("data-ready")
    assert window.problem(view)["code"] == "person-unknown"
    assert view["step"] == "accepted"


def test_a_wrong_check_digit_is_refused_before_anything(window: Window) -> None:
    number = window.id_number
    wrong = number[:-1] + ("1" if number[-1] != "1" else "2")
    answer = window.world.api("POST", "/orders", json={"id_number": wrong})
    assert answer.status_code == 422
    problem = answer.json()
    assert problem["code"] == "id-number-check-digit"
    assert "最后一位" in problem["detail"]
    assert problem["remedy"]
    assert wrong not in answer.text


@pytest.mark.parametrize(
    ("case", "code"),
    [
        ("not-lost", "not-reported-lost"),
        ("no-fee", "fee-not-registered"),
        ("not-applied", "replacement-not-applied"),
        ("not-marked", "not-marked-for-instant-issue"),
        ("withdrawn", "data-withdrawn"),
    ],
)
def test_a_missing_precondition_is_named(window: Window, case: str, code: str) -> None:
    before = effects(window)
    window.accept(window.world.person(case)["id_number"])
    view = window.press("data-ready")
    assert window.problem(view)["code"] == code
    assert effects(window) == before


def test_a_precondition_that_was_met_meanwhile_lets_the_order_go_on(window: Window) -> None:
    number = window.world.person("not-marked")["id_number"]
    window.accept(number)
    window.press("data-ready")
    window.world.province("mark", id_number=number)
    try:
        assert window.press("data-ready")["step"] == "data-ready"
    finally:
        window.world.province("unmark", id_number=number)


def test_a_blank_of_another_bank_goes_back_as_it_came(window: Window) -> None:
    before = window.totals()
    window.world.machine("put a blank of another bank on top", bank_bin="622848")
    window.accept()
    view = window.press("data-ready", "approved", "fed")
    problem = window.problem(view)
    assert problem["code"] == "blank-of-another-bank"
    assert view["step"] == "approved"
    after = window.totals()
    assert after["rejects"] == before["rejects"], "nothing is wrong with it"
    assert after["records_written"] == before["records_written"]
    assert len(window.world.machine_state()["output_hopper"]) == 1
    window.world.machine("take the card")
    assert window.run_to_release()["step"] == "released"


def test_no_card_in_the_feeder(window: Window) -> None:
    window.world.machine("empty the feeder")
    window.accept()
    view = window.press("data-ready", "approved", "fed")
    assert window.problem(view)["code"] == "media-empty"
    window.world.machine("fill the feeder", count=5, bank_bin="622700")
    assert window.press("fed")["step"] == "fed"


def test_the_printer_cable_is_out(window: Window) -> None:
    window.accept()
    window.press("data-ready", "approved")
    window.world.machine("pull the printer cable")
    view = window.press("fed")
    assert window.problem(view)["code"] == "printer-not-connected"
    window.world.machine("plug the printer cable in")
    assert window.run_to_release()["step"] == "released"


def test_the_reader_cable_is_out(window: Window) -> None:
    before = window.totals()
    window.accept()
    window.press("data-ready", "approved")
    window.world.machine("pull the reader cable")
    view = window.press("fed")
    assert window.problem(view)["code"] == "reader-not-connected"
    assert window.totals()["feeds"] == before["feeds"]
    window.world.machine("plug the reader cable in")
    assert window.run_to_release()["step"] == "released"


def test_the_ribbon_chip_is_not_found(window: Window) -> None:
    window.accept()
    window.press("data-ready", "approved")
    window.world.machine("loosen the ribbon chip")
    view = window.press("fed")
    assert window.problem(view)["code"] == "station-ribbon-chip-missing"
    window.world.machine("reseat the ribbon chip")
    assert window.run_to_release()["step"] == "released"


def test_a_chip_that_does_not_power_up_is_put_aside(window: Window) -> None:
    before = window.totals()
    window.world.machine("turn the next blank round")
    window.accept()
    view = window.press("data-ready", "approved", "fed")
    assert window.problem(view)["code"] == "chip-power-failed"
    assert window.totals()["rejects"] == before["rejects"] + 1
    assert window.run_to_release()["step"] == "released"


def test_the_province_is_gone_at_the_write_back(window: Window) -> None:
    reports = window.world.province_observer()["effects"]["reports_accepted"]
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded")
    window.world.province("go down")
    view = window.press("reported")
    problem = window.problem(view)
    assert (view["step"], problem["code"]) == ("encoded", "province-unavailable")
    assert problem["retry_at"] is not None
    owed = window.world.api("GET", "/station").json()["owed"]
    assert [row["order"] for row in owed] == [window.order]
    window.world.province("come back")
    window.wait_for_step("reported")
    assert window.world.province_observer()["effects"]["reports_accepted"] == reports + 1
    assert window.run_to_release()["step"] == "released"


def test_a_write_back_whose_answer_was_lost_is_not_sent_twice(window: Window) -> None:
    before = window.world.province_observer()["effects"]
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded")
    window.world.province("lose answers", operation="即制卡回盘", calls=1)
    window.press("reported")
    window.wait_for_step("reported")
    after = window.world.province_observer()["effects"]
    assert after["reports_accepted"] == before["reports_accepted"] + 1
    assert after["reports_duplicate"] == before["reports_duplicate"]


@pytest.mark.parametrize(
    "step", ["data-ready", "approved", "fed", "encoded", "reported", "printed", "released"]
)
def test_a_second_press_has_no_second_effect(window: Window, step: str) -> None:
    steps = ["data-ready", "approved", "fed", "encoded", "reported", "printed", "released"]
    before = window.totals()
    reports = window.world.province_observer()["effects"]["reports_accepted"]
    window.accept()
    window.press(*steps[: steps.index(step)])
    start = threading.Barrier(4)
    answers: list[int] = []

    def press() -> None:
        start.wait()
        path = f"/orders/{window.order}/steps/{step}?wait=30"
        answers.append(window.world.api("POST", path).status_code)

    presses = [threading.Thread(target=press) for _ in range(4)]
    for one in presses:
        one.start()
    for one in presses:
        one.join()
    assert answers == [200] * 4
    assert window.view()["step"] == step
    assert window.run_to_release()["step"] == "released"
    after = window.totals()
    for name in ("feeds", "chip_write_sessions", "prints", "releases"):
        assert after[name] == before[name] + 1, name
    accepted = window.world.province_observer()["effects"]["reports_accepted"]
    assert accepted == reports + 1


def ended(window: Window, kind: str) -> list[dict[str, Any]]:
    return [event for event in window.events() if event["kind"] == kind]


def test_kill_9_after_the_chip_is_written_and_before_the_write_back(window: Window) -> None:
    before = window.totals()
    reports = window.world.province_observer()["effects"]["reports_accepted"]
    window.accept()
    window.press("data-ready", "approved", "fed")
    window.world.province("work late", operation="即制卡回盘", seconds=3.0)
    window.world.api("POST", f"/orders/{window.order}/run", json={"approved": True})
    wait_until(
        lambda: [e for e in ended(window, "intent") if e["data"]["effect"] == "report"],
        20.0,
        "the report's intent",
    )
    window.world.kill_station()
    window.world.province("behave")
    window.world.start_station()
    view = window.wait_for_step("released", 40.0)
    assert view["problem"] is None
    assert ended(window, "recovered"), "the chip must be read again before anything goes on"
    after = window.totals()
    for name in ("feeds", "chip_write_sessions", "prints", "releases"):
        assert after[name] == before[name] + 1, name
    accepted = window.world.province_observer()["effects"]["reports_accepted"]
    assert accepted == reports + 1


def test_after_a_kill_nothing_is_printed_on_a_card_that_was_swapped(window: Window) -> None:
    before = window.totals()
    window.accept()
    window.press("data-ready", "approved", "fed", "encoded", "reported")
    window.world.kill_station()
    window.world.machine("swap the card inside")
    window.world.start_station()
    held = wait_until(
        lambda: view if (view := window.view())["problem"] else None, 20.0, "the hold"
    )
    assert window.problem(held)["code"] == "chip-not-this-orders"
    assert window.totals()["prints"] == before["prints"]
    card = next(
        card
        for card in window.world.observer()["cards"]
        if card["card_id"] == held["chip"]["AAZ501"]
    )
    window.world.machine("swap the card inside", card_id=card["card_id"])
    assert window.run_to_release()["step"] == "released"
