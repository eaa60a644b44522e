"""Drives the security module of an ID-card reader over a serial line or USB.

The protocol has no request number, so nothing is sent while an answer may still arrive: late bytes
are discarded before each command. After a time-out or a lost cable the link is opened again at the
next call; nothing is retried inside one.
"""

from __future__ import annotations

import contextlib
import logging
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from station.clock import monotonic
from station.core.errors import (
    DeskDeviceError,
    DeskDeviceNotConnectedError,
    DeskFault,
    StationError,
    TransportError,
    TransportTimeoutError,
)
from station.core.identity_cards import IdentityCard, Look, OnReader
from station.core.links import BulkLink
from station.desk.id_reader.codec import (
    LONGEST,
    Answer,
    AnswerReader,
    Command,
    Damage,
    DamagedAnswerError,
    Status,
    check_form,
    decode_module_id,
    encode_command,
    split_content,
)
from station.desk.id_reader.layouts import CardTextError, parse_text

log = logging.getLogger(__name__)

NOT_CONNECTED: Final = "id-reader-not-connected"
REMEMBERED_EXCHANGES: Final = 50

#: Facts never confirmed on a real module.
UNVERIFIED: Final = (
    "a card that stays on the reader is found once",
    "layout of the foreigner's card of 2023",
    "form of the module id",
    "time limits of the answers",
)

#: Meanings of refusals; every other status is an error of the module itself.
FAULTS: Final[Mapping[Status, DeskFault]] = {
    Status.CARD_REFUSED_MODULE: DeskFault.CARD_NOT_READ,
    Status.MODULE_REFUSED_CARD: DeskFault.CARD_NOT_GENUINE,
    Status.NOT_GENUINE: DeskFault.CARD_NOT_GENUINE,
    Status.UNKNOWN_KIND: DeskFault.CARD_UNKNOWN_KIND,
    Status.READING_FAILED: DeskFault.CARD_NOT_READ,
    Status.NO_RANDOM_NUMBER: DeskFault.CARD_NOT_READ,
    Status.NO_CARD: DeskFault.CARD_NOT_READ,
    Status.NOTHING_THERE: DeskFault.CARD_NOT_READ,
    Status.SELECTING_FAILED: DeskFault.CARD_NOT_SELECTED,
    Status.SELF_TEST_FAILED: DeskFault.READER_SELF_TEST_FAILED,
    Status.NOT_AUTHORISED: DeskFault.READER_NOT_AUTHORISED,
}


@dataclass(frozen=True, slots=True)
class Patience:
    """Maximum seconds for each answer.

    Attributes:
        short: For everything but reading.
        reading: For a reading: the module and the card exchange some kilobytes over the air.
        late: Time to wait for bytes of an earlier answer before a command.
        quiet: The same after an unusable answer.
    """

    short: float = 1.0
    reading: float = 5.0
    late: float = 0.001
    quiet: float = 0.2


USUAL: Final = Patience()


