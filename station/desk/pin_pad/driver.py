"""Asks a PIN pad for a PIN, and closes it for typing afterwards, whatever the result."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from station.clock import monotonic
from station.core.errors import (
    DeskDeviceError,
    DeskDeviceNotConnectedError,
    DeskFault,
    PinEntryError,
    PinEntryFault,
    TransportError,
    TransportTimeoutError,
)
from station.core.links import BulkLink
from station.core.pin_entry import Pin, PinPrompt
from station.desk.pin_pad.codec import (
    DamagedPadError,
    Entry,
    FrameReader,
    PadDamage,
    PadRefusalError,
    checking,
    closing,
    start_entry,
)
from station.desk.pin_pad.facts import Framing, PadCode, PadFacts

log = logging.getLogger(__name__)

REMEMBERED_EXCHANGES: Final = 50
BLOCK: Final = 64


@dataclass(frozen=True, slots=True)
class Patience:
    """Maximum times, in seconds.

    Attributes:
        command: For the pad to accept a command, or to answer one without the holder.
        grace: After the holder's time, for the pad's own time-out answer.
        quiet: Silence after which nothing of an earlier entry arrives any more.
    """

    command: float = 2.0
    grace: float = 2.0
    quiet: float = 0.05


USUAL: Final = Patience()


class SerialPinPad:
    """One pad. Implements `PinPad`; opens its link at the first call.

    Args:
        address: For people.
        facts: The facts of its make.
        open_link: Opens the link; raises what `open_desk_link` raises.
        patience: Maximum times.
    """

    def __init__(
        self,
        address: str,
        facts: PadFacts,
        open_link: Callable[[], BulkLink],
        *,
        patience: Patience = USUAL,
    ) -> None:
        self._address = address
        self._facts = facts
        self._open_link = open_link
        self._patience = patience
        self._lock = threading.Lock()
        self._link: BulkLink | None = None
        self._exchanges: deque[str] = deque(maxlen=REMEMBERED_EXCHANGES)

    @property
    def address(self) -> str:
        """See `PinPad.address`."""
        return self._address

    def check(self) -> None:
        """See `PinPad.check`. A pad without such a command is only opened."""
        command = checking(self._facts)
        with self._turn("check") as link:
            if not command:
                return
            link.write(command, timeout=self._patience.command)
            status = self._status(link)
            if self._facts.codes.get(status) is not PadCode.DONE:
                raise PadRefusalError(status)

    def ask_pin(self, prompt: PinPrompt, *, length: int, timeout: float) -> Pin:
        """See `PinPad.ask_pin`."""
        entry = start_entry(self._facts, prompt, length=length, seconds=timeout)
        with self._turn(f"ask for {prompt.value} PIN") as link:
            link.write(entry.opening(), timeout=self._patience.command)
            try:
                pin = self._typed(link, entry, timeout)
            except BaseException:
                self._close_for_typing(link)
                raise
            finally:
                entry.wipe()
            self._close_for_typing(link)
            return pin

    def recent_exchanges(self) -> list[str]:
        """See `PinPad.recent_exchanges`."""
        return list(self._exchanges)

    def close(self) -> None:
        """See `PinPad.close`."""
        with self._lock:
            self._hang_up()

    def _typed(self, link: BulkLink, entry: Entry, timeout: float) -> Pin:
        framed = self._facts.framing is Framing.FRAMED
        deadline = monotonic() + timeout + (self._patience.grace if framed else 0.0)
        while (left := deadline - monotonic()) > 0:
            try:
                data = link.read(BLOCK, timeout=left)
            except TransportTimeoutError:
                break
            pin = entry.feed(data)
            if pin is not None:
                return pin
        damage = entry.end()
        if damage is not None:
            raise DamagedPadError(damage)
        if framed:  # the pad's own time-out came before ours
            raise DeskDeviceError(DeskFault.PAD_SILENT)
        raise PinEntryError(PinEntryFault.TIMED_OUT)

    def _status(self, link: BulkLink) -> int:
        frame = FrameReader()
        deadline = monotonic() + self._patience.command
        while (left := deadline - monotonic()) > 0:
            try:
                found = frame.feed(link.read(BLOCK, timeout=left))
            except TransportTimeoutError:
                break
            if found is not None:
                return found[0]
        damage = frame.end()
        if damage is not None:
            raise DamagedPadError(damage)
        raise DeskDeviceError(DeskFault.PAD_SILENT)

    def _close_for_typing(self, link: BulkLink) -> None:
        # A pad that does not accept this any more is closed by its cable; the result that matters
        # is that of the entry.
        with contextlib.suppress(TransportError, DeskDeviceError):
            link.write(closing(self._facts), timeout=self._patience.command)
            self._discard(link)

    @contextlib.contextmanager
    def _turn(self, what: str) -> Iterator[BulkLink]:
        """Use the pad exclusively, with its link open and drained of earlier entries."""
        started, outcome = monotonic(), "failed"
        with self._lock:
            try:
                link = self._opened()
                self._discard(link)
                yield link
                outcome = "done"
            except PinEntryError as exc:
                outcome = exc.code
                raise
            except DamagedPadError as exc:
                outcome = exc.damage.value
                self._hang_up()
                # No reference to a buffer that held digits is kept.
                raise _damaged(exc.damage) from None
            except PadRefusalError as exc:
                outcome = f"refused {exc.status:02X}"
                raise DeskDeviceError(DeskFault.PAD_REFUSED, reason=f"{exc.status:02X}") from None
            except DeskDeviceError as exc:
                outcome = exc.code
                self._hang_up()
                raise
            except TransportError as exc:
                self._hang_up()
                if isinstance(exc, DeskDeviceNotConnectedError):
                    raise
                raise DeskDeviceNotConnectedError(
                    "the PIN pad went away", code="pin-pad-not-connected", address=self._address
                ) from None
            finally:
                spent = monotonic() - started
                self._exchanges.append(f"{what}: {outcome}, {spent:.1f} s")

    def _opened(self) -> BulkLink:
        if self._link is None:
            self._link = self._open_link()
            log.info("PIN pad connected", extra={"action": "pin-pad-connected"})
        return self._link

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None

    def _discard(self, link: BulkLink) -> None:
        """Discard what was typed or sent before.

        Raises:
            DeskDeviceError: It does not end.
        """
        deadline = monotonic() + self._patience.command
        while monotonic() < deadline:
            try:
                link.read(BLOCK, timeout=self._patience.quiet)
            except TransportTimeoutError:
                return
        raise _damaged(PadDamage.ENDLESS)


def _damaged(damage: PadDamage) -> DeskDeviceError:
    return DeskDeviceError(DeskFault.PAD_ANSWER_DAMAGED, reason=damage.value)
