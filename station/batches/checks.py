"""The rules of one row: what a person's data must be before anybody is asked about it.

Source: documents 000, 001 and 003; GB 11643 (numbers), GB/T 2261.1 (性别), GB/T 3304 (民族),
    GB/T 7408 (dates).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from station.core.batches import FaultCode, RowFault, RowField
from station.core.characters import has_hidden_characters, plain_text
from station.core.elements import has_form, is_date
from station.core.errors import IdNumberError
from station.core.identity import parse_id_number
from station.words import DEFAULT, Table

LARGEST_LINE: Final = 99_999
FIFTEEN: Final = "id-number-15-digits"  #: code of a number that a person must choose first
#: 证件类型 whose numbers have the 18 characters that this station serves: 居民身份证,
#: 港澳台居民居住证, 外国人永久居留身份证. The codes of the last two are our own choice.
DOCUMENTS: Final = frozenset({"01", "08", "09"})
SEXES: Final = Table("batch-sex", DEFAULT)  #: code of GB/T 2261.1 -> what is also understood
#: GB/T 3304: 01 to 56; 97 others, 98 foreigners who were naturalised.
NATIONS: Final = frozenset(f"{code:02d}" for code in (*range(1, 57), 97, 98))
_PHONE: Final = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_COMPUTER_NUMBER: Final = re.compile(r"[0-9A-Za-z]{1,20}", re.ASCII)
_RECEIPT: Final = re.compile(r"[0-9A-Za-z]{4,40}", re.ASCII)
#: Between several account numbers; full-width punctuation is folded first.
_ACCOUNTS: Final = re.compile(r"[;,/|\s\u3001]+")

LINE_FAULTS: Final = frozenset({FaultCode.LINE_MISSING, FaultCode.LINE_FORM})

Cells = Mapping[RowField, str]


@dataclass(frozen=True, slots=True)
class CheckedRow:
    """What the rules say about one row.

    Attributes:
        line: 序号; 0 when it is missing or wrong.
        number: The person's 18-digit number, also that of a 15-digit one; empty when it is wrong.
        fifteen: Whether a person must choose the number first.
        faults: Every rule that is broken.
    """

    line: int
    number: str = field(repr=False)
    fifteen: bool
    faults: tuple[RowFault, ...]


def check_row(cells: Cells, banks: Collection[str]) -> CheckedRow:
    """Return what the rules say about a row.

    Args:
        cells: Its cells.
        banks: AAE008 of the banks whose blanks the window uses.
    """
    number, fifteen, faults = _number(cells)
    for rule in (_line, _name, _document, _sex, _born, _codes, _accounts):
        faults += rule(cells, number)
    bank = plain_text(cells.get(RowField.BANK, ""))
    if bank and bank not in banks:
        faults.append(RowFault(FaultCode.BANK_UNKNOWN))
    line = plain_text(cells.get(RowField.LINE, ""))
    good = not any(one.code in LINE_FAULTS for one in faults)
    return CheckedRow(int(line) if good else 0, number, fifteen, tuple(faults))


def _number(cells: Cells) -> tuple[str, bool, list[RowFault]]:
    given = cells.get(RowField.NUMBER, "")
    if not given:
        return "", False, [RowFault(FaultCode.NUMBER_MISSING)]
    try:
        return parse_id_number(given), False, []
    except IdNumberError as exc:
        if exc.code == FIFTEEN:
            eighteen = exc.details["eighteen"]
            if is_date(eighteen[6:14]):
                return eighteen, True, []
            return "", False, [RowFault(FaultCode.NUMBER_BIRTH_DATE)]
        return "", False, [RowFault(FaultCode(exc.code))]


def _line(cells: Cells, number: str) -> list[RowFault]:
    del number
    given = plain_text(cells.get(RowField.LINE, ""))
    if not given:
        return [RowFault(FaultCode.LINE_MISSING)]
    fits = given.isascii() and given.isdecimal() and 0 < int(given) <= LARGEST_LINE
    return [] if fits else [RowFault(FaultCode.LINE_FORM)]


def _name(cells: Cells, number: str) -> list[RowFault]:
    del number
    name = cells.get(RowField.NAME, "")
    if not name:
        return [RowFault(FaultCode.NAME_MISSING)]
    if has_hidden_characters(name) or not has_form("AAC003", name):
        return [RowFault(FaultCode.NAME_FORM)]
    return [RowFault(FaultCode.NAME_FORM)] if any(map(str.isdigit, name)) else []


def _document(cells: Cells, number: str) -> list[RowFault]:
    del number
    given = plain_text(cells.get(RowField.DOCUMENT, ""))
    fits = not given or given.zfill(2) in DOCUMENTS
    return [] if fits else [RowFault(FaultCode.DOCUMENT_UNKNOWN)]


def _sex(cells: Cells, number: str) -> list[RowFault]:
    given = plain_text(cells.get(RowField.SEX, ""))
    if not given:
        return []
    code = sex_code(given)
    if not code:
        return [RowFault(FaultCode.SEX_UNKNOWN)]
    odd = "1" if number and int(number[16]) % 2 else "2"
    return [RowFault(FaultCode.SEX_DIFFERS)] if number and code != odd else []


def sex_code(given: str) -> str:
    """Return the code of a sex as it was sent; empty when it is not understood."""
    for code, other in SEXES.items():
        if given in (code, other):
            return code
    return ""


def _born(cells: Cells, number: str) -> list[RowFault]:
    given = plain_text(cells.get(RowField.BORN, ""))
    if not given:
        return []
    if not is_date(given):
        return [RowFault(FaultCode.BORN_FORM)]
    return [RowFault(FaultCode.BORN_DIFFERS)] if number and given != number[6:14] else []


_FORMS: Final[Mapping[RowField, tuple[FaultCode, Callable[[str], bool]]]] = {
    RowField.NATION: (FaultCode.NATION_UNKNOWN, lambda given: given.zfill(2) in NATIONS),
    RowField.PHONE: (FaultCode.PHONE_FORM, lambda given: _PHONE.fullmatch(given) is not None),
    RowField.COMPUTER_NUMBER: (
        FaultCode.COMPUTER_NUMBER_FORM,
        lambda given: _COMPUTER_NUMBER.fullmatch(given) is not None,
    ),
    RowField.RECEIPT: (FaultCode.RECEIPT_FORM, lambda given: _RECEIPT.fullmatch(given) is not None),
}


def _codes(cells: Cells, number: str) -> list[RowFault]:
    del number
    return list(_wrong_forms(cells))


def _wrong_forms(cells: Cells) -> Iterator[RowFault]:
    for column, (code, fits) in _FORMS.items():
        given = plain_text(cells.get(column, ""))
        if given and not fits(given):
            yield RowFault(code)


def _accounts(cells: Cells, number: str) -> list[RowFault]:
    del number
    accounts = [one for one in _ACCOUNTS.split(plain_text(cells.get(RowField.ACCOUNTS, ""))) if one]
    if len(set(accounts)) < 2:
        return []
    return [RowFault(FaultCode.SEVERAL_ACCOUNTS, {"found": str(len(set(accounts)))})]
