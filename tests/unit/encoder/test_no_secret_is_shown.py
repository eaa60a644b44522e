"""Canary: a whole personalisation and all services at DEBUG, with marked secrets; none is shown.

Everything that a person or a file could get to see is gathered: log records, traces, texts and
details of errors with their causes, reprs of everything that carries data, and the traceback with
the values of every local variable of our own frames.
"""

from __future__ import annotations

import logging
import random
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import pytest

from simulators.cards.ssc import Quirks, SscCard, make_blank
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest, ChipData
from station.core.certificates import CertificateData, CertificateRequest, Certifier
from station.core.errors import GatewayUnavailableError, StationError
from station.encoder import ChipServices, ProfileOptions, open_encoder
from station.encoder.session import ChipEncoder
from tests.rigs.card_in_reader import CardInReader
from tests.rigs.faces import as_it_came, unopened
from tests.rigs.province_ca import TRANSPORT, certify
from tests.rigs.province_hsm import hsm_answer, protect

#: Each field holds something that is nowhere else.
PERSON = ChipData(
    AAC002="41978619530714888X",
    AAC003="欧阳金丝雀",
    AAC004="2",
    AAC005="47",
    AAC025="419786",
    AAC006="19530714",
    AAZ500="Q7654321X",
    AAZ503="20270809",
    valid_until="20370809",
)
OLD_PIN, NEW_PIN, LAST_PIN = "123456", "97531864", "86429753"
#: INS of commands that carry a proof, a PIN or a key.
PROOFS = frozenset({0x20, 0x24, 0x4A, 0x4E, 0x5E, 0x82, 0xC2, 0xD4})
PHOTO = b"\xff\xd8CANARYPORTRAIT" + bytes(300) + b"\xff\xd9"


class Witness:
    """Remembers every secret that a run made, and everything that was shown."""

    def __init__(self, card: SscCard) -> None:
        number = str(card.image()["bank_number"])
        self.secrets: set[bytes] = {number.encode(), number[6:15].encode(), PHOTO[2:16]}
        self.secrets |= {pin.encode() for pin in (NEW_PIN, LAST_PIN)}
        fields = (PERSON.AAC002, PERSON.AAC003, PERSON.AAC006, PERSON.AAC025, PERSON.AAZ500)
        for text in (*fields, PERSON.AAZ503, PERSON.valid_until):
            self.secrets |= {text.encode("utf-8"), text.encode("gb18030")}
        self.secrets |= {TRANSPORT.admin_pin.encode(), bytes.fromhex(TRANSPORT.admin_pin)}
        self.secrets |= {TRANSPORT.application_key, TRANSPORT.directory_key}
        self.shown: list[str] = []

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        answer = hsm_answer(request)
        self.secrets |= {request.process_factor, request.original, answer, answer[:8]}
        self.shown += [repr(request), str(request)]
        return answer

    def protect(self, request: MaintenanceRequest) -> bytes:
        command = protect(request)
        self.secrets |= {request.process_factor, command[5:], request.pin or command[-4:]}
        self.shown += [repr(request), str(request)]
        return command

    def certify(self, request: CertificateRequest) -> CertificateData:
        issued = certify(request)
        self.secrets |= {issued.admin_pin.encode(), bytes.fromhex(issued.admin_pin)}
        self.secrets |= {issued.master_key, issued.key_envelope[44:76], request.public_key}
        self.secrets |= {issued.signature_certificate[-40:], issued.encryption_certificate[-40:]}
        self.shown += [repr(request), str(request), repr(issued), str(issued)]
        return issued

    def saw_on_the_wire(self, link: CardInReader) -> None:
        """Count what proofs and protected commands carried among the secrets."""
        self.secrets |= {command.data for command in link.commands if command.ins in PROOFS}
        self.secrets.discard(b"")

    def look_at(self, error: BaseException | None) -> None:
        while error is not None:
            self.shown += [str(error), repr(error), str(getattr(error, "details", ""))]
            self.shown += traceback.format_exception(error)
            for frame, _ in traceback.walk_tb(error.__traceback__):
                if "/station/core/" in frame.f_code.co_filename:
                    self.shown += [repr(value) for value in frame.f_locals.values()]
            error = error.__cause__

    def leaks(self) -> list[tuple[str, str]]:
        """Return each secret that was shown, in any of its usual forms, and where."""
        found = []
        for secret in self.secrets:
            for form in _forms(secret):
                found += [(form, text) for text in self.shown if form in text]
        return found


def _forms(secret: bytes) -> Iterator[str]:
    yield secret.hex()
    yield secret.hex().upper()
    yield secret.hex(" ").upper()
    yield repr(secret)[2:-1]
    yield str(list(secret))[1:-1]
    for charset in ("utf-8", "gb18030"):
        text = secret.decode(charset, errors="ignore")
        if len(text) > 3 and text.isprintable():
            yield text


@pytest.fixture
def card() -> SscCard:
    return make_blank(random.Random(77), "622848", 77)


