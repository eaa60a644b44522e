"""An operator's card: the PIV application of a card or USB key, at a reader of its own.

Source: NIST SP 800-73-5 part 2: SELECT (3.1.1), GET DATA (3.1.2), VERIFY (3.2.1), GENERAL
    AUTHENTICATE (3.2.4), response and command chaining (2.4); part 1, 4.1 (X.509 certificate for
    PIV authentication, 5FC105) and table 4b (slot 9A). Never tried with a card of any maker.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from station.core.errors import CardError, ProtocolError, StationError, TransportError
from station.core.errors.doors import (
    OperatorCardAbsentError,
    OperatorCardLastTryError,
    OperatorCardLockedError,
    OperatorCardPinError,
    OperatorCardRefusedError,
)
from station.core.links import ApduLink
from station.core.operator_cards import CardKey
from station.encoder.apdu import (
    INS_GET_RESPONSE,
    MAX_DATA,
    MAX_LE,
    CommandApdu,
    ResponseApdu,
)
from station.encoder.status_words import (
    AUTHENTICATION_BLOCKED,
    LAST_TRY,
    MORE_DATA,
    SW1_MASK,
    TRIES_LEFT,
    TRIES_MASK,
    WRONG_LE,
)
from station.encoder.tlv import encode_tlv, find_tag, parse_tlv

AID: Final = bytes.fromhex("A00000030800001000")
CERTIFICATE: Final = bytes.fromhex("5FC105")
SLOT: Final = 0x9A
PIN_REFERENCE: Final = 0x80
PIN_LENGTH: Final = 8
SHORTEST_PIN: Final = 6
ALGORITHMS: Final = {
    CardKey.RSA_2048: 0x07,
    CardKey.RSA_3072: 0x05,
    CardKey.P_256: 0x11,
    CardKey.P_384: 0x14,
}
CHAINED: Final = 0x10  #: in CLA: more of the same command follows
MOST_PIECES: Final = 32  #: of one answer: 8 KiB, more than any certificate object of the standard
LARGEST_CERTIFICATE: Final = 16384  #: bytes after decompression
_TAG_OBJECT, _TAG_CERTIFICATE, _TAG_INFO = 0x53, 0x70, 0x71
_TAG_TEMPLATE, _TAG_CHALLENGE, _TAG_RESPONSE = 0x7C, 0x81, 0x82
_COMPRESSED: Final = 0x01


class PivReader:
    """A reader for operators' cards. Implements `OperatorCardReader`."""

    def __init__(self, link: ApduLink) -> None:
        """Store the link; nothing is opened."""
        self._link = link

    @property
    def address(self) -> str:
        """See `OperatorCardReader.address`."""
        return self._link.address

    def check_reader(self) -> None:
        """See `OperatorCardReader.check_reader`."""
        self._link.check_reader()

    @contextmanager
    def session(self) -> Iterator[PivCard]:
        """See `OperatorCardReader.session`."""
        try:
            self._link.power_on()  # a cold reset: what another program has proven is forgotten
            card = PivCard(self._link)
            card.select()
            yield card
        except (TransportError, CardError) as exc:
            raise OperatorCardAbsentError(str(exc), details={"cause": exc.code}) from exc
        except ProtocolError as exc:
            raise OperatorCardRefusedError(str(exc)) from exc
        finally:
            self._link.power_off()

    def close(self) -> None:
        """See `OperatorCardReader.close`."""
        self._link.close()


