"""Whatever an integrator may send, in any order, while anything breaks: a Hypothesis state machine.

The real API, pages excepted, over the tortured window: every operation that its OpenAPI document
has, and none that it does not have. After every call the rules must hold; in the end the clerk
serves everybody who is left.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import dataclasses
import functools
import os
import random
import tempfile
from collections import defaultdict
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any, ClassVar, Final
from unittest import mock
from urllib.parse import quote

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
from starlette.types import ASGIApp

from station.access import Doors, open_doors
from station.api import create_app
from station.api.doors import ACCOUNT
from station.batches.service import BatchService
from station.core.custody import CustodyAct
from station.core.orders import OrderKind, OrderRecord, OrderStep
from station.core.people import Role
from station.core.questions import AnswerKind, QuestionKind
from station.core.recipes import Way, recipe_of
from station.production.services.service import ProductionService
from tests.rigs.batches import batch_service
from tests.rigs.doors import CHEAP, approval, let_in
from tests.torture.blanks import Card, Where
from tests.torture.claims import asked
from tests.torture.clerk import BY_HANDS, Clerk, Wish
from tests.torture.evidence import Evidence, collect
from tests.torture.invariants import ALWAYS, violations
from tests.torture.operations import PREFIX, Call, Operation, calls_of, operations_of
from tests.torture.people import NAME, PEOPLE
from tests.torture.points import Killed
from tests.torture.province import production_data
from tests.torture.runs import MOST_ROUNDS, Result, result_from
from tests.torture.schedules import ALL_FAULTS as FAULTS
from tests.torture.window import CHIEF, Window, new_window

ADDRESS: Final = "http://127.0.0.1"
KEYS: Final = ("key-1", "key-2", "key-3", "key-4")
EXAMPLES: Final = 10  #: of one seed
PATIENCE: Final = 30.0  #: seconds of real time for the beginning of a stream
CALLS: Final = 40  #: of one example
MOST_IN_A_ROW: Final = 8  #: operations that are called one after the other
WRONG_NUMBER: Final = "410701190001010000"
#: An order's steps, wherever it stands: most presses come at the wrong moment.
#: What may be done with several finished cards at once; the others have operations of their own.
CUSTODY_ACTS: Final = tuple(
    one.value
    for one in CustodyAct
    if one not in (CustodyAct.RECEIVE, CustodyAct.APPROVE, CustodyAct.REFUSE)
)
STEPS: Final = tuple(step.value for step in OrderStep)


NO_ORDER: Final = "0" * 32
#: A stream begins, or the journal can't be read just then.
STREAM_BEGINS: Final = frozenset({httpx.codes.OK, httpx.codes.SERVICE_UNAVAILABLE})
#: What is answered where there is no operation; what a call names may be missing besides.
NO_ROUTE: Final = frozenset({"route-not-found", "method-not-allowed"})


#: Every call comes over the unix socket, from the account of the service itself.
ACCOUNT_OF_THE_SERVICE: Final = (f"{ACCOUNT}{os.geteuid()}", 1)


@functools.cache
def doors() -> Doors:
    """Return the doors of every window here, with a supervisor who agrees when asked."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    made = open_doors(Path(folder.name), hasher=CHEAP)
    let_in(made, CHIEF, {Role.SUPERVISOR})
    return made


def called(operation: Operation) -> str:
    """Name the fact that this operation was called."""
    return f"called: {operation}"


async def first_answer(app: ASGIApp, path: str) -> None:
    """Open a stream and leave it as soon as it has begun to answer."""
    began, status = asyncio.Event(), list[int]()

    asked = [False]

    async def receive() -> dict[str, object]:
        if not asked[0]:
            asked[0] = True
            return {"type": "http.request", "body": b"", "more_body": False}
        await asyncio.sleep(3600)
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            status.append(message["status"])
            began.set()

    scope = {
        "type": "http",
        "method": "GET",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1")],
        "client": ACCOUNT_OF_THE_SERVICE,
        "server": ("127.0.0.1", 80),
        "scheme": "http",
        "http_version": "1.1",
    }
    stream = asyncio.ensure_future(app(scope, receive, send))
    await asyncio.wait_for(began.wait(), timeout=PATIENCE)
    stream.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await stream
    assert status[0] in STREAM_BEGINS, status


#: Drawn from the document of an application without a station behind it: the same operations.
CALLS_OF_ALL: Final = calls_of(
    create_app(
        mock.create_autospec(ProductionService),
        doors=mock.create_autospec(Doors, instance=True),
        batch_service=mock.create_autospec(BatchService),
        bundle=bytes,
        allowed_hosts=[],
    )
)
SEEN: Final = tuple(f"called: {name}" for name in CALLS_OF_ALL)


