"""PcscLink against a pretended PC/SC service: which return code becomes which of our errors."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from smartcard import scard

from station.core.errors import (
    CardMuteError,
    ChipContactLostError,
    LocalProtocolError,
    ReaderBusyError,
    ReaderNotConnectedError,
    StationError,
    TransportClosedError,
)
from station.transport import pcsc
from station.transport.pcsc import PcscLink
from station.transport.pcsc_names import WantedReader, usb_port

EXCLUSIVE = scard.SCARD_SHARE_EXCLUSIVE
READER = "ACME Encoder 00 00"
ATR = [0x3B, 0x6D, 0x00, 0x00, *range(13)]
FUNCTIONS = (
    "SCardEstablishContext",
    "SCardReleaseContext",
    "SCardListReaders",
    "SCardGetStatusChange",
    "SCardConnect",
    "SCardReconnect",
    "SCardStatus",
    "SCardTransmit",
    "SCardDisconnect",
    "SCardGetAttrib",
)


@dataclass
class Service:
    """What pcscd would do, with its return codes. Contexts die with a restart."""

    readers: list[str] = field(default_factory=lambda: [READER])
    is_running: bool = True
    codes: dict[str, deque[int]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    context: int = 0
    atr: list[int] = field(default_factory=lambda: list(ATR))
    answer: list[int] = field(default_factory=lambda: [0x90, 0x00])
    sent: list[bytes] = field(default_factory=list)
    arguments: dict[str, tuple[object, ...]] = field(default_factory=dict)
    protocol: int = scard.SCARD_PROTOCOL_T0
    on_wait: list[str] = field(default_factory=list)
    on_list: Callable[[], list[str]] | None = None
    on_connect: Callable[[object], int] | None = None
    state: int = scard.SCARD_STATE_EMPTY

    def fail(self, function: str, *codes: int) -> None:
        self.codes[function] = deque(codes)

    def restart(self) -> None:
        self.context += 100

    def __call__(self, function: str, *arguments: object) -> object:
        self.calls.append(function)
        self.arguments[function] = arguments
        code = self._code(function, arguments)
        if function in {"SCardReleaseContext", "SCardDisconnect"}:
            return code
        return [code, *self._results(function, arguments)]

    def _code(self, function: str, arguments: tuple[object, ...]) -> int:
        if function == "SCardConnect" and self.on_connect is not None:
            return self.on_connect(arguments[2])
        queue = self.codes.get(function)
        if queue:
            return queue.popleft() if len(queue) > 1 else queue[0]
        if not self.is_running:
            return int(scard.SCARD_E_NO_SERVICE)
        needs_context = function in {"SCardListReaders", "SCardConnect", "SCardGetStatusChange"}
        if needs_context and arguments[0] != self.context:
            return int(scard.SCARD_E_INVALID_HANDLE)
        return int(scard.SCARD_S_SUCCESS)

    def _results(self, function: str, arguments: tuple[object, ...]) -> list[object]:
        if function == "SCardTransmit":
            self.sent.append(bytes(arguments[2]))  # type: ignore[call-overload]
        if function == "SCardGetStatusChange" and arguments[1] and self.on_wait:
            del self.codes[self.on_wait.pop()]
        if function == "SCardListReaders" and self.on_list:
            self.readers = self.on_list()
        results: dict[str, list[object]] = {
            "SCardEstablishContext": [self.context],
            "SCardListReaders": [list(self.readers)],
            "SCardGetStatusChange": [[(READER, self.state, [])]],
            "SCardConnect": [7, self.protocol],
            "SCardReconnect": [self.protocol],
            "SCardStatus": [READER, 0, self.protocol, self.atr],
            "SCardTransmit": [self.answer],
        }
        return results[function]


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Service:
    pretended = Service()
    for name in FUNCTIONS:
        monkeypatch.setattr(scard, name, lambda *arguments, name=name: pretended(name, *arguments))
    return pretended


def link(reader: str = READER, *, card_wait: float = 0.0) -> PcscLink:
    return PcscLink(reader, card_wait=card_wait, pause=lambda _seconds: None)


def test_nothing_is_opened_before_it_is_needed(service: Service) -> None:
    opened = link()
    assert opened.address == f"pcsc:{READER}"
    opened.power_off()
    opened.close()
    assert service.calls == []


@pytest.mark.parametrize(
    ("wanted", "readers", "present"),
    [
        (READER, [READER], True),
        ("acme encoder", [READER], True),
        ("ACME", [READER, "Other 00 00"], True),
        (READER, ["Other 00 00"], False),
        (READER, [], False),
        ("Encoder", ["Encoder 00 00", "Encoder 00 01"], False),
        ("Encoder", ["Encoder", "Encoder 00 01"], True),  # the whole name wins
    ],
)
def test_the_reader_is_chosen_by_name_never_by_order(
    service: Service, wanted: str, readers: list[str], present: bool
) -> None:
    service.readers = readers
    assert link(wanted).reader_present() is present
    assert "SCardConnect" not in service.calls


@pytest.mark.field_case("F4")
def test_readers_that_fit_alike_are_listed(service: Service) -> None:
    service.readers = ["ACME 00 00", "ACME 01 00"]
    with pytest.raises(ReaderNotConnectedError) as refused:
        link("ACME").power_on()
    assert refused.value.details == {"readers": "ACME 00 00, ACME 01 00"}
    with pytest.raises(ReaderNotConnectedError) as looked:
        link("ACME").check_reader()
    assert looked.value.code == refused.value.code == "reader-ambiguous"


@pytest.mark.field_case("F3")
@pytest.mark.parametrize("refusing", ["SCardEstablishContext", "SCardListReaders", "SCardConnect"])
def test_a_service_that_refuses_the_account_is_told_from_one_that_is_not_there(
    service: Service, refusing: str
) -> None:
    service.fail(refusing, scard.SCARD_W_SECURITY_VIOLATION)
    with pytest.raises(ReaderNotConnectedError) as refused:
        link().power_on()
    assert refused.value.code == "reader-no-permission"
    if refusing != "SCardConnect":
        assert not link().reader_present()


@pytest.mark.parametrize("refusing", ["SCardEstablishContext", "SCardListReaders", "SCardConnect"])
def test_a_refusal_of_a_moment_is_not_believed(service: Service, refusing: str) -> None:
    refusal = scard.SCARD_W_SECURITY_VIOLATION
    service.fail(refusing, refusal, refusal, scard.SCARD_S_SUCCESS)
    assert link().power_on() == bytes(ATR)


@pytest.mark.parametrize("refusing", ["SCardListReaders", "SCardConnect"])
def test_a_service_that_refuses_and_is_gone_then_has_ended(service: Service, refusing: str) -> None:
    service.fail(refusing, scard.SCARD_E_NO_ACCESS, scard.SCARD_E_NO_SERVICE)
    with pytest.raises(ReaderNotConnectedError) as ended:
        link().power_on()
    assert ended.value.code == "reader-not-connected"


@pytest.mark.parametrize("refusing", ["SCardReconnect", "SCardStatus"])
def test_a_refusal_after_the_card_was_given_is_the_end_of_the_service(
    service: Service, refusing: str
) -> None:
    service.fail(refusing, scard.SCARD_W_SECURITY_VIOLATION)
    with pytest.raises(ReaderNotConnectedError) as ended:
        link().power_on()
    assert ended.value.code == "reader-not-connected"
    assert {"SCardDisconnect", "SCardReleaseContext"} <= set(service.calls)


def test_a_refusal_that_stands_is_waited_for_once(service: Service) -> None:
    waited: list[float] = []
    opened = PcscLink(READER, card_wait=0.0, pause=waited.append)
    service.fail("SCardListReaders", scard.SCARD_W_SECURITY_VIOLATION)
    assert not opened.reader_present()
    assert 0.5 <= sum(waited) <= 2.0
    waited.clear()
    assert not opened.reader_present()
    assert waited == []
    del service.codes["SCardListReaders"]  # an administrator has changed the rules
    assert opened.reader_present()


def test_power_on_is_exclusive_and_cold(service: Service) -> None:
    assert link().power_on() == bytes(ATR)
    _context, name, share, protocols = service.arguments["SCardConnect"]
    assert (name, share) == (READER, scard.SCARD_SHARE_EXCLUSIVE)
    assert protocols == scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    assert service.arguments["SCardReconnect"][3] == scard.SCARD_UNPOWER_CARD


def test_power_off_releases_the_card_without_power(service: Service) -> None:
    opened = link()
    opened.power_on()
    opened.power_off()
    opened.power_off()
    assert service.arguments["SCardDisconnect"] == (7, scard.SCARD_UNPOWER_CARD)
    assert service.calls.count("SCardDisconnect") == 1
    with pytest.raises(LocalProtocolError):
        opened.transmit(b"\x00\x84\x00\x00\x08")


@pytest.mark.parametrize(
    ("protocol", "sent"),
    [(scard.SCARD_PROTOCOL_T0, "00A4040002A000"), (scard.SCARD_PROTOCOL_T1, "00A4040002A00000")],
)
def test_t0_carries_no_le_after_data(service: Service, protocol: int, sent: str) -> None:
    service.protocol = protocol
    opened = link()
    opened.power_on()
    assert opened.transmit(bytes.fromhex("00A4040002A00000")) == b"\x90\x00"
    assert service.sent[0] == bytes.fromhex(sent)


@pytest.mark.parametrize("function", ["SCardConnect", "SCardReconnect", "SCardStatus"])
@pytest.mark.parametrize(
    ("code", "error"),
    [
        ("SCARD_E_NO_SMARTCARD", CardMuteError),
        ("SCARD_W_REMOVED_CARD", CardMuteError),
        ("SCARD_W_UNRESPONSIVE_CARD", CardMuteError),
        ("SCARD_W_UNPOWERED_CARD", CardMuteError),
        ("SCARD_E_PROTO_MISMATCH", CardMuteError),
        ("SCARD_E_SHARING_VIOLATION", ReaderBusyError),
        ("SCARD_E_READER_UNAVAILABLE", ReaderNotConnectedError),
        ("SCARD_E_UNKNOWN_READER", ReaderNotConnectedError),
        ("SCARD_E_NO_SERVICE", ReaderNotConnectedError),
        ("SCARD_E_NO_MEMORY", TransportClosedError),
    ],
)
def test_what_goes_wrong_at_power_on(
    service: Service, function: str, code: str, error: type[StationError]
) -> None:
    service.fail(function, getattr(scard, code))
    with pytest.raises(error) as caught:
        link().power_on()
    assert type(caught.value) is error
    if function != "SCardConnect":
        assert service.calls.count("SCardDisconnect") == service.calls.count("SCardConnect")


def test_no_card_and_no_answer_are_told_apart(service: Service) -> None:
    causes = {}
    for code in ("SCARD_E_NO_SMARTCARD", "SCARD_W_UNRESPONSIVE_CARD"):
        service.fail("SCardConnect", getattr(scard, code))
        with pytest.raises(CardMuteError) as mute:
            link().power_on()
        causes[code] = mute.value.details["cause"]
    assert list(causes.values()) == ["no-card", "no-atr"]


def test_an_empty_atr_is_no_atr(service: Service) -> None:
    service.atr = []
    with pytest.raises(CardMuteError):
        link().power_on()
    assert service.calls[-1] == "SCardDisconnect"


@pytest.mark.parametrize("code", ["SCARD_E_NO_SMARTCARD", "SCARD_E_SHARING_VIOLATION"])
def test_a_card_that_comes_a_moment_later_is_waited_for(service: Service, code: str) -> None:
    service.fail("SCardConnect", getattr(scard, code))
    service.on_wait = ["SCardConnect"]
    assert link(card_wait=5.0).power_on() == bytes(ATR)
    assert service.calls.count("SCardConnect") == 2


def test_waiting_for_a_card_ends(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = itertools.count(step=0.15)  # two looks at it a try
    monkeypatch.setattr(pcsc, "monotonic", lambda: next(clock))
    service.fail("SCardConnect", scard.SCARD_E_NO_SMARTCARD)
    with pytest.raises(CardMuteError):
        link(card_wait=1.0).power_on()
    assert service.calls.count("SCardConnect") == 4
    assert service.arguments["SCardGetStatusChange"][1] in range(1, 202)  # milliseconds


def test_a_card_that_the_service_has_missed_is_looked_for_once(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = itertools.count(step=0.2)
    monkeypatch.setattr(pcsc, "monotonic", lambda: next(clock))
    opened = link(card_wait=10.0)
    opened.power_on()
    shared: list[object] = []

    def on_connect(mode: object) -> int:
        shared.append(mode)
        return int(scard.SCARD_E_NO_SMARTCARD if mode == EXCLUSIVE else scard.SCARD_S_SUCCESS)

    service.on_connect = on_connect
    assert opened.power_on() == bytes(ATR)  # the direct connection is powered like any other
    assert shared.count(scard.SCARD_SHARE_DIRECT) == 1
    assert shared.index(scard.SCARD_SHARE_DIRECT) >= 2  # the service got time to see it itself
    shared.clear()
    service.fail("SCardReconnect", scard.SCARD_E_NO_SMARTCARD)  # it is really gone
    with pytest.raises(CardMuteError):
        opened.power_on()
    assert shared.count(scard.SCARD_SHARE_DIRECT) == 1
    shared.clear()
    with pytest.raises(CardMuteError):
        opened.power_on()
    assert scard.SCARD_SHARE_DIRECT not in shared


def test_a_first_card_is_left_to_the_service(service: Service) -> None:
    service.fail("SCardConnect", scard.SCARD_E_NO_SMARTCARD)
    with pytest.raises(CardMuteError):
        link(card_wait=0.7).power_on()
    assert service.arguments["SCardConnect"][2] == EXCLUSIVE


def test_the_cable_pulled_while_waiting(service: Service) -> None:
    service.fail("SCardConnect", scard.SCARD_E_NO_SMARTCARD)
    listings = [[READER], [READER], []]
    service.on_list = lambda: listings.pop(0) if len(listings) > 1 else listings[0]
    with pytest.raises(ReaderNotConnectedError):
        link(card_wait=5.0).power_on()


IN_USE = scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_INUSE | scard.SCARD_STATE_EXCLUSIVE
MUTE = scard.SCARD_STATE_PRESENT | scard.SCARD_STATE_MUTE


@pytest.mark.parametrize(
    ("state", "present"),
    [(scard.SCARD_STATE_EMPTY, False), (scard.SCARD_STATE_PRESENT, True), (IN_USE, True)],
)
def test_a_card_is_seen_without_touching_it(service: Service, state: int, present: bool) -> None:
    service.state = state
    assert PcscLink("acme", card_wait=0).card_present() is present
    assert not {"SCardConnect", "SCardReconnect"} & set(service.calls)
    assert service.arguments["SCardGetStatusChange"][1] == 0  # nothing is waited for


def test_a_mute_card_is_there_all_the_same(service: Service) -> None:
    service.state = MUTE
    assert PcscLink("acme", card_wait=0).card_present()


def test_without_its_reader_nobody_can_say_whether_a_card_is_there(service: Service) -> None:
    service.readers = []
    with pytest.raises(ReaderNotConnectedError):
        PcscLink("acme", card_wait=0).card_present()


def test_a_restarted_service_is_found_again(service: Service) -> None:
    opened = link()
    opened.power_on()
    opened.power_off()
    service.restart()
    assert opened.reader_present()
    service.restart()
    assert opened.power_on() == bytes(ATR)


def test_a_stopped_service_is_no_reader_until_it_comes_back(service: Service) -> None:
    opened = link()
    assert opened.reader_present()
    service.is_running = False
    assert not opened.reader_present()
    with pytest.raises(ReaderNotConnectedError):
        opened.power_on()
    service.is_running = True
    service.restart()
    assert opened.reader_present()


@pytest.mark.parametrize(
    ("code", "readers", "error"),
    [
        ("SCARD_W_REMOVED_CARD", [READER], ChipContactLostError),
        ("SCARD_E_NO_SMARTCARD", [READER], ChipContactLostError),
        ("SCARD_W_RESET_CARD", [READER], ChipContactLostError),
        ("SCARD_E_NOT_TRANSACTED", [READER], ChipContactLostError),
        ("SCARD_E_NOT_TRANSACTED", [], ReaderNotConnectedError),
        ("SCARD_E_READER_UNAVAILABLE", [], ReaderNotConnectedError),
        ("SCARD_E_NO_SERVICE", [READER], ReaderNotConnectedError),
        ("SCARD_F_COMM_ERROR", [READER], ReaderNotConnectedError),
        ("SCARD_E_INVALID_HANDLE", [READER], ReaderNotConnectedError),
    ],
)
def test_what_goes_wrong_in_an_exchange(
    service: Service, code: str, readers: list[str], error: type[StationError]
) -> None:
    opened = link()
    opened.power_on()
    service.readers = readers
    service.fail("SCardTransmit", getattr(scard, code))
    with pytest.raises(error, match="READ EF05 01") as caught:
        opened.transmit(b"\x00\xb2\x01\x28\x12", name="READ EF05 01")
    assert type(caught.value) is error
    assert service.calls.count("SCardTransmit") == 1  # never twice: it may have worked
    with pytest.raises(LocalProtocolError):
        opened.transmit(b"\x00\xb2\x01\x28\x12")


@pytest.mark.parametrize("answer", [[], [0x90]])
def test_success_without_status_word_is_a_torn_card(service: Service, answer: list[int]) -> None:
    opened = link()
    opened.power_on()
    service.answer = answer
    with pytest.raises(TransportClosedError):
        opened.transmit(b"\x00\x84\x00\x00\x08")


def test_who_holds_the_card_is_named_only_when_it_is_clear(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    service.fail("SCardConnect", scard.SCARD_E_SHARING_VIOLATION)
    for holders, details in ((["scdaemon"], {"holder": "scdaemon"}), (["a", "b"], {}), ([], {})):
        monkeypatch.setattr(pcsc, "_programs_using_pcsc", lambda holders=holders: holders)
        with pytest.raises(ReaderBusyError) as busy:
            link().power_on()
        assert busy.value.details == details


@pytest.fixture
def process_name() -> Iterator[str]:
    comm = Path("/proc/self/comm")
    before = comm.read_text(encoding="utf-8")
    comm.write_text("own-name", encoding="utf-8")
    yield "own-name"
    comm.write_text(before, encoding="utf-8")


def test_this_program_is_not_its_own_holder(process_name: str) -> None:
    if "libpcsclite" not in Path("/proc/self/maps").read_text(encoding="utf-8"):
        pytest.skip("the PC/SC library is not installed here")
    assert process_name not in pcsc._programs_using_pcsc()


def test_closing_gives_everything_back(service: Service) -> None:
    opened = link()
    opened.power_on()
    opened.close()
    opened.close()
    assert service.calls[-2:] == ["SCardDisconnect", "SCardReleaseContext"]


def test_waiting_for_a_card_is_written_down(
    service: Service, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    clock = itertools.count(step=0.15)
    monkeypatch.setattr(pcsc, "monotonic", lambda: next(clock))
    service.fail("SCardConnect", scard.SCARD_E_NO_SMARTCARD)
    service.on_wait = ["SCardConnect"]
    with caplog.at_level("INFO", logger=pcsc.__name__):
        link(card_wait=5.0).power_on()
    (told,) = [record for record in caplog.records if vars(record).get("action") == "card-awaited"]
    assert vars(told)["seconds"] == pytest.approx(0.45)  # up to the try that reached it


TWO = ["ACME Encoder 00 00", "ACME Desk 01 00"]


@pytest.mark.parametrize(
    ("wanted", "never", "code"),
    [
        ("ACME Encoder 00 00", "ACME Encoder", "desk-reader-is-the-machines"),
        ("Encoder", "ACME Encoder 00 00", "desk-reader-is-the-machines"),
        ("ACME Desk 01 00", "ACME", "desk-reader-is-the-machines"),
        ("ACME", "Encoder", "reader-ambiguous"),
        ("Third", "Encoder", "reader-not-connected"),
    ],
)
def test_a_reader_that_must_not_be_another_one(
    service: Service, wanted: str, never: str, code: str
) -> None:
    service.readers = TWO
    with pytest.raises(ReaderNotConnectedError) as caught:
        PcscLink(wanted, card_wait=0.0, never=never).check_reader()
    assert caught.value.code == code
    if code != "reader-not-connected":
        assert caught.value.details["readers"]
    PcscLink("Desk", card_wait=0.0, never="Encoder").check_reader()


def test_the_machines_reader_that_is_gone_leaves_the_desks_alone(service: Service) -> None:
    service.readers = TWO[1:]
    PcscLink("Desk", card_wait=0.0, never="Encoder").check_reader()


TWINS = ["ACME CCID 00 00", "ACME CCID 01 00"]


def with_ports(
    service: Service, monkeypatch: pytest.MonkeyPatch, ports: dict[str, str], *, busy: str = ""
) -> None:
    """Have each reader tell its USB port; a busy one is held exclusively by another program."""
    service.readers = list(ports)
    asked: list[str] = []

    def connect(context: int, reader: str, mode: int, protocols: int) -> list[int]:
        del context, mode, protocols
        asked.append(reader)
        code = scard.SCARD_E_SHARING_VIOLATION if reader == busy else scard.SCARD_S_SUCCESS
        return [code, 7, 0]

    monkeypatch.setattr(scard, "SCardConnect", connect)
    monkeypatch.setattr(scard, "SCardGetAttrib", lambda handle, attribute: [0, [1, 2, 3, 4]])
    monkeypatch.setattr(pcsc, "usb_port", lambda channel: ports[asked[-1]])


def test_twins_are_told_apart_by_their_usb_port(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports = {TWINS[0]: "1-2.3", TWINS[1]: "1-4"}
    with_ports(service, monkeypatch, ports)
    for name, port in ports.items():
        assert PcscLink(f"CCID@{port}", card_wait=0.0)._find_reader() == name
    link = PcscLink("CCID@1-4", card_wait=0.0, never="CCID@1-2.3")
    assert link._find_reader() == TWINS[1]
    service.readers.reverse()  # found in the other order at the next start
    assert link._find_reader() == TWINS[1]
    for wanted, never, code in (
        ("CCID@1-4", "CCID@1-4", "desk-reader-is-the-machines"),
        ("CCID@1-9", "", "reader-not-connected"),
        ("CCID", "", "reader-ambiguous"),
    ):
        with pytest.raises(ReaderNotConnectedError) as caught:
            PcscLink(wanted, card_wait=0.0, never=never).check_reader()
        assert caught.value.code == code


def test_a_reader_that_is_held_is_not_taken_for_another_one(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_ports(service, monkeypatch, {TWINS[0]: "1-2.3", TWINS[1]: "1-4"}, busy=TWINS[1])
    assert PcscLink("CCID@1-2.3", card_wait=0.0)._find_reader() == TWINS[0]
    with pytest.raises(ReaderNotConnectedError):
        PcscLink("CCID@1-4", card_wait=0.0).check_reader()


def test_the_usb_port_of_a_channel(tmp_path: Path) -> None:
    for name, bus, address in (("1-2.3", 1, 5), ("1-4", 1, 6), ("usb1", 1, 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "busnum").write_text(f"{bus}\n")
        (tmp_path / name / "devnum").write_text(f"{address}\n")
    (tmp_path / "1-4:1.0").mkdir()
    assert usb_port(bytes.fromhex("05 01 20 00"), tmp_path) == "1-2.3"
    assert usb_port(bytes.fromhex("06 01 20 00"), tmp_path) == "1-4"
    for channel in ("07 01 20 00", "05 01 01 00", "05 01"):
        assert usb_port(bytes.fromhex(channel), tmp_path) == ""


@pytest.mark.parametrize(
    ("text", "name", "port"),
    [
        ("A B", "A B", ""),
        ("A B@1-2", "A B", "1-2"),
        ("A B @1-2.3.4", "A B", "1-2.3.4"),
        ("A@b", "A@b", ""),
    ],
)
def test_the_address_of_a_reader(text: str, name: str, port: str) -> None:
    assert WantedReader.parse(text) == WantedReader(name, port)
