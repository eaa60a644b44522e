"""Identify, personalise and inspect a social security card, as scripts.

Source: Zhejiang issuing module, interface V1.0.0.5 (2021-02-07), steps 1 to 5 for a 3.00 card:
    read, open EF06, authenticate for update, EF06, EF05, read back and compare, without a reset.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from station.core.cards import BlankRule, ChipCondition, ChipData, ChipIdentity
from station.core.certificates import NO_CERTIFICATES, CertificateData, CertificateRequest
from station.core.errors import (
    CardMismatchError,
    ConfigError,
    InputError,
    NameNotEncodableError,
    WrongCardError,
    WrongCardReason,
)
from station.encoder.card_profile import CardProfile, ProfileOptions, Script, ask_certificates
from station.encoder.profiles.ssc.bank import read_bank_number
from station.encoder.profiles.ssc.certificates import (
    are_whole,
    read_signature_key,
    write_certificates,
)
from station.encoder.profiles.ssc.commands import COMMANDS
from station.encoder.profiles.ssc.condition import Comparison, check_blank, element_names
from station.encoder.profiles.ssc.facts import GBK, Facts, VersionFacts
from station.encoder.profiles.ssc.files import (
    CARD_ID,
    NAME_EXTENSION,
    ORDER_ISSUER_RECORDS,
    VERSION,
    Record,
)
from station.encoder.profiles.ssc.issued import check_certificates, check_transport
from station.encoder.profiles.ssc.reading import (
    IssuerReading,
    Session,
    open_session,
    read_issuer,
    read_record,
    select_application,
)
from station.encoder.profiles.ssc.services import SscServices
from station.encoder.profiles.ssc.values import (
    encode_issuer,
    encode_records,
    refuse_four_byte_characters,
    refuse_long_name,
)
from station.encoder.profiles.ssc.writing import check_photo, update_record, write_photo

#: Records that are never rewritten, and must read back unchanged.
UNCHANGED: Final = (CARD_ID, VERSION)
NAME: Final = "ssc"


def make_profile(facts: Facts, options: ProfileOptions) -> CardProfile:
    """Return the profile of `facts` with a site's choices.

    Raises:
        ConfigError: A choice that is not possible with these cards.
    """
    chosen = facts.rewriting(options.issuer_tags) if options.issuer_tags else facts
    try:
        _check_options(chosen, options)
    except InputError as exc:
        raise ConfigError(str(exc)) from exc
    scripts = SscScripts(chosen, options)
    return CardProfile(
        name=NAME,
        title=facts.title,
        commands=COMMANDS,
        check_data=scripts.check_data,
        identify=scripts.identify,
        check_blank=scripts.check_blank,
        personalise=scripts.personalise,
        inspect=scripts.inspect,
        services=SscServices(chosen),
        photo_size=chosen.photo.size if options.photo else 0,
        configure=lambda other: make_profile(facts, other),
        unverified=facts.unverified,
    )


def _check_options(facts: Facts, options: ProfileOptions) -> None:
    rewritten = {record for each in facts.versions.values() for record in each.issuer_records}
    encode_issuer(options.issuer, rewritten)
    if options.transport is not None:
        check_transport(options.transport)


class SscScripts:
    """The scripts of one set of facts. Holds no state between calls."""

    def __init__(self, facts: Facts, options: ProfileOptions) -> None:
        self._facts = facts
        self._options = options

    def check_data(self, data: ChipData) -> None:
        """See `CardEncoder.check_data`. A name must fit one of the versions in use."""
        wanted = encode_records(data)
        used = [self._facts.for_version(version) for version in self._options.versions]
        refusals = [refusal for version in used if (refusal := _refusal_of(version, wanted))]
        if refusals and len(refusals) == len(used):
            raise refusals[0]

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        """See `CardEncoder.check_blank`."""
        check_blank(self._facts, identity, rule)

    def identify(self, atr: bytes) -> Script[ChipIdentity]:
        """See `CardEncoder.identify`. The bank number is read last: this leaves the application."""
        card = yield from read_issuer(self._facts, atr)
        bank_number = yield from read_bank_number(self._facts.bank)
        return card.identity(bank_number)

    def personalise(
        self, atr: bytes, identity: ChipIdentity, data: ChipData, photo: bytes
    ) -> Script[ChipIdentity]:
        """See `CardEncoder.personalise`.

        Reads the bank number and requests certificates first, so that nothing interrupts the
        sequence from opening the files to the last read-back (selecting another application would
        clear the security state), and so that nothing is written before all of it is known to have
        a form. Certificates are requested for this order's card only.
        """
        wanted = encode_records(data)
        if photo:
            check_photo(photo, self._facts.photo.size)
        bank_number = yield from read_bank_number(self._facts.bank)
        card = yield from read_issuer(self._facts, atr)
        found = card.identity(bank_number)
        if not found.same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card is at the station")
        session = open_session(self._facts, card)
        wanted |= self._other_values(session, wanted)
        certificates = yield from self._certificates(found, data)
        if certificates is not None:
            yield from select_application(self._facts)
        yield from session.open_holder()
        yield from self._refuse_other_data(session, wanted)
        yield from session.authenticate(session.version.update_key)
        yield from self._write(session.version, wanted, photo)
        card_as_read = yield from self._read_back(session, wanted)
        if certificates is not None and self._options.transport is not None:
            yield from write_certificates(
                self._facts.certificates, certificates, self._options.transport
            )
        return card_as_read.identity(bank_number)

    def inspect(self, atr: bytes, data: ChipData) -> Script[ChipCondition]:
        """See `CardEncoder.inspect`. Needs no HSM for a card that shows another card number."""
        wanted = encode_records(data)
        card = yield from read_issuer(self._facts, atr)
        session = open_session(self._facts, card)
        version = session.version
        found = {record: card.values[record] for record in _issuer_records_of_order(version)}
        condition = Comparison.of(found, wanted).condition()
        if condition is ChipCondition.OTHER_DATA:
            return condition
        yield from session.open_holder()
        found |= yield from session.read_holder(version.holder_records)
        # A card without 姓名扩展 can't hold a name that needs it: then it is incomplete.
        found.setdefault(NAME_EXTENSION, b"")
        condition = Comparison.of(found, wanted).condition()
        if condition is not ChipCondition.THIS_DATA:
            return condition
        certificates = yield from self._certificates(card.identity(None), data)
        if certificates is None or (yield from are_whole(self._facts.certificates, certificates)):
            return ChipCondition.THIS_DATA
        return ChipCondition.HALF_WRITTEN

    def _certificates(
        self, identity: ChipIdentity, data: ChipData
    ) -> Script[CertificateData | None]:
        """Return what the province issues for the card's key; None where nothing is to be done.

        Selects the certificate application.
        """
        version = self._facts.for_version(identity.AAZ508)
        if self._options.transport is None or version is None or not version.certificates:
            return None
        public_key = yield from read_signature_key(self._facts.certificates)
        request = CertificateRequest(
            AAB301=identity.AAB301,
            AAC002=data.AAC002,
            AAC003=data.AAC003,
            AAZ500=data.AAZ500,
            public_key=public_key,
        )
        certificates = yield from ask_certificates(request)
        if certificates is NO_CERTIFICATES:
            return None
        check_certificates(self._facts.certificates, certificates, public_key)
        return certificates

    def _other_values(self, session: Session, wanted: dict[Record, bytes]) -> dict[Record, bytes]:
        """Return the issuer's values besides the order's, before anything is written."""
        version = session.version
        _check_name(version, wanted)
        others = set(version.issuer_records) - set(ORDER_ISSUER_RECORDS)
        given = encode_issuer(self._options.issuer, others - set(UNCHANGED))
        return given | {record: session.card.values[record] for record in UNCHANGED}

    def _write(
        self, version: VersionFacts, wanted: dict[Record, bytes], photo: bytes
    ) -> Script[None]:
        for record in version.holder_records:
            yield from update_record(record, wanted[record])
        if photo:
            yield from write_photo(self._facts.photo, photo)
        for record in version.issuer_records:
            yield from update_record(record, wanted[record])

    def _refuse_other_data(self, session: Session, wanted: dict[Record, bytes]) -> Script[None]:
        version = session.version
        of_order = _issuer_records_of_order(version)
        found = {record: session.card.values[record] for record in of_order}
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
        for record in dict.fromkeys((*UNCHANGED, *session.version.issuer_records)):
            found[record] = yield from read_record(record)
        different = Comparison.of(found, wanted)
        wrong = different.other | different.unwritten
        if wrong:
            names = element_names(wrong)
            raise CardMismatchError(f"read back differs in {names}", details={"fields": names})
        return replace(session.card, values={**session.card.values, **found})


def _issuer_records_of_order(version: VersionFacts) -> tuple[Record, ...]:
    return tuple(record for record in version.issuer_records if record in ORDER_ISSUER_RECORDS)


def _check_name(version: VersionFacts, wanted: dict[Record, bytes]) -> None:
    if NAME_EXTENSION not in version.holder_records:
        refuse_long_name(wanted)
    if version.charset == GBK:
        refuse_four_byte_characters(wanted)


def _refusal_of(
    version: VersionFacts | None, wanted: dict[Record, bytes]
) -> NameNotEncodableError | None:
    """Return why cards of this version can't hold the name; None also for an unknown version."""
    try:
        if version is not None:
            _check_name(version, wanted)
    except NameNotEncodableError as refusal:
        return refusal
    return None
