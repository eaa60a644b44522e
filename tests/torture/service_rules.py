"""The services on cards, as pure checks of the evidence: part of I4 to I6 and I8."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from station.core.card_states import SERVICES, ServiceRecord, ServiceResult, StateService
from station.core.errors import OutcomeUnknownError
from station.production.desk.cards import BEGUN, BY_THE_PROVINCE, DONE, ENDED, PinService
from tests.torture.desk import OTHER_PIN, PIN, WRONG_PIN
from tests.torture.evidence import Evidence
from tests.torture.service_evidence import StateAct

Violations = Iterator[str]

#: As they are in the catalogue of the station, before anybody breaks it.
IRREVERSIBLE: Final = {StateService.CANCEL}
IN_PERSON: Final = {StateService.LIFT_LOSS, StateService.CANCEL}
OPEN: Final = {ServiceResult.BEGUN, ServiceResult.UNKNOWN}


def states_change_as_asked_for(run: Evidence) -> Violations:
    """I5, I4, I6: begun before it happens, once, as it was asked for; and recorded as it is."""
    for act in run.services.acts:
        yield from _asked_for(act)
    for record, count in Counter(act.record for act in run.services.acts).items():
        if record and count > 1:
            yield f"I4 service {record} was carried out {count} times"
    acts = {act.record: act for act in run.services.acts}
    for one in run.services.records:
        happened = one.id in acts
        if one.result is ServiceResult.DONE and not happened and not _was_so(run, one):
            yield f"I6 {one.service} is recorded as done, and never happened"
        if one.result is ServiceResult.REFUSED and happened:
            yield f"I6 {one.service} is recorded as refused, and it happened"


def _asked_for(act: StateAct) -> Violations:
    if not act.record:
        yield f"I5 {act.service} began without its intent"
    asked = act.asked
    if asked is None or asked.service is not act.service or asked.person != act.card.AAC002:
        yield f"I4 {act.service} was asked for by nobody"
        return
    if act.service in IRREVERSIBLE and not asked.confirmed:
        yield f"I4 {act.service} can't be undone, and nobody has confirmed it"
    if act.service in IN_PERSON and asked.holder != asked.person:
        yield f"I4 {act.service} without the holder's ID card"


def _was_so(run: Evidence, record: ServiceRecord) -> bool:
    """Whether an earlier service had led to that state: it shows that this one is not needed."""
    if record.service is StateService.ACTIVATE and record.card is not None:
        return record.card.AAZ500 in dict(run.activations)  # 领卡启用 of its order
    leads_to = SERVICES[record.service].leads_to
    earlier = (act for act in run.services.acts if act.record < record.id)
    return any(SERVICES[act.service].leads_to is leads_to for act in earlier)


def looked_at_services_are_settled(run: Evidence) -> Violations:
    """In the end, when somebody has looked at every card: what is known is written down."""
    if not run.services.looked:
        return
    acts = {act.record for act in run.services.acts}
    states = dict(run.services.states)  # another card has none of these any more
    newest = {one.card.AAC002: one for one in run.services.records if one.card is not None}
    for one in run.services.records:
        if one.result in OPEN:
            yield f"I6 {one.service} stays {one.result} after a look at its card"
        late = one.result is ServiceResult.NOT_SEEN and one.id in acts
        seen = (
            one.card is not None and states.get(one.card.AAZ500) is SERVICES[one.service].leads_to
        )
        if late and seen and one in newest.values():
            yield f"I6 {one.service} happened, and is recorded as not seen"


def pins_are_used_as_asked_for(run: Evidence) -> Violations:
    """I5, I4: begun before the card is touched; the last try and another's card never unasked."""
    for act, asked in run.services.pin_acts:
        if not act.begun:
            yield f"I5 the PIN service {act.service} began without its intent"
        if asked is None or (asked.service, asked.card) != (act.service, act.card):
            yield f"I4 the PIN service {act.service} was not asked for on this card"
            continue
        typed = act.service not in BY_THE_PROVINCE
        if typed and act.tries == 1 and not asked.last_try:
            yield f"I4 {act.service} used the last try, and the holder did not want it"
        if not typed and asked.holder != act.person:
            yield f"I4 {act.service} without the holder's ID card"
    yield from _pins_recorded(run)


def _pins_recorded(run: Evidence) -> Violations:
    """I6, I9: every begun service has its end, unless the power was cut, and it is the true one."""
    acts = {number: act for act, _ in run.services.pin_acts for number in act.begun[-1:]}
    open_ones: list[tuple[int, str, str]] = []
    for event in run.events:
        if event.kind == BEGUN:
            open_ones.append((event.seq, event.data["service"], event.data["AAZ501"]))
        if event.kind == ENDED:
            begun = next(one for one in reversed(open_ones) if one[2] == event.data["AAZ501"])
            open_ones.remove(begun)
            act, result = acts.get(begun[0]), event.data["result"]
            right = act is not None and act.right
            if (result == DONE) is not right and result != OutcomeUnknownError.code:
                yield f"I6 the PIN service {begun[1]} is recorded as {result}"
    if len(open_ones) > run.services.cuts:
        yield f"I9 {len(open_ones)} PIN services have no end"


def no_pin_is_written_down(run: Evidence) -> Violations:
    """I8."""
    texts = [str(event.data) for event in run.events] + list(run.logged)
    for pin in (PIN, OTHER_PIN, WRONG_PIN):
        if any(pin in text for text in texts):
            yield "I8 a PIN is in the history or in the log"


#: Which of them was done at least once in a full run.
DONE_IN_RUNS: Final = (
    *(f"service done: {one.value}" for one in StateService),
    *(f"PIN service done: {one.value}" for one in PinService),
)


def done(run: Evidence) -> Counter[str]:
    """Count what was done."""
    states = Counter(f"service done: {act.service.value}" for act in run.services.acts)
    pins = Counter(
        f"PIN service done: {act.service.value}" for act, _ in run.services.pin_acts if act.right
    )
    return states + pins