class SamReader:
    """One reader. Implements `IdCardReader`; opens its link at the first call.

    Args:
        address: For people.
        open_link: Opens the link; raises what `open_desk_link` raises.
        patience: Maximum times for answers.
    """

    def __init__(
        self, address: str, open_link: Callable[[], BulkLink], *, patience: Patience = USUAL
    ) -> None:
        self._address = address
        self._open_link = open_link
        self._patience = patience
        self._lock = threading.Lock()
        self._link: BulkLink | None = None
        self._module = ""
        self._found_one = False  # a card, since the link was opened
        self._unclear = False  # whether bytes of an unusable answer may still arrive
        self._exchanges: deque[str] = deque(maxlen=REMEMBERED_EXCHANGES)

    @property
    def address(self) -> str:
        """See `IdCardReader.address`."""
        return self._address

    def check(self) -> str:
        """See `IdCardReader.check`."""
        with self._turn() as link:
            self._done(link, Command.STATE)
            return self._module

    def look(self) -> Look:
        """See `IdCardReader.look`."""
        with self._turn() as link:
            answer = self._ask(link, Command.FIND)
            if answer.status is Status.NO_CARD:
                return Look(OnReader.STAYS if self._found_one else OnReader.NOTHING)
            if answer.status is not Status.FOUND:
                raise _refusal(answer.status)
            self._found_one = True
            self._done(link, Command.SELECT)
            card = self._read_card(link)
            return Look(OnReader.READ, card, self._module)

    def recent_exchanges(self) -> list[str]:
        """See `IdCardReader.recent_exchanges`."""
        return list(self._exchanges)

    def close(self) -> None:
        """See `IdCardReader.close`."""
        with self._lock:
            self._hang_up()

    def _read_card(self, link: BulkLink) -> IdentityCard:
        answer = self._done(link, Command.READ)
        try:
            return parse_text(split_content(Command.READ, answer.data).text)
        except CardTextError as exc:
            raise DeskDeviceError(DeskFault.CARD_CONTENT_INVALID, reason=str(exc)) from exc

    @contextlib.contextmanager
    def _turn(self) -> Iterator[BulkLink]:
        """Use the reader exclusively, its link open; a link that failed is closed afterwards."""
        with self._lock:
            try:
                yield self._opened()
            except TransportError as exc:
                self._hang_up()
                if isinstance(exc, DeskDeviceNotConnectedError):
                    raise
                raise DeskDeviceNotConnectedError(
                    f"the ID reader went away: {exc}", code=NOT_CONNECTED, address=self._address
                ) from exc
            except DeskDeviceError as exc:
                if exc.fault is DeskFault.READER_SILENT:
                    self._hang_up()
                raise

    def _opened(self) -> BulkLink:
        if self._link is None:
            self._link = self._open_link()
            # Answers to an earlier program may still arrive.
            self._found_one, self._unclear = False, True
            try:
                self._module = decode_module_id(self._done(self._link, Command.MODULE_ID).data)
            except StationError:
                self._hang_up()  # a reader with an unknown module is not usable
                raise
            log.info("ID reader connected", extra={"action": "id-reader-connected"})
        return self._link

    def _hang_up(self) -> None:
        if self._link is not None:
            self._link.close()
            self._link = None
            log.info("ID reader released", extra={"action": "id-reader-released"})

    def _done(self, link: BulkLink, command: Command) -> Answer:
        answer = self._ask(link, command)
        if answer.status is not Status.DONE:
            raise _refusal(answer.status)
        return answer

    def _ask(self, link: BulkLink, command: Command) -> Answer:
        """Send one command and return its answer, with any status."""
        started = monotonic()
        outcome = "no answer"
        try:
            self._discard_late_bytes(link)
            link.write(encode_command(command), timeout=self._patience.short)
            answer = self._answer(link, command)
            check_form(command, answer)
            outcome = f"{answer.status:02X}"
        except DamagedAnswerError as exc:
            self._unclear = True
            outcome = exc.damage.value
            raise DeskDeviceError(DeskFault.READER_ANSWER_DAMAGED, reason=exc.damage.value) from exc
        except TransportTimeoutError as exc:  # the command itself was not accepted
            raise DeskDeviceError(DeskFault.READER_SILENT, reason=command.name) from exc
        finally:
            spent = (monotonic() - started) * 1000
            self._exchanges.append(f"{command.name}: {outcome}, {spent:.0f} ms")
        return answer

    def _answer(self, link: BulkLink, command: Command) -> Answer:
        is_reading = command in (Command.READ, Command.READ_WITH_FINGERPRINT)
        allowed = self._patience.reading if is_reading else self._patience.short
        deadline = monotonic() + allowed
        pieces = AnswerReader()
        while (left := deadline - monotonic()) > 0:
            try:
                data = link.read(LONGEST, timeout=left)
            except TransportTimeoutError:
                break
            answer = pieces.feed(data)
            if answer is not None:
                return answer
        if pieces.is_empty:
            raise DeskDeviceError(DeskFault.READER_SILENT, reason=command.name)
        raise pieces.end()

    def _discard_late_bytes(self, link: BulkLink) -> None:
        """Discard bytes of an earlier answer that still arrive.

        Raises:
            DeskDeviceError: They do not end.
        """
        quiet = self._patience.quiet if self._unclear else self._patience.late
        deadline = monotonic() + self._patience.short + quiet
        while monotonic() < deadline:
            try:
                link.read(LONGEST, timeout=quiet)
            except TransportTimeoutError:
                self._unclear = False
                return
            self._exchanges.append("late bytes thrown away")
        raise DeskDeviceError(DeskFault.READER_ANSWER_DAMAGED, reason=Damage.ENDLESS.value)


def _refusal(status: Status) -> DeskDeviceError:
    fault = FAULTS.get(status, DeskFault.READER_REFUSED)
    return DeskDeviceError(fault, reason=f"SW3 {status:02X}")
