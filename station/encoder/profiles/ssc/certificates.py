"""Fills the certificate application of a 3.00 card. Unverified throughout: see profile.toml.

The two certificates show how far an earlier, interrupted session progressed, so that it can be
completed:

* EF0018 (signature) is written once the encryption key is stored. Until it is complete, the card
  certainly holds the transport values.
* Administrator PIN, 主控密钥 of the application and then of the directory are replaced. While
  EF0019 is missing each of them may be the new or the old one; as they follow one another, an old
  one means that all that follow are old too.
* EF0019 (encryption) closes the application: when it is complete, everything is.

So a card whose session was never interrupted is sent only the transport values. On an interrupted
one the transport value is tried first: a card that decrements the tries before it compares, and
lost power there, still holds it. The new value follows only where the card refused. No value is
sent twice, and none to a counter that shows one try.

Source: two vendors' writers of 3.00 cards, where they agree; reading of the public key, slices of
    certificates and selection by name from one of them. The order of the two certificates is our
    choice.
"""

from __future__ import annotations

from typing import Final

from station.core.certificates import CertificateData, TransportValues
from station.core.errors import RemoteProtocolError
from station.encoder.apdu import INS_EXTERNAL_AUTHENTICATE, MAX_LE, CommandApdu
from station.encoder.card_profile import Script, exchange, exchange_ok, refused
from station.encoder.profiles.ssc.ciphers import BLOCK, encrypt, key_of_pin, mac, padded
from station.encoder.profiles.ssc.facts import CertificateFacts
from station.encoder.profiles.ssc.issued import Envelope, parse_envelope
from station.encoder.profiles.ssc.pin import check_tries, encode_pin
from station.encoder.profiles.ssc.values import is_unwritten
from station.encoder.profiles.ssc.writing import update_binary
from station.encoder.status_words import (
    END_OF_FILE,
    LAST_TRY,
    TRIES_LEFT,
    TRIES_MASK,
    WRONG_OFFSET,
)

USER_PIN: Final = 0x81  # P2 of VERIFY
ADMIN_PIN: Final = 0x00
PUBLIC_KEY_LENGTH: Final = 64
SIGNATURE_PAIR: Final = bytes.fromhex("C2020013 C1820070")
SESSION_KEY: Final = bytes.fromhex("C110")
ENCRYPTION_PUBLIC: Final = bytes.fromhex("C0020014 CA40")
ENCRYPTION_PRIVATE: Final = bytes.fromhex("C2020015 CB20")
MASTER_KEY: Final = bytes.fromhex("13000000")
#: Last bytes of a certificate, its signature: they are written last and are unique to it.
TAIL: Final = 16
#: Status words of a read beyond the end of a file's content.
NOTHING_THERE: Final = frozenset({END_OF_FILE, WRONG_OFFSET})


def read_signature_key(facts: CertificateFacts) -> Script[bytes]:
    """Select the application and return the card's own signature public key, X and Y.

    Raises:
        StatusWordError: The card has no such application, or refuses.
        RemoteProtocolError: The file has another content.
    """
    yield from _select_application(facts)
    yield from _select_file("EF0012", facts.public_key_file)
    read = CommandApdu("READ EF0012", 0x00, 0xB0, 0x00, 0x00, le=PUBLIC_KEY_LENGTH + 2)
    content = yield from exchange_ok(read)
    if len(content) != PUBLIC_KEY_LENGTH + 2 or is_unwritten(content[2:]):
        raise RemoteProtocolError(f"EF0012 holds no key in its {len(content)} bytes")
    return content[2:]


def are_whole(facts: CertificateFacts, data: CertificateData) -> Script[bool]:
    """Whether the application holds all of `data`, as far as it can be read. Writes nothing.

    Raises:
        StatusWordError: The card refused.
    """
    yield from _select_application(facts)
    for name, file, content in _certificates(facts, data):
        yield from _select_file(name, file)
        for offset in range(0, len(content), facts.slice_length):
            piece = content[offset : offset + facts.slice_length]
            if not (yield from _holds(name, offset, piece)):
                return False
    return True


