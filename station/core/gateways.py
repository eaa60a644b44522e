"""The province: what the station asks of it, whatever its dialect."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest, ChipData
from station.core.certificates import CertificateData, CertificateRequest
from station.core.secrets import BankNumber


@dataclass(frozen=True, slots=True)
class ProductionData:
    """What the province gives for one person's card. Personal data: never log it.

    Attributes:
        chip: What goes onto the chip (and, in part, onto the face).
        batch: 批次号.
        AAE008: Bank code of the person's card, such as `95533`.
        bank_name: The bank's name for the operator's comparison.
        AAB301: 发卡地, six digits.
        issuer: 经办机构, as printed on the back.
        photo_jpeg: The portrait as the province holds it.
    """

    chip: ChipData = field(repr=False)
    batch: str
    AAE008: str
    bank_name: str
    AAB301: str
    issuer: str
    photo_jpeg: bytes = field(repr=False)


class ReportOutcome(enum.StrEnum):
    """What happened to the blank."""

    ISSUED = "issued"
    SPOILED = "spoiled"


@dataclass(frozen=True, slots=True)
class IssuanceReport:
    """One write-back (数据回盘). Personal data and a full bank number: never log it.

    Attributes:
        outcome: Finished or spoiled.
        batch: 批次号.
        AAC002: 社会保障号码.
        AAC003: 姓名.
        AAZ500: 卡号.
        AAZ501: 卡识别码, read from the chip.
        AAZ507: 卡复位信息, read from the chip.
        AAZ503: 制卡日期, YYYYMMDD.
        valid_until: 有效期至, YYYYMMDD.
        bank_number: Read from the chip.
        failed_step: 失败环节, only when spoiled: a `FailedStep`.
        failure: 失败原因, at most 50 bytes in GBK, only when spoiled.
    """

    outcome: ReportOutcome
    batch: str
    AAC002: str = field(repr=False)
    AAC003: str = field(repr=False)
    AAZ500: str = field(repr=False)
    AAZ501: str
    AAZ507: str
    AAZ503: str
    valid_until: str
    bank_number: BankNumber | None
    failed_step: str = ""
    failure: str = ""


class FailedStep(enum.StrEnum):
    """失败环节: where a card was spoiled. Each gateway has its own words for them."""

    BANK = "bank"
    MAKING = "making"


class ProvinceGateway(Protocol):
    """What the production workflow may ask of any province.

    Every call may raise `GatewayUnavailableError` (no answer; what was asked may have happened),
    `GatewayAnswerError` (an answer that says neither done nor refused; what was asked may have
    happened), `GatewayRejectedError` (answered and refused, with the reason: the dialect lists this
    very answer as a refusal), `RemoteProtocolError` (an answer that breaks the dialect) and
    `LocalProtocolError` (a value that the dialect can't carry; nothing was sent). No call retries
    by itself.
    """

    @property
    def address(self) -> str:
        """The province's address without credentials, for people."""
        ...

    def check_link(self) -> None:
        """Ask for something harmless, to see whether the province answers."""
        ...

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        """Fetch data and photo for a person whose application is marked for instant issue.

        May open a batch at the province and lock it to this window; asking again gives the same
        batch.
        Rejections name the missing precondition: reported lost, applied for, fee, mark.
        """
        ...

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        """Have the HSM compute 鉴别数据; returns it followed by 原始信息 (16 bytes)."""
        ...

    def protect(self, request: MaintenanceRequest) -> bytes:
        """Have the HSM hide a PIN and add the MAC; returns the whole command for the card."""
        ...

    def certify(self, request: CertificateRequest) -> CertificateData:
        """Have the province's CA issue both certificates for one card's own key.

        Registers them at the province; asking again for the same key gives the same ones.
        """
        ...

    def report(self, report: IssuanceReport) -> str:
        """Send the write-back; returns the province's acknowledgement text.

        Not idempotent at every province: ask `find_report` first when an earlier try had no answer.
        """
        ...

    def find_report(self, report: IssuanceReport) -> bool:
        """Whether the province holds this very write-back already. Changes nothing."""
        ...

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        """领卡启用. Safe to repeat: an active card answers that it is active."""
        ...

    def recent_exchanges(self) -> list[str]:
        """The last exchanges: operation, duration, result; no data. For the diagnostics page."""
        ...

    def close(self) -> None:
        """Release connections. Safe to call twice."""
        ...


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """What a gateway needs from the site's configuration.

    Attributes:
        url: The service's address.
        user: Login name of the window.
        password: Its password; never shown.
        region: AAB301 of the window.
        timeout: Seconds for one whole exchange.
        ca_file: Root certificates that are trusted besides the built-in ones.
        qualified: Whether the service expects its arguments in its own namespace.
    """

    url: str
    user: str
    password: str
    region: str
    timeout: float
    ca_file: Path | None = None
    qualified: bool = False

    def __repr__(self) -> str:
        return f"GatewaySettings(url={self.url!r}, user=***, password=***, region={self.region!r})"


@dataclass(frozen=True, slots=True)
class GatewayFamily:
    """What a sub-package of station.gateways exports as GATEWAY.

    Attributes:
        name: The folder name; config/ refers to the gateway by it.
        title: The province or dialect, for people.
        open: Makes a client. Does not need the province to answer yet.
        unverified: Facts about this dialect that were never seen at a real province.
    """

    name: str
    title: str
    open: Callable[[GatewaySettings], ProvinceGateway]
    unverified: tuple[str, ...] = ()
