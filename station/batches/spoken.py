"""What people read where a row has a code: words of the standards, of reasons and of problems."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.batches.checks import SEXES, sex_code
from station.core.batches import RowField
from station.core.characters import plain_text
from station.words import Table, explain, known, text

STATES: Final = Table("row-state")
REASONS: Final = Table("row-reason")
PROBLEMS: Final = Table("row-problem")
#: Columns whose codes have two digits; a list may have lost the leading zero.
_CODED: Final = {
    RowField.DOCUMENT: Table("batch-document"),
    RowField.NATION: Table("batch-nation"),
}
#: A list that names no document means this one (document 001).
DEFAULT_DOCUMENT: Final = "01"


def spoken_cell(column: RowField, given: str, banks: Mapping[str, str]) -> str:
    """Return the words for the code in a cell; what was sent where they are not known.

    Args:
        column: The cell's column.
        given: What was sent.
        banks: AAE008 -> name of the bank.
    """
    code = plain_text(given)
    if column is RowField.SEX:
        return SEXES.get(sex_code(code), given)
    if column is RowField.BANK:
        return banks.get(code, given)
    if column is RowField.DOCUMENT and not code:
        code = DEFAULT_DOCUMENT
    return _CODED[column].get(code.zfill(2), given) if column in _CODED and code else given


def reason_text(reason: str) -> str:
    """Return why a row waits or ended, by its code: a reason of ours, or that of an error."""
    if not reason:
        return ""
    return REASONS[reason] if reason in REASONS else explain(reason).title


def problem_text(code: str) -> str:
    """Return why nothing was changed about a row."""
    if code in PROBLEMS:
        return PROBLEMS[code]
    state = code.removeprefix("row-is-")
    if state in STATES:
        return text("batch-page.row-is", state=STATES[state])
    return explain(code).title if known(code) else reason_text(code)
