"""The chip: what is written to it, what is read from it, and the interface of the encoder.

Data-element names (AAC002, AAZ501 ...) are the national ones; `docs/explanations/glossary.md`
explains them.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from station.core.photos import Portrait
from station.core.secrets import BankNumber


@dataclass(frozen=True, slots=True, repr=False)
class ChipData:
    """What one order writes to a social security chip. Personal data: its `repr` shows none of it.

    Attributes:
        AAC002: 社会保障号码, 18 characters.
        AAC003: 姓名.
        AAC004: 性别, `1` 男 `2` 女 `9` 未说明.
        AAC005: 民族, two digits of GB/T 3304.
        AAC025: 出生地, six digits of GB/T 2260.
        AAC006: 出生日期, YYYYMMDD.
        AAZ500: 卡号, 9 characters.
        AAZ503: 发卡日期, YYYYMMDD.
        valid_until: 卡有效期, YYYYMMDD.
    """

    AAC002: str
    AAC003: str
    AAC004: str
    AAC005: str
    AAC025: str
    AAC006: str
    AAZ500: str
    AAZ503: str
    valid_until: str

    def __repr__(self) -> str:
        return "ChipData(***)"


@dataclass(frozen=True, slots=True)
class IssuerData:
    """Records of the issuer's file that some provinces rewrite and others leave unchanged.

    Attributes:
        card_type: 卡的类别: `1` 学龄前儿童 `2` 学生 `3` 成年人, also when not distinguished, `4`
            老年人.
        initialiser: 初始化机构编号, 24 digits; empty where that record is left unchanged.
    """

    card_type: str = "3"
    initialiser: str = ""


@dataclass(frozen=True, slots=True)
class ChipIdentity:
    """What can be read from a card without any key: enough to know which physical card this is.

    Attributes:
        AAZ501: 卡识别码, 32 hex digits (EF05 tag 01).
        AAZ507: 卡复位信息, the 13 historical bytes of the ATR as 26 hex digits.
        AAZ508: 规范版本, such as `3.00`.
        AAB301: 发卡地, six digits: the first three bytes of AAZ501.
        algorithm: `01` 3DES, `02` SSF33, `03` SM4 (tag 9F0C of the application).
        AAZ500: 卡号 stored on the chip (EF05 tag 07); empty on a blank.
        bank_number: PAN of the bank application; None when it could not be read.
    """

    AAZ501: str
    AAZ507: str
    AAZ508: str
    AAB301: str
    algorithm: str
    AAZ500: str
    bank_number: BankNumber | None

    def same_card(self, other: ChipIdentity) -> bool:
        """Whether both readings are of one card: card id, reset information and bank number."""
        mine = (self.AAZ501, self.AAZ507, self.bank_number)
        return mine == (other.AAZ501, other.AAZ507, other.bank_number)


@dataclass(frozen=True, slots=True)
class BlankRule:
    """Which blanks the window uses, from the site's configuration and the order.

    Attributes:
        bank_bins: First six digits that the order's bank uses; empty accepts every bank.
        versions: Accepted AAZ508 values.
        luhn: Whether the bank number's last digit must be its check digit (ISO/IEC 7812-1).
        bankless: Whether only a blank without a bank number is accepted: a temporary card's.
    """

    bank_bins: frozenset[str]
    versions: frozenset[str]
    luhn: bool = True
    bankless: bool = False


@dataclass(frozen=True, slots=True)
class AuthenticationRequest:
    """What the province's HSM needs to answer one EXTERNAL AUTHENTICATE.

    The card key depends on ATR and city only, so no person's data goes along.

    Attributes:
        AAB301: 发卡地 of the card.
        AAZ507: 卡复位信息.
        AAZ501: 卡识别码.
        algorithm: `01`, `02` or `03`.
        key_address: HSM address, four hex digits, such as `0094` for UKSSSE.
        process_factor: 过程因子: the card's last challenge, 8 bytes.
        original: 原始信息: 8 bytes.
    """

    AAB301: str
    AAZ507: str
    AAZ501: str
    algorithm: str
    key_address: str
    process_factor: bytes = field(repr=False)
    original: bytes = field(repr=False)


#: Asks the province's HSM; returns 鉴别数据 (8 bytes) followed by 原始信息 (8 bytes). Raises
#: `GatewayError`.
Authenticator = Callable[[AuthenticationRequest], bytes]


class ChipCondition(enum.StrEnum):
    """What a card holds, found by reading it."""

    BLANK = "blank"  #: no person's data: may be written, or put back
    THIS_DATA = "this-data"  #: exactly the given data, complete
    HALF_WRITTEN = "half-written"  #: blank and given data mixed: write the same data again
    OTHER_DATA = "other-data"  #: another person's data: never write, never print


class CardEncoder(Protocol):
    """What the production workflow may ask of the chip at the chip station.

    One caller at a time; calls block. Every call may raise `ReaderNotConnectedError`,
    `ReaderBusyError` and `CardMuteError`; see `ApduLink`.
    """

    @property
    def address(self) -> str:
        """The link's address, for people."""
        ...

    def reader_present(self) -> bool:
        """Whether a matching reader is visible. Accesses no card."""
        ...

    def check_reader(self) -> None:
        """Look for the reader; return when it can be used. Accesses no card.

        Raises:
            ReaderNotConnectedError: It can't be used; the code gives the reason, see `ApduLink`.
        """
        ...

    @property
    def writes_photo(self) -> bool:
        """Whether the site has the portrait written onto the chip."""
        ...

    def check_data(self, data: ChipData) -> None:
        """Refuse data that this card profile can't hold, before a blank is fed. Accesses no card.

        Raises:
            NameNotEncodableError: A character of the name, or its length.
            InputError: Another field has no form on the chip.
        """
        ...

    def identify(self) -> ChipIdentity:
        """Power the chip on and read everything that needs no key. Writes nothing.

        Raises:
            WrongCardError: It is not a social security card.
            StatusWordError: It is one, and refused to be read.
        """
        ...

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        """Refuse a card that must not be written. Pure: uses the reading only.

        Raises:
            WrongCardError: It is already personalised, of another bank or version, its bank number
                can't be read, or that number has a wrong check digit where the site checks it.
        """
        ...

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        """Write `data` and read all of it back. Irreversible. Returns the identity as read back.

        Safe to call again with the same data on the same card: it ends in the same content.

        Args:
            identity: The card that was identified.
            data: What is written.
            authenticate: Asks the province's HSM.
            photo: The holder's portrait; needed where `writes_photo`, otherwise ignored.

        Raises:
            WrongCardError: The card at the station is not the one of `identity`.
            InputError: A name, portrait or certificate can't be stored on this chip; nothing was
                written.
            CardMismatchError: Read back differs.
            StatusWordError: The card refused; an authentication failure is never repeated by this
                call.
            OutcomeUnknownError: The card or the reader was lost after the first byte was written.
            GatewayError: The province's HSM gave no answer, or refused. The data may be written in
                part: inspect the card.
        """
        ...

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        """Power the chip on and find out what it holds, by reading. Writes nothing.

        Raises:
            GatewayError: Reading the holder's file needs the province's HSM, which did not answer.
        """
        ...

    def recent_exchanges(self) -> list[str]:
        """Return the last exchanges, newest last: name and status word, no data."""
        ...

    def close(self) -> None:
        """Power the chip down and release the reader. Safe to call twice."""
        ...
