from dataclasses import replace

import pytest

from station.core.cards import BlankRule, ChipCondition, ChipData, ChipIdentity
from station.core.errors import WrongCardError, WrongCardReason
from station.core.secrets import BankNumber
from station.encoder.profiles.ssc.condition import Comparison, check_blank
from station.encoder.profiles.ssc.facts import load_facts
from station.encoder.profiles.ssc.files import (
    CARD_NUMBER,
    HOLDER_FILE,
    ISSUE_DATE,
    NAME,
    NAME_EXTENSION,
    PERSON_NUMBER,
    SEX,
    VALID_UNTIL,
    Record,
)
from station.encoder.profiles.ssc.values import encode_records

ORDER = (*HOLDER_FILE, ISSUE_DATE, VALID_UNTIL, CARD_NUMBER)
WANTED = encode_records(
    ChipData(
        "41070219900307123X",
        "欧阳小测试",
        "2",
        "03",
        "410702",
        "19900307",
        "X00000019",
        "20261122",
        "20361122",
    )
)
BLANK = {record: b"\xff" * record.length for record in ORDER}


def judge(**changes: bytes) -> ChipCondition:
    found = {record: changes.get(f"t{record.tag:02X}", WANTED[record]) for record in ORDER}
    return Comparison.of(found, WANTED).condition()


@pytest.mark.parametrize("filling", [b"", b"\x00", b"\xff", b" "])
def test_nothing_of_any_person_is_blank(filling: bytes) -> None:
    found = {record: filling * record.length for record in ORDER}
    assert Comparison.of(found, WANTED).condition() is ChipCondition.BLANK


def test_dates_from_initialisation_leave_it_blank() -> None:
    found = BLANK | {ISSUE_DATE: bytes.fromhex("20250101"), VALID_UNTIL: WANTED[VALID_UNTIL]}
    found[SEX] = b"9"
    assert Comparison.of(found, WANTED).condition() is ChipCondition.BLANK


@pytest.mark.parametrize("written", range(1, len(ORDER)))
def test_each_torn_writing_is_half_written(written: int) -> None:
    done = {record: WANTED[record] for record in ORDER[:written]}
    assert Comparison.of(BLANK | done, WANTED).condition() is ChipCondition.HALF_WRITTEN


def test_everything_written_is_this_data() -> None:
    assert judge() is ChipCondition.THIS_DATA
    assert judge(t4E=b"\xff" * 20) is ChipCondition.THIS_DATA  # nothing wanted, nothing there


@pytest.mark.parametrize("record", [PERSON_NUMBER, NAME, CARD_NUMBER])
def test_another_number_or_name_is_other_data(record: Record) -> None:
    other = {record: b"Z" * record.length}
    assert Comparison.of(BLANK | other, WANTED).condition() is ChipCondition.OTHER_DATA
    assert Comparison.of(WANTED | other, WANTED).condition() is ChipCondition.OTHER_DATA


@pytest.mark.parametrize(("tag", "value"), [("t05", "20200101"), ("t0A", "31"), ("t4E", "41")])
def test_a_whole_card_with_another_detail_is_other_data(tag: str, value: str) -> None:
    # The same person's earlier card: its number is there, so no writing was torn on it.
    assert judge(**{tag: bytes.fromhex(value)}) is ChipCondition.OTHER_DATA


def test_a_whole_card_that_lost_a_record_is_other_data() -> None:
    assert judge(t08=b"") is ChipCondition.OTHER_DATA
    assert judge(t0D=b"\xff" * 4) is ChipCondition.OTHER_DATA


def test_the_fields_that_differ_are_named() -> None:
    comparison = Comparison.of(WANTED | {NAME_EXTENSION: b"A", SEX: b""}, WANTED)
    assert set(comparison.other) == {NAME_EXTENSION}
    assert set(comparison.unwritten) == {SEX}


FACTS = load_facts()
RULE = BlankRule(frozenset({"622848", "622849"}), frozenset({"3.00"}))


def identity(
    version: str = "3.00", number: str = "", pan: str | None = "6228480123456789015"
) -> ChipIdentity:
    bank_number = BankNumber(pan) if pan else None
    return ChipIdentity("41" * 16, "00" * 13, version, "410702", "03", number, bank_number)


@pytest.mark.field_case("A9")
def test_a_check_digit_is_the_sites_rule() -> None:
    card = identity(pan="6228480123456789014")
    with pytest.raises(WrongCardError) as caught:
        check_blank(FACTS, card, RULE)
    assert caught.value.code == "blank-bank-number-check-digit"
    check_blank(FACTS, card, replace(RULE, luhn=False))


@pytest.mark.parametrize("version", ["3.00", "3.0"])
def test_a_good_blank_passes(version: str) -> None:
    check_blank(FACTS, identity(version), RULE)
    check_blank(FACTS, identity(version), BlankRule(frozenset(), frozenset({"2.00", "3.00"})))


@pytest.mark.parametrize(
    ("card", "rule", "reason", "details"),
    [
        (identity(number="X00000019"), RULE, WrongCardReason.ALREADY_PERSONALISED, {}),
        (
            identity("2.00"),
            RULE,
            WrongCardReason.WRONG_VERSION,
            {"found": "2.00", "expected": "3.00"},
        ),
        (
            identity(),
            BlankRule(frozenset(), frozenset()),
            WrongCardReason.WRONG_VERSION,
            {"found": "3.00", "expected": ""},
        ),
        (identity(pan=None), RULE, WrongCardReason.BANK_NUMBER_UNREADABLE, {}),
        (
            identity(pan=None),
            BlankRule(frozenset(), frozenset({"3.00"})),
            WrongCardReason.BANK_NUMBER_UNREADABLE,
            {},
        ),
        (
            identity(pan="6217001234567890"),
            RULE,
            WrongCardReason.OTHER_BANK,
            {"found": "621700", "expected": "622848 622849"},
        ),
    ],
)
def test_each_wrong_blank_has_its_reason(
    card: ChipIdentity, rule: BlankRule, reason: WrongCardReason, details: dict[str, str]
) -> None:
    with pytest.raises(WrongCardError) as refused:
        check_blank(FACTS, card, rule)
    assert refused.value.code == reason.value
    assert refused.value.details == details
    for secret in ("X00000019", "6217001234567890"):
        assert secret not in f"{refused.value} {refused.value.details}"


@pytest.mark.parametrize(
    ("version", "algorithm"),
    [("1.00", "01"), ("1.00", "02"), ("2.00", "01"), ("2.00", "03"), ("2.0", "02")],
)
def test_older_cards_pass_where_the_site_uses_them(version: str, algorithm: str) -> None:
    card = replace(identity(version), algorithm=algorithm)
    check_blank(FACTS, card, BlankRule(frozenset(), frozenset({"1.00", "2.00"})))


@pytest.mark.parametrize(("version", "algorithm"), [("3.00", "01"), ("1.00", "03")])
def test_a_version_with_another_versions_algorithm_is_refused(version: str, algorithm: str) -> None:
    card = replace(identity(version), algorithm=algorithm)
    with pytest.raises(WrongCardError) as refused:
        check_blank(FACTS, card, BlankRule(frozenset(), frozenset({version})))
    assert refused.value.reason is WrongCardReason.WRONG_VERSION
    assert refused.value.details["found"] == f"{version}/{algorithm}"
