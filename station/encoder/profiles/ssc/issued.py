"""The values that the province issued for a certificate application, and checks of their form.

Source: two vendors' writers of 3.00 cards, where they agree (SKF ENVELOPEDKEYBLOB).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from station.core.certificates import CertificateData, TransportValues
from station.core.errors import InputError, WrongCardError, WrongCardReason
from station.encoder.profiles.ssc.ciphers import BLOCK
from station.encoder.profiles.ssc.facts import CertificateFacts
from station.encoder.profiles.ssc.pin import encode_pin


@dataclass(frozen=True, slots=True)
class Envelope:
    """The parts of 加密密钥 (SKF ENVELOPEDKEYBLOB) that the card needs. Its repr shows nothing.

    Attributes:
        private: The encryption private key, encrypted.
        public: Its public key, X and Y.
        sealed_key: Decrypted by the signature key: X, Y, hash, cipher.
    """

    private: bytes
    public: bytes
    sealed_key: bytes

    def __repr__(self) -> str:
        return "Envelope(***)"


#: Layout of the decoded blob: 64-byte big-endian fields, the value at their end.
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


def check_transport(transport: TransportValues) -> None:
    """Check that the deployment's values have the form of PINs and keys.

    Raises:
        InputError: One has not; the message does not contain it.
    """
    for pin in (transport.admin_pin, transport.user_pin):
        encode_pin(pin)
    _check_length("application key", transport.application_key)
    _check_length("directory key", transport.directory_key)


def check_certificates(facts: CertificateFacts, data: CertificateData, public_key: bytes) -> None:
    """Check that all of `data` has a form on the chip. Called before anything is written.

    Raises:
        InputError: A part is missing or has another length.
        WrongCardError: The signature certificate is for another card's key.
    """
    parse_envelope(data.key_envelope)
    encode_pin(data.admin_pin)
    _check_length("ZKMY", data.master_key)
    certificates = {"QMZS": data.signature_certificate, "JMZS": data.encryption_certificate}
    for name, certificate in certificates.items():
        if not 0 < len(certificate) <= facts.certificate_size:
            raise InputError(f"{name} has {len(certificate)} bytes, 1 to {facts.certificate_size}")
    if public_key not in data.signature_certificate:
        raise WrongCardError(WrongCardReason.NOT_THIS_ORDERS, "certificates of another card's key")


def _check_length(name: str, key: bytes) -> None:
    if len(key) != BLOCK:
        raise InputError(f"{name} has {len(key)} bytes, not {BLOCK}")
