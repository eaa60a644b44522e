"""Secure messaging under STK: the MAC of a command, its encrypted data, and the two BLOCK commands.

Source: card specification part 4 (MAC, data encryption), part 5 (commands).

unverified: MAC and data are under the session key of the latest challenge; a wrong MAC uses up no
try; CARD BLOCK is under BK; the answers of a blocked card or application.
"""

from __future__ import annotations

import hmac
from typing import Final

from simulators.cards.ssc.apdu import Command, RefusedError, StatusWord
from simulators.cards.ssc.authentication import MAC_SIZE, pad
from simulators.cards.ssc.chip import LOCAL_KEY, WHOLE_CARD, CardKey, Chip
from simulators.cards.ssc.security import check_p1p2

MAINTENANCE_KEY: Final = 0x02  # STK; 82 in a DF
BLOCK_KEY: Final = 0x05
FOR_GOOD: Final = 0x01  # P2 of APPLICATION BLOCK: permanently


def open_message(chip: Chip, command: Command, key_id: int = MAINTENANCE_KEY) -> bytes:
    """Check the MAC of a command and return its data in clear, still padded.

    Raises:
        RefusedError: 6700, no room for a MAC or no whole blocks; 6984, no challenge; 6988, wrong.
    """
    key = _messaging_key(chip, key_id)
    if len(command.data) < MAC_SIZE:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    body, mac = command.data[:-MAC_SIZE], command.data[-MAC_SIZE:]
    if len(body) % chip.algorithm.block_size:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    session_key = chip.algorithm.session_key(key.value, chip.take_challenge())
    if not hmac.compare_digest(chip.algorithm.mac(session_key, command.header + body), mac):
        chip.counts["mac_failures"] += 1
        raise RefusedError(StatusWord.WRONG_MAC)
    return chip.algorithm.decrypt(session_key, body)


def opened_value(clear: bytes) -> bytes:
    """Return the value after the length byte.

    Raises:
        RefusedError: 6A80, the padding is not 80 and zeros.
    """
    length = clear[0] if clear else 0
    value, rest = clear[1 : 1 + length], clear[1 + length :]
    # Data that fills its blocks may be sent without padding.
    if len(value) != length or (rest and rest != pad(b"", len(rest))):
        raise RefusedError(StatusWord.WRONG_DATA)
    return value


def block_application(chip: Chip, command: Command) -> bytes:
    """Block the current application permanently."""
    check_p1p2(command, p2=FOR_GOOD)
    here = chip.session.directory
    local = here.title != here.family
    _check_bare(open_message(chip, command, MAINTENANCE_KEY | (LOCAL_KEY if local else 0)))
    chip.write(f"{here.title}/BLOCK", lambda: chip.blocked.add(here.title))
    return b""


def block_card(chip: Chip, command: Command) -> bytes:
    """Block the whole card permanently."""
    chip.check_in_application()
    check_p1p2(command)
    _check_bare(open_message(chip, command, BLOCK_KEY))
    chip.write(f"{WHOLE_CARD}/BLOCK", lambda: chip.blocked.add(WHOLE_CARD))
    return b""


def _check_bare(clear: bytes) -> None:
    if clear:
        raise RefusedError(StatusWord.WRONG_LENGTH)


def _messaging_key(chip: Chip, key_id: int) -> CardKey:
    key = chip.find_key(key_id)
    if key.use != "messaging":
        raise RefusedError(StatusWord.KEY_NOT_FOUND)
    return key
