"""Reads the results of a batch as the data centre does, and answers with a receipt."""

from __future__ import annotations

import base64
import io
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey


def read_result(content: bytes, opening: Path, station_key: str) -> dict[str, Any]:
    """Return header, contact and rows of a station's file.

    Raises:
        InvalidSignature: The station did not sign it.
        TypeError: A key is of another kind.
    """
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        header = packed.read("result.json")
        sealed, signature = packed.read("rows.json.sealed"), packed.read("signature")
    station = serialization.load_pem_public_key(station_key.encode())
    key = serialization.load_pem_private_key(opening.read_bytes(), None)
    if not isinstance(station, Ed25519PublicKey) or not isinstance(key, X25519PrivateKey):
        raise TypeError("a key of another kind")
    station.verify(signature, header + b"\n" + sealed)
    suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
    told: dict[str, Any] = json.loads(suite.decrypt(sealed, key, info=header))
    return {**json.loads(header), **told}


def receipt(result: Mapping[str, Any], refused: Mapping[int, str], signing: Path) -> str:
    """Return the text of a receipt for a part; `refused` is 序号 -> the reason.

    Raises:
        TypeError: The key is of another kind.
    """
    key = serialization.load_pem_private_key(signing.read_bytes(), None)
    if not isinstance(key, Ed25519PrivateKey):
        raise TypeError("a key of another kind")
    kept = ("station", "station_key", "batch", "part")
    header = {"form": "card-station-result-receipt", "version": 1}
    header |= {name: result[name] for name in kept}
    body = json.dumps([{"line": line, "reason": reason} for line, reason in refused.items()])
    lines = json.dumps(header, sort_keys=True, separators=(",", ":"))
    signed = f"{lines}\n{base64.b64encode(body.encode()).decode()}\n"
    return f"{signed}{base64.b64encode(key.sign(signed.encode())).decode()}\n"
