from __future__ import annotations

import pytest

from simulators.province.numbers import card_check, card_number, identity_check, masked


@pytest.mark.parametrize("number", ["D2143569X", "ET000077X", "X00000019"])
def test_card_check_fits_the_numbers_of_the_specification(number: str) -> None:
    assert card_check(number[:8]) == number[8]


@pytest.mark.parametrize(
    ("first", "check"),
    # GB 11643-1999, the two examples of its annex.
    [("11010519491231002", "X"), ("44052418800101001", "4")],
)
def test_identity_check_fits_the_examples_of_the_standard(first: str, check: str) -> None:
    assert identity_check(first) == check


def test_card_number_has_nine_characters() -> None:
    assert card_number(5_000_000) == "G50000005"


def test_masked_keeps_four_at_each_end() -> None:
    assert masked("6217001234567890128") == "6217***********0128"
    assert masked("") == ""
