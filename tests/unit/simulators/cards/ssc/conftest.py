"""One fixed card, and a host that computes with another SM4 than the card's."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from simulators.cards.ssc import SscCard
from simulators.cards.ssc.bank import BankAccount
from simulators.cards.ssc.personality import Personality
from simulators.master_keys import load_test_keys

VECTORS = Path(__file__).parents[4] / "vectors" / "ssc"
SELECT_SSSE = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"

Vectors = Callable[[str], dict[str, Any]]
Talk = Callable[[SscCard, str], str]
Proof = Callable[[str, bytes, bytes], bytes]
Prove = Callable[[SscCard, str], str]


@pytest.fixture(scope="session")
def vectors() -> Vectors:
    return lambda name: tomllib.loads((VECTORS / f"{name}.toml").read_text(encoding="utf-8"))


@pytest.fixture
def card(vectors: Vectors) -> SscCard:
    """The blank of `personalisation.toml`, powered."""
    fixed = vectors("personalisation")
    card_id = bytes.fromhex(fixed["card_id"])
    account = BankAccount(
        number=fixed["bank_number"],
        expires=fixed["bank_expires"],
        effective=fixed["bank_effective"],
    )
    blank = Personality(
        version="3.00",
        region=fixed["region"],
        card_id=card_id,
        historical=bytes.fromhex(fixed["historical"]),
        account=account,
        seed=bytes.fromhex(fixed["seed"]),
        records={
            "EF05": {
                0x01: card_id,
                0x02: b"3",
                0x03: b"3.00",
                0x04: bytes.fromhex("915600000241070041070001"),
            }
        },
    )
    card = SscCard(blank)
    card.power_on()
    return card


@pytest.fixture(scope="session")
def talk() -> Talk:
    return lambda card, command: card.transmit(bytes.fromhex(command)).hex().upper()


@pytest.fixture(scope="session")
def proof() -> Proof:
    """鉴别数据 for the fixed card: key name, process factor, original."""

    def encrypt(key: bytes, blocks: bytes) -> bytes:
        return Cipher(SM4(key), modes.ECB()).encryptor().update(blocks)  # noqa: S305

    def compute(name: str, process_factor: bytes, original: bytes) -> bytes:
        key = load_test_keys()[name].master
        for factor in (b"410000sh", b"410700sx", bytes.fromhex("8660410700000001")):
            key = encrypt(key, factor + bytes(0xFF - byte for byte in factor))
        whole = encrypt(encrypt(key, process_factor + bytes(8)), original + bytes(8))
        return bytes(a ^ b for a, b in zip(whole[:8], whole[8:], strict=True))

    return compute


@pytest.fixture
def prove(talk: Talk, proof: Proof) -> Prove:
    """Prove a key with one challenge for both numbers; returns the status word."""

    def run(card: SscCard, name: str) -> str:
        challenge = bytes.fromhex(talk(card, "0084000008")[:16])
        key_id = load_test_keys()[name].card_key_id
        data = proof(name, challenge, challenge) + challenge
        return talk(card, f"008200{key_id:02X}10{data.hex()}")

    return run


@pytest.fixture
def writable(card: SscCard, talk: Talk, prove: Prove) -> SscCard:
    """The fixed card with SSSE selected and UKSSSE and RKSSSE proven."""
    assert talk(card, SELECT_SSSE) == "611E"
    assert prove(card, "UKSSSE") == "9000"
    assert prove(card, "RKSSSE") == "9000"
    return card
