"""The interface to the province, independent of its dialect."""

from __future__ import annotations

import enum
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol, runtime_checkable

from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest, ChipData
from station.core.certificates import CertificateData, CertificateRequest
from station.core.secrets import BankNumber
from station.core.wire_trace import WireTrace


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
    """What the report states about the card."""

    ISSUED = "issued"
    SPOILED = "spoiled"
    #: 撤销标注: no card was made; the application's mark and its place in the batch are given back.
    CANCELLED = "cancelled"
    #: 临时卡发放: the temporary card that was written is with its holder, or with an agent.
    TEMPORARY = "temporary"


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
        bank_number: PAN, read from the chip.
        failed_step: 失败环节, only when spoiled: a `FailedStep`.
        failure: 失败原因, at most 50 bytes in GBK, only when spoiled.
        agent_number: 代办人's number, only of a temporary card that one has taken; empty for none.
        agent_name: 代办人's name.
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
    agent_number: str = field(default="", repr=False)
    agent_name: str = field(default="", repr=False)


class FailedStep(enum.StrEnum):
    """失败环节: the step at which a card was spoiled. Each gateway maps it to its own terms."""

    BANK = "bank"
    MAKING = "making"


class ProvinceGateway(Protocol):
    """What the production workflow may ask of any province.

    Every call may raise `GatewayUnavailableError` (no answer; the request may have taken effect),
    `GatewayAnswerError` (the answer states neither success nor refusal; the request may have taken
    effect), `GatewayRejectedError` (refused, with the reason: the dialect lists this very answer as
    a refusal), `RemoteProtocolError` (an answer that breaks the dialect) and `LocalProtocolError`
    (a value that the dialect can't carry; nothing was sent). Only a call that changes nothing at
    the province may be repeated by its client, a bounded number of times, and only when no answer
    came (docs/decisions/0019-reads-are-repeated.md).
    """

    @property
    def address(self) -> str:
        """The province's address without credentials, for people."""
        ...

    def check_link(self) -> None:
        """Send a harmless request to test whether the province answers."""
        ...

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        """Fetch data and photo for a person whose application is marked for instant issue.

        May open a batch at the province and lock it to this window; a repeated call returns the
        same batch. Rejections name the missing precondition: loss report, application, fee,
        instant-issue mark.
        """
        ...

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        """Have the HSM compute 鉴别数据; returns it followed by 原始信息 (16 bytes)."""
        ...

    def protect(self, request: MaintenanceRequest) -> bytes:
        """Have the HSM hide a PIN and add the MAC; returns the whole command for the card."""
        ...

    def certify(self, request: CertificateRequest) -> CertificateData:
        """Have the province's CA issue both certificates for the key of one card.

        Registers them at the province; a repeated call for the same key returns the same ones.
        """
        ...

    def report(self, report: IssuanceReport) -> str:
        """Send the write-back; returns the province's acknowledgement text.

        Not idempotent at every province: call `find_report` first when an earlier try had no
        answer.
        """
        ...

    def find_report(self, report: IssuanceReport) -> bool:
        """Whether the province already holds exactly this write-back. Changes nothing."""
        ...

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        """领卡启用. Safe to repeat: for an active card the province answers that it is active."""
        ...

    def recent_exchanges(self) -> list[str]:
        """Return the last exchanges, newest last: operation, duration, result; no data."""
        ...

    def close(self) -> None:
        """Release connections. Safe to call twice."""
        ...


@runtime_checkable
class WithdrawalGateway(Protocol):
    """What a province offers whose dialect can take a cancelled order back; see `ProvinceGateway`.

    The reports have the outcome `cancelled`, and nothing about a chip.
    """

    def withdraw(self, report: IssuanceReport) -> str:
        """撤销标注: give mark and batch lock back; returns the province's acknowledgement.

        Safe to repeat: an application without a mark is acknowledged too.
        """
        ...

    def is_withdrawn(self, report: IssuanceReport) -> bool:
        """Whether the application is not marked any more, or is in another batch by now."""
        ...


@dataclass(frozen=True, slots=True)
class TemporaryCard:
    """A temporary card that comes back. Personal data: never log it.

    Attributes:
        AAC002: 社会保障号码 of its holder.
        AAZ500: 卡号 on the chip.
        AAZ501: 卡识别码.
    """

    AAC002: str = field(repr=False)
    AAZ500: str = field(repr=False)
    AAZ501: str


