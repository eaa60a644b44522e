"""Ordinary work of the maker's client on the simulated printer: it must not fit one driver only."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from PIL import Image

from simulators.machine.cards_in_path import PhysicalCard, Place
from simulators.machine.picture import Side
from simulators.machine.server import MachineServer, Options
from tests.unit.simulators.printers.evolis_client import (
    CLAIM,
    Client,
    ClientError,
    Page,
    job,
    plain,
)

PATIENCE = 20.0


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@dataclass
class Desk:
    server: MachineServer
    client: Client
    address: str

    def card(self, place: Place) -> PhysicalCard:
        (card,) = self.server.machine.cards_at(place)
        return card

    def total(self, name: str) -> int:
        return self.server.machine.totals[name]


@pytest.fixture(params=["evolis-primacy"])
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    server = MachineServer(
        Options(
            model=request.param,
            printer="tcp-transaction://127.0.0.1:0",
            chip=f"vpcd://127.0.0.1:{free_port()}",
            control="http://127.0.0.1:0",
            speed=0,
        )
    )
    address = str(server.start()["printer"])
    yield Desk(server, Client(address), address)
    server.stop()
    assert server.machine.violations == []


def seen(card: PhysicalCard, side: Side) -> np.ndarray:
    with Image.open(io.BytesIO(card.faces[side].png())) as image:
        return np.array(image.convert("RGB"))


def corner(letters: str) -> Page:
    page = plain(0, letters)
    for plane in page.planes.values():
        plane[:40, :80] = 255
    return page


def test_a_job_from_an_empty_path_feeds_prints_and_puts_out(desk: Desk) -> None:
    desk.client.print(corner("ymcko"), ribbon=4, keep=False)
    desk.client.finished()
    card = desk.card(Place.OUTPUT_HOPPER)
    assert (desk.total("feeds"), desk.total("prints"), desk.total("releases")) == (1, 1, 1)
    picture = seen(card, Side.FRONT)
    assert picture[20, 40].max() == 0
    assert picture[600, 900].min() == 255


def test_three_cards_in_a_row_each_sent_while_the_one_before_prints(desk: Desk) -> None:
    desk.server.hands.set_speed(100.0)
    for _ in range(3):
        desk.client.print(corner("k"), ribbon=4, keep=False)
    desk.client.finished()
    assert (desk.total("feeds"), desk.total("prints")) == (3, 3)


def test_a_black_ribbon_without_pida(desk: Desk) -> None:
    desk.server.hands.put_a_new_ribbon_in("K")
    desk.client.print(corner("k"), corner("k"), ribbon=100, keep=False)
    desk.client.finished()
    card = desk.card(Place.OUTPUT_HOPPER)
    assert [face.prints for face in card.faces.values()] == [1, 1]


def test_two_sides_with_the_overlay_that_the_client_sends_for_the_back_too(desk: Desk) -> None:
    desk.client.print(corner("ymcko"), corner("ko"), ribbon=4, keep=False)
    desk.client.finished()
    faces = desk.card(Place.OUTPUT_HOPPER).faces
    assert "".join(panel.value for panel in faces[Side.FRONT].panels) == "YMCKO"
    assert "".join(panel.value for panel in faces[Side.BACK].panels) == "K"


def test_keeping_the_card_inside_the_job_holds_for_that_job_alone(desk: Desk) -> None:
    desk.client.print(corner("k"), ribbon=4, keep=True)
    desk.client.finished()
    card = desk.server.machine.path_card
    assert card is not None
    assert card.place is Place.PRINT_START
    assert desk.client.move("Sis") == ["OK"]
    assert desk.client.move("Sce") == ["OK"]
    desk.client.print(corner("k"), ribbon=4, keep=False)
    desk.client.finished()
    assert desk.server.machine.path_card is None


@pytest.mark.parametrize("desk", ["evolis-ignores-keep-primacy"], indirect=True)
def test_a_printer_that_ignores_the_wish_puts_the_card_out(desk: Desk) -> None:
    desk.client.print(corner("k"), ribbon=4, keep=True)
    desk.client.finished()
    assert desk.server.machine.path_card is None


@pytest.mark.parametrize("desk", ["evolis-counts-insertions-primacy"], indirect=True)
def test_a_printer_that_counts_insertions(desk: Desk) -> None:
    assert desk.client.move("Si", "Sce") == ["OK", "OK"]
    assert desk.client.say("Rco;card") == "inserted_head:1001"


@pytest.mark.parametrize("desk", ["evolis-checks-pida-primacy"], indirect=True)
def test_a_printer_that_checks_the_description_of_the_picture(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.client.print(corner("ymcko"), ribbon=4, keep=False)
    desk.client.finished()
    monkeypatch.setattr(Page, "pida", lambda _: "Pida;1;126;127;127")
    with pytest.raises(ClientError, match="ETIMEOUT"):
        desk.client.print(corner("ymcko"), ribbon=4, keep=False)
    assert desk.total("prints") == 1


def test_a_stripe_is_written_and_read_without_pmc_before_the_reading(desk: Desk) -> None:
    formats = ("Pmt;1;1", "Pmt;2;2", "Pmt;3;3")
    written = desk.client.move("Ss", "Pmc;h", *formats, "Dm;2;12345", "Smw")
    assert written == ["OK"] * 7
    assert desk.total("feeds") == 1  # an empty path: the card comes from the feeder
    read = desk.client.move("Ss", *formats, "Smr", "Rmb;2", "Rmb;1")
    assert read == ["OK"] * 5 + ["12345", "ERROR BLANK TRACK"]


def test_a_bad_stripe_is_an_error_of_writing_and_no_blank_track(desk: Desk) -> None:
    formats = ("Pmt;1;1", "Pmt;2;2", "Pmt;3;3")
    desk.server.hands.scratch_the_next_blank()
    assert desk.client.move("Ss", "Pmc;h", *formats, "Dm;2;1", "Smw")[-1].startswith("ERROR MAGN")
    assert desk.client.poll().error == 0x00010000  # ERR_WRITE_MAGNETIC
    assert desk.client.move("Ss", *formats, "Smr", "Rmb;2")[-1] == "ERROR MAGN"
    assert desk.client.poll().error == 0x00020000  # ERR_READ_MAGNETIC


def test_a_reservation_keeps_others_out_and_runs_out_by_itself(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(vars(desk.server._printer)["_engine"], "_monotonic", lambda: now[0])
    other = Client(desk.address, 815)
    desk.client.reserve(4711)
    with pytest.raises(ClientError, match="SESSION_EBUSY"):
        other.move("Si")
    assert other.say("Psid;815;45") == "OK"
    assert other.poll().session == 4711  # who came first keeps it
    now[0] += 44.9
    assert other.poll().session == 4711
    now[0] += 0.2
    assert other.poll().session == 0
    assert other.move("Si", "Ser") == ["OK", "OK"]


def test_after_a_pulled_cable_the_old_job_ends_in_the_connection_of_the_new_one(desk: Desk) -> None:
    hands, machine = desk.server.hands, desk.server.machine
    desk.client.reserve(2)
    desk.client.say("Pem;2")
    hands.pause_the_machine("print-front")
    desk.client.transact(job(corner("k"), None, 4, keep=False))
    with machine.condition:
        assert machine.condition.wait_for(lambda: machine.clock.stopped_in is not None, PATIENCE)
    hands.pull_the_printer_cable()
    with pytest.raises(OSError):  # noqa: PT011  # refused or reset, as the moment has it
        desk.client.poll()
    hands.plug_the_printer_cable_in()
    assert desk.client.poll().information & CLAIM
    threading.Timer(0.05, hands.let_the_machine_go_on).start()
    desk.client.print(corner("k"), ribbon=4, keep=False)
    desk.client.finished()
    assert desk.total("prints") == 2
    assert machine.path_card is None


def test_everything_the_client_asks_has_an_answer(desk: Desk) -> None:
    questions = (
        "Rtp;d Rfv Rsn Rkn Rzp Rrt;all Rrt;progress Rct;all Rco;clean Rco;card Rem;1 Rcim Rcem "
        "Rcrm Rst Rsdc;1 Rsdc;2 Rlpm Rip Renm Regw Rmip Rmac Rok Pps;1 Rr;1;1;1 Rpst"
    )
    assert all(desk.client.say(question) for question in questions.split())
    assert desk.client.say("Rr;1;1;1") == "4"


def test_a_test_card_and_a_reset(desk: Desk) -> None:
    assert desk.client.call("St") == ["OK"]
    assert desk.card(Place.OUTPUT_HOPPER).faces[Side.FRONT].prints == 1
    assert desk.client.call("Srs") == ["OK"]
    assert desk.client.poll().session == 0


@pytest.mark.parametrize("desk", ["evolis-zenius"], indirect=True)
def test_a_zenius_has_no_ribbon_for_two_sides(desk: Desk) -> None:
    assert desk.client.say("Rr;1;1;1") == "0"
    desk.server.hands.put_a_new_ribbon_in("YMCKOK")
    with pytest.raises(ClientError, match="EMECHANICAL"):
        desk.client.print(corner("k"), ribbon=4, keep=False)
    assert desk.total("prints") == 0
