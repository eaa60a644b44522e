"""One whole session, byte for byte."""

from collections.abc import Callable
from typing import Any

from simulators.cards.ssc import SscCard

Vectors = Callable[[str], dict[str, Any]]
Talk = Callable[[SscCard, str], str]


def test_every_exchange_of_the_session(card: SscCard, talk: Talk, vectors: Vectors) -> None:
    session = vectors("personalisation")
    assert card.atr.hex().upper() == session["atr"]
    for step in session["exchange"]:
        assert talk(card, step["command"]) == step["answer"], step["name"]


def test_what_the_observer_sees_after_it(card: SscCard, talk: Talk, vectors: Vectors) -> None:
    session = vectors("personalisation")
    before = card.image()
    for step in session["exchange"]:
        talk(card, step["command"])
    after = card.image()
    assert before["blank"] is True
    assert after["blank"] is False
    assert after["card_id"] == session["card_id"]
    assert after["bank_number"] == session["bank_number"]
    files = after["files"]
    assert isinstance(files, dict)
    assert files["SSSE/EF06"]["0D"] == "19900307"
    assert files["SSSE/EF05"]["07"] == "443231343335363958"
    # Counted by hand in the list of exchanges.
    assert {key: value for key, value in card.counts.items() if not key.startswith("writes ")} == {
        "power_ons": 1,
        "reads": 6,
        "writes": 10,
        "authentications": 2,
        "failures": 3,
        "challenges": 6,
        "internal_authentications": 1,
        "authentication_failures": 0,
        "mac_failures": 0,
        "pin_failures": 0,
        "tears": 0,
    }
    per_record = {key: value for key, value in card.counts.items() if key.startswith("writes ")}
    assert per_record == {
        f"writes SSSE/{place}": 1
        for place in (
            *("EF06/08", "EF06/09", "EF06/4E", "EF06/0A", "EF06/0B", "EF06/0C", "EF06/0D"),
            *("EF05/05", "EF05/06", "EF05/07"),
        )
    }
