"""The desk of the search: a reader in which people put cards, a PIN pad, temporary cards.

Nothing moves a card here but a hand, and a card may be lifted at any moment.
"""

from __future__ import annotations

import dataclasses
from typing import Final, NamedTuple, cast

from station.core.card_services import BasicInformation, Protector
from station.core.cards import (
    AuthenticationRequest,
    Authenticator,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.errors import (
    CardMismatchError,
    CardMuteError,
    ChipContactLostError,
    GatewayRejectedError,
    GatewayUnavailableError,
    OutcomeUnknownError,
    PinEntryError,
    PinEntryFault,
    ReaderNotConnectedError,
    RejectionReason,
    WrongCardError,
    WrongCardReason,
)
from station.core.gateways import IssuanceReport, ProductionData, ReportOutcome, TemporaryCard
from station.core.orders import EffectKind
from station.core.photos import Portrait
from station.core.pin_entry import Pin, PinPrompt
from station.production.desk.temporary import TemporaryCards
from station.production.life.desk_equipment import DeskCardReader, DeskEquipment
from tests.explore.choices import CRASH, Crash
from tests.explore.partners import Province, Reader
from tests.explore.world import HAND, LOST, MUTE_ONCE, Card, World, data_of

TEMPORARY: Final = ReportOutcome.TEMPORARY.value
COLLECTED: Final = "collected"  #: in `Things.told`, of a card that the province knows is back
KEPT_OUT: Final = "refused to collect"  #: the same of a card that it did not take back
RULE: Final = BlankRule(frozenset(), frozenset({"3.00"}), luhn=False, bankless=True)
NO_READER: Final = "the cable of the desk's reader is out"
LIFTED: Final = "the card is lifted"
PIN: Final = "pin"  #: what a change of a PIN is about, for `World.watch`
_REQUEST: Final = AuthenticationRequest("", "", "", "03", "0094", b"", b"")


class Basic(NamedTuple):
    """What 收回 reads of a chip."""

    AAZ501: str
    AAC002: str
    AAZ500: str


class DeskReader(Reader):
    """A `DeskCardReader`, with the `CardEncoder` and the card services of the card in it."""

    address = "memory:desk"

    @property
    def encoder(self) -> DeskReader:
        return self

    @property
    def services(self) -> DeskReader:
        return self

    def _reach(self) -> None:
        if self.world.choices.fault(NO_READER):
            raise ReaderNotConnectedError("the cable is out")

    def _powered(self, *faults: str) -> tuple[Card, str]:
        card = self.world.at_desk
        happens = self.world.choices.fault(NO_READER, MUTE_ONCE, *faults)
        if happens == NO_READER:
            raise ReaderNotConnectedError("the cable is out")
        if card is None or happens == MUTE_ONCE:
            raise CardMuteError("no ATR")
        return card, happens

    def identify(self) -> ChipIdentity:
        return self._powered()[0].identity()

    def inspect(self, data: ChipData, authenticate: Authenticator) -> ChipCondition:
        card, _ = self._powered()
        authenticate(_REQUEST)
        return condition_of(card, data)

    def personalise(
        self,
        identity: ChipIdentity,
        data: ChipData,
        authenticate: Authenticator,
        photo: Portrait | None = None,
    ) -> ChipIdentity:
        del photo
        world, lost = self.world, "contact lost before the first byte"
        card, happens = self._powered(lost)
        if not card.identity().same_card(identity):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "exchanged")
        if happens:
            raise ChipContactLostError("contacts")
        authenticate(_REQUEST)
        happens = world.choices.fault(
            "lifted half-way", "lifted after the last byte", "bad chip", crash=True
        )
        world.watch(EffectKind.WRITE_AT_DESK, card, data.AAC002)
        cut = happens == CRASH and world.choices.pick(("half", "whole")) == "half"
        bad = card.bad or happens == "bad chip"
        half = bad or cut or happens == "lifted half-way"
        card = world.change(card.serial, holder=data.AAC002, half=half, bad=bad, fed=True)
        world.tell(f"The chip of card {card.serial} is {'half ' if half else ''}written.")
        if happens == CRASH:
            world.tell("*** The power goes. ***")
            raise Crash
        if happens.startswith("lifted"):
            world.change(card.serial, place=HAND)
            raise OutcomeUnknownError("the card went away")
        if bad:
            raise CardMismatchError("differs", details={"fields": "AAC003"})
        return card.identity()

    # -- services ------------------------------------------------------------------------------

    def read_basic(self, authenticate: Authenticator) -> BasicInformation:
        card, _ = self._powered()
        authenticate(_REQUEST)
        number = data_of(card.holder).chip.AAZ500 if card.holder else ""
        return cast("BasicInformation", Basic(card.card_id, card.holder, number))

    def reload_pin(
        self,
        new: Pin,
        authenticate: Authenticator,
        protect: Protector,
        *,
        card: str = "",
    ) -> None:
        del new, protect
        authenticate(_REQUEST)
        here, happens = self._powered(LIFTED)
        if card not in ("", here.card_id):
            raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "another card")
        self.world.watch(EffectKind.WRITE_AT_DESK, here, PIN)
        if happens:
            self.world.change(here.serial, place=HAND)
            raise OutcomeUnknownError("the card went away")