class PivCard:
    """A powered card. Implements `OperatorCard`."""

    def __init__(self, link: ApduLink) -> None:
        self._link = link

    def select(self) -> None:
        """Select the PIV application.

        Raises:
            OperatorCardRefusedError: The card has none.
        """
        answer = self._send(CommandApdu("SELECT PIV", 0x00, 0xA4, 0x04, 0x00, AID, MAX_LE))
        if not answer.is_ok:
            raise _refused("SELECT PIV", answer)

    def certificate(self) -> bytes:
        """See `OperatorCard.certificate`."""
        asked = encode_tlv(0x5C, CERTIFICATE)
        name = "GET DATA 5FC105"
        answer = self._send(CommandApdu(name, 0x00, 0xCB, 0x3F, 0xFF, asked, MAX_LE))
        if not answer.is_ok:
            raise _refused(name, answer)
        try:
            outer = parse_tlv(answer.data, nested=False)
            inner = parse_tlv(find_tag(outer, _TAG_OBJECT) or b"", nested=False)
            return _plain(find_tag(inner, _TAG_CERTIFICATE), find_tag(inner, _TAG_INFO))
        except StationError as exc:
            raise OperatorCardRefusedError(f"{name}: {exc}") from exc

    def verify_pin(self, pin: str, *, spare_last_try: bool) -> None:
        """See `OperatorCard.verify_pin`."""
        left = self._tries_left()
        if left == 0:
            raise OperatorCardLockedError(0)
        if left == LAST_TRY and spare_last_try:
            raise OperatorCardLastTryError(left)
        if not (SHORTEST_PIN <= len(pin) <= PIN_LENGTH and pin.isascii() and pin.isdecimal()):
            raise OperatorCardPinError(left)  # no card takes it: not sent, no try is lost
        padded = pin.encode("ascii").ljust(PIN_LENGTH, b"\xff")
        answer = self._send(CommandApdu("VERIFY", 0x00, 0x20, 0x00, PIN_REFERENCE, padded))
        if answer.is_ok:
            return
        after = _tries_in(answer)
        raise OperatorCardLockedError(0) if after == 0 else OperatorCardPinError(after)

    def sign(self, key: CardKey, block: bytes) -> bytes:
        """See `OperatorCard.sign`."""
        name = "GENERAL AUTHENTICATE 9A"
        wanted = encode_tlv(_TAG_RESPONSE, b"") + encode_tlv(_TAG_CHALLENGE, block)
        data = encode_tlv(_TAG_TEMPLATE, wanted)
        while len(data) > MAX_DATA:
            part, data = data[:MAX_DATA], data[MAX_DATA:]
            more = CommandApdu(name, CHAINED, 0x87, ALGORITHMS[key], SLOT, part)
            if not (answer := self._send(more)).is_ok:
                raise _refused(name, answer)
        answer = self._send(CommandApdu(name, 0x00, 0x87, ALGORITHMS[key], SLOT, data, MAX_LE))
        if not answer.is_ok:
            raise _refused(name, answer)
        try:
            signature = find_tag(parse_tlv(answer.data), _TAG_RESPONSE)
        except StationError as exc:
            raise OperatorCardRefusedError(f"{name}: {exc}") from exc
        if not signature:
            raise OperatorCardRefusedError(f"{name}: the answer has no signature")
        return signature

    def _tries_left(self) -> int:
        answer = self._send(CommandApdu("VERIFY (tries left)", 0x00, 0x20, 0x00, PIN_REFERENCE))
        if answer.is_ok:  # proven already, which a reset has not ended: not a card of the standard
            raise OperatorCardRefusedError("the card keeps a PIN across its reset")
        return _tries_in(answer)

    def _send(self, command: CommandApdu) -> ResponseApdu:
        answer = self._once(command)
        if answer.sw & SW1_MASK == WRONG_LE:
            right = CommandApdu(
                command.name, command.cla, command.ins, command.p1, command.p2, command.data,
                answer.sw & 0xFF or MAX_LE,
            )  # fmt: skip
            answer = self._once(right)
        data = answer.data
        for _ in range(MOST_PIECES):
            if answer.sw & SW1_MASK != MORE_DATA:
                return ResponseApdu(data, answer.sw)
            left = answer.sw & 0xFF or MAX_LE
            answer = self._once(CommandApdu(command.name, 0x00, INS_GET_RESPONSE, 0, 0, le=left))
            data += answer.data
        raise OperatorCardRefusedError(f"{command.name}: the answer does not end")

    def _once(self, command: CommandApdu) -> ResponseApdu:
        return ResponseApdu.decode(self._link.transmit(command.encode(), name=command.name))


def _tries_in(answer: ResponseApdu) -> int:
    if answer.sw & TRIES_MASK == TRIES_LEFT:
        return answer.sw & 0xF
    if answer.sw == AUTHENTICATION_BLOCKED:
        return 0
    raise _refused("VERIFY", answer)


def _plain(stored: bytes | None, info: bytes | None) -> bytes:
    if not stored:
        raise OperatorCardRefusedError("the card has no certificate for authentication")
    if not (info and info[0] & _COMPRESSED):
        return stored
    try:
        unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)  # gzip, SP 800-73 part 1, 4.1.1
        found = unpacker.decompress(stored, LARGEST_CERTIFICATE)
    except zlib.error as exc:
        raise OperatorCardRefusedError("the certificate can't be decompressed") from exc
    if not unpacker.eof:
        raise OperatorCardRefusedError("the certificate is cut short or too long")
    return found


def _refused(name: str, answer: ResponseApdu) -> OperatorCardRefusedError:
    return OperatorCardRefusedError(f"{name}: {answer.sw:04X}")
