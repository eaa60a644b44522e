"""Scripts of the card services: read both basic files, and the holder's PIN.

Source: 人社信息函〔2016〕38号 (iReadCardBas, iVerifyPIN, iChangePIN, iReloadPIN, iUnblockPIN).
"""

from __future__ import annotations

from station.core.card_services import BasicInformation, CardVerdict
from station.core.pin_entry import Pin
from station.encoder.card_profile import Script
from station.encoder.profiles.ssc import pin as pin_commands
from station.encoder.profiles.ssc.certificates import read_signature_key
from station.encoder.profiles.ssc.facts import Facts
from station.encoder.profiles.ssc.files import (
    BIRTH_DATE,
    BIRTHPLACE,
    CARD_NUMBER,
    ISSUE_DATE,
    NAME,
    NAME_EXTENSION,
    NATION,
    PERSON_NUMBER,
    SEX,
    VALID_UNTIL,
    Coding,
    Record,
)
from station.encoder.profiles.ssc.reading import Session, open_session, read_issuer, require_card
from station.encoder.profiles.ssc.values import decode_an, is_unwritten
from station.encoder.profiles.ssc.verdict import judge


class SscServices:
    """The scripts of one set of facts. Implements `ServiceScripts`."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def read_basic(self, atr: bytes) -> Script[BasicInformation]:
        """See `CardServices.read_basic`."""
        session = yield from self._session(atr)
        yield from session.open_holder()
        found = dict(session.card.values)
        found |= yield from session.read_holder(session.version.holder_records)
        identity = session.card.identity(None)
        name = decode_an(found[NAME]) + decode_an(found.get(NAME_EXTENSION, b""))
        return BasicInformation(
            AAB301=identity.AAB301,
            AAC002=_text(found, PERSON_NUMBER),
            AAC003=name,
            AAC004=_text(found, SEX),
            AAC005=_text(found, NATION),
            AAC006=_text(found, BIRTH_DATE),
            AAC025=_text(found, BIRTHPLACE),
            AAZ500=_text(found, CARD_NUMBER),
            AAZ501=identity.AAZ501,
            AAZ503=_text(found, ISSUE_DATE),
            AAZ507=identity.AAZ507,
            AAZ508=identity.AAZ508,
            valid_until=_text(found, VALID_UNTIL),
            algorithm=identity.algorithm,
        )

    def judge(self, found: BasicInformation) -> CardVerdict:
        """See `ServiceScripts.judge`."""
        return judge(self._facts, found)

    def pin_tries(self, atr: bytes, card: str) -> Script[int]:
        """See `CardServices.pin_tries`."""
        require_card((yield from read_issuer(self._facts, atr)), card)
        return (yield from pin_commands.read_tries())

    def verify_pin(
        self, atr: bytes, pin: Pin | str, *, card: str, use_last_try: bool
    ) -> Script[None]:
        """See `CardServices.verify_pin`."""
        coded = pin_commands.encode_pin(pin)
        require_card((yield from read_issuer(self._facts, atr)), card)
        yield from pin_commands.verify(coded, use_last_try=use_last_try)

    def change_pin(
        self, atr: bytes, old: Pin | str, new: Pin | str, *, card: str, use_last_try: bool
    ) -> Script[None]:
        """See `CardServices.change_pin`."""
        coded = pin_commands.encode_pin(old), pin_commands.encode_pin(new)
        require_card((yield from read_issuer(self._facts, atr)), card)
        yield from pin_commands.change(*coded, use_last_try=use_last_try)

    def reset_pin(self, atr: bytes, new: Pin | str, *, card: str) -> Script[None]:
        """See `CardServices.reload_pin` and `CardServices.unblock_pin`."""
        coded = pin_commands.encode_pin(new) if new else b""
        session = yield from self._session(atr)
        require_card(session.card, card)
        yield from pin_commands.reset(self._facts.pin, session, coded)

    def read_signature_key(self, atr: bytes) -> Script[bytes]:
        """See `CardServices.read_signature_key`."""
        del atr  # the application does not need it
        return read_signature_key(self._facts.certificates)

    def _session(self, atr: bytes) -> Script[Session]:
        card = yield from read_issuer(self._facts, atr)
        return open_session(self._facts, card)


def _text(found: dict[Record, bytes], record: Record) -> str:
    value = found[record]
    if record.coding is Coding.AN:
        return decode_an(value)
    return "" if is_unwritten(value) else value.hex().upper()
