"""What the simulated Evolis printer shows for what a person does, in literal status words.

Said in the operator's words over the control API; read with one raw `Rpst`, as any host could.
"""

import socket
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest

from simulators.machine.server import MachineServer, Options
from simulators.printers.evolis import tables

AT_REST = "00562000 00000000 00000000 00000000 00000000"
Doing = tuple[str, dict[str, object]]


def do(word: str, **given: object) -> Doing:
    return word, given


#: What is done -> config, information, warning, error, ext1 (all others are 0), and the cure.
CONDITIONS: dict[str, tuple[list[Doing], str, list[Doing]]] = {
    "cover-open": (
        [do("open the cover")],
        "00562000 00000000 00020000 00000000 00000000",
        [do("close the cover")],
    ),
    "feeder-empty": (
        [do("empty the feeder")],
        "00562000 00000000 01000000 00000000 00000000",
        [do("fill the feeder")],
    ),
    "feeder-near-empty": (
        [do("empty the feeder"), do("fill the feeder", count=2)],
        "00562000 00000000 00000000 00000000 00000100",
        [do("fill the feeder")],
    ),
    "reject-box-full": (
        [do("fill the reject bin")],
        "00562000 00000000 08000000 00000000 00000000",
        [do("empty the reject bin")],
    ),
    "reject-box-open": (
        [do("take the reject bin out")],
        "00562000 00000000 00000400 00000000 00000000",
        [do("put the reject bin in")],
    ),
    "no-ribbon": (
        [do("take the ribbon out")],
        "00562000 00000000 00010000 00000000 00000000",
        [do("put a new ribbon in")],
    ),
    "ribbon-ended": (
        [do("use up the ribbon")],
        "00562000 00080000 00080000 00000000 00000000",
        [do("put a new ribbon in")],
    ),
    "ribbon-low": (
        [do("put a new ribbon in", cards=20)],
        "00562000 00080000 00000000 00000000 00000000",
        [do("put a new ribbon in")],
    ),
    "unknown-ribbon": (
        [do("loosen the ribbon chip")],
        "00562000 00100000 00000000 00000000 00000000",
        [do("reseat the ribbon chip")],
    ),
    "cover-open-and-no-ribbon-and-feeder-empty": (
        [do("open the cover"), do("take the ribbon out"), do("empty the feeder")],
        "00562000 00000000 01030000 00000000 00000000",
        [do("put a new ribbon in"), do("fill the feeder"), do("close the cover")],
    ),
}
#: With a card in the path: `Sis` is said first.
WITH_CARD: dict[str, tuple[list[Doing], str, list[Doing]]] = {
    "card-at-the-contacts": ([], "00562000 04000000 00000000 00000000 00000000", []),
    "card-at-the-contacts-and-feeder-empty": (
        [do("empty the feeder")],
        "00562000 04000000 00000000 00000000 00000000",
        [do("fill the feeder")],
    ),
    "jam-at-the-contacts": (
        [do("jam the card")],
        "00562000 04000000 00000000 01000000 00000000",
        [],
    ),
}
#: Movements that are refused or fail, and what the error word keeps of it.
FAILED: dict[str, tuple[list[Doing], str, str]] = {
    "feeder-error": (
        [do("block the feeder")],
        "ERROR FEEDER",
        "00562000 00000000 00000000 08000000 00000000",
    ),
    "cover-open-in-a-movement": (
        [do("open the cover")],
        "ERROR MECA",
        "00562000 00000000 00020000 02000000 00000000",
    ),
}


@dataclass
class Bench:
    server: MachineServer
    http: httpx.Client
    printer: tuple[str, int]

    def do(self, doings: list[Doing]) -> None:
        for word, given in doings:
            answer = self.http.post("/do", json={"action": word, **given})
            assert answer.status_code == 200, answer.text

    def say(self, command: str) -> str:
        with socket.create_connection(self.printer, timeout=5.0) as link:
            link.sendall(f"\x1b{command}\r\0".encode())
            link.shutdown(socket.SHUT_WR)
            data = b""
            while piece := link.recv(4096):
                data += piece
        return data.partition(b"\0")[0].decode()

    def words(self) -> str:
        text = self.say("Rpst")
        assert text[40:] == "0" * 24
        return " ".join(text[at : at + 8] for at in range(0, 40, 8))


