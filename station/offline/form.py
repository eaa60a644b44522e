"""The form of a parcel: three lines of text, header, body and signature. Pure.

    {"form":"card-station-reports","version":1,"station":"window-1",...}   canonical JSON, ASCII
    <body, base64>
    <Ed25519 over the two lines before, base64>

The header is readable without a key, contains nothing about a person, and is bound to the body: by
the signature, and for reports as HPKE's `info` too. Source: docs/decisions/0008-offline-reports.md.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from station.core.errors import ParcelError

REPORTS: Final = "card-station-reports"
RECEIPTS: Final = "card-station-receipts"
VERSION: Final = 1
#: Far above a year of a busy window; prevents reading a large file of another kind into memory.
MOST_CHARACTERS: Final = 64_000_000


@dataclass(frozen=True, slots=True)
class Lines:
    """The parts of a parcel; only its form was checked.

    Attributes:
        header: Fields of the first line.
        signed: The bytes that are signed.
        body: Decoded.
        signature: Decoded.
    """

    header: Mapping[str, Any]
    signed: bytes
    body: bytes
    signature: bytes


def header_line(fields: Mapping[str, object]) -> str:
    """Return a header in the form that is signed."""
    return json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)


def signed_part(header: str, body: bytes) -> bytes:
    """Return the two lines that are signed."""
    return f"{header}\n{base64.b64encode(body).decode()}\n".encode()


def put_together(signed: bytes, signature: bytes) -> str:
    """Return the text of a file."""
    return f"{signed.decode()}{base64.b64encode(signature).decode()}\n"


def take_apart(text: str, form: str) -> Lines:
    """Undo `put_together`.

    Raises:
        ParcelError: A file of another form, or of an unknown version.
    """
    lines = text.strip().splitlines() if len(text) <= MOST_CHARACTERS else []
    if len(lines) != 3:
        raise ParcelError("expected three lines", code="parcel-damaged")
    try:
        header = json.loads(lines[0])
        body, signature = (base64.b64decode(line, validate=True) for line in lines[1:])
    except (ValueError, binascii.Error, RecursionError) as exc:
        raise ParcelError("no header, or no base64", code="parcel-damaged") from exc
    if not isinstance(header, dict) or header.get("form") != form:
        raise ParcelError(f"not a file of the form {form}", code="parcel-damaged")
    if header.get("version") != VERSION:
        raise ParcelError(
            f"version {header.get('version')!r}, this station knows {VERSION}",
            code="parcel-of-other-version",
        )
    return Lines(header, f"{lines[0]}\n{lines[1]}\n".encode(), body, signature)
