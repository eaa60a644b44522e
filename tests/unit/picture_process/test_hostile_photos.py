"""300 pictures that were made to do harm: the daemon's end gets an answer for each of them."""

from __future__ import annotations

import collections
import resource
from pathlib import Path

from station.core.errors import PictureFailure, PictureWorkError
from station.core.photos import Portrait
from station.picture_process import PictureProcess, ProcessFaces, ProcessPictures
from tests.unit.picture_process.hostile_photos import COUNT, GOOD, hostile_photos

SEED = 12
#: What both ends together may have grown by over all of them, in bytes.
MOST_GROWN = 120_000_000


def resident(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * resource.getpagesize()


def test_a_window_that_prints_judges_each_by_its_rules_in_one_process(
    drawing: PictureProcess, faces: ProcessFaces
) -> None:
    good = faces.check_photo(GOOD)
    assert not good.report.hard
    before = drawing.pid
    assert before is not None
    size = resident(before)
    refused = 0
    for data in hostile_photos(SEED):
        checked, opened = faces.check_photo(data), faces.open_photo(data)
        assert checked.jpeg == opened.jpeg == data
        assert bool(checked.report.hard) == (checked.picture is None)
        refused += bool(checked.report.hard)
    assert drawing.pid == before  # not one of them has ended it
    assert resident(before) < size + MOST_GROWN
    assert COUNT * 3 // 4 < refused < COUNT  # a flipped bit may still be a picture
    assert faces.check_photo(GOOD).require_picture() == good.require_picture()


def test_without_rules_to_guard_the_decoder_a_bomb_costs_its_own_order(
    unruled: ProcessPictures,
) -> None:
    said: collections.Counter[str] = collections.Counter()
    for data in hostile_photos(SEED):
        said[_outcome(unruled, data)] += 1
    assert said["refused"] > COUNT // 2
    assert said[PictureFailure.MEMORY] > 0  # 65500 x 65500 pixels
    assert set(said) <= {"refused", "decoded", PictureFailure.MEMORY, PictureFailure.DEFECT}, said
    assert unruled.open_photo(GOOD).require_picture().width_px == 358


def _outcome(pictures: ProcessPictures, data: bytes) -> str:
    try:
        portrait: Portrait = pictures.open_photo(data)
    except PictureWorkError as exc:
        return exc.failure
    return "refused" if portrait.report.hard else "decoded"
