"""The desk's use cases for API, pages and command line."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from station.core.attendance import AttendanceRole, NameAgreement
from station.core.card_services import BasicInformation
from station.core.errors import DeskBusyError, IdentityMismatchError, StationError
from station.core.identity_agreement import require_person, require_valid
from station.core.orders import OrderReason
from station.production.desk.cards import DeskCards, PinWish
from station.production.desk.devices import device_views, problem_of_device
from station.production.desk.identity import Identity, order_number
from station.production.desk.readings import Reading, Readings
from station.production.desk.temporary import TemporaryCards
from station.production.desk.views import (
    DeskCardView,
    IdCardView,
    IdentityView,
    IdReaderView,
    PinDone,
    PinProgress,
    attendance_view,
    id_card_view,
)
from station.production.desk.watch import DeskWatch
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.machine.notifier import Notifier
from station.production.views.messages import Problem, connection_problem
from station.production.views.orders import DeviceView

log = logging.getLogger(__name__)

#: In `PinProgress`: a temporary card is being written.
WRITE_TEMPORARY: Final = "write-temporary"
#: Opens an order for a number; arguments: number, reason, actor, Idempotency-Key; returns its id.
Accept = Callable[[str, OrderReason, str, str | None], str]


class DeskService:
    """The desk's use cases. Thread-safe; every call may be repeated."""

    def __init__(self, bench: Workbench, bell: Notifier, accept: Accept) -> None:
        desk = bench.equipment.desk
        self._bench = bench
        self._desk: DeskEquipment = desk
        self._accept = accept
        self._bell = bell
        self._shown = threading.Lock()
        self._card: tuple[DeskCardView, float] | None = None
        self._pin: PinProgress | None = None
        self._read: BasicInformation | None = None
        self._readings = Readings(bench.clock, desk.keep)
        self._identity = Identity(bench, self._readings)
        self._cards = DeskCards(bench, desk, self._identity)
        self.in_use: Final = self._cards.in_use
        self.temporary = TemporaryCards(bench, desk, self._cards, self._identity)
        self._watch = DeskWatch(
            desk,
            self._readings,
            bell,
            check_cards=self._cards.check_reader,
            check_pad=self._cards.check_pad,
        )

    @property
    def equipment(self) -> DeskEquipment:
        """The devices on the desk."""
        return self._desk

    def start(self) -> None:
        """Start polling the devices."""
        self._watch.start()

    def stop(self) -> None:
        """Stop polling."""
        self._watch.stop(timeout=1.0)

    # -- ID cards ------------------------------------------------------------------------------

    def id_reader(self) -> IdReaderView:
        """Return the state of the ID-card reader, and the last valid reading."""
        state = self._watch.state("id-reader")
        newest = self._readings.newest()
        return IdReaderView(
            configured=self._desk.id_reader is not None,
            ok=state.ok,
            on_reader=state.found,
            card=None if newest is None else self._id_card(newest),
            problem=problem_of_device(state),
        )

    def open_order(
        self, token: str, reason: OrderReason, actor: str, *, idempotency_key: str | None = None
    ) -> str:
        """受理 by an ID card: open an order for its number and mark it 已读证; returns the order.

        Raises:
            IdentityMismatchError: The reading has expired or the card is not valid: nothing is
                opened. Or the name differs from the province's: the order waits.
            IdNumberError: The card's number is no longer used by the system.
            OrderConflictError: See `ProductionService.create_order`.
        """
        reading = self._identity.valid(token)
        number = order_number(reading.card)
        order = self._accept(number, reason, actor, idempotency_key)
        self.attach_holder(order, token, actor)
        return order

    def attach_holder(self, order: str, token: str, actor: str) -> IdentityView:
        """See `Identity.attach_holder`. A card that was noted already is not noted again."""
        known = self._bench.journal.attendances.newest(order, AttendanceRole.HOLDER)
        if known is None or known.agreement is NameAgreement.PENDING:
            self._identity.attach_holder(order, token, actor)
        return self.identity(order)

    def attach_agent(
        self, order: str, actor: str, *, token: str = "", name: str = "", number: str = ""
    ) -> IdentityView:
        """See `Identity.attach_agent`."""
        self._identity.attach_agent(order, actor, token=token, name=name, number=number)
        return self.identity(order)

    def confirm_name(self, order: str, actor: str) -> IdentityView:
        """See `Identity.confirm_name`."""
        self._identity.confirm_name(order, actor)
        return self.identity(order)

    def identity(self, order: str) -> IdentityView:
        """Return who was at the window for an order.

        Raises:
            OrderNotFoundError: There is no such order.
        """
        record = self._bench.journal.orders.one(order)
        people = tuple(attendance_view(one) for one in self._identity.attendances(order))
        return IdentityView(people, _explained(self._identity.mismatch(record)))

    def require_agreement(self, order: str, actor: str) -> None:
        """See `Identity.require_agreement`."""
        self._identity.require_agreement(order, actor)

    # -- cards and PIN -------------------------------------------------------------------------

    def read_card(self) -> DeskCardView:
        """See `DeskCards.read`. The card is kept in memory for the page."""
        with self._shown:
            self._card = self._pin = self._read = None
        try:
            found, card = self._cards.read()
            with self._shown:
                self._card = (card, self._bench.clock.monotonic())
                self._read = found
        finally:
            self._bell.ring()  # the page must not keep showing the previous card
        return card

    def last_card(self) -> DeskCardView | None:
        """Return the card that was read last, if that was recently."""
        with self._shown:
            return self._card[0] if self._card and self._still(self._card) else None

    def number_of_read_card(self, *, AAZ501: str = "", AAZ500: str = "") -> str:
        """Return the holder's number of the card that was read last, if it has one of these."""
        read = self._recent()
        same = read is not None and (read.AAZ501 == AAZ501 or read.AAZ500 == AAZ500)
        return read.AAC002 if read is not None and same else ""

    def read_lately(self, AAZ501: str) -> BasicInformation | None:
        """Return what was read of the card in the desk's reader, while that is shown."""
        read = self._recent()
        return read if read is not None and read.AAZ501 == AAZ501 else None

    def number_of_reading(self, token: str) -> str:
        """Return the number of the person whose valid ID card was read.

        Raises:
            IdentityMismatchError: The reading has expired, or the card is not valid.
            IdNumberError: The card's number is no longer used by the system.
        """
        return order_number(self._identity.valid(token).card)

    def name_of_reading(self, token: str) -> str:
        """Return the name on the valid ID card that was read; see `number_of_reading`."""
        return self._identity.valid(token).card.name

    def require_reading_of(self, token: str, number: str) -> None:
        """Check that a valid ID card of the person with this number was read lately.

        Raises:
            IdentityMismatchError: The reading has expired, or the card is not valid or another
                person's.
        """
        require_person(self._identity.valid(token).card, number)

    def _recent(self) -> BasicInformation | None:
        return self._read if self._still(self._card) else None

    def _still(self, card: tuple[DeskCardView, float] | None) -> bool:
        return card is not None and self._bench.clock.monotonic() - card[1] <= self._desk.keep

    def last_pin_service(self) -> PinProgress | None:
        """Return the last PIN service that was started for the card read last."""
        with self._shown:
            return self._pin

    def begin_pin_service(self, wish: PinWish, actor: str) -> None:
        """Carry out a PIN service in a separate thread: the holder takes a while to type.

        Raises:
            DeskBusyError: One is running.
        """
        self.begin(wish.service.value, lambda: self._cards.pin_service(wish, actor), wish.card)

    def begin(self, service: str, work: Callable[[], PinDone | None], card: str = "") -> None:
        """Do some other work at the desk in a separate thread; see `begin_pin_service`."""
        with self._shown:
            if self._pin is not None and self._pin.running:
                raise DeskBusyError("the holder is being asked")
            self._pin = PinProgress(service, running=True)
        self._bell.ring()
        parts = (service, work, card)
        threading.Thread(target=self._carry_out, args=parts, name="pin", daemon=True).start()

    def _carry_out(self, service: str, work: Callable[[], PinDone | None], card: str) -> None:
        progress = PinProgress(service, running=False)
        try:
            progress = replace(progress, done=work())
        except StationError as exc:
            progress = replace(progress, problem=_explained(exc))
        except Exception:
            # A defect: the page must not wait indefinitely. No argument is logged.
            log.exception("defect in a PIN service", extra={"action": "defect"})
            progress = replace(progress, problem=connection_problem(StationError.code))
        tries = self._tries_now(card) if card else None
        with self._shown:
            self._pin = progress
            if self._card is not None and tries is not None:
                shown, at = self._card
                self._card = (replace(shown, pin_tries=tries), at)
        self._bell.ring()

    def _tries_now(self, card: str) -> int | None:
        """Return how many tries are left afterwards; None when the card does not report it."""
        try:
            return self._cards.tries(card)
        except StationError:
            return None

    def pin_service(self, wish: PinWish, actor: str) -> PinDone:
        """See `DeskCards.pin_service`."""
        return self._cards.pin_service(wish, actor)

    def try_blank(self, actor: str) -> bool:
        """See `DeskCards.try_blank`."""
        try:
            return self._cards.try_blank(actor)
        finally:
            self._bell.ring()

    def pin_done(self, event: int) -> PinDone:
        """See `DeskCards.done`."""
        return self._cards.done(event)

    def pin_receipt(self, event: int) -> bytes:
        """Return the receipt of a PIN service as PDF.

        Raises:
            CardNotFoundError: No such service was carried out.
        """
        return self._bench.equipment.print_slip(self._cards.slip(event))

    # -- devices -------------------------------------------------------------------------------

    def look_now(self, timeout: float) -> None:
        """Poll every device now; wait at most `timeout` seconds."""
        self._watch.look_now(timeout)

    def devices(self) -> tuple[DeviceView, ...]:
        """Return the devices on the desk. None of them prevents a card from being made."""
        return device_views(self._desk, self._watch)

    def _id_card(self, reading: Reading) -> IdCardView:
        try:
            require_valid(reading.card, self._bench.clock.now().astimezone().date())
        except IdentityMismatchError as exc:
            return id_card_view(reading, _explained(exc))
        return id_card_view(reading, None)


def _explained(error: StationError | None) -> Problem | None:
    return None if error is None else connection_problem(error.code, error.details)
