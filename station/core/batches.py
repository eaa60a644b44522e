"""Vocabulary of batches: the cards of many people, applied for together by a unit.

Source: documents 000 (Shenzhen), 001 (Dalian) and 003 (Jinan, section 4): a unit sends the data of
its people, each row is checked and confirmed, lists are printed, cards are made one after another,
and results leave in parts.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


class BatchSource(enum.StrEnum):
    """How a batch came to the station."""

    FILE = "file"  #: a spreadsheet or a CSV file
    PACKAGE = "package"  #: a sealed package of a unit
    PROVINCE = "province"  #: the list of a batch number
    API = "api"  #: another program


class BatchState(enum.StrEnum):
    """Whether the content of a batch is complete."""

    READING = "reading"  #: a file is being read, or its reading was cut off: send it again
    OPEN = "open"  #: everything that was sent is here


class Making(enum.StrEnum):
    """Whether cards of a batch are made."""

    OFF = "off"  #: nobody has started it
    ON = "on"
    PAUSED = "paused"  #: the card in the machine is finished, no further one is fed


class RowState(enum.StrEnum):
    """State of one person's row."""

    FAULTY = "faulty"  #: a rule is broken: `RowRecord.faults`
    READY = "ready"  #: waits for a person to confirm it
    CONFIRMED = "confirmed"  #: 确认通过
    REFUSED = "refused"  #: 确认不通过, with a reason
    MAKING = "making"  #: has an order
    MADE = "made"  #: its card is out of the machine
    WITHDRAWN = "withdrawn"  #: 撤销


class BankVerdict(enum.StrEnum):
    """What the bank says about a person, as the province passes it on."""

    NONE = ""  #: not asked
    SENT = "sent"  #: asked; no answer yet
    PASSED = "passed"
    FAILED = "failed"


#: While the bank says one of these about a row, no card of it is made and no list has it.
BANK_FORBIDS: Final = frozenset({BankVerdict.SENT, BankVerdict.FAILED})


class RowReason(enum.StrEnum):
    """Why a row waits or ended without a card, besides the faults and the order's own hold."""

    CHOOSE_NUMBER = "choose-number"  #: a 15-digit number: a person chooses it or its 18-digit form
    KEEPS_FIFTEEN = "keeps-fifteen"  #: the person's papers have the 15-digit number: none is made
    NOT_THIS_PERSON = "not-this-person"
    DATA_WRONG = "data-wrong"
    PHOTO_WRONG = "photo-wrong"
    NOT_OF_UNIT = "not-of-unit"
    OTHER = "other"
    COMPARE = "compare"  #: the province's picture is another one: a person compares the preview
    DATA_DIFFERS = "data-differs"  #: the province has another name or bank than the row
    CARD_SPOILED = "card-spoiled"  #: a remake of the order makes another card
    RECEIPT_REFUSED = "receipt-refused"  #: the data centre refuses its result
    BANK_REFUSED = "bank-refused"  #: 银行校验不通过; the bank's own words are the row's note
    CANCELLED = "cancelled"  #: its order was cancelled at the window
    ERASED = "erased"  #: never finished; its personal data was erased when its time was over


class PhotoState(enum.StrEnum):
    """Result of a picture's check by the site's rules."""

    NEW = "new"  #: not checked yet
    FITS = "fits"
    SOFT = "soft"  #: breaks a rule that a supervisor may waive: `PhotoRecord.rules`
    BAD = "bad"  #: breaks a rule, or can't be decoded: `PhotoRecord.rules`


class PhotoNaming(enum.StrEnum):
    """By which part of a file's name a picture is matched with its row."""

    NUMBER = "number"  #: 证件号码, 18 or 15 digits (document 001)
    NUMBER_NAME = "number-name"  #: 证件号码 and 姓名 (document 003)
    RECEIPT = "receipt"  #: 照片回执码 (document 000)


class RowField(enum.StrEnum):
    """One column of a batch's list."""

    LINE = "line"  #: 序号: identifies the row in its batch
    COMPUTER_NUMBER = "computer-number"  #: 社保电脑号
    NAME = "name"  #: 姓名
    DOCUMENT = "document"  #: 证件类型
    NUMBER = "number"  #: 证件号码
    SEX = "sex"  #: 性别
    BORN = "born"  #: 出生日期
    NATION = "nation"  #: 民族
    PHONE = "phone"  #: 手机号码
    BANK = "bank"  #: 银行代码
    ACCOUNTS = "accounts"  #: 参保账号
    RECEIPT = "receipt"  #: 照片回执码
    DEPARTMENT = "department"  #: 部门
    REMARK = "remark"  #: 备注


#: A row in one of these may be corrected by another file; the others keep their content.
CORRECTABLE: Final = frozenset({RowState.FAULTY, RowState.READY})
#: A row in one of these does not prevent the same person from being in another row.
OVER: Final = frozenset({RowState.REFUSED, RowState.WITHDRAWN, RowState.MADE})


