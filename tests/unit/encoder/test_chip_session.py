"""What the encoder does for every profile: T=0 answers, the trace, power."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import pytest

from station.core.cards import (
    AuthenticationRequest,
    BlankRule,
    ChipCondition,
    ChipData,
    ChipIdentity,
)
from station.core.errors import (
    CardMuteError,
    ConfigError,
    LocalProtocolError,
    OutcomeUnknownError,
    ReaderNotConnectedError,
    RemoteProtocolError,
    StatusWordError,
)
from station.encoder import load_profile
from station.encoder.apdu import CommandApdu
from station.encoder.card_profile import (
    ISO_STATUS_WORDS,
    Answerer,
    CardProfile,
    CommandKinds,
    ProfileOptions,
    Script,
    StatusWords,
    ask,
    ask_hsm,
    exchange_ok,
)
from station.encoder.session import REMEMBERED_EXCHANGES, ChipEncoder

READ = CommandApdu("READ", 0x00, 0xB0, 0x00, 0x00, le=0x10)
SELECT = CommandApdu("SELECT", 0x80, 0xA4, 0x04, 0x00, b"\xa0\x00", 0x100)


class Card:
    """An `ApduLink` that answers from a list and notes what it was sent."""

    address = "memory:list"

    def __init__(self, *answers: str) -> None:
        self.answers = deque(bytes.fromhex(answer) for answer in answers)
        self.sent: list[str] = []
        self.is_mute = False
        self.power = 0

    def check_reader(self) -> None:
        if not self.reader_present():
            raise ReaderNotConnectedError("no reader")

    def reader_present(self) -> bool:
        return not self.is_mute

    def power_on(self) -> bytes:
        if self.is_mute:
            raise CardMuteError("mute")
        self.power += 1
        return b"\x3b\x00"

    def power_off(self) -> None:
        self.power -= 1

    def close(self) -> None:
        self.power = -100

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        assert self.power == 1
        assert name
        self.sent.append(command.hex().upper())
        return self.answers.popleft()


#: An imagined card: READ reads, SELECT with CLA 80 selects, everything else is not listed.
KINDS = CommandKinds(reading=frozenset({(0x00, 0xB0), (0x80, 0xA4)}))


def encoder_of(
    card: Card,
    *commands: CommandApdu | AuthenticationRequest,
    words: StatusWords = ISO_STATUS_WORDS,
) -> tuple[ChipEncoder, list[bytes]]:
    """Return an encoder whose `identify` sends `commands`, and the list of what they brought."""
    brought: list[bytes] = []

    def identify(atr: bytes) -> Script[ChipIdentity]:
        for command in commands:
            if isinstance(command, CommandApdu):
                brought.append((yield from exchange_ok(command, words)))
            else:
                brought.append((yield from ask_hsm(command)))
        return ChipIdentity("", atr.hex(), "", "", "", "", None)

    def check_blank(identity: ChipIdentity, rule: BlankRule) -> None:
        raise NotImplementedError

    def check_data(data: ChipData) -> None:
        raise NotImplementedError

    def personalise(
        atr: bytes, identity: ChipIdentity, data: ChipData, photo: bytes
    ) -> Script[ChipIdentity]:
        raise NotImplementedError

    def inspect(atr: bytes, data: ChipData) -> Script[ChipCondition]:
        raise NotImplementedError

    def configure(options: ProfileOptions) -> CardProfile:
        raise NotImplementedError

    profile = CardProfile(
        "test",
        "test",
        KINDS,
        check_data,
        identify,
        check_blank,
        personalise,
        inspect,
        load_profile("ssc").services,
        0,
        configure,
    )
    return ChipEncoder(card, profile), brought


def test_waiting_data_is_fetched() -> None:
    card = Card("6103", "AABBCC9000")
    encoder, brought = encoder_of(card, SELECT)
    encoder.identify()
    assert card.sent == ["80A4040002A00000", "00C0000003"]
    assert brought == [bytes.fromhex("AABBCC")]


def test_data_in_pieces_is_put_together() -> None:
    card = Card("AA6102", "BBCC6100", "DD9000")
    encoder, brought = encoder_of(card, SELECT)
    encoder.identify()
    assert card.sent[1:] == ["00C0000002", "00C0000000"]
    assert brought == [bytes.fromhex("AABBCCDD")]


def test_an_endless_answer_is_given_up() -> None:
    encoder, _ = encoder_of(Card(*["AA6101"] * 100), SELECT)
    with pytest.raises(RemoteProtocolError):
        encoder.identify()


def test_a_wrong_le_is_corrected_once() -> None:
    card = Card("6C02", "AABB9000")
    encoder, brought = encoder_of(card, READ)
    encoder.identify()
    assert card.sent == ["00B0000010", "00B0000002"]
    assert brought == [bytes.fromhex("AABB")]
    again = Card("6C02", "6C03")
    encoder, _ = encoder_of(again, READ)
    with pytest.raises(StatusWordError) as refused:
        encoder.identify()
    assert refused.value.sw == 0x6C03
    assert len(again.sent) == 2


def test_the_corrected_le_may_be_256_and_may_announce_data() -> None:
    card = Card("6C00", "6101", "AA9000")
    encoder, brought = encoder_of(card, READ)
    encoder.identify()
    assert card.sent == ["00B0000010", "00B0000000", "00C0000001"]
    assert brought == [b"\xaa"]


def test_the_chip_is_powered_down_whatever_happens() -> None:
    for answers in (["9000"], ["6982"], [""]):
        card = Card(*answers)
        encoder, _ = encoder_of(card, READ)
        if answers == ["9000"]:
            encoder.identify()
        else:
            with pytest.raises((StatusWordError, RemoteProtocolError)):
                encoder.identify()
        assert card.power == 0


def test_a_mute_card_is_not_spoken_to() -> None:
    card = Card()
    card.is_mute = True
    encoder, _ = encoder_of(card, READ)
    assert not encoder.reader_present()
    with pytest.raises(CardMuteError):
        encoder.identify()
    assert card.sent == []
    assert card.power == 0


def test_the_trace_holds_names_and_words_only() -> None:
    card = Card("6103", "AABBCC9000", "6A82")
    encoder, _ = encoder_of(card, SELECT, READ)
    with pytest.raises(StatusWordError):
        encoder.identify()
    shown = [line.rsplit(",", 1)[0] for line in encoder.recent_exchanges()]
    assert shown == [
        "power on: ATR of 2 bytes",
        "SELECT: 6103",
        "GET RESPONSE for SELECT: 9000",
        "READ: 6A82",
    ]
    assert all(line.endswith(" ms") for line in encoder.recent_exchanges())


def test_a_lost_answer_is_in_the_trace() -> None:
    encoder, _ = encoder_of(Card(""), READ)
    with pytest.raises(RemoteProtocolError):
        encoder.identify()
    assert encoder.recent_exchanges()[-1].startswith("READ: no answer")


def test_the_trace_forgets() -> None:
    count = REMEMBERED_EXCHANGES + 20
    encoder, _ = encoder_of(Card(*["9000"] * count), *[READ] * count)
    encoder.identify()
    assert len(encoder.recent_exchanges()) == REMEMBERED_EXCHANGES


def test_a_reading_without_province_never_asks_it() -> None:
    request = AuthenticationRequest("410700", "", "", "03", "0094", bytes(8), bytes(8))
    encoder, _ = encoder_of(Card(), request)
    with pytest.raises(LocalProtocolError):
        encoder.identify()


def test_closing_closes_the_link() -> None:
    card = Card()
    encoder, _ = encoder_of(card)
    encoder.close()
    assert card.power == -100


def test_a_failure_of_another_key_counts_for_none_of_the_provinces() -> None:
    request = AuthenticationRequest(
        "410700", "00" * 13, "41" * 16, "03", "0094", bytes(8), bytes(8)
    )
    proof = CommandApdu("EXTERNAL AUTHENTICATE", 0x00, 0x82, 0x00, 0x04, bytes(16))
    local = CommandApdu("EXTERNAL AUTHENTICATE own", 0x00, 0x82, 0x00, 0x00, bytes(16))

    def script(atr: bytes) -> Script[None]:
        yield from ask_hsm(request)
        yield from exchange_ok(proof)
        yield from exchange_ok(local)

    card = Card("9000", "63C1", "9000")
    encoder = ChipEncoder(card, load_profile("ssc"))
    with pytest.raises(StatusWordError):
        encoder.run(script, lambda asked: bytes(16))
    with pytest.raises(StatusWordError, match=r"own: .*not sent"):
        encoder.run(script, lambda asked: bytes(16))
    assert len(card.sent) == 3


DESFIRE_WRITE = CommandApdu("WRITE DATA", 0x90, 0x3D, 0x00, 0x00, b"\x01" + bytes(7), 0x100)
DESFIRE_WORDS = StatusWords(frozenset({0x9100}), {0x91AE: "authentication error"})


def test_an_instruction_that_is_not_listed_counts_as_writing() -> None:
    """A lost answer to it means that the outcome is unknown, not that nothing happened."""
    encoder, _ = encoder_of(Card("9000", ""), READ, DESFIRE_WRITE)
    with pytest.raises(OutcomeUnknownError) as caught:
        encoder.identify()
    assert caught.value.details == {"command": "WRITE DATA"}
    encoder, _ = encoder_of(Card("9000", ""), READ, READ)
    with pytest.raises(RemoteProtocolError):
        encoder.identify()


def test_the_class_of_a_command_belongs_to_its_meaning() -> None:
    """CLA 80 INS B0 is another command than READ BINARY, and is not known to change nothing."""
    own = CommandApdu("OWN COMMAND", 0x80, 0xB0, 0x00, 0x00, le=0x10)
    encoder, _ = encoder_of(Card(""), own)
    with pytest.raises(OutcomeUnknownError):
        encoder.identify()


def test_a_command_that_may_write_is_not_sent_again_for_its_le() -> None:
    card = Card("6C02")
    encoder, _ = encoder_of(card, DESFIRE_WRITE)
    with pytest.raises(StatusWordError):
        encoder.identify()
    assert len(card.sent) == 1


def test_fetching_the_rest_of_an_answer_writes_nothing() -> None:
    encoder, _ = encoder_of(Card("6103", ""), SELECT)
    with pytest.raises(RemoteProtocolError):
        encoder.identify()


def test_a_profile_has_its_own_status_words() -> None:
    encoder, brought = encoder_of(Card("AA9100"), READ, words=DESFIRE_WORDS)
    encoder.identify()
    assert brought == [b"\xaa"]
    for refusal in ("9000", "91AE"):
        encoder, _ = encoder_of(Card(refusal), READ, words=DESFIRE_WORDS)
        with pytest.raises(StatusWordError) as caught:
            encoder.identify()
        assert caught.value.sw == int(refusal, 16)
    assert "authentication error" in str(caught.value)


def test_a_proof_of_a_key_that_is_not_listed_as_reading_is_refused() -> None:
    with pytest.raises(ConfigError):
        CommandKinds(reading=frozenset(), proofs=frozenset({(0x90, 0xAA)}))


@dataclass(frozen=True)
class DerivedKey:
    """A request of a profile's own."""

    card: str


def test_a_profile_may_ask_for_what_the_province_does_not_answer() -> None:
    def script(atr: bytes) -> Script[bytes]:
        return (yield from ask(DerivedKey(atr.hex()), bytes))

    plain, _ = encoder_of(Card())
    with pytest.raises(LocalProtocolError, match="DerivedKey: not answered here"):
        plain.run(script, None)
    answers: dict[type, Answerer] = {DerivedKey: lambda request: bytes.fromhex(request.card)}
    own = ChipEncoder(Card(), replace(plain.profile, answers=answers))
    assert own.run(script, None) == b"\x3b\x00"
    wrong = ChipEncoder(Card(), replace(plain.profile, answers={DerivedKey: lambda _: "text"}))
    with pytest.raises(LocalProtocolError, match="was sent str"):
        wrong.run(script, None)
