from importlib.resources import files

import pytest

from station.core.errors import ConfigError
from station.encoder.profiles.ssc.facts import load_facts, parse_facts

TEXT = files("station.encoder.profiles.ssc").joinpath("profile.toml").read_text(encoding="utf-8")


def test_the_keys_of_the_specification() -> None:
    # Card specification part 9 appendix B; 人社信息函〔2016〕38号 appendix B.
    version = load_facts().for_version("3.00")
    assert version is not None
    assert version.holder_read_key is not None
    assert (version.holder_read_key.reference, version.holder_read_key.hsm_address) == (10, "004C")
    assert (version.update_key.reference, version.update_key.hsm_address) == (4, "0094")


def test_the_order_of_writing() -> None:
    version = load_facts().for_version("3.0")
    assert version is not None
    places = [record.place for record in version.written]
    assert places == [
        *(f"EF06 {tag}" for tag in ("08", "09", "4E", "0A", "0B", "0C", "0D")),
        *(f"EF05 {tag}" for tag in ("05", "06", "07")),
    ]


@pytest.mark.parametrize("version", ["", "1", "0.90", "4.00"])
def test_other_versions_are_not_guessed(version: str) -> None:
    assert load_facts().for_version(version) is None


def test_the_application_is_named_as_the_specification_has_it() -> None:
    assert load_facts().application == "sx1.sh.社会保障".encode("gbk")


def test_a_switch_leaves_a_record_as_it_came() -> None:
    facts = parse_facts(TEXT.replace('["05", "06", "07"]', '["05", "07"]'))
    version = facts.for_version("3.00")
    assert version is not None
    assert [record.tag for record in version.issuer_records] == [0x05, 0x07]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('["05", "06", "07"]', '["05", "05", "07"]'),
        ('file = "EF08"', 'file = "8"'),
        ('["03"]', "3"),
        ('["05", "06", "07"]', '["07", "05"]'),  # the number closes the card
        ('["05", "06", "07"]', '["05", "06"]'),
        ('"4E"', '"4F"'),
        ('holder_read_key = "RKSSSE"', 'holder_read_key = "RK"'),
        ('update_key = "UKSSSE"', ""),
        ("challenge_length", "challenge_size"),
        ('reference = "0A"', 'reference = "0A"\nkind = "read"'),
        ('hsm_address = "004C"', 'hsm_address = "4C?"'),
        ('charset = "GBK"', 'charset = "Big5"'),
        ("[bank]", "[bank"),
    ],
)
def test_a_wrong_file_is_refused(old: str, new: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigError, match=r"profile\.toml"):
        parse_facts(TEXT.replace(old, new, 1))