def write_certificates(
    facts: CertificateFacts, data: CertificateData, transport: TransportValues
) -> Script[None]:
    """Fill the application with checked `data`, or complete it after an interrupted session.

    Raises:
        StatusWordError: The card refused.
    """
    signature, encryption = _certificates(facts, data)
    yield from _select_application(facts)
    if (yield from _ends_with(*encryption)):
        return
    is_torn = yield from _ends_with(*signature)
    if not is_torn:
        yield from _prove_pin("user PIN", USER_PIN, transport.user_pin)
        yield from _import_encryption_key(parse_envelope(data.key_envelope))
        yield from _write_file(facts, *signature)
    may_be_new = yield from _replace_admin_pin(data, transport, may_be_new=is_torn)
    may_be_new = yield from _replace_master(
        "application", transport.application_key, data.master_key, may_be_new=may_be_new
    )
    yield from _select_directory(facts)
    yield from _replace_master(
        "directory", transport.directory_key, data.master_key, may_be_new=may_be_new
    )
    yield from _select_application(facts)
    yield from _prove_pin("user PIN", USER_PIN, transport.user_pin)
    yield from _write_file(facts, *encryption)


_File = tuple[str, bytes, bytes]  # name, identifier, content


def _certificates(facts: CertificateFacts, data: CertificateData) -> tuple[_File, _File]:
    return (
        ("EF0018", facts.signature_file, data.signature_certificate),
        ("EF0019", facts.encryption_file, data.encryption_certificate),
    )


def _select_directory(facts: CertificateFacts) -> Script[None]:
    yield from exchange_ok(
        CommandApdu("SELECT PKI directory", 0x00, 0xA4, 0x04, 0x00, facts.directory, MAX_LE)
    )


def _select_application(facts: CertificateFacts) -> Script[None]:
    yield from _select_directory(facts)
    yield from exchange_ok(
        CommandApdu("SELECT CA application", 0x00, 0xA4, 0x04, 0x00, facts.application, MAX_LE)
    )


def _select_file(name: str, file: bytes) -> Script[None]:
    yield from exchange_ok(CommandApdu(f"SELECT {name}", 0x00, 0xA4, 0x00, 0x00, file))


def _write_file(facts: CertificateFacts, name: str, file: bytes, content: bytes) -> Script[None]:
    yield from _select_file(name, file)
    yield from update_binary(name, content, facts.slice_length)


def _ends_with(name: str, file: bytes, content: bytes) -> Script[bool]:
    """Whether a file holds `content` up to its end: slices are written in order."""
    yield from _select_file(name, file)
    tail = content[-TAIL:]
    return (yield from _holds(name, len(content) - len(tail), tail))


def _holds(name: str, offset: int, piece: bytes) -> Script[bool]:
    high, low = divmod(offset, 0x100)
    read = CommandApdu(f"READ {name} at {offset}", 0x00, 0xB0, high, low, le=len(piece))
    answer = yield from exchange(read)
    if not answer.is_ok and answer.sw not in NOTHING_THERE:
        raise refused(read, answer)
    return answer.data == piece


def _challenge() -> Script[bytes]:
    challenge = yield from exchange_ok(
        CommandApdu("GET CHALLENGE", 0x00, 0x84, 0x00, 0x00, le=BLOCK)
    )
    if len(challenge) != BLOCK:
        raise RemoteProtocolError(f"challenge has {len(challenge)} bytes, not {BLOCK}")
    return challenge


