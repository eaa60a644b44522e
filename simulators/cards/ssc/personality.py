"""The individual data of one card, and the construction of its chip."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from simulators.cards.ssc.authentication import ALGORITHMS, Algorithm, derive_card_key
from simulators.cards.ssc.bank import BankAccount, encode_number, payment_directories
from simulators.cards.ssc.certificates import (
    Certificates,
    certificate_directories,
    make_certificates,
)
from simulators.cards.ssc.chip import CardKey, Chip
from simulators.cards.ssc.files import Directory, make_file
from simulators.cards.ssc.layout import (
    ApplicationLayout,
    CardLayout,
    KeyLayout,
    load_applications,
    load_certificates,
    load_layout,
)
from simulators.cards.ssc.pin import make_pin
from simulators.cards.ssc.quirks import AtrForm, Quirks
from simulators.cards.ssc.tlv import encode_ber
from simulators.master_keys import MasterKey, load_test_keys, load_transport_values

HISTORICAL_SIZE: Final = 13
CARD_ID_SIZE: Final = 16
PREFIXES: Final = {
    AtrForm.PLAIN: bytes.fromhex("3B6D0000"),
    AtrForm.FAST: bytes.fromhex("3B7D960000"),
    AtrForm.CONTACTLESS: bytes.fromhex("3B8D8001"),
}


@dataclass(frozen=True, slots=True)
class Personality:
    """Data fixed by the card maker and the bank.

    Attributes:
        version: Name of the layout.
        region: Six digits of GB/T 2260; the keys are diversified with it.
        card_id: 卡识别码, 16 bytes.
        historical: 卡复位信息, 13 bytes.
        seed: Source of its challenges, 16 bytes.
        records: Values of the blank, by file and tag, besides what the layout leaves unwritten.
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
        ValueError: A value of `who` does not fit the layout of its version.
    """
    if len(who.historical) != HISTORICAL_SIZE or len(who.card_id) != CARD_ID_SIZE:
        raise ValueError("a card has 13 historical bytes and a card id of 16 bytes")
    layout = load_layout(who.version)
    application = _application(layout, who)
    below = load_applications(layout.applications)
    certificates, extra = _certificates(layout, who)
    keys = {application.title: _keys(layout, who, layout.key)}
    return Chip(
        algorithm=ALGORITHMS[layout.algorithm],
        key_version=layout.key_version,
        application=application,
        directories=(
            application,
            *(_directory(entry, application.title) for entry in below),
            *extra,
            *payment_directories(who.account),
        ),
        keys=keys | {entry.title: _keys(layout, who, entry.keys) for entry in below},
        pin=make_pin(who.seed, encode_number(layout.pin.initial), layout.pin.tries),
        certificates=certificates,
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


def _directory(layout: ApplicationLayout, parent: str) -> Directory:
    aid = bytes.fromhex(layout.aid)
    fci = encode_ber(0x6F, encode_ber(0x84, aid))
    files = tuple(make_file(file, {}) for file in layout.file)
    return Directory(layout.title, aid, fci, files, file_id=layout.id, parent=parent)


def _certificates(
    layout: CardLayout, who: Personality
) -> tuple[Certificates | None, tuple[Directory, ...]]:
    own = load_certificates(layout.certificates)
    if own is None:
        return None, ()
    state = make_certificates(own, load_transport_values(), who.seed)
    return state, certificate_directories(own, state.signing_key)


def _keys(
    layout: CardLayout, who: Personality, entries: tuple[KeyLayout, ...]
) -> dict[int, CardKey]:
    masters = load_test_keys()
    keys = {}
    for entry in entries:
        master = masters[entry.master_name]
        derive = _derivation(layout.algorithm, master, who)
        keys[master.card_key_id] = CardKey(entry.name, entry.tries, entry.use, derive)
    return keys


def _derivation(flag: str, master: MasterKey, who: Personality) -> Callable[[], bytes]:
    algorithm: Algorithm = ALGORITHMS[flag]
    return lambda: derive_card_key(algorithm, master.master_for(flag), who.region, who.historical)
