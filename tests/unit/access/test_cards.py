"""Operators' cards: bound, proven by a signature, and what an attacker may try with a card."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import serialization

from simulators.operator_cards import PivCard, make_card
from simulators.operator_cards.maker import KINDS, PIN, make_certificate, new_key
from station.access import Doors, cards, open_doors
from station.access.doors import NOBODY, Means
from station.access.store import FILE
from station.core.errors import InputError, NotSupervisorError, StationError
from station.core.errors.doors import (
    OperatorCardAbsentError,
    OperatorCardExpiredError,
    OperatorCardLastTryError,
    OperatorCardPinError,
    OperatorCardReaderError,
    OperatorCardRefusedError,
    OperatorCardUnknownError,
    OperatorKnownError,
    OperatorUnknownError,
)
from station.core.people import ApprovalMethod, Role
from station.encoder import piv
from tests.rigs.doors import CHEAP, PASSWORD, SUPERVISOR, PlayedClock, let_in
from tests.rigs.operator_card import CardSlotInMemory, reader_with

TODAY = dt.datetime(2031, 5, 4, 8, 0, tzinfo=dt.UTC)  # as `PlayedClock` begins
DAY = dt.timedelta(days=1)
WRONG = "135791"


def made(name: str = "li.na", *, kind: str = "p-256", ends: dt.datetime = TODAY + DAY) -> PivCard:
    return make_card(name, kind=kind, begins=TODAY - 400 * DAY, ends=ends)


@dataclass
class Desk:
    """A window with operators, and the reader for their cards."""

    doors: Doors
    slot: CardSlotInMemory
    clock: PlayedClock

    def bound(self, card: PivCard, name: str = "li.na") -> PivCard:
        self.slot.card = card
        self.doors.cards.bind_inserted(name, PIN, by="test")
        return card

    def lets_in(self, pin: str = PIN) -> bool:
        """Whether the card in the reader opens a session."""
        try:
            return bool(self.doors.log_in_with_card(pin).token)
        except StationError:
            return False


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    clock = PlayedClock()
    reader, slot = reader_with(None)
    doors = open_doors(tmp_path, clock=clock, hasher=CHEAP, card_reader=reader)
    let_in(doors, "li.na", {Role.OPERATOR})
    let_in(doors, SUPERVISOR, {Role.SUPERVISOR})
    yield Desk(doors, slot, clock)
    doors.close()


# -- what holds ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "rsa-3072"])
def test_a_bound_card_opens_its_holders_session(desk: Desk, kind: str) -> None:
    card = desk.bound(made(kind=kind))
    session = desk.doors.log_in_with_card(PIN)
    assert session.operator == "li.na"
    assert desk.doors.by_session(session.token, Means.LOGIN, uses=True).roles == {Role.OPERATOR}
    assert card.counts["signatures"] == 2  # at the binding, and now
    (shown,) = desk.doors.cards.all()
    assert (shown.operator, bool(shown.used_at)) == ("li.na", True)


def test_a_certificate_is_bound_from_a_file_too(desk: Desk) -> None:
    card = made()
    pem = x509.load_der_x509_certificate(card._certificate).public_bytes(serialization.Encoding.PEM)
    desk.doors.cards.bind("li.na", pem, by="test")
    desk.slot.card = card
    assert desk.lets_in()


def test_no_card_is_bound_twice_or_to_nobody(desk: Desk) -> None:
    card = desk.bound(made())
    with pytest.raises(OperatorKnownError):
        desk.doors.cards.bind(SUPERVISOR, card._certificate, by="test")
    with pytest.raises(OperatorUnknownError):
        desk.doors.cards.bind("gone", made()._certificate, by="test")
    with pytest.raises(InputError):
        desk.doors.cards.bind("li.na", b"no certificate", by="test")


def test_a_card_that_was_removed_lets_nobody_in(desk: Desk) -> None:
    desk.bound(made())
    (shown,) = desk.doors.cards.all()
    for digits in ("", shown.fingerprint[:7], "0" * 64):
        with pytest.raises(OperatorUnknownError):
            desk.doors.cards.unbind(digits, by="test")
    desk.doors.cards.unbind(shown.fingerprint[:8].upper(), by="test")
    with pytest.raises(OperatorCardUnknownError):
        desk.doors.log_in_with_card(PIN)


@pytest.mark.parametrize("act", ["disable", "reset"])
def test_whoever_is_disabled_or_reset_is_not_let_in_by_a_card(desk: Desk, act: str) -> None:
    desk.bound(made())
    session = desk.doors.log_in_with_card(PIN)
    getattr(desk.doors.operators, act)("li.na", by="test")
    assert desk.doors.by_session(session.token, Means.LOGIN, uses=True) == NOBODY
    with pytest.raises(OperatorCardUnknownError):
        desk.doors.log_in_with_card(PIN)
    assert desk.slot.verifies == 2, "no PIN is sent to a card that is nobody's"


def test_a_supervisor_agrees_with_a_card(desk: Desk) -> None:
    desk.bound(made("wang"), SUPERVISOR)
    for name in ("", SUPERVISOR):
        given = desk.doors.approve("reprint", "li.na", name, "", card_pin=PIN)
        assert (given.person, given.method) == (SUPERVISOR, ApprovalMethod.CARD)
    for actor, name in ((SUPERVISOR, ""), (SUPERVISOR, "zhao"), ("li.na", "zhao")):
        with pytest.raises(NotSupervisorError):
            desk.doors.approve("reprint", actor, name, "", card_pin=PIN)
    desk.bound(made())
    with pytest.raises(NotSupervisorError):  # an operator's card agrees to nothing
        desk.doors.approve("reprint", "zhao", "", "", card_pin=PIN)


def test_without_a_card_or_a_reader_the_reason_is_said(desk: Desk, tmp_path: Path) -> None:
    with pytest.raises(OperatorCardAbsentError) as caught:
        desk.doors.log_in_with_card(PIN)
    assert caught.value.details == {"cause": "chip-power-failed"}
    without = open_doors(tmp_path, hasher=CHEAP)
    assert not without.cards.has_reader
    with pytest.raises(OperatorCardReaderError):
        without.log_in_with_card(PIN)
    without.close()


def test_the_history_says_whose_card_it_was_and_nothing_secret(desk: Desk) -> None:
    desk.bound(made())
    with pytest.raises(OperatorCardPinError):
        desk.doors.log_in_with_card(WRONG)
    lines: list[tuple[str, str, dict[str, str]]] = []
    desk.doors.copy_to_history(lambda actor, kind, data: lines.append((actor, kind, dict(data))))
    kinds = [kind for _, kind, _ in lines]
    assert kinds[-2:] == ["card-bound", "card-refused"]
    assert lines[-1][0] == "li.na"
    assert not any(secret in str(lines) for secret in (PIN, WRONG, PASSWORD))


def test_a_database_without_cards_gets_the_table(tmp_path: Path) -> None:
    doors = open_doors(tmp_path, hasher=CHEAP)
    doors._store.run("DROP TABLE cards")
    doors.close()
    again = open_doors(tmp_path, hasher=CHEAP)
    assert again.cards.all() == []
    again.close()
    assert (tmp_path / FILE).stat().st_mode & 0o077 == 0


def test_the_last_try_is_spared_unless_it_is_asked_for(desk: Desk) -> None:
    card = desk.bound(made())
    for left in ("2", "1"):
        with pytest.raises(OperatorCardPinError) as caught:
            desk.doors.log_in_with_card(WRONG)
        assert caught.value.details == {"tries_left": left}
    with pytest.raises(OperatorCardLastTryError):
        desk.doors.log_in_with_card(PIN)
    assert card.tries == 1
    assert desk.doors.cards.prove(PIN, spare_last_try=False) == "li.na"
    assert card.tries == 3
    assert desk.lets_in()


# -- attacks, each held back by one guard ----------------------------------------------------------


def self_made(desk: Desk) -> bool:
    """A card that the attacker has made, with an operator's name in its certificate."""
    desk.slot.card = made("li.na")
    return desk.lets_in()


