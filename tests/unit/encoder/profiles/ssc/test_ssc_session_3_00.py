"""The whole session of a 3.00 card, byte by byte, from tests/vectors/ssc/session_3_00.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

import pytest

from station.core.cards import AuthenticationRequest, ChipCondition, ChipData, ChipIdentity
from station.core.errors import (
    CardMismatchError,
    GatewayUnavailableError,
    NameNotEncodableError,
    OutcomeUnknownError,
    ReaderNotConnectedError,
    RemoteProtocolError,
    StatusWordError,
    TransportClosedError,
    TransportError,
    WrongCardError,
    WrongCardReason,
)
from station.core.secrets import BankNumber
from station.encoder import load_profile
from station.encoder.session import ChipEncoder

VECTORS: Final = Path(__file__).parents[4] / "vectors" / "ssc" / "session_3_00.toml"
SESSION: Final[dict[str, Any]] = tomllib.loads(VECTORS.read_text(encoding="utf-8"))
PERSON: Final = ChipData(**SESSION["person"])
HSM: Final = "HSM"
BLANK: Final = ChipIdentity(
    AAZ501=SESSION["card_id"],
    AAZ507=SESSION["reset_information"],
    AAZ508="3.00",
    AAB301="410700",
    algorithm="03",
    AAZ500="",
    bank_number=BankNumber(SESSION["bank_number"]),
)


@dataclass(frozen=True)
class Line:
    """One line of the vector."""

    name: str
    command: bytes
    response: bytes


def lines(title: str) -> list[Line]:
    return [
        Line(
            entry["name"],
            entry["command"].encode() if entry["name"] == HSM else bytes.fromhex(entry["command"]),
            bytes.fromhex(entry["response"]),
        )
        for entry in SESSION[title]
    ]


@dataclass
class ScriptedCard:
    """An `ApduLink` and an HSM that know one session only, and fail on any other byte."""

    script: list[Line]
    fails_at: int = -1
    failure: Exception | None = None
    done: int = 0
    events: list[str] = field(default_factory=list)

    address = "memory:script"

    def check_reader(self) -> None:
        if not self.reader_present():
            raise ReaderNotConnectedError("no reader")

    def reader_present(self) -> bool:
        return True

    def power_on(self) -> bytes:
        self.events.append("on")
        return bytes.fromhex(SESSION["atr"])

    def power_off(self) -> None:
        self.events.append("off")

    def close(self) -> None:
        self.events.append("close")

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        return self._next(command, name)

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        assert (request.AAB301, request.algorithm) == ("410700", "03")
        assert (request.AAZ501, request.AAZ507) == (BLANK.AAZ501, BLANK.AAZ507)
        factors = f"{request.process_factor.hex()} {request.original.hex()}"
        return self._next(f"{request.key_address} {factors}".encode(), HSM)

    def _next(self, command: bytes, name: str) -> bytes:
        assert self.failure is None or self.done <= self.fails_at, "sent something after the end"
        line = self.script[self.done]
        assert (name, command) == (line.name, line.command)
        self.done += 1
        if self.failure is not None and self.done > self.fails_at:
            raise self.failure
        return line.response


def encoder_of(card: ScriptedCard) -> ChipEncoder:
    return ChipEncoder(card, load_profile("ssc"))


def personalise(card: ScriptedCard, identity: ChipIdentity = BLANK) -> ChipIdentity:
    return encoder_of(card).personalise(identity, PERSON, card.authenticate)


def run(title: str, card: ScriptedCard) -> object:
    if title == "identify":
        return encoder_of(card).identify()
    if title == "inspect":
        return encoder_of(card).inspect(PERSON, card.authenticate)
    return personalise(card)


def changed(title: str, name: str, response: str, *, occurrence: int = 0) -> list[Line]:
    """Return a session in which one answer is another one."""
    session = lines(title)
    at = [n for n, line in enumerate(session) if line.name == name][occurrence]
    session[at] = replace(session[at], response=bytes.fromhex(response))
    return session


def test_a_blank_is_identified() -> None:
    card = ScriptedCard(lines("identify"))
    assert encoder_of(card).identify() == BLANK
    assert card.done == len(card.script)
    assert card.events == ["on", "off"]


def test_a_blank_is_personalised() -> None:
    card = ScriptedCard(lines("personalise"))
    written = personalise(card)
    assert written == replace(BLANK, AAZ500=PERSON.AAZ500)
    assert card.done == len(card.script)
    assert card.events == ["on", "off"]  # a reset in between would restart everything


def test_a_finished_card_is_recognised() -> None:
    card = ScriptedCard(lines("inspect"))
    assert encoder_of(card).inspect(PERSON, card.authenticate) is ChipCondition.THIS_DATA
    assert card.done == len(card.script)


def test_another_card_number_is_seen_without_the_hsm() -> None:
    card = ScriptedCard(lines("inspect"))
    other = replace(PERSON, AAZ500="D2143569X")
    assert encoder_of(card).inspect(other, card.authenticate) is ChipCondition.OTHER_DATA
    assert all(line.name != HSM for line in card.script[: card.done])


@pytest.mark.parametrize("title", ["identify", "personalise", "inspect"])
@pytest.mark.parametrize("failure", [TransportClosedError("torn"), ReaderNotConnectedError("gone")])
def test_torn_at_each_command(title: str, failure: TransportError) -> None:
    session = lines(title)
    writes = [n for n, line in enumerate(session) if line.name.startswith("UPDATE")]
    first_write = writes[0] if writes else len(session)
    for torn_at, line in enumerate(session):
        if line.name == HSM:
            continue
        card = ScriptedCard(session, torn_at, failure)
        expected = OutcomeUnknownError if torn_at >= first_write else type(failure)
        with pytest.raises(expected) as caught:
            run(title, card)
        assert type(caught.value) is expected
        assert card.done == torn_at + 1  # nothing was sent afterwards
        assert card.events == ["on", "off"]
        if expected is OutcomeUnknownError:
            assert caught.value.details == {"command": line.name}
            assert caught.value.__cause__ is failure


@pytest.mark.parametrize(
    "at", [n for n, line in enumerate(lines("personalise")) if line.name == HSM]
)
def test_a_silent_hsm_is_the_provinces_error(at: int) -> None:
    card = ScriptedCard(lines("personalise"), at, GatewayUnavailableError("no answer"))
    with pytest.raises(GatewayUnavailableError):
        personalise(card)
    assert card.done == at + 1
    assert card.events == ["on", "off"]


def test_a_garbled_answer_after_a_write_is_an_unknown_outcome() -> None:
    with pytest.raises(OutcomeUnknownError):
        personalise(ScriptedCard(changed("personalise", "UPDATE EF06 08", "")))
    with pytest.raises(RemoteProtocolError):
        personalise(ScriptedCard(changed("personalise", "SELECT SSSE", "1234")))


@pytest.mark.parametrize(
    ("name", "response", "field_name"),
    [
        ("READ EF06 08", "0812" + "31" * 18 + "9000", "AAC002"),
        ("READ EF06 09", "091E" + "C0EE" + "00" * 28 + "9000", "AAC003"),
        ("READ EF06 4E", "4E14" + "41" + "00" * 19 + "9000", "AAC003"),
        ("READ EF06 0A", "0A01319000", "AAC004"),
        ("READ EF06 0B", "0B01019000", "AAC005"),
        ("READ EF06 0C", "0C034107039000", "AAC025"),
        ("READ EF06 0D", "0D04199003089000", "AAC006"),
        ("READ EF06 0D", "6A83", "AAC006"),
        ("READ EF05 01", "0110410700D15600000500000001A1B2C3D59000", "AAZ501"),
        ("READ EF05 03", "0304322E30309000", "AAZ508"),
        ("READ EF05 05", "0504FFFFFFFF9000", "AAZ503"),
        ("READ EF05 06", "0604203611239000", "valid_until"),
        ("READ EF05 07", "0709" + "00" * 9 + "9000", "AAZ500"),
    ],
)
def test_what_reads_back_wrong_is_named(name: str, response: str, field_name: str) -> None:
    with pytest.raises(CardMismatchError) as wrong:
        personalise(ScriptedCard(changed("personalise", name, response, occurrence=-1)))
    assert wrong.value.details["fields"] == field_name


def test_a_refused_write_stops_at_once() -> None:
    card = ScriptedCard(changed("personalise", "UPDATE EF06 0B", "6581"))
    with pytest.raises(StatusWordError) as refused:
        personalise(card)
    assert (refused.value.sw, refused.value.command) == (0x6581, "UPDATE EF06 0B")
    assert card.script[card.done - 1].name == "UPDATE EF06 0B"


def test_a_write_is_not_sent_twice_on_a_wrong_length() -> None:
    card = ScriptedCard(changed("personalise", "UPDATE EF06 08", "6C14"))
    with pytest.raises(StatusWordError):
        personalise(card)
    assert card.script[card.done - 1].name == "UPDATE EF06 08"


def test_a_file_that_closed_again_is_opened_again() -> None:
    session = lines("personalise")
    reads = [n for n, line in enumerate(session) if line.name == "READ EF06 08"]
    names = [line.name for line in session]
    opening = names.index("EXTERNAL AUTHENTICATE key 0A")
    refused = replace(session[reads[1]], response=bytes.fromhex("6982"))
    session[reads[1] : reads[1]] = [refused, *session[opening - 3 : opening + 1]]
    card = ScriptedCard(session)
    assert personalise(card).AAZ500 == PERSON.AAZ500
    assert card.done == len(session)


@pytest.mark.parametrize("sw", ["63C2", "63C1", "63C0", "6983", "6984"])
def test_a_refused_authentication_ends_the_session(sw: str) -> None:
    card = ScriptedCard(changed("personalise", "EXTERNAL AUTHENTICATE key 04", sw))
    with pytest.raises(StatusWordError) as refused:
        personalise(card)
    assert refused.value.sw == int(sw, 16)
    assert card.script[card.done - 1].name == "EXTERNAL AUTHENTICATE key 04"


def test_the_last_try_is_kept() -> None:
    first = ScriptedCard(changed("personalise", "EXTERNAL AUTHENTICATE key 04", "63C1"))
    encoder = encoder_of(first)
    with pytest.raises(StatusWordError):
        encoder.personalise(BLANK, PERSON, first.authenticate)
    first.done = 0
    with pytest.raises(StatusWordError, match="not sent") as refused:
        encoder.personalise(BLANK, PERSON, first.authenticate)
    assert refused.value.tries_left == 1
    # The HSM was not asked for it either.
    assert first.script[first.done].name == HSM


def test_tries_are_counted_per_key() -> None:
    card = ScriptedCard(changed("personalise", "EXTERNAL AUTHENTICATE key 04", "63C1"))
    encoder = encoder_of(card)
    with pytest.raises(StatusWordError):
        encoder.personalise(BLANK, PERSON, card.authenticate)
    card.script, card.done = lines("inspect"), 0  # asks for key 0A only
    assert encoder.inspect(PERSON, card.authenticate) is ChipCondition.THIS_DATA


@pytest.mark.parametrize("answer", ["", "A0" * 15, "A0" * 17])
def test_a_wrong_answer_of_the_hsm_is_not_sent(answer: str) -> None:
    card = ScriptedCard(changed("personalise", HSM, answer))
    with pytest.raises(GatewayUnavailableError, match="HSM"):
        personalise(card)
    assert card.script[card.done - 1].name == HSM


def test_a_short_challenge_is_not_used() -> None:
    with pytest.raises(RemoteProtocolError, match="challenge"):
        personalise(ScriptedCard(changed("personalise", "GET CHALLENGE", "111111119000")))


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("READ EF05 07", "0709" + "44323134333536395800"[:18] + "9000"),
        ("READ EF06 08", "0812" + "31" * 18 + "9000"),
        ("READ EF06 09", "091E" + "C0EEC0EE" + "00" * 26 + "9000"),
    ],
)
def test_somebody_elses_card_is_refused_before_writing(name: str, response: str) -> None:
    card = ScriptedCard(changed("personalise", name, response))
    with pytest.raises(WrongCardError) as refused:
        personalise(card)
    assert refused.value.reason is WrongCardReason.ALREADY_PERSONALISED
    assert not any(line.name.startswith("UPDATE") for line in card.script[: card.done])


@pytest.mark.parametrize(
    "other",
    [
        replace(BLANK, AAZ501="410700D15600000500000002A1B2C3D4"),
        replace(BLANK, AAZ507="0081202603866041070000000B"),
        replace(BLANK, bank_number=BankNumber("6228480123456789023")),
        replace(BLANK, bank_number=None),
    ],
)
def test_another_card_than_the_identified_is_refused(other: ChipIdentity) -> None:
    card = ScriptedCard(lines("personalise"))
    with pytest.raises(WrongCardError) as refused:
        personalise(card, other)
    assert refused.value.reason is WrongCardReason.NOT_THIS_ORDERS
    assert not any(line.name == HSM for line in card.script[: card.done])


def test_a_version_without_rules_is_refused() -> None:
    card = ScriptedCard(changed("personalise", "READ EF05 03", "0304342E30309000"))
    with pytest.raises(WrongCardError) as refused:
        personalise(card)
    assert refused.value.reason is WrongCardReason.WRONG_VERSION
    assert refused.value.details == {"found": "4.00", "expected": "1.0 2.0 3.0"}


@pytest.mark.parametrize("sw", ["6A82", "6D00", "6E00", "6A86"])
def test_a_card_without_the_application_is_no_social_security_card(sw: str) -> None:
    card = ScriptedCard(changed("identify", "SELECT SSSE", sw))
    with pytest.raises(WrongCardError) as refused:
        encoder_of(card).identify()
    assert refused.value.code == "not-a-social-security-card"
    assert refused.value.details == {"sw": sw}


@pytest.mark.parametrize("sw", ["6283", "6A81", "9303"])
def test_a_blocked_application_is_refused_by_its_word(sw: str) -> None:
    card = ScriptedCard(changed("identify", "SELECT SSSE", sw))
    with pytest.raises(StatusWordError) as refused:
        encoder_of(card).identify()
    assert refused.value.details == {"sw": sw, "command": "SELECT SSSE"}


@pytest.mark.parametrize(
    "response", ["6A83", "0110" + "FF" * 16 + "9000", "0110" + "00" * 16 + "9000"]
)
def test_a_card_without_id_is_no_social_security_card(response: str) -> None:
    with pytest.raises(WrongCardError):
        encoder_of(ScriptedCard(changed("identify", "READ EF05 01", response))).identify()


@pytest.mark.parametrize(
    ("fci", "algorithm"),
    [
        ("6F1C840F7378312E73682EC9E7BBE1B1A3D5CFA50988011E9F0C03860101" + "9000", "01"),
        ("6F16840F7378312E73682EC9E7BBE1B1A3D5CFA50388010B" + "9000", "01"),  # older: no 9F0C
        ("9000", "01"),
    ],
)
def test_the_algorithm_of_the_application(fci: str, algorithm: str) -> None:
    session = [line for line in lines("identify") if line.name != "GET RESPONSE for SELECT SSSE"]
    session[0] = replace(session[0], response=bytes.fromhex(fci))  # answered without 61xx
    assert encoder_of(ScriptedCard(session)).identify().algorithm == algorithm


def test_an_old_card_of_beijing_uses_ssf33() -> None:
    session = [line for line in lines("identify") if line.name != "GET RESPONSE for SELECT SSSE"]
    session[0] = replace(session[0], response=bytes.fromhex("9000"))
    beijing = bytes.fromhex("0110110100D15600000500000001A1B2C3D49000")
    session[1] = replace(session[1], response=beijing)
    assert encoder_of(ScriptedCard(session)).identify().algorithm == "02"


@pytest.mark.parametrize(
    ("response", "version"),
    [("0304322E30009000", "2.0"), ("0304000000009000", "1.0"), ("6A83", "1.0")],
)
def test_the_version_is_returned_as_it_stands(response: str, version: str) -> None:
    card = ScriptedCard(changed("identify", "READ EF05 03", response))
    identity = encoder_of(card).identify()
    assert version == identity.AAZ508


def test_a_card_of_another_kind_of_reset_information_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(SESSION, "atr", "3B630000AABBCC")
    with pytest.raises(WrongCardError):
        encoder_of(ScriptedCard(lines("identify"))).identify()


def test_a_record_with_another_tag_is_noticed() -> None:
    card = ScriptedCard(changed("identify", "READ EF05 07", "0809" + "30" * 9 + "9000"))
    with pytest.raises(RemoteProtocolError, match="EF05 07"):
        encoder_of(card).identify()


def test_a_closed_record_is_refused_by_its_word() -> None:
    with pytest.raises(StatusWordError):
        encoder_of(ScriptedCard(changed("identify", "READ EF05 05", "6982"))).identify()


def test_a_name_without_form_writes_nothing() -> None:
    card = ScriptedCard(lines("personalise"))
    with pytest.raises(NameNotEncodableError):
        encoder_of(card).personalise(BLANK, replace(PERSON, AAC003="\ud800"), card.authenticate)
    assert card.done == 0


def test_no_error_shows_a_byte_of_the_person() -> None:
    digits = PERSON.AAC002
    for name, response in (
        ("UPDATE EF06 08", "6A80"),
        ("READ EF06 08", "0812" + "31" * 18 + "9000"),
    ):
        card = ScriptedCard(changed("personalise", name, response))
        with pytest.raises((StatusWordError, WrongCardError)) as caught:
            personalise(card)
        shown = f"{caught.value} {caught.value.details} {caught.value!r}"
        assert digits not in shown
        assert digits.encode().hex().upper() not in shown.upper()
