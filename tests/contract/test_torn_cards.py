"""A card with everything on it (records, portrait, certificates), torn at every point there is.

Every command of the session, and at each: before the card gets it, inside (with the old or the new
content in its memory), and after, with the answer lost. Whatever was torn, the card says what it is
when it is read, can be finished with the same data, and has every try of every key and PIN left.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from simulators.cards.ssc import Moment, Quirks, SscCard, TornRecord, make_blank
from station.core.cards import ChipCondition, ChipData, ChipIdentity, IssuerData
from station.core.errors import (
    OutcomeUnknownError,
    StatusWordError,
    TransportClosedError,
    WrongCardError,
)
from station.encoder import ChipEncoder, KeyTries, open_encoder
from station.encoder.apdu import INS_EXTERNAL_AUTHENTICATE, CommandApdu
from station.encoder.card_profile import ProfileOptions
from station.encoder.profiles.ssc.commands import COMMANDS
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.chip import BANK_BIN, PERSON, SOMEBODY_ELSE
from tests.rigs.faces import as_it_came, unopened
from tests.rigs.province_ca import TRANSPORT, certify
from tests.rigs.province_hsm import hsm_answer

PORTRAIT: Final = b"\xff\xd8" + random.Random(3).randbytes(600) + b"\xff\xd9"
ALL_TAGS: Final = ("01", "02", "03", "04", "05", "06", "07")
EVERYTHING: Final = ProfileOptions(
    issuer_tags=ALL_TAGS,
    issuer=IssuerData(initialiser="915600000241070041070001"),
    photo=True,
    transport=TRANSPORT,
)
MOMENTS: Final = [
    (Moment.BEFORE, TornRecord.OLD),
    (Moment.INSIDE, TornRecord.OLD),
    (Moment.INSIDE, TornRecord.NEW),
    (Moment.AFTER, TornRecord.NEW),
]
VERIFY: Final = 0x20
BLANK: Final = make_blank(random.Random(1), BANK_BIN, 1)


class Rig:
    """One card in a reader; power and the card's own memory are what is torn."""

    def __init__(self, torn: TornRecord = TornRecord.OLD) -> None:
        self.card = BLANK.fork()
        self.card.behave(Quirks(torn_record=torn))
        self.link = TornLink(self.card)
        self.restart(KeyTries())

    def restart(self, key_tries: KeyTries) -> None:
        """Be another program that knows only what was kept."""
        self.encoder: ChipEncoder = open_encoder(
            self.link,
            "ssc",
            EVERYTHING,
            fit_photo=as_it_came,
            certify=certify,
            key_tries=key_tries,
        )

    def write(self, identity: ChipIdentity, data: ChipData = PERSON) -> None:
        self.encoder.personalise(identity, data, hsm_answer, unopened(PORTRAIT))

    def condition(self, data: ChipData = PERSON) -> ChipCondition:
        return self.encoder.inspect(data, hsm_answer)


class TornLink(CardInReader):
    """A reader that tells when the card is gone: an answer without a status word."""

    def __init__(self, card: SscCard) -> None:
        super().__init__(card)
        self.torn_card = card

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        answer = super().transmit(command, name=name)
        if not answer:
            raise TransportClosedError(f"{name}: torn out")
        return answer


@dataclass(frozen=True)
class Whole:
    """What stands on a card that was never torn, and the session that wrote it."""

    image: dict[str, object]
    commands: list[CommandApdu]

    def torn_inside(self, at: int) -> bool:
        """Whether the card's memory changes in this command, so that a cut inside is a case."""
        command = self.commands[at - 1]
        return COMMANDS.is_writing(command) or command.ins in (VERIFY, INS_EXTERNAL_AUTHENTICATE)

    def position(self, name: str) -> int:
        """Return the number of a command, the first being 1."""
        return [command.name for command in self.commands].index(name) + 1


@pytest.fixture(scope="module")
def whole() -> Whole:
    rig = Rig()
    identity = rig.encoder.identify()
    rig.link.commands.clear()
    rig.write(identity)
    made = Whole(rig.card.image(), list(rig.link.commands))
    assert rig.condition() is ChipCondition.THIS_DATA
    for part in ("UPDATE EF06 4E", "UPDATE EF08 at 510", "UPDATE EF05 01", "REPLACE directory key"):
        assert made.position(part)
    return made


