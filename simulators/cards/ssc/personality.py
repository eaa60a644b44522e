"""What makes one card this card, and how a chip is put together from it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from simulators.cards.ssc.authentication import ALGORITHMS, derive_card_key
from simulators.cards.ssc.bank import BankAccount, encode_number, payment_directories
from simulators.cards.ssc.chip import CardKey, Chip, Pin
from simulators.cards.ssc.files import Directory, make_file
from simulators.cards.ssc.layout import CardLayout, load_layout
from simulators.cards.ssc.quirks import AtrForm, Quirks
from simulators.cards.ssc.security import pin_verifier
from simulators.cards.ssc.tlv import encode_ber
from simulators.test_keys import load_test_keys

HISTORICAL_SIZE: Final = 13
CARD_ID_SIZE: Final = 16
PREFIXES: Final = {
    AtrForm.PLAIN: bytes.fromhex("3B6D0000"),
    AtrForm.FAST: bytes.fromhex("3B7D960000"),
    AtrForm.CONTACTLESS: bytes.fromhex("3B8D8001"),
}


@dataclass(frozen=True, slots=True)
class Personality:
    """What the card maker and the bank fixed.

    Attributes:
        version: Names the layout.
        region: Six digits of GB/T 2260; the keys are diversified with it.
        card_id: 卡识别码, 16 bytes.
        historical: 卡复位信息, 13 bytes.
        seed: Source of its challenges, 16 bytes.
        records: What the blank carries, by file and tag, besides what the layout leaves unwritten.
    """

    version: str
    region: str
    card_id: bytes
    historical: bytes
    account: BankAccount
    seed: bytes = field(repr=False)
    records: dict[str, dict[int, bytes]] = field(default_factory=dict, repr=False)


def encode_atr(historical: bytes, form: AtrForm) -> bytes:
    """Return the answer to reset. Source: ISO/IEC 7816-3 clause 8; PC/SC part 3 for contactless."""
    atr = PREFIXES[form] + historical
    if form is not AtrForm.CONTACTLESS:
        return atr
    check = 0
    for byte in atr[1:]:
        check ^= byte
    return atr + bytes([check])


def build_chip(who: Personality, quirks: Quirks) -> Chip:
    """Return a chip as it leaves the card maker.

    Raises:
        ValueError: Something of `who` does not fit the layout of its version.
    """
    if len(who.historical) != HISTORICAL_SIZE or len(who.card_id) != CARD_ID_SIZE:
        raise ValueError("a card has 13 historical bytes and a card id of 16 bytes")
    layout = load_layout(who.version)
    application = _application(layout, who)
    return Chip(
        algorithm=ALGORITHMS[layout.algorithm],
        key_version=layout.key_version,
        application=application,
        directories=(application, *payment_directories(who.account)),
        keys=_keys(layout, who),
        pin=_pin(layout, who.seed),
        seed=who.seed,
        quirks=quirks,
        counts=Counter(),
    )


def _application(layout: CardLayout, who: Personality) -> Directory:
    name = layout.directory.name.encode("gbk")
    proprietary = encode_ber(0xA5, bytes.fromhex(layout.directory.fci))
    fci = encode_ber(0x6F, encode_ber(0x84, name), proprietary)
    files = tuple(make_file(file, who.records.get(file.name, {})) for file in layout.file)
    return Directory(layout.directory.title, name, fci, files)


def _keys(layout: CardLayout, who: Personality) -> dict[int, CardKey]:
    masters = load_test_keys()
    algorithm = ALGORITHMS[layout.algorithm]
    keys = {}
    for entry in layout.key:
        master = masters[entry.name]
        value = derive_card_key(algorithm, master.master, who.region, who.historical)
        keys[master.card_key_id] = CardKey(entry.name, entry.use, value, entry.tries, entry.tries)
    return keys


def _pin(layout: CardLayout, seed: bytes) -> Pin:
    verifier = pin_verifier(seed, encode_number(layout.pin.initial))
    return Pin(verifier, layout.pin.tries, layout.pin.tries)
