import pytest

from station.encoder.status_words import MEANINGS, describe_sw

#: The union over the commands of the card specification, part 5.
DOCUMENTED = """
9000 6581 6700 6901 6981 6982 6983 6984 6985 6986 6987 6988 6A80 6A81 6A82 6A83 6A84 6A85 6A86 6A88
6B00 6D00 6E00 6F00 9302 9303 9401 9402 9403 9406 61FF 6C10 63C0 63C2
"""


@pytest.mark.parametrize("sw", DOCUMENTED.split())
def test_every_documented_word_has_a_meaning(sw: str) -> None:
    assert describe_sw(int(sw, 16))


def test_words_that_carry_a_number() -> None:
    assert "2 tries" in describe_sw(0x63C2)
    assert "24 more" in describe_sw(0x6118)
    assert "256 more" in describe_sw(0x6100)
    assert "20 bytes" in describe_sw(0x6C14)


def test_an_unknown_word_is_not_explained() -> None:
    assert describe_sw(0x6FFF) == ""
    assert len(set(MEANINGS)) == len(MEANINGS)