def copied_certificate(desk: Desk) -> bool:
    """A card that shows an operator's certificate, which is no secret, and has another key."""
    real = desk.bound(made())
    desk.slot.card = PivCard(new_key("p-256"), real._certificate, PIN)
    return desk.lets_in()


def replayed(desk: Desk) -> bool:
    """A card that shows an operator's certificate and a signature recorded at an earlier login."""
    real = desk.bound(made())
    assert desk.lets_in()
    forged = PivCard(new_key("p-256"), real._certificate, PIN)
    forged.replays = [real.signed[-1]]
    desk.slot.card = forged
    return desk.lets_in()


def expired(desk: Desk) -> bool:
    desk.bound(made(ends=TODAY + DAY))
    desk.clock.pass_by(2 * 86400.0)
    return desk.lets_in()


def not_valid_yet(desk: Desk) -> bool:
    key = new_key("p-256")
    certificate = make_certificate("li.na", key, TODAY + DAY, TODAY + 2 * DAY)
    desk.bound(PivCard(key, certificate, PIN))
    return desk.lets_in()


def wrong_pin(desk: Desk) -> bool:
    """Somebody with another's card, whose issuer lets the key sign without the PIN."""
    card = made()
    card.needs_pin = False
    desk.bound(card)
    return desk.lets_in(WRONG)


