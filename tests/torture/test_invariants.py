"""Every checker notices a lie: good evidence, with one thing in it changed."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from station.core.card_states import ServiceResult, StateService
from station.core.evidence import Failed, RejectUsed, ReleaseCard, ReturnCard
from station.core.gateways import ReportOutcome
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    OrderStep,
    WriteBackState,
)
from station.production.desk.cards import ENDED, PinService
from station.production.people.timers import OWED_TOO_LONG
from tests.torture.blanks import TEST_FACE, Card, Where
from tests.torture.boundaries import CASES
from tests.torture.clerk import Clerk, Wish
from tests.torture.desk import PIN, DeskBlank
from tests.torture.evidence import Act, Evidence, collect
from tests.torture.invariants import right_chip_under_every_face, violations
from tests.torture.ledger_rules import (
    every_blank_in_the_ledger,
    taken_for_a_blank,
    taken_for_its_twin,
)
from tests.torture.people import NAME, PEOPLE
from tests.torture.province import Lock
from tests.torture.service_hands import look_at_every_card, pin_service, state_service
from tests.torture.temporary_hands import bad_blank
from tests.torture.time_rules import the_wall_clock_decides_nothing
from tests.torture.window import new_window

#: One card spoiled, one refused, one issued after each; two people, and one who leaves.
CASE = next(case for case in CASES if case.name == "two people")
Lie = Callable[[Evidence], Evidence]


@functools.cache
def truth() -> Evidence:
    with new_window(1) as window:
        bad, other = window.machine.at(Where.FEEDER)[:2]
        bad.bad, other.mute = True, True
        leaves = Wish(PEOPLE[2], "request-3", cancel_at=OrderStep.APPROVED)
        clerk, wishes = Clerk(window), [*CASE.wishes(), leaves]
        while not all(wish.ended for wish in wishes):
            clerk.one_round(wishes)
        state_service(StateService.CANCEL, holder=PEOPLE[0])(window)
        pin_service(PinService.RELOAD, holder=PEOPLE[0])(window)
        look_at_every_card(window)
        window.restart(lambda: None)
        return collect(window, clerk.answered)


def put(evidence: Evidence, field: str, rows: list[Any]) -> Evidence:
    values: dict[str, Any] = {field: tuple(rows)}
    return dataclasses.replace(evidence, **values)


def changed(field: str, number: int, **values: object) -> Lie:
    """Change one record of one field."""

    def lie(evidence: Evidence) -> Evidence:
        rows = list(getattr(evidence, field))
        rows[number] = dataclasses.replace(rows[number], **values)
        return put(evidence, field, rows)

    return lie


def act(kind: EffectKind, **values: object) -> Lie:
    def lie(evidence: Evidence) -> Evidence:
        numbers = [n for n, one in enumerate(evidence.acts) if one.kind is kind]
        return changed("acts", numbers[-1], **values)(evidence)

    return lie


def row(of: CardFate, **values: object) -> Lie:
    def lie(evidence: Evidence) -> Evidence:
        numbers = [n for n, one in enumerate(evidence.ledger) if one.fate is of]
        return changed("ledger", numbers[0], **values)(evidence)

    return lie


def without(field: str, number: int = -1) -> Lie:
    def lie(evidence: Evidence) -> Evidence:
        rows = list(getattr(evidence, field))
        del rows[number]
        return put(evidence, field, rows)

    return lie


def again(field: str) -> Lie:
    def lie(evidence: Evidence) -> Evidence:
        rows = getattr(evidence, field)
        return put(evidence, field, [*rows, rows[-1]])

    return lie


def also(field: str, value: object) -> Lie:
    return lambda evidence: put(evidence, field, [*getattr(evidence, field), value])


def second_card(evidence: Evidence) -> Evidence:
    out = next(card for card in evidence.cards if card.outside and card.holder is not None)
    return also("cards", dataclasses.replace(out, serial=99))(evidence)


def moved(place: Where, of: Where) -> Lie:
    def lie(evidence: Evidence) -> Evidence:
        number = next(n for n, card in enumerate(evidence.cards) if card.place is of)
        return changed("cards", number, place=place)(evidence)

    return lie


def reports_backwards(evidence: Evidence) -> Evidence:
    return dataclasses.replace(evidence, reports=tuple(reversed(evidence.reports)))


def belief(**values: object) -> Lie:
    return lambda evidence: changed("beliefs", len(evidence.beliefs) - 1, **values)(evidence)


def believed_inside(evidence: Evidence) -> Evidence:
    rows = [dataclasses.replace(one, fate=CardFate.IN_MACHINE) for one in evidence.ledger]
    return belief(ledger=tuple(rows))(evidence)


def card_inside(evidence: Evidence) -> Evidence:
    return belief(inside=evidence.ledger[-1].AAZ501, inside_was_fed=True)(evidence)


def spoiled_called_issued(evidence: Evidence) -> Evidence:
    numbers = [n for n, r in enumerate(evidence.reports) if r.outcome is ReportOutcome.SPOILED]
    return changed("reports", numbers[0], outcome=ReportOutcome.ISSUED)(evidence)


def activated_inside(evidence: Evidence) -> Evidence:
    cards = tuple(dataclasses.replace(card, place=Where.PATH) for card in evidence.cards)
    return dataclasses.replace(evidence, cards=cards)


def personal(where: str) -> Lie:
    def lie(evidence: Evidence) -> Evidence:
        number = evidence.cards[0].identity().bank_number
        assert number is not None
        return {
            "log": also("logged", f"... {number.reveal()} ..."),
            "event": changed("events", 3, data={"note": NAME}),
            "effect": changed("effects", 0, after=Failed(PEOPLE[0])),
        }[where](evidence)

    return lie


def _left_mark(evidence: Evidence) -> Lock:
    left = next(one for one in evidence.orders if one.step is OrderStep.CANCELLED)
    assert left.data is not None
    return Lock(left.id_number, left.data.batch, cut=False)


def mark_kept(evidence: Evidence) -> Evidence:
    """The province has refused nothing, and the station gave up."""
    rows = [
        dataclasses.replace(one, state=WriteBackState.WITHDRAWN)
        if one.outcome == ReportOutcome.CANCELLED
        else one
        for one in evidence.write_backs
    ]
    return put(evidence, "write_backs", rows)


def mark_forgotten(evidence: Evidence) -> Evidence:
    told = also("locks", _left_mark(evidence))(evidence)
    rows = [one for one in evidence.write_backs if one.outcome != ReportOutcome.CANCELLED]
    return put(told, "write_backs", rows)


def served(**values: object) -> Lie:
    """Change what is known of the services on cards."""
    return lambda e: dataclasses.replace(e, services=dataclasses.replace(e.services, **values))  # type: ignore[arg-type]


def state_act(**values: object) -> Lie:
    def lie(e: Evidence) -> Evidence:
        acts = tuple(dataclasses.replace(one, **values) for one in e.services.acts)  # type: ignore[arg-type]
        return served(acts=acts)(e)

    return lie


def state_record(**values: object) -> Lie:
    def lie(e: Evidence) -> Evidence:
        rows = tuple(dataclasses.replace(one, **values) for one in e.services.records)  # type: ignore[arg-type]
        return served(records=rows)(e)

    return lie


def pin_act(**values: object) -> Lie:
    def lie(e: Evidence) -> Evidence:
        made = tuple(
            (dataclasses.replace(act, **values), asked)  # type: ignore[arg-type]
            for act, asked in e.services.pin_acts
        )
        return served(pin_acts=made)(e)

    return lie


def asked_for(**values: object) -> Lie:
    """What the clerk had asked for was another thing."""

    def lie(e: Evidence) -> Evidence:
        acts = [
            dataclasses.replace(one, asked=dataclasses.replace(one.asked, **values))  # type: ignore[type-var]
            for one in e.services.acts
        ]
        pins = [
            (act, dataclasses.replace(asked, **values))  # type: ignore[type-var]
            for act, asked in e.services.pin_acts
        ]
        return served(acts=tuple(acts), pin_acts=tuple(pins))(e)

    return lie


def pin_ended(result: str) -> Lie:
    def lie(e: Evidence) -> Evidence:
        number = next(n for n, one in enumerate(e.events) if one.kind == ENDED)
        return changed("events", number, data={**e.events[number].data, "result": result})(e)

    return lie


def pin_written(e: Evidence) -> Evidence:
    return changed("events", 3, data={"typed": PIN})(e)


def without_pin_end(e: Evidence) -> Evidence:
    rows = [one for one in e.events if one.kind != ENDED]
    return served(cuts=0)(put(e, "events", rows))


P, W, X = EffectKind.PRINT, EffectKind.WRITE_CHIP, EffectKind.RELEASE
LIES: dict[str, tuple[str, Lie]] = {
    "a second card of one person": ("I1", second_card),
    "a face on another chip": ("I2", act(P, bearer="B00000000")),
    "a face on a blank chip": ("I2", act(P, bearer="")),
    "data over another's": ("I2", act(W, bearer="B00000000")),
    "a print on a card of another order": ("I2", act(P, bound="410700" + 26 * "9")),
    "released under another face": ("I2", act(X, faces=("B00000000",))),
    "released without a face": ("I2", act(X, faces=())),
    "released unreported": ("I4", act(X, reported=False)),
    "a blank missing in the ledger": ("I3", without("ledger")),
    "a row for a card that nobody has": ("I3", again("ledger")),
    "issued, and in the reject bin": ("I3", moved(Where.REJECTED, Where.HAND)),
    "spoiled, and in a hand": ("I3", moved(Where.OUT, Where.REJECTED)),
    "a fate changed": ("I3", row(CardFate.ISSUED, fate=CardFate.SPOILED)),
    "refused, called issued": ("I3", row(CardFate.REFUSED, fate=CardFate.ISSUED)),
    "a report missing": ("I4", without("reports")),
    "a report twice": ("I4", again("reports")),
    "a spoiled card reported as issued": ("I4", spoiled_called_issued),
    "a report sent again": ("I4", also("repeated", "410700" + 26 * "1")),
    "activated twice": ("I4", also("activations", ("B00000000", 2))),
    "activated while inside": ("I4", activated_inside),
    "done, but not at the province": ("I4", changed("write_backs", 0, outcome="lost")),
    "reports in another order": ("I4", reports_backwards),
    "an effect without intent": ("I5", act(P, intents=())),
    "another effect than intended": ("I5", act(X, intents=(("order", P),))),
    "a face over the same face": ("I2", lambda e: act(P, faces=(_last_print(e),))(e)),
    "printed before the report": ("I5", act(P, reported=False)),
    "done, but never happened": ("I6", lambda e: without("acts", _number(e, P))(e)),
    "believed inside": ("I6", believed_inside),
    "inside, and nobody knows": ("I6", card_inside),
    "one request, two orders": ("I7", also("requests", ("request-1", "another"))),
    "a bank number in the log": ("I8", personal("log")),
    "a name in an event": ("I8", personal("event")),
    "an ID number in an effect": ("I8", personal("effect")),
    "the chain broken": ("I9", lambda e: dataclasses.replace(e, chain="breaks")),
    "an event missing": ("I9", lambda e: without("events", _event(e, "intent"))(e)),
    "a step missing": ("I9", lambda e: without("events", _event(e, "approved"))(e)),
    "an outcome missing": ("I9", lambda e: without("events", _event(e, "outcome"))(e)),
    "a fate missing": ("I9", lambda e: without("events", _event(e, "card-moved"))(e)),
    "an owed report missing": ("I9", lambda e: without("events", _event(e, "report-owed"))(e)),
    "an order elsewhere": ("I9", changed("orders", -1, step=OrderStep.FED)),
    "withdrawn, and at the province": (
        "I4",
        changed("write_backs", 0, state=WriteBackState.WITHDRAWN),
    ),
    "a mark given back while its card is made": (
        "I4 the mark",
        also("given_back", (PEOPLE[0], "B1")),
    ),
    "a mark given back of an order that goes on": (
        "I4 a mark was given back",
        act(EffectKind.REPORT, about="cancelled B1", step=OrderStep.APPROVED),
    ),
    "a mark that is believed to be given back": (
        "I4 the outbox says that a mark",
        lambda e: also("locks", _left_mark(e))(e),
    ),
    "a mark that was not refused, and is kept": ("I4 a mark is not given back", mark_kept),
    "a mark that is given back by nobody": ("I4 the mark of B1 is locked", mark_forgotten),
    "a report owed in the end": ("I4", changed("write_backs", 0, state=WriteBackState.OWED)),
    "a service without intent": ("I5 cancel", state_act(record=0)),
    "a service twice": (
        "I4 service 1",
        lambda e: served(acts=(*e.services.acts, *e.services.acts))(e),
    ),
    "a service that nobody wanted": ("I4 cancel was asked for", state_act(asked=None)),
    "another service than was wanted": (
        "I4 cancel was asked for",
        asked_for(service=StateService.SUSPEND),
    ),
    "注销 unconfirmed": ("I4 cancel can't be undone", asked_for(confirmed=False)),
    "注销 without the holder": ("I4 cancel without", asked_for(holder=PEOPLE[1])),
    "a service recorded as done": ("I6 cancel is recorded as done", served(acts=())),
    "a service recorded as refused": (
        "I6 cancel is recorded as refused",
        state_record(result=ServiceResult.REFUSED),
    ),
    "a service that stays unknown": (
        "I6 cancel stays unknown",
        state_record(result=ServiceResult.UNKNOWN),
    ),
    "a service that was seen": (
        "I6 cancel happened",
        state_record(result=ServiceResult.NOT_SEEN),
    ),
    "a PIN service without intent": ("I5 the PIN", pin_act(begun=())),
    "a PIN service on another card": ("I4 the PIN", pin_act(card="another")),
    "a PIN replaced without the holder": ("I4 reload", pin_act(person=PEOPLE[1])),
    "the last try of a PIN": (
        "I4 change used",
        lambda e: asked_for(service=PinService.CHANGE)(
            pin_act(service=PinService.CHANGE, tries=1)(e)
        ),
    ),
    "a PIN service recorded as refused": ("I6 the PIN", pin_ended("pin-wrong")),
    "a PIN service recorded as done": ("I6 the PIN", pin_act(right=False)),
    "a PIN service without end": ("I9 1 PIN", without_pin_end),
    "a PIN in the history": ("I8 a PIN", pin_written),
    "a false word about a card": ("I10", also("statements", "I10 told that it is inside")),
    "the newest is not first": (
        "B1",
        lambda e: dataclasses.replace(e, newest=tuple(reversed(e.newest))),
    ),
    "blanks loaded in no shift": ("B2", lambda e: dataclasses.replace(e, loaded=100)),
    "blanks fed in no shift": ("B2", lambda e: put(e, "shifts", [{"loaded": 0, "fed": 0}])),
    "nobody did it": ("I9", changed("events", 5, actor="")),
    "a defect": ("the", also("defects", "the machine's thread ended")),
}


@pytest.mark.field_case("B3")
@pytest.mark.parametrize("early", [True, False])
def test_only_the_rejection_for_an_owed_report_must_have_waited(early: bool) -> None:
    """A blank that the same order has refused before went at once, and rightly."""
    evidence = dataclasses.replace(truth(), hold_owed=60.0)
    used = next(one for one in evidence.effects if isinstance(one.before, RejectUsed))
    owed = dataclasses.replace(used, before=RejectUsed(OWED_TOO_LONG, "制卡"))
    rows = [dataclasses.replace(one, reason=OWED_TOO_LONG) for one in evidence.ledger]
    told = put(evidence, "ledger", rows)
    told = put(told, "effects", [owed if early else used])
    assert bool(list(the_wall_clock_decides_nothing(told))) is early


def _last_print(evidence: Evidence) -> str:
    return evidence.acts[_number(evidence, P)].about


def _number(evidence: Evidence, kind: EffectKind) -> int:
    return max(n for n, one in enumerate(evidence.acts) if one.kind is kind)


def _event(evidence: Evidence, kind: str) -> int:
    moves = [n for n, one in enumerate(evidence.events) if one.kind == kind]
    if kind == "card-moved":
        moves = [n for n in moves if "fate" in evidence.events[n].data]
    return moves[0]


@functools.cache
def temporary_truth() -> Evidence:
    """One temporary card with its holder, one that came back, and one spoiled blank."""
    with new_window(1) as window:
        bad_blank(window)
        wishes = [
            Wish(PEOPLE[0], "request-1", temporary=True, rewrites=True),
            Wish(PEOPLE[1], "request-2", temporary=True, returns=True),
        ]
        clerk = Clerk(window)
        while not all(wish.ended for wish in wishes):
            clerk.one_round(wishes)
        return collect(window, clerk.answered)


def at_desk(field: str, of: CardFate | None = None, **values: Any) -> Lie:  # noqa: ANN401
    """Change a row or a card of the temporary cards: the one with this fate, or the first one."""

    def lie(evidence: Evidence) -> Evidence:
        held = evidence.temporary
        rows = list(getattr(held, field))
        fates = {row.AAZ501: row.fate for row in held.rows}
        known = [one.card_id if isinstance(one, DeskBlank) else one.AAZ501 for one in rows]
        number = next(n for n, one in enumerate(known) if of in (None, fates.get(one)))
        rows[number] = dataclasses.replace(rows[number], **values)
        return of_temporary(**{field: tuple(rows)})(evidence)

    return lie


def desk_write(**values: Any) -> Lie:  # noqa: ANN401 - any field
    def lie(evidence: Evidence) -> Evidence:
        held = evidence.temporary
        writes = (*held.writes[:-1], dataclasses.replace(held.writes[-1], **values))
        return dataclasses.replace(evidence, temporary=dataclasses.replace(held, writes=writes))

    return lie


def of_temporary(**values: Any) -> Lie:  # noqa: ANN401 - any field
    return lambda e: dataclasses.replace(e, temporary=dataclasses.replace(e.temporary, **values))


def _held(evidence: Evidence) -> DeskBlank:
    fates = {row.AAZ501: row.fate for row in evidence.temporary.rows}
    cards = evidence.temporary.cards
    return next(one for one in cards if fates.get(one.card_id) is CardFate.TEMPORARY)


DESK_LIES: dict[str, tuple[str, Lie]] = {
    "another card written": ("I2 a card", desk_write(bound="430000" + 26 * "9")),
    "over another person's data": ("I2 one", desk_write(bearer=PEOPLE[4])),
    "a bank's blank": ("I2 a bank", desk_write(bank="622848")),
    "a card that was put aside": ("I3 a card", desk_write(aside=True)),
    "two cards of one person": (
        "I1 2 temporary",
        lambda e: of_temporary(
            cards=(*e.temporary.cards, dataclasses.replace(_held(e), serial=99))
        )(e),
    ),
    "half written": ("I4 temporary", at_desk("cards", CardFate.TEMPORARY, half=True)),
    "unknown to the province": (
        "I4 temporary",
        lambda e: dataclasses.replace(e, reports=()),
    ),
    "back, and the province does not know": ("I4 temporary", of_temporary(taken_back=())),
    "spoiled, and the province has it": (
        "I4 temporary",
        at_desk("rows", CardFate.TEMPORARY, fate=CardFate.SPOILED),
    ),
    "in no ledger": ("I3 temporary", of_temporary(rows=())),
    "in the ledger twice": (
        "I3 a temporary",
        lambda e: of_temporary(rows=(*e.temporary.rows, e.temporary.rows[0]))(e),
    ),
    "an effect without intent": ("I5", act(EffectKind.WRITE_AT_DESK, intents=())),
}


@pytest.mark.parametrize(("begins", "lie"), DESK_LIES.values(), ids=DESK_LIES)
def test_a_lie_about_temporary_cards_is_noticed(begins: str, lie: Lie) -> None:
    assert violations(temporary_truth()) == []
    found = violations(lie(temporary_truth()))
    assert any(text.startswith(begins) for text in found), found


def test_the_evidence_has_something_of_everything() -> None:
    evidence = truth()
    assert violations(evidence) == []
    assert {row.fate for row in evidence.ledger} >= {
        CardFate.ISSUED,
        CardFate.SPOILED,
        CardFate.REFUSED,
    }
    # 撤销标注 gives a mark back; it is no report of a card. Temporary cards are beside these.
    owed = set(ReportOutcome) - {ReportOutcome.TEMPORARY}
    told = owed - {ReportOutcome.CANCELLED}
    assert {report.outcome for report in evidence.reports} == told
    assert {one.outcome for one in temporary_truth().reports} == {ReportOutcome.TEMPORARY}
    assert {row.outcome for row in evidence.write_backs} == owed
    assert len(evidence.given_back) == 1
    assert {one.state for one in evidence.write_backs} == {WriteBackState.DONE}
    assert CardPlace.REJECT_BIN in {row.place for row in evidence.ledger}
    assert EffectState.NOT_DONE not in {one.state for one in evidence.effects}


@pytest.mark.parametrize("name", LIES)
def test_a_lie_is_noticed_under_the_right_rule(name: str) -> None:
    rule, lie = LIES[name]
    found = violations(lie(truth()))
    assert any(text.startswith(rule) for text in found), found


@pytest.mark.field_case("A3")
@pytest.mark.parametrize("booked", [True, False])
def test_of_blanks_that_stuck_together_one_must_be_in_the_ledger(booked: bool) -> None:
    evidence = truth()
    refused = next(one for one in evidence.ledger if one.fate is CardFate.REFUSED)
    cards = [dataclasses.replace(one) for one in evidence.cards]
    fed = next(one for one in cards if one.card_id == refused.AAZ501 or not refused.AAZ501)
    stuck = dataclasses.replace(fed, serial=98, along=True, place=Where.HAND, by_hand=True)
    fed.drawn_with = stuck.drawn_with = fed.serial
    if not booked:
        fed.place, fed.by_hand = Where.HAND, True
        evidence = put(evidence, "ledger", [one for one in evidence.ledger if one != refused])
    found = list(every_blank_in_the_ledger(put(evidence, "cards", [*cards, stuck])))
    assert bool(found) is not booked, found


@pytest.mark.field_case("A3")
def test_a_blank_that_came_along_and_was_put_out_may_have_its_row() -> None:
    """The row stands before others that agree with a card at the outlet, and takes one of these."""
    evidence = truth()
    refused = next(one for one in evidence.ledger if one.fate is CardFate.REFUSED)
    cards = [dataclasses.replace(one) for one in evidence.cards]
    fed = next(one for one in cards if one.mute)
    tested = dataclasses.replace(fed, serial=97, bank="622700", place=Where.HAND)
    along = dataclasses.replace(fed, serial=98, along=True, place=Where.OUT)
    fed.drawn_with = along.drawn_with = fed.serial
    put_out = tuple(one for one in act(X, serial=98, order="")(evidence).acts if one.serial == 98)
    rows = [
        dataclasses.replace(refused, id=90, fate=CardFate.RETURNED, place=CardPlace.OUTPUT_HOPPER),
        dataclasses.replace(refused, id=91, fate=CardFate.TEST, place=CardPlace.OUTPUT_HOPPER),
    ]
    evidence = put(evidence, "ledger", [*evidence.ledger, *rows])
    evidence = put(evidence, "acts", [*evidence.acts, *put_out])
    told = put(evidence, "cards", [*cards, tested, along])
    assert list(every_blank_in_the_ledger(told)) == []
    one_too_many = put(told, "ledger", [*told.ledger, rows[1]])
    assert list(every_blank_in_the_ledger(one_too_many)) != []


@pytest.mark.parametrize("put_in", [True, False])
def test_a_blank_that_a_hand_exchanged_is_in_the_ledger_under_the_other_ones_name(
    put_in: bool,
) -> None:
    """Also when the other one is put back into the feeder later, and drawn from it."""
    evidence = truth()
    issued = next(one for one in evidence.ledger if one.fate is CardFate.ISSUED)
    cards = [dataclasses.replace(one) for one in evidence.cards]
    other = next(one for one in cards if one.card_id == issued.AAZ501)
    other.put_in = put_in
    blank = next(one for one in cards if one.holder is None and one.place is Where.FEEDER)
    taken = dataclasses.replace(blank, serial=98, place=Where.HAND, by_hand=True, left_feeder=True)
    found = list(every_blank_in_the_ledger(put(evidence, "cards", [*cards, taken])))
    assert bool(found) is not put_in, found


def test_a_row_that_agrees_with_any_card_leaves_the_others_theirs() -> None:
    evidence = truth()
    refused = next(one for one in evidence.ledger if one.fate is CardFate.REFUSED)
    fed = next(one for one in evidence.cards if one.mute)
    gone = dataclasses.replace(fed, serial=98, place=Where.GONE)
    lost = dataclasses.replace(refused, id=1, place=CardPlace.UNKNOWN)
    told = put(evidence, "ledger", [lost, *evidence.ledger])
    told = put(told, "cards", [*evidence.cards, gone])
    assert list(every_blank_in_the_ledger(told)) == []
    assert list(every_blank_in_the_ledger(put(told, "ledger", [lost, *told.ledger]))) != []
    assert list(every_blank_in_the_ledger(put(told, "ledger", [*told.ledger[1:]]))) != []


@pytest.mark.field_case("G6")
@pytest.mark.parametrize(
    ("changes", "right"),
    [
        ({}, True),
        ({"card": "own"}, False),
        ({"card": "another"}, False),
        ({"number": "another"}, False),
        ({"kind": EffectKind.REJECT}, False),
        ({"printed": True}, False),
        ({"before": "finished"}, False),
    ],
)
def test_only_a_card_that_goes_back_as_it_came_may_be_another_one(
    changes: dict[str, Any], right: bool
) -> None:
    evidence = truth()
    refused = next(one for one in evidence.ledger if one.fate is CardFate.REFUSED)
    other = next(one for one in evidence.cards if one.mute)
    number = next(
        n for n, one in enumerate(evidence.acts) if one.kind is X and one.bearer and one.bound
    )
    out = evidence.acts[number]
    own = next(one.card for one in evidence.orders if one.id == out.order)
    if changes.get("number"):
        evidence = row(CardFate.REFUSED, AAZ501="410700" + 26 * "9")(evidence)
    named = {"own": own, "another": 99}.get(changes.get("card", ""), refused.id)
    before = ReleaseCard(named) if changes.get("before") else ReturnCard(named or 0, "not-theirs")
    kind = changes.get("kind", X)
    back = dataclasses.replace(
        out, kind=kind, serial=other.serial, bearer="", faces=(), step=OrderStep.PRINTED
    )
    acts = [*evidence.acts]
    if changes.get("printed"):
        acts.append(dataclasses.replace(back, kind=P, about=TEST_FACE))
    effects = [
        dataclasses.replace(one, before=before) if one.id == out.effect else one
        for one in evidence.effects
    ]
    told = put(put(evidence, "effects", effects), "acts", [*acts, back])
    found = list(right_chip_under_every_face(told))
    assert (found == []) is right, found


def two_cards() -> tuple[Act, Card]:
    """Return a card's way into the bin, and another card."""
    evidence = truth()
    rejected = evidence.acts[_number(evidence, EffectKind.REJECT)]
    return rejected, next(one for one in evidence.cards if one.serial != rejected.serial)


