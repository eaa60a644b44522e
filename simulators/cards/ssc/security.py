"""GET CHALLENGE, authentication in both directions, and the holder's PIN.

Source: card specification parts 4 and 5.
"""

from __future__ import annotations

import hmac
from typing import Final, Literal

from simulators.cards.ssc import sm4
from simulators.cards.ssc.apdu import TRIES_LEFT, Command, RefusedError, StatusWord
from simulators.cards.ssc.authentication import FACTOR_SIZE
from simulators.cards.ssc.chip import CardKey, Chip

CHALLENGE_LENGTHS: Final = (4, 8, 16)
PIN_LENGTHS: Final = range(2, 9)
OLD_AND_NEW: Final = 0xFF  # stands between the two PINs of CHANGE PIN


def get_challenge(chip: Chip, command: Command) -> bytes:
    """Return a fresh challenge; only the latest one counts."""
    _check_p1p2(command.p1, command.p2)
    if command.p3 not in CHALLENGE_LENGTHS:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    chip.counts["challenges"] += 1
    return chip.new_challenge(command.p3)


def external_authenticate(chip: Chip, command: Command) -> bytes:
    """Let the host prove a key: 鉴别数据 8, 原始信息 8, perhaps the key version 1."""
    _check_p1p2(command.p1, 0)
    if len(command.data) not in (2 * FACTOR_SIZE, 2 * FACTOR_SIZE + 1):
        raise RefusedError(StatusWord.WRONG_LENGTH)
    proof, original, version = command.data[:8], command.data[8:16], command.data[16:]
    key = _find_key(chip, command.p2, "external", version)
    if key.tries_left == 0:
        raise RefusedError(StatusWord.AUTHENTICATION_BLOCKED)
    challenge = chip.take_challenge()
    right = chip.algorithm.authentication_data(key.value, challenge, original)
    if not hmac.compare_digest(proof, right):
        chip.counts["authentication_failures"] += 1
        chip.session.proven.discard(key.name)
        key.tries_left -= 1
        raise RefusedError(TRIES_LEFT | key.tries_left)
    key.tries_left = key.tries
    chip.session.proven.add(key.name)
    chip.counts["authentications"] += 1
    return b""


def internal_authenticate(chip: Chip, command: Command) -> bytes:
    """Prove to the host that this card has the key: 过程因子 8, 原始信息 8 come in."""
    _check_p1p2(command.p1, 0)
    if len(command.data) != 2 * FACTOR_SIZE:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    key = _find_key(chip, command.p2, "internal", b"")
    chip.counts["internal_authentications"] += 1
    process_factor, original = command.data[:8], command.data[8:]
    return chip.algorithm.authentication_data(key.value, process_factor, original)


def verify_pin(chip: Chip, command: Command) -> bytes:
    """Compare the holder's PIN; without data, tell how many tries are left."""
    chip.check_in_application()
    _check_p1p2(command.p1, command.p2)
    if not command.data and command.p3 == 0:
        if chip.session.pin_verified:
            return b""
        raise _refused_pin(chip)
    _compare_pin(chip, command.data)
    chip.session.pin_verified = True
    return b""


def change_pin(chip: Chip, command: Command) -> bytes:
    """Replace the PIN: the old one, FF, the new one."""
    chip.check_in_application()
    _check_p1p2(command.p1, command.p2, p1=1)
    old, separator, new = command.data.partition(bytes([OLD_AND_NEW]))
    if not separator or len(new) not in PIN_LENGTHS:
        raise RefusedError(StatusWord.WRONG_DATA)
    _compare_pin(chip, old)
    chip.spend_write()
    chip.pin.verifier = pin_verifier(chip.seed, new)
    chip.count_write(f"{chip.application.title}/PIN")
    return b""


def pin_verifier(seed: bytes, pin: bytes) -> bytes:
    """Return the one-way value kept for `pin`, given in cn coding."""
    key = (pin + b"\x80").ljust(sm4.BLOCK_SIZE, b"\x00")
    return sm4.encrypt(key, seed)


def _compare_pin(chip: Chip, pin: bytes) -> None:
    if len(pin) not in PIN_LENGTHS:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    if chip.pin.tries_left == 0:
        raise RefusedError(StatusWord.AUTHENTICATION_BLOCKED)
    if not hmac.compare_digest(pin_verifier(chip.seed, pin), chip.pin.verifier):
        chip.counts["pin_failures"] += 1
        chip.session.pin_verified = False
        chip.pin.tries_left -= 1
        raise RefusedError(TRIES_LEFT | chip.pin.tries_left)
    chip.pin.tries_left = chip.pin.tries


def _refused_pin(chip: Chip) -> RefusedError:
    if chip.pin.tries_left == 0:
        return RefusedError(StatusWord.AUTHENTICATION_BLOCKED)
    return RefusedError(TRIES_LEFT | chip.pin.tries_left)


def _find_key(
    chip: Chip, key_id: int, use: Literal["external", "internal"], version: bytes
) -> CardKey:
    chip.check_in_application()
    key = chip.keys.get(key_id)
    if key is None or key.use != use or version not in (b"", bytes([chip.key_version])):
        raise RefusedError(StatusWord.KEY_NOT_FOUND)
    return key


def _check_p1p2(got_p1: int, got_p2: int, p1: int = 0) -> None:
    if (got_p1, got_p2) != (p1, 0):
        raise RefusedError(StatusWord.WRONG_P1P2)
