"""Commands of the certificate application: PINs, key pairs, 主控密钥.

Source: two vendors' writers of 3.00 cards; assumptions beyond them are marked in
`layouts/certificates`. All cryptography here is SM2, SM3, SM4.
"""

from __future__ import annotations

import hmac
from typing import Final

from simulators.cards.ssc import sm2, sm4
from simulators.cards.ssc.apdu import Command, RefusedError, StatusWord
from simulators.cards.ssc.authentication import MAC_SIZE, SM4, pad
from simulators.cards.ssc.certificates import (
    APPLICATION,
    Certificates,
    encode_public,
    key_of_pin,
)
from simulators.cards.ssc.chip import Chip
from simulators.cards.ssc.files import BinaryFile
from simulators.cards.ssc.messaging import opened_value
from simulators.cards.ssc.pin import tell_tries
from simulators.cards.ssc.secret import StoredSecret
from simulators.cards.ssc.security import check_p1p2
from simulators.cards.ssc.sm3 import digest

CHALLENGE_LENGTHS: Final = (8, 16)
USER_PIN: Final = 0x81  # P2 of VERIFY
ADMIN_PIN: Final = 0x00
ADMIN_PIN_LENGTHS: Final = range(3, 9)
MASTER_KEY_HEADER: Final = bytes.fromhex("13000000")
SIGNING_PAIR: Final = bytes.fromhex("C0020012C2020013")
SIGNING_KEY: Final = bytes.fromhex("C2020013C1820070")
ENCRYPTION_PUBLIC: Final = bytes.fromhex("C0020014CA40")
ENCRYPTION_PRIVATE: Final = bytes.fromhex("C2020015CB20")
WRAPPED_KEY_SIZE: Final = 112  # X, Y, hash, 16 bytes of key


def authenticate_master(chip: Chip, command: Command) -> bytes:
    """Let the host prove 主控密钥 of the current directory: the challenge under it."""
    check_p1p2(command)
    secret = _master(chip)
    _compare(chip, secret, command.data, "authentication_failures")
    chip.counts["authentications"] += 1
    return b""


def verify(chip: Chip, command: Command) -> bytes:
    """Let the host prove a PIN: the challenge under the key that is derived from the PIN."""
    state = _state(chip)
    pins = {USER_PIN: state.user_pin, ADMIN_PIN: state.admin_pin}
    if command.p1 != 1 or command.p2 not in pins:
        raise RefusedError(StatusWord.WRONG_P1P2)
    secret = pins[command.p2]
    if not command.data and command.p3 == 0:
        tell_tries(chip, secret)
        return b""
    _compare(chip, secret, command.data, "pin_failures")
    return b""


def change_admin_pin(chip: Chip, command: Command) -> bytes:
    """Replace the administrator PIN after it was proven."""
    state = _state(chip)
    check_p1p2(command, p1=1)
    chip.check_access(state.admin_pin.name)
    keys = {"admin-pin": state.admin_pin.value, "master": state.masters[APPLICATION].value}
    accepted = [keys[name] for name in state.admin_change_keys]
    new = opened_value(_open(chip, command, 16, accepted))
    if len(new) not in ADMIN_PIN_LENGTHS:
        raise RefusedError(StatusWord.WRONG_DATA)
    key = key_of_pin(new)
    chip.write(f"{APPLICATION}/ADMIN-PIN", lambda: state.admin_pin.replace(key))
    return b""


def replace_master(chip: Chip, command: Command) -> bytes:
    """Replace 主控密钥 of the current directory after it was proven."""
    check_p1p2(command, p1=1)
    secret = _master(chip)
    chip.check_access(secret.name)
    clear = _open(chip, command, 32, [secret.value])
    key = clear[len(MASTER_KEY_HEADER) :][: sm4.BLOCK_SIZE]
    if clear != pad(MASTER_KEY_HEADER + key, sm4.BLOCK_SIZE):
        raise RefusedError(StatusWord.WRONG_DATA)
    chip.write(f"{chip.session.directory.title}/MASTER", lambda: secret.replace(key))
    return b""


def generate_pair(chip: Chip, command: Command) -> bytes:
    """Generate a new key pair for signatures; the public key is stored in EF 0012."""
    state = _state(chip)
    check_p1p2(command)
    chip.check_access(state.user_pin.name)
    if command.data != SIGNING_PAIR:
        raise RefusedError(StatusWord.WRONG_DATA)
    private = sm2.private_from(chip.new_challenge(sm4.BLOCK_SIZE) + chip.seed)
    chip.session.challenge = b""  # nobody was told it

    def change() -> None:
        state.signing_key = private
        _file(chip, 0x0012).replace(0, encode_public(sm2.public_of(private)))

    chip.write(f"{APPLICATION}/0013", change)
    return b""


