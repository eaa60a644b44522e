"""One whole session, byte for byte."""

from collections.abc import Callable
from typing import Any

from simulators.cards.ssc import SscCard
from simulators.cards.ssc.bank import BankAccount
from simulators.cards.ssc.personality import Personality

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


def test_every_exchange_of_a_2_00_session(talk: Talk, vectors: Vectors) -> None:
    session = vectors("personalisation_2_00")
    card_id = bytes.fromhex(session["card_id"])
    issuer = {
        0x01: card_id,
        0x02: b"3",
        0x03: b"2.00",
        0x04: bytes.fromhex("915600000241070041070001"),
    }
    account = BankAccount(
        number=session["bank_number"],
        expires=session["bank_expires"],
        effective=session["bank_effective"],
    )
    historical, seed = bytes.fromhex(session["historical"]), bytes.fromhex(session["seed"])
    card = SscCard(
        Personality("2.00", session["region"], card_id, historical, account, seed, {"EF05": issuer})
    )
    answer = card.power_on()
    assert answer is not None
    assert answer.hex().upper() == session["atr"]
    for step in session["exchange"]:
        assert talk(card, step["command"]) == step["answer"], step["name"]
    assert (card.counts["writes"], card.counts["authentications"]) == (12, 3)
