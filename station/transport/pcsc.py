"""A chip reader behind the PC/SC service, used exclusively while a card is powered.

Source: PC/SC part 5 (SCard functions and their return codes). The low-level functions are used
    because pyscard's own monitors end when the service restarts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from smartcard import scard

from station.clock import SystemClock, monotonic
from station.core.errors import (
    CardMuteError,
    ChipContactLostError,
    LocalProtocolError,
    ReaderBusyError,
    ReaderNotConnectedError,
    StationError,
    TransportClosedError,
)
from station.transport.pcsc_context import (
    OK,
    REFUSED,
    STALE_CONTEXT,
    PcscService,
    no_permission,
    text_of,
)
from station.transport.pcsc_names import WantedReader, choose_reader, usb_port
from station.transport.tpdu import t0_command

log = logging.getLogger(__name__)

PROTOCOLS: Final[int] = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
NO_PROTOCOL: Final = 0  # protocol of a connection without a card
LONGEST_POLL: Final = 0.5  # seconds; pcsc-lite polls readers without interrupt every 0.4
LOOK_AGAIN: Final = 0.2  # seconds between attempts while contacts still bounce after the feed
WORTH_TELLING: Final = 0.01  # seconds of waiting for a card that are logged
STATUS_LENGTH: Final = 2  # SW1-SW2
OWN_LIBRARY: Final = "libpcsclite"

NO_READER: Final = frozenset(
    {
        scard.SCARD_E_NO_READERS_AVAILABLE,
        scard.SCARD_E_READER_UNAVAILABLE,
        scard.SCARD_E_UNKNOWN_READER,
    }
)
#: Return codes of a connect when the service believes that there is no card.
ABSENT: Final = frozenset({scard.SCARD_E_NO_SMARTCARD, scard.SCARD_W_REMOVED_CARD})
#: Return codes of a connect when no card answers -> cause, for the operator.
MUTE_CAUSES: Final = {
    scard.SCARD_E_NO_SMARTCARD: "no-card",
    scard.SCARD_W_REMOVED_CARD: "no-card",
    scard.SCARD_W_UNRESPONSIVE_CARD: "no-atr",
    scard.SCARD_W_UNPOWERED_CARD: "no-atr",
    scard.SCARD_W_UNSUPPORTED_CARD: "no-known-protocol",
    scard.SCARD_E_PROTO_MISMATCH: "no-known-protocol",
    scard.SCARD_E_NOT_READY: "no-atr",
}


@dataclass(frozen=True, slots=True)
class _Connection:
    handle: int
    protocol: int


class PcscLink:
    """One reader, chosen by name. Implements `ChipReader`.

    One caller at a time: calls from several threads need a lock around them. Nothing is opened
    before the first call, and everything is opened again after the service was restarted.
    """

    def __init__(
        self,
        reader: str,
        *,
        card_wait: float,
        never: str = "",
        pause: Callable[[float], None] | None = None,
    ) -> None:
        """Store which reader to use; nothing is opened.

        Args:
            reader: Its whole name, or a part that only it has; `NAME@BUS-PORT` where several of one
                make are connected.
            card_wait: Seconds that `power_on` waits for a card to appear and answer.
            never: The name, or a part of the name, of a reader that must not be used.
            pause: Waits so many seconds; the system clock's when omitted.
        """
        self._wanted = reader
        self._reader = WantedReader.parse(reader)
        self._never = WantedReader.parse(never)
        self._ports: dict[str, str] = {}  # USB ports of the currently listed readers
        self._listed: list[str] = []
        self._card_wait = card_wait
        self._service = PcscService(pause or SystemClock().pause)
        self._connection: _Connection | None = None
        self._had_card = False
        self._missing_since: float | None = None

    @property
    def address(self) -> str:
        """See `ApduLink.address`."""
        return f"pcsc:{self._wanted}"

    def reader_present(self) -> bool:
        """See `ApduLink.reader_present`. As long as `check_reader`."""
        try:
            self.check_reader()
        except StationError:
            return False
        return True

    def check_reader(self) -> None:
        """See `ApduLink.check_reader`. Milliseconds; once a second, at a service that refuses."""
        self._find_reader()

    def card_present(self) -> bool:
        """See `CardSlot.card_present`. The state that the service last detected."""
        reader = self._find_reader()
        code, states = self._service.call(
            scard.SCardGetStatusChange, 0, [(reader, scard.SCARD_STATE_UNAWARE)]
        )
        self._check(code, reader)
        return any(state & scard.SCARD_STATE_PRESENT for _name, state, _atr in states)

    def power_on(self) -> bytes:
        """See `ApduLink.power_on`.

        Tries until `card_wait` is over, because a card that was just fed may still bounce, and
        programs that read every card may hold it for a moment.
        """
        self.power_off()
        started = monotonic()
        while True:
            tried = monotonic()
            try:
                atr = self._connect(self._find_reader())
            except (CardMuteError, ReaderBusyError):
                if not self._await_change(started + self._card_wait):
                    raise
                continue
            _tell_wait(tried - started)
            return atr

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        """See `ApduLink.transmit`."""
        if self._connection is None:
            raise LocalProtocolError(f"{name}: the chip is not powered")
        protocol = self._connection.protocol
        is_t0 = protocol == scard.SCARD_PROTOCOL_T0
        pci = scard.SCARD_PCI_T0 if is_t0 else scard.SCARD_PCI_T1
        sent = list(t0_command(command) if is_t0 else command)
        code, answer = scard.SCardTransmit(self._connection.handle, pci, sent)
        if code != OK:
            raise self._lost(name, text_of(code), code)
        if len(answer) < STATUS_LENGTH:
            # vpcd 3.3 under pcsc-lite 1.9.9 reports success and no byte when the card is torn out.
            raise self._lost(name, "an answer without status word", code)
        return bytes(answer)

    def power_off(self) -> None:
        """See `ApduLink.power_off`."""
        if self._connection is not None:
            # Whatever this returns, the goal is reached: the card is released, or it is gone.
            scard.SCardDisconnect(self._connection.handle, scard.SCARD_UNPOWER_CARD)
            self._connection = None

    def close(self) -> None:
        """See `ApduLink.close`."""
        self.power_off()
        self._service.drop_context()

    def _connect(self, reader: str) -> bytes:
        code, handle, protocol = self._service.call(
            scard.SCardConnect, reader, scard.SCARD_SHARE_EXCLUSIVE, PROTOCOLS
        )
        if code in ABSENT and self._may_have_been_missed():
            code, handle, protocol = self._service.call(
                scard.SCardConnect, reader, scard.SCARD_SHARE_DIRECT, NO_PROTOCOL
            )
        self._check(code, reader)
        self._connection = _Connection(handle, protocol)
        try:
            return self._cold_reset(handle, reader)
        except StationError:
            self.power_off()
            raise

    def _may_have_been_missed(self) -> bool:
        """Whether to bypass the service, which believes that there is no card; once per loss.

        A service that polls its readers misses a card that was away for less than one poll while in
        use, and reports none until it is moved again (seen with pcsc-lite 1.9.9). A direct
        connection needs no card, and powering it makes the service check. Not at other times: when
        the service detects a new card itself, it would reset it in the middle of our session.
        """
        if not self._had_card:
            return False
        now = monotonic()
        if self._missing_since is None:
            self._missing_since = now
        if now - self._missing_since < LONGEST_POLL:
            return False
        self._had_card, self._missing_since = False, None
        return True

    def _cold_reset(self, handle: int, reader: str) -> bytes:
        # Connecting powers the card only when it was not powered: another program may have left it
        # powered, with its security state.
        code, protocol = scard.SCardReconnect(
            handle, scard.SCARD_SHARE_EXCLUSIVE, PROTOCOLS, scard.SCARD_UNPOWER_CARD
        )
        self._check_granted(code, reader)
        self._connection = _Connection(handle, protocol)
        code, _name, _state, _protocol, atr = scard.SCardStatus(handle)
        self._check_granted(code, reader)
        if not atr:
            raise CardMuteError(f"{reader}: no ATR", details={"cause": "no-atr"})
        self._had_card, self._missing_since = True, None
        return bytes(atr)

    def _await_change(self, deadline: float) -> bool:
        """Wait a short time for the card's state to change; False when no time is left."""
        left = deadline - monotonic()
        if left <= 0:
            return False
        reader = self._find_reader()
        _code, states = self._service.call(
            scard.SCardGetStatusChange, 0, [(reader, scard.SCARD_STATE_UNAWARE)]
        )
        current = [(name, state) for name, state, _atr in states]
        if current:
            pause = int(min(left, LOOK_AGAIN) * 1000) + 1
            self._service.call(scard.SCardGetStatusChange, pause, current)
        return True

    def _find_reader(self) -> str:
        names = self.reader_names()
        if names != self._listed:
            self._listed, self._ports = names, {}
        return choose_reader(names, self._reader, self._never, self._port_of)

    def _port_of(self, reader: str) -> str:
        """Return the USB port of a reader; empty when not reported, or when it is in use."""
        if reader not in self._ports:
            code, handle, _protocol = self._service.call(
                scard.SCardConnect, reader, scard.SCARD_SHARE_DIRECT, NO_PROTOCOL
            )
            if code != OK:
                return ""
            code, channel = scard.SCardGetAttrib(handle, scard.SCARD_ATTR_CHANNEL_ID)
            scard.SCardDisconnect(handle, scard.SCARD_LEAVE_CARD)
            self._ports[reader] = usb_port(bytes(channel)) if code == OK else ""
        return self._ports[reader]

    def reader_names(self) -> list[str]:
        """Return the readers that the service lists; powers no card.

        Raises:
            ReaderNotConnectedError: The service does not answer, or refuses this account.
        """
        code, names = self._service.call(scard.SCardListReaders, [])
        if code in NO_READER:
            return []
        self._check(code, self._wanted)
        return list(names)

    def _check(self, code: int, reader: str) -> None:
        """Raise the error for a return code of connecting or listing."""
        if code == OK:
            return
        if code == scard.SCARD_E_SHARING_VIOLATION:
            raise _busy(reader)
        if code in REFUSED:
            raise no_permission(code)
        if code in MUTE_CAUSES:
            raise CardMuteError(f"{reader}: {text_of(code)}", details={"cause": MUTE_CAUSES[code]})
        if code in NO_READER or code in STALE_CONTEXT:
            self._service.drop_context()
            raise ReaderNotConnectedError(f"{reader}: {text_of(code)}")
        raise TransportClosedError(f"{reader}: {text_of(code)}")

    def _check_granted(self, code: int, reader: str) -> None:
        """As `_check`, for a card that the service has given to this account; else, it ends."""
        if code in REFUSED:
            self._service.drop_context()
            raise ReaderNotConnectedError(f"{reader}: {text_of(code)}")
        self._check(code, reader)

    def _lost(self, name: str, what: str, code: int) -> StationError:
        """Give up the connection after a failed exchange; return the error for what was lost."""
        self.power_off()
        if code in STALE_CONTEXT:
            self._service.drop_context()
        if code in NO_READER or code in STALE_CONTEXT or not self.reader_present():
            return ReaderNotConnectedError(f"{name}: the reader went away: {what}")
        return ChipContactLostError(f"{name}: the card went away: {what}")


def _tell_wait(seconds: float) -> None:
    # A service that polls its reader detects a card up to one poll late; neither the station nor
    # the card is slow then, and a technician who asks why a card took long finds it in the log.
    if seconds > WORTH_TELLING:
        extra = {"action": "card-awaited", "seconds": round(seconds, 3)}
        log.info("the reader saw the card late", extra=extra)


def _busy(reader: str) -> ReaderBusyError:
    holders = _programs_using_pcsc()
    details = {"holder": holders[0]} if len(holders) == 1 else {}
    return ReaderBusyError(f"{reader}: another program holds the card", details=details)


def _programs_using_pcsc() -> list[str]:
    """Return the names of other programs that have loaded the PC/SC library, as far as visible.

    The service does not report which program holds a card. When only one other program uses it, it
    is that one; among several it would be a guess.
    """
    found = []
    for maps in Path("/proc").glob("[0-9]*/maps"):
        try:
            uses_pcsc = OWN_LIBRARY in maps.read_text(encoding="utf-8", errors="replace")
            name = (maps.parent / "comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue  # ended meanwhile, or belongs to another user
        if uses_pcsc and maps.parent.resolve() != Path("/proc/self").resolve():
            found.append(name)
    return sorted(set(found) - {"pcscd"})
