"""What must always hold, as pure checks of the evidence.

Source: docs/explanations/invariants.md.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final

from station.core.errors import DefectError, LocalProtocolError
from station.core.evidence import ChipInspected, EffectRecord, ReturnCard, UsedUp
from station.core.gateways import ReportOutcome
from station.core.orders import (
    CardFate,
    CardPlace,
    EffectKind,
    EffectState,
    EventRecord,
    OrderKind,
    OrderRecord,
    OrderStep,
    WriteBackState,
)
from station.core.questions import AnswerKind
from station.production.life.feeder_stop import PASSED
from station.production.life.left_card import LEFT_INSIDE
from station.production.people.questions import ANSWERED
from tests.torture.blanks import TEST_FACE
from tests.torture.evidence import Act, Belief, Evidence
from tests.torture.ledger_rules import (
    OPEN,
    every_blank_in_the_ledger,
    settled_cards_are_where_the_ledger_says,
    taken_for_its_twin,
)
from tests.torture.mark_rules import (
    every_mark_is_given_back,
    no_mark_is_given_back_in_the_middle,
)
from tests.torture.people import NAME
from tests.torture.service_rules import (
    looked_at_services_are_settled,
    no_pin_is_written_down,
    pins_are_used_as_asked_for,
    states_change_as_asked_for,
)
from tests.torture.temporary_rules import (
    one_temporary_card_for_one_person,
    right_card_in_the_desks_reader,
    temporary_cards_end_as_they_are,
)
from tests.torture.time_rules import the_wall_clock_decides_nothing

Violations = Iterator[str]


def one_card_for_one_person(run: Evidence) -> Violations:
    """I1."""
    held = Counter(card.bearer for card in run.cards if card.outside and card.holder)
    for count in held.values():
        if count > 1:
            yield f"I1 {count} cards of one person are outside"


def right_chip_under_every_face(run: Evidence) -> Violations:
    """I2."""
    card_ids = {card.serial: card.card_id for card in run.cards} | {0: ""}
    for act in run.acts:
        other = act.serial and act.bound not in ("", card_ids[act.serial])
        back = other and (_goes_back_as_it_came(run, act) or taken_for_its_twin(run, act))
        if other and not back:
            yield f"I2 {act.kind} of card {act.serial}, the order is bound to another"
        right = "" if act.about == TEST_FACE else act.about
        if act.kind is EffectKind.PRINT and act.bearer != right:
            yield f"I2 the face of {act.about} on a chip of {act.bearer or 'nobody'}"
        if act.kind is EffectKind.WRITE_CHIP and act.bearer.removeprefix("half ") not in (
            "",
            act.about,
        ):
            yield f"I2 the data of {act.about} over those of {act.bearer}"
        if act.kind is EffectKind.RELEASE and not back:
            yield from _released(act)


def _goes_back_as_it_came(run: Evidence, act: Act) -> bool:
    """Whether a card that is not the order's own may go out.

    A card that comes in instead of the order's own may be somebody's, and is not kept: it goes out
    as it came, under an intent that says so and names its row in the ledger. So the order has
    neither written nor printed on it, the row is not the order's own, and where the row has a
    number it is that of the card which really went out.
    """
    effect = next((one for one in run.effects if one.id == act.effect), None)
    if act.kind is not EffectKind.RELEASE or effect is None:
        return False
    if not isinstance(effect.before, ReturnCard):
        return False
    named = effect.before.card
    own = next(order.card for order in run.orders if order.id == act.order)
    row = next((one for one in run.ledger if one.id == named), None)
    card = next(one for one in run.cards if one.serial == act.serial)
    used = any(
        (one.order, one.serial) == (act.order, act.serial)
        and one.kind in (EffectKind.WRITE_CHIP, EffectKind.PRINT)
        for one in run.acts
    )
    known = row is not None and named != own and row.AAZ501 in ("", card.card_id)
    return known and not used


def _released(act: Act) -> Violations:
    if not act.bearer and not act.faces and act.step is not OrderStep.PRINTED:
        return  # a blank given back
    if act.order_kind is OrderKind.TEST:
        return
    if act.bearer != (act.faces or ("no face",))[-1]:
        yield f"I2 released a chip of {act.bearer or 'nobody'} under {act.faces}"
    elif not act.reported and act.step is not OrderStep.PRINTED_OWED:
        yield "I4 released a card that the province does not know"


def every_written_chip_reported(run: Evidence) -> Violations:
    """I4."""
    done = {order.card for order in run.orders if order.step in _ENDED}
    rows = {row.AAZ501: row for row in run.ledger if row.AAZ501}
    told = _told(run)
    for left in run.write_backs:
        if left.state in (WriteBackState.OWED, WriteBackState.DEAD):
            yield f"I4 {left.outcome} of {left.order} stays {left.state}"
    for card in run.cards:
        row = rows.get(card.card_id)
        if card.holder is None or row is None or row.id not in done:
            continue
        spoiled = row.fate is CardFate.SPOILED
        right = ReportOutcome.SPOILED if spoiled else ReportOutcome.ISSUED
        if told[card.card_id, right] != 1:
            yield f"I4 card {card.serial} is written and {row.fate}, and not reported as {right}"
        outcomes = [one.outcome for one in run.reports if card.card_id == one.AAZ501]
        if outcomes[-1:] not in ([right], []):
            yield f"I4 card {card.serial} is {row.fate}, its last report says {outcomes[-1]}"


def _told(run: Evidence) -> Counter[tuple[str, ReportOutcome]]:
    return Counter((report.AAZ501, report.outcome) for report in run.reports)


def province_sees_each_effect_once(run: Evidence) -> Violations:
    """I4."""
    for (card_id, outcome), count in _told(run).items():
        if count > 1:
            yield f"I4 the province took {outcome} of card {int(card_id[6:])} {count} times"
    yield from (f"I4 a report of card {int(one[6:])} sent again unasked" for one in run.repeated)
    for act in run.acts:
        withdraws = act.about.startswith(ReportOutcome.CANCELLED.value)
        if act.kind is EffectKind.REPORT and withdraws and act.step is not OrderStep.CANCELLED:
            yield f"I4 a mark was given back of an order at {act.step}"
        spoiled = act.kind is EffectKind.REPORT and act.step is OrderStep.SPOILED
        if spoiled and act.about.startswith(ReportOutcome.ISSUED.value):
            yield "I4 a card was reported as issued after it was spoiled"
    yield from _activations(run)
    yield from _outbox(run)
    yield from _order_of_reports(run)


_ENDED: Final = {OrderStep.RELEASED, OrderStep.ACTIVATED, OrderStep.SPOILED}


def _activations(run: Evidence) -> Violations:
    known = {report.AAZ500 for report in run.reports if report.outcome is ReportOutcome.ISSUED}
    out = {card.bearer for card in run.cards if card.outside}
    # A card that went out may come back for another face or chip, and be spoiled then.
    again = (OrderKind.FACE_ONLY, OrderKind.CHIP_ONLY)
    back = {act.serial for act in run.acts if act.order_kind in again}
    released = (act for act in run.acts if act.kind is EffectKind.RELEASE)
    out |= {act.bearer for act in released if act.serial in back}
    for number, count in run.activations:
        if count != 1 or number not in known or number not in out:
            yield f"I4 a card was activated {count} times, or is not issued or not outside"


def _outbox(run: Evidence) -> Violations:
    taken = {(report.AAZ501, report.outcome.value) for report in run.reports}
    chips = {order.id: order.chip.AAZ501 for order in run.orders if order.chip}
    for row in run.write_backs:
        if row.outcome == ReportOutcome.CANCELLED:
            continue  # it is no report of a card
        done = row.state is WriteBackState.DONE
        if done and (chips.get(row.order, ""), row.outcome) not in taken:
            yield f"I4 the outbox says {row.outcome} is done, the province does not have it"
        withdrawn = row.state is WriteBackState.WITHDRAWN
        if withdrawn and (chips.get(row.order, ""), row.outcome) in taken - run.late_reports:
            yield f"I4 {row.outcome} was withdrawn, and the province has it"


def _order_of_reports(run: Evidence) -> Violations:
    made = {order.id: number for number, order in enumerate(run.orders)}
    order_of = {row.AAZ501: made[row.order] for row in run.ledger if row.AAZ501}
    last: dict[str, int] = {}
    for report in run.reports:
        if report.outcome is ReportOutcome.TEMPORARY:
            continue  # a card beside the person's own
        order = order_of.get(report.AAZ501, -1)
        if order < last.get(report.AAC002, -1):
            yield "I4 reports about one person arrived in another order than their cards were made"
        last[report.AAC002] = order


#: What is written down before a card of no order is moved.
LEFT_CARD = {
    EffectKind.REJECT: "left-card-rejected",
    EffectKind.RELEASE: "left-card-presented",
}


def intent_before_effect(run: Evidence) -> Violations:
    """I5."""
    for act in run.acts:
        kinds = [kind for _, kind in act.intents]
        if act.kind not in kinds and LEFT_CARD.get(act.kind, "") != act.last_event:
            yield f"I5 {act.kind} began without its intent: open were {kinds}"
        its = (act.order, act.serial)
        begun = next(one for one in run.acts if (one.order, one.serial) == its)
        if act.kind is EffectKind.PRINT and act.faces != begun.faces:
            yield f"I2 printed on a card that this order has printed on: {act.faces[-1][:4]}"
        if act.kind is EffectKind.PRINT and not (act.reported or _may_be_owed(run, act)):
            yield "I5 printed before the report had its outcome"
        inactive = act.kind is EffectKind.RELEASE and act.step is OrderStep.PRINTED_OWED
        if inactive and not _two_people_released(run, act.order):
            yield "I4 released inactive without two people's word"
    seen = Counter(act.kind for act in run.acts)
    rewritten = {order.id for order in run.orders if order.kind is OrderKind.CHIP_ONLY}
    done = Counter(
        one.kind
        for one in run.effects
        if one.state is EffectState.DONE and not _says_no_more(one, one.order in rewritten)
    )
    motors = () if run.by_hand else (EffectKind.FEED, EffectKind.PRINT)
    for kind in (EffectKind.WRITE_CHIP, *motors):
        if done[kind] > seen[kind]:
            yield f"I6 the journal says {done[kind]} times {kind}, it happened {seen[kind]} times"


def _says_no_more(effect: EffectRecord, rewritten: bool) -> bool:
    """Whether `done` does not say that the effect happened just then."""
    # Of a card that is spoiled instead of inspected nobody says what the effect did to it; a chip
    # that is to be written again may have held the right data before.
    proven_by_reading = rewritten and isinstance(effect.after, ChipInspected)
    return proven_by_reading or isinstance(effect.after, UsedUp)


def _may_be_owed(run: Evidence, act: Act) -> bool:
    if act.order_kind is OrderKind.TEST:
        return True
    first = run.print_first or _two_people_released(run, act.order)
    return first and act.step is OrderStep.ENCODED


def _two_people_released(run: Evidence, order: str) -> bool:
    words = [event for event in run.events if (event.order, event.kind) == (order, ANSWERED)]
    return any(
        word.data["answer"] == AnswerKind.RELEASE_INACTIVE
        and word.data.get("approver") not in (None, "", word.actor)
        for word in words
    )


def belief_is_truth(run: Evidence) -> Violations:
    """I6."""
    for belief in run.beliefs:
        yield from _believed(belief)


def _believed(belief: Belief) -> Violations:
    inside = [row for row in belief.ledger if row.fate is CardFate.IN_MACHINE]
    for row in inside:
        explained = row.order in belief.held | belief.open_intents | belief.tests
        explained |= belief.moved_unseen  # after the last look: it is seen at the next one
        if row.AAZ501 not in ("", belief.inside) and not explained:
            yield "I6 after recovery a card is believed inside that is not, and nobody is told"
        if not belief.inside and not explained and row.place is not CardPlace.UNKNOWN:
            yield "I6 after recovery the path is empty, the ledger has a card in it"
    unknown = belief.open_intents or "unreadable" in belief.open_intents
    known = {row.AAZ501 for row in belief.ledger if row.place is CardPlace.UNKNOWN}
    if (
        belief.inside
        and belief.inside_was_fed
        and not (inside or unknown or belief.inside in known)
    ):
        yield "I6 after recovery a fed card is inside, and no ledger row says so"
    for row in belief.ledger:
        gone = row.fate in (CardFate.SPOILED, CardFate.REFUSED, CardFate.ISSUED)
        gone = gone and row.place is not CardPlace.UNKNOWN
        if gone and row.AAZ501 and belief.inside == row.AAZ501 and not belief.open_intents:
            yield f"I6 after recovery a card is inside that the ledger calls {row.fate}"


def one_order_for_one_request(run: Evidence) -> Violations:
    """I7."""
    for key, count in Counter(key for key, _ in run.requests).items():
        if count > 1:
            yield f"I7 request {key} made {count} orders"


def nothing_personal(run: Evidence) -> Violations:
    """I8."""
    secrets = {order.id_number for order in run.orders if order.id_number} | {NAME}
    numbers = [card.identity().bank_number for card in run.cards]
    secrets |= {number.reveal() for number in numbers if number is not None}
    texts = {
        "an event": "\n".join(str(event.data) for event in run.events),
        "an effect": "\n".join(f"{e.before}{e.after}" for e in run.effects),
        "a hold": "\n".join(str(order.hold) for order in run.orders),
        "the log": "\n".join(run.logged),
    }
    for where, text in texts.items():
        if any(secret in text for secret in secrets):
            yield f"I8 {where} holds personal data"


def audit_is_whole(run: Evidence) -> Violations:
    """I9."""
    if run.chain:
        yield f"I9 {run.chain}"
    for order in run.orders:
        yield from _steps(order, [event for event in run.events if event.order == order.id])
    if not all(event.actor for event in run.events):
        yield "I9 an event was nobody's doing"
    words = Counter(event.kind for event in run.events)
    words["outcome"] -= sum(event.data.get("state") == "unknown" for event in run.events)
    for kind, count in (
        ("intent", len(run.effects)),
        ("outcome", sum(effect.state not in OPEN for effect in run.effects)),
        ("blank-left-feeder", len(run.ledger)),
        ("report-owed", len(run.write_backs)),
    ):
        if words[kind] != count:
            yield f"I9 {words[kind]} times {kind} in the history, {count} in the journal"
    yield from _fates(run)


def _steps(order: OrderRecord, history: list[EventRecord]) -> Violations:
    at = OrderStep.ACCEPTED.value
    for event in history:
        if "from" in event.data and event.data["from"] != at:
            yield f"I9 order {order.id} jumped from {at} to {event.data['from']}"
        at = event.data.get("to", at)
    if at != order.step.value:
        yield f"I9 the history of {order.id} ends at {at}, it stands at {order.step}"


def _fates(run: Evidence) -> Violations:
    told: dict[str, str] = {}
    for event in run.events:
        if event.kind == "card-moved" and "fate" in event.data:
            told[event.data["card"]] = event.data["fate"]
    for row in run.ledger:
        if told.get(str(row.id), CardFate.IN_MACHINE) != row.fate:
            yield f"I9 the ledger says {row.fate}, the history does not"


_NO_GOOD: Final = {CardFate.SPOILED, CardFate.REFUSED}


def feeder_stops(run: Evidence) -> Violations:
    """Blanks in a row that are no good, whatever the reason, stop the feeder until a test.

    In a row as they left the feeder: one that lay in somebody's hand while others were fed, and is
    refused afterwards, says nothing about the blanks on top of the stack now.
    """
    kinds = {order.id: order.kind for order in run.orders}
    at_desk = {row.id for row in run.temporary.rows}
    good: dict[int, bool] = {}  #: ledger id, which grows with each feed -> whether it was usable
    for event in run.events:
        fate, place = event.data.get("fate"), event.data.get("place")
        card = int(event.data.get("card", "0"))
        if card in at_desk:
            continue  # it was in no feeder
        if fate == CardFate.ISSUED or event.data.get("reason") == PASSED:
            good[card] = True
        elif event.data.get("reason") == LEFT_INSIDE:
            continue  # it came along with another, and says nothing about the stack
        elif fate in _NO_GOOD and place != CardPlace.UNKNOWN:
            good[card] = False
        feeds = (event.kind, event.data.get("effect")) == ("intent", EffectKind.FEED)
        feeds = feeds and "back" not in event.data  # the order's own card, put back by hand
        full = kinds.get(event.order) is OrderKind.FULL and not run.by_hand  # no motors, no feeder
        newest_first = [good[one] for one in sorted(good, reverse=True)]
        in_a_row = newest_first.index(True) if True in newest_first else len(newest_first)
        if feeds and in_a_row >= run.spoiled_in_a_row and full:
            yield f"a blank was fed after {in_a_row} in a row were no good"


def people_are_told_the_truth(run: Evidence) -> Violations:
    """I10 and I11, as they were seen when a person looked."""
    yield from run.statements


def no_defect(run: Evidence) -> Violations:
    """The program itself never fell over."""
    yield from run.defects
    held = {event.data["code"] for event in run.events if event.kind == "held"}
    yield from (f"the station held an order for a defect: {code}" for code in held & _DEFECTS)


_DEFECTS: Final = {DefectError.code, LocalProtocolError.code}


Check = Callable[[Evidence], Violations]

#: Hold at every moment, in the middle of the work too.
ALWAYS: Final[tuple[Check, ...]] = (
    one_card_for_one_person,
    right_chip_under_every_face,
    settled_cards_are_where_the_ledger_says,
    province_sees_each_effect_once,
    no_mark_is_given_back_in_the_middle,
    intent_before_effect,
    belief_is_truth,
    one_order_for_one_request,
    nothing_personal,
    no_pin_is_written_down,
    states_change_as_asked_for,
    pins_are_used_as_asked_for,
    audit_is_whole,
    feeder_stops,
    right_card_in_the_desks_reader,
    one_temporary_card_for_one_person,
    people_are_told_the_truth,
    the_wall_clock_decides_nothing,
    no_defect,
)
#: Hold when everybody was served.
IN_THE_END: Final[tuple[Check, ...]] = (
    *ALWAYS,
    every_blank_in_the_ledger,
    every_written_chip_reported,
    every_mark_is_given_back,
    looked_at_services_are_settled,
    temporary_cards_end_as_they_are,
)


def violations(run: Evidence, checks: tuple[Check, ...] = IN_THE_END) -> list[str]:
    """Return everything that does not hold, each once."""
    return list(dict.fromkeys(text for check in checks for text in check(run)))
