"""The simulated Evolis printer alone, driven with literal bytes."""

import io
import socket
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from simulators.cards import SimulatedCard
from simulators.machine.cards_in_path import Place
from simulators.machine.hands import Hands
from simulators.machine.model import Machine
from simulators.machine.motor import Motor
from simulators.machine.picture import Side
from simulators.machine.server import MachineServer, OptionError, Options, blank_maker
from simulators.printers.evolis import tables
from simulators.printers.evolis.engine import EvolisEngine
from simulators.printers.evolis.planes import face_from_wire

HEAD = (
    "\x1bPsync;1;0\r<HEADER>\x1bPsmgr;1\r\x1bPpws;1700000000\r\x1bPcla;1\r\x1bPpmode;0\r"
    "\x1bPr;4;t\r\x1bPwres;300;300;4\r\x1bPsk;10\r\x1bPiqla;a;d\r\x1bPmc;h\r\x1bPeoic;k;D\r"
    "\x1bPsync;2\r</HEADER>\x1bPsync;12;1\r<OPTION Dpi=300x300>\x1bPsync;13;0\r</OPTION>"
    "\x1bPsync;3;1\r<DOC Duplex=0>\x1bPsync;3;0\r\x1bPsync;5;1\r<CARD>\x1bPsync;5;0\r\x1bSs\r"
    "\x1bMr;s\r"
)
FACE = (
    "\x1bPsync;9;1\r<FACE>\x1bPsync;9;0\r\x1bSr\r\x1bPc;a;=;10\r\x1bPl;a;=;10\r\x1bPc;k;=;10\r"
    "\x1bPc;o;=;10\r\x1bPc;l;=;10\r\x1bPc;f;=;10\r\x1bPl;f;=;10\r\x1bPida;100;0;0;0\r"
)
BLACK = "<BINARY Size=82305>\x1bDb;k;2;{dots}\r</BINARY>"
FACE_END = "\x1bPsync;10;1\r</FACE>\x1bPsync;10;0\r"
TAIL = (
    "\x1bPneab;A;0\r\x1bSe\r\x1bPneab;A;1\r"
    "\x1bPsync;6;1\r</CARD>\x1bPsync;6;0\r\x1bPsync;4;1\r</DOC>\x1bPsync;4;0\r\0"
)
FIRST_DOT = "\x80" + "\0" * 82295  # line 0, dot 0: the lower left corner
JOB = HEAD + FACE + BLACK.format(dots=FIRST_DOT) + FACE_END + TAIL
READY = ("Pem;2", "Psid;2;45", "Sis")


@dataclass
class Desk:
    machine: Machine
    hands: Hands
    engine: EvolisEngine

    def say(self, command: str) -> str:
        return self.send(f"\x1b{command}\r\0")

    def send(self, data: str) -> str:
        answer = self.engine.execute(data.encode("latin-1"))
        reply = answer() if callable(answer) else answer
        return reply.partition(b"\0")[0].decode()

    def words(self) -> list[int]:
        reply = self.engine.execute(b"")
        assert isinstance(reply, bytes)
        assert reply[:4] == bytes.fromhex("00 0028 10")
        main = [int.from_bytes(reply[at : at + 4], "big") for at in range(4, 20, 4)]
        assert reply[20:21] == b"\x02"
        assert reply[23::5] == b"\x04" * 4
        return [*main, int.from_bytes(reply[21:23], "big"), int.from_bytes(reply[24:28], "big")]

    def ready(self) -> None:
        for command in READY:
            assert self.say(command) == "OK"

    def settle(self) -> None:
        with self.machine.condition:
            assert self.machine.condition.wait_for(lambda: not self.machine.busy, 10.0)


@pytest.fixture
def desk() -> Desk:
    def make_blank(bank: str | None) -> SimulatedCard:
        return make(bank)

    make = blank_maker(Options())
    machine = Machine(tables.FACTS, make_blank, speed=0)
    motor = Motor(machine)
    hands = Hands(machine, motor)
    hands.fill_the_feeder(5)
    model = tables.MODELS["evolis-primacy"]
    return Desk(machine, hands, EvolisEngine(machine, motor, model, "SIM1"))


def test_a_poll_says_what_is_fitted_and_nothing_else(desk: Desk) -> None:
    assert desk.words() == [0x00562000, 0, 0, 0, 0, 0]


def test_questions(desk: Desk) -> None:
    assert desk.say("Rtp;d") == "Evolis Primacy"
    assert desk.say("Rsn") == "SIM1"
    assert desk.say("Rrt;all").split("\r\n")[2:] == ["type:4", "qty:200", "count:200"]
    assert desk.say("Rco;card") == "inserted_head:1000"
    assert desk.say("Rem;1") == "0"
    desk.hands.loosen_the_ribbon_chip()
    assert desk.say("Rrt;all") == "NO RIBBON"


def test_a_move_is_answered_when_it_has_ended(desk: Desk) -> None:
    desk.ready()
    assert desk.machine.path_card is not None
    assert desk.machine.path_card.place is Place.CONTACT
    assert desk.words() == [0x00562000, 0x04000000, 0, 0, 2, 0]
    assert desk.say("Sce") == "OK"
    assert desk.say("Sce") == "ERROR CARD"


