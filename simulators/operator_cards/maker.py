"""Makes a card for an invented person: a new key, and a certificate that an issuer has signed."""

from __future__ import annotations

import datetime as dt
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from simulators.operator_cards.piv import Key, PivCard

PIN: Final = "246810"  # of an invented person
KINDS: Final = ("p-256", "p-384", "rsa-2048", "rsa-3072")
_YEAR: Final = dt.timedelta(days=365)


def make_card(
    name: str,
    *,
    pin: str = PIN,
    kind: str = "p-256",
    begins: dt.datetime | None = None,
    ends: dt.datetime | None = None,
    compressed: bool = False,
    t0: bool = False,
) -> PivCard:
    """Return a card; its certificate is valid for a year around now if nothing else is said."""
    key = new_key(kind)
    certificate = make_certificate(name, key, begins, ends)
    return PivCard(key, certificate, pin, compressed=compressed, t0=t0)


def new_key(kind: str) -> Key:
    """Return a new key of one of `KINDS`."""
    family, _, size = kind.partition("-")
    if family == "rsa":
        return rsa.generate_private_key(65537, int(size))
    return ec.generate_private_key(ec.SECP384R1() if size == "384" else ec.SECP256R1())


def make_certificate(
    name: str, key: Key, begins: dt.datetime | None = None, ends: dt.datetime | None = None
) -> bytes:
    """Return a certificate for a person and a key, in DER, signed by an issuer made for it."""
    issuer = ec.generate_private_key(ec.SECP256R1())
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "card office")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins or now - _YEAR)
        .not_valid_after(ends or now + _YEAR)
        .sign(issuer, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.DER)
