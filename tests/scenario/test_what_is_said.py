"""What is said of faults over the API: the cause, the place and a remedy that leads to a card.

The same on the page, fault by fault, is in `test_faults_on_the_page`.
"""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from simulators.world import wait_until
from tests.scenario.conftest import Window

STEPS: Final = ("data-ready", "approved", "fed", "encoded", "reported", "printed", "released")
NOT_FED: Final = "还没有进卡"
INSIDE: Final = "在机内"


def headline(window: Window) -> str:
    """Return what the clerk's page says of the machine in one line."""
    page = window.world.page()
    found = re.search(r'<h2 class="ready".*?</svg>(.*?)</h2>', page, re.DOTALL)
    assert found is not None
    return found[1].strip()


def named(window: Window, action: str, **parameters: str | int) -> None:
    window.world.machine(action, **parameters)
    window.world.api("GET", "/station?check=true")


def go_on(window: Window, view: dict[str, Any]) -> None:
    """Take the order on in the way that its remedy names: by the answer, or by the button."""
    remedy = view["problem"]["remedy"]
    if view["question"] is not None:
        label = {one["label"]: one["answer"] for one in view["question"]["answers"]}
        chosen = next(answer for text, answer in label.items() if f"“{text}”" in remedy)
        path = f"/orders/{window.order}/answer"
        answer = window.world.api("POST", path, json={"answer": chosen})
        assert answer.is_success, answer.text
    else:
        assert re.search("点“.*?”", remedy), remedy


def test_a_card_left_inside_is_in_the_headline_until_it_is_out(window: Window) -> None:
    named(window, "leave a card inside")
    assert window.world.api("GET", "/station").json()["ready"] is False
    assert headline(window) == "机内有一张不属于任何任务的卡"
    window.accept()
    view = window.press("data-ready", "approved", "fed")
    assert "退到废卡盒" in window.problem(view)["remedy"]
    assert window.world.api("POST", "/station/reject-left-card").is_success
    assert headline(window) == "可以制卡"
    assert window.run_to_release()["step"] == "released"


def test_a_written_card_inside_keeps_the_headline_from_ready(window: Window) -> None:
    window.accept()
    view = window.press("data-ready", "approved", "fed", "encoded")
    assert INSIDE in view["where"]
    assert headline(window) == "机内有卡，先做完这一张"
    window.run_to_release()


def test_a_jam_on_the_way_to_the_print_is_named_with_its_place(window: Window) -> None:
    window.accept()
    window.press(*STEPS[:5])
    named(window, "jam the card")
    problem = window.problem(window.press("printed"))
    assert "卡堵在机内" in problem["title"]
    assert problem["where"] == "堵在机内通道中"
    assert headline(window) == "卡堵在机内"
    named(window, "clear the jam")
    view = window.view()
    assert view["where"].startswith("位置不明")
    path = f"/orders/{window.order}/answer"
    for answer in ("discarded",):
        assert window.world.api("POST", path, json={"answer": answer}).is_success
    assert window.view()["step"] == "spoiled"


@pytest.mark.parametrize("before", ["data-ready", "reported"])
def test_the_province_down_says_what_may_have_changed(window: Window, before: str) -> None:
    window.accept()
    window.press(*STEPS[: STEPS.index(before)])
    window.world.province("go down")
    problem = window.problem(window.press(before))
    reading = before == "data-ready"
    assert ("尚不清楚" in problem["cause"]) is not reading
    assert ("卡留在机内" in problem["remedy"]) is not reading
    assert problem["where"] == NOT_FED if reading else INSIDE in problem["where"]
    window.world.province("come back")
    window.wait_for_step(before)
    assert window.run_to_release()["step"] == "released"


def test_the_province_down_at_the_activation_keeps_no_card_inside(window: Window) -> None:
    window.accept()
    window.run_to_release()
    window.world.province("go down")
    problem = window.problem(window.press("activated"))
    assert "卡留在机内" not in problem["remedy"]
    assert problem["where"] == "在出卡口，可以取走"
    window.world.province("come back")
    window.wait_for_step("activated")


def test_a_refusal_of_the_hsm_is_named(window: Window) -> None:
    window.accept()
    window.press("data-ready", "approved", "fed")
    window.world.province("reject the HSM", calls=1)
    view = window.press("encoded")
    problem = window.problem(view)
    assert "省加密机拒绝认证" in problem["title"]
    go_on(window, view)
    assert window.run_to_release()["step"] == "released"


def test_a_lost_contact_is_not_called_a_cable(window: Window) -> None:
    window.accept()
    window.press("data-ready", "approved", "fed")
    window.world.machine("tear at APDU", n=6, when="before")
    view = window.press("encoded")
    if view["problem"] is not None:  # the chip may be found written, and the order goes on
        assert "USB" not in view["problem"]["cause"] + view["problem"]["remedy"]
        assert "与芯片的接触断开" in view["problem"]["title"], view["problem"]
        go_on(window, view)
    assert window.run_to_release()["step"] == "released"


def test_a_person_whose_card_is_out_gets_that_order_and_no_advice_to_report_it_lost(
    window: Window,
) -> None:
    window.accept()
    released = window.order
    window.run_to_release()
    assert window.accept()["id"] == released
    window.press("activated")
    again = window.accept()
    assert again["id"] != released
    view = window.press("data-ready")
    if view["problem"] is not None:  # the province takes the new card for reported, or it does not
        assert view["card_out"] == released
        assert "补打卡面" in view["problem"]["remedy"]
    window.world.api("POST", f"/orders/{window.order}/cancel")


@pytest.mark.field_case("C8")
@pytest.mark.parametrize(
    ("typed", "code", "turn_to"),
    [
        ("CHN110190010123", "id-number-foreigner-15", "出入境管理"),
        ("110105194912310021", "id-number-check-digit", "公安户籍部门"),
        ("110105491231002", "id-number-15-digits", "公安户籍部门"),
    ],
)
def test_a_number_of_no_use_is_refused_with_where_to_turn(
    window: Window, typed: str, code: str, turn_to: str
) -> None:
    answer = window.world.api("POST", "/orders", json={"id_number": typed})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert turn_to in answer.json()["remedy"]


def test_the_page_counts_down_to_the_next_try(window: Window) -> None:
    window.accept()
    window.press(*STEPS[:4])
    window.world.province("go down")
    window.press("reported")
    page = wait_until(
        lambda: text if "data-deadline" in (text := _page(window)) else None, 20.0, "the deadline"
    )
    assert 'data-until="retry"' in page
    window.world.province("come back")
    window.wait_for_step("reported")


def _page(window: Window) -> str:
    return window.world.page()
