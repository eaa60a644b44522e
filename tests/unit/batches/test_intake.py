"""A list becomes a batch; corrected and sent again it changes only what differs."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.batches.intake import ROWS_AT_ONCE, Taken
from station.batches.service import NewBatch
from station.core.batches import BatchState, RowState
from station.core.errors import BatchFileError, BatchNotFoundError
from station.journal import batch_writing
from tests.unit.batches.lists import as_csv, as_xlsx, cells_of, good, number
from tests.unit.batches.rig import batches
from tests.unit.production.doubles import Bench, Killed

WORKER = "clerk"


def added(window: Bench, content: bytes, key: str | None = None) -> tuple[str, Taken]:
    return batches(window).add(NewBatch(content, "一车间", "U1", key=key), WORKER)


def faults(window: Bench, batch: str) -> dict[int, list[str]]:
    rows = window.journal.batches.rows(batch, (RowState.FAULTY,))
    return {row.head.line: [one.code for one in row.head.faults] for row in rows}


def test_good_rows_are_kept_and_each_wrong_one_is_named_with_its_reasons(window: Bench) -> None:
    wrong = good(2)
    wrong[4], wrong[8] = "410701199003074535", "1"
    twice = good(4, place=1)
    batch, taken = added(window, as_xlsx([good(1), wrong, good(3), twice]))
    assert taken == Taken(added=4)
    assert faults(window, batch) == {
        2: ["id-number-check-digit", "phone-form"],
        4: ["person-doubled"],
    }
    counts = batches(window).one(batch).counts
    assert (counts[RowState.READY], counts[RowState.FAULTY]) == (2, 2)


def test_the_report_can_be_corrected_and_sent_again_and_changes_only_what_changed(
    window: Bench,
) -> None:
    wrong = good(2)
    wrong[2], wrong[4] = "=李四", "410701199003074535"
    batch, _ = added(window, as_csv([good(1), wrong, good(3)]))
    before = {head.line: head for head in window.journal.batches.heads(batch)}
    report = cells_of(batches(window).faults(batch))
    (top,) = [place for place, row in enumerate(report) if row[0] == "*序号"]
    assert report[top][-1] == "原因"
    (line,) = report[top + 1 :]
    assert line[0] == "2"
    assert line[2] == "'=李四"  # no program takes it for a formula
    assert "校验位" in line[-1]
    line[4] = number(2)
    taken = batches(window).correct(batch, as_xlsx([line], report[top]), WORKER)
    assert taken == Taken(changed=1)
    after = {head.line: head for head in window.journal.batches.heads(batch)}
    assert after[2].state is RowState.READY
    assert {one: after[one] for one in (1, 3)} == {one: before[one] for one in (1, 3)}
    (row,) = window.journal.batches.lines(batch, [2])
    assert row.cells["name"] == "=李四"  # type: ignore[index]


def test_the_same_file_again_changes_nothing(window: Bench) -> None:
    unnumbered = good(9)
    unnumbered[0] = ""
    doubled = good(1, place=5)
    content = as_csv([good(1), doubled, unnumbered])
    batch, _ = added(window, content)
    heads = window.journal.batches.heads(batch)
    assert [head.line for head in heads] == [1, 2, 3]
    assert faults(window, batch) == {2: ["line-doubled"], 3: ["line-missing"]}
    assert batches(window).correct(batch, content, WORKER) == Taken(unchanged=3)
    assert window.journal.batches.heads(batch) == heads


def test_two_rows_may_change_their_people(window: Bench) -> None:
    batch, _ = added(window, as_csv([good(1), good(2)]))
    swapped = as_csv([good(1, place=2), good(2, place=1)])
    assert batches(window).correct(batch, swapped, WORKER) == Taken(changed=2)
    assert faults(window, batch) == {}


def test_a_person_is_in_one_batch_at_a_time(window: Bench) -> None:
    added(window, as_csv([good(1)]))
    second, _ = added(window, as_csv([good(7, place=1), good(8)]))
    assert faults(window, second) == {7: ["person-in-other-batch"]}


def test_a_file_that_cannot_be_used_makes_no_batch(window: Bench) -> None:
    with pytest.raises(BatchFileError):
        added(window, b"nothing")
    assert batches(window).newest() == []
    with pytest.raises(BatchNotFoundError):
        batches(window).correct("f" * 32, as_csv([good(1)]), WORKER)


@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_kill_in_the_middle_loses_no_row_and_doubles_none(
    window: Bench, after: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [good(line) for line in range(1, 2 * ROWS_AT_ONCE + 21)]
    rows[5][8] = "1"
    written: list[object] = []

    def dies(*arguments: object) -> None:
        if len(written) == after:
            raise Killed
        written.append(arguments)
        put(*arguments)  # type: ignore[arg-type]

    put = batch_writing.put_batch_rows
    monkeypatch.setitem(
        __import__("station.journal.transaction", fromlist=["WRITERS"]).WRITERS,
        __import__("station.core.batch_changes", fromlist=["PutBatchRows"]).PutBatchRows,
        dies,
    )
    with pytest.raises(Killed):
        added(window, as_csv(rows), key="upload-1")
    monkeypatch.undo()
    window.restart()
    (now,) = batches(window).newest()
    assert (now.batch.state, now.rows) == (BatchState.READING, after * ROWS_AT_ONCE)
    batch, taken = added(window, as_csv(rows), key="upload-1")
    assert batch == now.batch.id
    assert taken.added == len(rows) - after * ROWS_AT_ONCE
    assert taken.unchanged == after * ROWS_AT_ONCE
    heads = window.journal.batches.heads(batch)
    assert [head.line for head in heads] == list(range(1, len(rows) + 1))
    assert faults(window, batch) == {6: ["phone-form"]}
    assert batches(window).one(batch).batch.state is BatchState.OPEN


def test_nothing_about_a_person_is_in_the_clear(window: Bench, tmp_path: Path) -> None:
    wrong = good(2)
    wrong[4] = "410701199003074535"
    added(window, as_csv([good(1), wrong]))
    events = window.journal.history.after(0, 500)
    assert {"batch-added", "batch-rows-read"} <= {one.kind for one in events}
    window.journal.close()
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("journal.db*"))
    window.restart()
    for secret in (number(1), "410701199003074535", "张三", "13800001111"):
        assert secret.encode() not in stored
