"""The clerk's desk of the torture: an ID-card reader, a citizen's card in a reader, a PIN pad."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable
from typing import Final

from station.core.card_services import BasicInformation, CardVerdict, Protector
from station.core.cards import (
    AuthenticationRequest,
    Authenticator,
    BlankRule,
    CardEncoder,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.errors import (
    CardMismatchError,
    CardMuteError,
    PinLockedError,
    PinRefusedError,
    WrongCardError,
    WrongCardReason,
)
from station.core.identity_cards import IdCardKind, IdentityCard, Look, OnReader
from station.core.photos import Portrait
from station.core.pin_entry import Pin, PinPrompt
from station.core.secrets import BankNumber
from station.production.desk.cards import PinService
from station.production.life.desk_equipment import DeskEquipment
from tests.rigs.blanks import refuse_unfit_blank
from tests.torture.people import NAME
from tests.torture.points import Points

MODULE: Final = "05.03-20260101-0000000001-0000000001"
#: Of sixteen digits: no number of the station's own holds one of these by chance.
PIN: Final = "7391648205917364"
OTHER_PIN: Final = "8264193057281946"
WRONG_PIN: Final = "1111111111111111"
MOST_TRIES: Final = 3


@dataclasses.dataclass
class CitizensCard:
    """A finished card that a person has brought.

    Attributes:
        person: AAC002 of its holder.
        pin: What the chip compares with.
        tries: That are left.
    """

    person: str
    pin: str = PIN
    tries: int = MOST_TRIES

    @property
    def card_id(self) -> str:
        """Its AAZ501."""
        return f"420000{int(self.person[-5:-1]):026d}"


TEMPORARY_BLANKS: Final = BlankRule(frozenset(), frozenset({"3.00"}), luhn=False, bankless=True)
AT_DESK: Final = "430000"  #: begins the AAZ501 of every card that is written at the desk
_REQUEST: Final = AuthenticationRequest("", "", "", "03", "0094", b"", b"")


@dataclasses.dataclass
class DeskBlank(CitizensCard):
    """A card that is written in the desk's reader.

    Attributes:
        serial: Makes its numbers.
        data: On the chip; with `half`, only a part of them.
        half: A write broke off.
        bad: Takes every write badly.
        bank: First six digits of its bank number; empty for a temporary card's blank.
        aside: The clerk keeps it, and nobody gets it.
    """

    serial: int = 0
    data: ChipData | None = None
    half: bool = False
    bad: bool = False
    bank: str = ""
    aside: bool = False

    @property
    def card_id(self) -> str:
        """Its AAZ501."""
        return f"{AT_DESK}{self.serial:026d}"

    def identity(self) -> ChipIdentity:
        """Return what can be read without a key. A broken-off write shows its 卡号 already."""
        return ChipIdentity(
            AAZ501=self.card_id,
            AAZ507=f"{self.serial:026d}",
            AAZ508="3.00",
            AAB301="410700",
            algorithm="03",
            AAZ500=self.data.AAZ500 if self.data else "",
            bank_number=BankNumber(f"{self.bank}{self.serial:013d}") if self.bank else None,
        )


class DeskEncoder:
    """The `CardEncoder` of the desk's reader."""

    address = "memory:desk"
    writes_photo = False

    def __init__(self, station: DeskCardStation, points: Points, notice: WriteNotice) -> None:
        self._station = station
        self._points = points
        self._notice = notice

    def reader_present(self) -> bool:
        return True

    def check_reader(self) -> None:
        return None

    def check_data(self, data: ChipData) -> None:
        del data

    def check_blank(self, identity: ChipIdentity, rule: BlankRule) -> None:
        refuse_unfit_blank(identity, rule)

    def identify(self) -> ChipIdentity:
        self._points.at("desk card", "before")
        return self._present().identity()

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        self._points.at("desk card", "before")
        card = self._present()
        authenticate(_REQUEST)
        if card.data is None:
            return ChipCondition.BLANK
        if card.data != data:
            return ChipCondition.OTHER_DATA
        return ChipCondition.HALF_WRITTEN if card.half else ChipCondition.THIS_DATA

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        del photo
        card = self._present()
        if not card.identity().same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card")
        authenticate(_REQUEST)
        self._points.at("desk write", "before")
        self._notice(card, data)
        card.data, card.person, card.half = data, data.AAC002, True
        self._points.at("desk write", "inside")
        if card.bad:
            raise CardMismatchError("differs", details={"fields": "AAC003"})
        card.half = False
        self._points.at("desk write", "after")
        return card.identity()

    def _present(self) -> DeskBlank:
        card = self._station.card
        if not isinstance(card, DeskBlank):
            raise CardMuteError("no card that is written here")
        return card

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


@dataclasses.dataclass(frozen=True)
class PinAct:
    """One use of a PIN, or of the province's key to it, seen when the card took it.

    Attributes:
        service: What was done.
        card: AAZ501 of the card that took it.
        person: Its holder.
        tries: Left before it.
        begun: Numbers of the begun services, for this card, that have no end in the history.
        right: Whether it did what was wanted.
    """

    service: PinService
    card: str
    person: str
    tries: int
    begun: tuple[int, ...]
    right: bool


Notice = Callable[[PinService, CitizensCard, bool], None]
WriteNotice = Callable[[DeskBlank, ChipData], None]


