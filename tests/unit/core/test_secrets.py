import dataclasses
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.errors import StationError
from station.core.secrets import BankNumber

PAN = "6217000000000000018"  # invented, no real account
pans = st.text("0123456789", min_size=13, max_size=19)


def test_only_reveal_gives_all_digits() -> None:
    assert BankNumber(PAN).reveal() == PAN


def test_bin_and_masked_form() -> None:
    assert BankNumber(PAN).bank_bin == "621700"
    assert BankNumber(PAN).masked == "621700*********0018"


@given(pans)
def test_no_way_of_showing_it_shows_more_than_the_masked_form(digits: str) -> None:
    number = BankNumber(digits)
    shown = [repr(number), str(number), f"{number}", f"{number!r}", f"{[number]}"]
    assert all(text in ("BankNumber(***)", "[BankNumber(***)]") for text in shown)
    assert digits not in number.masked
    assert len(number.masked) == len(digits)
    assert number.masked.count("*") == len(digits) - 10


@given(st.text("0123456789", max_size=10))
def test_a_short_number_does_not_break_masking(digits: str) -> None:
    assert set(BankNumber(digits).masked) <= set("0123456789*")


def test_a_traceback_that_holds_it_does_not_show_it() -> None:
    with pytest.raises(StationError) as caught:
        raise StationError(f"refused {BankNumber(PAN)}", details={"n": str(BankNumber(PAN))})
    told = "".join(traceback.format_exception(caught.value)) + str(caught.value.details)
    assert "***" in told
    assert PAN[6:-4] not in told


def test_equal_by_digits_usable_as_a_key_and_frozen() -> None:
    assert BankNumber(PAN) == BankNumber(PAN)
    assert len({BankNumber(PAN), BankNumber(PAN), BankNumber(PAN[:-1])}) == 2
    with pytest.raises(dataclasses.FrozenInstanceError):
        BankNumber(PAN)._digits = ""  # type: ignore[misc]