def test_refused_moves(desk: Desk) -> None:
    desk.say("Pem;2")
    desk.hands.open_the_cover()
    assert desk.say("Sis") == "ERROR MECA"
    assert desk.words()[2:4] == [0x00020000, 0x02000000]
    desk.hands.close_the_cover()
    assert desk.words()[2:4] == [0, 0]
    desk.hands.block_the_feeder()
    assert desk.say("Sis") == "ERROR FEEDER"
    desk.hands.free_the_feeder()
    desk.hands.empty_the_feeder()
    assert desk.say("Sis") == "ERROR FEEDER"
    assert desk.words()[2:4] == [0x01000000, 0]


def test_a_feeder_error_stays_until_it_is_forgotten(desk: Desk) -> None:
    desk.say("Pem;2")
    desk.hands.block_the_feeder()
    desk.say("Sis")
    assert desk.words()[3] == 0x08000000
    assert desk.say("Scs") == "OK"
    assert desk.words()[3] == 0


def test_a_jam_is_no_memory(desk: Desk) -> None:
    desk.ready()
    desk.hands.jam_the_card()
    assert desk.say("Scs") == "ERROR MECA"
    assert desk.words()[3] == 0x01000000


@pytest.mark.parametrize(
    ("condition", "word", "mask"),
    [
        ("take_the_ribbon_out", 2, 0x00010000),
        ("use_up_the_ribbon", 2, 0x00080000),
        ("loosen_the_ribbon_chip", 1, 0x00100000),
        ("take_the_reject_bin_out", 2, 0x00000400),
        ("fill_the_reject_bin", 2, 0x08000000),
        ("open_the_cover", 2, 0x00020000),
    ],
)
def test_conditions(desk: Desk, condition: str, word: int, mask: int) -> None:
    getattr(desk.hands, condition)()
    assert desk.words()[word] & mask


def test_cards_low_and_out(desk: Desk) -> None:
    desk.hands.empty_the_feeder()
    assert desk.words()[2] == 0x01000000
    desk.hands.fill_the_feeder(2)
    assert desk.words()[2] == 0
    assert desk.words()[5] == 0x00000100


def test_a_black_dot_is_printed_where_the_sheet_says_and_the_card_stays(desk: Desk) -> None:
    desk.ready()
    card = desk.machine.path_card
    assert card is not None
    assert desk.send(JOB) == "OK"
    desk.settle()
    with Image.open(io.BytesIO(card.faces[Side.FRONT].png())) as image:
        dark = np.argwhere(np.array(image.convert("L")) == 0)
    assert dark.tolist() == [[647, 0]]
    assert card.place is Place.PRINT_START
    assert desk.words()[1] == 0x82000000
    assert desk.say("Sce") == "ERROR CDE"  # the job is still open
    assert desk.send("\x1bPcla;0\r\x1bPsync;11;1\r<END>\x1bPsync;11;0\r\0") == "OK"
    assert desk.words()[1] == 0x02000000
    assert desk.say("Rco;card") == "inserted_head:1001"
    assert desk.machine.violations == []


def test_without_being_told_to_keep_it_the_card_goes_out(desk: Desk) -> None:
    desk.ready()
    desk.send(JOB.replace("\x1bPneab;A;0\r", "").replace("\x1bPneab;A;1\r", ""))
    desk.settle()
    assert desk.machine.path_card is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\x1bSr\r", "\x1bSv\r"),
        ("\x1bSr\r", ""),
        ("Duplex=0", "Duplex=1"),
        ("Size=82305", "Size=82304"),
        ("\x1bPcla;1\r", ""),
        ("Pwres;300;300;4", "Pwres;300;300;0"),
        ("<FACE>", ""),
        ("Ppws;1700000000", "Ppws;1"),
        ("\x1bSe\r", "\x1bSe\r\x1bSe\r"),
        ("\x1bDb;k;2;", "\x1bDb;k;4;"),
        ("\x1bDb;k;2;", "\x1bDb;x;2;"),
        ("\x1bDb;k;2;", "\x1bDb;k;2;\0"),
        ("\x1bPsk;10\r", "noise\x1bPsk;10\r"),
    ],
)
def test_a_job_that_is_not_as_it_must_be_is_written_down_and_not_printed(
    desk: Desk, old: str, new: str
) -> None:
    desk.ready()
    assert old in JOB
    assert desk.send(JOB.replace(old, new, 1)) == "ERROR CDE"
    desk.settle()
    assert len(desk.machine.violations) == 1
    assert desk.machine.totals["prints"] == 0


def test_a_job_that_breaks_off_anywhere_prints_nothing_and_is_nobodys_fault(desk: Desk) -> None:
    desk.ready()
    for end in (1, 12, 300, len(HEAD + FACE) + 40, 60_000, len(JOB) - 2, len(JOB) - 1):
        desk.send(JOB[:end])
    desk.settle()
    assert desk.machine.violations == []
    assert desk.machine.totals["prints"] == 0


