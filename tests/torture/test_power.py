"""Power loss under the journal: what was called durable is there, and nothing is torn."""

from __future__ import annotations

import random

import pytest

from tests.torture.power import SECTOR, Delete, Disk, Sync, Truncate, Write
from tests.torture.power_cuts import COURSES, Course

#: So many writes share one power cut in `make test`; what a first start leaves takes long to open.
ONLY_THE_FIRST = 1_000_000
EVERY = {"the first start": 23, "a card is made": 7}


@pytest.mark.parametrize("course", COURSES[:2], ids=lambda course: course.name)
def test_what_was_called_durable_outlives_a_power_cut_in_any_write(course: Course) -> None:
    results = list(course.cuts(every=EVERY[course.name]))
    assert {result.name: result.violations for result in results if result.violations} == {}
    assert len(results) >= 3 * 4


def test_what_was_durable_before_a_power_cut_in_the_course_is_no_torn_transaction() -> None:
    course = next(one for one in COURSES if one.name == "A6 another host moves a card just fed")
    results = list(course.cuts(every=ONLY_THE_FIRST))
    assert [result.violations for result in results] == 3 * [[]]


def lost(disk: Disk, share: float = 0.0) -> dict[str, bytes]:
    return disk.after_power_cut(random.Random(1), share)


def test_a_synced_write_stays() -> None:
    disk = Disk({"a": b"old"})
    disk.apply("a", Write(0, b"new"))
    assert lost(disk) == {"a": b"old"}
    disk.apply("a", Sync())
    assert lost(disk) == {"a": b"new"}


def test_unsynced_writes_arrive_torn_and_in_any_order() -> None:
    disk = Disk({"a": bytes(4 * SECTOR)})
    disk.apply("a", Write(0, b"1" * 2 * SECTOR))
    disk.apply("a", Write(2 * SECTOR, b"2" * 2 * SECTOR))
    found = {disk.after_power_cut(random.Random(seed), 0.5)["a"] for seed in range(200)}
    ways = {tuple(content[SECTOR * n] for n in range(4)) for content in found}
    assert len(ways) == 2**4  # every sector alone, the later write before the earlier one too


def test_a_file_that_grew_without_sync_may_hold_anything_in_its_new_part() -> None:
    disk = Disk({"a": b""})
    disk.apply("a", Write(SECTOR, b"x" * SECTOR))
    whole = lost(disk, 1.0)["a"]
    assert whole[SECTOR:] == b"x" * SECTOR
    assert whole[:SECTOR] != bytes(SECTOR)


def test_a_new_file_a_shorter_file_and_a_deletion_need_a_sync() -> None:
    disk = Disk({"a": b"long", "b": b"there"})
    disk.apply("new", Write(0, b"x"))
    disk.apply("a", Truncate(1))
    disk.apply("b", Delete(durable=False))
    assert lost(disk) == {"a": b"long", "b": b"there"}
    assert lost(disk, 1.0) == {"new": b"x", "a": b"l"}
    for name in ("new", "a"):
        disk.apply(name, Sync())
    disk.apply("b", Delete(durable=True))
    assert lost(disk) == {"new": b"x", "a": b"l"}
