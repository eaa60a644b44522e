"""The invariants of a fleet, as pure functions of what all parts say at the end of a run."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

Violations = Iterator[str]


@dataclasses.dataclass(frozen=True)
class Truth:
    """Evidence of a run.

    Attributes:
        stations: What each window left: see `tests.fleet.worker`.
        central: Station -> the hashes that central has, in order.
        gaps: Stations whose events at central are not 1, 2, 3 ...
        forks: Stations with a fork that central has named.
        assignments: Id -> application, epoch, station and state at central.
        balances: Account -> blanks at central.
        taken_in: Blanks that came from the maker.
        applicants: Application -> the person's number.
        wrong: What was seen to be wrong during the run.
    """

    stations: Mapping[str, Mapping[str, Any]]
    central: Mapping[str, list[str]]
    gaps: frozenset[str]
    forks: frozenset[str]
    assignments: Mapping[str, Mapping[str, Any]]
    balances: Mapping[str, int]
    taken_in: int
    applicants: Mapping[str, str]
    wrong: tuple[str, ...]


def one_card_for_one_application(truth: Truth) -> Violations:
    """F1: across all stations."""
    held = Counter(number for one in truth.stations.values() for number in one["people"])
    for application, number in truth.applicants.items():
        if held[number] > 1:
            yield f"F1 {held[number]} cards of {application} are outside"
    epochs: Counter[tuple[str, str]] = Counter()
    for name, one in truth.stations.items():
        for kind, data in one["answers"]:
            if kind != "fleet-accepted":
                continue
            known = truth.assignments.get(data["assignment"])
            if known is not None and str(known["epoch"]) != data["epoch"]:
                yield f"F1 {name} has {data['assignment']} with another epoch than central"
            if not one["clone"]:
                epochs[data["application"], data["epoch"]] += 1
    for (application, epoch), count in epochs.items():
        if count > 1:
            yield f"F1 {application} was accepted {count} times with epoch {epoch}"


def every_event_once(truth: Truth) -> Violations:
    """F2: every event is at central once, every chain holds, every fork is named."""
    for name in truth.gaps:
        yield f"F2 events of {name} at central are not in order"
    for name, one in truth.stations.items():
        station = name.removesuffix(" (copy)")
        if one["chain"] != len(one["hashes"]):
            yield f"F2 the chain of {name} does not hold"
        known = truth.central[station]
        if known == one["hashes"]:
            continue
        two_histories = one["clone"] or one["restored"] or f"{station} (copy)" in truth.stations
        if not two_histories:
            yield f"F2 central has {_story(known, one['hashes'])} {name}"
        elif station not in truth.forks:
            yield f"F2 the fork of {station} is not named"
        elif not one["fork"]:
            yield f"F2 {name} does not know that it is a fork"


def _story(known: list[str], own: list[str]) -> str:
    common = sum(1 for mine, theirs in zip(own, known, strict=False) if mine == theirs)
    if common in (len(known), len(own)):
        return f"{len(known)} of {len(own)} events of"
    return "another history of"


def blanks_add_up(truth: Truth) -> Violations:
    """F3: what the maker sent is somewhere, nothing is under way for ever, drawers agree."""
    total = sum(truth.balances.values())
    if total != truth.taken_in:
        yield f"F3 {truth.taken_in} blanks came, {total} are somewhere"
    if truth.balances.get("transit", 0) and not truth.forks:
        yield f"F3 {truth.balances['transit']} blanks are still under way"
    for name, one in truth.stations.items():
        if one["clone"] or one["restored"]:
            continue
        account = truth.balances.get(f"station:{name}", 0)
        if one["opened"] != account:
            yield f"F3 {name} has opened {one['opened']} blanks, central has sent it {account}"


def no_assignment_is_lost(truth: Truth) -> Violations:
    """F4: each was answered by its station, except by one whose fork waits for a person."""
    for assignment, known in truth.assignments.items():
        if known["station"] in truth.forks:
            continue
        if known["state"] in ("sent", "withdrawing"):
            yield f"F4 {assignment} at {known['station']} is still {known['state']}"
    yield from truth.wrong


def the_province_saw_each_once(truth: Truth) -> Violations:
    """F6."""
    for name, one in truth.stations.items():
        for card in one["reported_twice"]:
            yield f"F6 {name} reported {card} twice"


def nobody_is_stuck(truth: Truth) -> Violations:
    """Walk-ins are served whatever the fleet does; assigned orders where there is a lease."""
    for name, one in truth.stations.items():
        if not (one["clone"] or one["restored"] or name in truth.forks):
            yield from (f"{name}: {stuck}" for stuck in one["stuck"])


def violations(truth: Truth) -> list[str]:
    """Return everything that does not hold."""
    rules = (
        one_card_for_one_application,
        every_event_once,
        blanks_add_up,
        no_assignment_is_lost,
        the_province_saw_each_once,
        nobody_is_stuck,
    )
    return [one for rule in rules for one in rule(truth)]