class FaultCode(enum.StrEnum):
    """A rule that a row can break. Those of numbers are the codes of `IdNumberError`."""

    LINE_MISSING = "line-missing"
    LINE_FORM = "line-form"
    LINE_DOUBLED = "line-doubled"
    NAME_MISSING = "name-missing"
    NAME_FORM = "name-form"
    NUMBER_MISSING = "number-missing"
    NUMBER_FORM = "id-number-form"
    NUMBER_CHECK_DIGIT = "id-number-check-digit"
    NUMBER_BIRTH_DATE = "id-number-birth-date"
    NUMBER_FOREIGNER_15 = "id-number-foreigner-15"
    DOCUMENT_UNKNOWN = "document-unknown"
    SEX_UNKNOWN = "sex-unknown"
    SEX_DIFFERS = "sex-differs"
    BORN_FORM = "born-form"
    BORN_DIFFERS = "born-differs"
    NATION_UNKNOWN = "nation-unknown"
    PHONE_FORM = "phone-form"
    COMPUTER_NUMBER_FORM = "computer-number-form"
    RECEIPT_FORM = "receipt-form"
    BANK_UNKNOWN = "bank-unknown"
    SEVERAL_ACCOUNTS = "several-accounts"
    PERSON_DOUBLED = "person-doubled"
    PERSON_IN_OTHER_BATCH = "person-in-other-batch"
    CELL_TOO_LONG = "cell-too-long"
    CELL_FORMULA = "cell-formula"
    CELL_LOST_DIGITS = "cell-lost-digits"


@dataclass(frozen=True, slots=True)
class RowFault:
    """One rule that a row breaks.

    Attributes:
        code: Which rule; its text is looked up by it.
        details: Values for that text; nothing personal.
    """

    code: FaultCode
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BatchRecord:
    """One batch.

    Attributes:
        id: 32 hex digits.
        unit: 单位编号; empty for none.
        source: How it came.
        number: 批次号 of the province; empty for none.
        title: For people.
        state: Whether its content is complete.
        naming: How pictures are matched.
        making: Whether its cards are made.
        created_at: UTC.
        created_by: Who brought it.
        seq: Number of its first event: a later batch has a higher one.
    """

    id: str
    unit: str
    source: BatchSource
    number: str
    title: str
    state: BatchState
    naming: PhotoNaming
    making: Making
    created_at: dt.datetime
    created_by: str
    seq: int


@dataclass(frozen=True, slots=True)
class ListRecord:
    """One printed list.

    Attributes:
        id: 打印批次号.
        batch: Of which batch.
        at: When it was printed first, UTC.
        actor: Who printed it.
        lines: Number of its rows.
    """

    id: int
    batch: str
    at: dt.datetime
    actor: str
    lines: int


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """One part of a batch's results that left.

    Attributes:
        id: Number in the journal.
        batch: Of which batch.
        part: Number of the part in its batch, from 1.
        at: When it left first, UTC.
        actor: Who exported it.
        lines: Number of its rows.
        receipt_at: When the data centre's receipt was read, UTC; None before.
        contact: Name and phone of the person to be asked; personal.
    """

    id: int
    batch: str
    part: int
    at: dt.datetime
    actor: str
    lines: int
    receipt_at: dt.datetime | None
    contact: tuple[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class PhotoRecord:
    """One picture of a batch, without its bytes.

    Attributes:
        id: Number of the picture in the journal.
        row: Number of the row that it is matched with; None without one.
        state: Result of its check.
        rules: The rules that it breaks, as an error's details have them.
        name: Name of its file; personal.
    """

    id: int
    row: int | None
    state: PhotoState
    rules: tuple[Mapping[str, str], ...]
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class RowHead:
    """One row without its personal content; unseals nothing.

    Attributes:
        id: Number of the row in the journal.
        line: 序号 in its batch.
        state: Its state.
        person: Keyed digest of the person's 18-digit number; empty where the number is wrong.
        content: Keyed digest of the cells.
        faults: Rules that it breaks.
        photo: The picture chosen for it; None without one.
        order: The order of its card; None before.
        listed: 打印批次号 of the list that it is in; None before.
        exported: Number of the result file that it left in; None before.
        bank: What the bank says.
        reason: Code of why it was refused or is not made; empty for none.
        decided_by: Who compared it; empty before.
        AAE008: Bank code of its card; empty where the list names none.
    """

    id: int
    line: int
    state: RowState
    person: str
    content: str
    faults: tuple[RowFault, ...]
    photo: int | None
    order: str | None
    listed: int | None
    exported: int | None
    bank: BankVerdict
    reason: str
    decided_by: str = ""
    AAE008: str = ""


@dataclass(frozen=True, slots=True)
class RowRecord:
    """One row with its personal content: never log it.

    Attributes:
        head: The row without it.
        cells: What was sent, by column; a column that was not sent is missing.
        chosen: 18-digit number that a person has chosen for a 15-digit one; empty before.
        note: Free text with the reason of a refusal; empty for none.
    """

    head: RowHead
    cells: Mapping[RowField, str] = field(repr=False)
    chosen: str = field(default="", repr=False)
    note: str = field(default="", repr=False)

    @property
    def refusal(self) -> str:
        """The words of the refusal; empty once the row is in another state than refused."""
        return self.note if self.head.state is RowState.REFUSED else ""

    def cell(self, column: RowField) -> str:
        """Return a cell; empty where it was not sent."""
        return self.cells.get(column, "")
