"""Reports that go to the data centre as a file, and the receipts that come back.

For days without network: 回盘失败 that the province must be told of by hand. Source: the window
procedure of 新乡 2017, 5.1 (数据中心).
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
    """What one file tells the data centre.

    Attributes:
        id: Of the file; receipts name it.
        made_at: UTC.
        reports: Order id and report, in the order in which they count.
    """

    id: str
    made_at: dt.datetime
    reports: Sequence[tuple[str, IssuanceReport]]


class ReceiptResult(enum.StrEnum):
    """The data centre's word on one report."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"  #: the province had this very report already
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of one report.

    Attributes:
        order: Order id.
        outcome: `issued` or `spoiled`: an order may owe both.
        result: The data centre's word.
        reason: Why it is refused, in its own words.
    """

    order: str
    outcome: str
    result: ReceiptResult
    reason: str = ""


@dataclass(frozen=True, slots=True)
class ReceiptParcel:
    """What one file of receipts says.

    Attributes:
        id: Of this file.
        parcel: The `ReportParcel` it answers.
        receipts: One for each report.
    """

    id: str
    parcel: str
    receipts: Sequence[Receipt]


class ParcelOffice(Protocol):
    """Seals what leaves for the data centre, and opens what comes from there."""

    def seal_reports(self, parcel: ReportParcel) -> str:
        """Return the file's text: only the data centre can read it, and sees that it is ours.

        Raises:
            ConfigError: A key file can't be used.
        """
        ...

    def open_receipts(self, text: str) -> ReceiptParcel:
        """Check whom receipts come from and whom they are for, and return them.

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
