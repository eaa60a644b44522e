"""Pictures of a batch: matched by name, checked in turns, listed where a person must look."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from station.batches.photos import CHECKED_AT_ONCE, photos_in
from station.batches.work import BatchWork
from station.core.batches import PhotoNaming, PhotoState
from station.core.errors import (
    BatchFileError,
    BatchNotFoundError,
    PictureFailure,
    PictureWorkError,
)
from station.core.photos import PhotoFinding, PhotoReport, PhotoRule, Portrait
from tests.unit.batches.lists import as_csv, cells_of, good, number
from tests.unit.batches.rig import CLERK, batch_of, batches, zip_of
from tests.unit.production.doubles import Bench

S = PhotoState


def send(window: Bench, batch: str, **files: bytes) -> None:
    named = {name.replace("_", "."): content for name, content in files.items()}
    batches(window).photos.take(batch, photos_in(zip_of(named)), CLERK)


def photo_of(window: Bench, batch: str, line: int) -> bytes | None:
    (row,) = window.journal.batches.lines(batch, [line])
    photo = row.head.photo
    return None if photo is None else window.journal.batch_photos.jpeg(batch, photo)


def check_all(window: Bench) -> None:
    work = BatchWork(window.journal, batches(window))
    while work.turn():
        pass


def test_missing_doubled_and_unmatched_pictures_are_listed(window: Bench) -> None:
    batch = batch_of(window, [good(line) for line in (1, 2, 3)])
    files = {
        f"照片/{number(1)}.jpg": b"one",
        f"{number(2)}.JPG": b"two",
        f"x/{number(2)[:6]}{number(2)[8:17]}.jpeg": b"two again",
        "410701198505050011.jpg": b"whose",
        "readme.txt": b"not a picture",
        "__MACOSX/._x.jpg": b"of a system",
        "Thumbs.db": b"of a system",
    }
    taken = batches(window).photos.take(batch, photos_in(zip_of(files)), CLERK)
    assert (taken.added, taken.known, taken.matched) == (4, 0, 3)
    assert taken.refused == ("readme.txt",)
    now = batches(window).photos.now(batch)
    assert (now.missing, now.doubled) == ((3,), (2,))
    assert [one.name for one in now.unmatched] == ["410701198505050011.jpg"]
    assert photo_of(window, batch, 1) == b"one"
    assert photo_of(window, batch, 2) is None
    again = batches(window).photos.take(batch, photos_in(zip_of(files)), CLERK)
    assert (again.added, again.known) == (0, 4)


def test_a_person_chooses_the_picture_of_a_row(window: Bench) -> None:
    batch = batch_of(window, [good(1), good(2)])
    name = number(1)
    send(window, batch, **{f"{name}_jpg": b"first", f"{name} _jpg": b"second", "x_jpg": b"other"})
    (unmatched,) = batches(window).photos.now(batch).unmatched
    batches(window).photos.choose(batch, 1, unmatched.id, CLERK)
    assert photo_of(window, batch, 1) == b"other"
    assert batches(window).photos.now(batch).doubled == ()
    other = batch_of(window, [good(9)])
    with pytest.raises(BatchNotFoundError):
        batches(window).photos.choose(other, 9, unmatched.id, CLERK)
    with pytest.raises(BatchNotFoundError):
        batches(window).photos.choose(batch, 77, unmatched.id, CLERK)


@pytest.mark.parametrize(
    ("naming", "name"),
    [
        (PhotoNaming.NUMBER_NAME, f"{number(1)}张三"),
        (PhotoNaming.NUMBER_NAME, f"{number(1)}_张三"),
        (PhotoNaming.RECEIPT, "r20310504-77"),
    ],
)
def test_pictures_are_matched_by_the_rule_of_the_batch(
    window: Bench, naming: PhotoNaming, name: str
) -> None:
    rows = as_csv([[*good(1), "R2031050477"]], (*_headings(), "照片回执码"))
    from station.batches.service import NewBatch

    batch, _ = batches(window).add(NewBatch(rows, "x", naming=naming), CLERK)
    send(window, batch, **{f"{name}_jpg": b"one"})
    assert photo_of(window, batch, 1) == b"one"


def _headings() -> tuple[str, ...]:
    from tests.unit.batches.lists import HEADINGS

    return HEADINGS


def test_names_of_old_zips_are_read_in_gbk(tmp_path: Path) -> None:
    file = tmp_path / "old.zip"
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr(zipfile.ZipInfo("张三.jpg".encode("gbk").decode("cp437")), b"x")
    content = file.read_bytes()
    flag = content.index(b"PK\x01\x02") + 9  # high byte of the flags: no UTF-8, as old programs
    raw = "张三.jpg".encode("gbk").decode("cp437").encode()
    assert raw in content
    plain = content.replace(raw, "张三.jpg".encode("gbk").ljust(len(raw), b" "))
    plain = plain[:7] + b"\x00" + plain[8:flag] + b"\x00" + plain[flag + 1 :]
    assert [name.rstrip() for name, _ in photos_in(plain)] == ["张三.jpg"]


def test_a_corrected_number_finds_the_picture_that_was_sent_before(window: Bench) -> None:
    wrong = good(1)
    wrong[4] = "410701199003074535"
    batch = batch_of(window, [wrong])
    send(window, batch, **{f"{number(1)}_jpg": b"one"})
    assert photo_of(window, batch, 1) is None
    batches(window).correct(batch, as_csv([good(1)]), CLERK)
    assert photo_of(window, batch, 1) == b"one"
    assert batches(window).photos.now(batch).unmatched == ()


def test_each_picture_is_checked_once_and_a_bad_one_is_named_with_the_rule(window: Bench) -> None:
    rows = range(1, CHECKED_AT_ONCE + 4)
    batch = batch_of(window, [good(line) for line in rows])
    send(window, batch, **{f"{number(line)}_jpg": b"%d" % line for line in rows})
    finding = {
        b"2": PhotoFinding(PhotoRule.BACKGROUND, "red", "white", is_soft=True),
        b"3": PhotoFinding(PhotoRule.FILE_SIZE, "1", "15", is_soft=False),
    }
    seen: list[bytes] = []

    def check(jpeg: bytes) -> Portrait:
        seen.append(jpeg)
        if jpeg == b"4":
            raise PictureWorkError(PictureFailure.DIED, "gone")
        found = (finding[jpeg],) if jpeg in finding else ()
        return Portrait(jpeg, PhotoReport("fake", found), None)

    window.faces.check_photo = check  # type: ignore[method-assign]
    before = batches(window).photos.now(batch).counts
    assert before[S.NEW] == len(rows)
    check_all(window)
    assert sorted(seen) == sorted(b"%d" % line for line in rows)
    now = batches(window).photos.now(batch)
    assert (now.counts[S.NEW], now.counts[S.SOFT], now.counts[S.BAD]) == (0, 1, 2)
    assert {line: one.state for line, one in now.broken.items()} == {2: S.SOFT, 3: S.BAD, 4: S.BAD}
    told = {row[0]: row[-1] for row in cells_of(batches(window).photo_problems(batch))}
    assert "15" in told["3"]
    assert told["4"] == "照片不能解码"


@pytest.mark.parametrize("content", [b"", b"nothing", b"PK\x03\x04 broken"])
def test_what_is_no_zip_is_refused(content: bytes) -> None:
    with pytest.raises(BatchFileError):
        list(photos_in(content))


def test_no_picture_and_no_name_is_stored_in_the_clear(window: Bench, tmp_path: Path) -> None:
    batch = batch_of(window, [good(1)])
    send(window, batch, **{f"{number(1)}_jpg": b"a picture of one person"})
    window.journal.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("journal.db*"))
    window.restart()
    assert b"a picture of" not in stored
    assert number(1).encode() not in stored
