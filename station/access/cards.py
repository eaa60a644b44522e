"""Operators' cards: a certificate is bound to a person, and the card proves that it has the key.

The card is read, its certificate must be bound and valid now, the holder's PIN goes to the card,
and the card signs a challenge that was made a moment before and is never used again. The signature
is checked with the certificate that was bound, not with the one that the card shows.

Source: RFC 5280 (validity); FIPS 186-5 (ECDSA); RFC 8017, 9.2 (EMSA-PKCS1-v1_5), as NIST
    SP 800-78-5 allows for authentication. Whether the issuer has revoked a certificate is not
    asked: the administrator unbinds the card or disables its holder.
"""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

from station.access.store import Store
from station.core.errors import InputError
from station.core.errors.doors import (
    LoginBusyError,
    OperatorCardExpiredError,
    OperatorCardReaderError,
    OperatorCardRefusedError,
    OperatorCardUnknownError,
    OperatorKnownError,
    OperatorUnknownError,
)
from station.core.operator_cards import CardKey, OperatorCard, OperatorCardReader

#: Signed together with the challenge, so that a signature for another purpose is none for us.
PURPOSE: Final = b"card station login 1\x00"
CHALLENGE_BYTES: Final = 32
PATIENCE: Final = 5.0  #: seconds until a login is refused because the reader serves another one
_RSA: Final = {2048: CardKey.RSA_2048, 3072: CardKey.RSA_3072}
#: DigestInfo of SHA-256, RFC 8017, 9.2, note 1.
_SHA256_INFO: Final = bytes.fromhex("3031300d060960864801650304020105000420")

_DER: Final = serialization.Encoding.DER


@dataclass(frozen=True, slots=True)
class BoundCard:
    """A card of an operator, as shown to an administrator.

    Attributes:
        fingerprint: SHA-256 of its certificate.
        operator: Whose it is.
        valid_until: Wall time.
        bound_at: Wall time.
        bound_by: Who has bound it.
        used_at: Wall time of the last login; empty for never.
    """

    fingerprint: str
    operator: str
    valid_until: str
    bound_at: str
    bound_by: str
    used_at: str


class Cards:
    """The cards of a station's operators, and the reader for them. Thread-safe."""

    def __init__(self, store: Store, reader: OperatorCardReader | None) -> None:
        self._store = store
        self._reader = reader
        self._reading = threading.Lock()

    @property
    def has_reader(self) -> bool:
        """Whether the site has a reader for operators' cards."""
        return self._reader is not None

    # -- for an administrator ------------------------------------------------------------------

    def bind(self, name: str, certificate: bytes, *, by: str) -> BoundCard:
        """Have a certificate (DER or PEM) stand for a person, beside those bound before.

        Raises:
            InputError: It is no certificate, or its key is of no usable kind.
            OperatorUnknownError: There is no such operator.
            OperatorKnownError: The card is bound already.
        """
        read = _parsed(certificate)
        _key_kind(read)
        fingerprint = read.fingerprint(hashes.SHA256()).hex()
        with self._store.change():
            if not self._store.one("SELECT 1 FROM operators WHERE name = ?", name):
                raise OperatorUnknownError("there is no such operator")
            if self._store.one("SELECT 1 FROM cards WHERE fingerprint = ?", fingerprint):
                raise OperatorKnownError("the card is bound already")
            self._store.run(
                "INSERT INTO cards (fingerprint, operator, certificate, bound_at, bound_by)"
                " VALUES (?, ?, ?, ?, ?)",
                fingerprint,
                name,
                read.public_bytes(_DER),
                self._store.today(),
                by,
            )
            self._store.note(by, "card-bound", {"operator": name, "card": fingerprint})
        return next(one for one in self.all() if one.fingerprint == fingerprint)

    def bind_inserted(self, name: str, pin: str, *, by: str) -> BoundCard:
        """Bind the card in the reader, after it has proven that it holds the certificate's key.

        Raises:
            OperatorCardError: There is no usable card, or the PIN is wrong.
            OperatorKnownError: See `bind`; also `OperatorUnknownError`.
        """
        with self._session() as card:
            shown = card.certificate()
            self._prove_key(card, _certificate_of(shown), pin, spare_last_try=True)
        return self.bind(name, shown, by=by)

    def unbind(self, fingerprint: str, *, by: str) -> BoundCard:
        """Let a card in no more: lost, or not this person's any longer.

        Args:
            fingerprint: The first digits of it, at least eight.
            by: Who says so.

        Raises:
            OperatorUnknownError: No card, or several, begin with these digits.
        """
        with self._store.change():
            found = [one for one in self.all() if one.fingerprint.startswith(fingerprint.lower())]
            if len(found) != 1 or len(fingerprint) < 8:
                raise OperatorUnknownError("there is no such card")
            (card,) = found
            self._store.run("DELETE FROM cards WHERE fingerprint = ?", card.fingerprint)
            self._store.note(
                by, "card-unbound", {"operator": card.operator, "card": card.fingerprint}
            )
        return card

    def all(self) -> list[BoundCard]:
        """Return every bound card, by operator."""
        query = "SELECT * FROM cards ORDER BY operator, bound_at"
        return [_bound(row) for row in self._store.all(query)]

    # -- for the person ------------------------------------------------------------------------

    def prove(self, pin: str, *, spare_last_try: bool = True) -> str:
        """Return the operator whose card is in the reader, after the card has signed.

        Raises:
            OperatorCardError: See its subclasses; only a wrong PIN changes anything, on the card.
            LoginBusyError: The reader serves another login.
        """
        with self._session() as card:
            row = self._known(card.certificate())
            bound = _certificate_of(row["certificate"])
            self._require_valid(bound)
            try:
                self._prove_key(card, bound, pin, spare_last_try=spare_last_try)
            except InputError as exc:
                said = {"operator": row["operator"], "card": row["fingerprint"], "code": exc.code}
                self._note(row["operator"], "card-refused", said)
                raise
        self._used(row)
        return str(row["operator"])

    def _known(self, shown: bytes) -> sqlite3.Row:
        fingerprint = _certificate_of(shown).fingerprint(hashes.SHA256()).hex()
        row = self._store.one(
            "SELECT cards.* FROM cards JOIN operators ON operators.name = cards.operator"
            " WHERE fingerprint = ? AND disabled = 0",
            fingerprint,
        )
        if row is None:
            raise OperatorCardUnknownError("the card is bound to nobody who may log in")
        return row

    def _require_valid(self, certificate: x509.Certificate) -> None:
        now = self._store.clock.now()
        if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
            raise OperatorCardExpiredError("the certificate is not valid now")

    def _prove_key(
        self, card: OperatorCard, certificate: x509.Certificate, pin: str, *, spare_last_try: bool
    ) -> None:
        card.verify_pin(pin, spare_last_try=spare_last_try)
        message = PURPOSE + _fresh_challenge()
        key = certificate.public_key()
        signature = card.sign(_key_kind(certificate), block_for(key, message))
        require_signature(key, message, signature)

    def _used(self, row: sqlite3.Row) -> None:
        today = self._store.today()
        with self._store.change():
            self._store.run(
                "UPDATE cards SET used_at = ? WHERE fingerprint = ?", today, row["fingerprint"]
            )
            self._store.run(
                "UPDATE operators SET used_at = ? WHERE name = ?", today, row["operator"]
            )

    def _note(self, actor: str, kind: str, data: dict[str, str]) -> None:
        with self._store.change():
            self._store.note(actor, kind, data)

    @contextmanager
    def _session(self) -> Iterator[OperatorCard]:
        if self._reader is None:
            raise OperatorCardReaderError("the site has no reader for operators' cards")
        if not self._reading.acquire(timeout=PATIENCE):
            raise LoginBusyError("the reader serves another login")
        try:
            with self._reader.session() as card:
                yield card
        finally:
            self._reading.release()

    def close(self) -> None:
        """Release the reader."""
        if self._reader is not None:
            self._reader.close()


