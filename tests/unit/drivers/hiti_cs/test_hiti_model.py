import re
import tomllib
from importlib.resources import files

import pytest

from station.core.errors import ConfigError
from station.core.faces import PrintGeometry
from station.core.printing import Capability
from station.drivers import family_names, load_family
from station.drivers.hiti_cs.model import load_models, parse_model

PACKAGE = files("station.drivers.hiti_cs")
FAMILY = (PACKAGE / "family.toml").read_text("utf-8")
OWN = (PACKAGE / "models" / "cs220e.toml").read_text("utf-8")
IN_COMMON = re.sub(r"^capabilities = .*$", "", FAMILY, flags=re.MULTILINE)  # the model has its own
KEYS = OWN.partition("\n[")[0] + "\n"  # without its tables
CS220E = KEYS + IN_COMMON  # one model with nothing in common
NO_FAMILY: dict[str, object] = {"alerts": {}}


def slip(old: str, new: str) -> bytes:
    assert old in CS220E
    return CS220E.replace(old, new).encode()


def test_the_family_is_found_by_looking_and_knows_its_models() -> None:
    assert "hiti_cs" in family_names()
    family = load_family("hiti_cs")
    assert family.name == "hiti_cs"
    assert set(family.models) == {"cs200e", "cs220e", "cs230e", "cs250e", "cs290e"}
    facts = family.models["cs220e"]
    assert facts.geometry == PrintGeometry(1014, 642, 300)
    can = {word.value for word in facts.capabilities}
    assert can == {"print-front", "print-back", "contact-chip", "feeder", "reject-bin"}
    assert facts.device_seconds["print_front"] == 21.0
    assert [name for name, model in family.models.items() if model.duplex] == ["cs220e"]


def test_a_family_that_is_not_there() -> None:
    with pytest.raises(ConfigError, match="unknown printer family 'acme'"):
        load_family("acme")


def test_every_file_says_what_was_never_seen() -> None:
    for model in load_models().values():
        assert len(model.unverified) >= 15
        assert "E02E" in " ".join(model.facts().unverified)


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (slip("ribbon_low_cards = 10", "ribbon_low_cards = 10\nhead_width_dots = 672"), "head_wid"),
        (slip('"print-back"', '"print-sides"'), "capabilities"),
        (slip("0xE02E", "0x8900"), "moves.chip_station.command"),
        (slip("0xE037", "0x8201"), "moves.output_hopper.command"),
        (slip('"u8 mode"', '"u8 made"'), "print.format"),
        (slip('"00 00 01"', '"00 00 0"'), "print.heat_setting"),
        (slip("printed_state = 1", "printed_state = 256"), "print.printed_state"),
        (slip("transfer_bytes = 65536", "transfer_bytes = 65537"), "print.transfer_bytes"),
        (slip("flipper = [6]", "flapper = [6]"), "positions"),
        (slip('mark = "L"', 'mark = "H"'), "unverified"),
        (slip("reply = 2.0", "reply = -1"), "timeouts.reply"),
        (slip("case = [82,", "case = [182,"), "side_view.*case is not inside"),
        (slip("cover = [", "lid = ["), "side_view.parts"),
        (slip("[geometry]", "[geometry"), "cs220e.toml"),
        (b"\xff", "cs220e.toml"),
    ],
)
def test_a_slip_in_a_model_file_is_refused_by_name(content: bytes, named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        parse_model("cs220e", content, NO_FAMILY)


def test_every_model_has_the_product_id_of_the_list_and_shares_the_rest() -> None:
    models = load_models()
    assert {name: model.product_id for name, model in models.items()} == {
        "cs200e": 0x0309,
        "cs220e": 0x030A,
        "cs230e": 0x030B,
        "cs250e": 0x030C,
        "cs290e": 0x030D,
    }
    for model in models.values():
        assert model.print == models["cs220e"].print
        assert model.moves == models["cs220e"].moves


def test_what_only_one_model_can_do_and_nobody_knows_how_is_not_offered() -> None:
    rewritable = load_models()["cs230e"]
    assert Capability.REWRITABLE not in rewritable.capabilities
    assert rewritable.moves.erase is None
    assert any("erase" in fact for fact in rewritable.facts().unverified)


def test_one_correction_in_the_family_file_holds_for_every_model() -> None:
    corrected = tomllib.loads(FAMILY.replace("0xE02E", "0xE029")) | NO_FAMILY
    for own in sorted((PACKAGE / "models").iterdir(), key=lambda entry: entry.name):
        model = parse_model("x", own.read_bytes(), corrected)
        assert model.moves.chip_station.command == 0xE029


def test_what_a_models_own_file_says_wins() -> None:
    own = OWN + "\n[print]\nmode = 0x10\n"
    model = parse_model("x", own.encode(), tomllib.loads(FAMILY) | NO_FAMILY)
    assert model.print.mode == 0x10
    assert model.print.heat_setting == load_models()["cs220e"].print.heat_setting


def test_a_model_may_correct_an_alert_of_the_family() -> None:
    content = CS220E + '\n[alerts]\n"0804FE" = "marker-print-ribbon-missing"\n'
    alerts = {"0804FE": "station-ribbon-chip-missing", "050001": "cover-open"}
    model = parse_model("x", content.encode(), {"alerts": alerts})
    assert model.alerts == {"0804FE": "marker-print-ribbon-missing", "050001": "cover-open"}


def test_an_unknown_model_is_a_wrong_setting() -> None:
    def never() -> object:
        raise AssertionError

    with pytest.raises(ConfigError, match="unknown hiti_cs model 'cs9'"):
        load_family("hiti_cs").open(never, "cs9")  # type: ignore[arg-type]  # never called
