"""社会保障卡 of the third generation, in software.

Independent of `station.encoder`: own APDU, TLV and cryptography (gmssl). `layouts/` holds the
versions as data. Not simulated: DF01-DF07, the PKI application, transport application, secure
messaging.
"""

from typing import Final

from simulators.cards import CardSimulator
from simulators.cards.ssc.blank import make_blank
from simulators.cards.ssc.card import SscCard, from_json, restore
from simulators.cards.ssc.quirks import AtrForm, CaseFour, Quirks, WrongLe

__all__ = [
    "SIMULATOR",
    "AtrForm",
    "CaseFour",
    "Quirks",
    "SscCard",
    "WrongLe",
    "from_json",
    "make_blank",
    "restore",
]

SIMULATOR: Final = CardSimulator(
    name="ssc",
    title="社会保障卡 3.00",
    make_blank=make_blank,
    restore=restore,
)
