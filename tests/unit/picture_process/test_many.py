"""The pictures of a batch: each gets its own answer, and several are under way at once."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulators.world import wait_until
from station.core.errors import PictureFailure, PictureWorkError
from station.core.photos import PhotoReport
from station.picture_process import PictureProcess, ProcessPhotoChecks, background_processes
from station.picture_process.many import STANDS_BACK
from tests.rigs.picture_worker import BUSY
from tests.unit.picture_process.test_process import start

PATIENCE = 60.0


@pytest.fixture(scope="module")
def processes() -> Iterator[list[PictureProcess]]:
    made = [start(nice=STANDS_BACK) for _ in range(2)]
    yield made
    for process in made:
        process.close()


@pytest.fixture
def checks(processes: list[PictureProcess]) -> ProcessPhotoChecks:
    return ProcessPhotoChecks(processes)


def test_each_picture_gets_its_own_answer_in_its_place(checks: ProcessPhotoChecks) -> None:
    found = checks.check_photos([b"1", b"dies", b"2", b"3", b"raises"])
    assert [one.failure if isinstance(one, PictureWorkError) else one.profile for one in found] == [
        "double",
        PictureFailure.DIED,
        "double",
        "double",
        PictureFailure.DEFECT,
    ]


def test_all_processes_work_at_once_and_stand_back_for_the_card_at_the_window(
    checks: ProcessPhotoChecks, processes: list[PictureProcess], tmp_path: Path
) -> None:
    go_on = tmp_path / "go-on"
    go_on.touch()
    with ThreadPoolExecutor(1) as thread:
        found = thread.submit(checks.check_photos, [BUSY + bytes(go_on)] * 2)
        wait_until(lambda: all(one.asked_now for one in processes), PATIENCE, "both to be busy")
        go_on.write_text("go on")
        assert [type(one) for one in found.result(PATIENCE)] == [PhotoReport] * 2
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    for process in processes:
        assert process.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, process.pid) == min(ours + STANDS_BACK, 19)


def test_no_picture_is_blamed_when_no_process_can_be_started(checks: ProcessPhotoChecks) -> None:
    closed = ProcessPhotoChecks([start()])
    closed.close()
    with pytest.raises(PictureWorkError) as caught:
        closed.check_photos([b"a portrait", b"a portrait"])
    assert caught.value.failure is PictureFailure.NOT_STARTED
    assert checks.check_photos([]) == []


def test_there_is_a_process_for_each_core(
    monkeypatch: pytest.MonkeyPatch, processes: list[PictureProcess]
) -> None:
    counts = []
    for cores in (1, 2, 64):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        counts.append(len(background_processes(processes[0].setup)))
    assert counts == [1, 2, 4]
