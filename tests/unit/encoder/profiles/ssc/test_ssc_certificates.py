"""The certificate application byte by byte, and filled on the simulated card."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest

from simulators.cards.ssc import SscCard, make_blank
from station.core.cards import ChipCondition, ChipData
from station.core.certificates import CertificateData, CertificateRequest, TransportValues
from station.core.errors import (
    ConfigError,
    GatewayUnavailableError,
    InputError,
    LocalProtocolError,
    OutcomeUnknownError,
    RemoteProtocolError,
    StatusWordError,
    WrongCardError,
    WrongCardReason,
)
from station.encoder import ChipServices, load_profile, open_encoder
from station.encoder.card_profile import ProfileOptions, Script
from station.encoder.profiles.ssc import ciphers
from station.encoder.profiles.ssc.certificates import write_certificates
from station.encoder.profiles.ssc.facts import load_facts
from station.encoder.profiles.ssc.issued import (
    check_certificates,
    check_transport,
    parse_envelope,
)
from station.encoder.session import ChipEncoder
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.province_ca import TRANSPORT, certify
from tests.rigs.province_hsm import hsm_answer
from tests.rigs.scripted_chip import ScriptedChip, read_lines, read_vectors

FACTS = load_facts().certificates
SESSION = read_vectors("ssc/session_certificates.toml")
PUBLIC_KEY = bytes.fromhex(SESSION["public_key"])
DATA = CertificateData(
    signature_certificate=bytes.fromhex(SESSION["signature_certificate"]),
    encryption_certificate=bytes.fromhex(SESSION["encryption_certificate"]),
    key_envelope=bytes.fromhex(SESSION["key_envelope"]),
    admin_pin=SESSION["new_admin_pin"],
    master_key=bytes.fromhex(SESSION["new_master_key"]),
)
OPENING = TransportValues(
    user_pin=SESSION["user_pin"],
    admin_pin=SESSION["admin_pin"],
    application_key=bytes.fromhex(SESSION["application_key"]),
    directory_key=bytes.fromhex(SESSION["directory_key"]),
)
PERSON = ChipData(
    AAC002="41070219900307002X",
    AAC003="欧阳·小测试",
    AAC004="2",
    AAC005="03",
    AAC025="410702",
    AAC006="19900307",
    AAZ500="X00000019",
    AAZ503="20261122",
    valid_until="20361122",
)


def scripted(
    change: dict[str, str] | None = None, title: str = "write"
) -> tuple[ScriptedChip, ChipEncoder]:
    card = ScriptedChip("3B6D00000081202603866041070000000A", read_lines(SESSION[title]))
    card.script = [
        replace(line, response=bytes.fromhex((change or {}).get(line.name, "")) or line.response)
        for line in card.script
    ]
    return card, open_encoder(card, "ssc")


def fill(encoder: ChipEncoder) -> None:
    def script(atr: bytes) -> Script[None]:
        del atr
        return write_certificates(FACTS, DATA, OPENING)

    encoder.run(script, None)


def test_each_command_is_the_documents() -> None:
    card, encoder = scripted()
    check_certificates(FACTS, DATA, PUBLIC_KEY)
    check_transport(OPENING)
    fill(encoder)
    assert card.is_done


def test_the_cards_own_key_is_read_without_a_key() -> None:
    card, encoder = scripted(title="read_key")
    assert ChipServices(encoder).read_signature_key() == PUBLIC_KEY
    assert card.is_done


def test_a_torn_card_is_finished_from_where_it_was() -> None:
    card, encoder = scripted(title="finish")
    fill(encoder)
    assert card.is_done


def test_a_filled_card_is_left_alone() -> None:
    tail = SESSION["encryption_certificate"][-32:]
    card, encoder = scripted({"READ EF0019 at 96": tail + "9000"})
    fill(encoder)
    assert card.script[card.done - 1].name == "READ EF0019 at 96"


def test_the_pin_makes_the_key_by_sm3() -> None:
    # GB/T 32905-2016 A.1, and the chip sheet's PIN 123456 in BCD.
    assert ciphers.key_of_pin(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e2"
    assert ciphers.key_of_pin(b"\x12\x34\x56").hex() == "3de741f445dd357bea4e6c3fe6437036"


def test_sm4_is_the_standards() -> None:
    # GB/T 32907-2016 A.1
    key = bytes.fromhex("0123456789ABCDEFFEDCBA9876543210")
    assert ciphers.encrypt(key, key).hex() == "681edf34d206965e86b3e94f536e4246"


def test_the_parts_of_the_envelope_stand_where_both_vendors_take_them() -> None:
    blob = bytes(n % 251 for n in range(400))
    parts = parse_envelope(blob)
    assert parts.private == blob[44:76]
    assert parts.public == blob[112:144] + blob[176:208]
    assert parts.sealed_key == blob[240:272] + blob[304:336] + blob[336:368] + blob[372:388]
    assert repr(parts) == "Envelope(***)"


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("VERIFY user PIN", "63C5"),
        ("UNWRAP key", "6A80"),
        ("IMPORT private key", "6A80"),
        ("UPDATE EF0018 at 112", "6581"),
        ("VERIFY admin PIN", "63C5"),
        ("CHANGE admin PIN", "6988"),
        ("EXTERNAL AUTHENTICATE application key", "63C2"),
        ("REPLACE directory key", "6988"),
    ],
)
def test_a_refusal_ends_it_at_once(name: str, response: str) -> None:
    card, encoder = scripted({name: response})
    with pytest.raises(StatusWordError) as refused:
        fill(encoder)
    assert refused.value.command == name
    assert card.script[card.done - 1].name == name


@pytest.mark.parametrize("pin", ["user PIN", "admin PIN"])
def test_the_last_try_of_a_pin_is_not_spent(pin: str) -> None:
    card, encoder = scripted({f"VERIFY {pin}, tries left": "63C1"})
    with pytest.raises(StatusWordError, match="not sent"):
        fill(encoder)
    assert card.script[card.done - 1].name == f"VERIFY {pin}, tries left"


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("VERIFY admin PIN", "6983"),
        ("VERIFY admin PIN", "63C1"),
        ("EXTERNAL AUTHENTICATE application key", "63C1"),
        ("EXTERNAL AUTHENTICATE application key", "63C0"),
    ],
)
def test_a_value_that_may_be_old_is_given_up_before_it_locks(name: str, answer: str) -> None:
    card, encoder = scripted({name: answer}, "finish")
    with pytest.raises(StatusWordError) as refused:
        fill(encoder)
    assert refused.value.command == name
    assert card.script[card.done - 1].name == name


def test_a_certificate_that_may_not_be_read_stops_it_before_any_proof() -> None:
    card, encoder = scripted({"READ EF0018 at 224": "6982"})
    with pytest.raises(StatusWordError):
        fill(encoder)
    assert card.script[card.done - 1].name == "READ EF0018 at 224"


@pytest.mark.parametrize(
    ("title", "name", "response"),
    [
        ("read_key", "READ EF0012", "CA40" + "00" * 63 + "9000"),
        ("read_key", "READ EF0012", "CA40" + "00" * 64 + "9000"),  # the pair was never made
        ("write", "GET RESPONSE for UNWRAP key", "00" * 15 + "9000"),
        ("write", "GET CHALLENGE", "00" * 8 + "9000"),
    ],
)
def test_an_answer_of_another_length_is_not_used(title: str, name: str, response: str) -> None:
    _, encoder = scripted({name: response}, title)
    read_key = ChipServices(encoder).read_signature_key
    with pytest.raises((RemoteProtocolError, OutcomeUnknownError)):
        fill(encoder) if title == "write" else read_key()


@pytest.mark.parametrize(
    "change",
    [
        {"key_envelope": bytes(387)},
        {"master_key": bytes(15)},
        {"signature_certificate": b""},
        {"encryption_certificate": bytes(1025)},
        {"admin_pin": "12a4"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_data_without_form_on_the_chip_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        check_certificates(FACTS, replace(DATA, **change), PUBLIC_KEY)


def test_certificates_of_another_cards_key_are_refused() -> None:
    with pytest.raises(WrongCardError) as refused:
        check_certificates(FACTS, DATA, bytes(64))
    assert refused.value.reason is WrongCardReason.NOT_THIS_ORDERS


@pytest.mark.parametrize(
    "change",
    [{"user_pin": ""}, {"admin_pin": "1234567x"}, {"directory_key": bytes(17)}],
    ids=lambda change: next(iter(change)),
)
def test_transport_values_without_form_refuse_to_start(change: dict[str, Any]) -> None:
    options = ProfileOptions(transport=replace(OPENING, **change))
    with pytest.raises(ConfigError) as refused:
        load_profile("ssc").configure(options)
    assert "1234567x" not in str(refused.value)


def test_nothing_of_it_is_in_a_repr() -> None:
    assert repr(DATA) == "CertificateData(***)"
    assert repr(OPENING) == "TransportValues(***)"
    assert "transport" not in repr(ProfileOptions(transport=OPENING))
    request = CertificateRequest("410700", PERSON.AAC002, PERSON.AAC003, PERSON.AAZ500, PUBLIC_KEY)
    assert repr(request) == "CertificateRequest(AAB301='410700')"


# -- on the simulated card, with real key pairs ------------------------------------------------


OPTIONS = ProfileOptions(transport=TRANSPORT)


@pytest.fixture
def card() -> SscCard:
    return make_blank(random.Random(6), "622848", 6)


def encoder_at(card: SscCard, options: ProfileOptions = OPTIONS) -> ChipEncoder:
    return open_encoder(CardInReader(card), "ssc", options, certify=certify)


def certificates_in(card: SscCard) -> tuple[bytes, bytes]:
    files = card.image()["files"]
    assert isinstance(files, dict)
    return bytes.fromhex(files["CERT/0018"]), bytes.fromhex(files["CERT/0019"])


def issued_for(encoder: ChipEncoder) -> CertificateData:
    key = ChipServices(encoder).read_signature_key()
    return certify(CertificateRequest("410700", PERSON.AAC002, PERSON.AAC003, PERSON.AAZ500, key))


def test_a_whole_card_with_certificates(card: SscCard) -> None:
    encoder = encoder_at(card)
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    data = issued_for(encoder)
    signature, encryption = certificates_in(card)
    assert signature.startswith(data.signature_certificate)
    assert encryption.startswith(data.encryption_certificate)
    assert card.counts["pin_failures"] == card.counts["authentication_failures"] == 0
    writes = card.counts["writes CERT/MASTER"], card.counts["writes PKI/MASTER"]
    assert (writes, card.counts["writes CERT/ADMIN-PIN"]) == ((1, 1), 1)


def test_the_same_again_leaves_the_certificates_alone(card: SscCard) -> None:
    encoder = encoder_at(card)
    for _ in range(2):
        encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    slices = -(-len(issued_for(encoder).signature_certificate) // FACTS.slice_length)
    assert card.counts["writes CERT/0018"] == card.counts["writes CERT/0019"] == slices
    assert card.counts["pin_failures"] == card.counts["authentication_failures"] == 0


def test_without_certificates_the_application_stays_as_it_came(card: SscCard) -> None:
    link = CardInReader(card)
    encoder = open_encoder(link, "ssc")
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    assert not any("PKI" in command.name for command in link.commands)


def test_a_card_whose_certificates_are_missing_is_half_written(card: SscCard) -> None:
    plain = open_encoder(CardInReader(card), "ssc")
    plain.personalise(plain.identify(), PERSON, hsm_answer)
    assert plain.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    assert encoder_at(card).inspect(PERSON, hsm_answer) is ChipCondition.HALF_WRITTEN


def test_no_certificates_and_nothing_is_written(card: SscCard) -> None:
    def silent(request: CertificateRequest) -> CertificateData:
        raise GatewayUnavailableError("no answer")

    def broken(request: CertificateRequest) -> CertificateData:
        return replace(certify(request), master_key=b"")

    for error, authority in ((GatewayUnavailableError, silent), (InputError, broken)):
        encoder = open_encoder(CardInReader(card), "ssc", OPTIONS, certify=authority)
        with pytest.raises(error):
            encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    assert card.counts["writes"] == card.counts["authentications"] == 0


def test_another_transport_value_stops_it_at_once(card: SscCard) -> None:
    wrong = ProfileOptions(transport=replace(TRANSPORT, admin_pin="00000000"))
    encoder = encoder_at(card, wrong)
    with pytest.raises(StatusWordError) as refused:
        encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    assert (refused.value.command, refused.value.tries_left) == ("VERIFY admin PIN", 5)
    assert card.counts["pin_failures"] == 1
    assert card.counts["writes CERT/ADMIN-PIN"] == 0


def test_an_older_card_has_no_certificates() -> None:
    older = make_blank(random.Random(6), "622848", 6, version="2.00")
    encoder = encoder_at(older)
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    assert older.counts["challenges"] == 2  # those of the update key


def test_the_switch_needs_a_province_that_issues(card: SscCard) -> None:
    with pytest.raises(ConfigError):
        open_encoder(CardInReader(card), "ssc", OPTIONS)
    profile = load_profile("ssc").configure(OPTIONS)
    encoder = ChipEncoder(CardInReader(card), profile)
    with pytest.raises(LocalProtocolError):
        encoder.personalise(encoder.identify(), PERSON, hsm_answer)
