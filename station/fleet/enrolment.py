"""Enrolment: the window tells central its name and public keys, with a code that is good once.

The keys are durable before central hears of them, and stay the same however often it is tried: an
answer that was lost comes again.
"""

from __future__ import annotations

import ssl
from typing import Final

from station.core.errors import FleetLinkError, FleetMessageError
from station.core.fleet import ENROLMENT_PATH, EnrolmentAnswer, EnrolmentRequest
from station.core.fleet_changes import KeepFleetIdentity
from station.core.fleet_state import FleetKeys, FleetMembership
from station.journal import Journal
from station.signing import Identity
from station.transport.http import HttpExchangeError, post

ACTOR: Final = "station fleet enrol"
TIMEOUT: Final = 20.0  #: seconds
MOST_ANSWER: Final = 65536  #: bytes
CODE_REFUSED, NAME_TAKEN = 403, 409  #: statuses of central's answer


def enrol(
    journal: Journal, central: str, name: str, code: str, context: ssl.SSLContext | None
) -> FleetMembership:
    """Make this window a station of a fleet, and return what central has answered.

    Args:
        journal: Keeps the keys, sealed.
        central: Address of central.
        name: `city.hall.window`.
        code: The registration code.
        context: For `https`.

    Raises:
        FleetLinkError: Central can't be reached; it may be tried again.
        FleetMessageError: It refuses code or name, or its answer can't be used.
    """
    identity = _identity(journal, name)
    request = EnrolmentRequest(code, name, identity.signing_key, identity.sealing_key)
    try:
        answer = post(
            central.rstrip("/") + ENROLMENT_PATH,
            request.to_json(),
            {"Content-Type": "application/json"},
            timeout=TIMEOUT,
            max_size=MOST_ANSWER,
            context=context,
        )
    except HttpExchangeError as exc:
        raise FleetLinkError(f"central does not answer: {exc.reason}") from exc
    if answer.status == CODE_REFUSED:
        raise FleetMessageError("central refuses the code", code="fleet-code-refused")
    if answer.status == NAME_TAKEN:
        raise FleetMessageError("central has such a name", code="fleet-name-taken")
    if not 200 <= answer.status < 300:
        raise FleetLinkError(f"central answers with HTTP {answer.status}")
    told = EnrolmentAnswer.from_json(answer.body)
    if told.name != name or not told.central_key:
        raise FleetMessageError("central has enrolled another window")
    known = FleetMembership(name, told.central_key, told.server, told.user, told.authority)
    _keep(journal, known, FleetKeys(identity.to_bytes(), told.password))
    return known


def _identity(journal: Journal, name: str) -> Identity:
    known, keys = journal.fleet.membership(), journal.fleet.keys()
    if known is not None and keys is not None and known.name == name:
        return Identity.from_bytes(keys.identity)
    identity = Identity.new()
    _keep(journal, FleetMembership(name, "", "", "", ""), FleetKeys(identity.to_bytes()))
    return identity


def _keep(journal: Journal, known: FleetMembership, keys: FleetKeys) -> None:
    with journal.transaction(ACTOR) as change:
        change.apply(KeepFleetIdentity(known, keys))
