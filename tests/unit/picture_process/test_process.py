"""Whatever the picture process does, a request ends, and the next one is served."""

import dataclasses
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulators.world import wait_until
from station.core.errors import PhotoError, PictureFailure, PictureWorkError
from station.core.faces import PrintGeometry
from station.core.gateways import ProductionData
from station.core.slips import Slip
from station.face.photo.profile import load_photo_profile
from station.face.template.model import load_template
from station.picture_process import Patience, PictureProcess, ProcessFaces, Setup
from tests.rigs import picture_worker
from tests.unit.production.doubles import ID_NUMBER, production_data

CONFIG = Path(__file__).parents[3] / "config"
TEMPLATE = load_template(CONFIG / "faces" / "henan-3.toml")
PROFILE = load_photo_profile(CONFIG / "photos" / "xinxiang.toml")
GEOMETRY = PrintGeometry(40, 20, 300)
PERSON = production_data(ID_NUMBER)


def start(*, answer: float = 60.0, idle: float = 600.0, nice: int = 0) -> PictureProcess:
    patience = Patience(answer=answer, idle=idle)
    setup = Setup((), TEMPLATE, PROFILE)
    return PictureProcess(setup, patience=patience, worker=picture_worker.MODULE, nice=nice)


def faces_of(process: PictureProcess) -> ProcessFaces:
    return ProcessFaces(process, TEMPLATE, PROFILE)


@pytest.fixture(scope="module")
def process() -> Iterator[PictureProcess]:
    made = start()
    yield made
    made.close()


@pytest.fixture
def faces(process: PictureProcess) -> ProcessFaces:
    return faces_of(process)


def of_issuer(issuer: str) -> ProductionData:
    return dataclasses.replace(PERSON, issuer=issuer)


@pytest.mark.parametrize(
    ("told", "failure"),
    [
        (b"dies", PictureFailure.DIED),
        (b"aborts", PictureFailure.DIED),
        (b"eats memory", PictureFailure.MEMORY),
        (b"raises", PictureFailure.DEFECT),
    ],
)
def test_a_broken_decoder_costs_that_picture(
    faces: ProcessFaces, told: bytes, failure: PictureFailure
) -> None:
    with pytest.raises(PictureWorkError) as caught:
        faces.check_photo(told)
    assert caught.value.failure is failure
    assert caught.value.details == {"failure": f"words:picture-failure.{failure}"}
    assert faces.check_photo(b"a portrait").require_picture().rgb == picture_worker.PIXEL


def test_a_decoder_that_hangs_is_ended_after_its_time() -> None:
    process = start(answer=0.5)
    faces = faces_of(process)
    with pytest.raises(PictureWorkError) as caught:
        faces.open_photo(b"hangs")
    assert caught.value.failure is PictureFailure.TOO_SLOW
    assert process.pid is None
    process.close()


def test_an_error_that_drawing_raises_on_purpose_comes_through(
    process: PictureProcess, faces: ProcessFaces
) -> None:
    faces.check_photo(b"a portrait")
    before = process.pid
    with pytest.raises(PhotoError) as caught:
        faces.check_photo(b"refused")
    assert caught.value.details == {"rule": "format"}
    assert process.pid == before


def test_a_defect_is_logged_by_its_places_alone(
    faces: ProcessFaces, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(PictureWorkError):
        faces.check_photo(b"raises")
    assert "defect at ZeroDivisionError worker.py:" in caplog.text
    assert "13012345678" not in caplog.text


def test_a_request_whose_process_was_killed_is_given_to_a_new_one(
    process: PictureProcess, faces: ProcessFaces, tmp_path: Path
) -> None:
    portrait = faces.open_photo(PERSON.photo_jpeg)
    end = tmp_path / "end"
    end.write_bytes(b"")
    person = of_issuer(f"busy until {end}")
    with ThreadPoolExecutor() as asking:
        drawn = asking.submit(faces.render, person, portrait, GEOMETRY, duplex=True)
        first = wait_until(lambda: process.asked_now and process.pid, 60.0, "the request")
        os.kill(first, signal.SIGKILL)  # it is busy: nothing is in the file yet
        end.write_bytes(b"x")
        face = drawn.result(60.0)
    assert process.pid not in (first, None)
    assert face.sha256 == picture_worker.face_of(person, GEOMETRY).sha256


@pytest.mark.parametrize("issuer", ["shares too little", "mixes planes up"])
def test_planes_that_are_not_those_that_were_drawn_are_no_face(
    faces: ProcessFaces, issuer: str
) -> None:
    portrait = faces.open_photo(PERSON.photo_jpeg)
    with pytest.raises(PictureWorkError) as caught:
        faces.render(of_issuer(issuer), portrait, GEOMETRY, duplex=True)
    assert caught.value.failure is PictureFailure.DIED


def test_an_answer_that_no_process_of_ours_gives_is_not_believed(faces: ProcessFaces) -> None:
    with pytest.raises(PictureWorkError):
        faces.print_slip(Slip("SystemExit", (), ()))


def test_an_idle_process_ends_and_the_next_request_starts_another() -> None:
    process = start(idle=0.2)
    faces = faces_of(process)
    faces.prepare(GEOMETRY)
    wait_until(lambda: process.pid is None or None, 60.0, "the end of an idle process")
    assert faces.check_photo(b"a portrait").report.profile == "double"
    process.close()


def test_a_process_is_expected_in_the_background() -> None:
    process = start()
    faces = faces_of(process)
    faces.expect()
    assert not process.pid  # nothing was ever warmed, so nothing is known to warm
    faces.prepare(GEOMETRY)
    first = process.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    wait_until(lambda: process.pid is None or None, 60.0, "the end of a killed process")
    faces.expect()
    wait_until(lambda: process.pid, 60.0, "a new process")
    assert process.pid != first
    process.close()


def test_closing_does_not_wait_for_a_picture_and_starts_nothing_more() -> None:
    process = start()
    faces = faces_of(process)
    faces.check_photo(b"a portrait")
    with ThreadPoolExecutor() as asking:
        asked = asking.submit(faces.open_photo, b"hangs")
        wait_until(lambda: process.asked_now or None, 60.0, "the request")
        process.close()
        error = asked.exception(60.0)
    assert isinstance(error, PictureWorkError)
    assert error.failure is PictureFailure.NOT_STARTED
    process.close()


def test_a_module_that_is_not_there_is_said_so() -> None:
    process = PictureProcess(Setup(()), worker="station.picture_process.nothing")
    with pytest.raises(PictureWorkError) as caught:
        faces_of(process).open_photo(b"a portrait")
    assert caught.value.failure is PictureFailure.NOT_STARTED
