"""One card profile, its simulated card, and an encoder between them."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from simulators.cards.ssc import Quirks, make_blank
from station.core.cards import (
    BlankRule,
    ChipData,
    ChipIdentity,
)
from station.encoder import ChipEncoder, open_encoder
from station.encoder.card_profile import ProfileOptions
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.faces import as_it_came

BANK_BIN = "622848"
#: Invented. 27 characters of two bytes would be too long; this one fills 姓名 and spills over.
PERSON = ChipData(
    AAC002="410702199001011234",
    AAC003="阿卜杜热西提·买买提吐尔逊江·艾",
    AAC004="1",
    AAC005="05",
    AAC025="410702",
    AAC006="19900101",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)
SOMEBODY_ELSE = replace(PERSON, AAC002="410702198502022345", AAC003="李某某", AAZ500="D2143569X")


@dataclass
class Rig:
    """One profile, its simulated card, and an encoder between them."""

    profile: str
    link: CardInReader
    encoder: ChipEncoder
    version: str = "3.00"

    @property
    def rule(self) -> BlankRule:
        return BlankRule(frozenset({BANK_BIN}), frozenset({self.version}))

    @property
    def person(self) -> ChipData:
        """Somebody whose name fits this version."""
        return PERSON if self.version != "1.00" else replace(PERSON, AAC003="阿卜杜热西提·买买提")

    def identify(self) -> ChipIdentity:
        return self.encoder.identify()


def rig_with(quirks: Quirks, version: str = "3.00", options: ProfileOptions | None = None) -> Rig:
    card = make_blank(random.Random(1), BANK_BIN, 1, version=version, quirks=quirks)
    link = CardInReader(card)
    encoder = open_encoder(link, "ssc", options or ProfileOptions(), fit_photo=as_it_came)
    return Rig("ssc", link, encoder, version)
