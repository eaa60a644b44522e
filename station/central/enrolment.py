"""A new window introduces itself with a code that is good once."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import sqlalchemy as sa

from station.access.passwords import code_digest, new_code
from station.central.acts import log_act
from station.central.database import Database
from station.central.keys import carrier_password
from station.central.tables import registration_codes, stations
from station.core.chain import GENESIS
from station.core.errors.central import EnrolmentRefusedError, StationNameTakenError
from station.core.fleet import EnrolmentAnswer, EnrolmentRequest, check_station_name
from station.signing import Identity, seal


@dataclass(frozen=True, slots=True)
class CarrierAccess:
    """How a station reaches the carrier.

    Attributes:
        server: Addresses, with commas between them.
        authority: PEM of the certificates that its own is checked with; empty: the public ones.
        with_accounts: Whether the carrier asks for a name and a password.
    """

    server: str
    authority: str = field(default="", repr=False)
    with_accounts: bool = True


class Enrolment:
    """The use cases. Thread-safe."""

    def __init__(self, database: Database, identity: Identity, access: CarrierAccess) -> None:
        self._database = database
        self._identity = identity
        self._access = access

    def make_code(self, station: str, *, by: str) -> str:
        """Return a new registration code for a station of this name; only its digest is kept.

        Raises:
            FleetMessageError: The name has another form.
        """
        check_station_name(station)
        code = new_code()
        with self._database.transaction() as connection:
            connection.execute(
                registration_codes.insert().values(
                    digest=code_digest(code),
                    station=station,
                    made_at=sa.func.clock_timestamp(),
                    made_by=by,
                )
            )
            log_act(connection, "code-made", {}, actor=by, station=station)
        return code

    def enrol(self, request: EnrolmentRequest) -> EnrolmentAnswer:
        """Register the station's public keys; asked again with the same, the same answer.

        Raises:
            FleetMessageError: A name or key of another form.
            EnrolmentRefusedError: The code is unknown, used up, or of another station.
            StationNameTakenError: The name belongs to other keys.
        """
        check_station_name(request.name)
        seal(b"", request.sealing_key, context="a usable key")
        seal(b"", request.signing_key, context="a usable key")
        with self._database.transaction() as connection:
            self._use_code(connection, request)
            self._register(connection, request)
        password = ""
        if self._access.with_accounts:
            password = carrier_password(self._identity, request.name, request.signing_key)
        return EnrolmentAnswer(
            name=request.name,
            central_key=self._identity.signing_key,
            server=self._access.server,
            user=request.name if self._access.with_accounts else "",
            password=password,
            authority=self._access.authority,
        )

    def _use_code(self, connection: sa.Connection, request: EnrolmentRequest) -> None:
        code = connection.execute(
            sa.select(registration_codes)
            .where(registration_codes.c.digest == code_digest(request.code))
            .with_for_update()
        ).one_or_none()
        if code is None or code.station != request.name:
            raise EnrolmentRefusedError("no such code for this station")
        if code.used_at is not None and not secrets.compare_digest(code.used_by, _keys(request)):
            raise EnrolmentRefusedError("the code was used")
        connection.execute(
            registration_codes.update()
            .where(
                registration_codes.c.digest == code.digest, registration_codes.c.used_at.is_(None)
            )
            .values(used_at=sa.func.clock_timestamp(), used_by=_keys(request))
        )

    def _register(self, connection: sa.Connection, request: EnrolmentRequest) -> None:
        known = connection.execute(
            sa.select(stations).where(stations.c.name == request.name)
        ).one_or_none()
        if known is None:
            connection.execute(
                stations.insert().values(
                    name=request.name,
                    signing_key=request.signing_key,
                    sealing_key=request.sealing_key,
                    enrolled_at=sa.func.clock_timestamp(),
                    hash=GENESIS,
                )
            )
            log_act(connection, "station-enrolled", {}, station=request.name)
        elif (known.signing_key, known.sealing_key) != (request.signing_key, request.sealing_key):
            raise StationNameTakenError("the name belongs to other keys")


def _keys(request: EnrolmentRequest) -> str:
    return f"{request.signing_key} {request.sealing_key}"
