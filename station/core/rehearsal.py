"""演练: the invented person and the marked test cards with which a window rehearses its work.

A rehearsal takes the same way through printer, chip and paper as a citizen's card. What must not be
real is fixed here: the person does not exist, and the card is one of those that the site has
marked. Such a card is written with the same data each time, so it can be used again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.cards import ChipData, ChipIdentity
from station.core.gateways import ProductionData
from station.core.identity import check_digit

#: No place of GB/T 2260 has six zeros, so nobody can have this number.
NOWHERE: Final = "000000"
BIRTH_DATE: Final = "19000101"
_FIRST_SEVENTEEN: Final = f"{NOWHERE}{BIRTH_DATE}000"
#: 社会保障号码 of the invented person.
NUMBER: Final = _FIRST_SEVENTEEN + check_digit(_FIRST_SEVENTEEN)
CARD_NUMBER: Final = "YL0000000"  #: 卡号, 9 characters
BATCH: Final = "rehearsal"
#: Fixed: a test card that was written before holds exactly the data that are written again.
ISSUED_ON: Final = "20260101"
VALID_UNTIL: Final = "20360101"


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a site rehearses with.

    Attributes:
        data: The invented person's data.
        cards: 卡识别码 (AAZ501) of the site's marked test cards.
    """

    data: ProductionData
    cards: frozenset[str]

    def is_test_card(self, found: ChipIdentity) -> bool:
        """Whether a card is one of the marked ones, and has no holder.

        A marked card with another 卡号 than the invented person's has been issued by now.
        """
        if found.AAZ501 not in self.cards:
            return False
        return found.AAZ500 in ("", self.data.chip.AAZ500)


def invented_person(
    *, name: str, issuer: str, region: str, bank: str, bank_name: str, photo_jpeg: bytes
) -> ProductionData:
    """Return the data of the person who does not exist.

    Args:
        name: 姓名, which says that nobody has this card.
        issuer: 经办机构 on the back, which says the same.
        region: 发卡地 of the window, six digits.
        bank: AAE008 of the bank whose name the clerk compares.
        bank_name: That bank's name.
        photo_jpeg: The picture that is printed and written, marked as a specimen.
    """
    chip = ChipData(
        AAC002=NUMBER,
        AAC003=name,
        AAC004="9",
        AAC005="01",
        AAC025=region,
        AAC006=BIRTH_DATE,
        AAZ500=CARD_NUMBER,
        AAZ503=ISSUED_ON,
        valid_until=VALID_UNTIL,
    )
    return ProductionData(
        chip=chip,
        batch=BATCH,
        AAE008=bank,
        bank_name=bank_name,
        AAB301=region,
        issuer=issuer,
        photo_jpeg=photo_jpeg,
    )
