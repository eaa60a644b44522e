"""`make bench-batch`: lists of 1, 200 and 5,000 people with pictures, from files to printed list.

Everything is real but the printer and the province: the journal on the disk, the rules of the
site's photo profile, the picture processes. Rows and pictures have every kind of fault. Prints one
JSON line for each list, and fails when the longest one and its pictures take longer than four
minutes, when memory grows with the number of people, when the reports name another row, picture or
reason than those that are wrong, or when the printed list does not have every person once.
"""

from __future__ import annotations

import argparse
import functools
import io
import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from simulators.province.portraits import draw_portrait, flawed
from station.batches.confirming import RowWish
from station.batches.photos import photos_in
from station.batches.service import BatchService, NewBatch
from station.clock import monotonic
from station.core.batches import FaultCode, PhotoState, RowState
from station.core.identity import check_digit
from station.pictures import build_pictures
from station.settings import load_settings
from tests.rigs.batches import batch_service
from tests.rigs.paper import text_of
from tests.unit.batches.lists import HEADINGS, as_xlsx, cells_of, good, number
from tests.unit.production.doubles import Bench
from tests.unit.production.in_place import service

MOST_SECONDS: Final = 240.0
MOST_MEGABYTES: Final = 400.0
PART: Final = 8_000_000  #: bytes of pictures in one request
CLERK: Final = "clerk"
COLUMNS: Final = (*HEADINGS, "银行代码", "参保账号", "照片回执码", "备注")
EVERY: Final = 50  #: of so many rows one is wrong, and one has no fitting picture
F = FaultCode

Row = list[object]


def cell(column: str, value: object) -> Callable[[Row], None]:
    """Return what puts another value into a row."""

    def change(row: Row) -> None:
        row[COLUMNS.index(column)] = value

    return change


def _other_check_digit(row: Row) -> None:
    own = str(row[4])
    row[4] = own[:17] + ("1" if own[17] != "1" else "2")


def _other_sex(row: Row) -> None:
    row[5] = "1" if row[5] == "2" else "2"


def _thirteenth_month(row: Row) -> None:
    first = "41070119901301" + str(row[4])[14:17]
    row[4:7] = [first + check_digit(first), "", ""]


#: What is wrong with a row -> how it becomes so. Rows without a 序号 of their own come last.
WRONG: Final[Mapping[FaultCode, Callable[[Row], None]]] = {
    F.NAME_MISSING: cell("姓名", ""),
    F.NAME_FORM: cell("姓名", "张3"),
    F.NUMBER_MISSING: cell("证件号码", ""),
    F.NUMBER_FORM: cell("证件号码", "4107011990"),
    F.NUMBER_CHECK_DIGIT: _other_check_digit,
    F.NUMBER_BIRTH_DATE: _thirteenth_month,
    F.DOCUMENT_UNKNOWN: cell("证件类型", "44"),
    F.SEX_UNKNOWN: cell("性别", "x"),
    F.SEX_DIFFERS: _other_sex,
    F.BORN_FORM: cell("出生日期", "1990-3-7"),
    F.BORN_DIFFERS: cell("出生日期", "19000101"),
    F.NATION_UNKNOWN: cell("民族", "57"),
    F.PHONE_FORM: cell("手机号码", "1380000"),
    F.COMPUTER_NUMBER_FORM: cell("社保电脑号", "G 1"),
    F.RECEIPT_FORM: cell("照片回执码", "1"),
    F.BANK_UNKNOWN: cell("银行代码", "00000"),
    F.SEVERAL_ACCOUNTS: cell("参保账号", "1001;1002"),
    F.PERSON_DOUBLED: cell("证件号码", ""),  # gets the number of the row before
    F.CELL_TOO_LONG: cell("备注", 101 * "x"),
    F.CELL_FORMULA: cell("备注", "=1+1"),
    F.CELL_LOST_DIGITS: cell("参保账号", 10**15 + 1),
    F.LINE_MISSING: cell("序号", ""),
    F.LINE_FORM: cell("序号", "x"),
    F.LINE_DOUBLED: cell("序号", "1"),
}
_WITHOUT_LINE: Final = (F.LINE_MISSING, F.LINE_FORM, F.LINE_DOUBLED)


