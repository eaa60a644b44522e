"""Whatever an integrator may send, in any order, while anything breaks: a Hypothesis state machine.

The real API, pages excepted, over the tortured window. After every call the rules must hold; in the
end the clerk serves everybody who is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections import defaultdict
from collections.abc import Callable
from typing import Any, ClassVar, Final

import httpx
import hypothesis
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from station.api import create_app
from station.core.orders import OrderRecord, OrderStep
from station.core.recipes import Way
from station.production.service import ProductionService
from tests.torture.clerk import Clerk, Wish
from tests.torture.evidence import Evidence, collect
from tests.torture.invariants import ALWAYS, violations
from tests.torture.people import PEOPLE
from tests.torture.points import Killed
from tests.torture.runs import MOST_ROUNDS, Result, result_from
from tests.torture.schedules import FAULTS
from tests.torture.window import Window, new_window

ADDRESS: Final = "http://127.0.0.1"
KEYS: Final = ("key-1", "key-2", "key-3", "key-4")
EXAMPLES: Final = 10  #: of one seed
CALLS: Final = 40  #: of one example
WRONG_NUMBER: Final = "410701190001010000"
#: An order's steps, wherever it stands: most presses come at the wrong moment.
STEPS: Final = tuple(step.value for step in OrderStep)


class PowerCutError(Exception):
    """The daemon is gone: the caller gets no answer."""


class Wire:
    """The service as the API knows it, in whichever process is running."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.cut = False

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the service has there
        found = getattr(self._window.service, name)
        return self._guarded(found) if callable(found) else found

    def _guarded(self, call: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(call)
        def guarded(*arguments: object, **named: object) -> object:
            try:
                return call(*arguments, **named)
            except Killed as exc:
                # The server would swallow it or lose its thread; the power cut comes after.
                self.cut = True
                raise PowerCutError from exc

        return guarded


class ApiRules(RuleBasedStateMachine):
    """Calls of the API, faults of the world, and the machine's turns."""

    finished: ClassVar[list[Result]] = []  #: one of each example, in order

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self.window = self._stack.enter_context(new_window(1, volatile=True))
        self.wire = Wire(self.window)
        self._loop = self._stack.enter_context(asyncio.Runner())
        service: ProductionService = self.wire  # type: ignore[assignment]
        transport = httpx.ASGITransport(
            create_app(service, allowed_hosts=["127.0.0.1"]), raise_app_exceptions=False
        )
        self._client = httpx.AsyncClient(transport=transport, base_url=ADDRESS)
        self.orders: list[str] = []
        self.made_by: dict[str, tuple[str, str]] = {}  # key -> person and order
        self.answered: dict[str, set[str]] = defaultdict(set)

    def call(
        self,
        method: str,
        path: str,
        **request: Any,  # noqa: ANN401 - httpx
    ) -> httpx.Response | None:
        """Call the API; None when the power was cut before it answered."""
        self.wire.cut = False
        coroutine = self._client.request(method, f"/api/v1{path}", **request)
        answer = self._loop.run(coroutine)
        if self.wire.cut:
            self.window.restart(lambda: None)
            return None
        if answer.is_error:  # a defect would be answered with plain text
            kind = answer.headers["content-type"]
            assert kind == "application/problem+json", f"{method} {path}: {answer.text}"
            assert answer.json()["code"]
            assert answer.json()["remedy"]
        return answer

    # -- calls -----------------------------------------------------------------------------------

    @initialize(person=st.sampled_from(PEOPLE[:3]), key=st.sampled_from(KEYS))
    def begin(self, person: str, key: str) -> None:
        """Most of what follows needs an order."""
        self.create(person, key)

    @rule(person=st.sampled_from(PEOPLE[:3]), key=st.sampled_from(KEYS))
    def create(self, person: str, key: str) -> None:
        """受理, under a key that may be new, the same, or somebody else's."""
        answer = self.call(
            "POST",
            "/orders",
            json={"id_number": person, "reason": "new"},
            headers={"Idempotency-Key": key},
        )
        if answer is None or answer.status_code not in (201, 409):
            return
        known = self.made_by.get(key)
        if answer.status_code == 201:
            order = answer.json()["id"]
            self.answered[key].add(order)
            assert known is None or known == (person, order), "a key was used twice"
            self._know(person, key, order)
        elif known is not None:
            assert known[0] != person, "the same request was refused"

    def _know(self, person: str, key: str, order: str) -> None:
        self.made_by[key] = person, order
        if order not in self.orders:
            self.orders.append(order)

    @rule()
    def create_for_a_wrong_number(self) -> None:
        """A check digit that does not fit makes no order."""
        answer = self.call("POST", "/orders", json={"id_number": WRONG_NUMBER})
        assert answer is None or answer.status_code in (422, 503)

    @rule(number=st.integers(0, 3), step=st.sampled_from(STEPS))
    def press(self, number: int, step: str) -> None:
        """Press a button, at its time or not."""
        for order in self._order(number):
            self.call("POST", f"/orders/{order}/steps/{step}")

    @rule(number=st.integers(0, 3), approved=st.booleans())
    def run(self, number: int, approved: bool) -> None:
        """一键制卡."""
        for order in self._order(number):
            self.call("POST", f"/orders/{order}/run", json={"approved": approved})

    @rule(number=st.integers(0, 3), faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=2))
    def go_on(self, number: int, faults: list[str]) -> None:
        """Press what comes next, perhaps as something breaks, and let the machine work."""
        for order in self._order(number):
            for name in faults:
                FAULTS[name](self.window, random.Random(0))
            record = self._record(order)
            step = Way(record.kind).next_step(record.step)
            if step is not None:
                self.call("POST", f"/orders/{order}/steps/{step.value}")
            self.machine_turns()

    @rule(number=st.integers(0, 3))
    def cancel(self, number: int) -> None:
        """撤销."""
        for order in self._order(number):
            self.call("POST", f"/orders/{order}/cancel")

    @rule(number=st.integers(0, 3))
    def answer_print(self, number: int) -> None:
        """Say truthfully whether the face is on the card, asked or not."""
        for order in self._order(number):
            seen = Clerk(self.window).sees_face(self._record(order))
            if seen is not None:
                self.call("POST", f"/orders/{order}/print-answer", json={"printed": seen})

    @rule()
    def retry_write_backs(self) -> None:
        """失败数据回盘."""
        self.call("POST", "/write-backs/retry")

    @rule()
    def reject_left_card(self) -> None:
        """Ask for the reject bin; refused while the card belongs to an order."""
        self.call("POST", "/station/reject-left-card")

    @rule(path=st.sampled_from(("/health", "/station", "/orders", "/write-backs")))
    def look(self, path: str) -> None:
        """Look at something: it is there unless the database can't be read."""
        readable = not self.window.disk.locked
        answer = self.call("GET", path)
        assert answer is None or answer.is_success or not readable

    @rule(number=st.integers(0, 3))
    def look_at_order(self, number: int) -> None:
        """Look at one order and its history."""
        for order in self._order(number):
            self.call("GET", f"/orders/{order}")
            self.call("GET", f"/orders/{order}/events")

    def _record(self, order: str) -> OrderRecord:
        was, self.window.disk.locked = self.window.disk.locked, False
        record = self.window.journal.orders.one(order)
        self.window.disk.locked = was
        return record

    def _order(self, number: int) -> list[str]:
        return [self.orders[number % len(self.orders)]] if self.orders else []

    # -- the world -------------------------------------------------------------------------------

    @rule()
    def machine_turns(self) -> None:
        """The machine's thread does what there is to do."""
        self.window.survive(self.window.engine.turn, lambda: None)

    @rule(name=st.sampled_from(sorted(FAULTS)), seed=st.integers(0, 20))
    def break_something(self, name: str, seed: int) -> None:
        """Something goes wrong now or soon."""
        FAULTS[name](self.window, random.Random(seed))

    @rule()
    def mend(self) -> None:
        """A person puts right what can be put right."""
        self.window.machine.mend()
        self.window.disk.mend()
        self.window.province.down = False

    @rule()
    def restart(self) -> None:
        """The power is cut between two calls."""
        self.window.restart(lambda: None)

    @rule(seconds=st.sampled_from((1.0, 30.0, 400.0)))
    def wait(self, seconds: float) -> None:
        """Time passes: retries come due."""
        self.window.clock.advance(seconds)

    @precondition(lambda self: self.window.province.applications)
    @rule(person=st.sampled_from(PEOPLE[:3]))
    def restore(self, person: str) -> None:
        """恢复申请 at the province, once the failure is reported."""
        reported = [one for one in self.window.province.reports if person == one.AAC002]
        if reported and reported[-1].outcome == "spoiled":
            self.window.province.restore(person)

    # -- what must hold --------------------------------------------------------------------------

    @invariant()
    def rules_hold(self) -> None:
        """I1 to I9, as far as they hold in the middle of the work."""
        found = violations(self._evidence(), ALWAYS)
        assert not found, found  # not rewritten by pytest in `make torture`

    def _evidence(self) -> Evidence:
        was, self.window.disk.locked = self.window.disk.locked, False
        try:
            return collect(self.window, self.answered)
        finally:
            self.window.disk.locked = was

    def teardown(self) -> None:
        """Serve everybody who is left; then everything must hold."""
        try:
            self.window.points.disarm()
            self.mend()
            clerk = Clerk(self.window)
            wishes = [Wish(person, key) for key, (person, _) in self.made_by.items()]
            for _ in range(MOST_ROUNDS):
                if all(wish.ended for wish in wishes):
                    break
                clerk.one_round(wishes)
            for key, given in clerk.answered.items():
                self.answered[key] |= given
            evidence = self._evidence()
            self.finished.append(result_from("", self.window, evidence, []))
            found = violations(evidence) + clerk.stuck(wishes)
            assert not found, found
        finally:
            self._stack.close()


def results_of(seed: int, phases: tuple[Phase, ...] = (Phase.generate,)) -> list[Result]:
    """Run the examples of one seed; a failure ends them, and its text holds the calls."""

    class Rules(ApiRules):
        finished: ClassVar[list[Result]] = []

    found = []
    wanted = settings(
        max_examples=EXAMPLES,
        stateful_step_count=CALLS,
        phases=phases,
        database=None,
        deadline=None,
        print_blob=False,
        report_multiple_bugs=False,
        suppress_health_check=list(HealthCheck),
    )
    try:
        run_state_machine_as_test(hypothesis.seed(seed)(Rules), settings=wanted)
    except AssertionError as exc:
        found = ["\n".join([str(exc), *getattr(exc, "__notes__", [])])]
    for number, result in enumerate(Rules.finished):
        result.name = f"API seed {seed}, example {number}"
    if found:
        Rules.finished.append(Result(f"API seed {seed}", found))
    return Rules.finished
