"""Fills the certificate application of a 3.00 card. Unverified throughout: see profile.toml.

Order: what can be written again comes first (encryption key, certificates), what closes the card to
the transport values last (administrator PIN, 主控密钥 of application, then of directory).

Source: two vendors' writers of 3.00 cards, where they agree; reading of the public key, slices of
    certificates and selection by name from one of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.certificates import CertificateData
from station.core.errors import (
    InputError,
    RemoteProtocolError,
    WrongCardError,
    WrongCardReason,
)
from station.encoder.apdu import INS_EXTERNAL_AUTHENTICATE, MAX_LE, CommandApdu
from station.encoder.card_profile import Script, exchange_ok
from station.encoder.profiles.ssc.ciphers import BLOCK, encrypt, key_of_pin, mac, padded
from station.encoder.profiles.ssc.facts import CertificateFacts
from station.encoder.profiles.ssc.pin import check_tries, encode_pin
from station.encoder.profiles.ssc.writing import update_binary

USER_PIN: Final = 0x81  # P2 of VERIFY
ADMIN_PIN: Final = 0x00
PUBLIC_KEY_LENGTH: Final = 64
SIGNATURE_PAIR: Final = bytes.fromhex("C2020013 C1820070")
SESSION_KEY: Final = bytes.fromhex("C110")
ENCRYPTION_PUBLIC: Final = bytes.fromhex("C0020014 CA40")
ENCRYPTION_PRIVATE: Final = bytes.fromhex("C2020015 CB20")
MASTER_KEY: Final = bytes.fromhex("13000000")


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of 加密密钥 (SKF ENVELOPEDKEYBLOB) that the card wants. Shows nothing in its repr.

    Attributes:
        private: The encryption private key, sealed.
        public: Its public key, X and Y.
        sealed_key: What the signature key opens: X, Y, hash, cipher.
    """

    private: bytes
    public: bytes
    sealed_key: bytes

    def __repr__(self) -> str:
        return "Envelope(***)"


#: Where the parts stand in the decoded blob: 64-byte big-endian fields, the value at their end.
ENVELOPE_LENGTH: Final = 388
_PRIVATE: Final = slice(44, 76)
_PUBLIC: Final = (slice(112, 144), slice(176, 208))
_SEALED: Final = (slice(240, 272), slice(304, 336), slice(336, 368), slice(372, 388))


def parse_envelope(blob: bytes) -> Envelope:
    """Return the parts of a decoded 加密密钥.

    Raises:
        InputError: Too short.
    """
    if len(blob) < ENVELOPE_LENGTH:
        raise InputError(f"JMMY has {len(blob)} bytes, not {ENVELOPE_LENGTH}")
    return Envelope(
        blob[_PRIVATE],
        b"".join(blob[part] for part in _PUBLIC),
        b"".join(blob[part] for part in _SEALED),
    )


def check_certificates(facts: CertificateFacts, data: CertificateData) -> None:
    """Return when all of `data` has a form on the chip. Before anything is written.

    Raises:
        InputError: A part is missing or has another length.
    """
    parse_envelope(data.key_envelope)
    for pin in (data.admin_pin, data.transport.admin_pin, data.transport.user_pin):
        encode_pin(pin)
    lengths = {
        "ZKMY": (len(data.master_key), BLOCK),
        "application key": (len(data.transport.application_key), BLOCK),
        "directory key": (len(data.transport.directory_key), BLOCK),
        "public key": (len(data.public_key), PUBLIC_KEY_LENGTH),
    }
    for name, (got, wanted) in lengths.items():
        if got != wanted:
            raise InputError(f"{name} has {got} bytes, not {wanted}")
    certificates = {"QMZS": data.signature_certificate, "JMZS": data.encryption_certificate}
    for name, certificate in certificates.items():
        if not 0 < len(certificate) <= facts.certificate_size:
            raise InputError(f"{name} has {len(certificate)} bytes, 1 to {facts.certificate_size}")


