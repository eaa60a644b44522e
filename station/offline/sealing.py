"""The station's side: seals reports to the data centre's key, opens receipts that it signed.

Reports: HPKE (RFC 9180, base mode; X25519, HKDF-SHA256, AES-256-GCM) to the data centre's key, then
signed with the station's Ed25519 key, which is created at first use and stays on this PC. Receipts
contain nothing about a person; they are signed by the data centre.
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from station.core.errors import ConfigError, ParcelError
from station.core.gateways import IssuanceReport
from station.core.offline import Receipt, ReceiptParcel, ReceiptResult, ReportParcel
from station.offline import form
from station.offline.key_files import signing_key_in

#: Our word for 失败环节 -> the file's term; see `terms.toml`.
_FAILED_STEPS: Final[Mapping[str, str]] = tomllib.loads(
    Path(__file__).with_name("terms.toml").read_text(encoding="utf-8")
)["failed_step"]
PEM_END: Final = "-----END PUBLIC KEY-----"
SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


class SealedOffice:
    """Files that one window exchanges with the data centre. See `ParcelOffice`."""

    def __init__(self, station: str, key_file: Path, centre_keys: Path) -> None:
        """Store the paths of key files; they are read when they are needed.

        Args:
            station: Name of this window.
            key_file: Its signing key; created when it does not exist.
            centre_keys: The data centre's public keys: one X25519 and one Ed25519, PEM.
        """
        self._station = station
        self._key_file = key_file
        self._centre_keys = centre_keys

    def seal_reports(self, parcel: ReportParcel) -> str:
        """See `ParcelOffice.seal_reports`."""
        key, (recipient, _) = self.signing_key(), self._public_keys()
        header = form.header_line(
            {
                "form": form.REPORTS,
                "version": form.VERSION,
                "station": self._station,
                "station_key": fingerprint(key.public_key()),
                "data_centre_key": fingerprint(recipient),
                "parcel": parcel.id,
                "made_at": parcel.made_at.isoformat(timespec="seconds"),
                "count": len(parcel.reports),
            }
        )
        lines = [_fields(order, report) for order, report in parcel.reports]
        clear = json.dumps(lines, ensure_ascii=False).encode()
        signed = form.signed_part(header, SUITE.encrypt(clear, recipient, info=header.encode()))
        return form.put_together(signed, key.sign(signed))

    def open_receipts(self, text: str) -> ReceiptParcel:
        """See `ParcelOffice.open_receipts`."""
        return _receipts(*self.open_signed(text, form.RECEIPTS))

    def open_signed(self, text: str, wanted: str) -> tuple[Mapping[str, Any], bytes]:
        """Return header and body of a file that the data centre has signed for this station.

        Raises:
            ParcelError: Damaged, forged, for another station, of another form or version.
            ConfigError: A key file can't be used.
        """
        lines = form.take_apart(text, wanted)
        _, signer = self._public_keys()
        try:
            signer.verify(lines.signature, lines.signed)
        except InvalidSignature as exc:
            raise ParcelError("not signed by the data centre", code="parcel-forged") from exc
        own = {
            "station": self._station,
            "station_key": fingerprint(self.signing_key().public_key()),
        }
        if {name: lines.header.get(name) for name in own} != own:
            raise ParcelError("for another station", code="parcel-of-other-station")
        return lines.header, lines.body

    def recipient(self) -> X25519PublicKey:
        """Return the data centre's key for sealing.

        Raises:
            ConfigError: The key file can't be used.
        """
        return self._public_keys()[0]

    def station_key(self) -> str:
        """See `ParcelOffice.station_key`."""
        public = self.signing_key().public_key()
        return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def signing_key(self) -> Ed25519PrivateKey:
        """Return this station's own key; it is created at its first use.

        Raises:
            ConfigError: The key file can't be used.
        """
        return signing_key_in(self._key_file)

    def _public_keys(self) -> tuple[X25519PublicKey, Ed25519PublicKey]:
        where = f"data_centre.keys {self._centre_keys}"
        try:
            blocks = self._centre_keys.read_text(encoding="ascii").split(PEM_END)[:-1]
            keys = [load_pem_public_key(f"{block}{PEM_END}\n".encode()) for block in blocks]
        except OSError as exc:
            raise ConfigError(f"{where}: {exc.strerror}") from exc
        except ValueError as exc:
            raise ConfigError(f"{where}: not public keys in PEM") from exc
        sealing = [key for key in keys if isinstance(key, X25519PublicKey)]
        signing = [key for key in keys if isinstance(key, Ed25519PublicKey)]
        if (len(keys), len(sealing), len(signing)) != (2, 1, 1):
            raise ConfigError(f"{where}: expected one X25519 and one Ed25519 public key")
        return sealing[0], signing[0]


def fingerprint(key: Ed25519PublicKey | X25519PublicKey) -> str:
    """Return the first half of a public key's SHA-256, in hex."""
    raw = key.public_bytes(Encoding.Raw, PublicFormat.Raw)
    return hashlib.sha256(raw).hexdigest()[:32]


def _fields(order: str, report: IssuanceReport) -> dict[str, str]:
    number = report.bank_number
    return {
        "order": order,
        "outcome": report.outcome.value,
        "batch": report.batch,
        "AAC002": report.AAC002,
        "AAC003": report.AAC003,
        "AAZ500": report.AAZ500,
        "AAZ501": report.AAZ501,
        "AAZ507": report.AAZ507,
        "AAZ503": report.AAZ503,
        "valid_until": report.valid_until,
        "bank_number": "" if number is None else number.reveal(),
        "failed_step": _FAILED_STEPS.get(report.failed_step, report.failed_step),
        "failure": report.failure,
        "agent_number": report.agent_number,
        "agent_name": report.agent_name,
    }


def _receipts(header: Mapping[str, Any], body: bytes) -> ReceiptParcel:
    try:
        receipts = tuple(
            Receipt(
                order=str(line["order"]),
                outcome=str(line["outcome"]),
                result=ReceiptResult(line["result"]),
                reason=str(line.get("reason", "")),
            )
            for line in json.loads(body)
        )
        return ReceiptParcel(str(header["receipt"]), str(header["parcel"]), receipts)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
        raise ParcelError("a receipt lacks a field", code="parcel-damaged") from exc
