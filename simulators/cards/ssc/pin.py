"""The holder's PIN: VERIFY, CHANGE PIN, and both forms of PIN UNBLOCK.

Source: card specification part 5.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Final

from simulators.cards.ssc import sm4
from simulators.cards.ssc.apdu import TRIES_LEFT, Command, RefusedError, StatusWord
from simulators.cards.ssc.chip import Chip
from simulators.cards.ssc.messaging import open_message, opened_value
from simulators.cards.ssc.secret import Secret, StoredSecret
from simulators.cards.ssc.security import check_p1p2

PIN_LENGTHS: Final = range(2, 9)
OLD_AND_NEW: Final = 0xFF  # separates the two PINs of CHANGE PIN
UNBLOCK: Final = 0x00  # P2 of PIN UNBLOCK: restore all tries
RELOAD: Final = 0x01  # P2 of PIN UNBLOCK: restore all tries and set a new PIN


def verify_pin(chip: Chip, command: Command) -> bytes:
    """Compare the holder's PIN; without data, report how many tries are left."""
    chip.check_in_application()
    check_p1p2(command)
    if not command.data and command.p3 == 0:
        tell_tries(chip, chip.pin)
        return b""
    _compare_pin(chip, command.data)
    return b""


def change_pin(chip: Chip, command: Command) -> bytes:
    """Replace the PIN: the old one, FF, the new one."""
    chip.check_in_application()
    check_p1p2(command, p1=1)
    old, separator, new = command.data.partition(bytes([OLD_AND_NEW]))
    if not separator or len(new) not in PIN_LENGTHS:
        raise RefusedError(StatusWord.WRONG_DATA)
    _compare_pin(chip, old)
    _write_pin(chip, lambda: chip.pin.replace(pin_verifier(chip.seed, new)))
    return b""


def unblock_pin(chip: Chip, command: Command) -> bytes:
    """Restore all tries of the PIN, or replace it, under STK after PUK was proven."""
    chip.check_in_application()
    if command.p1 or command.p2 not in (UNBLOCK, RELOAD):
        raise RefusedError(StatusWord.WRONG_P1P2)
    chip.check_access("PUK")
    clear = open_message(chip, command)
    if command.p2 == UNBLOCK:
        if clear:
            raise RefusedError(StatusWord.WRONG_LENGTH)
        _write_pin(chip, lambda: chip.pin.replace(chip.pin.value))
        return b""
    new = opened_value(clear)
    if len(new) not in PIN_LENGTHS:
        raise RefusedError(StatusWord.WRONG_DATA)
    _write_pin(chip, lambda: chip.pin.replace(pin_verifier(chip.seed, new)))
    return b""


def tell_tries(chip: Chip, secret: Secret) -> None:
    """Answer a VERIFY without data.

    Raises:
        RefusedError: 6983 or 63Cx, it is blocked or not proven here.
    """
    if secret.name not in chip.session.proven:
        secret.check_usable()
        raise RefusedError(TRIES_LEFT | secret.tries_left)


def pin_verifier(seed: bytes, pin: bytes) -> bytes:
    """Return the one-way value stored for `pin`, given in cn coding."""
    key = (pin + b"\x80").ljust(sm4.BLOCK_SIZE, b"\x00")
    return sm4.encrypt(key, seed)


def make_pin(seed: bytes, pin: bytes, tries: int) -> StoredSecret:
    """Return the PIN of a blank."""
    return StoredSecret("PIN", tries, pin_verifier(seed, pin))


def _write_pin(chip: Chip, change: Callable[[], None]) -> None:
    chip.write(f"{chip.application.title}/PIN", change)


def _compare_pin(chip: Chip, pin: bytes) -> None:
    if len(pin) not in PIN_LENGTHS:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    accepted = hmac.compare_digest(pin_verifier(chip.seed, pin), chip.pin.value)
    chip.judge(chip.pin, right=accepted, counted="pin_failures")
