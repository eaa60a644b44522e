"""What people read for the codes of a row."""

from __future__ import annotations

import pytest

from station.batches.spoken import spoken_cell
from station.core.batches import RowField

BANKS = {"95533": "中国建设银行"}


@pytest.mark.parametrize(
    ("column", "given", "told"),
    [
        (RowField.SEX, "2", "女"),
        (RowField.SEX, "女", "女"),
        (RowField.SEX, "9", "9"),  # a wrong one is shown as it was sent
        (RowField.NATION, "56", "基诺族"),
        (RowField.NATION, "3", "回族"),  # a spreadsheet has lost the zero
        (RowField.NATION, "57", "57"),
        (RowField.NATION, "", ""),
        (RowField.DOCUMENT, "09", "外国人永久居留身份证"),
        (RowField.DOCUMENT, "", "居民身份证"),
        (RowField.BANK, "95533", "中国建设银行"),
        (RowField.BANK, "95599", "95599"),
        (RowField.NAME, "01", "01"),  # no code
    ],
)
def test_a_code_is_read_as_its_word(column: RowField, given: str, told: str) -> None:
    assert spoken_cell(column, given, BANKS) == told