def test_a_job_that_would_be_printed_twice_after_a_fault_is_written_down(desk: Desk) -> None:
    desk.ready()
    desk.say("Pem;0")
    desk.say("Psid;0;45")
    desk.say("Psid;7;45")
    desk.send(JOB)
    assert len(desk.machine.violations) == 2
    desk.settle()


def test_a_job_for_another_ribbon_or_without_one_is_refused(desk: Desk) -> None:
    desk.ready()
    desk.hands.put_a_new_ribbon_in("K")
    assert desk.send(JOB) == "ERROR RIBBON"
    assert desk.words()[3] == 0x00400000
    desk.hands.open_the_cover()
    desk.hands.put_a_new_ribbon_in("YMCKOK")
    assert desk.words()[3] == 0x00400000  # until the cover is closed
    desk.hands.close_the_cover()
    assert desk.words()[3] == 0
    desk.hands.take_the_ribbon_out()
    assert desk.send(JOB) == "ERROR RIBBON"
    assert desk.words()[3] == 0x04000000


def test_two_sides_on_a_printer_without_flipper_are_written_down(desk: Desk) -> None:
    back = FACE.replace("\x1bSr\r", "\x1bSv\r")
    panels = BLACK.format(dots=FIRST_DOT)
    both = HEAD.replace("Duplex=0", "Duplex=1") + FACE + panels + FACE_END
    both += back + panels + FACE_END + TAIL
    desk.ready()
    assert desk.send(both) == "OK"
    desk.settle()
    card = desk.machine.path_card
    assert card is not None
    assert [face.prints for face in card.faces.values()] == [1, 1]
    motor = Motor(desk.machine)
    zenius = EvolisEngine(desk.machine, motor, tables.MODELS["evolis-zenius"], "SIM1")
    other = Desk(desk.machine, desk.hands, zenius)
    assert other.send(both) == "ERROR CDE"
    assert desk.machine.violations == ["two sides on a printer without flipper"]


@pytest.mark.parametrize(
    "data",
    [
        "\x1bXyz\r\0",
        "\x1bPem;1\r\0",
        "\x1bPsid;70000;45\r\0",
        "\x1bPsid;1\r\0",
        "Sis\r\0",
        "\x1bSis\r\0\0",
        "\x1b\r\0",
        "\x1bSis\r\x1bSce\r\0",
    ],
)
def test_what_no_sound_host_sends_is_written_down(desk: Desk, data: str) -> None:
    assert desk.send(data) == "ERROR CDE"
    assert len(desk.machine.violations) == 1


def test_a_power_cut_forgets_modes_and_session(desk: Desk) -> None:
    desk.ready()
    desk.hands.cut_the_power()
    desk.hands.switch_the_power_on()
    desk.settle()
    assert desk.say("Rem;1") == "0"
    assert desk.words()[4] == 0


def test_seven_bits_a_dot() -> None:
    packed = bytes([0b1000_0011, 0b1111_1100]) + bytes(576_070)
    face = face_from_wire(packed, 128)
    assert face.shape == (648, 1016)
    assert (face[647, 0], face[646, 0], face[645, 0]) == (65 * 255 // 127, 255, 0)


@pytest.fixture
def server() -> Iterator[MachineServer]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        chip = listener.getsockname()[1]
    made = MachineServer(
        Options(
            model="evolis-kc200",
            printer="tcp-transaction://127.0.0.1:0",
            chip=f"vpcd://127.0.0.1:{chip}",
            control="http://127.0.0.1:0",
            speed=0,
        )
    )
    yield made
    made.stop()


def poll(address: str) -> bytes:
    host, port = address.removeprefix("tcp-transaction://").split(":")
    with socket.create_connection((host, int(port)), timeout=5.0) as link:
        link.shutdown(socket.SHUT_WR)
        data = b""
        while piece := link.recv(100):
            data += piece
    return data


def test_with_the_cable_out_nobody_listens_and_the_port_stays(server: MachineServer) -> None:
    address = str(server.start()["printer"])
    assert address.startswith("tcp-transaction://127.0.0.1:")
    for _ in range(20):
        assert len(poll(address)) == 43
        server.hands.pull_the_printer_cable()
        with pytest.raises(ConnectionRefusedError):
            poll(address)
        server.hands.plug_the_printer_cable_in()
    assert len(poll(address)) == 43


def test_an_address_of_the_other_kind_is_refused() -> None:
    with pytest.raises(
        OptionError, match="expected tcp-transaction://host:port or usbip://host:port"
    ):
        MachineServer(Options(model="evolis-primacy", printer="serial://127.0.0.1:0"))
    with pytest.raises(OptionError, match="expected usbip://host:port"):
        MachineServer(Options(model="hiti-cs220e", printer="tcp-transaction://127.0.0.1:0"))


def test_every_model_is_found() -> None:
    for name in ("evolis-primacy", "evolis-primacy2", "evolis-zenius", "evolis-kc200"):
        assert MachineServer(Options(model=name)).machine.facts.width == 1016
