"""What only this family does, against its simulated printer and against scripted answers."""

import io
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import pytest
from PIL import Image

from simulators.machine.cards_in_path import Place
from simulators.machine.picture import Side
from simulators.machine.server import MachineServer, Options
from station.core.errors import (
    BrokeOffError,
    CardLeftInsideError,
    DeviceError,
    LocalProtocolError,
    OutcomeUnknownError,
    RemoteProtocolError,
    StationError,
    TransportClosedError,
    TransportError,
)
from station.core.faces import FaceSide, Panel, PrintGeometry
from station.core.links import BulkLink
from station.core.printing import (
    Capability,
    CardPosition,
    CardPrinter,
    PrinterService,
    PrinterStateReason,
)
from station.drivers import load_family
from station.drivers.evolis.driver import Evolis
from station.drivers.kit import driver as kit_driver
from station.transport.printer_link import open_printer_link

GEOMETRY = PrintGeometry(1016, 648, 300)
OWN = 0x5354
BLOB = "0014 10 00542000 {information} {warning} {error} 02 {session}"


@pytest.fixture(autouse=True)
def own_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.drivers.evolis.driver.secrets.choice", lambda _: OWN)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Rig:
    printer: CardPrinter
    server: MachineServer
    address: str

    def say(self, command: str) -> bytes:
        """Be another host: one raw transaction."""
        host, port = self.address.removeprefix("tcp-transaction://").rsplit(":", 1)
        with socket.create_connection((host, int(port)), timeout=5.0) as link:
            link.sendall(f"\x1b{command}\r\0".encode())
            link.shutdown(socket.SHUT_WR)
            data = b""
            while piece := link.recv(4096):
                data += piece
        return data

    def sent(self) -> list[str]:
        return [line.partition(" ->")[0] for line in self.printer.recent_exchanges()]


def start(model: str) -> tuple[MachineServer, str]:
    server = MachineServer(
        Options(
            model=f"evolis-{model}",
            printer="tcp-transaction://127.0.0.1:0",
            chip=f"vpcd://127.0.0.1:{free_port()}",
            control="http://127.0.0.1:0",
            speed=0,
        )
    )
    return server, str(server.start()["printer"])


@pytest.fixture(params=["primacy"])
def rig(request: pytest.FixtureRequest) -> Iterator[Rig]:
    server, address = start(request.param)
    printer = load_family("evolis").open(lambda: open_printer_link(address), request.param)
    yield Rig(printer, server, address)
    printer.close()
    server.stop()
    assert server.machine.violations == []


def ramp(letters: str, geometry: PrintGeometry = GEOMETRY) -> FaceSide:
    plane = np.tile(np.linspace(0, 255, 1016, dtype=np.uint8), (648, 1))
    plane[:40, :40] = 255
    return FaceSide(geometry, {Panel(letter): plane.tobytes() for letter in letters}, b"")


