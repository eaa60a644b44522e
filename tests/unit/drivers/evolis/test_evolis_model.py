from importlib.resources import files

import pytest

from station.core.errors import ConfigError
from station.core.faces import PrintGeometry
from station.drivers import family_names, load_family
from station.drivers.evolis.model import load_models, parse_model

PRIMACY = (files("station.drivers.evolis") / "models" / "primacy.toml").read_text("utf-8")


def slip(old: str, new: str) -> bytes:
    assert old in PRIMACY
    return PRIMACY.replace(old, new).encode()


def test_the_family_is_found_by_looking_and_knows_its_models() -> None:
    assert "evolis" in family_names()
    family = load_family("evolis")
    assert set(family.models) == {"primacy", "primacy2", "zenius", "kc200"}
    for model in family.models.values():
        bits = 7 if model.name == "zenius" else 8
        assert model.geometry == PrintGeometry(1016, 648, 300, colour_bits=bits)
        can = {word.value for word in model.capabilities} - {"print-back"}
        assert can == {"print-front", "contact-chip", "feeder", "reject-bin", "magnetic"}
    assert family.models["primacy"].duplex
    assert not family.models["zenius"].duplex


def test_every_file_says_what_was_never_seen() -> None:
    for model in load_models().values():
        facts = " ".join(model.facts().unverified)
        assert len(model.unverified) >= 15
        assert "Pneab" in facts
        assert "inserted_head" in facts
        assert "Pida" in facts


def test_colour_depth_is_the_models() -> None:
    depths = {name: model.print.colour_bits for name, model in load_models().items()}
    assert depths == {"primacy": 8, "primacy2": 8, "zenius": 7, "kc200": 8}


def test_an_unknown_model() -> None:
    with pytest.raises(ConfigError, match="unknown evolis model 'acme'"):
        load_family("evolis").open(lambda: pytest.fail("opened"), "acme")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("colour_bits = 8", "colour_bits = 6", "print.colour_bits"),
        ('keep_card = "Pneab;A;0"', 'keep_card = "Psc;1"', "never sent"),
        ('keep_card = "Pneab;A;0"', 'keep_card = ""', "printable"),
        ("printing = 2", "printing = 0", "sessions.printing"),
        ('usb_id = "0f49"', 'usb_id = "0f49"\nlamination = true', "lamination"),
        ("job = 60.0", "# job", "timeouts.job"),
        ("[geometry]", "[geometry", "primacy.toml"),
    ],
)
def test_a_slip_in_a_model_file_is_found_at_the_start(old: str, new: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        parse_model("primacy", slip(old, new))
