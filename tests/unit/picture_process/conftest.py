from collections.abc import Iterator
from pathlib import Path

import pytest

from station.face import default_font_files, load_face
from station.picture_process import Patience, PictureProcess, ProcessFaces, ProcessPictures, Setup

CONFIG = Path(__file__).parents[3] / "config"
#: A test's PC may be busy: only what hangs takes this long.
PATIENCE = Patience(start=100.0, answer=100.0)


@pytest.fixture(scope="session")
def drawing() -> Iterator[PictureProcess]:
    """The real picture process of a window that prints."""
    fonts = tuple(default_font_files())
    template, profile = load_face(
        CONFIG / "faces" / "henan-3.toml", CONFIG / "photos" / "xinxiang.toml", fonts
    )
    process = PictureProcess(Setup(fonts, template, profile), patience=PATIENCE)
    yield process
    process.close()


@pytest.fixture(scope="session")
def faces(drawing: PictureProcess) -> ProcessFaces:
    setup = drawing.setup
    assert setup.template is not None
    assert setup.profile is not None
    return ProcessFaces(drawing, setup.template, setup.profile)


@pytest.fixture(scope="session")
def unruled() -> Iterator[ProcessPictures]:
    """The real picture process of a window that prints nothing: no rule guards its decoder."""
    process = PictureProcess(Setup((), uses_photo=True), patience=PATIENCE)
    yield ProcessPictures(process)
    process.close()
