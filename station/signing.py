"""Signatures and sealed texts between a window and central.

A window has one Ed25519 key, its identity, and one X25519 key, to which central seals the numbers
of people; central has an Ed25519 key. Keys travel as 32 raw bytes in base64. A sealed text is the
ephemeral public key (32 bytes), then AES-256-GCM under HKDF-SHA256 of the shared secret; both
public keys and the context go into the derivation, so a text that was sealed for one window and
purpose opens for no other. The key is used once, so the nonce is fixed.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from station.core.errors import FleetMessageError
from station.core.fleet import Message, Signed, signed_bytes

KEY_BYTES: Final = 32
NONCE: Final = bytes(12)
M = TypeVar("M", bound=Message)


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """The private keys of a window; central uses only the first one. `repr` shows nothing.

    Attributes:
        signing: Ed25519.
        sealing: X25519.
    """

    signing: Ed25519PrivateKey
    sealing: X25519PrivateKey

    @classmethod
    def new(cls) -> Self:
        """Make new keys."""
        return cls(Ed25519PrivateKey.generate(), X25519PrivateKey.generate())

    @classmethod
    def from_bytes(cls, stored: bytes) -> Self:
        """Read what `to_bytes` wrote.

        Raises:
            FleetMessageError: It has another length.
        """
        if len(stored) != 2 * KEY_BYTES:
            raise FleetMessageError(f"an identity has {2 * KEY_BYTES} bytes, not {len(stored)}")
        return cls(
            Ed25519PrivateKey.from_private_bytes(stored[:KEY_BYTES]),
            X25519PrivateKey.from_private_bytes(stored[KEY_BYTES:]),
        )

    def to_bytes(self) -> bytes:
        """Return both private keys. Keep them sealed."""
        return self.signing.private_bytes_raw() + self.sealing.private_bytes_raw()

    @property
    def signing_key(self) -> str:
        """The public key that its signatures are checked with."""
        return _text(self.signing.public_key().public_bytes_raw())

    @property
    def sealing_key(self) -> str:
        """The public key that texts are sealed to."""
        return _text(self.sealing.public_key().public_bytes_raw())

    def sign(self, kind: str, to: str, body: bytes) -> Signed:
        """Return a message with a signature."""
        text = body.decode()
        return Signed(kind, to, text, _text(self.signing.sign(signed_bytes(kind, to, text))))

    def open(self, sealed: str, *, context: str) -> bytes:
        """Return what was sealed for this window.

        Raises:
            FleetMessageError: It was sealed for another, for another purpose, or was changed.
        """
        content = _bytes(sealed, "a sealed text")
        try:
            ephemeral = X25519PublicKey.from_public_bytes(content[:KEY_BYTES])
            own = self.sealing.public_key()
            key = _derived(self.sealing, ephemeral, ephemeral, own, context)
            return AESGCM(key).decrypt(NONCE, content[KEY_BYTES:], context.encode())
        except (InvalidTag, ValueError) as exc:
            raise FleetMessageError(f"{context}: sealed for another, or changed") from exc


def seal(clear: bytes, sealing_key: str, *, context: str) -> str:
    """Seal a text for the window that has the private key; `context` is bound to it.

    Raises:
        FleetMessageError: That is no public key.
    """
    receiver = X25519PublicKey.from_public_bytes(_raw_key(sealing_key))
    once = X25519PrivateKey.generate()
    ephemeral = once.public_key()
    key = _derived(once, receiver, ephemeral, receiver, context)
    return _text(ephemeral.public_bytes_raw() + AESGCM(key).encrypt(NONCE, clear, context.encode()))


def verify(message: Signed, signing_key: str) -> bytes:
    """Return the body of a message whose signature is right.

    Raises:
        FleetMessageError: It is not, or that is no public key.
    """
    key = Ed25519PublicKey.from_public_bytes(_raw_key(signing_key))
    signature = _bytes(message.signature, "a signature")
    try:
        key.verify(signature, signed_bytes(message.kind, message.to, message.body))
    except InvalidSignature as exc:
        raise FleetMessageError(f"{message.kind} to {message.to}: a wrong signature") from exc
    return message.body.encode()


def read_signed(body: bytes, of: type[M], party: str, signing_key: str) -> M:
    """Return the message of this class that was signed for a station, or by it.

    Raises:
        FleetMessageError: It is of another form, class or station, or its signature is wrong.
    """
    signed = Signed.from_json(body)
    if (signed.kind, signed.to) != (of.__name__, party):
        raise FleetMessageError(f"{signed.kind} to {signed.to}, not {of.__name__} to {party}")
    return of.from_json(verify(signed, signing_key))


def _derived(
    private: X25519PrivateKey,
    peer: X25519PublicKey,
    ephemeral: X25519PublicKey,
    receiver: X25519PublicKey,
    context: str,
) -> bytes:
    bound = ephemeral.public_bytes_raw() + receiver.public_bytes_raw() + context.encode()
    return HKDF(SHA256(), KEY_BYTES, None, bound).derive(private.exchange(peer))


def _raw_key(text: str) -> bytes:
    content = _bytes(text, "a key")
    if len(content) != KEY_BYTES:
        raise FleetMessageError(f"a key has {KEY_BYTES} bytes in base64, not {len(content)}")
    return content


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()


def _bytes(text: str, what: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise FleetMessageError(f"{what} is base64") from exc
