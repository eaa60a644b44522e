"""GET CHALLENGE and authentication in both directions.

Source: card specification parts 4 and 5.
"""

from __future__ import annotations

import hmac
from typing import Final

from simulators.cards.ssc.apdu import Command, RefusedError, StatusWord
from simulators.cards.ssc.authentication import FACTOR_SIZE
from simulators.cards.ssc.chip import CardKey, Chip
from simulators.cards.ssc.quirks import KeyVersion

CHALLENGE_LENGTHS: Final = (4, 8, 16)
PROOF_LENGTHS: Final = {
    KeyVersion.EITHER: (2 * FACTOR_SIZE, 2 * FACTOR_SIZE + 1),
    KeyVersion.NEEDED: (2 * FACTOR_SIZE + 1,),
    KeyVersion.REFUSED: (2 * FACTOR_SIZE,),
}


def get_challenge(chip: Chip, command: Command) -> bytes:
    """Return a fresh challenge; only the latest one is valid."""
    check_p1p2(command)
    if command.p3 not in CHALLENGE_LENGTHS:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    chip.counts["challenges"] += 1
    return chip.new_challenge(command.p3)


def external_authenticate(chip: Chip, command: Command) -> bytes:
    """Let the host prove a key: 鉴别数据 8, 原始信息 8, optionally the key version 1."""
    check_p1p2(command, p2=command.p2)
    if len(command.data) not in PROOF_LENGTHS[chip.quirks.key_version]:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    proof, original, version = command.data[:8], command.data[8:16], command.data[16:]
    key = _find_key(chip, command.p2, "external", version)
    key.check_usable()
    challenge = chip.take_challenge()
    right = chip.algorithm.authentication_data(key.value, challenge, original)
    accepted = hmac.compare_digest(proof, right)
    chip.judge(key, right=accepted, counted="authentication_failures")
    chip.counts["authentications"] += 1
    return b""


def internal_authenticate(chip: Chip, command: Command) -> bytes:
    """Prove to the host that this card has the key; input: 过程因子 8, 原始信息 8."""
    check_p1p2(command, p2=command.p2)
    if len(command.data) != 2 * FACTOR_SIZE:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    key = _find_key(chip, command.p2, "internal", b"")
    chip.counts["internal_authentications"] += 1
    process_factor, original = command.data[:8], command.data[8:]
    return chip.algorithm.authentication_data(key.value, process_factor, original)


def check_p1p2(command: Command, p1: int = 0, p2: int = 0) -> None:
    """Refuse (6A86) other parameters than these."""
    if (command.p1, command.p2) != (p1, p2):
        raise RefusedError(StatusWord.WRONG_P1P2)


def _find_key(chip: Chip, key_id: int, use: str, version: bytes) -> CardKey:
    key = chip.find_key(key_id)
    if key.use != use or version not in (b"", bytes([chip.key_version])):
        raise RefusedError(StatusWord.KEY_NOT_FOUND)
    return key
