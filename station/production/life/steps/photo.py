"""The soft photo rules: a picture that breaks one waits for a supervisor's waiver.

The picture is already stored with its order, so that a supervisor sees what they waive, and the
waiver is for that picture only: another picture comes with another order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from station.core.changes import AddEvent, Changes, SetHold, SetWaivers
from station.core.errors import PhotoRulesError, StepNotAllowedError
from station.core.orders import AnyOrder, Hold, OrderRecord
from station.core.photos import PhotoFinding, PhotoReport
from station.core.phrases import phrase, row
from station.production.life.approvals import require_approver
from station.production.life.effects import Workbench

NOBODY: Final = ""  #: value in `OrderRecord.waivers`: the rule has not been waived yet


def note(order: OrderRecord, report: PhotoReport) -> Changes:
    """Return the changes that follow from the soft rules; a broken one holds the order. Pure."""
    made: Changes = ()
    if report.unchecked:
        made += (AddEvent(order.id, "photo-rules-unchecked", {"reason": report.unchecked}),)
    if report.soft:
        broken = {finding.rule.value: _broken(finding) for finding in report.soft}
        made += (
            SetWaivers(order.id, dict.fromkeys(broken, NOBODY)),
            SetHold(order.id, _hold(broken)),
        )
    return made


def _broken(finding: PhotoFinding) -> str:
    told = {"rule": finding.title, "found": finding.found, "allowed": finding.allowed}
    return phrase("photo.broken", **told)


def _hold(broken: Mapping[str, str]) -> Hold:
    together = {"rules": ",".join(broken), "broken": row(broken.values())}
    return Hold(PhotoRulesError.code, {**broken, **together})


def require_waived(order: AnyOrder) -> None:
    """Refuse to continue with a picture whose broken rules are not waived.

    Raises:
        PhotoRulesError: A broken soft rule was not waived.
    """
    waiting = [rule for rule, who in order.waivers.items() if who == NOBODY]
    if waiting:
        details = order.hold.details if order.hold else {"rules": ",".join(waiting)}
        raise PhotoRulesError("a supervisor must let the picture pass", details=dict(details))


def waive(
    bench: Workbench,
    order: AnyOrder,
    supervisor: str,
    actor: str,
    rules: Collection[str] | None = None,
) -> None:
    """Waive all broken soft rules of the picture, or `rules` of them. Records the supervisor.

    Raises:
        NotSupervisorError: The site's settings do not name the supervisor, or it is `actor`.
        StepNotAllowedError: One of `rules` does not wait for a waiver, or none does.
    """
    require_approver(bench.equipment.policies, actor, supervisor)
    waiting = [rule for rule, who in order.waivers.items() if who == NOBODY]
    wanted = set(waiting if rules is None else rules)
    if order.hold is None or not wanted or not wanted <= set(waiting):
        raise StepNotAllowedError("no such photo rule waits", details={"step": order.step.value})
    left = {rule: order.hold.details[rule] for rule in waiting if rule not in wanted}
    event = {"rules": ",".join(sorted(wanted)), "supervisor": supervisor}
    bench.apply(
        actor,
        SetWaivers(order.id, {**order.waivers, **dict.fromkeys(wanted, supervisor)}),
        AddEvent(order.id, "photo-rules-waived", event),
        SetHold(order.id, _hold(left) if left else None),
    )