def unwrap_key(chip: Chip, command: Command) -> bytes:
    """Return the key of an envelope that was sealed to the public key for signatures."""
    state = _state(chip)
    check_p1p2(command, p2=1)
    chip.check_access(state.user_pin.name)
    wrapped = _after(command.data, SIGNING_KEY, WRAPPED_KEY_SIZE)
    try:
        return sm2.decrypt(state.signing_key, wrapped[:64], wrapped[64:96], wrapped[96:])
    except sm2.DecryptionError as exc:
        raise RefusedError(StatusWord.WRONG_DATA) from exc


def import_session_key(chip: Chip, command: Command) -> bytes:
    """Take the key that the private key will come under; it is forgotten at the next selection."""
    state = _state(chip)
    check_p1p2(command, p1=2, p2=0x10)
    chip.check_access(state.user_pin.name)
    chip.session.imported_key = _after(command.data, b"\xc1\x10", sm4.BLOCK_SIZE)
    return b""


def import_key(chip: Chip, command: Command) -> bytes:
    """Take one half of the key pair for encryption."""
    chip.check_access(_state(chip).user_pin.name)
    halves = {(0x40, 0x00): _import_public, (0xC0, 0x01): _import_private}
    take = halves.get((command.p1, command.p2))
    if take is None:
        raise RefusedError(StatusWord.WRONG_P1P2)
    take(chip, command.data)
    return b""


def hash_data(chip: Chip, command: Command) -> bytes:
    """Return the SM3 of the plaintext of C1."""
    _state(chip)
    check_p1p2(command, p1=1, p2=3)
    length = command.data[1] if len(command.data) > 1 else 0
    return digest(_after(command.data, bytes([0xC1, length]), length))


def _import_public(chip: Chip, data: bytes) -> None:
    public = _after(data, ENCRYPTION_PUBLIC, sm2.PUBLIC_SIZE)
    file = _file(chip, 0x0014)
    chip.write(f"{APPLICATION}/0014", lambda: file.replace(0, encode_public(public)))


def _import_private(chip: Chip, data: bytes) -> None:
    if not chip.session.imported_key:
        raise RefusedError(StatusWord.CONDITIONS_NOT_SATISFIED)
    hidden = _after(data, ENCRYPTION_PRIVATE, sm2.COORDINATE_SIZE)
    private = sm4.decrypt(chip.session.imported_key, hidden)
    if not 0 < int.from_bytes(private, "big") < sm2.N - 1:
        raise RefusedError(StatusWord.WRONG_DATA)
    # unverified: that a card compares the two halves.
    if _file(chip, 0x0014).part(0, 66) != encode_public(sm2.public_of(private)):
        raise RefusedError(StatusWord.WRONG_DATA)
    state = _state(chip)
    chip.write(f"{APPLICATION}/0015", lambda: setattr(state, "decryption_key", private))


def _compare(chip: Chip, secret: StoredSecret, proof: bytes, counted: str) -> None:
    if len(proof) != sm4.BLOCK_SIZE:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    secret.check_usable()
    right = sm4.encrypt(secret.value, _challenge_block(chip))
    chip.judge(secret, right=hmac.compare_digest(proof, right), counted=counted)


def _open(chip: Chip, command: Command, size: int, keys: list[bytes]) -> bytes:
    """Check the MAC (its initial value is the challenge) and return the data in clear."""
    if len(command.data) != size + MAC_SIZE:
        raise RefusedError(StatusWord.WRONG_LENGTH)
    body, mac = command.data[:-MAC_SIZE], command.data[-MAC_SIZE:]
    chain = _challenge_block(chip)
    for key in keys:
        if hmac.compare_digest(SM4.mac(key, command.header + body, chain), mac):
            return sm4.decrypt(key, body)
    chip.counts["mac_failures"] += 1
    raise RefusedError(StatusWord.WRONG_MAC)


def _challenge_block(chip: Chip) -> bytes:
    return chip.take_challenge(CHALLENGE_LENGTHS).ljust(sm4.BLOCK_SIZE, b"\x00")


def _state(chip: Chip) -> Certificates:
    """The state; only inside the certificate application."""
    if chip.certificates is None or chip.session.directory.title != APPLICATION:
        raise RefusedError(StatusWord.CONDITIONS_NOT_SATISFIED)
    return chip.certificates


def _master(chip: Chip) -> StoredSecret:
    if chip.certificates is None:
        raise RefusedError(StatusWord.KEY_NOT_FOUND)
    return chip.certificates.masters[chip.session.directory.title]


def _file(chip: Chip, file_id: int) -> BinaryFile:
    file = chip.session.directory.by_file_id(file_id)
    if not isinstance(file, BinaryFile):
        raise RefusedError(StatusWord.FILE_NOT_FOUND)
    return file


def _after(data: bytes, prefix: bytes, size: int) -> bytes:
    """Return what follows `prefix`, which must be `size` bytes."""
    if not data.startswith(prefix) or len(data) != len(prefix) + size:
        raise RefusedError(StatusWord.WRONG_DATA)
    return data[len(prefix) :]