def with_cards(changes: Mapping[int, Mapping[str, Any]]) -> Evidence:
    """Return what happened with cards that can be read, but for these, by their serial."""
    evidence, readable = truth(), {"mute": False, "bad_number": False}
    cards = [
        dataclasses.replace(card, **{**readable, **changes.get(card.serial, {})})
        for card in evidence.cards
    ]
    return dataclasses.replace(evidence, cards=tuple(cards))


@pytest.mark.parametrize(
    ("twin", "own", "taken"),
    [
        ({"bad_number": True}, {"by_other": True}, True),
        ({"mute": True}, {"by_hand": True}, True),
        ({}, {"by_other": True}, False),
        ({"mute": True}, {}, False),
        ({"mute": True, "along": False}, {"by_other": True}, False),
    ],
)
def test_only_an_unreadable_twin_goes_into_the_bin_as_the_other_one(
    twin: dict[str, bool], own: dict[str, bool], taken: bool
) -> None:
    rejected, other = two_cards()
    stuck = {"drawn_with": other.serial}
    told = with_cards({rejected.serial: {"along": True} | stuck | twin, other.serial: stuck | own})
    assert taken_for_its_twin(told, dataclasses.replace(rejected, bound=other.card_id)) is taken


@pytest.mark.parametrize(
    ("stuck", "blank", "bound", "taken"),
    [
        ({"mute": True}, {"mute": True, "by_other": True}, "", True),
        ({"bad_number": True}, {"mute": True, "by_hand": True}, "", True),
        ({"mute": True}, {"mute": True, "by_other": True}, "410700", False),
        ({}, {"mute": True, "by_other": True}, "", False),
        ({"mute": True}, {"by_other": True}, "", False),
        ({"mute": True}, {"mute": True}, "", False),
        ({"mute": True, "along": False}, {"mute": True, "by_other": True}, "", False),
    ],
)
def test_only_an_unreadable_card_goes_into_the_bin_as_a_blank_that_was_moved_away(
    stuck: dict[str, bool], blank: dict[str, bool], bound: str, taken: bool
) -> None:
    rejected, other = two_cards()
    told = with_cards({rejected.serial: {"along": True} | stuck, other.serial: blank})
    fed = dataclasses.replace(rejected, kind=EffectKind.FEED, serial=other.serial)
    told = dataclasses.replace(told, acts=(*told.acts, fed))
    assert taken_for_a_blank(told, dataclasses.replace(rejected, bound=bound)) is taken
