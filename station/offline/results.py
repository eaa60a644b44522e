"""Results of a batch for the data centre: a zip sealed to its key and signed by this station.

    result.json           canonical JSON: form, version, batch, unit, part, count, station, keys
    rows.json.sealed      HPKE to the data centre's key; `info` is the text of result.json
    signature             Ed25519 over result.json, a line feed and the sealed bytes

A receipt has the three lines of decision 8 and is signed by the data centre. Neither form was ever
seen by a real data centre: `unverified`.

Source: docs/decisions/0008-offline-reports.md, document 001 (`1111011out_1.zip`).
"""

from __future__ import annotations

import io
import json
import zipfile
from typing import Final

from station.core.errors import ParcelError
from station.core.packages import ResultFile, ResultReceipt
from station.offline import form
from station.offline.sealing import SUITE, SealedOffice, fingerprint

RESULT: Final = "card-station-result"
RECEIPT: Final = "card-station-result-receipt"


class SealedResults:
    """Implements `ResultOffice`."""

    def __init__(self, station: str, office: SealedOffice | None) -> None:
        """Use the keys of the office; None where the site has no data centre."""
        self._station = station
        self._office = office

    def seal_result(self, result: ResultFile) -> bytes:
        """See `ResultOffice.seal_result`."""
        office = self._required()
        key, recipient = office.signing_key(), office.recipient()
        header = form.header_line(
            {
                "form": RESULT,
                "version": form.VERSION,
                "station": self._station,
                "station_key": fingerprint(key.public_key()),
                "data_centre_key": fingerprint(recipient),
                "batch": result.batch,
                "unit": result.unit,
                "part": result.part,
                "made_at": result.made_at,
                "count": len(result.rows),
            }
        )
        told = {"contact": list(result.contact), "rows": [dict(row) for row in result.rows]}
        clear = json.dumps(told, ensure_ascii=False).encode()
        sealed = SUITE.encrypt(clear, recipient, info=header.encode())
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as packed:
            packed.writestr("result.json", header)
            packed.writestr("rows.json.sealed", sealed)
            packed.writestr("signature", key.sign(header.encode() + b"\n" + sealed))
        return file.getvalue()

    def open_result_receipt(self, text: str) -> ResultReceipt:
        """See `ResultOffice.open_result_receipt`."""
        header, body = self._required().open_signed(text, RECEIPT)
        try:
            refused = {int(one["line"]): str(one["reason"]) for one in json.loads(body)}
            return ResultReceipt(str(header["batch"]), int(header["part"]), refused)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as exc:
            raise ParcelError("a receipt lacks a field", code="parcel-damaged") from exc

    def _required(self) -> SealedOffice:
        if self._office is None:
            raise ParcelError("data_centre.keys is not set", code="data-centre-not-configured")
        return self._office