def _calls_of(operation: str) -> st.SearchStrategy[Call]:
    return CALLS_OF_ALL[operation]


#: Each operation as often as any other.
ANY_CALL: Final = st.sampled_from(sorted(CALLS_OF_ALL)).flatmap(_calls_of)


def in_path(value: object) -> str:
    """Return a value as one part of a path; what would make another path of it is replaced."""
    told = str(value).replace("/", "_")
    return quote(told, safe="") if told.strip(".") else "_"


#: Rooms of the service and its subjects.
SERVICES: Final = ("station.production.services", "station.production.desk", "station.batches")


class PowerCutError(Exception):
    """The daemon is gone: the caller gets no answer."""


class Wire:
    """The service as the API knows it, in whichever process is running."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self.cut = False

    @property
    def batches(self) -> Any:  # noqa: ANN401 - the service of batches, whose power may go
        """The service of batches, in whichever process is running."""
        return PartNow(self, lambda: batches_of(self._window))

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the service has there
        return self.guarded(getattr(self._window.service, name))

    def guarded(self, found: Any) -> Any:  # noqa: ANN401 - whatever the service has there
        """Return a method or part of the service whose power cut ends the caller's request."""
        if callable(found):
            return self._guarded(found)
        of_service = type(found).__module__.startswith(SERVICES)
        return Part(self, found) if of_service else found

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


class Part:
    """One subject of the service, such as its orders."""

    def __init__(self, wire: Wire, part: object) -> None:
        self._wire = wire
        self._part = part

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has there
        return self._wire.guarded(getattr(self._part, name))


class PartNow:
    """A part that every process has anew."""

    def __init__(self, wire: Wire, now: Callable[[], object]) -> None:
        self._wire = wire
        self._now = now

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the part has there
        return self._wire.guarded(getattr(self._now(), name))


def batches_of(window: Window) -> BatchService:
    """Return the service of batches of the process that is running; it keeps nothing itself."""
    return batch_service(
        window.journal, window.engine.bench.equipment, window.service, Path(tempfile.gettempdir())
    )


