"""Whether a card belongs to an order."""

from __future__ import annotations

import datetime as dt

import pytest

from station.core.attendance import NameAgreement
from station.core.errors import IdentityMismatch, IdentityMismatchError
from station.core.identity_agreement import compare_names, require_person, require_valid
from station.core.identity_cards import IdCardKind, IdentityCard

TODAY = dt.date(2026, 11, 28)


def card(name: str = "张三", **changes: object) -> IdentityCard:
    values: dict[str, object] = {
        "kind": IdCardKind.RESIDENT,
        "number": "410799199003070010",
        "name": name,
        "latin_name": "",
        "name_fills_field": False,
        "birth": dt.date(1990, 3, 7),
        "valid_from": dt.date(2016, 11, 28),
        "valid_until": dt.date(2026, 11, 28),
    }
    return IdentityCard(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "province", "agreement"),
    [
        ("张三", "张三", NameAgreement.SAME),
        ("阿卜杜拉·买买提", "阿卜杜拉•买买提", NameAgreement.SAME),
        ("阿卜杜拉·买买提", "阿卜杜拉．买买提", NameAgreement.SAME),
        ("张 三", "张三", NameAgreement.SAME),
        ("赵龴", "赵\ue81e", NameAgreement.SAME),
        ("𠮷野", "𠮷野", NameAgreement.SAME),
        ("DOE, JO", "Doe Jo", NameAgreement.SAME),
        ("DOE, J.R.", "Doe J R", NameAgreement.SAME),
    ],
)
def test_names_that_are_the_same(name: str, province: str, agreement: NameAgreement) -> None:
    assert compare_names(card(name), province).agreement is agreement


@pytest.mark.parametrize(
    ("name", "province", "characters"),
    [
        ("张明", "张名", "2:明≠名"),
        ("张三", "张三丰", "3:∅≠丰"),
        ("张三丰", "张三", "3:丰≠∅"),
        ("𠮷野", "吉野", "1:𠮷≠吉"),
        ("张三", "", "1:张≠∅ 2:三≠∅"),
        ("阿" * 9, "乙" * 9, " ".join(f"{n}:阿≠乙" for n in range(1, 6))),
    ],
)
def test_names_that_differ_say_where(name: str, province: str, characters: str) -> None:
    found = compare_names(card(name), province)
    assert (found.agreement, found.mismatch) == (None, IdentityMismatch.OTHER_NAME)
    assert found.characters == characters


def test_a_name_that_fills_its_field_may_be_the_beginning_of_a_longer_one() -> None:
    long = "古丽娜尔·艾尼瓦尔·买买提明·阿"
    full = card(long[:15], name_fills_field=True)
    assert compare_names(full, long[:15] + "卜杜").agreement is NameAgreement.BEGINS
    assert compare_names(card(long[:15]), long[:15] + "卜杜").agreement is None
    assert compare_names(full, "另" + long).mismatch is IdentityMismatch.OTHER_NAME
    assert compare_names(full, long[:15]).agreement is NameAgreement.SAME


def test_private_use_characters_are_for_a_person() -> None:
    found = compare_names(card("张\ue000"), "张䶮")
    assert (found.agreement, found.mismatch) == (None, IdentityMismatch.NAME_UNREADABLE)
    assert found.characters == "2:□≠䶮"
    assert compare_names(card("张\ue000"), "李䶮").mismatch is IdentityMismatch.OTHER_NAME
    assert compare_names(card("张\ue000"), "张").mismatch is IdentityMismatch.OTHER_NAME


def test_either_name_of_a_foreigner_may_be_the_provinces() -> None:
    found = card("大卫", latin_name="DOE, DAVID", kind=IdCardKind.FOREIGNER_2023)
    assert compare_names(found, "DOE DAVID").agreement is NameAgreement.SAME
    assert compare_names(found, "大卫").agreement is NameAgreement.SAME
    assert compare_names(found, "大为").characters == "2:卫≠为"


def test_validity_ends_with_the_last_day() -> None:
    require_valid(card(), TODAY)
    require_valid(card(valid_until=None), TODAY)
    require_valid(card(valid_from=None), TODAY)
    with pytest.raises(IdentityMismatchError) as expired:
        require_valid(card(), TODAY + dt.timedelta(days=1))
    assert expired.value.code == "id-card-expired"
    assert expired.value.details == {"valid_until": "2026-11-28"}
    with pytest.raises(IdentityMismatchError) as early:
        require_valid(card(valid_from=TODAY), TODAY - dt.timedelta(days=1))
    assert early.value.code == "id-card-not-valid-yet"


def test_another_person_is_refused_without_a_number_in_the_error() -> None:
    require_person(card(), "410799199003070010")
    with pytest.raises(IdentityMismatchError) as caught:
        require_person(card(), "410799199003070029")
    assert caught.value.code == "id-card-other-person"
    assert "4107" not in str(caught.value) + str(caught.value.details)