@runtime_checkable
class TemporaryCardGateway(Protocol):
    """What a province offers whose dialect has temporary cards; see `ProvinceGateway`.

    The reports have the outcome `temporary`. Source: 新乡 2017, annex 6.
    """

    def fetch_temporary_data(self, id_number: str) -> ProductionData:
        """临时卡申领: return the data of a temporary card, and the picture to compare.

        It has no bank. Safe to repeat: while no card was registered, the same data is returned.

        Raises:
            GatewayRejectedError: The person is unknown, or has a temporary card already.
        """
        ...

    def register_temporary(self, report: IssuanceReport) -> str:
        """临时卡发放: tell which card was handed out; returns the acknowledgement.

        Not safe to repeat: ask `is_registered` first when an earlier try had no answer.
        """
        ...

    def is_registered(self, report: IssuanceReport) -> bool:
        """Whether the province has exactly this card as the person's temporary card, or had it."""
        ...

    def collect_temporary(self, card: TemporaryCard) -> str:
        """临时卡收回. Safe to repeat: a card that is back already is acknowledged again."""
        ...


@dataclass(frozen=True, slots=True)
class ListedPerson:
    """One line of a batch's list, as the province has it. Personal data: never log it.

    Attributes:
        line: 序号.
        AAC002: 社会保障号码.
        AAC003: 姓名.
        AAE008: Bank code of the card; empty where the list names none.
    """

    line: str
    AAC002: str = field(repr=False)
    AAC003: str = field(repr=False)
    AAE008: str


@dataclass(frozen=True, slots=True)
class BankAnswer:
    """What a bank says about one person, as the province passes it on.

    Attributes:
        AAC002: 社会保障号码.
        passed: Whether the bank can open the account; None while it has not answered.
        reason: The bank's own words, without the person's number and name; empty for none.
    """

    AAC002: str = field(repr=False)
    passed: bool | None
    reason: str = field(repr=False)


@runtime_checkable
class BatchGateway(Protocol):
    """What a province offers whose dialect has lists of many people; see `ProvinceGateway`.

    Source: document 000, 2.3.3 (单位制卡预申请银行校验) and 2.3.4 (银行校验数据返回).
    """

    def fetch_batch_list(self, number: str) -> list[ListedPerson]:
        """按批次号取名单: return who is in a batch of the province. Changes nothing.

        Raises:
            GatewayRejectedError: There is no such batch, or it is another window's.
        """
        ...

    def send_to_bank(self, number: str, people: Sequence[ListedPerson]) -> str:
        """银行校验: have the bank check people; returns the acknowledgement text.

        Safe to repeat: who is being checked, or has passed, stays so. All of them or none.

        Args:
            number: 批次号, or the station's own name of a batch that the province does not know.
            people: Whom.
        """
        ...

    def bank_answers(self, number: str) -> list[BankAnswer]:
        """银行校验数据返回: what is known of everybody that was sent. Changes nothing."""
        ...


@dataclass(frozen=True, slots=True)
class GatewaySettings:
    """Settings of a gateway from the site's configuration.

    Attributes:
        url: The service's address.
        user: Login name of the window.
        password: Its password; never shown.
        region: AAB301 of the window.
        timeout: Seconds for one complete exchange.
        ca_file: Root certificates that are trusted besides the built-in ones.
        qualified: Whether the service expects its arguments in its own namespace.
        trace: Where exchanges are noted for the technician; None: nowhere.
    """

    url: str
    user: str
    password: str
    region: str
    timeout: float
    ca_file: Path | None = None
    qualified: bool = False
    trace: WireTrace | None = None

    def __repr__(self) -> str:
        return f"GatewaySettings(url={self.url!r}, user=***, password=***, region={self.region!r})"


@dataclass(frozen=True, slots=True)
class GatewayFamily:
    """What a sub-package of station.gateways exports as GATEWAY.

    Attributes:
        name: The folder name; config/ refers to the gateway by it.
        title: The province or dialect, for people.
        open: Creates a client; does not connect to the province yet.
        unverified: Facts about this dialect that were never confirmed at a real province.
    """

    name: str
    title: str
    open: Callable[[GatewaySettings], ProvinceGateway]
    unverified: tuple[str, ...] = ()
