"""Wires central, and serves it until SIGTERM."""

from __future__ import annotations

import contextlib
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

from fastapi import FastAPI

from station.access import Doors, open_doors
from station.central.accounts import CENTRAL_USER
from station.central.app import create_central_app
from station.central.central import Central
from station.central.database import Database
from station.central.enrolment import CarrierAccess, Enrolment
from station.central.keys import load_identity
from station.central.mailbox import TableCarrier
from station.central.settings import CentralSettings
from station.core.carrier import Carrier
from station.core.errors import ConfigError
from station.state_folder import make_private
from station.text_file import read_text_file


@contextlib.contextmanager
def central_database(settings: CentralSettings) -> Iterator[Database]:
    """Open the database with its schema brought up to this program's.

    Raises:
        JournalError: It can't be used.
        ConfigError: Its password can't be read.
    """
    database = Database(settings.database_url)
    try:
        database.migrate()
        yield database
    finally:
        database.close()


@contextlib.contextmanager
def central_doors(settings: CentralSettings) -> Iterator[Doors]:
    """Open the database of who may log in at central.

    Raises:
        ConfigError: It can't be opened or made.
    """
    make_private(settings.central.state_dir)
    doors = open_doors(settings.central.state_dir)
    try:
        yield doors
    finally:
        doors.close()


def carrier_access(settings: CentralSettings) -> CarrierAccess:
    """Return what a new station is told about the carrier.

    Raises:
        ConfigError: The certificates can't be read.
    """
    carrier = settings.carrier
    return CarrierAccess(
        server=carrier.announced or carrier.server,
        authority="" if carrier.authority is None else read_text_file(carrier.authority),
        with_accounts=carrier.kind == "https" or carrier.accounts_file is not None,
    )


def enrolment_of(settings: CentralSettings, database: Database) -> Enrolment:
    """Return the use cases of new stations, for a command beside a running central."""
    make_private(settings.central.state_dir)
    return Enrolment(database, load_identity(settings.central.state_dir), carrier_access(settings))


def build_central(settings: CentralSettings, database: Database) -> Central:
    """Wire it; nothing runs yet.

    Raises:
        ConfigError: A key, a password or a certificate can't be read.
    """
    make_private(settings.central.state_dir)
    identity = load_identity(settings.central.state_dir)
    carrier = _open_carrier(settings, database)
    return Central(settings, database, carrier, identity, carrier_access(settings))


def _open_carrier(settings: CentralSettings, database: Database) -> Carrier:
    if settings.carrier.kind == "https":
        return TableCarrier(database)
    from station.transport.nats_carrier import NatsCarrier

    password = settings.carrier_password
    return NatsCarrier(
        settings.carrier.server,
        user=CENTRAL_USER if password else "",
        password=password,
        context=_context(settings.carrier.authority),
        name="central",
    )


def build_central_app(
    settings: CentralSettings,
    central: Central,
    doors: Doors,
    on_started: Callable[[], None],
    on_stopped: Callable[[], None],
) -> FastAPI:
    """Return the application of a wired central."""
    return create_central_app(
        central,
        doors,
        allowed_hosts=settings.server.allowed_hosts,
        on_started=on_started,
        on_stopped=on_stopped,
    )


def start_central_metrics(settings: CentralSettings, database: Database) -> Callable[[], None]:
    """Answer `/metrics` where the site wants it; returns what ends that.

    Raises:
        ConfigError: The address can't be used.
    """
    listen = settings.metrics.listen
    if not listen:
        return lambda: None
    from station.central.figures import READABLE, figures  # few places are monitored
    from station.metrics import ListedMetrics, serve_metrics

    return serve_metrics(ListedMetrics(lambda: figures(database), READABLE), listen)


def _context(authority: Path | None) -> ssl.SSLContext | None:
    if authority is None:
        return None
    try:
        return ssl.create_default_context(cafile=str(authority))
    except (OSError, ssl.SSLError) as exc:
        raise ConfigError(f"carrier.authority {authority}: {exc}") from exc
