"""Cards in the desk's reader: read one, and the holder's PIN.

A PIN service is audited: one event before the card is accessed and one with the outcome, neither
with the PIN. When the card is removed in between, the outcome is unknown; 校验密码 with the new PIN
shows it.
"""

from __future__ import annotations

import contextlib
import enum
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from station.core.card_services import BasicInformation, CardServices
from station.core.changes import AddEvent
from station.core.errors import (
    CardError,
    CardMuteError,
    CardNotFoundError,
    ChipContactLostError,
    DeskBusyError,
    DeskDeviceMissingError,
    IdentityMismatch,
    IdentityMismatchError,
    OutcomeUnknownError,
    PinEntryError,
    PinEntryFault,
    PinLastTryError,
    PinLockedError,
    ReaderNotConnectedError,
    StationError,
    StepNotAllowedError,
)
from station.core.identity_agreement import require_person
from station.core.orders import EventRecord
from station.core.pin_entry import Pin, PinPad, PinPrompt
from station.core.slips import Slip
from station.production.desk.identity import Identity
from station.production.desk.views import DeskCardView, PinDone, card_view, pin_slip
from station.production.life.desk_equipment import DeskEquipment
from station.production.life.effects import Workbench
from station.production.life.feeder_stop import MUTE_TRIED, newest_mute
from station.production.life.offered import require_offered
from station.production.life.policies import WindowService
from station.production.life.rehearsing import require_real_time

BLOCKED: Final = 0x6983
ONE_TRY: Final = 0x63C1
LAST: Final = 1
BEGUN: Final = "pin-service-begun"
ENDED: Final = "pin-service-ended"
DONE: Final = "done"
NO_CARD: Final = "no-card"  #: cause of a mute chip: the reader is empty


class PinService(enum.StrEnum):
    """Services on the holder's PIN."""

    VERIFY = "verify"  #: 校验密码
    CHANGE = "change"  #: 修改密码
    UNBLOCK = "unblock"  #: 解锁密码: restore all tries; the PIN is unchanged
    RELOAD = "reload"  #: 重置密码: replace a forgotten PIN


#: Services that work without the card's PIN, and therefore require the holder in person.
BY_THE_PROVINCE: Final = frozenset({PinService.UNBLOCK, PinService.RELOAD})
NEEDS_NEW: Final = frozenset({PinService.CHANGE, PinService.RELOAD})


@dataclass(frozen=True, slots=True)
class PinWish:
    """A request for a PIN service.

    Attributes:
        service: The service to perform.
        card: AAZ501 of the card that was read: no other card is accessed.
        reading: Token of the holder's ID card, where the desk has a reader for it.
        use_last_try: Whether the holder wants to use the last try of the PIN.
        typed: PINs from the PC's keyboard, where the site allows it: the present one, the new one,
            and the new one again.
    """

    service: PinService
    card: str
    reading: str = ""
    use_last_try: bool = False
    typed: tuple[Pin, Pin, Pin] | None = field(default=None, repr=False)


