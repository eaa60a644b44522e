"""Files and records of the social security application that one order reads or writes.

Source: 人社信息函〔2012〕37号 (file structure V2.0), tables 9 to 13; card specification part 10.
    Records are simple TLV: one byte tag, one byte length; the record identifier equals the tag.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

ISSUER_SFI: Final = 0x05  # EF05 发卡机构数据
HOLDER_SFI: Final = 0x06  # EF06 持卡人基本信息


class Coding(enum.StrEnum):
    """How a value fills its record (V2.0 part 7)."""

    CN = "cn"  #: BCD, left-justified, padded with nibbles F
    AN = "an"  #: ASCII or GB18030, left-justified, padded with 00


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One record. There is one object per record, so they are compared by identity.

    Attributes:
        sfi: Short file identifier of its EF.
        number: Record number in the file.
        tag: Tag, and record identifier.
        coding: How the value is coded.
        length: Bytes of the value.
        element: The national data element (or our word for it) that it holds; names it in errors.
        tells_whose: Whether its content identifies the holder.
    """

    sfi: int
    number: int
    tag: int
    coding: Coding
    length: int
    element: str
    tells_whose: bool = False

    @property
    def place(self) -> str:
        """File and tag, for traces: `EF06 4E`."""
        return f"EF{self.sfi:02X} {self.tag:02X}"


CARD_ID: Final = Record(ISSUER_SFI, 1, 0x01, Coding.CN, 16, "AAZ501")  # 卡的识别码
CARD_TYPE: Final = Record(ISSUER_SFI, 2, 0x02, Coding.AN, 1, "card_type")  # 卡的类别
VERSION: Final = Record(ISSUER_SFI, 3, 0x03, Coding.AN, 4, "AAZ508")  # 规范版本
INITIALISER: Final = Record(ISSUER_SFI, 4, 0x04, Coding.CN, 12, "initialiser")  # 初始化机构编号
ISSUE_DATE: Final = Record(ISSUER_SFI, 5, 0x05, Coding.CN, 4, "AAZ503")  # 发卡日期
VALID_UNTIL: Final = Record(ISSUER_SFI, 6, 0x06, Coding.CN, 4, "valid_until")  # 卡有效期
CARD_NUMBER: Final = Record(ISSUER_SFI, 7, 0x07, Coding.AN, 9, "AAZ500", tells_whose=True)  # 卡号

PERSON_NUMBER: Final = Record(
    HOLDER_SFI, 1, 0x08, Coding.AN, 18, "AAC002", tells_whose=True
)  # 社会保障号码
NAME: Final = Record(HOLDER_SFI, 2, 0x09, Coding.AN, 30, "AAC003", tells_whose=True)  # 姓名
NAME_EXTENSION: Final = Record(HOLDER_SFI, 3, 0x4E, Coding.AN, 20, "AAC003")  # 姓名扩展
SEX: Final = Record(HOLDER_SFI, 4, 0x0A, Coding.AN, 1, "AAC004")  # 性别
NATION: Final = Record(HOLDER_SFI, 5, 0x0B, Coding.CN, 1, "AAC005")  # 民族
BIRTHPLACE: Final = Record(HOLDER_SFI, 6, 0x0C, Coding.CN, 3, "AAC025")  # 出生地
BIRTH_DATE: Final = Record(HOLDER_SFI, 7, 0x0D, Coding.CN, 4, "AAC006")  # 出生日期

ISSUER_FILE: Final = (
    CARD_ID,
    CARD_TYPE,
    VERSION,
    INITIALISER,
    ISSUE_DATE,
    VALID_UNTIL,
    CARD_NUMBER,
)
HOLDER_FILE: Final = (
    PERSON_NUMBER,
    NAME,
    NAME_EXTENSION,
    SEX,
    NATION,
    BIRTHPLACE,
    BIRTH_DATE,
)

#: EF05 records that an order has data for; the others belong to the initialising institution.
ORDER_ISSUER_RECORDS: Final = (ISSUE_DATE, VALID_UNTIL, CARD_NUMBER)