def _fresh_challenge() -> bytes:
    return secrets.token_bytes(CHALLENGE_BYTES)


def block_for(key: object, message: bytes) -> bytes:
    """Return what the card is given to sign a message: padded for RSA, a digest for a curve."""
    if isinstance(key, rsa.RSAPublicKey):
        info = _SHA256_INFO + _digest(message, hashes.SHA256())
        room = key.key_size // 8 - len(info) - 3
        return b"\x00\x01" + b"\xff" * room + b"\x00" + info
    return _digest(message, _hash_for(key))


def require_signature(key: object, message: bytes, signature: bytes) -> None:
    """Check that the holder of a key has signed the message.

    Raises:
        OperatorCardRefusedError: It has not.
    """
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), hashes.SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, message, ec.ECDSA(_hash_for(key)))
        else:
            raise OperatorCardRefusedError("a key of no usable kind")
    except InvalidSignature as exc:
        raise OperatorCardRefusedError("the signature does not fit the certificate") from exc


def _hash_for(key: object) -> hashes.SHA256 | hashes.SHA384:
    is_long = isinstance(key, ec.EllipticCurvePublicKey) and key.curve.key_size == 384
    return hashes.SHA384() if is_long else hashes.SHA256()


def _digest(message: bytes, algorithm: hashes.HashAlgorithm) -> bytes:
    made = hashes.Hash(algorithm)
    made.update(message)
    return made.finalize()


def _key_kind(certificate: x509.Certificate) -> CardKey:
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm) as exc:
        raise InputError("the certificate's key can't be read") from exc
    if isinstance(key, rsa.RSAPublicKey) and key.key_size in _RSA:
        return _RSA[key.key_size]
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return CardKey.P_256
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP384R1):
        return CardKey.P_384
    raise InputError("the certificate's key is neither RSA 2048 or 3072 nor P-256 or P-384")


def _parsed(text: bytes) -> x509.Certificate:
    try:
        if text.lstrip().startswith(b"-----BEGIN"):
            return x509.load_pem_x509_certificate(text)
        return x509.load_der_x509_certificate(text)
    except ValueError as exc:
        raise InputError("this is not a certificate") from exc


def _certificate_of(shown: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(shown)
    except ValueError as exc:
        raise OperatorCardRefusedError("what the card shows is not a certificate") from exc


def _bound(row: sqlite3.Row) -> BoundCard:
    until = _certificate_of(row["certificate"]).not_valid_after_utc
    return BoundCard(
        fingerprint=row["fingerprint"],
        operator=row["operator"],
        valid_until=until.isoformat(timespec="seconds"),
        bound_at=row["bound_at"],
        bound_by=row["bound_by"],
        used_at=row["used_at"] or "",
    )