@pytest.mark.parametrize(("moment", "torn"), MOMENTS)
def test_torn_anywhere_the_card_is_told_and_finished(
    whole: Whole, moment: Moment, torn: TornRecord
) -> None:
    seen: set[ChipCondition] = set()
    refused = 0
    for torn_at, command in enumerate(whole.commands, 1):
        if moment is Moment.INSIDE and not whole.torn_inside(torn_at):
            continue
        where = f"{moment} {torn}: {torn_at}, {command.name}"
        rig = Rig(torn)
        identity = rig.encoder.identify()
        rig.card.tear_in(torn_at, moment)
        with pytest.raises((OutcomeUnknownError, TransportClosedError)):
            rig.write(identity)

        condition = rig.condition()
        assert condition is not ChipCondition.OTHER_DATA, where
        seen.add(condition)
        if condition is not ChipCondition.THIS_DATA:
            rig.write(rig.encoder.identify())
            assert rig.condition() is ChipCondition.THIS_DATA, where
        found = rig.card.image()
        for part in ("files", "tries_left", "blocked"):
            assert found[part] == whole.image[part], where
        failures = rig.card.counts["pin_failures"] + rig.card.counts["authentication_failures"]
        assert failures <= 3, where  # one for the PIN and each 主控密钥, all given back
        refused += failures
    assert seen >= {ChipCondition.HALF_WRITTEN}
    assert refused or moment is Moment.INSIDE


def test_torn_inside_a_proof_a_card_that_counts_first_gets_its_try_back(whole: Whole) -> None:
    proofs = [
        number
        for number, command in enumerate(whole.commands, 1)
        if command.ins in (VERIFY, INS_EXTERNAL_AUTHENTICATE) and command.data
    ]
    assert len(proofs) == 7  # RKSSSE, UKSSSE, user PIN twice, admin PIN, two 主控密钥
    for torn_at in proofs:
        rig = Rig()
        rig.card.behave(Quirks(torn_counter_spent=True))
        identity = rig.encoder.identify()
        rig.card.tear_in(torn_at, Moment.INSIDE)
        with pytest.raises((OutcomeUnknownError, TransportClosedError)):
            rig.write(identity)
        assert rig.card.image()["tries_left"] != whole.image["tries_left"]
        rig.write(rig.encoder.identify())
        assert rig.condition() is ChipCondition.THIS_DATA
        assert rig.card.image()["tries_left"] == whole.image["tries_left"]


def test_a_card_torn_in_its_certificates_is_refused_to_another_order() -> None:
    rig = Rig()
    identity = rig.encoder.identify()
    rig.link.tear_when = "CHANGE admin PIN"
    with pytest.raises(OutcomeUnknownError):
        rig.write(identity)
    rig.link.tear_when = ""
    assert rig.condition(SOMEBODY_ELSE) is ChipCondition.OTHER_DATA
    with pytest.raises(WrongCardError):
        rig.write(rig.encoder.identify(), SOMEBODY_ELSE)


@pytest.mark.parametrize(
    "again",
    [
        "CHANGE admin PIN",
        "REPLACE application key",
        "EXTERNAL AUTHENTICATE directory key",
        "UPDATE EF0019 at 112",
    ],
)
def test_torn_again_while_it_is_finished(whole: Whole, again: str) -> None:
    rig = Rig()
    identity = rig.encoder.identify()
    for torn_at in ("UPDATE EF0018 at 224", "UPDATE EF0018 at 336", again):
        rig.link.tear_when = torn_at
        with pytest.raises(OutcomeUnknownError):
            rig.write(identity)
    rig.link.tear_when = ""
    rig.write(identity)
    assert rig.condition() is ChipCondition.THIS_DATA
    assert rig.card.image()["tries_left"] == whole.image["tries_left"]


def test_torn_twice_after_the_same_refused_proof_it_stops_before_the_key_locks(
    tmp_path: Path,
) -> None:
    proof = "EXTERNAL AUTHENTICATE application key"
    rig = Rig()
    identity = rig.encoder.identify()
    for torn_at in ("REPLACE application key", proof):
        rig.link.tear_when = torn_at
        with pytest.raises(OutcomeUnknownError):
            rig.write(identity)
    rig.link.tear_when = ""
    for _ in range(3):  # whoever starts it again, and after every restart
        rig.restart(KeyTries(tmp_path / "key-tries.json"))
        with pytest.raises(StatusWordError) as refused:
            rig.write(identity)
        assert (refused.value.command, refused.value.tries_left) == (proof, 1)
    tries = rig.card.image()["tries_left"]
    assert isinstance(tries, dict)
    assert tries["MASTER-CERT"] == 1
