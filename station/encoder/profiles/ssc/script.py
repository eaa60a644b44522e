"""Identify, personalise and inspect a social security card, as scripts.

Source: Zhejiang issuing module, interface V1.0.0.5 (2021-02-07), steps 1 to 5 for a 3.00 card:
    read, open EF06, authenticate for update, EF06, EF05, read back and compare, without a reset.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from station.core.cards import ChipCondition, ChipData, ChipIdentity
from station.core.errors import CardMismatchError, WrongCardError, WrongCardReason
from station.encoder.apdu import CommandApdu
from station.encoder.card_profile import Script, exchange_ok
from station.encoder.profiles.ssc.bank import read_bank_number
from station.encoder.profiles.ssc.condition import Comparison, element_names
from station.encoder.profiles.ssc.facts import Facts, VersionFacts
from station.encoder.profiles.ssc.files import CARD_ID, VERSION, Record
from station.encoder.profiles.ssc.reading import IssuerReading, Session, read_issuer, read_record
from station.encoder.profiles.ssc.values import encode_records
from station.encoder.tlv import encode_simple_tlv

#: Never written, and must read back as they were.
UNTOUCHED: Final = (CARD_ID, VERSION)


class SscScripts:
    """The scripts of one set of facts. Holds no state between calls."""

    def __init__(self, facts: Facts) -> None:
        self._facts = facts

    def identify(self, atr: bytes) -> Script[ChipIdentity]:
        """See `CardEncoder.identify`. Reads the bank number last: it leaves the application."""
        card = yield from read_issuer(self._facts, atr)
        bank_number = yield from read_bank_number(self._facts.bank)
        return card.identity(bank_number)

    def personalise(
        self, atr: bytes, identity: ChipIdentity, data: ChipData
    ) -> Script[ChipIdentity]:
        """See `CardEncoder.personalise`.

        Reads the bank number first, so that nothing comes between opening the files and the last
        read-back: selecting another application would clear the security state.
        """
        wanted = encode_records(data)
        bank_number = yield from read_bank_number(self._facts.bank)
        card = yield from read_issuer(self._facts, atr)
        found = card.identity(bank_number)
        if not found.same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card is at the station")
        session = Session(self._facts, self._version_of(found), card)
        yield from session.open_holder()
        yield from self._refuse_other_data(session, wanted)
        yield from session.authenticate(session.version.update_key)
        for record in session.version.written:
            yield from _update_record(record, wanted[record])
        card_as_read = yield from self._read_back(session, wanted)
        return card_as_read.identity(bank_number)

    def inspect(self, atr: bytes, data: ChipData) -> Script[ChipCondition]:
        """See `CardEncoder.inspect`. Needs no HSM for a card that shows another card number."""
        wanted = encode_records(data)
        card = yield from read_issuer(self._facts, atr)
        version = self._version_of(card.identity(None))
        found = {record: card.values[record] for record in version.issuer_records}
        condition = Comparison.of(found, wanted).condition()
        if condition is ChipCondition.OTHER_DATA:
            return condition
        session = Session(self._facts, version, card)
        yield from session.open_holder()
        found |= yield from session.read_holder(version.holder_records)
        return Comparison.of(found, wanted).condition()

    def _version_of(self, identity: ChipIdentity) -> VersionFacts:
        version = self._facts.for_version(identity.AAZ508)
        if version is None:
            raise WrongCardError(
                WrongCardReason.WRONG_VERSION,
                f"no rules for a card of version {identity.AAZ508}",
                details={
                    "found": identity.AAZ508,
                    "expected": " ".join(sorted(self._facts.versions)),
                },
            )
        return version

    def _refuse_other_data(self, session: Session, wanted: dict[Record, bytes]) -> Script[None]:
        version = session.version
        found = {record: session.card.values[record] for record in version.issuer_records}
        telling = tuple(record for record in version.holder_records if record.tells_whose)
        found |= yield from session.read_holder(telling)
        comparison = Comparison.of(found, wanted)
        if comparison.condition() is ChipCondition.OTHER_DATA:
            raise WrongCardError(
                WrongCardReason.ALREADY_PERSONALISED,
                "the card holds other data",
                details={"fields": element_names(comparison.other)},
            )

    def _read_back(self, session: Session, wanted: dict[Record, bytes]) -> Script[IssuerReading]:
        found = yield from session.read_holder(session.version.holder_records)
        for record in (*UNTOUCHED, *session.version.issuer_records):
            found[record] = yield from read_record(record)
        before = {record: session.card.values[record] for record in UNTOUCHED}
        different = Comparison.of(found, wanted | before)
        wrong = different.other | different.unwritten
        if wrong:
            names = element_names(wrong)
            raise CardMismatchError(f"read back differs in {names}", details={"fields": names})
        return replace(session.card, values={**session.card.values, **found})


def _update_record(record: Record, value: bytes) -> Script[None]:
    data = encode_simple_tlv(record.tag, value)
    yield from exchange_ok(
        CommandApdu(f"UPDATE {record.place}", 0x00, 0xDC, record.tag, record.sfi << 3, data)
    )
