"""The clerk of the kills says what a person sees at the machine, and only when nothing moves."""

from __future__ import annotations

from typing import Any, cast

import httpx
import pytest

from tests.torture.kills import Killer, TrappedWorld


class Window:
    """A machine that stands in one way, and what is said about it."""

    def __init__(self, state: dict[str, Any]) -> None:
        self._state = state
        self.said: list[str] = []

    def badge(self) -> dict[str, str]:
        return {}

    def people(self, case: str) -> list[dict[str, Any]]:
        return [{"id_number": case}]

    def machine_state(self) -> dict[str, Any]:
        return self._state

    def api(self, method: str, path: str, *, json: dict[str, Any]) -> httpx.Response:
        assert (method, path) == ("POST", "/orders/1/answer")
        self.said.append(json["answer"])
        return httpx.Response(httpx.codes.OK, request=httpx.Request(method, f"http://window{path}"))


@pytest.mark.parametrize(
    ("kind", "inside", "said"),
    [
        ("feed-in-doubt", {"place": "contact"}, "go-on"),
        ("feed-in-doubt", None, "not-fed"),
        ("release-in-doubt", {"place": "contact"}, "inside"),
        ("release-in-doubt", None, "at-outlet"),
        ("reject-in-doubt", {"place": "contact"}, "inside"),
        ("reject-in-doubt", None, "discarded"),
    ],
)
def test_what_is_asked_after_a_kill_is_answered_by_what_is_seen(
    kind: str, inside: dict[str, str] | None, said: str
) -> None:
    window = Window({"activity": None, "card_inside": inside})
    Killer(cast("TrappedWorld", window))._answer("/orders/1", kind)
    assert window.said == [said]


def test_nothing_is_said_while_a_card_moves() -> None:
    window = Window({"activity": "feed", "card_inside": None})
    Killer(cast("TrappedWorld", window))._answer("/orders/1", "feed-in-doubt")
    assert window.said == []
