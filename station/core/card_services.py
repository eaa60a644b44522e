"""What a window does with finished cards: read, check, and the holder's PIN."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from station.core.cards import Authenticator
from station.core.pin_entry import Pin

NO_TERMINAL = "0" * 12  #: 终端机编号 of a terminal without a PSAM


@dataclass(frozen=True, slots=True)
class MaintenanceRequest:
    """What the province's HSM needs to build one protected command: PIN unblock or reload.

    Attributes:
        AAB301: 发卡地 of the card.
        AAZ507: 卡复位信息.
        AAZ501: 卡识别码.
        algorithm: `01`, `02` or `03`.
        key_address: HSM address of the maintenance key, such as `0173` for STKSSSE.
        process_factor: 过程因子: the card's last challenge, 8 bytes.
        header: CLA INS P1 P2 Lc of the command, Lc counting the MAC.
        pin: New PIN, two digits a byte; empty when only the tries come back.
    """

    AAB301: str
    AAZ507: str
    AAZ501: str
    algorithm: str
    key_address: str
    process_factor: bytes = field(repr=False)
    header: bytes
    pin: bytes = field(default=b"", repr=False)


#: Asks the province's HSM for a protected command and returns all of it: header, data and MAC.
#: Raises `GatewayError`.
Protector = Callable[[MaintenanceRequest], bytes]


@dataclass(frozen=True, slots=True, repr=False)
class BasicInformation:
    """Contents of the two basic files. Personal data: its `repr` shows none of it.

    Attributes:
        AAB301: 发卡地: the first six digits of the card id.
        AAC002: 社会保障号码.
        AAC003: 姓名, both parts.
        AAC004: 性别.
        AAC005: 民族.
        AAC006: 出生日期, YYYYMMDD.
        AAC025: 出生地.
        AAZ500: 卡号.
        AAZ501: 卡识别码.
        AAZ503: 发卡日期, YYYYMMDD.
        AAZ507: 卡复位信息.
        AAZ508: 规范版本.
        valid_until: 卡有效期, YYYYMMDD.
        algorithm: `01`, `02` or `03`.
    """

    AAB301: str
    AAC002: str
    AAC003: str
    AAC004: str
    AAC005: str
    AAC006: str
    AAC025: str
    AAZ500: str
    AAZ501: str
    AAZ503: str
    AAZ507: str
    AAZ508: str
    valid_until: str
    algorithm: str

    def __repr__(self) -> str:
        return "BasicInformation(***)"

    def national(self, *, terminal: str = NO_TERMINAL, device: str = "") -> str:
        """Return the string of iReadCardBas (人社信息函〔2016〕38号): 11 fields with bars."""
        fields = (
            *(self.AAB301, self.AAC002, self.AAZ500, self.AAZ501, self.AAC003, self.AAZ507),
            *(self.AAZ508, self.AAZ503, self.valid_until, terminal, device),
        )
        return "".join(f"{value}|" for value in fields)


@dataclass(frozen=True, slots=True)
class CardVerdict:
    """What 验卡 found. Holds codes and names of data elements, no values.

    Attributes:
        is_readable: The chip answers and is a social security card that permits reading.
        is_personalised: It holds a person's number and a card number.
        problems: Codes of the reasons why the card can't be handed out, such as
            `birth-date-differs`; empty when it is consistent.
        warnings: Codes of unusual findings that also occur on usable cards.
    """

    is_readable: bool
    is_personalised: bool = False
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def is_good(self) -> bool:
        """Whether the card can be handed to its holder."""
        return self.is_readable and self.is_personalised and not self.problems


class CardServices(Protocol):
    """Services on a card at the chip station. One caller at a time; calls block.

    Every call may raise what `ApduLink.power_on` raises, and `WrongCardError` for a card that is
    not a social security card. A key or PIN with one try left is never used: the call raises
    `StatusWordError` 63C1 and sends nothing, unless `use_last_try`. `card` is the id (AAZ501) of
    the card that must be present; empty accepts any card. Another card is refused with
    `WrongCardError` before its PIN is used.
    """

    def read_basic(self, authenticate: Authenticator) -> BasicInformation:
        """Read both basic files. Asks the province's HSM where the card's version protects one.

        Raises:
            StatusWordError: The card refused.
            GatewayError: The province's HSM did not answer.
        """
        ...

    def examine(self, authenticate: Authenticator) -> CardVerdict:
        """验卡: find out whether this is a usable finished card. Writes nothing.

        Raises:
            GatewayError: The province's HSM did not answer.
        """
        ...

    def judge(self, found: BasicInformation) -> CardVerdict:
        """Return the verdict on a reading. Accesses neither the card nor the province."""
        ...

    def pin_tries(self, *, card: str = "") -> int:
        """Return how many tries the holder's PIN has left; 0 when it is locked. Uses up none.

        Raises:
            StatusWordError: The card does not report it.
        """
        ...

    def verify_pin(self, pin: Pin | str, *, card: str = "", use_last_try: bool = False) -> None:
        """Compare the holder's PIN; a wrong one costs a try.

        Raises:
            InputError: Not 4 to 16 digits.
            PinRefusedError: Wrong, locked, or not sent because one try is left.
        """
        ...

    def change_pin(
        self, old: Pin | str, new: Pin | str, *, card: str = "", use_last_try: bool = False
    ) -> None:
        """Replace the PIN by one that the holder chose. See `verify_pin`.

        Raises:
            OutcomeUnknownError: The card was lost before it answered.
        """
        ...

    def read_signature_key(self) -> bytes:
        """Return the card's own signature public key (X, Y) for which certificates are asked.

        Raises:
            StatusWordError: The card has no certificate application.
        """
        ...

    def unblock_pin(
        self,
        authenticate: Authenticator,
        protect: Protector,
        *,
        card: str = "",
        use_last_try: bool = False,
    ) -> None:
        """Give a locked PIN all its tries again; the PIN is unchanged.

        Raises:
            StatusWordError: The card refused the PUK or the protected command.
            GatewayError: The province's HSM did not answer.
            OutcomeUnknownError: The card was lost before it answered.
        """
        ...

    def reload_pin(
        self,
        new: Pin | str,
        authenticate: Authenticator,
        protect: Protector,
        *,
        card: str = "",
        use_last_try: bool = False,
    ) -> None:
        """Replace a forgotten PIN. See `unblock_pin`."""
        ...
