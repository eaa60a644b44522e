"""Reports that go to the data centre as a file, and the receipts that come back.

They cover days without network: failed write-backs (回盘失败) that must be reported to the province
by hand. Source: the window procedure of 新乡 2017, 5.1 (数据中心).
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from station.core.gateways import IssuanceReport


@dataclass(frozen=True, slots=True)
class ReportParcel:
    """Content of one file for the data centre.

    Attributes:
        id: Id of the file; receipts refer to it.
        made_at: UTC.
        reports: Order id and report, in the order in which the data centre must process them.
    """

    id: str
    made_at: dt.datetime
    reports: Sequence[tuple[str, IssuanceReport]]


class ReceiptResult(enum.StrEnum):
    """The data centre's verdict on one report."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  #: the province already had exactly this report
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """The result for one report.

    Attributes:
        order: Order id.
        outcome: `issued` or `spoiled`: an order may owe both.
        result: The data centre's verdict.
        reason: Why it is refused, in the data centre's words.
    """

    order: str
    outcome: str
    result: ReceiptResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptParcel:
    """Content of one file of receipts.

    Attributes:
        id: Id of this file.
        parcel: Id of the `ReportParcel` that it answers.
        receipts: One for each report.
    """

    id: str
    parcel: str
    receipts: Sequence[Receipt]


class ParcelOffice(Protocol):
    """Seals files for the data centre, and opens files that come from there."""

    def seal_reports(self, parcel: ReportParcel) -> str:
        """Return the file's text: only the data centre can read it, and can verify its sender.

        Raises:
            ConfigError: A key file can't be used.
        """
        ...

    def open_receipts(self, text: str) -> ReceiptParcel:
        """Verify sender and recipient of a file of receipts, and return its content.

        Raises:
            ParcelError: Damaged, forged, for another station, or of an unknown version.
            ConfigError: A key file can't be used.
        """
        ...

    def station_key(self) -> str:
        """Return this station's public key (PEM), which the data centre must know.

        Raises:
            ConfigError: The key file can't be used.
        """
        ...