@pytest.fixture(scope="module")
def machine() -> Iterator[Bench]:
    server = MachineServer(
        Options(
            model="evolis-primacy",
            printer="tcp-transaction://127.0.0.1:0",
            chip="vpcd://127.0.0.1:9",
            control="http://127.0.0.1:0",
            speed=0,
        )
    )
    line = server.start()
    host, port = str(line["printer"]).removeprefix("tcp-transaction://").rsplit(":", 1)
    with httpx.Client(base_url=str(line["control"]), trust_env=False, timeout=60.0) as http:
        yield Bench(server, http, (host, int(port)))
    server.stop()


@pytest.fixture
def bench(machine: Bench) -> Iterator[Bench]:
    assert machine.say("Pem;2") == "OK"
    assert machine.words() == AT_REST
    yield machine
    assert machine.words() == AT_REST
    assert machine.server.machine.violations == []


@pytest.mark.parametrize("name", CONDITIONS)
def test_a_condition_shows_and_goes(bench: Bench, name: str) -> None:
    doings, words, cure = CONDITIONS[name]
    bench.do(doings)
    assert bench.words() == words
    bench.do(cure)


@pytest.mark.parametrize("name", WITH_CARD)
def test_a_condition_with_a_card_in_the_path(bench: Bench, name: str) -> None:
    doings, words, cure = WITH_CARD[name]
    assert bench.say("Sis") == "OK"
    bench.do(doings)
    assert bench.words() == words
    bench.do([do("clear the jam"), *cure])


@pytest.mark.parametrize("name", FAILED)
def test_a_movement_that_fails_says_why_and_leaves_a_bit(bench: Bench, name: str) -> None:
    doings, said, words = FAILED[name]
    bench.do(doings)
    assert bench.say("Sis") == said
    assert bench.words() == words
    bench.do([do("free the feeder"), do("close the cover")])


#: The maker's list besides: code of the control API -> the words, written by hand from the table
#: of status bits in docs/explanations/wire-evolis.md.
DEFECTS: dict[str, str] = {
    "cleaning advised": "00562000 00020000 00000000 00000000 00000000",
    "cleaning mandatory": "00562000 00040000 00000000 00000000 00000000",
    "wrong ribbon zone": "00562000 00000400 00000000 00000000 00000000",
    "remove ribbon": "00562000 00000000 40000000 00000000 00000000",
    "cooling": "00562000 00000000 00200000 00000000 00000000",
    "output full": "00562000 00000000 00100000 00000000 00000000",
    "locked": "00562000 00000000 00040000 00000000 00000000",
    "feeder open": "00562000 00000000 00000100 00000000 00000000",
    "head temperature": "00562000 00000000 00000000 20000000 00000000",
    "no card inserted": "00562000 00000000 00000000 00000100 00000000",
    "internal": "00562000 00000000 00000000 00000040 00000000",
    "hardware": "00562000 00000000 00000000 00000001 00000000",
}


@pytest.mark.parametrize("code", DEFECTS)
def test_a_defect_of_the_makers_list_shows_and_goes(bench: Bench, code: str) -> None:
    bench.do([do("show a defect", code=code)])
    assert bench.words() == DEFECTS[code]
    bench.do([do("mend the defects")])


def test_every_defect_that_can_be_shown_has_its_words() -> None:
    assert set(tables.FACTS.defects) == set(DEFECTS)


def test_fifteen_conditions_and_more_are_told_apart() -> None:
    seen = [words for table in (CONDITIONS, WITH_CARD) for _, words, _ in table.values()]
    seen += [words for _, _, words in FAILED.values()]
    assert len({*seen, *DEFECTS.values(), AT_REST}) == 15 + 12
