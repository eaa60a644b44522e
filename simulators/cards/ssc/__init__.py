"""社会保障卡 of versions 1.00, 2.00 and 3.00, in software.

Independent of `station.encoder`: own APDU, TLV and cryptography (gmssl for SM3 and SM4, own DES and
SM2). `layouts/` holds the versions as data. Not simulated: SSF33, the transport application,
medical transactions, UPDATE under secure messaging.
"""

from typing import Final

from simulators.cards import CardSimulator
from simulators.cards.ssc.blank import make_bankless, make_blank
from simulators.cards.ssc.card import SscCard, from_json, restore
from simulators.cards.ssc.quirks import (
    AtrForm,
    CaseFour,
    KeyVersion,
    Moment,
    Quirks,
    TornRecord,
    WrongLe,
)

__all__ = [
    "SIMULATOR",
    "AtrForm",
    "CaseFour",
    "KeyVersion",
    "Moment",
    "Quirks",
    "SscCard",
    "TornRecord",
    "WrongLe",
    "from_json",
    "make_bankless",
    "make_blank",
    "restore",
]

SIMULATOR: Final = CardSimulator(
    name="ssc",
    title="社会保障卡",
    make_blank=make_blank,
    make_bankless=make_bankless,
    restore=restore,
)
