"""The happy path over the real stacks."""

from __future__ import annotations

import json
import threading
from io import BytesIO

import httpx
import numpy as np
from PIL import Image

from tests.scenario.conftest import Window

ONCE = {"feeds": 1, "chip_write_sessions": 1, "prints": 1, "releases": 1}


def difference(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {name: after[name] - before[name] for name in ONCE}


def test_one_card_with_each_effect_once(window: Window) -> None:
    before, reports = window.totals(), window.world.province_observer()["effects"]
    window.accept()
    view = window.press(
        "data-ready", "approved", "fed", "encoded", "reported", "printed", "released", "activated"
    )
    assert view["step"] == "activated"
    assert view["problem"] is None
    assert difference(before, window.totals()) == ONCE
    after = window.world.province_observer()["effects"]
    assert after["reports_accepted"] == reports["reports_accepted"] + 1
    assert after["activations"] == reports["activations"] + 1


def test_the_card_carries_the_persons_data_and_the_face_that_was_shown(window: Window) -> None:
    window.accept()
    window.press("data-ready")
    shown = {
        side: window.world.api("GET", f"/orders/{window.order}/preview/{side}.png").content
        for side in ("front", "back")
    }
    view = window.run_to_release()
    card = next(
        card
        for card in window.world.observer()["cards"]
        if card["card_id"] == view["chip"]["AAZ501"]
    )
    files = card["chip"]["files"]
    assert bytes.fromhex(files["SSSE/EF06"]["08"]).decode() == window.id_number
    name = bytes.fromhex(files["SSSE/EF06"]["09"]).rstrip(b"\0").decode("gb18030")
    assert name == view["holder"]["AAC003"]
    assert bytes.fromhex(files["SSSE/EF05"]["07"]).decode() == view["chip"]["AAZ500"]
    assert card["place"] == "output-hopper"
    for side, png in shown.items():
        with Image.open(BytesIO(window.world.picture(card["card_id"], side))) as picture:
            printed = picture.convert("L")
        with Image.open(BytesIO(png)) as picture:
            preview = picture.convert("L")
        # Black resin is black in both: where the observer sees text, the preview showed it.
        black = np.asarray(printed) < 40
        assert black.sum() > 500
        assert (np.asarray(preview)[black] < 80).mean() > 0.99


def test_the_same_key_makes_one_order_and_another_request_under_it_is_refused(
    window: Window,
) -> None:
    def post(number: str) -> httpx.Response:
        return window.world.api(
            "POST",
            "/orders",
            json={"id_number": number},
            headers={"Idempotency-Key": f"key-{window.id_number}"},
        )

    first, second = post(window.id_number), post(window.id_number)
    assert first.json()["id"] == second.json()["id"]
    other = post(window.world.people("ready")[-1]["id_number"])
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert other.headers["content-type"] == "application/problem+json"


def test_events_are_streamed_and_resume_without_a_gap(window: Window) -> None:
    heard: list[dict[str, object]] = []
    done = threading.Event()
    start = window.world.api("GET", "/orders").json() and window.world.observer()
    assert start is not None

    def listen(after: int) -> None:
        url = f"{window.world.station_page}/api/v1/events"
        headers = {**window.world.badge(), "Last-Event-ID": str(after)}
        with (
            httpx.Client(trust_env=False, timeout=60.0) as client,
            client.stream("GET", url, headers=headers) as stream,
        ):
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    heard.append(json.loads(line[5:]))
                    if heard[-1]["kind"] == "card-released":
                        done.set()
                        return

    window.accept()
    first = window.events()[0]["seq"]
    listener = threading.Thread(target=listen, args=(first - 1,), daemon=True)
    listener.start()
    window.run_to_release()
    assert done.wait(30.0)
    numbers = [event["seq"] for event in heard]
    assert numbers == list(range(first, first + len(numbers)))
    mine = [event["kind"] for event in heard if event["order"] == window.order]
    assert mine == [event["kind"] for event in window.events()]


def test_a_released_card_lets_the_next_one_start(window: Window) -> None:
    window.accept()
    assert window.run_to_release()["step"] == "released"
    following = window.world.people("ready")[150]["id_number"]
    window.accept(following)
    assert window.run_to_release()["step"] == "released"