@pytest.fixture
def witness(card: SscCard, caplog: pytest.LogCaptureFixture) -> Iterator[Witness]:
    with caplog.at_level(logging.DEBUG):
        seen = Witness(card)
        yield seen
        seen.shown += [record.getMessage() for record in caplog.records]
        seen.shown += [str(record.__dict__) for record in caplog.records]
    assert seen.shown
    assert seen.leaks() == []


def encoder_at(link: CardInReader, witness: Witness) -> ChipEncoder:
    options = ProfileOptions(photo=True, transport=TRANSPORT)
    witness.shown += [repr(options), str(options)]
    return open_encoder(link, "ssc", options, fit_photo=as_it_came, certify=witness.certify)


def test_a_whole_card_and_its_services_show_nothing(card: SscCard, witness: Witness) -> None:
    link = CardInReader(card)
    encoder = encoder_at(link, witness)
    services = ChipServices(encoder)
    identity = encoder.identify()
    encoder.personalise(identity, PERSON, witness.authenticate, unopened(PHOTO))
    encoder.inspect(PERSON, witness.authenticate)
    basic = services.read_basic(witness.authenticate)
    verdict = services.examine(witness.authenticate)
    services.change_pin(OLD_PIN, NEW_PIN)
    services.verify_pin(NEW_PIN)
    services.reload_pin(LAST_PIN, witness.authenticate, witness.protect)
    services.unblock_pin(witness.authenticate, witness.protect)
    witness.shown += encoder.recent_exchanges()
    things: tuple[object, ...] = (PERSON, basic, verdict, identity.bank_number, encoder)
    witness.shown += [repr(thing) for thing in things] + [str(thing) for thing in things]
    witness.shown += [repr(command) for command in link.commands]
    witness.saw_on_the_wire(link)
    assert len(witness.secrets) > 60


def test_no_failure_shows_anything(card: SscCard, witness: Witness) -> None:
    def personalise() -> None:
        encoder.personalise(encoder.identify(), PERSON, witness.authenticate)

    link = CardInReader(card)
    encoder = encoder_at(link, witness)
    personalise()
    total = len(link.commands)
    failed = 0
    for at in range(1, total, 3):
        again = CardInReader(make_blank(random.Random(77), "622848", 77))
        encoder = encoder_at(again, witness)
        again.tear_after = at
        failed += _fails(personalise, witness)
        witness.saw_on_the_wire(again)
        witness.shown += encoder.recent_exchanges()
    assert failed == len(range(1, total, 3))


@pytest.mark.parametrize("good_writes", [0, 1, 5, 9, 13, 16, 19, 22])
def test_no_refusal_of_the_card_shows_anything(
    card: SscCard, witness: Witness, good_writes: int
) -> None:
    link = CardInReader(card)
    encoder = encoder_at(link, witness)
    link.before_write = good_writes, lambda: card.behave(Quirks(failing_writes=1))
    identity = encoder.identify()
    assert _fails(lambda: encoder.personalise(identity, PERSON, witness.authenticate), witness)


def test_no_failure_of_the_province_shows_anything(card: SscCard, witness: Witness) -> None:
    def silent(request: CertificateRequest) -> CertificateData:
        raise GatewayUnavailableError("no answer")

    def broken(request: CertificateRequest) -> CertificateData:
        return replace(witness.certify(request), admin_pin=NEW_PIN + "x")

    def of_another(request: CertificateRequest) -> CertificateData:
        return witness.certify(replace(request, public_key=request.public_key[::-1]))

    def personalise(authority: Certifier) -> None:
        options = ProfileOptions(transport=TRANSPORT)
        encoder = open_encoder(CardInReader(card), "ssc", options, certify=authority)
        encoder.personalise(encoder.identify(), PERSON, witness.authenticate)

    for authority in (silent, broken, of_another):
        assert _fails(partial(personalise, authority), witness)


@pytest.mark.parametrize(
    "data",
    [
        replace(PERSON, AAC003="欧阳金丝雀" * 6),
        replace(PERSON, AAC002=PERSON.AAC002 + "1"),
        replace(PERSON, AAC006="1953-07-14"),
        replace(PERSON, AAZ500=PERSON.AAZ500 + "金"),
    ],
    ids=["name", "number", "date", "card-number"],
)
def test_no_refused_input_shows_anything(card: SscCard, witness: Witness, data: ChipData) -> None:
    witness.secrets |= {data.AAC006.encode(), data.AAC002.encode(), data.AAZ500.encode()}
    encoder = encoder_at(CardInReader(card), witness)
    assert _fails(lambda: encoder.check_data(data), witness)


def test_no_wrong_pin_is_shown(card: SscCard, witness: Witness) -> None:
    services = ChipServices(encoder_at(CardInReader(card), witness))
    for _ in range(2):
        assert _fails(lambda: services.verify_pin(NEW_PIN), witness)
    assert _fails(lambda: services.change_pin(NEW_PIN, LAST_PIN), witness)
    assert _fails(lambda: services.verify_pin(NEW_PIN + "x"), witness)


def _fails(act: Callable[[], object], witness: Witness) -> bool:
    try:
        act()
    except StationError as exc:
        witness.look_at(exc)
        return True
    return False
