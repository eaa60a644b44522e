import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.errors import IdNumberError, Recovery
from station.core.identity import (
    check_digit,
    eighteen_digits,
    masked_id_number,
    parse_id_number,
)
from station.words import explain

# Printed in public documents, never computed by our own code.
PUBLISHED = [
    pytest.param("11010519491231002X", id="gb-11643-1999-example-1"),
    pytest.param("440524188001010014", id="gb-11643-1999-example-2"),
    pytest.param("34052419800101001X", id="widely-printed-sample"),
]

seventeen_digits = st.text("0123456789", min_size=17, max_size=17)
days = st.dates().map(lambda day: f"{day.year:04}{day.month:02}{day.day:02}")
born_numbers = st.builds(
    lambda region, born, sequence: f"{region:06}{born}{sequence:03}",
    st.integers(110000, 999999),
    days,
    st.integers(0, 999),
)


@pytest.mark.parametrize("number", PUBLISHED)
def test_a_published_number_is_taken_as_it_stands(number: str) -> None:
    assert parse_id_number(number) == number
    assert check_digit(number[:17]) == number[17]


@pytest.mark.parametrize(
    "typed", ["11010519491231002x", " 110105 19491231 002X ", "110105\t19491231\u3000002x\n"]
)
def test_blanks_and_a_small_x_are_put_right(typed: str) -> None:
    assert parse_id_number(typed) == "11010519491231002X"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("110105491231002", "id-number-15-digits"),
        ("１１０１０５４９１２３１００２", "id-number-15-digits"),
        ("CHN110190010123", "id-number-foreigner-15"),
        ("ｕｓａ 1101 90010123", "id-number-foreigner-15"),
        ("", "id-number-form"),
        ("11010519491231002", "id-number-form"),
        ("11010519491231002XX", "id-number-form"),
        ("1101051949123100XX", "id-number-form"),
        ("110105194912310021２", "id-number-form"),
        ("两张：11010519491231002X，440524188001010014", "id-number-form"),
        ("Y11010519491231002X", "id-number-form"),
        ("١١٠١٠٥١٩٤٩١٢٣١٠٠٢X", "id-number-form"),
        ("110105194912310021", "id-number-check-digit"),
        ("110105194921310021", "id-number-birth-date"),
        ("110105190002290025", "id-number-birth-date"),
    ],
)
def test_a_wrong_number_is_refused_by_its_fault(typed: str, code: str) -> None:
    with pytest.raises(IdNumberError) as caught:
        parse_id_number(typed)
    assert caught.value.code == code
    assert caught.value.recovery is Recovery.WAIT_FOR_OPERATOR
    assert typed not in str(caught.value) or not typed


@given(born_numbers)
def test_any_born_number_with_its_check_digit_is_taken(first: str) -> None:
    number = first + check_digit(first)
    assert parse_id_number(number) == number


@given(born_numbers, st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_noticed(first: str, position: int, shift: int) -> None:
    wrong = str((int(first[position]) + shift) % 10)
    typed = first[:position] + wrong + first[position + 1 :] + check_digit(first)
    with pytest.raises(IdNumberError, match="check digit"):
        parse_id_number(typed)


@given(born_numbers, st.integers(0, 15))
def test_two_neighbours_swapped_are_always_noticed(first: str, position: int) -> None:
    one, two = first[position], first[position + 1]
    typed = first[:position] + two + one + first[position + 2 :] + check_digit(first)
    if one == two:
        assert parse_id_number(typed) == typed
        return
    with pytest.raises(IdNumberError, match="check digit"):
        parse_id_number(typed)


@given(st.text(max_size=40))
def test_any_text_is_either_a_whole_number_or_this_error(typed: str) -> None:
    try:
        told = parse_id_number(typed)
    except IdNumberError:
        return
    assert len(told) == 18
    assert told in unicodedata.normalize("NFKC", "".join(typed.split())).upper()


@given(seventeen_digits)
def test_the_check_digit_is_one_of_eleven(first: str) -> None:
    assert check_digit(first) in set("0123456789X")


def test_a_masked_number_hides_birth_date_and_sequence() -> None:
    assert masked_id_number("11010519491231002X") == "110*************2X"


@given(st.text("0123456789", min_size=6, max_size=18))
def test_masking_keeps_the_length_and_shows_five(number: str) -> None:
    masked = masked_id_number(number)
    assert len(masked) == len(number)
    assert len(masked.replace("*", "")) == 5


@pytest.mark.parametrize(
    "typed",
    [
        "１１０１０５１９４９１２３１００２X",
        "１１０１０５１９４９１２３１００２ｘ",
        "身份证号：11010519491231002X",
        "公民身份号码 110105 19491231 002x。",
        "姓名张三，身份证号码（１１０１０５１９４９１２３１００２Ｘ）",
    ],
)
def test_full_width_and_pasted_numbers_are_taken(typed: str) -> None:
    assert parse_id_number(typed) == "11010519491231002X"


@pytest.mark.parametrize(
    ("fifteen", "eighteen"),
    [
        pytest.param("110105491231002", "11010519491231002X", id="gb-11643-1999-example-1"),
        pytest.param("340524800101001", "34052419800101001X", id="widely-printed-sample"),
    ],
)
def test_a_15_digit_number_comes_with_its_18_digit_form(fifteen: str, eighteen: str) -> None:
    with pytest.raises(IdNumberError) as caught:
        parse_id_number(fifteen)
    assert caught.value.details == {"eighteen": eighteen}
    assert eighteen not in str(caught.value)
    assert eighteen in explain(caught.value.code, caught.value.details).cause


def test_a_centenarians_15_digit_number_is_of_the_century_before() -> None:
    assert eighteen_digits("110105900101996")[6:10] == "1890"


@pytest.mark.field_case("C8")
@pytest.mark.parametrize(
    ("typed", "turn_to"),
    [("CHN110190010123", "出入境管理"), ("110105194912310021", "公安户籍部门")],
    ids=["foreigner", "official-number-wrong-check-digit"],
)
def test_a_number_of_no_use_is_refused_with_where_to_turn(typed: str, turn_to: str) -> None:
    with pytest.raises(IdNumberError) as caught:
        parse_id_number(typed)
    assert turn_to in explain(caught.value.code).remedy
