"""The open shift as its supervisor sees it: what waits, who did what, what was decided."""

from __future__ import annotations

import datetime as dt
from typing import Final

from station.production.services.service import ProductionService
from station.production.services.supervision import COUNTED
from station.production.views.supervision import Decision, WaitingApproval
from station.ui.supervisor_contents import DecisionLine, DutyPanel, PersonLine, WaitingLine
from station.words import Table

TITLES: Final = Table("person-count")


def duty_panel(service: ProductionService) -> DutyPanel:
    """Return the open shift; everything is read from the history."""
    decisions, people = service.supervision.shift_so_far()
    return DutyPanel(
        waiting=tuple(_waiting(one) for one in service.supervision.waiting()),
        decisions=tuple(_decision(one) for one in decisions),
        titles=tuple(TITLES[name] for name in COUNTED),
        people=tuple(
            PersonLine(one.person, tuple(one.counts[name] for name in COUNTED)) for one in people
        ),
    )


def _waiting(one: WaitingApproval) -> WaitingLine:
    return WaitingLine(
        number=one.order or str(one.document),
        since=_time(one.since),
        what=one.what,
        address=f"/?order={one.order}" if one.order else "/custody",
    )


def _decision(one: Decision) -> DecisionLine:
    return DecisionLine(
        seq=one.seq,
        at=_time(one.at),
        actor=one.actor,
        second=one.second,
        order=one.order,
        what=one.what,
        why=one.why,
    )


def _time(moment: dt.datetime) -> str:
    return moment.astimezone().strftime("%m-%d %H:%M")