class DeskCardStation:
    """The reader of the desk, and the services on the card in it: a `DeskCardReader`."""

    address = "memory:desk"

    def __init__(self, points: Points, notice: Notice, writes: WriteNotice) -> None:
        self._points = points
        self._notice = notice
        self.card: CitizensCard | None = None
        self._encoder = DeskEncoder(self, points, writes)

    @property
    def services(self) -> DeskCardStation:
        """The services for the card in it."""
        return self

    @property
    def encoder(self) -> CardEncoder:
        """Writes temporary cards."""
        return self._encoder

    def check_reader(self) -> None:
        return None

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None

    # -- the card ------------------------------------------------------------------------------

    def read_basic(self, authenticate: Authenticator) -> BasicInformation:
        del authenticate
        self._points.at("desk card", "before")
        card = self._present("")
        return BasicInformation(
            AAB301="410700",
            AAC002=card.person,
            AAC003=NAME,
            AAC004="1",
            AAC005="01",
            AAC006=card.person[6:14],
            AAC025="410701",
            AAZ500=_number_of(card),
            AAZ501=card.card_id,
            AAZ503="20261122",
            AAZ507="0" * 26,
            AAZ508="3.00",
            valid_until="20361122",
            algorithm="03",
        )

    def examine(self, authenticate: Authenticator) -> CardVerdict:
        return self.judge(self.read_basic(authenticate))

    def judge(self, found: BasicInformation) -> CardVerdict:
        del found
        return CardVerdict(is_readable=True, is_personalised=True)

    def read_signature_key(self) -> bytes:
        raise NotImplementedError

    def pin_tries(self, *, card: str = "") -> int:
        return self._present(card).tries

    def verify_pin(self, pin: Pin | str, *, card: str = "", use_last_try: bool = False) -> None:
        del use_last_try  # the driver's part; here it is the station's own check that is tried
        self._compare(PinService.VERIFY, pin, self._present(card))

    def change_pin(
        self, old: Pin | str, new: Pin | str, *, card: str = "", use_last_try: bool = False
    ) -> None:
        del use_last_try
        present = self._present(card)
        self._compare(PinService.CHANGE, old, present, digits(new))

    def unblock_pin(
        self,
        authenticate: Authenticator,
        protect: Protector,
        *,
        card: str = "",
        use_last_try: bool = False,
    ) -> None:
        del authenticate, protect, use_last_try
        self._by_province(PinService.UNBLOCK, self._present(card), None)

    def reload_pin(
        self,
        new: Pin | str,
        authenticate: Authenticator,
        protect: Protector,
        *,
        card: str = "",
        use_last_try: bool = False,
    ) -> None:
        del authenticate, protect, use_last_try
        self._by_province(PinService.RELOAD, self._present(card), digits(new))

    def _compare(
        self, service: PinService, pin: Pin | str, card: CitizensCard, new: str | None = None
    ) -> None:
        self._points.at("pin", "before")
        if card.tries == 0:
            raise PinLockedError(0x6983, "VERIFY PIN")
        right = digits(pin) == card.pin
        self._notice(service, card, right)
        card.tries = MOST_TRIES if right else card.tries - 1
        if right and new is not None:
            card.pin = new
        self._points.at("pin", "after")
        if not right:
            raise PinRefusedError(0x63C0 + card.tries, "VERIFY PIN")

    def _by_province(self, service: PinService, card: CitizensCard, new: str | None) -> None:
        self._points.at("pin", "before")
        self._notice(service, card, True)
        card.tries = MOST_TRIES
        card.pin = card.pin if new is None else new
        self._points.at("pin", "after")

    def _present(self, card: str) -> CitizensCard:
        if self.card is None:
            raise CardMuteError("no card on the desk")
        if card not in ("", self.card.card_id):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card")
        return self.card


def _number_of(card: CitizensCard) -> str:
    if isinstance(card, DeskBlank):
        return card.data.AAZ500 if card.data else ""
    return f"Z{card.person[9:17]}"


def digits(pin: Pin | str) -> str:
    """Return what was typed."""
    return pin if isinstance(pin, str) else pin._digits.decode()


class Pad:
    """A pad, and the holder at it: types what was planned for each prompt."""

    address = "memory:pad"

    def __init__(self) -> None:
        self.current, self.new = PIN, OTHER_PIN

    def check(self) -> None:
        return None

    def ask_pin(self, prompt: PinPrompt, *, length: int, timeout: float) -> Pin:
        assert length == len(PIN), timeout
        typed = self.current if prompt is PinPrompt.CURRENT else self.new
        return Pin(bytearray(typed.encode()))

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


class IdReader:
    """Nobody looks at it here: the ID cards are given to the station as they were read."""

    address = "memory:id"

    def check(self) -> str:
        return MODULE

    def look(self) -> Look:
        return Look(OnReader.NOTHING)

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


class Desk:
    """Everything on the desk of one window."""

    def __init__(self, points: Points, notice: Notice, writes: WriteNotice) -> None:
        self.reader = DeskCardStation(points, notice, writes)
        self.pad = Pad()
        self.blanks: list[DeskBlank] = []  #: cards that were taken for temporary ones
        self.equipment = DeskEquipment(
            id_reader=IdReader(),
            card_reader=self.reader,
            pin_pad=self.pad,
            pin_length=len(PIN),
            temporary_blanks=TEMPORARY_BLANKS,
        )

    def new_blank(self, *, bank: str = "", bad: bool = False) -> DeskBlank:
        """Take one more blank out of the drawer."""
        made = DeskBlank("", serial=len(self.blanks) + 1, bank=bank, bad=bad)
        self.blanks.append(made)
        return made


def id_card(person: str) -> IdentityCard:
    """What is read of a person's ID card."""
    return IdentityCard(
        kind=IdCardKind.RESIDENT,
        number=person,
        name=NAME,
        latin_name="",
        name_fills_field=False,
        birth=dt.date(1961, 3, 7),
        valid_from=None,
        valid_until=None,
    )
