"""What needs a second person: an agreement that `station.access` has proven, never a typed name."""

from __future__ import annotations

from station.core.errors import NotSupervisorError
from station.core.people import Approval


def require_approval(actor: str, approval: Approval | None) -> Approval:
    """Make sure that two different people stand behind an act; returns the second one's word.

    Raises:
        NotSupervisorError: Nobody agreed, or the one who acts did.
    """
    if approval is None or approval.person == actor:
        raise NotSupervisorError("a second person must agree")
    return approval


def as_data(approval: Approval | None, name: str = "approver") -> dict[str, str]:
    """Return what the history records of an agreement; nothing for none."""
    if approval is None:
        return {}
    return {name: approval.person, "method": approval.method.value}
