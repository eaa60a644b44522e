"""The province's CA: both certificates of one card's certificate application, and its keys.

Certificates are real X.509 of SM2 keys signed with SM3, so that outside tools read them. The
encryption key pair is transferred encrypted to the card's own key, as SKF ENVELOPEDKEYBLOB.

Source: GM/T 0015-2012 (certificate form), GM/T 0016-2012, 6.4.10 (envelope), GM/T 0006-2012 (OIDs).
unverified: that a province's certificates look like this; real ones have about 630 bytes.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from gmssl.sm2 import CryptSM2, default_ecc_table

COORDINATE: Final = 32
POINT: Final = 2 * COORDINATE
GROUP_ORDER: Final = int(default_ecc_table["n"], 16)
SESSION_KEY_SIZE: Final = 16
ALGORITHM_SM4: Final = (0x0401).to_bytes(4, "little")  # SGD_SM4_ECB
VALID_YEARS: Final = 10

OID_COMMON_NAME: Final = "550403"
OID_SERIAL_NUMBER: Final = "550405"
OID_EC_PUBLIC_KEY: Final = "2A8648CE3D0201"
OID_SM2: Final = "2A811CCF5501822D"
OID_SM2_WITH_SM3: Final = "2A811CCF55018375"
OID_KEY_USAGE: Final = "551D0F"
SIGNING: Final = bytes.fromhex("030206C0")  # digitalSignature, contentCommitment
SEALING: Final = bytes.fromhex("03020430")  # keyEncipherment, dataEncipherment
OID_BASIC_CONSTRAINTS: Final = "551D13"
ISSUING: Final = bytes.fromhex("03020106")  # keyCertSign, cRLSign
IS_CA: Final = bytes.fromhex("30030101FF")
ROOT_VALID: Final = (dt.datetime(2020, 1, 1, tzinfo=dt.UTC), dt.datetime(2045, 1, 1, tzinfo=dt.UTC))


@dataclass(frozen=True, slots=True)
class Holder:
    """The holder for whose card the certificates are."""

    id_number: str
    name: str
    card_number: str


@dataclass(frozen=True, slots=True, repr=False)
class Issued:
    """The province's output for one card.

    Attributes:
        signature_certificate: 签名证书, DER.
        encryption_certificate: 加密证书, DER.
        key_envelope: 加密密钥.
        admin_pin: 管理员PIN, eight digits.
        master_key: 主控密钥, 16 bytes.
    """

    signature_certificate: bytes
    encryption_certificate: bytes
    key_envelope: bytes
    admin_pin: str
    master_key: bytes


@dataclass(frozen=True, slots=True)
class CertificateAuthority:
    """Issues certificates; all of its secrets are derived from the province's seed."""

    seed: int = field(repr=False)

    def issue(self, holder: Holder, public_key: bytes, now: dt.datetime) -> Issued:
        """Return certificates and keys for the card with this signature public key (64 bytes)."""
        encryption_private = self._scalar("encryption", public_key)
        encryption_public = public_of(encryption_private)
        digits = int.from_bytes(self._secret("admin PIN", public_key), "big") % 10**8
        return Issued(
            signature_certificate=self._certificate(holder, public_key, SIGNING, now),
            encryption_certificate=self._certificate(holder, encryption_public, SEALING, now),
            key_envelope=self._envelope(public_key, encryption_private, encryption_public),
            admin_pin=f"{digits:08d}",
            master_key=self._secret("master key", public_key)[:16],
        )

    def root(self) -> bytes:
        """Return the CA's own public key."""
        return public_of(self._scalar("root", b""))

    def root_certificate(self) -> bytes:
        """Return the CA's own self-signed certificate, DER."""
        return _self_signed(self)

    def _certificate(
        self, holder: Holder, public_key: bytes, usage: bytes, now: dt.datetime
    ) -> bytes:
        subject = _sequence(
            _name(OID_COMMON_NAME, holder.name),
            _name(OID_SERIAL_NUMBER, f"{holder.id_number}-{holder.card_number}"),
        )
        until = now.replace(year=now.year + VALID_YEARS, day=1)
        return self._signed(subject, public_key, (now, until), [(OID_KEY_USAGE, usage)])

    def _signed(
        self,
        subject: bytes,
        public_key: bytes,
        valid: tuple[dt.datetime, dt.datetime],
        extensions: Sequence[tuple[str, bytes]],
    ) -> bytes:
        """Return a certificate with these critical extensions, signed by the root (X.509, 4.1)."""
        algorithm = _sequence(_oid(OID_SM2_WITH_SM3))
        to_sign = _sequence(
            _der(0xA0, _der(0x02, b"\x02")),  # version 3
            _der(0x02, b"\x01" + self._secret("serial", public_key)[:15]),
            algorithm,
            ISSUER,
            _sequence(*map(_time, valid)),
            subject,
            _sequence(
                _sequence(_oid(OID_EC_PUBLIC_KEY), _oid(OID_SM2)),
                _der(0x03, b"\x00\x04" + public_key),
            ),
            _der(0xA3, _sequence(*(_critical(oid, value) for oid, value in extensions))),
        )
        root = _sm2(self.root(), self._scalar("root", b""))
        signature = bytes.fromhex(root.sign_with_sm3(to_sign))
        return _sequence(to_sign, algorithm, _der(0x03, b"\x00" + signature))

    def _envelope(self, public_key: bytes, private: int, public: bytes) -> bytes:
        session_key = self._secret("session key", public_key)[:SESSION_KEY_SIZE]
        encryptor = Cipher(SM4(session_key), modes.ECB()).encryptor()  # noqa: S305 - SKF's rule
        hidden = encryptor.update(private.to_bytes(COORDINATE, "big"))
        sealed = _sm2(public_key).encrypt(session_key)  # X, Y, hash, cipher
        parts = [sealed[:32], sealed[32:64]]
        return b"".join(
            (
                (1).to_bytes(4, "little") + ALGORITHM_SM4 + (256).to_bytes(4, "little"),
                _wide(hidden),
                (256).to_bytes(4, "little"),
                *(_wide(part) for part in (public[:COORDINATE], public[COORDINATE:])),
                *(_wide(part) for part in parts),
                sealed[64:96],
                SESSION_KEY_SIZE.to_bytes(4, "little"),
                sealed[96:],
            )
        )

    def _scalar(self, purpose: str, public_key: bytes) -> int:
        return int.from_bytes(self._secret(purpose, public_key), "big") % (GROUP_ORDER - 2) + 1

    def _secret(self, purpose: str, public_key: bytes) -> bytes:
        return hashlib.sha256(f"{self.seed} {purpose} ".encode() + public_key).digest()


