"""Certificates for a window that is called over the network: both sides show one.

A site makes an authority of its own, in a folder that stays with the administrator: it issues the
station's certificate, and one for each server that may call. A client is known by the fingerprint
of its certificate, so that revoking it needs no list and no waiting.

Source: RFC 5280; NIST P-256. Keys are written readable for their owner only.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from station.core.errors import ConfigError

AUTHORITY: Final = "authority"
SERVER: Final = "station"
AUTHORITY_DAYS: Final = 3650
LEAF_DAYS: Final = 825
_BEFORE: Final = dt.timedelta(days=1)  # clocks of two PCs differ

Key = ec.EllipticCurvePrivateKey


def make_authority(folder: Path, now: dt.datetime) -> None:
    """Make the site's authority in a new folder.

    Raises:
        ConfigError: There is one already, or the folder can't be written.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = _name("card station authority")
    builder = _begun(name, name, key, now, AUTHORITY_DAYS).add_extension(
        x509.BasicConstraints(ca=True, path_length=0), critical=True
    )
    signed = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = builder.add_extension(signed, critical=True).add_extension(
        x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
    )
    _write(folder, AUTHORITY, made.sign(key, hashes.SHA256()), key)


def make_server(folder: Path, hosts: Sequence[str], now: dt.datetime) -> None:
    """Issue the station's own certificate for the names and addresses that clients use.

    Raises:
        ConfigError: There is one already, or no authority in the folder.
    """
    names = x509.SubjectAlternativeName([_host(host) for host in hosts])
    _issue(folder, SERVER, ExtendedKeyUsageOID.SERVER_AUTH, now, names)


def make_client(folder: Path, name: str, now: dt.datetime) -> str:
    """Issue a certificate for one program; returns its fingerprint.

    Raises:
        ConfigError: There is one of this name already, or no authority in the folder.
    """
    made = _issue(folder, name, ExtendedKeyUsageOID.CLIENT_AUTH, now, None)
    return made.fingerprint(hashes.SHA256()).hex()


def _issue(
    folder: Path,
    name: str,
    usage: x509.ObjectIdentifier,
    now: dt.datetime,
    names: x509.SubjectAlternativeName | None,
) -> x509.Certificate:
    try:
        text = (folder / f"{AUTHORITY}.pem").read_bytes()
        secret = (folder / f"{AUTHORITY}.key").read_bytes()
    except OSError as exc:
        raise ConfigError(f"{exc.filename}: {exc.strerror}") from exc
    authority = x509.load_pem_x509_certificate(text)
    signer = serialization.load_pem_private_key(secret, password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise ConfigError(f"{folder / AUTHORITY}.key is not a key of `station certificates`")
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _begun(_name(name), authority.subject, key, now, LEAF_DAYS)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), True)
    signer_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key())
    builder = builder.add_extension(signer_id, critical=False)
    if names is not None:
        builder = builder.add_extension(names, critical=False)
    made = builder.sign(signer, hashes.SHA256())
    _write(folder, name, made, key)
    return made


def _begun(
    subject: x509.Name, issuer: x509.Name, key: Key, now: dt.datetime, days: int
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BEFORE)
        .not_valid_after(now + dt.timedelta(days=days))
    )


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _write(folder: Path, name: str, certificate: x509.Certificate, key: Key) -> None:
    if Path(name).name != name or name.startswith("."):
        raise ConfigError("the name of a certificate is also the name of its file")
    secret = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    text = certificate.public_bytes(serialization.Encoding.PEM)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for file, content in ((f"{name}.key", secret), (f"{name}.pem", text)):
            descriptor = os.open(folder / file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as made:
                made.write(content)
    except OSError as exc:
        raise ConfigError(f"{exc.filename}: {exc.strerror}") from exc
