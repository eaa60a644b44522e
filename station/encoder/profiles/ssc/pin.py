"""The holder's PIN: its coding, and the commands that use it.

Source: card specification part 5 (VERIFY, CHANGE PIN, PIN UNBLOCK); 人社信息函〔2016〕38号 (reload
    and unblock in three steps through the HSM, which returns the complete protected command).
"""

from __future__ import annotations

import re
from typing import Final

from station.core.card_services import MaintenanceRequest
from station.core.errors import (
    GatewayUnavailableError,
    InputError,
    PinLastTryError,
    PinLockedError,
    PinRefusedError,
    StatusWordError,
)
from station.core.pin_entry import Pin
from station.encoder.apdu import CommandApdu
from station.encoder.card_profile import Script, ask_protected, exchange, exchange_ok, refused
from station.encoder.profiles.ssc.facts import PinFacts
from station.encoder.profiles.ssc.reading import Session
from station.encoder.status_words import (
    AUTHENTICATION_BLOCKED,
    LAST_TRY,
    TRIES_LEFT,
    TRIES_MASK,
)

_PIN: Final = re.compile(r"[0-9]{4,16}", re.ASCII)  # 2 to 8 bytes of cn
OLD_AND_NEW: Final = b"\xff"
UNBLOCK: Final = bytes.fromhex("84240000 04")  # the MAC alone
RELOAD: Final = bytes.fromhex("84240001")
HEADER_LENGTH: Final = 5
NOT_SENT: Final = "not sent: the PIN has one try left"


def encode_pin(pin: Pin | str) -> bytes:
    """Return a PIN in the card's form: two digits per byte, an odd count padded with F.

    Raises:
        InputError: Not 4 to 16 digits. The message contains none of them.
    """
    if isinstance(pin, Pin):
        if not pin.is_digits:
            raise InputError(f"a PIN has 4 to 16 digits, got {len(pin)} characters")
        return pin.coded()
    if not _PIN.fullmatch(pin):
        raise InputError(f"a PIN has 4 to 16 digits, got {len(pin)} characters")
    return bytes.fromhex(pin + "F" * (len(pin) % 2))


def verify(pin: bytes, *, use_last_try: bool) -> Script[None]:
    """Have the card compare the PIN.

    Raises:
        PinRefusedError: Wrong, locked, or not sent because one try is left.
        StatusWordError: Refused for another reason.
    """
    yield from _compared(
        CommandApdu("VERIFY PIN", 0x00, 0x20, 0x00, 0x00, pin), use_last_try=use_last_try
    )


def change(old: bytes, new: bytes, *, use_last_try: bool) -> Script[None]:
    """Have the card replace the PIN, unencrypted as the specification requires.

    Raises:
        StatusWordError: See `verify`.
    """
    yield from _compared(
        CommandApdu("CHANGE PIN", 0x80, 0x5E, 0x01, 0x00, old + OLD_AND_NEW + new),
        use_last_try=use_last_try,
    )


def _compared(command: CommandApdu, *, use_last_try: bool) -> Script[None]:
    """Send a command with the holder's PIN and turn its refusal into an error about the PIN."""
    name, is_sent = command.name, False
    try:
        yield from check_tries(name, 0x00, 0x00, use_last_try=use_last_try)
        is_sent = True
        yield from exchange_ok(command)
    except StatusWordError as exc:
        if exc.sw in (AUTHENTICATION_BLOCKED, TRIES_LEFT):
            raise PinLockedError(exc.sw, name) from exc
        if exc.tries_left is None:
            raise
        if not is_sent:
            raise PinLastTryError(exc.sw, name, meaning=NOT_SENT) from exc
        raise PinRefusedError(exc.sw, name) from exc


def reset(facts: PinFacts, session: Session, new: bytes) -> Script[None]:
    """Prove PUK, then send the protected command: a new PIN, or all tries when `new` is empty.

    Raises:
        StatusWordError: The card refused.
        GatewayUnavailableError: The HSM returned another command than requested.
    """
    yield from session.authenticate(facts.unlock_key)
    request = MaintenanceRequest(
        AAB301=session.card.AAZ501[:6],
        AAZ507=session.card.AAZ507,
        AAZ501=session.card.AAZ501,
        algorithm=session.card.algorithm,
        key_address=facts.maintenance_key.hsm_address,
        process_factor=(yield from session.challenge()),
        header=_header(facts, session.card.algorithm, new),
        pin=new,
    )
    command = yield from ask_protected(request)
    if command[:HEADER_LENGTH] != request.header or len(command) != HEADER_LENGTH + command[4]:
        raise GatewayUnavailableError("the HSM returned another command than the one asked for")
    name = "RELOAD PIN" if new else "UNBLOCK PIN"
    cla, ins, p1, p2 = command[:4]
    yield from exchange_ok(CommandApdu(name, cla, ins, p1, p2, command[HEADER_LENGTH:]))


def _header(facts: PinFacts, algorithm: str, new: bytes) -> bytes:
    return RELOAD + bytes([facts.reload_lengths[algorithm]]) if new else UNBLOCK


def read_tries(p1: int = 0x00, p2: int = 0x00) -> Script[int]:
    """Ask the card how many tries a PIN has left; uses up none.

    Raises:
        StatusWordError: The card does not report it.
    """
    query = CommandApdu("VERIFY PIN, tries left", 0x00, 0x20, p1, p2)
    answer = yield from exchange(query)
    if answer.sw == AUTHENTICATION_BLOCKED:
        return 0
    if answer.sw & TRIES_MASK == TRIES_LEFT:
        return answer.sw & 0x0F
    raise refused(query, answer)


def check_tries(name: str, p1: int, p2: int, *, use_last_try: bool) -> Script[None]:
    """Ask the card how many tries a PIN has before `name` uses up one.

    Raises:
        StatusWordError: Locked, or one try is left and may not be used.
    """
    what = name.removeprefix("VERIFY ").removeprefix("CHANGE ")
    query = CommandApdu(f"VERIFY {what}, tries left", 0x00, 0x20, p1, p2)
    answer = yield from exchange(query)
    if answer.sw == AUTHENTICATION_BLOCKED or answer.sw == TRIES_LEFT:
        raise refused(query, answer)
    if answer.sw & TRIES_MASK == TRIES_LEFT and answer.sw & 0x0F == LAST_TRY and not use_last_try:
        raise StatusWordError(answer.sw, name, meaning=NOT_SENT)
