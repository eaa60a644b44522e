"""Reads the invented master keys that the simulated card and the simulated province share.

The province and the card compute with them independently; only the key bytes are common.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

TEST_KEYS_PATH: Final = Path(__file__).with_name("test_keys.toml")
KEY_SIZE: Final = 16  # SM4, GB/T 32907


@dataclass(frozen=True, slots=True)
class MasterKey:
    """One national master key.

    Attributes:
        name: Such as `UKSSSE`.
        master: 16 bytes; kept out of the repr although it protects nothing.
        hsm_address: Four hex digits, as a host asks for it.
        card_key_id: Reference of the diversified child in the card.
    """

    name: str
    master: bytes = field(repr=False)
    hsm_address: str
    card_key_id: int


def load_test_keys(path: Path = TEST_KEYS_PATH) -> dict[str, MasterKey]:
    """Return the master keys of `path` by name.

    Raises:
        ValueError: A key is not 16 bytes, or an id or address is not hexadecimal.
        KeyError: A field is missing.
    """
    tables = tomllib.loads(path.read_text(encoding="utf-8"))
    return {name: _master_key(name, table) for name, table in tables.items()}


def _master_key(name: str, table: dict[str, str]) -> MasterKey:
    master = bytes.fromhex(table["master"])
    if len(master) != KEY_SIZE:
        raise ValueError(f"{name}: a master key has {KEY_SIZE} bytes, not {len(master)}")
    address = bytes.fromhex(table["hsm_address"]).hex().upper()
    return MasterKey(name, master, address, int(table["card_key_id"], 16))