class ApiRules(RuleBasedStateMachine):
    """Calls of the API, faults of the world, and the machine's turns."""

    finished: ClassVar[list[Result]] = []  #: one of each example, in order

    def __init__(self) -> None:
        super().__init__()
        self._stack = contextlib.ExitStack()
        self.window = self._stack.enter_context(new_window(1, volatile=True, desk=False))
        self.wire = Wire(self.window)
        self._loop = self._stack.enter_context(asyncio.Runner())
        service: ProductionService = self.wire  # type: ignore[assignment]
        batches: BatchService = self.wire.batches
        self.app = create_app(
            service,
            doors=doors(),
            batch_service=batches,
            bundle=bytes,
            allowed_hosts=["127.0.0.1"],
        )
        self.operations = operations_of(self.app)
        transport = httpx.ASGITransport(
            self.app, raise_app_exceptions=False, client=ACCOUNT_OF_THE_SERVICE
        )
        self._client = httpx.AsyncClient(transport=transport, base_url=ADDRESS, trust_env=False)
        self.orders: list[str] = []
        self.others: list[Wish] = []  # reprints and remakes
        self.batches: list[str] = []
        self.kept: list[int] = []  # finished cards in custody
        self.made_by: dict[str, tuple[str, str]] = {}  # key -> person and order
        self.answered: dict[str, set[str]] = defaultdict(set)

    def call(self, name: str, *, body: object = None, **values: object) -> httpx.Response | None:
        """Call an operation of the API; None when the power was cut before it answered.

        `values` go into the path; what is not in the path goes into the query, or, with capitals,
        into the headers. A name that the document does not have is a defect of these rules.
        """
        operation = self.operations[name]
        path = {one: values.pop(one) for one in operation.path_names}
        headers = {one: values.pop(one) for one in list(values) if one[:1].isupper()}
        return self._send(Call(operation, path, values, headers, body))

    def _send(self, call: Call) -> httpx.Response | None:
        operation = call.operation
        self.window.faults[called(operation)] += 1
        self.wire.cut = False
        path = PREFIX + operation.path.format(
            **{name: in_path(value) for name, value in call.path.items()}
        )
        if operation.streams:
            self._loop.run(first_answer(self.app, path))
            return None
        coroutine = self._client.request(
            operation.method,
            path,
            params={one: str(value) for one, value in call.query.items()},
            headers={one: str(value) for one, value in call.headers.items()},
            json=call.body,
        )
        answer = self._loop.run(coroutine)
        if self.wire.cut:
            self.window.restart(lambda: None)
            return None
        if answer.is_error:  # a defect would be answered with plain text
            kind = answer.headers["content-type"]
            assert kind == "application/problem+json", f"{operation}: {answer.text}"
            assert answer.json()["code"]
            assert answer.json()["code"] not in NO_ROUTE, f"{operation} leads nowhere"
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
            "POST /orders",
            body={"id_number": person, "reason": "new"},
            **{"Idempotency-Key": key},
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
        answer = self.call("POST /orders", body={"id_number": WRONG_NUMBER})
        assert answer is None or answer.status_code in (422, 503)

    @rule(number=st.integers(0, 3), step=st.sampled_from(STEPS))
    def press(self, number: int, step: str) -> None:
        """Press a button, at its time or not."""
        for order in self._order(number):
            self.call("POST /orders/{order}/steps/{step}", order=order, step=step)

    @rule(number=st.integers(0, 3), approved=st.booleans())
    def run(self, number: int, approved: bool) -> None:
        """一键制卡."""
        for order in self._order(number):
            self.call("POST /orders/{order}/run", order=order, body={"approved": approved})

    @rule(number=st.integers(0, 3), faults=st.lists(st.sampled_from(sorted(FAULTS)), max_size=2))
    def go_on(self, number: int, faults: list[str]) -> None:
        """Press what comes next, perhaps as something breaks, and let the machine work."""
        for order in self._order(number):
            for name in faults:
                FAULTS[name](self.window, random.Random(0))
            record = self._record(order)
            step = Way(record.kind).next_step(record.step)
            if step is not None:
                self.call("POST /orders/{order}/steps/{step}", order=order, step=step.value)
            self.machine_turns()

    @rule(number=st.integers(0, 3), choice=st.integers(0, 3))
    def answer_truthfully(self, number: int, choice: int) -> None:
        """Give one of the answers that are offered, if it is true or can be made so."""
        for order in self._order(number):
            answer = self.call("GET /orders/{order}", order=order)
            question = answer.json()["question"] if answer and answer.is_success else None
            if question is not None:
                self.window.faults[asked(QuestionKind(question["kind"]))] += 1
                offered = [AnswerKind(one["answer"]) for one in question["answers"]]
                self._answer(order, QuestionKind(question["kind"]), offered[choice % len(offered)])

    def _answer(self, order: str, kind: QuestionKind, said: AnswerKind) -> None:
        before = self._hands_off(said)
        if Clerk(self.window).makes_true(self._record(order), said, kind):
            body = {"answer": said.value, "approval": approval(CHIEF)}
            self._hear(before, self.call("POST /orders/{order}/answer", order=order, body=body))

    def _hands_off(self, said: AnswerKind) -> list[tuple[Card, Where]]:
        """Return where the cards are before a hand makes an answer true that moves none itself."""
        return (
            [(card, card.place) for card in self.window.machine.cards] if said in BY_HANDS else []
        )

    def _hear(self, before: list[tuple[Card, Where]], answer: httpx.Response | None) -> None:
        # What was refused was not said: the hand lays the card back where it was.
        if answer is not None and answer.is_error:
            for card, place in before:
                card.place = place

    @rule(
        person=st.sampled_from(PEOPLE[3:7]),
        acts=st.lists(st.sampled_from(CUSTODY_ACTS), min_size=1, max_size=4),
        count=st.integers(1, 3),
    )
    def keep_and_give_cards(self, person: str, acts: list[str], count: int) -> None:
        """Take a finished card into custody, and do things with the newest ones, at their time.

        Nobody decides on an application of their own, and everything may be done when it may not.
        """
        self._keep_a_card(person)
        for act in acts if self.kept else ():
            self._act_on_cards(act, self.kept[-count:])

    def _keep_a_card(self, person: str) -> None:
        number = production_data(person, "B1").chip.AAZ500
        body = {"id_number": person, "name": NAME, "card_number": number, "shelf": "A-1"}
        answer = self.call("POST /custody/cards", body=body)
        if answer is not None and answer.status_code == 201:
            self.kept.append(answer.json()["id"])

    def _act_on_cards(self, act: str, cards: list[int]) -> None:
        contact = {"name": NAME, "number": PEOPLE[0], "phone": "13800000000", "agent": True}
        body = {
            "cards": cards,
            "unit": "U-1",
            "unit_name": "一小",
            "contact": contact,
            "shelf": "B-2",
        }
        answer = self.call("POST /custody/acts/{custody_act}", custody_act=act, body=body)
        if answer is None or answer.status_code != 201:
            return
        paper, documents = answer.json()["id"], "/custody/documents/{document}"
        self.call(f"POST {documents}/decision", document=paper, body={"approved": True})
        done = {"distributed": len(cards), "came_back": 0}
        self.call(f"POST {documents}/distribution", document=paper, body=done)

    @invariant()
    def every_kept_card_is_in_one_place(self) -> None:
        """The ledger of custody: a card is where its last move that counts has left it."""
        if self.window.disk.locked or not self.kept:
            return
        custody = self.window.service.custody
        for card in set(self.kept):
            moves = [move for move in custody.moves(card) if not move.undone]
            assert moves, f"card {card} has no move"
            assert moves[-1].after is custody.card(card).place, f"card {card} is elsewhere"

    @rule(calls=st.lists(ANY_CALL, min_size=1, max_size=MOST_IN_A_ROW))
    def any_operations(self, calls: list[Call]) -> None:
        """Call any operations with anything that their descriptions allow.

        Several in a row: this is one of many rules, and a whole run is to reach every operation.
        """
        for call in calls:
            self.any_operation(call)

    def any_operation(self, call: Call) -> None:
        """Call one operation, about something that is there where it takes such a thing."""
        if {"order", "card", "batch"} & set(call.path):
            call = self._about_what_is_there(call)
        before = []
        if call.operation.path.endswith("/answer"):
            if isinstance(call.body, dict):
                before = self._hands_off(AnswerKind(call.body["answer"]))
            if not self._may_say(call):
                return
        answer = self._send(call)
        self._hear(before, answer)
        if answer is not None and answer.status_code == 201:
            self._note_what_was_made(call, answer.json())

    def _about_what_is_there(self, call: Call) -> Call:
        path = dict(call.path)
        if "order" in path:
            path["order"] = (*self._order(int(str(path["order"]))), NO_ORDER)[0]
        if "batch" in path:
            known = [*self.batches, NO_ORDER]
            path["batch"] = known[int(str(path["batch"])) % len(known)]
        return dataclasses.replace(call, path=path)

    def _may_say(self, call: Call) -> bool:
        # People do not lie here: what is asked is answered truthfully, what is not asked anyhow.
        order = str(call.path["order"])
        if order == NO_ORDER or not isinstance(call.body, dict):
            return True
        view = None if self.window.disk.locked else self.window.service.orders.one(order)
        said = AnswerKind(call.body["answer"])
        question = view.question if view is not None else None
        if question is None or said not in [one.answer for one in question.answers]:
            return view is not None
        return Clerk(self.window).makes_true(self._record(order), said, question.kind)

    def _note_what_was_made(self, call: Call, told: dict[str, Any]) -> None:
        if call.operation.path == "/batches":
            self.batches.append(told["batch"]["id"])
        else:
            self._note_new_order(call, told["id"])

    def _note_new_order(self, call: Call, order: str) -> None:
        if order in self.orders:
            return
        self.orders.append(order)
        record = self._record(order)
        recipe = recipe_of(record.kind)
        # Who asks for something on the card itself has brought it: the clerk lays it in.
        brought = record.previous if recipe.own_card and not recipe.at_desk else None
        wish = Wish(record.id_number, f"other-{order}", order=order, about=brought, given=True)
        self.others.append(wish)

    @rule()
    def look(self) -> None:
        """Look at what every page looks at: it is there unless the database can't be read."""
        readable = not self.window.disk.locked
        for name in ("GET /health", "GET /station", "GET /orders", "GET /write-backs"):
            answer = self.call(name)
            assert answer is None or answer.is_success or not readable

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
        """恢复申请 at the province, once the failure is reported or the mark is given back."""
        reported = [one for one in self.window.province.reports if person == one.AAC002]
        left = [one for one, _ in self.window.province.given_back if one == person]
        if left or (reported and reported[-1].outcome == "spoiled"):
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
            self._take_back_remade_cards()
            return collect(self.window, self.answered)
        finally:
            self.window.disk.locked = was

    def _take_back_remade_cards(self) -> None:
        # Who asks for a remake has handed the card back: it lies with the spoiled ones.
        for order in self.window.journal.orders.recent(1000):
            if order.kind is OrderKind.FULL and order.previous is not None:
                first = self.window.journal.orders.one(order.previous)
                card = Clerk(self.window).own_card(first)
                if card is not None and card.outside:
                    card.place = Where.REJECTED

    def teardown(self) -> None:
        """Serve everybody who is left; then everything must hold."""
        try:
            self.window.points.disarm()
            self.mend()
            clerk = Clerk(self.window)
            wishes = [Wish(person, key) for key, (person, _) in self.made_by.items()]
            wishes += self.others
            clerk.testing = any(
                one.kind is OrderKind.TEST for one in self.window.journal.orders.heads()
            )
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
