"""Creates 预制卡: blanks with a bank account and no holder. Every number is invented."""

from __future__ import annotations

import random
from typing import Final

from simulators.cards.ssc.bank import PAN_DIGITS, BankAccount, luhn_digit
from simulators.cards.ssc.card import SscCard
from simulators.cards.ssc.layout import load_layout
from simulators.cards.ssc.personality import Personality
from simulators.cards.ssc.quirks import Quirks

CURRENT_VERSION: Final = "3.00"
BEIJING: Final = "11"  # cards without 9F0C compute with SSF33 there
ISSUER: Final = bytes.fromhex("D156000005")  # 卡识别码: registered application provider
INITIALISER: Final = bytes.fromhex("9156000002")  # 初始化机构编号
CHIP_MAKERS: Final = (b"\x54\x4b", b"\x81\x55", b"\x86\x99")
CARD_MAKERS: Final = (b"\x86\x60", b"\x86\x65", b"\x86\x49", b"\x86\x84")
ADULT: Final = b"3"
VERSION_SIZE: Final = 4
SERIAL_DIGITS: Final = 8
SEED_SIZE: Final = 16


def make_blank(
    rng: random.Random,
    bank_bin: str,
    serial: int,
    *,
    region: str = "410700",
    version: str = CURRENT_VERSION,
    version_text: str = "",
    quirks: Quirks | None = None,
) -> SscCard:
    """Return a new blank. See `simulators.cards.BlankFactory`.

    Args:
        rng: The only source of randomness.
        bank_bin: First six digits of the bank number.
        serial: From 1; two blanks of one run must differ in it.
        region: 发卡地, six digits.
        version: One of `layout.known_versions()`.
        version_text: Content of 规范版本 where that differs, such as `2.0`; at most four
            characters.
        quirks: None for an ordinary card.

    Raises:
        ValueError: An argument does not have the required digits, the version does not exist, or it
            is a 1.00 card of Beijing.
    """
    _check_digits("bank_bin", bank_bin)
    _check_digits("region", region)
    if not 1 <= serial < 10**SERIAL_DIGITS:
        raise ValueError(f"serial {serial} is not 1 to {SERIAL_DIGITS} digits")
    layout = load_layout(version)
    if version == "1.00" and region.startswith(BEIJING):
        raise ValueError("a 1.00 card of Beijing computes with SSF33, which is not simulated")
    card_id = bytes.fromhex(region) + ISSUER + bytes.fromhex(f"{serial:08d}") + rng.randbytes(4)
    who = Personality(
        version=version,
        region=region,
        card_id=card_id,
        historical=_historical(rng, region, serial, bytes.fromhex(layout.cos_version)),
        account=_account(rng, bank_bin, serial),
        seed=rng.randbytes(SEED_SIZE),
        records={"EF05": _issuer_records(card_id, version_text or version, region)},
    )
    return SscCard(who, quirks)


def make_bankless(
    rng: random.Random, bank_bin: str, serial: int, *, region: str = "410700"
) -> SscCard:
    """Return a blank whose chip has no bank application: temporary cards are made of these.

    `bank_bin` is never on the card.
    """
    missing = Quirks(missing=frozenset({"PSE", "BANK"}))
    return make_blank(rng, bank_bin, serial, region=region, quirks=missing)


def _check_digits(name: str, value: str) -> None:
    if len(value) != 6 or not (value.isascii() and value.isdigit()):
        raise ValueError(f"{name} must be six digits")


def _historical(rng: random.Random, region: str, serial: int, cos_version: bytes) -> bytes:
    tested = bytes.fromhex(f"{rng.randint(22, 25):02d}{rng.randint(1, 12):02d}")
    city = bytes.fromhex(region[:4])
    # Three bytes of the serial distinguish the cards of one run; the fourth distinguishes runs.
    number = rng.randbytes(1) + (serial % (1 << 24)).to_bytes(3, "big")
    return rng.choice(CHIP_MAKERS) + tested + cos_version + rng.choice(CARD_MAKERS) + city + number


def _account(rng: random.Random, bank_bin: str, serial: int) -> BankAccount:
    body = f"{bank_bin}{rng.randrange(10_000):04d}{serial:0{SERIAL_DIGITS}d}"
    number = body + luhn_digit(body)
    if len(number) != PAN_DIGITS:
        raise ValueError(f"a bank number of {len(number)} digits")
    year = rng.randint(24, 26)
    return BankAccount(number=number, expires=f"{year + 10}1231", effective=f"{year}0101")


def _issuer_records(card_id: bytes, version: str, region: str) -> dict[int, bytes]:
    code = bytes.fromhex(region)
    return {
        0x01: card_id,
        0x02: ADULT,
        0x03: version.encode("ascii").ljust(VERSION_SIZE, b"\x00"),
        0x04: INITIALISER + code + code + b"\x01",
    }
