"""Reads the invented master keys that the simulated card and the simulated province share.

The province and the card compute with them independently; only the key bytes are common.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

MASTER_KEYS_PATH: Final = Path(__file__).with_name("master_keys.toml")
KEY_SIZE: Final = 16  # SM4, GB/T 32907; triple DES with two keys
TRIPLE_DES: Final = "01"  # algorithm flag, tag 86
_TRANSPORT: Final = "transport"  # the only table that is not a master key


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One national master key.

    Attributes:
        name: Such as `UKSSSE`.
        master: 16 bytes for SM4; kept out of the repr although it protects nothing.
        hsm_address: Four hex digits, as a host asks for it.
        card_key_id: Reference of the diversified child in the card.
        triple_des: 16 bytes for cards of algorithm 01; empty where there is none.
    """

    name: str
    master: bytes = field(repr=False)
    hsm_address: str
    card_key_id: int
    triple_des: bytes = field(default=b"", repr=False)

    def master_for(self, algorithm: str) -> bytes:
        """Return the 16 bytes for cards with this algorithm flag."""
        return self.triple_des if algorithm == TRIPLE_DES else self.master


@dataclass(frozen=True, slots=True)
class TransportValues:
    """The card maker's values in the certificate application of every 3.00 card.

    Attributes:
        user_pin: Digits.
        admin_pin: Eight digits.
        ddf_master_key: 主控密钥 of the PKI directory, 16 bytes.
        adf_master_key: 主控密钥 of the certificate application, 16 bytes.
    """

    user_pin: str = field(repr=False)
    admin_pin: str = field(repr=False)
    ddf_master_key: bytes = field(repr=False)
    adf_master_key: bytes = field(repr=False)


def load_test_keys(path: Path = MASTER_KEYS_PATH) -> dict[str, MasterKey]:
    """Return the master keys of `path` by name.

    Raises:
        ValueError: A key is not 16 bytes, or an id or address is not hexadecimal.
        KeyError: A field is missing.
    """
    tables = _tables(path).items()
    return {name: _master_key(name, table) for name, table in tables if name != _TRANSPORT}


def load_transport_values(path: Path = MASTER_KEYS_PATH) -> TransportValues:
    """Return the values of the certificate application.

    Raises:
        ValueError: A key is not 16 bytes.
        KeyError: A field is missing.
    """
    table = _tables(path)[_TRANSPORT]
    return TransportValues(
        user_pin=table["user_pin"],
        admin_pin=table["admin_pin"],
        ddf_master_key=_key_bytes("ddf_master_key", table["ddf_master_key"]),
        adf_master_key=_key_bytes("adf_master_key", table["adf_master_key"]),
    )


@functools.cache  # every blank of a feeder calls it
def _tables(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _master_key(name: str, table: dict[str, str]) -> MasterKey:
    address = bytes.fromhex(table["hsm_address"]).hex().upper()
    return MasterKey(
        name=name,
        master=_key_bytes(name, table["master"]),
        hsm_address=address,
        card_key_id=int(table["card_key_id"], 16),
        triple_des=_key_bytes(name, table["triple_des"]),
    )


def _key_bytes(name: str, digits: str) -> bytes:
    key = bytes.fromhex(digits)
    if len(key) != KEY_SIZE:
        raise ValueError(f"{name}: a master key has {KEY_SIZE} bytes, not {len(key)}")
    return key