@pytest.mark.parametrize("rig", ["zenius", "kc200", "primacy2"], indirect=True)
def test_every_model_prints_a_whole_front(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.printer.print_face(ramp("YMCO", rig.printer.model.geometry), None, job_id=1)
    card = rig.server.machine.path_card
    assert card is not None
    with Image.open(io.BytesIO(card.faces[Side.FRONT].png())) as image:
        seen = np.array(image.convert("RGB")).astype(int)
    ink = np.frombuffer(ramp("Y").planes[Panel.YELLOW], np.uint8).reshape(648, 1016, 1)
    assert int(np.abs(seen - (255 - ink.astype(int))).max()) <= 2


def test_the_printer_never_tries_again_by_itself(rig: Rig) -> None:
    rig.say("Pem;0")
    rig.printer.bring_card_to_chip_station()
    sent = rig.sent()
    order = [next(n for n, s in enumerate(sent) if s.startswith(c)) for c in ("Pem;2", "Sis")]
    assert order == sorted(order)
    rig.say("Pem;0")
    rig.printer.print_face(ramp("K"), None, job_id=1)
    sent = [line.replace(";", " ").split()[0] for line in rig.sent()]
    assert sent.count("Pem") == 2
    assert sent.index("Pem", sent.index("Sis")) < sent.index("job")


def test_a_session_is_held_for_a_goal_and_given_back(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.printer.print_face(ramp("K"), None, job_id=1)
    sent = rig.sent()
    assert [line for line in sent if line.startswith("Psid")] == [
        "Psid;21332;45 reserve",
        "Psid;0;45 release",
        "Psid;2;45 reserve",
        "Psid;2;180 reserve",
        "Psid;2;45 reserve",
        "Psid;0;45 release",
    ]
    assert rig.say("Rsn").endswith(bytes.fromhex("02 0000") + bytes.fromhex("04 00000000") * 4)


def test_a_printer_that_another_host_holds_is_left_alone(rig: Rig) -> None:
    rig.say("Psid;4711;45")
    for goal in (
        rig.printer.bring_card_to_chip_station,
        lambda: rig.printer.print_face(ramp("K"), None, job_id=1),
    ):
        with pytest.raises(DeviceError) as caught:
            goal()
        assert caught.value.code in ("station-printer-locked", "media-needed")
    assert rig.server.observer.record()["totals"]["feeds"] == 0  # type: ignore[index]
    assert PrinterStateReason.LOCKED in {r.keyword for r in rig.printer.status().reasons}
    rig.say("Psid;0;45")
    rig.printer.bring_card_to_chip_station()


@pytest.mark.field_case("A6")
@pytest.mark.parametrize("session", [2, OWN])
def test_a_reservation_under_our_own_number_is_another_programs_all_the_same(
    rig: Rig, session: int
) -> None:
    rig.say(f"Psid;{session};45")
    machine = rig.server.machine
    rig.server.hands.leave_a_card_inside()
    for goal in (
        rig.printer.bring_card_to_chip_station,
        rig.printer.present_card,
        rig.printer.reject_card,
        lambda: rig.printer.print_face(ramp("K"), None, job_id=1),
    ):
        with pytest.raises(DeviceError, match="reserved by another program") as caught:
            goal()
        assert caught.value.code == PrinterStateReason.LOCKED.value
    assert machine.path_card is not None
    assert machine.path_card.place is Place.PRINT_START
    assert not [line for line in rig.sent() if line.startswith(("Psid", "Pem", "Scs", "end of"))]
    assert PrinterStateReason.LOCKED in {r.keyword for r in rig.printer.status().reasons}
    rig.say("Psid;0;45")
    rig.printer.present_card()


@pytest.mark.field_case("A6")
def test_another_hosts_open_job_is_not_given_up_for_it(rig: Rig) -> None:
    rig.printer.status()
    rig.say("Psid;2;45")
    rig.server.hands.leave_a_card_inside()
    with pytest.raises(DeviceError, match="reserved by another program"):
        rig.printer.reject_card()
    assert not [line for line in rig.sent() if line.startswith("end of job")]


def test_two_processes_never_take_the_same_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    numbers = {open_scripted()._number for _ in range(8)}
    assert len(numbers) > 1
    assert not numbers & {0, 2}


def test_trays_that_another_host_has_set_otherwise_are_set_right_first(rig: Rig) -> None:
    for command in ("Pcim;M", "Pcem;R", "Pcrm;R"):  # by hand; good cards aside; spoiled ones out
        rig.say(command)
    machine = rig.server.machine
    rig.printer.bring_card_to_chip_station()
    rig.printer.present_card()
    assert len(machine.cards_at(Place.OUTPUT_HOPPER)) == 1
    rig.say("Pcrm;R")
    rig.printer.bring_card_to_chip_station()
    rig.printer.reject_card()
    assert len(machine.cards_at(Place.REJECT_BOX)) == 1


def test_cards_until_cleaning_are_counted_down_by_prints(rig: Rig) -> None:
    before = rig.printer.status().cleaning_cards_left
    assert before == 200  # of 1200, after 1000
    rig.printer.bring_card_to_chip_station()
    rig.printer.print_face(ramp("K"), None, job_id=1)
    assert rig.printer.status().cleaning_cards_left == 199


def test_what_a_technician_is_told(rig: Rig) -> None:
    assert isinstance(rig.printer, PrinterService)
    assert rig.printer.details() == {
        "ribbon label": "YMCKOK",
        "ribbon zone": "0",
        "ribbon type": "4",
        "ribbon qty": "200",
        "ribbon count": "200",
        "cleaning rem_advised": "200",
        "cleaning mandatory": "200",
        "head": "KIT00001",
    }


def test_the_cleaning_card_never_meets_a_card(rig: Rig) -> None:
    assert isinstance(rig.printer, PrinterService)
    rig.printer.bring_card_to_chip_station()
    with pytest.raises(CardLeftInsideError):
        rig.printer.clean()
    rig.printer.present_card()
    rig.printer.clean()
    time_by_activity = rig.server.observer.time()["device_seconds_by_activity"]
    assert isinstance(time_by_activity, dict)
    assert time_by_activity["clean"] == 40.0


def test_an_open_cover_is_named_before_the_cleaning_card_moves(rig: Rig) -> None:
    assert isinstance(rig.printer, PrinterService)
    rig.server.hands.open_the_cover()
    with pytest.raises(DeviceError) as caught:
        rig.printer.clean()
    assert caught.value.code == "cover-open"


def test_a_ribbon_without_the_panels_of_the_face_is_named_before_anything_is_sent(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.server.hands.put_a_new_ribbon_in("K")
    with pytest.raises(DeviceError) as caught:
        rig.printer.print_face(ramp("YMC"), None, job_id=1)
    assert caught.value.code == PrinterStateReason.RIBBON_UNSUPPORTED.value
    rig.printer.print_face(ramp("K"), None, job_id=1)
    rig.server.hands.put_a_new_ribbon_in("YMCKO")
    with pytest.raises(DeviceError):
        rig.printer.print_face(ramp("K"), ramp("K"), job_id=2)


def test_a_ribbon_low_and_a_full_reject_box_are_said(rig: Rig) -> None:
    rig.server.hands.put_a_new_ribbon_in("YMCKO", 5)
    rig.server.hands.fill_the_reject_bin()
    status = rig.printer.status()
    assert [str(reason) for reason in status.reasons] == [
        "station-reject-box-full-error",
        "marker-print-ribbon-almost-empty-warning",
    ]
    assert status.ribbon_cards_left == 5


def test_a_full_reject_box_keeps_the_card_and_a_mended_one_takes_it(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    rig.server.hands.fill_the_reject_bin()
    with pytest.raises(DeviceError) as caught:
        rig.printer.reject_card()
    assert caught.value.code == PrinterStateReason.REJECT_FULL.value
    assert rig.printer.status().card is CardPosition.CHIP_STATION
    rig.server.hands.empty_the_reject_bin()
    rig.printer.reject_card()


def test_the_cover_opened_in_a_print_is_an_unknown_outcome_with_its_reason(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    machine = rig.server.machine
    rig.server.hands.pause_the_machine("print-front")

    def open_when_printing() -> None:
        with machine.condition:
            assert machine.condition.wait_for(lambda: machine.clock.stopped_in is not None, 10.0)
        rig.server.hands.open_the_cover()

    person = threading.Thread(target=open_when_printing)
    person.start()
    with pytest.raises(OutcomeUnknownError) as caught:
        rig.printer.print_face(ramp("YMCKO"), None, job_id=1)
    person.join(10.0)
    assert isinstance(caught.value, BrokeOffError)
    assert caught.value.code == PrinterStateReason.COVER_OPEN.value
    rig.server.hands.close_the_cover()
    rig.server.hands.let_the_machine_go_on()
    assert rig.printer.status().errors == ()


def test_a_job_that_a_dead_process_left_open_is_given_up_first(rig: Rig) -> None:
    rig.printer.bring_card_to_chip_station()
    card = rig.server.machine.path_card
    rig.server.hands.lose_the_next_answer(to="Psync")
    machine = rig.server.machine

    def pull_when_lost() -> None:
        with machine.condition:
            assert machine.condition.wait_for(lambda: not machine.faults.lose_answers, 10.0)
        rig.server.hands.pull_the_printer_cable()

    person = threading.Thread(target=pull_when_lost)
    person.start()
    with pytest.raises(OutcomeUnknownError):
        rig.printer.print_face(ramp("K"), None, job_id=1)
    person.join(10.0)
    rig.server.hands.plug_the_printer_cable_in()
    rig.printer.present_card()
    assert [line for line in rig.sent() if line.startswith("end of job")]
    assert card is not None
    assert card.faces[Side.FRONT].prints == 1
    assert rig.printer.status().card is None


def test_close_ends_a_call_that_waits(rig: Rig) -> None:
    rig.server.hands.pause_the_machine("feed")
    machine = rig.server.machine
    ends: list[StationError] = []

    def bring() -> None:
        try:
            rig.printer.bring_card_to_chip_station()
        except StationError as exc:
            ends.append(exc)

    caller = threading.Thread(target=bring)
    caller.start()
    with machine.condition:
        assert machine.condition.wait_for(lambda: machine.clock.stopped_in is not None, 10.0)
    rig.printer.close()  # the machine stays paused: a close that waits for it would hang here
    caller.join(10.0)
    assert isinstance(ends[0], OutcomeUnknownError)
    with pytest.raises(LocalProtocolError, match="closed"):
        rig.printer.status()


def test_the_unverified_facts_are_said_once(rig: Rig, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        rig.printer.status()
        rig.printer.status()
    assert caplog.text.count("never seen on real hardware") == 1


def blob(information: str = "00000000", warning: str = "00000000", session: str = "0000") -> bytes:
    return b"\0" + bytes.fromhex(
        BLOB.format(
            information=information, warning=warning, error="00000000", session=session
        ).replace(" ", "")
    )


@dataclass
class Script:
    """A BulkLink whose answers depend on the command alone; the last of several stays."""

    replies: dict[str, list[bytes]]
    asked: list[str] = field(default_factory=list)
    pending: bytes | None = None
    address: str = "tcp-transaction://script:9100"

    def write(self, data: bytes, *, timeout: float) -> None:
        del timeout
        command = data.strip(b"\x1b\r\0").decode("latin-1")[:12]
        self.asked.append(command)
        known = self.replies.get(command, [b"OK" + blob()])
        self.pending = known.pop(0) if len(known) > 1 else known[0]

    def read(self, size: int, *, timeout: float) -> bytes:
        del timeout, size
        piece, self.pending = self.pending or b"", b""
        return piece

    def reopen(self) -> None:
        self.pending = None

    def close(self) -> None:
        self.pending = None


RIBBON = b"type:4\r\nqty:200\r\ncount:150"


def scripted(**replies: list[bytes]) -> tuple[CardPrinter, Script]:
    table = {"": [blob()], "Rrt;all": [RIBBON + blob()], "Rtp;d": [b"Primacy" + blob()]}
    table |= {"Rcim": [b"(F)" + blob()], "Rcem": [b"(D)" + blob()], "Rcrm": [b"(D)" + blob()]}
    table["Rco;clean"] = [b"rem_advised:200" + blob()]
    table |= {name.replace("_", ";"): list(texts) for name, texts in replies.items()}
    script = Script(table)
    link: Callable[[], BulkLink] = lambda: script  # noqa: E731
    return load_family("evolis").open(link, "primacy"), script


def open_scripted() -> Evolis:
    printer, _ = scripted()
    assert isinstance(printer, Evolis)
    return printer


def test_a_stray_ok_is_asked_again_three_times_in_all() -> None:
    printer, script = scripted(
        Rrt_all=[b"OK" + blob(), b"OK\r\n" + blob(), RIBBON + blob()], Rsn=[b"OK" + blob()]
    )
    assert printer.status().ribbon_cards_left == 150
    assert script.asked.count("Rrt;all") == 3
    with pytest.raises(RemoteProtocolError, match="no data in 3"):
        printer.identity()
    assert script.asked.count("Rsn") == 3


def test_a_ribbon_that_only_says_ok_is_unknown_not_empty() -> None:
    printer, _ = scripted(Rrt_all=[b"OK" + blob()])
    assert printer.status().ribbon_cards_left is None


@pytest.mark.parametrize("text", [b"type:4\ncount:x", b"type:4\ncount:-1"])
def test_a_ribbon_count_that_is_no_number_is_never_guessed(text: bytes) -> None:
    printer, _ = scripted(Rrt_all=[text + blob()])
    with pytest.raises(RemoteProtocolError, match="no number"):
        printer.status()


def test_a_counter_without_its_line_is_never_guessed() -> None:
    printer, _ = scripted(Rco_card=[b"other:1" + blob()])
    with pytest.raises(RemoteProtocolError, match="inserted_head"):
        printer.counters()


def test_a_poll_without_status_words() -> None:
    printer, _ = scripted(**{"": [b"\0\0\x14"]})
    with pytest.raises(RemoteProtocolError, match="without status"):
        printer.status()


def test_a_printer_that_hangs_up_without_an_answer() -> None:
    printer, _ = scripted(**{"": [b""]})
    with pytest.raises(TransportClosedError, match="without an answer"):
        printer.status()


def test_a_refused_question() -> None:
    printer, _ = scripted(Rsn=[b"ERROR CDE" + blob()])
    with pytest.raises(DeviceError, match="ERROR CDE"):
        printer.identity()


@pytest.mark.field_case("G5")
@pytest.mark.parametrize(
    ("text", "code", "error"),
    [
        ("ERROR FEEDER", "input-media-tray-feed-error", BrokeOffError),  # no bit bears it out
        ("ERROR CARD", "media-needed", BrokeOffError),
        ("ERROR TIME OUT", "media-jam", BrokeOffError),
        ("ERROR MECA", "media-jam", BrokeOffError),
        ("ok", "other", BrokeOffError),
        ("ERROR CDE", "other", DeviceError),  # not taken: nothing moved
    ],
)
def test_the_text_of_a_failed_move_names_the_cause_when_no_bit_does(
    text: str, code: str, error: type[BrokeOffError | DeviceError]
) -> None:
    polls = [blob(), blob(), blob(), blob(), blob(session="5354"), blob()]
    printer, _ = scripted(**{"": polls}, Rem_1=[b"2" + blob()], Sis=[text.encode() + blob()])
    with pytest.raises(error) as caught:
        printer.bring_card_to_chip_station()
    assert caught.value.code == code


def test_a_machine_without_chip_station_moves_no_card() -> None:
    bare = b"\0" + bytes.fromhex("0014 10 00402000 00000000 00000000 00000000 02 0000")
    printer, script = scripted(**{"": [bare]})
    with pytest.raises(DeviceError, match="no chip station"):
        printer.bring_card_to_chip_station()
    assert "Sis" not in script.asked


def test_what_is_not_fitted_is_said_with_the_status() -> None:
    bare = b"\0" + bytes.fromhex("0014 10 00402000 00000000 00000000 00000000 02 0000")
    printer, _ = scripted(**{"": [bare]})
    assert printer.status().not_fitted == {
        Capability.PRINT_BACK,
        Capability.CONTACT_CHIP,
        Capability.MAGNETIC,
        Capability.REWRITABLE,
    }
    fitted = b"\0" + bytes.fromhex("0014 10 00172000 00000000 00000000 00000000 02 0000")
    printer, _ = scripted(**{"": [fitted]})
    assert printer.status().not_fitted == set()


def test_a_cleaning_counter_that_is_no_number_is_never_guessed() -> None:
    printer, _ = scripted(Rco_clean=[b"rem_advised:-3" + blob()])
    with pytest.raises(RemoteProtocolError, match="no number"):
        printer.status()
    printer, _ = scripted(Rco_clean=[b"ERROR CDE" + blob()])
    assert printer.status().cleaning_cards_left is None


def test_a_machine_without_flipper_prints_no_back() -> None:
    words = "0014 10 00442000 02000000 00000000 00000000 02 "
    free, held = (b"\0" + bytes.fromhex(words + session) for session in ("0000", "0002"))
    printer, script = scripted(**{"": [free, free, held]}, Rem_1=[b"2" + blob()])
    with pytest.raises(DeviceError, match="no flipper"):
        printer.print_face(ramp("K"), ramp("K"), job_id=1)
    assert not [command for command in script.asked if command.startswith("Psync")]


def test_a_session_that_is_not_granted_moves_no_card(monkeypatch: pytest.MonkeyPatch) -> None:
    printer, script = scripted()
    clock = iter(range(10**6))
    monkeypatch.setattr(kit_driver, "monotonic", lambda: float(next(clock)))
    with pytest.raises((DeviceError, TransportError)):
        load_family("evolis").open(lambda: script, "primacy").bring_card_to_chip_station()
    assert "Sis" not in script.asked
    printer.close()
