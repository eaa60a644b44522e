"""Cards as things: where each one is and what is on it, whatever anybody believes."""

from __future__ import annotations

import dataclasses
import enum

from station.core.cards import ChipData, ChipIdentity
from station.core.secrets import BankNumber

TEST_FACE = "test card"  #: nobody's 卡号
TORN = "torn"  #: stands among the faces of a card for a print that broke off
OTHER_BIN = "622848"  #: of another bank
GOOD_BIN = "622700"  #: of the bank that `doubles.RULE` accepts


class Where(enum.StrEnum):
    """Where a card really is."""

    FEEDER = "feeder"
    PACKAGE = "package"  #: a blank that was taken out of the feeder with the others
    PATH = "path"
    OUT = "out"
    REJECTED = "rejected"
    HAND = "hand"
    GONE = "gone"  #: nobody finds it any more
    ELSEWHERE = "elsewhere"  #: in the path of a printer that is not plugged in


@dataclasses.dataclass(eq=False)
class Card:
    """One card.

    Attributes:
        serial: Makes its numbers.
        bank: First six digits of its bank number.
        place: Where it is.
        holder: Whose data it carries; with `half`, only a part of them.
        half: A write broke off.
        faces: 卡号 of every face printed on it, oldest first; `TORN` for one that broke off.
        mute: Gives no ATR.
        bad: Takes every write badly.
        bad_number: Its bank number can't be read.
        left_feeder: The machine drew it from the feeder.
        put_in: A hand put it into the path before it was ever in the feeder.
        along: It stuck to the one that was fed, and came along.
        drawn_with: Serial of the card that was fed, for all that stuck together; 0 for one alone.
        by_other: Another host had it moved.
        by_hand: A person's hand took it out of the machine.
    """

    serial: int
    bank: str = GOOD_BIN
    place: Where = Where.FEEDER
    holder: ChipData | None = None
    half: bool = False
    faces: list[str] = dataclasses.field(default_factory=list)
    mute: bool = False
    bad: bool = False
    bad_number: bool = False
    left_feeder: bool = False
    put_in: bool = False
    along: bool = False
    drawn_with: int = 0
    by_other: bool = False
    by_hand: bool = False

    @property
    def card_id(self) -> str:
        """Its AAZ501."""
        return f"410700{self.serial:026d}"

    @property
    def bearer(self) -> str:
        """卡号 on the chip: empty on a blank, marked when the write broke off."""
        if self.holder is None:
            return ""
        return f"half {self.holder.AAZ500}" if self.half else self.holder.AAZ500

    @property
    def outside(self) -> bool:
        """Whether a person could hold it."""
        return self.place in (Where.OUT, Where.HAND)

    def identity(self) -> ChipIdentity:
        """Return what can be read without a key. A broken-off write shows its 卡号 already."""
        return ChipIdentity(
            AAZ501=self.card_id,
            AAZ507=f"{self.serial:026d}",
            AAZ508="3.00",
            AAB301="410700",
            algorithm="03",
            AAZ500=self.holder.AAZ500 if self.holder else "",
            bank_number=BankNumber(f"{self.bank}{self.serial:013d}"),
        )
