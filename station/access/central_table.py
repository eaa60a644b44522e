"""Who may do what at central: the part of the table of `station.access.table` for its operations.

What central and a window have in common, such as logging in, has its rows there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.people import PEOPLE, Role

_PEOPLE: Final = PEOPLE | {Role.LOCAL}
_SEES: Final = _PEOPLE | {Role.PROVINCE_SERVER, Role.CENTRAL}
_GIVES: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.LOCAL, Role.PROVINCE_SERVER})
_MOVES: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.LOCAL})
_DECIDES: Final = frozenset({Role.SUPERVISOR, Role.LOCAL})
_BUTTONS: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})
_ARRANGES: Final = frozenset({Role.SUPERVISOR, Role.TECHNICIAN})
_SUPERVISES: Final = frozenset({Role.SUPERVISOR})

#: A new window has no account yet: its registration code is what it shows.
#: Later it has a name and a password at the carrier, which its addresses check themselves.
CENTRAL_PUBLIC: Final = frozenset(
    {"POST /enrolment", "GET /health"}
    | {f"POST /carrier/{verb}" for verb in ("publish", "receive", "done", "get", "put", "blob")}
)

CENTRAL_API: Final[Mapping[str, frozenset[Role]]] = {
    "GET /api/v1/fleet/wall": _SEES,
    "POST /api/v1/fleet/codes": _DECIDES,
    "POST /api/v1/fleet/stations/{station}/hold": _DECIDES,
    "GET /api/v1/fleet/stations/{station}/chain": _SEES,
    "POST /api/v1/fleet/assignments": _GIVES,
    "GET /api/v1/fleet/assignments/{assignment}": _SEES,
    "POST /api/v1/fleet/assignments/{assignment}/withdraw": _GIVES,
    "POST /api/v1/fleet/assignments/{assignment}/override": _BUTTONS,
    "POST /api/v1/fleet/applications/{application}/assign": _GIVES,
    "GET /api/v1/fleet/batches": _SEES,
    "POST /api/v1/fleet/batches": _GIVES,
    "GET /api/v1/fleet/batches/{batch}": _SEES,
    "POST /api/v1/fleet/batches/{batch}/split": _GIVES,
    "POST /api/v1/fleet/search": _MOVES | {Role.AUDITOR},
    "GET /api/v1/fleet/forks": _SEES,
    "POST /api/v1/fleet/forks/{fork}/decision": _BUTTONS,
    "GET /api/v1/fleet/stock": _SEES,
    "POST /api/v1/fleet/stock/receipts": _MOVES,
    "POST /api/v1/fleet/stock/transfers": _MOVES,
    "POST /api/v1/fleet/alarms/{alarm}/seen": _MOVES,
    "GET /api/v1/fleet/settings": _SEES,
    "POST /api/v1/fleet/settings": _ARRANGES,
    "POST /api/v1/fleet/settings/{revision}/stop": _ARRANGES,
    "POST /api/v1/fleet/settings/{revision}/next": _ARRANGES,
    "POST /api/v1/fleet/stations/{station}/ring": _ARRANGES,
}

CENTRAL_PAGES: Final[Mapping[str, frozenset[Role]]] = {
    "GET /wall": PEOPLE,
    "GET /wall/now": PEOPLE,
    "GET /wall/events": PEOPLE,
    "POST /wall/alarms/{alarm}": _BUTTONS,
    "GET /work": PEOPLE,
    "POST /work/batches": _BUTTONS,
    "POST /work/batches/{batch}": _BUTTONS,
    "POST /work/withdraw": _BUTTONS,
    "POST /work/assign": _BUTTONS,
    "POST /work/override": _BUTTONS,
    "GET /blanks": PEOPLE,
    "POST /blanks/receipts": _BUTTONS,
    "POST /blanks/transfers": _BUTTONS,
    "GET /search": PEOPLE,
    "POST /search": _BUTTONS | {Role.AUDITOR},
    "GET /audit": PEOPLE,
    "POST /audit/forks/{fork}": _BUTTONS,
    "POST /audit/stations": _SUPERVISES,
    "GET /accounts": PEOPLE,
    "POST /accounts/codes": _SUPERVISES,
    "GET /settings": PEOPLE,
    "POST /settings": _ARRANGES,
    "POST /settings/{revision}/stop": _ARRANGES,
    "POST /settings/{revision}/next": _ARRANGES,
    "POST /settings/rings": _ARRANGES,
}

#: What a second person agrees to at central.
CENTRAL_APPROVALS: Final[Mapping[str, frozenset[Role]]] = {
    "override": _SUPERVISES,
    "fork": _SUPERVISES,
    "settings": _SUPERVISES,
}


def central_operations() -> Mapping[str, frozenset[Role]]:
    """Return every operation of central that is asked for over HTTP, and the roles that may."""
    second = {f"approval {name}": roles for name, roles in CENTRAL_APPROVALS.items()}
    return {**CENTRAL_API, **CENTRAL_PAGES, **second}
