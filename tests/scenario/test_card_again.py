"""A card that failed is reported, restored by the clerk and made anew; a face is printed again."""

from __future__ import annotations

from typing import Any

from simulators.world import wait_until
from tests.scenario.conftest import Window


def province_effects(window: Window) -> dict[str, int]:
    return dict(window.world.province_observer()["effects"])


def reprint(window: Window, order: str, **wish: str) -> dict[str, Any]:
    answer = window.world.api("POST", f"/orders/{order}/reprints", json=wish)
    assert answer.status_code == 201, answer.text
    window.order = answer.json()["id"]
    return dict(answer.json())


def answered(window: Window, said: str) -> dict[str, Any]:
    answer = window.world.api("POST", f"/orders/{window.order}/answer", json={"answer": said})
    assert answer.is_success, answer.text
    return dict(answer.json())


def test_a_lost_card_is_reported_restored_by_the_clerk_and_made_anew(window: Window) -> None:
    before, told = window.totals(), province_effects(window)
    window.accept()
    window.press("data-ready", "approved", "fed")
    window.world.machine("swap the card inside")
    held = window.press("encoded")
    assert window.problem(held)["code"] == "chip-not-this-orders"
    assert [one["answer"] for one in held["question"]["answers"]] == [
        "go-on",
        "put-back",
        "discarded",
        "lost",
    ]
    assert answered(window, "lost")["step"] == "spoiled"
    wait_until(
        lambda: not window.world.api("GET", "/station").json()["owed"], 20.0, "the failure report"
    )
    window.world.api("POST", "/station/reject-left-card")
    first = window.order

    again = reprint(window, first, kind="full", reason="card-spoiled")
    assert (again["previous"], again["reason"]) == (first, "remake")
    refused = window.press("data-ready")
    assert window.problem(refused)["code"] == "not-marked-for-instant-issue"
    for done_by_the_clerk in ("handle failure", "restore application", "mark"):
        window.world.province(done_by_the_clerk, id_number=window.id_number)
    assert window.run_to_release()["step"] == "released"

    after, effects = window.totals(), province_effects(window)
    assert after["feeds"] == before["feeds"] + 2
    assert after["prints"] == before["prints"] + 1
    assert effects["reports_spoiled"] == told["reports_spoiled"] + 1
    assert effects["reports_accepted"] == told["reports_accepted"] + 1
    (lost,) = [
        card
        for card in window.world.api("GET", "/ledger/to-destroy").json()
        if card["order"] == first
    ]
    assert (lost["reason"], lost["place"]) == ("card-lost", "unknown")


def test_a_face_is_printed_again_on_the_holders_own_card_and_on_no_other(window: Window) -> None:
    window.accept()
    assert window.run_to_release()["step"] == "released"
    first = window.order
    window.press("activated")
    before, told = window.totals(), province_effects(window)
    reprint(window, first, kind="face-only", reason="face-unclear")
    held = window.world.api(
        "POST", f"/orders/{window.order}/run?wait=30", json={"approved": True}
    ).json()
    assert window.problem(held)["code"] == "not-the-holders-card"  # a blank lay in the feeder
    assert window.totals()["prints"] == before["prints"]

    window.world.machine("take the card")  # the blank that went out again
    window.world.machine("take the card")
    own = window.world.api("GET", f"/orders/{first}").json()["chip"]["AAZ501"]
    window.world.machine("put the card back into the feeder", card_id=own)
    assert window.run_to_release()["step"] == "released"
    after = window.totals()
    assert after["prints"] == before["prints"] + 1
    assert after["chip_write_sessions"] == before["chip_write_sessions"]
    assert province_effects(window) == told
    assert window.view()["chip"]["AAZ501"] == own
