"""The link to central, as one light beside those of the devices; no card needs it."""

from __future__ import annotations

import datetime as dt

from station.core.fleet_state import FleetMembership
from station.journal import Journal
from station.production.views.messages import connection_problem
from station.production.views.orders import DeviceView

FORK = "fleet-fork"  #: code of the problem


def fleet_device(journal: Journal) -> tuple[DeviceView, ...]:
    """Return the link of a window that has enrolled; nothing for one that belongs to none."""
    known = journal.fleet.membership()
    if known is None or not known.is_enrolled:
        return ()
    code = FORK if known.fork else known.error
    return (
        DeviceView(
            name="fleet",
            address=known.server,
            ok=None if known.contact_at is None and not code else not code,
            state="down" if code else "unknown" if known.contact_at is None else "up",
            problems=(connection_problem(code),) if code else (),
            facts=_facts(known, journal),
            unverified=(),
            exchanges=(),
        ),
    )


def _facts(known: FleetMembership, journal: Journal) -> dict[str, str]:
    facts = {
        "fleet-name": known.name,
        "fleet-confirmed": f"{known.confirmed} / {journal.last_seq}",
    }
    if known.contact_at is not None:
        facts["fleet-contact"] = _local(known.contact_at)
    if known.lease_until is not None:
        facts["fleet-lease"] = _local(known.lease_until)
    if on_their_way := sum(one.sent for one in journal.fleet.on_their_way()):
        facts["fleet-blanks"] = str(on_their_way)
    return facts


def _local(at: dt.datetime) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