class DeskCards:
    """The desk's card reader and PIN pad; one request at a time, a second one is refused."""

    def __init__(self, bench: Workbench, desk: DeskEquipment, identity: Identity) -> None:
        self._bench = bench
        self._desk = desk
        self._identity = identity
        self._busy = threading.Lock()  # held by a person's request
        self._devices = threading.Lock()  # held by any access to a device; briefly by a check

    def slip(self, event: int) -> Slip:
        """Return the receipt of a completed PIN service.

        Raises:
            CardNotFoundError: No such event.
        """
        return pin_slip(self._carried_out(event))

    def done(self, event: int) -> PinDone:
        """Return a PIN service that was carried out.

        Raises:
            CardNotFoundError: No such event.
        """
        found = self._carried_out(event)
        return PinDone(found.data["service"], found.data["AAZ501"], found.at, event)

    def _carried_out(self, event: int) -> EventRecord:
        found = self._bench.journal.history.after(event - 1, 1)
        if not found or found[0].seq != event or found[0].kind != ENDED:
            raise CardNotFoundError(f"event {event} is no PIN service")
        if found[0].data["result"] != DONE:
            raise CardNotFoundError(f"the PIN service of event {event} was not carried out")
        return found[0]

    def read(self) -> tuple[BasicInformation, DeskCardView]:
        """读卡: return what the chip holds, and what is shown of it. Writes nothing.

        Raises:
            DeskDeviceMissingError: The desk has no card reader.
            DeskBusyError: Another request uses it.
            StationError: The card can't be read; see `CardServices.read_basic`.
        """
        reader = self._desk.reader()
        with self.turn(), at_desk():
            found = reader.services.read_basic(self._bench.equipment.province.authenticate)
            verdict = reader.services.judge(found)
            tries = reader.services.pin_tries(card=found.AAZ501)
        return found, card_view(found, verdict, tries)

    def try_blank(self, actor: str) -> bool:
        """Try a blank that was mute in the machine; returns whether its chip answers here.

        Writes nothing to the card. The result is kept: it says what has stopped the feeder.

        Raises:
            StepNotAllowedError: No blank was mute in the machine.
            DeskDeviceMissingError: The desk has no card reader.
            DeskBusyError: Another request uses it.
            CardMuteError: No card is in the reader.
        """
        reader, mute = self._desk.reader(), newest_mute(self._bench)
        if mute is None:
            raise StepNotAllowedError("no blank was mute in the machine", details={"step": "none"})
        with self.turn(), at_desk():
            answers = _answers(reader.services)
        said = {"card": str(mute.id), "answers": "yes" if answers else "no"}
        self._bench.apply(actor, AddEvent("", MUTE_TRIED, said))
        return answers

    def renew_pin(self, wish: PinWish, actor: str) -> PinDone:
        """Replace the PIN of a temporary card that is written again; see `pin_service`.

        Only inside `turn`, for a card whose holder was established by other means than its chip.
        """
        with self._pins(wish) as (old, new):
            return self._audited(self._desk.reader().services, wish, old, new, actor)

    def pin_service(self, wish: PinWish, actor: str) -> PinDone:
        """Carry out one PIN service on the card that was read. May be irreversible.

        Raises:
            ServiceOffError: The site has switched it off.
            DeskDeviceMissingError: The site has not configured a device that it needs.
            DeskBusyError: Another request uses the desk.
            OrderConflictError: The window rehearses.
            PinLastTryError: One try is left, and `use_last_try` is false.
            PinRefusedError: The PIN is wrong or locked.
            PinEntryError: The holder entered none.
            IdentityMismatchError: The holder's ID card is missing, or it is another person's.
            WrongCardError: It is another card than the one that was read.
            OutcomeUnknownError: The card was removed before it answered.
        """
        require_offered(self._bench.equipment, WindowService(wish.service.value))
        require_real_time(self._bench.journal)
        reader = self._desk.reader()
        with self.turn(), at_desk():
            self._check(reader.services, wish)
            with self._pins(wish) as (old, new):
                return self._audited(reader.services, wish, old, new, actor)

    def tries(self, card: str) -> int:
        """Return how many tries the PIN of this card has left; see `CardServices.pin_tries`."""
        reader = self._desk.reader()
        with self.turn(), at_desk():
            return reader.services.pin_tries(card=card)

    def check_reader(self) -> bool:
        """Check the card reader unless it is in use; returns whether it was checked."""
        reader = self._desk.card_reader
        return reader is not None and self._unless_busy(reader.check_reader)

    def check_pad(self) -> bool:
        """Check the PIN pad unless it is in use; returns whether it was checked."""
        pad = self._desk.pin_pad
        return pad is not None and self._unless_busy(pad.check)

    def _unless_busy(self, check: Callable[[], None]) -> bool:
        if self._busy.locked() or not self._devices.acquire(blocking=False):
            return False
        try:
            with at_desk():
                check()
        finally:
            self._devices.release()
        return True

    def _check(self, services: CardServices, wish: PinWish) -> None:
        """Check, before the holder types anything, whether the service can be carried out."""
        if wish.service in BY_THE_PROVINCE:
            self._require_holder(services, wish)
            return
        left = services.pin_tries(card=wish.card)
        if left == 0:
            raise PinLockedError(BLOCKED, "VERIFY PIN")
        if left == LAST and not wish.use_last_try:
            raise PinLastTryError(ONE_TRY, "VERIFY PIN", meaning="not sent: one try is left")

    def _require_holder(self, services: CardServices, wish: PinWish) -> None:
        # The province's keys open any card: a lost one is protected by the check of the holder's ID
        # card.
        if self._desk.id_reader is None:
            return
        reading = self._identity.valid(wish.reading)
        found = services.read_basic(self._bench.equipment.province.authenticate)
        if wish.card != found.AAZ501:
            raise IdentityMismatchError(IdentityMismatch.READ_AGAIN)
        require_person(reading.card, found.AAC002)

    @contextlib.contextmanager
    def _pins(self, wish: PinWish) -> Iterator[tuple[Pin, Pin]]:
        """Ask for the PINs that the service needs; they are overwritten at the end of the block."""
        with contextlib.ExitStack() as used:
            old = new = Pin(bytearray())
            if wish.typed is not None:
                typed = tuple(used.enter_context(pin) for pin in wish.typed)
                self._require_keyboard()
                old, new, again = typed
                _require_equal(wish, new, again)
            elif self._desk.pin_pad is None:
                if wish.service is not PinService.UNBLOCK:
                    raise DeskDeviceMissingError("no PIN pad", details={"setting": "pin_pad"})
            else:
                if wish.service not in BY_THE_PROVINCE:
                    old = used.enter_context(self._asked(self._desk.pin_pad, PinPrompt.CURRENT))
                if wish.service in NEEDS_NEW:
                    new = used.enter_context(self._asked(self._desk.pin_pad, PinPrompt.NEW))
                    again = used.enter_context(self._asked(self._desk.pin_pad, PinPrompt.AGAIN))
                    _require_equal(wish, new, again)
            yield old, new

    def _require_keyboard(self) -> None:
        if self._desk.pin_pad is not None or not self._desk.keyboard:
            raise PinEntryError(PinEntryFault.KEYBOARD_FORBIDDEN)

    def _asked(self, pad: PinPad, prompt: PinPrompt) -> Pin:
        return pad.ask_pin(prompt, length=self._desk.pin_length, timeout=self._desk.pin_timeout)

    def _audited(
        self, services: CardServices, wish: PinWish, old: Pin, new: Pin, actor: str
    ) -> PinDone:
        about = {"service": wish.service.value, "AAZ501": wish.card}
        journal = self._bench.journal
        with journal.transaction(actor) as change:
            change.apply(AddEvent("", BEGUN, about))
        result = StationError.code
        try:
            self._carry_out(services, wish, old, new)
            result = DONE
        except StationError as exc:
            result = exc.code
            raise
        finally:
            ended = AddEvent("", ENDED, {**about, "result": result})
            journal.insist(actor, lambda: (ended,))
        return PinDone(wish.service.value, wish.card, self._bench.clock.now(), journal.last_seq)

    def _carry_out(self, services: CardServices, wish: PinWish, old: Pin, new: Pin) -> None:
        province, card, last = self._bench.equipment.province, wish.card, wish.use_last_try
        if wish.service is PinService.VERIFY:
            services.verify_pin(old, card=card, use_last_try=last)
        elif wish.service is PinService.CHANGE:
            services.change_pin(old, new, card=card, use_last_try=last)
        elif wish.service is PinService.UNBLOCK:
            services.unblock_pin(province.authenticate, province.protect, card=card)
        else:
            services.reload_pin(new, province.authenticate, province.protect, card=card)

    def in_use(self) -> bool:
        """Whether a request has the reader and the pad now; also while the holder types."""
        return self._busy.locked()

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """Have the reader and the pad alone inside the block.

        Raises:
            DeskBusyError: Another request has them.
        """
        if not self._busy.acquire(blocking=False):
            raise DeskBusyError("another request uses the desk's reader")
        try:
            with self._devices:  # a check in progress ends soon
                yield
        finally:
            self._busy.release()


