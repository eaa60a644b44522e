"""The carrier's accounts: the file that nats-server includes, with what each station may do.

A station publishes under its own name only, reads only its own letters, cursor, lease and desired
configuration, and gets answers under a prefix of its own.

Source: NATS documentation, "Authorization" and "JetStream wire API reference"; ADR-8 (key-value),
ADR-20 (object store).
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from station.central.keys import carrier_password
from station.central.tables import stations
from station.core import fleet
from station.core.errors import ConfigError
from station.signing import Identity

CENTRAL_USER: Final = "central"


def accounts_file(connection: sa.Connection, identity: Identity, central_password: str) -> str:
    """Return the text of the `authorization` block: central, and every enrolled station."""
    rows = connection.execute(
        sa.select(stations.c.name, stations.c.signing_key).order_by(stations.c.name)
    )
    users = [_user(CENTRAL_USER, central_password, [">"], [">"])]
    for row in rows:
        password = carrier_password(identity, row.name, row.signing_key)
        users.append(_user(row.name, password, may_publish(row.name), may_subscribe(row.name)))
    return "authorization {\n  users = [\n" + "".join(users) + "  ]\n}\n"


def may_publish(station: str) -> list[str]:
    """Return the subjects that a station publishes under."""
    consumer = fleet.inbox_consumer(station)
    inbox = fleet.INBOX_STREAM
    bucket = f"KV_{fleet.BUCKET}"
    blobs = f"OBJ_{fleet.BLOBS}"
    return [
        fleet.events_subject(station),
        fleet.presence_subject(station),
        fleet.checkpoint_subject(station),
        f"$KV.{fleet.BUCKET}.{fleet.applied_key(station)}",
        f"$JS.API.CONSUMER.INFO.{inbox}.{consumer}",
        f"$JS.API.CONSUMER.CREATE.{inbox}.{consumer}.{fleet.inbox_subject(station)}",
        f"$JS.API.CONSUMER.MSG.NEXT.{inbox}.{consumer}",
        f"$JS.ACK.{inbox}.{consumer}.>",
        f"$JS.API.STREAM.INFO.{bucket}",
        f"$JS.API.DIRECT.GET.{bucket}.$KV.{fleet.BUCKET}.*.{station}",
        f"$JS.API.STREAM.INFO.{blobs}",
        f"$JS.API.DIRECT.GET.{blobs}",
        f"$JS.API.STREAM.MSG.GET.{blobs}",
    ]


def may_subscribe(station: str) -> list[str]:
    """Return the subjects that a station listens to."""
    return [f"{fleet.reply_prefix(station)}.>"]


def _user(name: str, password: str, publish: Sequence[str], subscribe: Sequence[str]) -> str:
    return (
        f"    {{ user: {json.dumps(name)}, password: {json.dumps(password)}, permissions: {{"
        f" publish: {json.dumps(list(publish))}, subscribe: {json.dumps(list(subscribe))} }} }}\n"
    )


def write_accounts(text: str, file: Path, pid_file: Path | None) -> None:
    """Replace the file in one step, and have the carrier's server read it again.

    Raises:
        ConfigError: The file can't be written, or the server can't be reached by its pid file.
    """
    try:
        if file.exists() and file.read_text(encoding="utf-8") == text:
            return
        new = file.with_name(f"{file.name}.new")
        with os.fdopen(os.open(new, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o640), "w") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        new.replace(file)
        if pid_file is not None and pid_file.exists():
            os.kill(int(pid_file.read_text()), signal.SIGHUP)
    except (OSError, ValueError) as exc:
        raise ConfigError(f"the carrier's accounts, {file}: {exc}") from exc
