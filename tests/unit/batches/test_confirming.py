"""Confirmation and papers: what a person decides, and what outside programs read of the lists."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image

from station.batches.confirming import RowAnswer, RowWish
from station.batches.photos import photos_in
from station.batches.service import NewBatch
from station.core.batch_changes import (
    DecideBatchRows,
    NotePhotoVerdicts,
    PhotoVerdict,
    RowDecision,
)
from station.core.batches import PhotoState, RowReason, RowState
from station.core.errors import BatchNotFoundError, IdNumberError, InputError, UnitFixedError
from station.core.identity import eighteen_digits
from station.core.units import Collector, Unit
from station.words import explain
from tests.unit.batches.lists import HEADINGS, as_csv, cells_of, good, number
from tests.unit.batches.rig import CLERK, batch_of, batches, zip_of
from tests.unit.face.bad_photos import jpeg
from tests.unit.production.doubles import Bench

S = RowState
FIFTEEN = "410701900307453"


def with_photos(window: Bench, lines: range, state: PhotoState = PhotoState.FITS) -> str:
    """Make a batch whose rows have checked pictures."""
    batch = batch_of(window, [good(line) for line in lines])
    files = {
        f"{number(line)}.jpg": jpeg(Image.new("RGB", (358, 441))) + b"%d" % line for line in lines
    }
    batches(window).photos.take(batch, photos_in(zip_of(files)), CLERK)
    if state is not PhotoState.NEW:
        photos = window.journal.batch_photos.all(batch)
        with window.journal.transaction("test") as change:
            change.apply(NotePhotoVerdicts(tuple(PhotoVerdict(one.id, state) for one in photos)))
    return batch


def decide(window: Bench, batch: str, *wishes: RowWish) -> list[RowAnswer]:
    return batches(window).confirming.decide(batch, wishes, CLERK)


def state_of(window: Bench, batch: str, line: int) -> RowState:
    return batches(window).row(batch, line).head.state


def text_of(pdf: bytes, folder: Path) -> list[str]:
    """Return the text of each page, as another program reads it."""
    program = shutil.which("pdftotext")
    assert program is not None
    file = folder / "paper.pdf"
    file.write_bytes(pdf)
    told = subprocess.run(
        [program, "-layout", str(file), "-"], check=True, capture_output=True, text=True
    ).stdout
    return told.split("\f")[:-1]


def test_several_rows_are_decided_at_once_and_each_has_its_own_answer(window: Bench) -> None:
    batch = with_photos(window, range(1, 4))
    wrong = RowWish(2, False, RowReason.NOT_THIS_PERSON, "像另一人")
    answers = decide(window, batch, RowWish(1, True), wrong, RowWish(9, True))
    assert answers == [
        RowAnswer(1, S.CONFIRMED),
        RowAnswer(2, S.REFUSED),
        RowAnswer(9, None, "batch-not-found"),
    ]
    refused = batches(window).row(batch, 2)
    assert (refused.head.reason, refused.note) == ("not-this-person", "像另一人")
    assert decide(window, batch, RowWish(1, True)) == [RowAnswer(1, S.CONFIRMED)]
    told = [one for one in window.journal.history.after(0, 500) if one.kind == "batch-row-decided"]
    assert [(one.data["line"], one.actor) for one in told] == [("1", CLERK), ("2", CLERK)]


def test_a_faulty_row_cannot_be_confirmed_and_a_confirmed_one_keeps_its_content(
    window: Bench,
) -> None:
    accounts = [*good(2), "1001;1002"]
    rows = as_csv([[*good(1), ""], accounts], (*HEADINGS, "参保账号"))
    batch, _ = batches(window).add(NewBatch(rows, "x"), CLERK)
    assert decide(window, batch, RowWish(2, True)) == [RowAnswer(2, S.FAULTY, "row-is-faulty")]
    batch = with_photos(window, range(11, 12))
    decide(window, batch, RowWish(11, True))
    other = good(11)
    other[8] = "13900001111"
    taken = batches(window).correct(batch, as_csv([other]), CLERK)
    assert [(one.line, one.state) for one in taken.locked] == [(11, S.CONFIRMED)]
    assert batches(window).row(batch, 11).cells["phone"] == "13800001111"  # type: ignore[index]


@pytest.mark.parametrize(
    ("state", "problem"),
    [
        (PhotoState.NEW, "photo-unchecked"),
        (PhotoState.BAD, "photo-bad"),
        (PhotoState.SOFT, ""),
        (PhotoState.FITS, ""),
    ],
)
def test_nobody_is_confirmed_beside_a_picture_that_cannot_be_used(
    window: Bench, state: PhotoState, problem: str
) -> None:
    batch = with_photos(window, range(1, 2), state)
    (answer,) = decide(window, batch, RowWish(1, True))
    assert answer.problem == problem
    assert state_of(window, batch, 1) is (S.READY if problem else S.CONFIRMED)


def test_a_row_without_a_picture_is_confirmed_only_where_the_province_has_one(
    window: Bench,
) -> None:
    rows = as_csv([[*good(1), ""], [*good(2), "R0001"]], (*HEADINGS, "照片回执码"))
    batch, _ = batches(window).add(NewBatch(rows, "x"), CLERK)
    answers = decide(window, batch, RowWish(1, True), RowWish(2, True))
    assert [one.problem for one in answers] == ["photo-missing", ""]


def test_a_person_chooses_between_the_two_forms_of_a_number(window: Bench) -> None:
    def fifteen(line: int, sequence: str) -> list[object]:
        return [str(line), "", "张三", "01", f"410701900307{sequence}", "", "", "", "", "R0001"]

    rows = [fifteen(1, "453"), fifteen(2, "455"), fifteen(3, "457")]
    batch, _ = batches(window).add(NewBatch(as_csv(rows, (*HEADINGS, "照片回执码")), "x"), CLERK)
    row = batches(window).row(batch, 1)
    assert (row.head.state, row.head.reason) == (S.READY, RowReason.CHOOSE_NUMBER)
    eighteen = eighteen_digits("410701900307453")
    answers = decide(
        window,
        batch,
        RowWish(1, True, number=eighteen),
        RowWish(2, True, number="410701900307455"),
        RowWish(3, True),
    )
    assert answers == [
        RowAnswer(1, S.CONFIRMED),
        RowAnswer(2, S.REFUSED),
        RowAnswer(3, S.READY, "choose-number"),
    ]
    assert batches(window).row(batch, 1).chosen == eighteen
    assert batches(window).row(batch, 2).head.reason == RowReason.KEEPS_FIFTEEN


def test_a_form_for_each_person_has_the_picture_and_both_numbers(
    window: Bench, tmp_path: Path
) -> None:
    batch = with_photos(window, range(1, 3))
    pages = text_of(batches(window).papers.forms(batch, ()), tmp_path)
    assert len(pages) == 2
    assert "社会保障卡个人基本信息确认表" in pages[0]
    assert number(1) in pages[0].replace(" ", "")
    assert number(2) in pages[1].replace(" ", "")
    told = " ".join(pages[0].split())
    sex = {"1": "男", "2": "女"}[str(good(1)[5])]
    assert f"证件类型 居民身份证 性别 {sex} 民族 汉族" in told  # words, not codes
    with pytest.raises(InputError):
        batches(window).papers.forms(batch, (77,))
    rows = as_csv([["1", "", "李四", "01", FIFTEEN, "", "", "", ""]])
    other, _ = batches(window).add(NewBatch(rows, "x"), CLERK)
    (page,) = text_of(batches(window).papers.forms(other, ()), tmp_path)
    assert FIFTEEN in page
    assert eighteen_digits(FIFTEEN) in page


def test_a_list_is_printed_once_and_again_by_its_number(window: Bench, tmp_path: Path) -> None:
    service = batches(window)
    service.units.put(Unit("U1", "大连一厂"), CLERK)
    rows = [[*good(line), f"R{line:04d}"] for line in range(1, 61)]
    rows[4][2] = "=李四"
    content = as_csv(rows, (*HEADINGS, "照片回执码"))
    batch, _ = service.add(NewBatch(content, "x", "U1"), CLERK)
    decide(window, batch, *(RowWish(line, True) for line in range(1, 61)))
    first = service.papers.add_list(batch, (1, 2, 3), CLERK)
    rest = service.papers.add_list(batch, (), CLERK)
    assert [service.printed(one).lines for one in (first, rest)] == [3, 57]
    with pytest.raises(InputError):
        service.papers.add_list(batch, (), CLERK)
    pages = text_of(service.papers.list_pdf(rest), tmp_path)
    whole = "".join(pages)
    assert "批量办理社会保障卡明细清单" in pages[0]
    assert "大连一厂" in pages[0]
    assert len(pages) == 2
    assert all("序号" in page and "证件号码" in page for page in pages)
    assert "单位经办人签名" in pages[-1]
    for line in range(4, 61):
        assert number(line) in whole.replace(" ", "")
    assert number(1) not in whole
    sheet = cells_of(service.papers.list_sheet(rest))
    assert [row[3] for row in sheet if row[0] == "5"] == ["'=李四"]
    with pytest.raises(BatchNotFoundError):
        service.papers.list_pdf(99)


def test_exceptions_name_each_row_with_its_reason_and_no_other(window: Bench) -> None:
    wrong = good(3)
    wrong[8] = "1"
    rows = as_csv(
        [*([*good(line), "R0001"] for line in (1, 2)), [*wrong, ""]], (*HEADINGS, "照片回执码")
    )
    batch, _ = batches(window).add(NewBatch(rows, "x"), CLERK)
    decide(window, batch, RowWish(1, True), RowWish(2, False, RowReason.NOT_OF_UNIT, "已离职"))
    sheet = cells_of(batches(window).papers.exceptions(batch))
    reasons = {row[0]: row[-1] for row in sheet if row[0].isdecimal()}
    assert reasons == {"2": "不属于本单位 已离职", "3": "手机号码应为 11 位"}
    row = batches(window).row(batch, 1).head
    with window.journal.transaction("test") as change:
        refused = RowDecision(row.id, 1, S.CONFIRMED, "person-has-open-order")
        change.apply(DecideBatchRows(batch, "batch-row-moved", (refused,)))
    (told,) = (row[-1] for row in cells_of(batches(window).papers.exceptions(batch, (1,)))[-1:])
    assert told == explain("person-has-open-order").title  # words, not the code of an error
    with window.journal.transaction("test") as change:
        spoiled = RowDecision(row.id, 1, S.MAKING, RowReason.CARD_SPOILED)
        change.apply(DecideBatchRows(batch, "batch-row-moved", (spoiled,)))
    (told,) = (row[-1] for row in cells_of(batches(window).papers.exceptions(batch, (1,)))[-1:])
    assert told == "卡已作废，须重制"  # its order is over, and no other one makes the card yet
    chosen = cells_of(batches(window).papers.exceptions(batch, (3,)))
    assert [row[0] for row in chosen if row[0].isdecimal()] == ["3"]


def test_bank_and_branch_of_a_unit_keep_their_values_once_they_are_fixed(window: Bench) -> None:
    units = batches(window).units
    person = Collector(number(1), "张三", "0411-1234")
    units.put(Unit("U1", "一厂", "95533", "10712", "支行", fixed=True, collectors=(person,)), CLERK)
    with pytest.raises(UnitFixedError):
        units.put(Unit("U1", "一厂", "95533", "10713", "支行"), CLERK)
    other = Collector(number(2), "李四", "0411-1235")
    now = units.put(Unit("U1", "一厂", "95533", "10712", "支行", collectors=(other,)), CLERK)
    assert now.fixed
    assert [one.name for one in now.collectors] == ["李四"]
    with pytest.raises(IdNumberError):
        units.put(Unit("U2", "二厂", collectors=(Collector("1", "x", "1"),)), CLERK)
    with pytest.raises(BatchNotFoundError):
        units.one("U2")