def locked(desk: Desk) -> bool:
    """Somebody at the keyboard while a colleague's card is in the reader: is it locked?"""
    card = desk.bound(made())
    for _ in range(5):
        desk.lets_in(WRONG)
    return card.tries == 0


def known_by_name(self: cards.Cards, shown: bytes) -> dict[str, object]:
    """Trust the card: whoever its certificate names."""
    name = x509.load_der_x509_certificate(shown).subject.rfc4514_string().removeprefix("CN=")
    return {"operator": name, "certificate": shown, "fingerprint": ""}


def nothing(*_: object, **__: object) -> None:
    return None


GUARDS: dict[str, tuple[Callable[[Desk], bool], object, str, object]] = {
    "binding": (self_made, cards.Cards, "_known", known_by_name),
    "signature": (copied_certificate, cards, "require_signature", nothing),
    "challenge": (replayed, cards, "_fresh_challenge", lambda: bytes(32)),
    "validity": (expired, cards.Cards, "_require_valid", nothing),
    "validity begins": (not_valid_yet, cards.Cards, "_require_valid", nothing),
    "PIN": (wrong_pin, piv.PivCard, "verify_pin", nothing),
    "last try": (locked, piv, "LAST_TRY", -1),
}


@pytest.mark.parametrize("name", GUARDS)
def test_an_attack_with_a_card_succeeds_only_without_its_guard(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    attack, place, attribute, instead = GUARDS[name]
    assert not attack(desk), "the guard holds it back"
    desk.doors._store.run("DELETE FROM cards")
    desk.clock.wall = TODAY
    monkeypatch.setattr(place, attribute, instead)
    assert attack(desk), "it is this guard that holds it back"


def test_each_refusal_has_a_code_of_its_own(desk: Desk) -> None:
    desk.slot.card = made()
    with pytest.raises(OperatorCardUnknownError):
        desk.doors.log_in_with_card(PIN)
    real = desk.bound(made(ends=TODAY + DAY))
    desk.slot.card = PivCard(new_key("p-256"), real._certificate, PIN)
    with pytest.raises(OperatorCardRefusedError):
        desk.doors.log_in_with_card(PIN)
    desk.slot.card = real
    desk.clock.pass_by(2 * 86400.0)
    with pytest.raises(OperatorCardExpiredError):
        desk.doors.log_in_with_card(PIN)