def public_of(private: int) -> bytes:
    """Return X and Y of the public key."""
    point: str = _sm2(b"")._kg(private, default_ecc_table["g"])  # noqa: SLF001 - no public way
    return bytes.fromhex(point)


def _sm2(public_key: bytes, private: int = 0) -> CryptSM2:
    """Return the library's SM2 with these keys, signing in DER.

    The public key is set directly: the constructor strips leading zeros and fours.
    """
    sm2 = CryptSM2(private_key=f"{private:064x}", public_key="", mode=1, asn1=True)
    sm2.public_key = public_key.hex()
    return sm2


def _wide(value: bytes) -> bytes:
    """Return a number in the form of SKF structures: 64 bytes, right-aligned."""
    return value.rjust(POINT, b"\x00")


def _der(tag: int, value: bytes) -> bytes:
    length = len(value)
    if length < 0x80:
        return bytes([tag, length]) + value
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, "big") + value


def _sequence(*parts: bytes) -> bytes:
    return _der(0x30, b"".join(parts))


def _oid(value: str) -> bytes:
    return _der(0x06, bytes.fromhex(value))


def _name(attribute: str, text: str) -> bytes:
    return _der(0x31, _sequence(_oid(attribute), _der(0x0C, text.encode())))


def _time(moment: dt.datetime) -> bytes:
    utc = moment.astimezone(dt.UTC)
    return _der(0x17, utc.strftime("%y%m%d%H%M%SZ").encode())


def _critical(oid: str, value: bytes) -> bytes:
    return _sequence(_oid(oid), _der(0x01, b"\xff"), _der(0x04, value))


#: Issuer of every certificate, and the root's own name.
ISSUER: Final = _sequence(_name(OID_COMMON_NAME, "仿真省社会保障卡CA"))


@functools.cache
def _self_signed(authority: CertificateAuthority) -> bytes:
    """Sign the root once: an SM2 signature contains a random number, and a root must not change."""
    extensions = [(OID_BASIC_CONSTRAINTS, IS_CA), (OID_KEY_USAGE, ISSUING)]
    return authority._signed(ISSUER, authority.root(), ROOT_VALID, extensions)  # noqa: SLF001 - its own