def condition_of(card: Card, data: ChipData) -> ChipCondition:
    """Return what is on a card, beside the data that should be."""
    if card.chip is None:
        return ChipCondition.BLANK
    if card.chip != data:
        return ChipCondition.OTHER_DATA
    return ChipCondition.HALF_WRITTEN if card.half else ChipCondition.THIS_DATA


class Pad:
    """A `PinPad`; its holder types the same new PIN twice, or cancels."""

    address = "memory:pad"

    def __init__(self, world: World) -> None:
        self.world = world

    def check(self) -> None:
        return None

    def ask_pin(self, prompt: PinPrompt, *, length: int, timeout: float) -> Pin:
        del length, timeout
        if prompt is PinPrompt.NEW and self.world.choices.fault("the holder cancels at the pad"):
            raise PinEntryError(PinEntryFault.CANCELLED)
        return Pin(bytearray(b"847261"))

    def recent_exchanges(self) -> list[str]:
        return []

    def close(self) -> None:
        return None


class IssuingProvince(Province):
    """A province with temporary cards: a `TemporaryCardGateway`."""

    def fetch_temporary_data(self, id_number: str) -> ProductionData:
        self._reach()
        told = self.world.things.told
        out = [card for outcome, card in told if outcome == TEMPORARY]
        if any((COLLECTED, card) not in told for card in out):
            raise GatewayRejectedError(RejectionReason.HAS_TEMPORARY)
        return dataclasses.replace(data_of(id_number), AAE008="", bank_name="")

    def register_temporary(self, report: IssuanceReport) -> str:
        return self.report(report)

    def is_registered(self, report: IssuanceReport) -> bool:
        return self.find_report(report)

    def collect_temporary(self, card: TemporaryCard) -> str:
        self._reach()
        world, serial = self.world, int(card.AAZ501[6:])
        if (TEMPORARY, serial) not in world.things.told:
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="")
        back = (COLLECTED, serial)
        # A card that is back is acknowledged again: only the first request can be refused.
        of_first = ("refused",) if back not in world.things.told else ()
        happens = world.choices.fault(*of_first, *LOST, crash=True)
        if happens == "refused":
            world.set(told=tuple(dict.fromkeys((*world.things.told, (KEPT_OUT, serial)))))
            raise GatewayRejectedError(RejectionReason.OTHER, province_text="")
        if happens != LOST[0] and back not in world.things.told:
            world.watch(EffectKind.COLLECT, world.card(serial), card.AAC002)
            world.set(told=(*world.things.told, back))
            world.tell(f"The province has taken card {serial} back.")
        if happens == CRASH:
            world.tell("*** The power goes. ***")
            raise Crash
        if happens:
            raise GatewayUnavailableError("time-out")
        return "OK"


@dataclasses.dataclass
class AtDesk:
    """What the use cases of temporary cards need of a `DeskService`."""

    equipment: DeskEquipment
    temporary: TemporaryCards


def equipment_of(world: World) -> DeskEquipment:
    """Return the desk's devices."""
    reader = cast("DeskCardReader", DeskReader(world))
    return DeskEquipment(card_reader=reader, pin_pad=Pad(world), temporary_blanks=RULE)
