"""Reads the social security application: the card's identity, and its records.

Source: card specification part 5 (SELECT, READ RECORD) and part 6 (FCI of SSSE);
    人社信息函〔2016〕38号 (version and algorithm rules).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from station.core.cards import AuthenticationRequest, ChipIdentity
from station.core.errors import (
    GatewayUnavailableError,
    RemoteProtocolError,
    StatusWordError,
    WrongCardError,
    WrongCardReason,
)
from station.core.secrets import BankNumber
from station.encoder.apdu import INS_EXTERNAL_AUTHENTICATE, MAX_LE, CommandApdu
from station.encoder.atr import historical_bytes
from station.encoder.card_profile import Script, ask_hsm, exchange, exchange_ok, refused
from station.encoder.profiles.ssc.facts import Facts, Key, VersionFacts
from station.encoder.profiles.ssc.files import (
    CARD_ID,
    CARD_NUMBER,
    ISSUE_DATE,
    VALID_UNTIL,
    VERSION,
    Record,
)
from station.encoder.profiles.ssc.values import decode_an, is_unwritten
from station.encoder.status_words import RECORD_NOT_FOUND, SECURITY_STATUS_NOT_SATISFIED
from station.encoder.tlv import find_tag, parse_simple_tlv, parse_tlv

RESET_INFORMATION_LENGTH: Final = 13
HSM_ANSWER_LENGTH: Final = 16  # 鉴别数据 8, 原始信息 8
TAG_ALGORITHM_TEMPLATE: Final = 0x9F0C
TAG_ALGORITHM: Final = 0x86
#: The application is present and blocked: a social security card that can't be used.
BLOCKED: Final = frozenset({0x6283, 0x6A81, 0x9303})
#: Records of EF05 that identify the card, in the order of reading.
IDENTIFYING_RECORDS: Final = (CARD_ID, VERSION, ISSUE_DATE, VALID_UNTIL, CARD_NUMBER)
OLDEST_VERSION: Final = "1.0"  # 人社信息函〔2016〕38号: an empty 规范版本 means this
BEIJING: Final = "11"


@dataclass(frozen=True, slots=True)
class IssuerReading:
    """The data that the application shows without a key.

    Attributes:
        AAZ507: 卡复位信息.
        algorithm: `01`, `02` or `03`.
        values: Values of EF05, by record.
    """

    AAZ507: str
    algorithm: str
    values: Mapping[Record, bytes]

    @property
    def AAZ501(self) -> str:
        """卡识别码."""
        return self.values[CARD_ID].hex().upper()

    def identity(self, bank_number: BankNumber | None) -> ChipIdentity:
        """Return the reading as a `ChipIdentity`."""
        return ChipIdentity(
            AAZ501=self.AAZ501,
            AAZ507=self.AAZ507,
            AAZ508=decode_an(self.values[VERSION]) or OLDEST_VERSION,
            AAB301=self.AAZ501[:6],
            algorithm=self.algorithm,
            AAZ500=decode_an(self.values[CARD_NUMBER]),
            bank_number=bank_number,
        )


def read_issuer(facts: Facts, atr: bytes) -> Script[IssuerReading]:
    """Select the application and read the free records of EF05; the application stays selected.

    Raises:
        WrongCardError: No such application, or it has no card id.
        StatusWordError: The application is blocked, or a record is refused.
    """
    fci = yield from select_application(facts)
    reset_information = historical_bytes(atr)
    values: dict[Record, bytes] = {}
    for record in IDENTIFYING_RECORDS:
        values[record] = yield from read_record(record)
    if len(reset_information) != RESET_INFORMATION_LENGTH or is_unwritten(values[CARD_ID]):
        raise WrongCardError(
            WrongCardReason.NOT_SOCIAL_SECURITY, "no reset information, or no card id"
        )
    region = values[CARD_ID].hex()[:6]
    return IssuerReading(reset_information.hex().upper(), _algorithm(fci, region), values)


def require_card(found: IssuerReading, card: str) -> None:
    """Check that this is the card with the id `card`; an empty `card` accepts any.

    Raises:
        WrongCardError: It is another one.
    """
    if card and card != found.AAZ501:
        raise WrongCardError(WrongCardReason.ANOTHER_CARD, "another card than the one read before")


def select_application(facts: Facts) -> Script[bytes]:
    """Select SSSE and return its FCI; a security state reached before is lost.

    Raises:
        WrongCardError: There is no such application.
        StatusWordError: It is blocked.
    """
    select = CommandApdu("SELECT SSSE", 0x00, 0xA4, 0x04, 0x00, facts.application, MAX_LE)
    answer = yield from exchange(select)
    if answer.is_ok:
        return answer.data
    if answer.sw in BLOCKED:
        raise refused(select, answer)
    raise WrongCardError(
        WrongCardReason.NOT_SOCIAL_SECURITY,
        f"the social security application can't be selected: {answer.sw:04X}",
        details={"sw": f"{answer.sw:04X}"},
    )


def _algorithm(fci: bytes, region: str) -> str:
    template = find_tag(parse_tlv(fci), TAG_ALGORITHM_TEMPLATE) or b""
    value = find_tag(parse_tlv(template), TAG_ALGORITHM)
    if value:
        return value.hex().upper()
    return "02" if region.startswith(BEIJING) else "01"  # cards older than tag 9F0C


def read_record(record: Record) -> Script[bytes]:
    """Return a record's value; empty when the record was never written.

    Raises:
        StatusWordError: The card refused.
        RemoteProtocolError: The record has another content.
    """
    read = CommandApdu(
        f"READ {record.place}", 0x00, 0xB2, record.tag, record.sfi << 3, le=record.length + 2
    )
    answer = yield from exchange(read)
    if answer.sw == RECORD_NOT_FOUND:
        return b""
    if not answer.is_ok:
        raise refused(read, answer)
    if is_unwritten(answer.data):
        return b""
    tag, value = parse_simple_tlv(answer.data)
    if tag != record.tag:
        raise RemoteProtocolError(f"{record.place}: the record starts with tag {tag:02X}")
    return value


def open_session(facts: Facts, card: IssuerReading) -> Session:
    """Return a session with the card that `card` was just read from.

    Raises:
        WrongCardError: There are no facts for cards of its version.
    """
    AAZ508 = card.identity(None).AAZ508
    version = facts.for_version(AAZ508)
    if version is None:
        raise WrongCardError(
            WrongCardReason.WRONG_VERSION,
            f"no rules for a card of version {AAZ508}",
            details={"found": AAZ508, "expected": " ".join(sorted(facts.versions))},
        )
    return Session(facts, version, card)


@dataclass(frozen=True, slots=True)
class Session:
    """One powered card with its application selected."""

    facts: Facts
    version: VersionFacts
    card: IssuerReading

    def open_holder(self) -> Script[None]:
        """Open EF06 for reading, where the version protects it."""
        if self.version.holder_read_key is not None:
            yield from self.authenticate(self.version.holder_read_key)

    def read_holder(self, records: tuple[Record, ...]) -> Script[dict[Record, bytes]]:
        """Return the values of EF06 records, after `open_holder`.

        Opens the file again when the card has closed it, which can happen after another
        authentication.
        """
        values: dict[Record, bytes] = {}
        for record in records:
            try:
                values[record] = yield from read_record(record)
            except StatusWordError as exc:
                if exc.sw != SECURITY_STATUS_NOT_SATISFIED or values:
                    raise
                yield from self.open_holder()
                values[record] = yield from read_record(record)
        return values

    def authenticate(self, key: Key) -> Script[None]:
        """Authenticate the province to the card. One try; the card counts failures.

        Raises:
            StatusWordError: The card refused; `tries_left` is the number of tries that remain.
            GatewayUnavailableError: The HSM's answer is not usable; nothing was sent to the card.
            RemoteProtocolError: A challenge has a wrong length.
        """
        original = yield from self.challenge()
        process_factor = yield from self.challenge()
        answer = yield from ask_hsm(self._request(key, process_factor, original))
        if len(answer) != HSM_ANSWER_LENGTH:
            raise GatewayUnavailableError(f"HSM answer has {len(answer)} bytes, not 16")
        data = answer + self.facts.key_version
        name = f"EXTERNAL AUTHENTICATE key {key.reference:02X}"
        yield from exchange_ok(
            CommandApdu(name, 0x00, INS_EXTERNAL_AUTHENTICATE, 0x00, key.reference, data)
        )

    def challenge(self) -> Script[bytes]:
        """Return a fresh challenge; only the latest one is valid.

        Raises:
            RemoteProtocolError: It has a wrong length.
        """
        length = self.facts.challenge_length
        challenge = yield from exchange_ok(
            CommandApdu("GET CHALLENGE", 0x00, 0x84, 0x00, 0x00, le=length)
        )
        if len(challenge) != length:
            raise RemoteProtocolError(f"challenge has {len(challenge)} bytes, not {length}")
        return challenge

    def _request(self, key: Key, process_factor: bytes, original: bytes) -> AuthenticationRequest:
        return AuthenticationRequest(
            AAB301=self.card.AAZ501[:6],
            AAZ507=self.card.AAZ507,
            AAZ501=self.card.AAZ501,
            algorithm=self.card.algorithm,
            key_address=key.hsm_address,
            process_factor=process_factor,
            original=original,
        )