def _answers(services: CardServices) -> bool:
    """Whether the chip in the desk's reader answers at all, whatever is on it."""
    try:
        services.pin_tries()
    except CardMuteError as exc:
        if exc.details.get("cause", "") == NO_CARD:
            raise
        return False
    except CardError:
        return True  # it refused a command, or is of another kind: it has contact
    return True


def _require_equal(wish: PinWish, new: Pin, again: Pin) -> None:
    if wish.service in NEEDS_NEW and not new.equals(again):
        raise PinEntryError(PinEntryFault.DIFFER)


@contextlib.contextmanager
def at_desk() -> Iterator[None]:
    """Replace errors of the desk's reader by those of the desk, not of the machine."""
    try:
        yield
    except ReaderNotConnectedError as exc:
        if exc.code == ReaderNotConnectedError.code:
            raise ReaderNotConnectedError(str(exc), code="desk-reader-not-connected") from exc
        if exc.code == "reader-ambiguous":
            raise ReaderNotConnectedError(
                str(exc), details=exc.details, code="desk-reader-ambiguous"
            ) from exc
        raise
    except CardMuteError as exc:
        raise CardMuteError(str(exc), details=exc.details, code="desk-no-card") from exc
    except ChipContactLostError as exc:
        raise ChipContactLostError(str(exc), code="desk-card-lifted") from exc
    except OutcomeUnknownError as exc:
        if exc.code != OutcomeUnknownError.code:
            raise  # it names what is unknown
        raise OutcomeUnknownError(
            str(exc), details=exc.details, code="pin-outcome-unknown"
        ) from exc
