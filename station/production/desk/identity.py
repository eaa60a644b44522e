"""ID cards against orders: the holder's card must be valid, this person's, and of the same name.

An order that was opened by reading a card does not pass the comparison of the preview while the
name on the card does not agree with the province's. The name itself is kept in memory until then;
after a restart the card must be read again.
"""

from __future__ import annotations

import datetime as dt

from station.core.attendance import AttendanceRecord, How, NameAgreement, Role
from station.core.changes import NoteAgreement, NoteAttendance
from station.core.errors import (
    IdentityMismatch,
    IdentityMismatchError,
    InputError,
    StepNotAllowedError,
)
from station.core.identity import parse_id_number
from station.core.identity_agreement import (
    Comparison,
    compare_names,
    require_person,
    require_valid,
)
from station.core.identity_cards import IdCardKind, IdentityCard
from station.core.orders import OrderRecord
from station.production.desk.readings import Reading, Readings
from station.production.life.effects import Workbench


class Identity:
    """The people at the window for an order. Thread-safe."""

    def __init__(self, bench: Workbench, readings: Readings) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._readings = readings

    def valid(self, token: str) -> Reading:
        """Return a reading whose card is valid today.

        Raises:
            IdentityMismatchError: The reading has expired, or the card is not valid.
        """
        reading = self._readings.one(token)
        require_valid(reading.card, self._today())
        return reading

    def attach_holder(self, order: str, token: str, actor: str) -> None:
        """已读证: record that the holder's card was read for an order.

        Raises:
            OrderNotFoundError: There is no such order.
            IdentityMismatchError: The reading has expired, or the card is not valid or another
                person's: nothing is recorded. Or the names differ: the reading is recorded, and the
                order waits.
        """
        record = self._journal.orders.one(order)
        reading = self.valid(token)
        require_person(reading.card, record.id_number)
        noted = NoteAttendance(order, Role.HOLDER, How.READ, reading.module)
        with self._journal.transaction(actor) as change:
            (attendance,) = change.apply(noted)
        self._readings.bind(attendance, reading.card)
        if record.data is not None:
            self.require_agreement(order, actor)

    def attach_agent(
        self, order: str, actor: str, *, token: str = "", name: str = "", number: str = ""
    ) -> None:
        """代办人: record who came in the holder's place, from a second card or as typed.

        Raises:
            OrderNotFoundError: There is no such order.
            IdentityMismatchError: The reading has expired, or the card is not valid or the
                holder's.
            IdNumberError: A typed number is wrong.
            InputError: Neither a card nor name and number.
        """
        record = self._journal.orders.one(order)
        how, module = How.TYPED, ""
        if token:
            reading = self.valid(token)
            how, module = How.READ, reading.module
            name, number = reading.card.name, reading.card.number
        elif not name.strip():
            raise InputError("the agent's name is needed")
        else:
            name, number = name.strip(), parse_id_number(number)
        if number == record.id_number:
            raise IdentityMismatchError(IdentityMismatch.AGENT_IS_HOLDER)
        noted = NoteAttendance(order, Role.AGENT, how, module, name, number)
        with self._journal.transaction(actor) as change:
            change.apply(noted)

    def require_agreement(self, order: str, actor: str) -> None:
        """Check that no card was read for this order, or its name agrees with the province's.

        Raises:
            IdentityMismatchError: The names differ, only a person can compare them, or the card
                must be read again because the station was restarted.
        """
        attendance = self._pending(order)
        if attendance is None:
            return
        record = self._journal.orders.one(order)
        if record.data is None:
            return
        found = self._comparison(attendance, record)
        if found is None:
            raise IdentityMismatchError(IdentityMismatch.READ_AGAIN)
        if found.agreement is None:
            raise IdentityMismatchError(
                found.mismatch or IdentityMismatch.OTHER_NAME,
                details={"characters": found.characters},
            )
        self._agree(attendance, found.agreement, actor)

    def confirm_name(self, order: str, actor: str) -> None:
        """姓名核对一致: record that a person compared a name that the station can't compare.

        Raises:
            StepNotAllowedError: No name waits for a person's comparison.
        """
        record = self._journal.orders.one(order)
        attendance = self._pending(order)
        found = self._comparison(attendance, record) if attendance else None
        if (
            attendance is None
            or found is None
            or found.mismatch is not IdentityMismatch.NAME_UNREADABLE
        ):
            raise StepNotAllowedError(
                "no name waits for a person", details={"step": record.step.value}
            )
        self._agree(attendance, NameAgreement.CONFIRMED, actor)

    def mismatch(self, record: OrderRecord) -> IdentityMismatchError | None:
        """Return the error that blocks the order now, without writing anything."""
        attendance = self._pending(record.id)
        if attendance is None or record.data is None:
            return None
        found = self._comparison(attendance, record)
        if found is None:
            return IdentityMismatchError(IdentityMismatch.READ_AGAIN)
        if found.mismatch is None:
            return None
        return IdentityMismatchError(found.mismatch, details={"characters": found.characters})

    def attendances(self, order: str) -> list[AttendanceRecord]:
        """Return who was at the window for an order."""
        return self._journal.attendances.of(order)

    def _pending(self, order: str) -> AttendanceRecord | None:
        newest = self._journal.attendances.newest(order, Role.HOLDER)
        waits = newest is not None and newest.agreement is NameAgreement.PENDING
        return newest if waits and newest is not None and newest.how is How.READ else None

    def _comparison(self, attendance: AttendanceRecord, record: OrderRecord) -> Comparison | None:
        card = self._readings.bound(attendance.id)
        if card is None or record.data is None:
            return None
        return compare_names(card, record.data.chip.AAC003)

    def _agree(self, attendance: AttendanceRecord, agreement: NameAgreement, actor: str) -> None:
        with self._journal.transaction(actor) as change:
            change.apply(NoteAgreement(attendance.id, attendance.order, agreement))
        self._readings.release(attendance.id)

    def _today(self) -> dt.date:
        return self._bench.clock.now().astimezone().date()


def order_number(card: IdentityCard) -> str:
    """Return the number under which the province has the card's person.

    Raises:
        IdNumberError: The number of the 2017 card is no longer used by the system.
    """
    return parse_id_number(card.number) if card.kind is IdCardKind.FOREIGNER_2017 else card.number
