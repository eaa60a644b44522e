"""A clerk outside the station: presses by the HTTP API, looks at cards, and uses the hands.

Knows of the station only what `/api/v1` returns. What a person at the window can see of the world
(a card in the hand, dye on its face, an open cover) comes from the simulated machine.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, Final

import httpx

from tests.chaos.world import ChaosWorld

PATIENCE: Final = 60.0  #: seconds until an order must have ended once nothing is broken any more
POLL_SECONDS: Final = 0.1
BLANKS_KEPT: Final = 5
INSIDE: Final = frozenset({"print-start", "contact", "flipper"})
ENDED: Final = frozenset({"activated", "cancelled", "spoiled"})
#: A person presses here; everything else runs on.
UNDECIDED: Final = frozenset({"accepted", "data-ready"})
STILL_SECONDS: Final = 3.0
#: Presses of 继续 before the clerk believes that it leads nowhere.
MOST_TRIES: Final = 3

Chooser = Callable[[dict[str, Any], list[str]], str | None]


@dataclasses.dataclass
class Wish:
    """One person who wants a card.

    Attributes:
        person: ID number.
        key: Idempotency-Key of the request.
        order: Id of the order, once accepted.
        answered_with: Every order id that the request was answered with.
        choose: What the clerk would rather answer; given the view and what is offered.
        answers: How often each answer was given.
        refused: Status and code of every refusal.
        seen: When the order was last changed, as the API shows it.
        seen_at: When the clerk noticed that, monotonic.
    """

    person: str
    key: str
    order: str = ""
    answered_with: set[str] = dataclasses.field(default_factory=set)
    choose: Chooser | None = None
    answers: Counter[str] = dataclasses.field(default_factory=Counter)
    refused: list[str] = dataclasses.field(default_factory=list)
    seen: str = ""
    seen_at: float = 0.0


class Clerk:
    """Serves one person after the other.

    Attributes:
        found: What the clerk met that must never happen.
        discarded: Cards that the clerk has cut up.
        revives: Whether the clerk starts a daemon that is gone.
    """

    def __init__(self, world: ChaosWorld, *, revives: bool = True) -> None:
        self.world = world
        self.revives = revives
        self.found: list[str] = []
        self.discarded: set[str] = set()
        self.wishes: list[Wish] = []
        self._people = iter(world.people("ready"))

    def next_person(self) -> Wish:
        """Return the wish of somebody who was not here yet."""
        person = str(next(self._people)["id_number"])
        wish = Wish(person, key=f"chaos-{person}")
        self.wishes.append(wish)
        return wish

    # -- pressing ------------------------------------------------------------------------------

    def accept(self, wish: Wish) -> dict[str, Any]:
        """Accept the order, or get the accepted one."""
        body, key = {"id_number": wish.person}, {"Idempotency-Key": wish.key}
        view: dict[str, Any] = self.call(wish, "POST", "/orders", json=body, headers=key) or {}
        if not view:
            return {}
        wish.order = view["id"]
        wish.answered_with.add(wish.order)
        return view

    def start(self, wish: Wish) -> None:
        """Accept the order and press 一键制卡 once; does not wait for the card."""
        self.fill_up()
        self.until(lambda: self.accept(wish) or None, "an order is accepted")
        self.press(wish)
        self.until(lambda: self.view(wish).get("step") == "data-ready", "the data is here")
        self.press(wish)

    def press(self, wish: Wish) -> None:
        """Press 一键制卡 with the comparison done."""
        self.call(wish, "POST", f"/orders/{wish.order}/run", json={"approved": True})

    def view(self, wish: Wish) -> dict[str, Any]:
        """Return the order as the API shows it; empty before the first answer."""
        return self.call(wish, "GET", f"/orders/{wish.order}") or {}

    def serve(
        self,
        wish: Wish,
        patience: float = PATIENCE,
        still_broken: Callable[[], bool] = lambda: False,
    ) -> dict[str, Any]:
        """Bring the order to its end; one that does not end within `patience` is noted (I11).

        While `still_broken` returns True, nothing can be promised: patience begins after that.
        """
        deadline = time.monotonic() + patience
        view: dict[str, Any] = {}
        while time.monotonic() < deadline:
            if still_broken():
                deadline = time.monotonic() + patience
            view = (self.view(wish) if wish.order else self.accept(wish)) or view
            if view.get("step") in ENDED and not self._owes(view):
                self._take_what_is_out()
                return view
            if view:
                self.act(wish, view)
            time.sleep(POLL_SECONDS)
        problem = (view.get("problem") or {}).get("code")
        asked = (view.get("question") or {}).get("kind")
        self.found.append(
            f"I11 an order stays at {view.get('step')}, running {view.get('running')}, "
            f"goal {view.get('goal')}, problem {problem}, question {asked}, "
            f"answers given {dict(wish.answers)}, refused {wish.refused[-2:]}"
        )
        return view

    def act(self, wish: Wish, view: dict[str, Any]) -> None:
        """Do one thing for an order: mend, answer, or press."""
        problem, question = view.get("problem"), view.get("question")
        if problem or question:
            self.mend()
        if question is not None and self._answer(wish, view):
            return
        if view["running"] is not None:
            return
        if view["step"] == "released":
            self._take_what_is_out()
            self.call(wish, "POST", f"/orders/{wish.order}/steps/activated")
        elif view["step"] == "spoiled":
            self.call(wish, "POST", "/write-backs/retry")
        elif problem or view["step"] in UNDECIDED or self._stands_still(wish, view):
            self.press(wish)
            if problem and problem["code"] == "card-left-inside":
                self.call(wish, "POST", "/station/reject-left-card")
            if problem and problem["code"] == "feeder-stopped":
                self._test_machine(wish)

    def _stands_still(self, wish: Wish, view: dict[str, Any]) -> bool:
        """Whether nothing has happened for so long that a person presses again."""
        if wish.seen != view["updated_at"]:
            wish.seen, wish.seen_at = view["updated_at"], time.monotonic()
        return time.monotonic() - wish.seen_at > STILL_SECONDS

    def call(self, wish: Wish, method: str, path: str, **request: Any) -> Any:  # noqa: ANN401
        """Call the API; None for no answer and for a refusal, which is noted with its code."""
        try:
            answer = self.world.api(method, path, **request)
        except (httpx.TransportError, KeyError):
            if self.revives and not self.world.daemon_runs():
                self.world.recover_daemon()
            return None
        if answer.is_success:
            return answer.json()
        if answer.headers.get("content-type") != "application/problem+json":
            self.found.append(f"I10 {method} answered {answer.status_code} without a problem")
            return None
        code = answer.json()["code"]
        if code == "input-invalid":
            raise RuntimeError(f"{method} {path}: this clerk sends what the API does not take")
        wish.refused.append(f"{answer.status_code} {code}")
        if code == "internal-error":
            self.found.append(f"I10 {method} {path.partition('?')[0][:8]} met a defect")
        return None

    def until(self, condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:  # noqa: ANN401
        """Wait until `condition` returns something true.

        Raises:
            TimeoutError: It did not.
        """
        deadline = time.monotonic() + seconds
        while not (value := condition()):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{what}: did not happen within {seconds:g} s")
            time.sleep(0.02)
        return value

    # -- answering -----------------------------------------------------------------------------

    def _answer(self, wish: Wish, view: dict[str, Any]) -> bool:
        offered = [one["answer"] for one in view["question"]["answers"]]
        said = wish.choose(view, offered) if wish.choose is not None else None
        said = said or self.truth(wish, view, offered)
        if said is None:
            return False
        if said in ("discarded", "lost"):
            card = self.own_card(view)
            if card is not None and card["place"] == "taken":
                self.discarded.add(card["card_id"])
        body = {"answer": said}
        if self.call(wish, "POST", f"/orders/{wish.order}/answer", json=body) is not None:
            wish.answers[said] += 1
        else:
            wish.answers[f"{said} refused"] += 1
        return True

    def truth(self, wish: Wish, view: dict[str, Any], offered: list[str]) -> str | None:
        """Return a true answer to the order's question, the one that saves the card first."""
        for said in self._true_answers(view):
            tried = wish.answers[said] + wish.answers[f"{said} refused"]
            if said in offered and tried < MOST_TRIES:
                return said
        return next((said for said in self._true_answers(view) if said in offered), None)

    def _true_answers(self, view: dict[str, Any]) -> list[str]:
        card = self.own_card(view)
        if card is None:
            return ["not-fed", "go-on", "wait", "is-in", "is-out"]
        place = card["place"]
        if view["question"]["kind"] == "face-in-doubt" and place != "taken":
            return [{"whole": "printed", "none": "not-printed"}.get(look(card, view), "spoiled")]
        if place in INSIDE:
            return ["go-on", "inside", "wait", "is-in", "spoiled"]
        if "output-hopper" in card["history"]:
            return ["taken", "at-outlet", "is-out", "go-on", "kept"]
        if place == "feeder":
            return ["put-back", "go-on"]
        return ["discarded", "lost", "go-on"]

    def own_card(self, view: dict[str, Any]) -> dict[str, Any] | None:
        """Return the card that a person takes for this order's."""
        cards = self.world.observer()["cards"]
        if view.get("chip"):
            number = view["chip"]["AAZ501"]
            return next((card for card in cards if card["card_id"] == number), None)
        inside = [card for card in cards if card["place"] in INSIDE]
        in_hand = [
            card
            for card in cards
            if card["place"] == "taken"
            and "output-hopper" not in card["history"]
            and card["card_id"] not in self.discarded
        ]
        return next(iter(inside or in_hand), None)

    def _owes(self, view: dict[str, Any]) -> bool:
        if view["step"] != "spoiled":
            return False
        station = self.world.api("GET", "/station").json()
        return any(row["order"] == view["id"] for row in station["owed"])

    # -- hands ---------------------------------------------------------------------------------

    def mend(self) -> None:
        """Put right what a person sees is wrong with the machine; a jammed card is pulled out."""
        world, state = self.world, self.world.machine_state()
        if not state["printer_cable"]:
            world.machine("plug the printer cable in")
        if not state["reader_cable"]:
            world.machine("plug the reader cable in")
        if not state["power"]:
            world.machine("switch the power on")
        if state["jammed"]:
            world.machine("clear the jam")
        if state["cover_open"]:
            world.machine("close the cover")
        if state["feed_failed"]:
            world.machine("free the feeder")
        if state["reject_box_full"]:
            world.machine("empty the reject bin")
        self.fill_up(state)

    def fill_up(self, state: dict[str, Any] | None = None) -> None:
        """Keep a few blanks in the feeder."""
        state = state or self.world.machine_state()
        if len(state["feeder"]) < BLANKS_KEPT:
            self.world.machine("fill the feeder", count=BLANKS_KEPT)

    def make_ready(self) -> None:
        """Leave the window as one finds it in the morning: whole, and no feeder stopped."""
        self.mend()
        if self.world.api("GET", "/station").json()["feeder_stopped"]:
            self._test_machine(Wish("", ""))
            self._take_what_is_out()

    def _take_what_is_out(self) -> None:
        for _ in self.world.machine_state()["output_hopper"]:
            self.world.machine("take the card")

    def _test_machine(self, wish: Wish) -> None:
        made = self.call(wish, "POST", "/ledger/test-cards")
        if made is None:
            return
        path = f"/orders/{made['id']}"
        self.until(lambda: (self.call(wish, "GET", path) or {}).get("step") == "released", path)
        verdict = f"/ledger/test-cards/{made['id']}/verdict"
        self.call(wish, "POST", verdict, json={"passed": True})


def look(card: dict[str, Any], view: dict[str, Any]) -> str:
    """Say what a person sees on a card: `none`, `part` or `whole`."""
    sides = ["front", "back"] if view["has_back"] else ["front"]
    if all(card[side]["prints"] for side in sides):
        return "whole"
    touched = any(card[side]["panels"] for side in ("front", "back"))
    return "part" if touched else "none"
