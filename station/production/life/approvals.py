"""Approvals: given by a supervisor of the site, never by the person who acts."""

from __future__ import annotations

from station.core.errors import NotSupervisorError
from station.production.life.policies import Policies


def require_approver(policies: Policies, actor: str, approver: str) -> None:
    """Check that two different people approve an act, and that the second is a supervisor.

    Raises:
        NotSupervisorError: No approver, one who is not a supervisor, or the actor again.
    """
    if approver not in policies.supervisors or approver == actor:
        raise NotSupervisorError("not a supervisor of this site, or the one who acts")
