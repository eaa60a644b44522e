"""Wires the window's part in a fleet: its link to central, and its enrolment there."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from station.core.carrier import Carrier
from station.core.errors import ConfigError
from station.core.fleet import reply_prefix
from station.core.fleet_state import FleetKeys, FleetMembership
from station.journal import Journal
from station.production.life.equipment import Equipment
from station.production.machine.engine import Engine
from station.production.services.service import ProductionService
from station.settings import Settings
from station.taking_settings import TakenSettings

if TYPE_CHECKING:
    from station.fleet import Member


def build_member(
    settings: Settings,
    journal: Journal,
    equipment: Equipment,
    engine: Engine,
    service: ProductionService,
    begin_anew: Callable[[], None],
) -> Member | None:
    """Return the window's part in its fleet; None where it belongs to none, or has not enrolled.

    Raises:
        ConfigError: The optional dependencies of a fleet are missing, or a certificate is wrong.
        FleetMessageError: The stored keys are of another form.
    """
    known, keys = journal.fleet.membership(), journal.fleet.keys()
    if not settings.fleet.central or known is None or keys is None:
        return None
    if not known.is_enrolled:
        return None
    from station.fleet import Member
    from station.fleet.facts import facts_of

    facts = facts_of(journal, engine, service.ledger)
    carrier = _open_carrier(known, keys)
    site = TakenSettings(settings, journal, engine, service, begin_anew)
    lease = equipment.lease
    return Member(journal, carrier, known, keys, lease, service.assigned, facts, site)


def _open_carrier(known: FleetMembership, keys: FleetKeys) -> Carrier:
    if known.server.startswith(("https://", "http://")):
        return _open_http_carrier(known, keys)
    try:
        from station.transport.nats_carrier import NatsCarrier
    except ImportError as exc:
        raise ConfigError(
            "[fleet] needs its optional dependencies: pip install card-station[fleet]"
        ) from exc
    context = None
    if "tls://" in known.server or "wss://" in known.server:
        from station.transport.http import trust_pem

        context = trust_pem(known.authority)
    return NatsCarrier(
        known.server,
        user=known.user,
        password=keys.password,
        context=context,
        reply_prefix=reply_prefix(known.name),
        name=known.name,
    )


def _open_http_carrier(known: FleetMembership, keys: FleetKeys) -> Carrier:
    from station.transport.http import trust_pem
    from station.transport.http_carrier import HttpCarrier

    context = trust_pem(known.authority) if known.server.startswith("https://") else None
    return HttpCarrier(known.server, user=known.user, password=keys.password, context=context)


def enrol_in_fleet(settings: Settings, journal: Journal, code: str) -> FleetMembership:
    """Enrol this window; the caller has the state folder.

    Raises:
        ConfigError: The site has no `[fleet]`, or a certificate is wrong.
        FleetLinkError, FleetMessageError: See `station.fleet.enrolment.enrol`.
        JournalError: The journal can't be used.
    """
    from station.fleet.enrolment import enrol
    from station.transport.http import trust

    central = settings.fleet.central
    if not central:
        raise ConfigError("fleet.central is empty: this window belongs to no fleet")
    context = trust(settings.fleet.ca_file) if central.startswith("https:") else None
    return enrol(journal, central, settings.fleet.name, code, context)
