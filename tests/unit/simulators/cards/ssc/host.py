"""A host that talks to a simulated card and computes with another library than the card's."""

from __future__ import annotations

import random
from typing import Final

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3, Hash

from simulators.cards.ssc import Quirks, SscCard, make_blank
from simulators.master_keys import load_test_keys

SSSE: Final = "00A404000F7378312E73682EC9E7BBE1B1A3D5CF"
REGION: Final = "410700"


def blank(version: str = "3.00", quirks: Quirks | None = None) -> SscCard:
    """Return a blank of this version with power."""
    card = make_blank(random.Random(1), "622823", 1, region=REGION, version=version, quirks=quirks)
    card.power_on()
    return card


class Host:
    """Sends hex, computes cryptograms for one card.

    Attributes:
        triple_des: The card is of algorithm 01.
    """

    def __init__(self, card: SscCard) -> None:
        self.card = card
        self.triple_des = card.image()["version"] != "3.00"

    def talk(self, command: str) -> str:
        """Return the answer in hex."""
        return self.card.transmit(bytes.fromhex(command)).hex().upper()

    def challenge(self, length: int = 8) -> bytes:
        """Ask for one."""
        return bytes.fromhex(self.talk(f"00840000{length:02X}")[: 2 * length])

    def prove(self, name: str, *, wrong: bool = False) -> str:
        """Prove a key by EXTERNAL AUTHENTICATE; return the status word."""
        challenge = self.challenge()
        proof = self.session(name, challenge, challenge)
        proof = bytes(8) if wrong else proof
        key_id = load_test_keys()[name].card_key_id
        return self.talk(f"008200{key_id:02X}10{(proof + challenge).hex()}")

    def session(self, name: str, factor: bytes, original: bytes) -> bytes:
        """鉴别数据 for this card."""
        key = self.session_key(name, factor)
        if self.triple_des:
            return ecb(TripleDES(key * 3), original)
        whole = ecb(SM4(key), original + bytes(8))
        return bytes(a ^ b for a, b in zip(whole[:8], whole[8:], strict=True))

    def session_key(self, name: str, factor: bytes) -> bytes:
        """The key of one session, from the master keys."""
        key = self.card_key(name)
        if self.triple_des:
            return ecb(TripleDES(key + key[:8]), factor)
        return ecb(SM4(key), factor + bytes(8))

    def card_key(self, name: str) -> bytes:
        """The key that this card carries."""
        master = load_test_keys()[name]
        key = master.triple_des if self.triple_des else master.master
        for factor in (b"410000sh", b"410700sx", self.card.atr[-8:]):
            both = factor + bytes(0xFF - byte for byte in factor)
            key = ecb(TripleDES(key + key[:8]) if self.triple_des else SM4(key), both)
        return key

    def secured(self, name: str, header: str, clear: bytes | None = None) -> str:
        """Send a command under secure messaging; return the status word."""
        key = self.session_key(name, self.challenge())
        size = 8 if self.triple_des else 16
        algorithm = TripleDES(key * 3) if self.triple_des else SM4(key)
        body = b"" if clear is None else ecb(algorithm, padded(bytes([len(clear)]) + clear, size))
        head = bytes.fromhex(header) + bytes([len(body) + 4])
        last = cbc(algorithm, bytes(size), padded(head + body, size))[-size:]
        mac = last[:4] if self.triple_des else fold(last)
        return self.talk((head + body + mac).hex())


def padded(data: bytes, size: int) -> bytes:
    """80 and zeros up to whole blocks."""
    return data + b"\x80" + bytes(-(len(data) + 1) % size)


def fold(block: bytes) -> bytes:
    """Four words, exclusive-ored."""
    words = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 16, 4)]
    return (words[0] ^ words[1] ^ words[2] ^ words[3]).to_bytes(4, "big")


def ecb(algorithm: TripleDES | SM4, blocks: bytes) -> bytes:
    """Encrypt whole blocks."""
    return Cipher(algorithm, modes.ECB()).encryptor().update(blocks)  # noqa: S305 - the card's


def cbc(algorithm: TripleDES | SM4, start: bytes, blocks: bytes) -> bytes:
    """Encrypt whole blocks in a chain."""
    return Cipher(algorithm, modes.CBC(start)).encryptor().update(blocks)


def sm3(data: bytes) -> bytes:
    """Hash with another library than the card's."""
    digest = Hash(SM3())
    digest.update(data)
    return digest.finalize()
