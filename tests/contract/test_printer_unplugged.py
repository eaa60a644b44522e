"""The printer's cable out and in again: at every kind of byte of a job, and between two calls."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from simulators.machine.cards_in_path import PrintedFace
from simulators.machine.picture import Side
from station.core.errors import OutcomeUnknownError, PrinterNotConnectedError, TransportError
from station.core.faces import FaceSide
from station.core.links import BulkLink
from tests.rigs.printer_desk import FAMILIES, PATIENCE, PrinterDesk, open_desk

CYCLES = 100
CLOSED_WITHIN = 30.0  # seconds; what is shown is that nothing hangs, on a loaded machine too
DOTS = 4096  # a longer write carries them
PRINTS_PER_CARD = 8


@dataclass
class Knife:
    """Cuts the cable once, after so many bytes were written or read of a job.

    Attributes:
        pull: Takes the cable out.
        writes: Bytes of each write since it was armed.
        answers: Bytes of each read since then.
        cut_write: Number of the write to cut in, and after how many of its bytes.
        cut_read: Number of the read before which the cable goes.
    """

    pull: Callable[[], None] = lambda: None
    writes: list[int] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    cut_write: tuple[int, int] | None = None
    cut_read: int | None = None

    def arm(self, *, write: tuple[int, int] | None = None, read: int | None = None) -> None:
        """Forget the job before and cut the next one there."""
        self.writes.clear()
        self.answers.clear()
        self.cut_write, self.cut_read = write, read


@dataclass
class KnifeLink:
    """A BulkLink under the knife."""

    link: BulkLink
    knife: Knife

    @property
    def address(self) -> str:
        return self.link.address

    def write(self, data: bytes, *, timeout: float) -> None:
        number = len(self.knife.writes)
        self.knife.writes.append(len(data))
        if self.knife.cut_write is not None and self.knife.cut_write[0] == number:
            _, taken = self.knife.cut_write
            self.knife.cut_write = None
            if taken:
                self.link.write(data[:taken], timeout=timeout)
            self.knife.pull()
            if taken == len(data):
                self.link.close()  # an answer that has arrived here already is cut off too
                return
            data = data[taken:]
        self.link.write(data, timeout=timeout)

    def read(self, size: int, *, timeout: float) -> bytes:
        if self.knife.cut_read == len(self.knife.answers):
            self.knife.cut_read = None
            self.knife.pull()
        data = self.link.read(size, timeout=timeout)
        self.knife.answers.append(len(data))
        return data

    def reopen(self) -> None:
        self.link.reopen()

    def close(self) -> None:
        self.link.close()


@dataclass
class Bench:
    """A desk, the knife, and the face that is printed again and again."""

    desk: PrinterDesk
    knife: Knife
    face: FaceSide
    job: int = 0
    unknown: int = 0
    not_begun: int = 0

    def ready_card(self) -> PrintedFace:
        """Have a card in the path, a new one from time to time; return its front."""
        self.knife.arm()
        self.job += 1
        if self.job % PRINTS_PER_CARD == 1:
            self.desk.empty_the_path()
        self.desk.printer.bring_card_to_chip_station()
        card = self.desk.server.machine.path_card
        assert card is not None
        return card.faces[Side.FRONT]

    def print_cut(self, *, write: tuple[int, int] | None = None, read: int | None = None) -> None:
        """Print with one cut; then put the cable in and finish by what the printer proves."""
        front = self.ready_card()
        prints, panels = front.prints, len(front.panels)
        self.knife.arm(write=write, read=read)
        try:
            self.desk.printer.print_face(self.face, None, job_id=self.job)
        except OutcomeUnknownError:
            self.unknown += 1
        except TransportError:
            self.not_begun += 1
            self.settle()
            assert len(front.panels) == panels, "denied, and printed"
        else:
            assert front.prints == prints + 1
        self.knife.arm()
        self.desk.server.hands.plug_the_printer_cable_in()
        self.desk.printer.bring_card_to_chip_station()
        if len(front.panels) == panels:
            assert self.desk.printer.job_printed(self.job) is not True
            self.desk.printer.print_face(self.face, None, job_id=self.job)
        assert front.prints == prints + 1, f"write {write}, read {read}"

    def settle(self) -> None:
        """Wait until the machine has done whatever it was told."""
        machine = self.desk.server.machine
        with machine.condition:
            assert machine.condition.wait_for(lambda: not machine.busy, PATIENCE)

    def recorded(self) -> tuple[list[int], list[int]]:
        """Print uncut; return the bytes of each write and of each read."""
        self.ready_card()
        self.knife.arm()
        self.desk.printer.print_face(self.face, None, job_id=self.job)
        return list(self.knife.writes), list(self.knife.answers)


@pytest.fixture(params=FAMILIES)
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    knife = Knife()
    with open_desk(request.param, lambda link: KnifeLink(link, knife)) as desk:
        knife.pull = desk.server.hands.pull_the_printer_cable
        yield Bench(desk, knife, desk.side("YK"))


def cuts(writes: list[int]) -> list[tuple[int, int]]:
    """Every kind of place in a job: before, inside and behind each command and each plane.

    Of the dots: the first piece of a plane, one in its middle, its last one, each at its first
    byte, in its middle and before its last byte.
    """
    places = []
    for number, size in enumerate(writes):
        if size <= DOTS:
            places += [(number, taken) for taken in (0, size // 2, size)]
            continue
        around = writes[max(0, number - 1) : number + 2]
        edge = min(around) <= DOTS or number == len(writes) - 1
        if edge or number % 5 == 0:
            places += [(number, taken) for taken in (0, 1, size // 2, size - 1, size)]
    return sorted(set(places))


def test_the_cable_out_at_every_kind_of_byte_of_a_job_prints_nothing_twice_and_denies_nothing(
    bench: Bench,
) -> None:
    writes, _ = bench.recorded()
    places = cuts(writes)
    for place in places:
        bench.print_cut(write=place)
    assert places[0] == (0, 0)
    assert places[-1] == (len(writes) - 1, writes[-1])
    assert bench.unknown >= 1  # whatever was sent last was sent whole
    assert bench.not_begun >= 1  # and once nothing was


def test_the_cable_out_before_every_read_of_a_job(bench: Bench) -> None:
    _, answers = bench.recorded()
    for number in range(len(answers)):
        bench.print_cut(read=number)
    assert bench.unknown + bench.not_begun >= 1


def test_a_hundred_times_out_and_in_in_the_middle_of_jobs(bench: Bench) -> None:
    seed = 20
    chance = random.Random(seed)
    print(f"seed {seed}")  # noqa: T201 - shown when it fails
    writes, answers = bench.recorded()
    before = bench.desk.total("prints")
    for _ in range(CYCLES):
        if chance.random() < 0.3:
            bench.print_cut(read=chance.randrange(len(answers)))
        else:
            number = chance.randrange(len(writes))
            bench.print_cut(write=(number, chance.randint(0, writes[number])))
    assert bench.desk.total("prints") == before + CYCLES
    assert bench.desk.printer.status().reasons == ()


def test_with_the_cable_out_every_call_says_so_at_once_and_the_first_after_it_works(
    bench: Bench,
) -> None:
    printer, hands = bench.desk.printer, bench.desk.server.hands
    calls: tuple[Callable[[], object], ...] = (
        printer.identity,
        printer.status,
        printer.counters,
        printer.bring_card_to_chip_station,
        printer.present_card,
        printer.reject_card,
    )
    for call in calls:
        hands.pull_the_printer_cable()
        began = time.monotonic()
        with pytest.raises(PrinterNotConnectedError):
            call()
        assert time.monotonic() - began < CLOSED_WITHIN
        hands.plug_the_printer_cable_in()
        call()


def close_while_printing(desk: PrinterDesk, meanwhile: Callable[[], None]) -> list[BaseException]:
    """Close in the middle of a print, after `meanwhile`; return what the print raised."""
    raised: list[BaseException] = []

    def work() -> None:
        try:
            desk.printer.print_face(desk.side("YMCKO"), None, job_id=1)
        except (OutcomeUnknownError, TransportError) as exc:
            raised.append(exc)

    machine = desk.server.machine
    desk.printer.bring_card_to_chip_station()
    desk.do("pause the machine", at="print-front")
    worker = threading.Thread(target=work)
    worker.start()
    with machine.condition:
        assert machine.condition.wait_for(lambda: machine.clock.stopped_in is not None, PATIENCE)
    meanwhile()
    began = time.monotonic()
    desk.printer.close()
    worker.join(CLOSED_WITHIN)
    assert time.monotonic() - began < CLOSED_WITHIN
    assert not worker.is_alive()
    desk.do("let the machine go on")
    return raised


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize(
    "word", ["pull the printer cable", "lose the next answer", "cut the power"]
)
def test_closing_in_the_middle_of_a_print_takes_less_than_5_s_and_says_unknown(
    family: str, word: str
) -> None:
    given = {"count": 1000} if word == "lose the next answer" else {}
    with open_desk(family) as desk:
        raised = close_while_printing(desk, lambda: desk.do(word, **given))
    assert [type(exc) for exc in raised] == [OutcomeUnknownError]