@dataclass
class Given:
    """What is sent, and what must be found.

    Attributes:
        rows: Of the list.
        faults: 序号 -> the only fault of the row.
        unnumbered: Faults of the rows that get a 序号 of the station's.
        files: Name of a picture -> its bytes.
        missing, doubled, unfit: 序号 of the rows whose picture a person must look after.
        unmatched: Number of pictures that fit no row.
    """

    rows: list[Row] = field(repr=False, default_factory=list)
    faults: dict[int, FaultCode] = field(default_factory=dict)
    unnumbered: list[FaultCode] = field(default_factory=list)
    missing: set[int] = field(default_factory=set)
    doubled: set[int] = field(default_factory=set)
    unfit: set[int] = field(default_factory=set)
    unmatched: int = 0


def given(people: int) -> Given:
    """Return rows of which one in `EVERY` is wrong; each kind of fault in turn."""
    made, kinds = Given(), list(WRONG)
    for line in range(1, people + 1):
        row: Row = [*good(line), "95533", "", "", ""]
        if line % EVERY == 7:
            kind = kinds[line // EVERY % len(kinds)]
            WRONG[kind](row)
            if kind is F.PERSON_DOUBLED:
                row[4:7] = made.rows[-1][4:7]
            if kind in _WITHOUT_LINE:
                made.unnumbered.append(kind)
            else:
                made.faults[line] = kind
        made.rows.append(row)
    return made


@functools.cache
def portrait() -> bytes:
    """Return a portrait that fits the site's rules, drawn by our own code."""
    return draw_portrait(1, number(1), "1", number(1)[6:14])


def pictures(people: int, made: Given) -> Iterator[tuple[str, bytes]]:
    """Yield the pictures, each another file, and note which rows must be named."""
    right, grey = portrait(), flawed(portrait(), "grey wall")
    for line in range(1, people + 1):
        own, name, end = number(line), f"{number(line)}.jpg", line.to_bytes(4, "big")
        if line % EVERY == 11:
            made.missing.add(line)
        elif line % EVERY == 13:
            made.doubled.add(line)
            yield name, right + end
            yield f"{own[:6]}{own[8:17]}.jpg", right + end + b"2"
        elif line % EVERY == 17:
            made.unfit.add(line)
            yield name, grey + end if line % (2 * EVERY) == 17 else b"\xff\xd8" + end
        else:
            yield name, right + end
            if line % EVERY == 19:
                made.unmatched += 1
                yield f"IMG_{line}.jpg", right + end + b"3"


def parts(files: Iterator[tuple[str, bytes]]) -> Iterator[bytes]:
    """Yield zips of pictures as the command line sends them; one at a time is in memory."""
    file = io.BytesIO()
    packed = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
    size = 0
    for name, content in files:
        packed.writestr(name, content)
        size += len(content)
        if size > PART:
            packed.close()
            yield file.getvalue()
            file, size = io.BytesIO(), 0
            packed = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
    packed.close()
    yield file.getvalue()


def cpu_seconds() -> float:
    """Return what this process and its ended children took of the processor."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def differences(batches: BatchService, window: Bench, batch: str, made: Given) -> list[str]:
    """Return what the reports name and must not, or must and do not; empty when all is right."""
    rows = list(window.journal.batches.rows(batch, (RowState.FAULTY,)))
    named = {row.head.line: [one.code for one in row.head.faults] for row in rows}
    last = len(made.rows)
    ours = {line: codes for line, codes in named.items() if line <= last}
    free = sorted(codes[0] for line, codes in named.items() if line > last)
    now = batches.photos.now(batch)
    broken = set(made.faults) | {line for line in range(1, last + 1) if line % EVERY == 7}
    # The picture of a person who is in two rows fits neither of them.
    broken |= {line - 1 for line, code in made.faults.items() if code is F.PERSON_DOUBLED}
    found = {
        "faults": ours == {line: [code] for line, code in made.faults.items()},
        "unnumbered": free == sorted(made.unnumbered),
        "missing": set(now.missing) - broken - set(named) == made.missing,
        "doubled": set(now.doubled) == made.doubled,
        "unfit": set(now.broken) == made.unfit,
        "unmatched": _loose(now.unmatched, broken) == made.unmatched,
    }
    return [name for name, right in found.items() if not right]


def _loose(unmatched: Sequence[Any], broken: set[int]) -> int:
    """Return how many pictures fit no row, without those of people whose own row is wrong."""
    of_wrong = {number(line) for line in broken}
    return sum(one.name.partition(".")[0] not in of_wrong for one in unmatched)


def printed(batches: BatchService, batch: str, folder: Path) -> dict[str, object]:
    """Confirm whoever can be, print the list, and read it with programs that are not ours."""
    began = monotonic()
    ready = [row.head.line for row in _rows(batches, batch)]
    for start in range(0, len(ready), 200):
        wishes = [RowWish(line, passed=True) for line in ready[start : start + 200]]
        batches.confirming.decide(batch, wishes, CLERK)
    confirmed = batches.one(batch).counts[RowState.CONFIRMED]
    decided = monotonic()
    listed = batches.papers.add_list(batch, (), CLERK)
    pages = text_of(batches.papers.list_pdf(listed), folder).split("\f")[:-1]
    sheet = cells_of(batches.papers.list_sheet(listed))
    words = "".join(pages).split()
    ended = monotonic()
    on_paper = {word for word in words if len(word) == 18 and word[:6] == "410701"}
    in_sheet = [row[5] for row in sheet if row[0].isdecimal()]
    return {
        "confirmed": confirmed,
        "confirm_seconds": round(decided - began, 1),
        "print_seconds": round(ended - decided, 1),
        "pages": len(pages),
        "every_page_numbered": all(
            f"{place} / {len(pages)}" in page or f"{place}/{len(pages)}" in page.replace(" ", "")
            for place, page in enumerate(pages, 1)
        ),
        "each_once": len(on_paper) == len(in_sheet) == len(set(in_sheet)) == confirmed,
    }


def _rows(batches: BatchService, batch: str) -> Iterator[Any]:
    after = 0
    while some := batches.rows(batch, after, 200, (RowState.READY,)):
        yield from some
        after = some[-1].head.line


def run(people: int, folder: Path) -> dict[str, object]:
    """Take the list and its pictures over, check all, print the list, and return the figures."""
    window = Bench(folder)
    work = build_pictures(load_settings(Path("config/station.toml")))
    equipment = window.bench.equipment
    batches = batch_service(window.journal, equipment, service(window), folder, checks=work)
    made = given(people)
    content = as_xlsx(made.rows, COLUMNS)
    began = monotonic()
    batch, _ = batches.add(NewBatch(content, "bench"), CLERK)
    read = monotonic()
    for part in parts(pictures(people, made)):
        batches.photos.take(batch, photos_in(part), CLERK)
    stored = monotonic()
    while batches.photos.check_some():
        left = window.journal.batch_photos.counts(batch)[PhotoState.NEW]
        if left % 1000 == 0:
            sys.stderr.write(f"{left} pictures left\n")
    ended = monotonic()
    wrong = differences(batches, window, batch, made)
    paper = printed(batches, batch, folder)
    counts = window.journal.batch_photos.counts(batch)
    work.close()
    window.journal.close()
    return {
        "people": people,
        "seconds": round(ended - began, 1),
        "list_seconds": round(read - began, 1),
        "photos_stored_seconds": round(stored - read, 1),
        "photos_checked_seconds": round(ended - stored, 1),
        "cpu_seconds": round(cpu_seconds(), 1),
        "megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "picture_process_megabytes": round(
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1
        ),
        "faulty": len(made.faults) + len(made.unnumbered),
        "named_otherwise_than_meant": wrong,
        "checked": {state.value: count for state, count in counts.items()},
        **paper,
    }


def main() -> int:
    """Run and judge; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[1, 200, 5000])
    right = True
    for people in parser.parse_args().people:
        with tempfile.TemporaryDirectory() as folder:
            found = run(people, Path(folder))
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        sys.stdout.flush()
        right &= is_right(found)
    return 0 if right else 1


def is_right(found: Mapping[str, object]) -> bool:
    """Whether one list was quick, took little memory, and was told and printed as it is."""
    quick = float(str(found["seconds"])) <= MOST_SECONDS
    small = float(str(found["megabytes"])) <= MOST_MEGABYTES
    right = not found["named_otherwise_than_meant"]
    paper = bool(found["every_page_numbered"] and found["each_once"])
    return quick and small and right and paper


if __name__ == "__main__":
    sys.exit(main())
