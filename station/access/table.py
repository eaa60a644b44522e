"""The one table of who may do what: every operation of the API, of the pages and of commands.

An operation that is not in the table is refused to everybody. The API and the pages ask here for
each request; the command line calls the API, or reads files that only the service's account can
read. The document `docs/reference/roles.md` is made from this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.access.central_table import CENTRAL_PUBLIC, central_operations
from station.core.people import PEOPLE, Role

_OPERATOR, _SUPERVISOR = Role.OPERATOR, Role.SUPERVISOR
_TECHNICIAN, _AUDITOR = Role.TECHNICIAN, Role.AUDITOR
_PAGE, _SERVER, _CENTRAL, _LOCAL = (
    Role.PROVINCE_PAGE,
    Role.PROVINCE_SERVER,
    Role.CENTRAL,
    Role.LOCAL,
)

#: Every role: whoever is known.
KNOWN: Final = frozenset(Role)
_AT_WINDOW: Final = frozenset({_OPERATOR, _SUPERVISOR, _LOCAL})
_MAKES: Final = _AT_WINDOW | {_PAGE, _SERVER}
_ANSWERS: Final = _AT_WINDOW | {_PAGE}
_DECIDES: Final = frozenset({_SUPERVISOR, _LOCAL})
_MACHINE: Final = _AT_WINDOW | {_TECHNICIAN}
_LEDGER: Final = PEOPLE | {_LOCAL, _CENTRAL}
_REPORTS: Final = _MACHINE | {_SERVER}
_PAIRS: Final = frozenset({_OPERATOR, _SUPERVISOR, _TECHNICIAN})
_FILES: Final = frozenset({_LOCAL})

#: Asked without a login: they show and do nothing that is about a person or a card.
PUBLIC: Final[frozenset[str]] = frozenset(
    {
        "GET /api/v1/health",
        "GET /api/v1/openapi.json",
        "POST /api/v1/session",
        "POST /api/v1/session/card",
        "POST /api/v1/pairings",
        "GET /api/v1/pairings/{pairing}",
        "GET /docs",
        "GET /docs/{file}",
        "GET /login",
        "GET /language/{language}",
        "POST /login",
        "POST /login/card",
        "POST /register",
        "GET /static/{path}",
    }
)

#: These change nothing; what they are asked may be a person's number, which no address holds.
READING_POSTS: Final[frozenset[str]] = frozenset(
    {"POST /api/v1/order-search", "POST /api/v1/people/search", "POST /api/v1/desk/card"}
    | {"POST /api/v1/cards/state", "POST /api/v1/custody/search"}
)
#: Answered to everybody, on a listener of its own, where the site opens one (`metrics.listen`):
#: counts and durations, nothing about a person or a card.
FIGURES: Final[frozenset[str]] = frozenset({"GET /metrics"})

API: Final[Mapping[str, frozenset[Role]]] = {
    "GET /api/v1/session": KNOWN,
    "DELETE /api/v1/session": KNOWN,
    "GET /api/v1/station": KNOWN,
    "GET /api/v1/station/support-bundle.zip": _MACHINE,
    "POST /api/v1/station/reject-left-card": _MACHINE,
    "GET /api/v1/write-backs": KNOWN,
    "POST /api/v1/write-backs/retry": _REPORTS,
    "POST /api/v1/write-backs/export": _AT_WINDOW,
    "POST /api/v1/write-backs/receipts": _AT_WINDOW | {_SERVER},
    "GET /api/v1/webhooks": _MACHINE | {_AUDITOR, _SERVER},
    "POST /api/v1/webhooks": _FILES,
    "DELETE /api/v1/webhooks/{name}": _FILES,
    "GET /api/v1/dead-letters": _MACHINE | {_AUDITOR, _SERVER},
    "POST /api/v1/dead-letters/{letter}/retry": _REPORTS,
    "GET /api/v1/events": KNOWN,
    "POST /api/v1/orders": _MAKES,
    "GET /api/v1/orders": KNOWN,
    "POST /api/v1/people/search": _MAKES,
    "POST /api/v1/applications": _ANSWERS,
    "POST /api/v1/cards/state": _ANSWERS,
    "POST /api/v1/cards/state/{state_service}": _ANSWERS,
    "GET /api/v1/cards/services": _LEDGER,
    "GET /api/v1/cards/services/{service_id}": _LEDGER,
    "GET /api/v1/cards/services/{service_id}/receipt.pdf": _ANSWERS,
    "GET /api/v1/orders/{order}/person": _MAKES,
    "POST /api/v1/order-search": _MAKES | {_AUDITOR},
    "GET /api/v1/orders/{order}": KNOWN,  # masked for some: `VIEWS`
    "GET /api/v1/orders/{order}/events": KNOWN,
    "GET /api/v1/orders/{order}/preview/{side}.png": _MAKES,
    "GET /api/v1/orders/{order}/slip.pdf": _MAKES,
    "POST /api/v1/orders/{order}/steps/{step}": _MAKES,
    "POST /api/v1/orders/{order}/run": _MAKES,
    "POST /api/v1/orders/{order}/cancel": _MAKES,
    "POST /api/v1/orders/{order}/answer": _ANSWERS,
    "POST /api/v1/orders/{order}/reprints": _ANSWERS,
    "POST /api/v1/orders/{order}/photo-waiver": _ANSWERS,
    "GET /api/v1/queue": KNOWN,
    "POST /api/v1/queue": _MAKES,
    "GET /api/v1/batches": _LEDGER | {_SERVER},
    "POST /api/v1/batches": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/template.xlsx": _AT_WINDOW | {_SERVER},
    "POST /api/v1/province-batches": _AT_WINDOW | {_SERVER},
    "POST /api/v1/batches/{batch}/bank-checks": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/bank-checks": _LEDGER | {_SERVER},
    "POST /api/v1/batches/{batch}/bank-answers": _AT_WINDOW | {_SERVER},
    "POST /api/v1/batches/{batch}/decisions": _AT_WINDOW,
    "GET /api/v1/batches/{batch}/making": _LEDGER | {_SERVER},
    "POST /api/v1/batches/{batch}/making": _AT_WINDOW,
    "POST /api/v1/batches/{batch}/approvals": _AT_WINDOW,
    "POST /api/v1/batches/{batch}/withdrawals": _AT_WINDOW | {_SERVER},
    "POST /api/v1/batches/{batch}/results": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/results": _LEDGER | {_SERVER},
    "GET /api/v1/batches/{batch}/results/{part}.zip": _AT_WINDOW | {_SERVER},
    "POST /api/v1/batch-receipts": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/handover.pdf": _AT_WINDOW,
    "GET /api/v1/batches/{batch}/handover.xlsx": _AT_WINDOW,
    "GET /api/v1/batches/{batch}/forms.pdf": _AT_WINDOW,
    "POST /api/v1/batches/{batch}/lists": _AT_WINDOW,
    "GET /api/v1/batches/{batch}/lists": _LEDGER,
    "GET /api/v1/batch-lists/{number}.pdf": _AT_WINDOW,
    "GET /api/v1/batch-lists/{number}.xlsx": _AT_WINDOW,
    "GET /api/v1/batches/{batch}/exceptions.xlsx": _AT_WINDOW | {_SERVER},
    "GET /api/v1/units": _AT_WINDOW,
    "GET /api/v1/units/{unit}": _AT_WINDOW,
    "POST /api/v1/units/{unit}": _AT_WINDOW,
    "POST /api/v1/batch-packages": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}": _LEDGER | {_SERVER},
    "POST /api/v1/batches/{batch}/list": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/rows": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/faults.xlsx": _AT_WINDOW | {_SERVER},
    "POST /api/v1/batches/{batch}/photos": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/photos": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/photos.xlsx": _AT_WINDOW | {_SERVER},
    "GET /api/v1/batches/{batch}/photos/{photo}.jpg": _AT_WINDOW,
    "POST /api/v1/batches/{batch}/rows/{line}/photo": _AT_WINDOW,
    "GET /api/v1/desk/id-card": _ANSWERS,
    "POST /api/v1/desk/orders": _ANSWERS,
    "GET /api/v1/desk/orders/{order}/identity": _ANSWERS,
    "POST /api/v1/desk/orders/{order}/holder": _ANSWERS,
    "POST /api/v1/desk/orders/{order}/agent": _ANSWERS,
    "POST /api/v1/desk/orders/{order}/name-confirmation": _ANSWERS,
    "POST /api/v1/desk/card": _ANSWERS,
    "POST /api/v1/desk/mute-blank": _MACHINE,
    "POST /api/v1/desk/pin/{pin_service}": _ANSWERS,
    "GET /api/v1/desk/pin-receipts/{event}.pdf": _ANSWERS,
    "POST /api/v1/temporary-cards": _ANSWERS,
    "POST /api/v1/temporary-cards/{order}/write": _ANSWERS,
    "POST /api/v1/temporary-cards/{order}/discard": _ANSWERS,
    "POST /api/v1/temporary-cards/return": _ANSWERS,
    "GET /api/v1/temporary-cards/{order}/receipt.pdf": _ANSWERS,
    "POST /api/v1/custody/cards": _ANSWERS,
    "POST /api/v1/custody/search": _ANSWERS,
    "GET /api/v1/custody/cards/{card}/moves": _LEDGER,
    "POST /api/v1/custody/acts/{custody_act}": _ANSWERS,
    "GET /api/v1/custody/documents": _ANSWERS,
    "POST /api/v1/custody/documents/{document}/decision": _DECIDES,
    "POST /api/v1/custody/documents/{document}/distribution": _ANSWERS,
    "GET /api/v1/custody/documents/{document}/list.pdf": _ANSWERS,
    "POST /api/v1/custody/checks": _ANSWERS,
    "GET /api/v1/custody/checks": _ANSWERS,
    "GET /api/v1/custody/checks/{check_id}/receipt.pdf": _ANSWERS,
    "GET /api/v1/ledger/shift": _LEDGER,
    "POST /api/v1/ledger/shift/close": _AT_WINDOW,
    "POST /api/v1/ledger/stock": _AT_WINDOW,
    "GET /api/v1/ledger/shifts": _LEDGER,
    "GET /api/v1/ledger/to-destroy": _LEDGER,
    "POST /api/v1/ledger/cards/{card}/destroy": _AT_WINDOW,
    "GET /api/v1/ledger/not-taken": _LEDGER,
    "POST /api/v1/ledger/test-cards": _MACHINE,
    "POST /api/v1/ledger/test-cards/{order}/verdict": _MACHINE,
}

#: What an answer shows: a person's name and numbers as they are; masked for the other roles.
PERSON_IN_FULL: Final = "person in full"
VIEWS: Final[Mapping[str, frozenset[Role]]] = {PERSON_IN_FULL: _MAKES}

_WINDOW_BUTTONS: Final = frozenset({_OPERATOR, _SUPERVISOR})
_ON_DUTY: Final = frozenset({_OPERATOR, _SUPERVISOR, _AUDITOR})
#: Who sees what goes over the wires, and how the station is set up.
_REPAIRS: Final = frozenset({_TECHNICIAN})
_CHECKS: Final = frozenset({_SUPERVISOR, _AUDITOR})
PAGES: Final[Mapping[str, frozenset[Role]]] = {
    "GET /": PEOPLE,  # and what the page shows, below
    "GET /diagnostics": PEOPLE,
    "GET /diagnostics/readiness.pdf": PEOPLE,
    "GET /diagnostics/trace": _REPAIRS,
    "page trace": _REPAIRS,
    "GET /diagnostics/configuration": _REPAIRS,
    "GET /doors": PEOPLE,
    "GET /supervisor": _ON_DUTY,
    "page supervisor": _ON_DUTY,
    "GET /supervisor/audit": _CHECKS,
    "POST /supervisor/audit": _CHECKS,
    "POST /supervisor/audit/{form}": _CHECKS,
    "GET /supervisor/shifts/{shift}/paper": _ON_DUTY,
    "GET /supervisor/spoiled/paper": _ON_DUTY,
    "GET /supervisor/exceptions/paper": _CHECKS,
    "POST /logout": PEOPLE,
    "GET /ui/panels": PEOPLE,
    "GET /ui/events": PEOPLE,
    "GET /ui/orders/{order}/photo.jpg": frozenset({_OPERATOR, _SUPERVISOR}),
    "GET /actions/{action}": PEOPLE,
    "POST /actions/{action}": PEOPLE,  # and what the button itself asks for, below
    "page operator": frozenset({_OPERATOR, _SUPERVISOR}),
    "page diagnostics": PEOPLE,
    "GET /custody": _WINDOW_BUTTONS,
    "POST /custody/find": _WINDOW_BUTTONS,
    "POST /custody/receive": _WINDOW_BUTTONS,
    "POST /custody/act": _WINDOW_BUTTONS,
    "POST /custody/decide": frozenset({_SUPERVISOR}),
    "POST /custody/distribution": _WINDOW_BUTTONS,
    "POST /custody/check": _WINDOW_BUTTONS,
    "GET /batches": _WINDOW_BUTTONS,
    "POST /batches": _WINDOW_BUTTONS,
    "GET /batches/package": _WINDOW_BUTTONS,
    "POST /batches/package": _WINDOW_BUTTONS,
    "GET /batches/province": _WINDOW_BUTTONS,
    "POST /batches/province": _WINDOW_BUTTONS,
    "GET /batches/receipts": _WINDOW_BUTTONS,
    "POST /batches/receipts": _WINDOW_BUTTONS,
    "GET /batches/units": _WINDOW_BUTTONS,
    "POST /batches/units": _WINDOW_BUTTONS,
    "GET /batches/{batch}": _WINDOW_BUTTONS,
    "GET /batches/{batch}/photo-progress": _WINDOW_BUTTONS,
    "GET /batches/{batch}/making-progress": _WINDOW_BUTTONS,
    "GET /batches/{batch}/rows/{line}": _WINDOW_BUTTONS,
    "GET /batches/{batch}/{press}": _WINDOW_BUTTONS,
    "POST /batches/{batch}/list": _WINDOW_BUTTONS,
    "POST /batches/{batch}/photos": _WINDOW_BUTTONS,
    "POST /batches/{batch}/rows/{line}/photo": _WINDOW_BUTTONS,
    "POST /batches/{batch}/decisions": _WINDOW_BUTTONS,
    "POST /batches/{batch}/bank-checks": _WINDOW_BUTTONS,
    "POST /batches/{batch}/bank-answers": _WINDOW_BUTTONS,
    "POST /batches/{batch}/lists": _WINDOW_BUTTONS,
    "POST /batches/{batch}/making": _WINDOW_BUTTONS,
    "POST /batches/{batch}/approvals": _WINDOW_BUTTONS,
    "POST /batches/{batch}/withdrawals": _WINDOW_BUTTONS,
    "POST /batches/{batch}/exceptions": _WINDOW_BUTTONS,
    "POST /batches/{batch}/results": _WINDOW_BUTTONS,
    "POST /doors/confirm": _PAIRS,
    "POST /doors/refuse": _PAIRS,
    "POST /doors/revoke": _PAIRS,
}

_MACHINE_BUTTONS: Final = _WINDOW_BUTTONS | {_TECHNICIAN}
#: The buttons of the pages.
ACTIONS: Final[Mapping[str, frozenset[Role]]] = {
    **dict.fromkeys(
        (
            "fetch", "approve", "feed", "write", "report", "print", "release", "activate", "make",
            "cancel", "answer", "waive-photo", "reprint", "open-card-out", "move-stock",
            "close-shift", "destroy-card", "open-by-card", "attach-holder", "attach-agent",
            "confirm-name", "read-card", "pin-service", "find-person", "find-by-desk-card",
            "look-at-card", "change-card", "apply-for-card", "issue-temporary", "write-temporary",
            "discard-temporary", "take-back-temporary", "start-up-read",
        ),
        _WINDOW_BUTTONS,
    ),
    **dict.fromkeys(("begin-rehearsal", "end-rehearsal"), frozenset({_SUPERVISOR, _TECHNICIAN})),
    **dict.fromkeys(
        (
            "retry-report", "reject-left-card", "check", "try-blank", "test-card", "test-passed",
            "test-failed", "begin-repair", "confirm-step", "leave-repair", "clean-machine",
            "self-test",
        ),
        _MACHINE_BUTTONS,
    ),
}  # fmt: skip

#: What a second person agrees to, and who that may be.
APPROVALS: Final[Mapping[str, frozenset[Role]]] = {
    "photo-waiver": frozenset({_SUPERVISOR}),
    "answer": frozenset({_SUPERVISOR}),
    "reprint": frozenset({_SUPERVISOR}),
    "destroy": frozenset({_SUPERVISOR}),
}

#: Commands: the operations of the API that each one calls; none for one that reads files itself.
COMMANDS: Final[Mapping[str, tuple[str, ...]]] = {
    "serve": (),
    "doctor": (),
    "setup": (),
    "boot": (),
    "update install": (),
    "update start": (),
    "update status": (),
    "backup": (),
    "bundle": ("GET /api/v1/station/support-bundle.zip",),
    "restore": (),
    "config check": (),
    "make": ("POST /api/v1/orders", "POST /api/v1/orders/{order}/run"),
    "ledger": (),
    "ledger shift": ("GET /api/v1/ledger/shift",),
    "ledger shifts": ("GET /api/v1/ledger/shifts",),
    "ledger close-shift": ("POST /api/v1/ledger/shift/close",),
    "ledger move": ("POST /api/v1/ledger/stock",),
    "ledger to-destroy": ("GET /api/v1/ledger/to-destroy",),
    "ledger not-taken": ("GET /api/v1/ledger/not-taken",),
    "ledger destroy": ("POST /api/v1/ledger/cards/{card}/destroy",),
    "ledger test-card": ("POST /api/v1/ledger/test-cards",),
    "ledger judge": ("POST /api/v1/ledger/test-cards/{order}/verdict",),
    "orders": (),
    "cards apply": ("POST /api/v1/applications",),
    "cards state": ("POST /api/v1/cards/state",),
    "cards change": ("POST /api/v1/cards/state/{state_service}",),
    "cards services": ("GET /api/v1/cards/services",),
    "cards receipt": ("GET /api/v1/cards/services/{service_id}/receipt.pdf",),
    "batches template": ("GET /api/v1/batches/template.xlsx",),
    "batches add": ("POST /api/v1/batches",),
    "batches fetch": ("POST /api/v1/province-batches",),
    "batches bank-check": ("POST /api/v1/batches/{batch}/bank-checks",),
    "batches bank-answers": ("POST /api/v1/batches/{batch}/bank-answers",),
    "batches correct": ("POST /api/v1/batches/{batch}/list",),
    "batches key": (),
    "batches package": ("POST /api/v1/batch-packages",),
    "batches photos": (
        "POST /api/v1/batches/{batch}/photos",
        "GET /api/v1/batches/{batch}/photos",
        "GET /api/v1/batches/{batch}/photos.xlsx",
    ),
    "batches decide": ("POST /api/v1/batches/{batch}/decisions",),
    "batches make": ("POST /api/v1/batches/{batch}/making",),
    "batches pause": ("POST /api/v1/batches/{batch}/making",),
    "batches progress": ("GET /api/v1/batches/{batch}/making",),
    "batches approve": ("POST /api/v1/batches/{batch}/approvals",),
    "batches withdraw": ("POST /api/v1/batches/{batch}/withdrawals",),
    "batches results": (
        "POST /api/v1/batches/{batch}/results",
        "GET /api/v1/batches/{batch}/results/{part}.zip",
    ),
    "batches receipt": ("POST /api/v1/batch-receipts",),
    "batches handover": (
        "GET /api/v1/batches/{batch}/handover.pdf",
        "GET /api/v1/batches/{batch}/handover.xlsx",
    ),
    "batches forms": ("GET /api/v1/batches/{batch}/forms.pdf",),
    "batches print": ("POST /api/v1/batches/{batch}/lists", "GET /api/v1/batch-lists/{number}.pdf"),
    "batches print-again": (
        "GET /api/v1/batch-lists/{number}.pdf",
        "GET /api/v1/batch-lists/{number}.xlsx",
    ),
    "batches exceptions": ("GET /api/v1/batches/{batch}/exceptions.xlsx",),
    "batches units": ("GET /api/v1/units",),
    "batches unit": ("POST /api/v1/units/{unit}",),
    "batches choose-photo": ("POST /api/v1/batches/{batch}/rows/{line}/photo",),
    "batches list": ("GET /api/v1/batches",),
    "batches faults": (
        "GET /api/v1/batches/{batch}/rows",
        "GET /api/v1/batches/{batch}/faults.xlsx",
    ),
    "desk id-card": ("GET /api/v1/desk/id-card",),
    "desk open": ("GET /api/v1/desk/id-card", "POST /api/v1/desk/orders"),
    "desk people": ("GET /api/v1/desk/orders/{order}/identity",),
    "desk holder": ("GET /api/v1/desk/id-card", "POST /api/v1/desk/orders/{order}/holder"),
    "desk agent": ("GET /api/v1/desk/id-card", "POST /api/v1/desk/orders/{order}/agent"),
    "desk confirm-name": ("POST /api/v1/desk/orders/{order}/name-confirmation",),
    "desk card": ("POST /api/v1/desk/card",),
    "desk try-blank": ("POST /api/v1/desk/mute-blank",),
    "desk pin": (
        "POST /api/v1/desk/card",
        "GET /api/v1/desk/id-card",
        "POST /api/v1/desk/pin/{pin_service}",
    ),
    "temporary issue": (
        "GET /api/v1/desk/id-card",
        "POST /api/v1/temporary-cards",
        "POST /api/v1/orders/{order}/steps/{step}",
    ),
    "temporary write": (
        "GET /api/v1/desk/id-card",
        "POST /api/v1/temporary-cards/{order}/write",
    ),
    "temporary discard": ("POST /api/v1/temporary-cards/{order}/discard",),
    "temporary return": ("POST /api/v1/temporary-cards/return",),
    "temporary receipt": ("GET /api/v1/temporary-cards/{order}/receipt.pdf",),
    "desk pin-receipt": ("GET /api/v1/desk/pin-receipts/{event}.pdf",),
    "custody receive": ("POST /api/v1/desk/card", "POST /api/v1/custody/cards"),
    "custody find": ("POST /api/v1/custody/search",),
    "custody moves": ("GET /api/v1/custody/cards/{card}/moves",),
    "custody act": ("POST /api/v1/custody/acts/{custody_act}",),
    "custody decide": ("POST /api/v1/custody/documents/{document}/decision",),
    "custody distribution": ("POST /api/v1/custody/documents/{document}/distribution",),
    "custody documents": ("GET /api/v1/custody/documents",),
    "custody list": ("GET /api/v1/custody/documents/{document}/list.pdf",),
    "custody check": ("POST /api/v1/desk/card", "POST /api/v1/custody/checks"),
    "custody checks": ("GET /api/v1/custody/checks",),
    "custody check-receipt": ("GET /api/v1/custody/checks/{check_id}/receipt.pdf",),
    "orders person": ("POST /api/v1/people/search",),
    "orders today": ("GET /api/v1/orders",),
    "orders exceptions": (),
    "orders question": ("GET /api/v1/orders/{order}",),
    "orders answer": ("POST /api/v1/orders/{order}/answer",),
    "orders step": ("POST /api/v1/orders/{order}/steps/{step}",),
    "orders cancel": ("POST /api/v1/orders/{order}/cancel",),
    "orders reprint": ("POST /api/v1/orders/{order}/reprints",),
    "write-backs list": (),
    "write-backs retry": ("POST /api/v1/write-backs/retry",),
    "write-backs export": ("POST /api/v1/write-backs/export",),
    "write-backs import": ("POST /api/v1/write-backs/receipts",),
    "write-backs key": (),
    "webhooks add": ("POST /api/v1/webhooks",),
    "webhooks list": ("GET /api/v1/webhooks",),
    "webhooks remove": ("DELETE /api/v1/webhooks/{name}",),
    "webhooks dead": ("GET /api/v1/dead-letters",),
    "webhooks retry": ("POST /api/v1/dead-letters/{letter}/retry",),
    "audit verify": (),
    "audit export": (),
    "printer status": (),
    "printer clean": (),
    "printer capture": (),
    "printer replay": (),
    "chip read": (),
    "chip check": (),
    "chip verify-pin": (),
    "chip change-pin": (),
    "chip unblock-pin": (),
    "chip reload-pin": (),
    "photo check": (),
    "privacy report": (),
    "face test-card": (),
    "face check": (),
    "fleet enrol": (),
    "fleet status": (),
    "operators add": (),
    "operators list": (),
    "operators disable": (),
    "operators reset": (),
    "operators card": (),
    "operators cards": (),
    "operators card-check": (),
    "operators card-remove": (),
    "clients add": (),
    "clients list": (),
    "clients revoke": (),
    "certificates make": (),
    "certificates client": (),
    "central serve": (),
    "central code": (),
    "central operator": (),
    "central stations": (),
    "central accounts": (),
}


def operations() -> Mapping[str, frozenset[Role]]:
    """Return every operation that is asked for over HTTP, and the roles that may."""
    actions = {f"action {name}": roles for name, roles in ACTIONS.items()}
    second = {f"approval {name}": roles for name, roles in APPROVALS.items()}
    return {**API, **VIEWS, **PAGES, **actions, **second}


def who_may_run(command: str) -> frozenset[Role]:
    """Return the roles that may run a command.

    One that calls the API is for whoever may call each of its operations, as an operator or as an
    account of the PC. One that reads files is for the service's own account.
    """
    allowed = _FILES if not COMMANDS[command] else PEOPLE | _FILES
    for operation in COMMANDS[command]:
        allowed &= API[operation]
    return allowed


def may(roles: frozenset[Role], operation: str) -> bool:
    """Whether one of the roles may do this; an operation that is not in the table: nobody."""
    return bool(roles & _ALL.get(operation, frozenset()))


def is_public(operation: str) -> bool:
    """Whether everybody may ask this, without a login."""
    return operation in PUBLIC or operation in CENTRAL_PUBLIC


_ALL: Final = {**operations(), **central_operations()}