def _is_proven(command: CommandApdu, *, may_be_new: bool) -> Script[bool]:
    """Send the proof of a transport value; False where the card refused and may have the new one.

    Raises:
        StatusWordError: Refused, and the new one is impossible, or one try is left.
    """
    answer = yield from exchange(command)
    if answer.is_ok:
        return True
    is_wrong = answer.sw & TRIES_MASK == TRIES_LEFT
    if not may_be_new or not is_wrong or answer.sw & 0x0F <= LAST_TRY:
        raise refused(command, answer)
    return False


def _pin_proof(name: str, reference: int, pin: str) -> Script[CommandApdu]:
    yield from check_tries(f"VERIFY {name}", 0x01, reference, use_last_try=False)
    proof = encrypt(key_of_pin(encode_pin(pin)), (yield from _challenge()))
    return CommandApdu(f"VERIFY {name}", 0x00, 0x20, 0x01, reference, proof)


def _prove_pin(name: str, reference: int, pin: str) -> Script[None]:
    yield from exchange_ok((yield from _pin_proof(name, reference, pin)))


def _import_encryption_key(envelope: Envelope) -> Script[None]:
    unwrap = CommandApdu(
        *("UNWRAP key", 0x80, 0x4E, 0x00, 0x01), SIGNATURE_PAIR + envelope.sealed_key, MAX_LE
    )
    session_key = yield from exchange_ok(unwrap)
    if len(session_key) != BLOCK:
        raise RemoteProtocolError(f"the unwrapped key has {len(session_key)} bytes")
    for name, ins, p1, p2, content in (
        ("IMPORT session key", 0x4A, 0x02, 0x10, SESSION_KEY + session_key),
        ("IMPORT public key", 0xC2, 0x40, 0x00, ENCRYPTION_PUBLIC + envelope.public),
        ("IMPORT private key", 0xC2, 0xC0, 0x01, ENCRYPTION_PRIVATE + envelope.private),
    ):
        yield from exchange_ok(CommandApdu(name, 0x80, ins, p1, p2, content))


def _replace_admin_pin(
    data: CertificateData, transport: TransportValues, *, may_be_new: bool
) -> Script[bool]:
    """Replace 管理员PIN unless the card has the new one already; returns whether it had."""
    proof = yield from _pin_proof("admin PIN", ADMIN_PIN, transport.admin_pin)
    if not (yield from _is_proven(proof, may_be_new=may_be_new)):
        yield from _prove_pin("admin PIN", ADMIN_PIN, data.admin_pin)
        return True
    old, new = encode_pin(transport.admin_pin), encode_pin(data.admin_pin)
    clear = padded(bytes([len(new)]) + new)
    yield from _send_protected("CHANGE admin PIN", 0x5E, key_of_pin(old), clear)
    return False


def _replace_master(where: str, old: bytes, new: bytes, *, may_be_new: bool) -> Script[bool]:
    """Replace the directory's 主控密钥 unless it has the new one; returns whether it had."""
    proof = yield from _master_proof(where, old)
    if not (yield from _is_proven(proof, may_be_new=may_be_new)):
        yield from exchange_ok((yield from _master_proof(where, new)))
        return True
    yield from _send_protected(f"REPLACE {where} key", 0xD4, old, padded(MASTER_KEY + new))
    return False


def _master_proof(where: str, key: bytes) -> Script[CommandApdu]:
    proof = encrypt(key, (yield from _challenge()))
    name = f"EXTERNAL AUTHENTICATE {where} key"
    return CommandApdu(name, 0x00, INS_EXTERNAL_AUTHENTICATE, 0x00, 0x00, proof)


def _send_protected(name: str, ins: int, key: bytes, clear: bytes) -> Script[None]:
    """Send encrypted data with its MAC, chained from a fresh challenge."""
    challenge = yield from _challenge()
    body = encrypt(key, clear)
    header = bytes([0x84, ins, 0x01, 0x00, len(body) + 4])
    protected = body + mac(key, challenge, header + body)
    yield from exchange_ok(CommandApdu(name, 0x84, ins, 0x01, 0x00, protected))
