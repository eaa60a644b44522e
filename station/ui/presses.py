"""Carries out one press of a button: refuses a stale one, asks before what cannot be undone.

The page sends with every press the order and the revision that were on the screen. The answer
never contains the order's panel: `station.ui.live` is the only writer of what a page shows.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from station.core.errors import (
    IdNumberError,
    NotSupervisorError,
    OrderNotFoundError,
    PersonNotServedError,
    StationError,
)
from station.core.errors.doors import (
    LoginBusyError,
    LoginRefusedError,
    LoginWaitError,
    OperatorCardError,
)
from station.core.people import Approval
from station.production.services.service import ProductionService
from station.ui.actions import ACTIONS, act
from station.ui.confirmations import Confirmation, confirmation_for
from station.ui.desk_panel import DESK_ABOUT_NO_ORDER
from station.ui.notices import Notice, no_number, refusal, stale
from station.ui.pressed import Pressed
from station.ui.repair_panel import REPAIR_ACTIONS

#: Buttons that are not about the order on the screen, or only when no number was typed.
ABOUT_NO_ORDER: Final = frozenset(
    {"retry-report", "reject-left-card", "check", "move-stock", "close-shift", "destroy-card"}
    | {"begin-rehearsal", "end-rehearsal"}
    | {"self-test", "test-card", "test-passed", "test-failed", "find-by-desk-card"}
    | {"change-card", "start-up-read"}
    | DESK_ABOUT_NO_ORDER
    | REPAIR_ACTIONS.keys()
)
#: Proves what the second person has typed into the dialog, for one act.
Approve = Callable[[str, Pressed], Approval]
#: Why nobody has agreed: the dialog asks once more.
_NOT_AGREED: Final = (
    NotSupervisorError, LoginRefusedError, LoginWaitError, LoginBusyError, OperatorCardError,
)  # fmt: skip
FOR_A_NUMBER: Final = frozenset(
    {"fetch", "make", "find-person", "look-at-card", "apply-for-card", "issue-temporary"}
)
#: Buttons that do nothing without a number, whatever order is on the screen.
ONLY_FOR_A_NUMBER: Final = FOR_A_NUMBER - {"fetch", "make"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a press.

    Attributes:
        order: The order that the page shows from now on; empty for none.
        notice: Why nothing was done; None when it was done, or is to be confirmed.
        confirmation: What the person must confirm first; None when nothing.
    """

    order: str = ""
    notice: Notice | None = None
    confirmation: Confirmation | None = None


def carry_out(
    action: str, service: ProductionService, pressed: Pressed, approve: Approve
) -> Outcome:
    """Do what the button says, unless it is stale or must be confirmed. May move a card.

    `approve` proves a second person's agreement where one is needed.
    """
    about_nobody = not pressed.order or action in ONLY_FOR_A_NUMBER
    if action in FOR_A_NUMBER and not pressed.id_number.strip() and about_nobody:
        return Outcome(notice=no_number())
    try:
        return _unless_stale(action, service, pressed, approve)
    except (IdNumberError, OrderNotFoundError, PersonNotServedError) as exc:
        # Nothing on the screen belongs to this number: the last person's order must not stay
        # beside its refusal. It is one press away in the list of this window's orders.
        return Outcome("", refusal(exc))
    except StationError as exc:
        return Outcome(pressed.order, refusal(exc))


def _unless_stale(
    action: str, service: ProductionService, pressed: Pressed, approve: Approve
) -> Outcome:
    about_number = action in FOR_A_NUMBER and bool(pressed.id_number.strip())
    about_order = action in ACTIONS and action not in ABOUT_NO_ORDER and not about_number
    if about_order and pressed.revision != str(service.orders.revision(pressed.order)):
        return Outcome(pressed.order, stale())
    confirmation = confirmation_for(action, service, pressed)
    if confirmation is not None and pressed.confirmed != confirmation.names:
        return Outcome(pressed.order, confirmation=confirmation)
    if confirmation is not None and confirmation.second:
        try:
            pressed.agree(approve(confirmation.second, pressed))
        except _NOT_AGREED as exc:
            asked = dataclasses.replace(confirmation, refused=refusal(exc).title)
            return Outcome(pressed.order, confirmation=asked)
    return Outcome(act(action, service, pressed))
