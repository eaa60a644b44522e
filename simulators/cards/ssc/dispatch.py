"""From one command to its answer, under T=0.

T=0 moves data in one direction per command: an answer to a command with data is announced with 61xx
and fetched with GET RESPONSE; a wrong Le is answered 6Cxx. Source: ISO/IEC 7816-3 clause 12.2; card
specification part 5.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from simulators.cards.ssc import certificate_commands as certificate
from simulators.cards.ssc.apdu import (
    MAX_LE,
    MORE_DATA,
    WRONG_LE,
    Command,
    RefusedError,
    StatusWord,
    decode_command,
    encode_status,
)
from simulators.cards.ssc.certificates import DIRECTORY as CERTIFICATES
from simulators.cards.ssc.chip import WHOLE_CARD, Chip
from simulators.cards.ssc.file_commands import (
    append_record,
    get_processing_options,
    read_binary,
    read_record,
    update_binary,
    update_record,
)
from simulators.cards.ssc.messaging import block_application, block_card
from simulators.cards.ssc.pin import change_pin, unblock_pin, verify_pin
from simulators.cards.ssc.quirks import CaseFour, WrongLe
from simulators.cards.ssc.security import (
    external_authenticate,
    get_challenge,
    internal_authenticate,
)
from simulators.cards.ssc.selection import select

CLASSES: Final = frozenset({0x00, 0x04, 0x80, 0x84})
GET_RESPONSE: Final = (0x00, 0xC0)


@dataclass(frozen=True, slots=True)
class Instruction:
    """One command of the card.

    Attributes:
        sends_only: P3 is Le: the card sends data and takes none.
        counted: Name in the counts of each success; empty when not counted here.
    """

    run: Callable[[Chip, Command], bytes]
    sends_only: bool = False
    counted: str = ""


#: By class and instruction. UPDATE with secure messaging (04) is missing: a card is personalised in
#: the clear after EXTERNAL AUTHENTICATE.
INSTRUCTIONS: Final = {
    (0x00, 0x20): Instruction(verify_pin),
    (0x00, 0x82): Instruction(external_authenticate),
    (0x00, 0x84): Instruction(get_challenge, sends_only=True),
    (0x00, 0x88): Instruction(internal_authenticate),
    (0x00, 0xA4): Instruction(select),
    (0x00, 0xB0): Instruction(read_binary, sends_only=True, counted="reads"),
    (0x00, 0xB2): Instruction(read_record, sends_only=True, counted="reads"),
    (0x00, 0xD6): Instruction(update_binary),
    (0x00, 0xDC): Instruction(update_record),
    (0x00, 0xE2): Instruction(append_record),
    (0x80, 0x5E): Instruction(change_pin),
    (0x80, 0xA8): Instruction(get_processing_options),
    (0x84, 0x16): Instruction(block_card),
    (0x84, 0x1E): Instruction(block_application),
    (0x84, 0x24): Instruction(unblock_pin),
}
#: Instructions that differ, or exist only, in the PKI directory and the application below it.
CERTIFICATE_INSTRUCTIONS: Final = {
    (0x00, 0x20): Instruction(certificate.verify),
    (0x00, 0x82): Instruction(certificate.authenticate_master),
    (0x80, 0x40): Instruction(certificate.generate_pair),
    (0x80, 0x4A): Instruction(certificate.import_session_key),
    (0x80, 0x4E): Instruction(certificate.unwrap_key),
    (0x80, 0xC2): Instruction(certificate.import_key),
    (0x80, 0xC4): Instruction(certificate.hash_data),
    (0x84, 0x5E): Instruction(certificate.change_admin_pin),
    (0x84, 0xD4): Instruction(certificate.replace_master),
}


def execute(chip: Chip, raw: bytes) -> bytes:
    """Return data and SW1-SW2 for one C-APDU; refusals are answers too.

    Raises:
        PowerLostError: The chip is tearing, and the power was lost here.
    """
    try:
        command = decode_command(raw)
        _check_not_blocked(chip)
        if (command.cla, command.ins) == GET_RESPONSE:
            return _get_response(chip, command)
        chip.session.answer = b""
        return _run(chip, command, _find_instruction(chip, command))
    except RefusedError as refusal:
        if refusal.status & 0xFF00 != WRONG_LE:
            chip.counts["failures"] += 1
        return encode_status(refusal.status)


def _check_not_blocked(chip: Chip) -> None:
    if WHOLE_CARD in chip.blocked:
        raise RefusedError(StatusWord.FUNCTION_NOT_SUPPORTED)


def _find_instruction(chip: Chip, command: Command) -> Instruction:
    if command.cla not in CLASSES:
        raise RefusedError(StatusWord.UNKNOWN_CLASS)
    here = chip.session.directory
    known = INSTRUCTIONS | (CERTIFICATE_INSTRUCTIONS if here.family == CERTIFICATES else {})
    instruction = known.get((command.cla, command.ins))
    if instruction is None:
        known_codes = {code for _, code in known} | {GET_RESPONSE[1]}
        other_class = command.ins in known_codes
        raise RefusedError(
            StatusWord.UNKNOWN_CLASS if other_class else StatusWord.UNKNOWN_INSTRUCTION
        )
    if instruction.run is not select and {here.title, here.family} & chip.blocked:
        raise RefusedError(StatusWord.APPLICATION_BLOCKED)
    return instruction


def _run(chip: Chip, command: Command, instruction: Instruction) -> bytes:
    # A length byte without its data is a truncated command; with data, a card that sends does not
    # accept it.
    if bool(command.data) == instruction.sends_only and (command.data or command.p3):
        raise RefusedError(StatusWord.WRONG_LENGTH)
    data = instruction.run(chip, command)
    if instruction.sends_only:
        _check_le(chip, command.p3, data)
    elif data and chip.quirks.case_four is CaseFour.ANNOUNCE:
        chip.session.answer = data
        return encode_status(MORE_DATA | len(data) & 0xFF)
    if instruction.counted:
        chip.counts[instruction.counted] += 1
    return data + encode_status(StatusWord.OK)


def _check_le(chip: Chip, le: int, data: bytes) -> None:
    if (le or MAX_LE) != len(data) and chip.quirks.wrong_le is WrongLe.ANNOUNCE:
        raise RefusedError(WRONG_LE | len(data) & 0xFF)


def _get_response(chip: Chip, command: Command) -> bytes:
    waiting = chip.session.answer
    if command.p1 or command.p2:
        raise RefusedError(StatusWord.WRONG_P1P2)
    if not waiting:
        raise RefusedError(StatusWord.NO_DATA)
    wanted = command.p3 or MAX_LE
    if wanted > len(waiting):
        _check_le(chip, command.p3, waiting)
    data, rest = waiting[:wanted], waiting[wanted:]
    chip.session.answer = rest
    if rest:
        return data + encode_status(MORE_DATA | len(rest) & 0xFF)
    return data + encode_status(StatusWord.OK)
