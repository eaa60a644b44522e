"""Who may agree to what: a supervisor of the site, never the one who acts."""

from __future__ import annotations

from station.core.errors import NotSupervisorError
from station.production.life.policies import Policies


def require_approver(policies: Policies, actor: str, approver: str) -> None:
    """Make sure that two different people stand behind an act, and that the second may.

    Raises:
        NotSupervisorError: No approver, one who is not a supervisor, or the actor again.
    """
    if approver not in policies.supervisors or approver == actor:
        raise NotSupervisorError("not a supervisor of this site, or the one who acts")