def read_signature_key(facts: CertificateFacts) -> Script[bytes]:
    """Select the application and return the card's own signature public key, X and Y.

    Raises:
        StatusWordError: The card has no such application, or refuses.
        RemoteProtocolError: The file holds something else.
    """
    yield from _select_directory(facts)
    select = CommandApdu("SELECT CA application", 0x00, 0xA4, 0x04, 0x00, facts.application, MAX_LE)
    yield from exchange_ok(select)
    yield from _select_file("EF0012", facts.public_key_file)
    read = CommandApdu("READ EF0012", 0x00, 0xB0, 0x00, 0x00, le=PUBLIC_KEY_LENGTH + 2)
    content = yield from exchange_ok(read)
    if len(content) != PUBLIC_KEY_LENGTH + 2:
        raise RemoteProtocolError(f"EF0012 holds {len(content)} bytes")
    return content[2:]


def write_certificates(facts: CertificateFacts, data: CertificateData) -> Script[None]:
    """Fill the application with checked `data`. A wrong PIN or key is never tried twice.

    Raises:
        WrongCardError: The certificates were made for another card's key; nothing was written.
        StatusWordError: The card refused.
    """
    public_key = yield from read_signature_key(facts)
    if public_key != data.public_key:
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "certificates of another card's key")
    yield from _prove_pin("user PIN", USER_PIN, data.transport.user_pin)
    yield from _import_encryption_key(parse_envelope(data.key_envelope))
    for name, file, content in (
        ("EF0018", facts.signature_file, data.signature_certificate),
        ("EF0019", facts.encryption_file, data.encryption_certificate),
    ):
        yield from _select_file(name, file)
        yield from update_binary(name, content, facts.slice_length)
    yield from _change_admin_pin(data)
    yield from _replace_master("application", data.transport.application_key, data)
    yield from _select_directory(facts)
    yield from _replace_master("directory", data.transport.directory_key, data)


def _select_directory(facts: CertificateFacts) -> Script[None]:
    yield from exchange_ok(
        CommandApdu("SELECT PKI directory", 0x00, 0xA4, 0x04, 0x00, facts.directory, MAX_LE)
    )


def _select_file(name: str, file: bytes) -> Script[None]:
    yield from exchange_ok(CommandApdu(f"SELECT {name}", 0x00, 0xA4, 0x00, 0x00, file))


def _challenge() -> Script[bytes]:
    challenge = yield from exchange_ok(
        CommandApdu("GET CHALLENGE", 0x00, 0x84, 0x00, 0x00, le=BLOCK)
    )
    if len(challenge) != BLOCK:
        raise RemoteProtocolError(f"challenge has {len(challenge)} bytes, not {BLOCK}")
    return challenge


def _prove_pin(name: str, reference: int, pin: str) -> Script[None]:
    yield from check_tries(f"VERIFY {name}", 0x01, reference, use_last_try=False)
    proof = encrypt(key_of_pin(encode_pin(pin)), (yield from _challenge()))
    yield from exchange_ok(CommandApdu(f"VERIFY {name}", 0x00, 0x20, 0x01, reference, proof))


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


def _change_admin_pin(data: CertificateData) -> Script[None]:
    old, new = encode_pin(data.transport.admin_pin), encode_pin(data.admin_pin)
    yield from _prove_pin("admin PIN", ADMIN_PIN, data.transport.admin_pin)
    clear = padded(bytes([len(new)]) + new)
    yield from _send_protected("CHANGE admin PIN", 0x5E, key_of_pin(old), clear)


def _replace_master(where: str, old: bytes, data: CertificateData) -> Script[None]:
    proof = encrypt(old, (yield from _challenge()))
    name = f"EXTERNAL AUTHENTICATE {where} key"
    yield from exchange_ok(CommandApdu(name, 0x00, INS_EXTERNAL_AUTHENTICATE, 0x00, 0x00, proof))
    clear = padded(MASTER_KEY + data.master_key)
    yield from _send_protected(f"REPLACE {where} key", 0xD4, old, clear)


def _send_protected(name: str, ins: int, key: bytes, clear: bytes) -> Script[None]:
    """Send hidden data with its MAC, chained from a fresh challenge."""
    challenge = yield from _challenge()
    body = encrypt(key, clear)
    header = bytes([0x84, ins, 0x01, 0x00, len(body) + 4])
    protected = body + mac(key, challenge, header + body)
    yield from exchange_ok(CommandApdu(name, 0x84, ins, 0x01, 0x00, protected))
