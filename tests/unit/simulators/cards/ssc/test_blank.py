"""Blanks: the factory, uniqueness, what is on them; the layouts."""

import random
from collections.abc import Callable

import pytest

from simulators.cards import CardSimulator
from simulators.cards.ssc import SIMULATOR, SscCard, make_blank
from simulators.cards.ssc.authentication import ALGORITHMS
from simulators.cards.ssc.layout import (
    file_layouts,
    known_versions,
    load_applications,
    load_layout,
    required_names,
)
from simulators.master_keys import load_test_keys

Talk = Callable[[SscCard, str], str]


def _rng(seed: int = 1) -> random.Random:
    return random.Random(seed)


def test_the_simulator_is_exported() -> None:
    assert isinstance(SIMULATOR, CardSimulator)
    assert SIMULATOR.name == "ssc"
    blank = SIMULATOR.make_blank(_rng(), "622823", 5)
    assert SIMULATOR.restore is not None
    assert SIMULATOR.restore(blank.image()).card_id == blank.card_id


def test_what_a_blank_carries(talk: Talk) -> None:
    blank = make_blank(_rng(), "622823", 12345678, region="410102")
    image = blank.image()
    files = image["files"]
    assert isinstance(files, dict)
    issuer = files["SSSE/EF05"]
    assert issuer["01"].startswith("410102D15600000512345678")
    assert issuer["01"] == blank.card_id
    assert len(blank.card_id) == 32
    assert list(issuer.items())[1:] == [
        ("02", "33"),
        ("03", "332E3030"),
        ("04", "915600000241010241010201"),
        ("05", "FFFFFFFF"),
        ("06", "FFFFFFFF"),
        ("07", "000000000000000000"),
    ]
    assert list(files["SSSE/EF06"]) == ["08", "09", "4E", "0A", "0B", "0C", "0D"]
    assert image["blank"] is True
    assert set(image["counts"].values()) == {0}  # type: ignore[attr-defined]


def test_the_atr_of_a_blank() -> None:
    blank = make_blank(_rng(), "622823", 7, region="410700")
    atr = blank.atr.hex().upper()
    assert atr.startswith("3B6D0000")
    assert len(atr) == 2 * 17
    historical = atr[8:]
    assert historical[10:12] == "86"  # T6: card maker
    assert historical[14:18] == "4107"  # T8, T9: city
    assert historical[20:] == "000007"
    assert blank.power_on() == blank.atr


def test_the_same_seed_makes_the_same_card() -> None:
    first, second = (make_blank(_rng(3), "622823", 1) for _ in range(2))
    assert first.to_json() == second.to_json()
    assert first.to_json() != make_blank(_rng(4), "622823", 1).to_json()


def test_blanks_of_one_run_differ() -> None:
    rng = _rng()
    blanks = [make_blank(rng, "622823", serial) for serial in range(1, 51)]
    assert len({blank.card_id for blank in blanks}) == 50
    assert len({blank.atr for blank in blanks}) == 50
    assert len({blank.image()["seed"] for blank in blanks}) == 50


@pytest.mark.parametrize(
    ("bank_bin", "serial", "region", "version", "message"),
    [
        ("62282", 1, "410700", "3.00", "bank_bin"),
        ("62282A", 1, "410700", "3.00", "bank_bin"),
        ("622823", 0, "410700", "3.00", "serial 0"),
        ("622823", 100_000_000, "410700", "3.00", "serial 100000000"),
        ("622823", 1, "4107", "3.00", "region"),
        ("622823", 1, "４１０７００", "3.00", "region"),
        ("622823", 1, "410700", "4.00", "no layout"),
        ("622823", 1, "410700", "../3.00", "no layout"),
    ],
)
def test_odd_arguments_are_refused(
    bank_bin: str, serial: int, region: str, version: str, message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        make_blank(_rng(), bank_bin, serial, region=region, version=version)


@pytest.mark.parametrize("version", known_versions())
def test_every_layout_can_be_made(version: str) -> None:
    layout = load_layout(version)
    assert layout.version == version
    assert layout.algorithm in ALGORITHMS
    applications = load_applications(layout.applications)
    keys = [*layout.key, *(key for entry in applications for key in entry.keys)]
    names = {key.name for key in keys}
    assert len(names) == len(keys)
    assert {key.master_name for key in keys} <= set(load_test_keys())
    for files in file_layouts(version).values():
        for file in files:
            used = required_names(file.read) | required_names(file.write)
            assert used <= names | {"PIN", "USER-PIN", "ADMIN-PIN"}
    assert make_blank(_rng(), "622823", 1, version=version).image()["version"] == version


def test_the_keys_have_their_published_places() -> None:
    keys = load_test_keys()
    places = {name: (key.hsm_address, key.card_key_id) for name, key in keys.items()}
    published = {
        "UKSSSE": ("0094", 0x04),
        "RKSSSE": ("004C", 0x0A),
        "IRK": ("0170", 0x00),
        "PUK": ("0090", 0x06),
        "BK": ("0091", 0x05),
        "STK": ("0173", 0x02),
        "UK1DF01": ("0097", 0x83),
        "UK2DF01": ("009A", 0x84),
        "UK4DF01": ("0179", 0x86),
        "UK5DF01": ("009D", 0x87),
        "RK2DF03": ("0196", 0x85),
        "UK2DF04": ("017C", 0x86),
        "UK3DF07": ("0089", 0x89),
    }
    assert {name: places[name] for name in published} == published
    assert len({address for address, _ in places.values()}) == len(places)


def test_every_key_is_another_one() -> None:
    keys = load_test_keys().values()
    values = {key.master for key in keys} | {key.triple_des for key in keys}
    assert len(values) == 2 * len(keys)
    first = load_test_keys()["UKSSSE"]
    assert first.master_for("03").hex().upper() == "1E084AEAAC0DE2F0F179AA4FA6AE06D4"
    assert first.master_for("01") == first.triple_des
    assert "master" not in repr(first)
    assert first.triple_des.hex() not in repr(first)
