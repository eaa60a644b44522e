"""The certificate application byte by byte, and filled on the simulated card."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from gmssl.sm2 import CryptSM2, default_ecc_table

from simulators.cards.ssc import SscCard, make_blank
from simulators.test_keys import load_transport_values
from station.core.cards import ChipCondition, ChipData, ChipExtras
from station.core.certificates import CertificateData, TransportValues
from station.core.errors import (
    InputError,
    OutcomeUnknownError,
    RemoteProtocolError,
    StatusWordError,
    WrongCardError,
    WrongCardReason,
)
from station.encoder import ChipServices, open_encoder
from station.encoder.card_profile import Script
from station.encoder.profiles.ssc import ciphers
from station.encoder.profiles.ssc.certificates import (
    check_certificates,
    parse_envelope,
    write_certificates,
)
from station.encoder.profiles.ssc.facts import load_facts
from station.encoder.session import ChipEncoder
from tests.card_in_reader import CardInReader
from tests.province_hsm import hsm_answer, sm4_ecb
from tests.scripted_chip import ScriptedChip, read_lines, read_vectors

FACTS = load_facts().certificates
SESSION = read_vectors("ssc/session_certificates.toml")
DATA = CertificateData(
    public_key=bytes.fromhex(SESSION["public_key"]),
    signature_certificate=bytes.fromhex(SESSION["signature_certificate"]),
    encryption_certificate=bytes.fromhex(SESSION["encryption_certificate"]),
    key_envelope=bytes.fromhex(SESSION["key_envelope"]),
    admin_pin=SESSION["new_admin_pin"],
    master_key=bytes.fromhex(SESSION["new_master_key"]),
    transport=TransportValues(
        user_pin=SESSION["user_pin"],
        admin_pin=SESSION["admin_pin"],
        application_key=bytes.fromhex(SESSION["application_key"]),
        directory_key=bytes.fromhex(SESSION["directory_key"]),
    ),
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


def scripted(change: dict[str, str] | None = None) -> tuple[ScriptedChip, ChipEncoder]:
    card = ScriptedChip("3B6D00000081202603866041070000000A", read_lines(SESSION["write"]))
    card.script = [
        replace(line, response=bytes.fromhex((change or {}).get(line.name, "")) or line.response)
        for line in card.script
    ]
    return card, open_encoder(card, "ssc")


def fill(encoder: ChipEncoder, data: CertificateData = DATA) -> None:
    def script(atr: bytes) -> Script[None]:
        del atr
        return write_certificates(FACTS, data)

    encoder.run(script, None)


def test_each_command_is_the_documents() -> None:
    card, encoder = scripted()
    check_certificates(FACTS, DATA)
    fill(encoder)
    assert card.is_done


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


def test_certificates_of_another_cards_key_are_not_written() -> None:
    card, encoder = scripted()
    with pytest.raises(WrongCardError) as refused:
        fill(encoder, replace(DATA, public_key=bytes(64)))
    assert refused.value.reason is WrongCardReason.NOT_THIS_ORDERS
    assert card.script[card.done - 1].name == "READ EF0012"


@pytest.mark.parametrize(
    ("name", "response"),
    [
        ("READ EF0012", "CA40" + "00" * 63 + "9000"),
        ("GET RESPONSE for UNWRAP key", "00" * 15 + "9000"),
        ("GET CHALLENGE", "00" * 8 + "9000"),
    ],
)
def test_an_answer_of_another_length_is_not_used(name: str, response: str) -> None:
    _, encoder = scripted({name: response})
    with pytest.raises((RemoteProtocolError, OutcomeUnknownError)):
        fill(encoder)


@pytest.mark.parametrize(
    "change",
    [
        {"key_envelope": bytes(387)},
        {"master_key": bytes(15)},
        {"public_key": bytes(65)},
        {"signature_certificate": b""},
        {"encryption_certificate": bytes(1025)},
        {"admin_pin": "12a4"},
        {"transport": replace(DATA.transport, user_pin="")},
        {"transport": replace(DATA.transport, directory_key=bytes(17))},
    ],
    ids=lambda change: next(iter(change)),
)
def test_data_without_form_on_the_chip_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InputError):
        check_certificates(FACTS, replace(DATA, **change))


def test_nothing_of_it_is_in_a_repr() -> None:
    assert repr(DATA) == "CertificateData(***)"
    assert repr(DATA.transport) == "TransportValues(***)"
    assert "DATA" not in repr(ChipExtras(certificates=DATA))
    assert SESSION["new_admin_pin"] not in repr(ChipExtras(certificates=DATA))


# -- on the simulated card, with real key pairs ------------------------------------------------


SESSION_KEY = bytes(range(16))
ENCRYPTION_KEY = 0x1F2E3D4C5B6A79880102030405060708112233445566778899AABBCCDDEEFF01


def issued_for(public_key: bytes) -> CertificateData:
    """Return what a province would return for a card with this key."""
    values = load_transport_values()
    sealed = CryptSM2(private_key="", public_key=public_key.hex(), mode=1).encrypt(SESSION_KEY)
    curve = CryptSM2(private_key="", public_key="")
    public = bytes.fromhex(curve._kg(ENCRYPTION_KEY, default_ecc_table["g"]))
    blob = bytearray(388)
    blob[44:76] = sm4_ecb(SESSION_KEY, ENCRYPTION_KEY.to_bytes(32, "big"))
    blob[112:144], blob[176:208] = public[:32], public[32:]
    blob[240:272], blob[304:336], blob[336:368] = sealed[:32], sealed[32:64], sealed[64:96]
    blob[372:388] = sealed[96:]
    return CertificateData(
        public_key=public_key,
        signature_certificate=b"\x30\x82" + random.Random(8).randbytes(628),
        encryption_certificate=b"\x30\x82" + random.Random(9).randbytes(640),
        key_envelope=bytes(blob),
        admin_pin="97531864",
        master_key=bytes(range(0xC0, 0xD0)),
        transport=TransportValues(
            user_pin=values.user_pin,
            admin_pin=values.admin_pin,
            application_key=values.adf_master_key,
            directory_key=values.ddf_master_key,
        ),
    )


@pytest.fixture
def card() -> SscCard:
    return make_blank(random.Random(6), "622848", 6)


def test_a_whole_card_with_certificates(card: SscCard) -> None:
    link = CardInReader(card)
    encoder = open_encoder(link, "ssc")
    data = issued_for(ChipServices(encoder).read_signature_key())
    encoder.personalise(encoder.identify(), PERSON, hsm_answer, ChipExtras(certificates=data))
    assert encoder.inspect(PERSON, hsm_answer) is ChipCondition.THIS_DATA
    files = card.image()["files"]
    assert isinstance(files, dict)
    for name, certificate in (
        ("CERT/0018", data.signature_certificate),
        ("CERT/0019", data.encryption_certificate),
    ):
        assert bytes.fromhex(files[name])[: len(certificate)] == certificate
    assert card.counts["pin_failures"] == card.counts["authentication_failures"] == 0
    # The transport values work no more, the new ones do.
    with pytest.raises(StatusWordError) as refused:
        fill(encoder, data)
    assert refused.value.command == "VERIFY admin PIN"
    new = replace(
        data,
        transport=TransportValues(
            user_pin=data.transport.user_pin,
            admin_pin=data.admin_pin,
            application_key=data.master_key,
            directory_key=data.master_key,
        ),
    )
    fill(encoder, new)


def test_without_certificates_the_application_stays_as_it_came(card: SscCard) -> None:
    link = CardInReader(card)
    encoder = open_encoder(link, "ssc")
    encoder.personalise(encoder.identify(), PERSON, hsm_answer)
    assert not any("PKI" in command.name for command in link.commands)


def test_data_that_has_no_form_writes_nothing_at_all(card: SscCard) -> None:
    encoder = open_encoder(CardInReader(card), "ssc")
    data = replace(issued_for(ChipServices(encoder).read_signature_key()), master_key=b"")
    with pytest.raises(InputError):
        encoder.personalise(encoder.identify(), PERSON, hsm_answer, ChipExtras(certificates=data))
    assert card.counts["writes"] == 0


def test_an_older_card_has_no_certificates() -> None:
    older = make_blank(random.Random(6), "622848", 6, version="2.00")
    encoder = open_encoder(CardInReader(older), "ssc")
    with pytest.raises(InputError, match="certificate"):
        encoder.personalise(encoder.identify(), PERSON, hsm_answer, ChipExtras(certificates=DATA))
    assert older.counts["writes"] == 0


def test_torn_before_the_transport_values_go_it_can_be_done_again(card: SscCard) -> None:
    encoder = open_encoder(CardInReader(card), "ssc")
    data = issued_for(ChipServices(encoder).read_signature_key())
    for torn_at in ("IMPORT private key", "UPDATE EF0018 at 224", "UPDATE EF0019 at 0"):
        link = CardInReader(card)
        encoder = open_encoder(link, "ssc")
        link.tear_when = torn_at
        with pytest.raises(OutcomeUnknownError):
            encoder.personalise(
                encoder.identify(), PERSON, hsm_answer, ChipExtras(certificates=data)
            )
    encoder = open_encoder(CardInReader(card), "ssc")
    encoder.personalise(encoder.identify(), PERSON, hsm_answer, ChipExtras(certificates=data))
    assert card.counts["pin_failures"] == card.counts["authentication_failures"] == 0
