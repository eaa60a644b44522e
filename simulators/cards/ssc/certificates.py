"""What the certificate application of one card keeps besides its files: PINs, 主控密钥, key pairs.

Source: two vendors' writers of 3.00 cards; see `layouts/certificates`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from simulators.cards.ssc import sm2, sm4
from simulators.cards.ssc.bank import encode_number
from simulators.cards.ssc.files import BinaryFile, Directory, make_file
from simulators.cards.ssc.layout import CertificateLayout
from simulators.cards.ssc.secret import Secret, StoredSecret, seal
from simulators.cards.ssc.sm3 import digest
from simulators.cards.ssc.tlv import encode_ber
from simulators.master_keys import TransportValues

DIRECTORY: Final = "PKI"
APPLICATION: Final = "CERT"
PUBLIC_KEY: Final = 0xCA  # tag


@dataclass(slots=True)
class Certificates:
    """Permanent state of the certificate application.

    Attributes:
        user_pin: Its value is the key that a PIN makes.
        admin_pin: Its value is the key that the administrator PIN makes.
        masters: 主控密钥 by title of the directory.
        admin_change_keys: See `CertificateLayout`.
        signing_key: Private key for signatures, made on the card.
        decryption_key: Private key for encryption, imported; empty without one.
    """

    user_pin: StoredSecret
    admin_pin: StoredSecret
    masters: dict[str, StoredSecret]
    admin_change_keys: tuple[str, ...]
    signing_key: bytes = field(repr=False)
    decryption_key: bytes = field(default=b"", repr=False)

    def secrets(self) -> Iterator[Secret]:
        """Yield everything that has a retry counter."""
        yield self.user_pin
        yield self.admin_pin
        yield from self.masters.values()

    def sealed(self, seed: bytes) -> dict[str, str]:
        """Return every secret value for the image, hidden under the card's seed."""
        values = {secret.name: secret.value for secret in self._stored()}
        values |= {"SIGNING": self.signing_key, "DECRYPTION": self.decryption_key}
        return {name: seal(seed, name, value).hex().upper() for name, value in values.items()}

    def unseal(self, seed: bytes, sealed: dict[str, str]) -> None:
        """Take what `sealed` gave.

        Raises:
            KeyError: A value is missing.
        """
        values = {name: seal(seed, name, bytes.fromhex(text)) for name, text in sealed.items()}
        for secret in self._stored():
            secret.value = values[secret.name]
        self.signing_key, self.decryption_key = values["SIGNING"], values["DECRYPTION"]

    def _stored(self) -> Iterator[StoredSecret]:
        yield from (self.user_pin, self.admin_pin, *self.masters.values())


def key_of_pin(pin: bytes) -> bytes:
    """Return the SM4 key that a PIN, given as BCD bytes, makes."""
    return digest(pin)[: sm4.BLOCK_SIZE]


def master_name(title: str) -> str:
    """Return the name under which a proof of this directory's 主控密钥 is recorded."""
    return f"MASTER-{title}"


def make_certificates(
    layout: CertificateLayout, values: TransportValues, seed: bytes
) -> Certificates:
    """Return the state as the card maker leaves it, with a key pair for signatures."""
    user, admin = encode_number(values.user_pin), encode_number(values.admin_pin)
    masters = {DIRECTORY: values.ddf_master_key, APPLICATION: values.adf_master_key}
    return Certificates(
        user_pin=StoredSecret("USER-PIN", layout.pin_tries, key_of_pin(user)),
        admin_pin=StoredSecret("ADMIN-PIN", layout.pin_tries, key_of_pin(admin)),
        masters={
            title: StoredSecret(master_name(title), layout.key_tries, key)
            for title, key in masters.items()
        },
        admin_change_keys=layout.admin_change_keys,
        signing_key=sm2.private_from(seed + b"signing"),
    )


def certificate_directories(
    layout: CertificateLayout, signing_key: bytes
) -> tuple[Directory, Directory]:
    """Return the PKI directory and the certificate application, with the public key in it."""
    name = layout.directory_name.encode("gbk")
    fci = encode_ber(0x6F, encode_ber(0x84, name), bytes.fromhex(layout.directory_fci))
    files = tuple(make_file(file, {}) for file in layout.file)
    first = files[0]
    if not isinstance(first, BinaryFile):
        raise TypeError("the first file of the certificate application holds the public key")
    first.replace(0, encode_public(sm2.public_of(signing_key)))
    inner = layout.application_name.encode("ascii")
    application = Directory(
        title=APPLICATION,
        name=inner,
        fci=encode_ber(0x6F, encode_ber(0x84, inner)),
        files=files,
        file_id=layout.application_id,
        parent=DIRECTORY,
    )
    return Directory(DIRECTORY, name, fci), application


def encode_public(public: bytes) -> bytes:
    """Return a public key as its file holds it."""
    return encode_ber(PUBLIC_KEY, public)
