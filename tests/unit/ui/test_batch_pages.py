"""The pages of batches, as a browser without script uses them."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any, NoReturn

import pytest

from station.access.table import PAGES
from station.core.batch_changes import NotePhotoVerdicts, PhotoVerdict
from station.core.batches import Making, PhotoState, RowState
from station.core.people import Role
from station.ui.batch_forms import typed_lines
from station.web import CSRF_HEADER
from tests.rigs.doors import SUPERVISOR, Signed, let_in
from tests.unit.api.conftest import Served, serving
from tests.unit.batches.lists import as_csv, as_xlsx, cells_of, good, number
from tests.unit.batches.rig import zip_of

FIFTEEN = "410701600101100"  # of a person whose 18-digit form begins 41070119600101100
Files = Mapping[str, tuple[str, bytes]]


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def words(page: str) -> str:
    """Return what a person reads."""
    body = page.partition("<main")[2]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def press(client: Signed, path: str, status: int = 200, **fields: Any) -> str:  # noqa: ANN401 - httpx takes any value
    answer = client.post(f"/batches{path}", data=fields)
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"].startswith("text/html")
    return answer.text


def send(
    client: Signed,
    path: str,
    files: Files,
    status: int = 200,
    **fields: Any,  # noqa: ANN401 - httpx takes any value
) -> str:
    answer = client.post(f"/batches{path}", data=fields, files=files)
    assert answer.status_code == status, answer.text
    return answer.text


def add(window: Served, rows: list[list[object]], **more: str) -> str:
    """Import a list by the page; returns the id of its batch."""
    fields: dict[str, Any] = {"request": "one", "title": "一车间", **more}
    page = send(window.client, "", {"file": ("名单.csv", as_csv(rows))}, **fields)
    (batch,) = set(re.findall(r'action="/batches/([0-9a-f]{32})/list"', page))
    return str(batch)


def read(window: Served, batch: str, part: str, **more: str) -> str:
    answer = window.client.get(f"/batches/{batch}", params={"part": part, **more})
    assert answer.status_code == 200
    return answer.text


def counts(window: Served, batch: str) -> dict[str, int]:
    return {str(state): n for state, n in window.app.state.batches.one(batch).counts.items() if n}


def ready_with_pictures(window: Served, lines: int) -> str:
    """Import rows and pictures by the page, and have the pictures checked."""
    batch = add(window, [good(line) for line in range(1, lines + 1)])
    files = {f"{number(line)}.jpg": b"picture %d" % line for line in range(1, lines + 1)}
    send(window.client, f"/{batch}/photos", {"files": ("照片.zip", zip_of(files))})
    photos = window.bench.journal.batch_photos.all(batch)
    with window.bench.journal.transaction("test") as change:
        verdicts = tuple(PhotoVerdict(one.id, PhotoState.FITS) for one in photos)
        change.apply(NotePhotoVerdicts(verdicts))
    return batch


def confirmed(window: Served, lines: int) -> str:
    batch = ready_with_pictures(window, lines)
    every = [str(line) for line in range(1, lines + 1)]
    press(window.client, f"/{batch}/decisions", act="pass", lines=every)
    return batch


def test_a_list_comes_in_faulty_rows_are_named_and_the_corrected_file_repairs_them(
    window: Served,
) -> None:
    template = window.client.get("/api/v1/batches/template.xlsx")
    assert 'href="/api/v1/batches/template.xlsx"' in window.client.get("/batches").text
    assert cells_of(template.content)
    wrong = good(2)
    wrong[4] = "410701199003074535"
    page = send(
        window.client,
        "",
        {"file": ("三月.xlsx", as_xlsx([good(1), wrong, good(3)]))},
        request="one",
        unit="U-7",
    )
    told = words(page)
    assert "新增 3 人，修改 0 人，未变 0 人，有错误 1 人。" in told
    assert "三月 U-7" in told  # named by its file
    assert "证件号码的校验位不对，请核对每一位" in told
    assert number(1) not in told  # only the faulty row is shown at first
    (batch,) = re.findall(r"/api/v1/batches/([0-9a-f]{32})/faults.xlsx", page)
    page = send(window.client, f"/{batch}/list", {"file": ("改.csv", as_csv([good(2)]))})
    assert "修改 1 人，未变 0 人，有错误 0 人。" in words(page)
    assert counts(window, batch) == {"ready": 3}
    listed = words(window.client.get("/batches").text)
    assert "三月 U-7 文件导入" in listed


def test_the_same_form_sent_twice_makes_one_batch(window: Served) -> None:
    first = add(window, [good(1)])
    assert add(window, [good(1)]) == first
    assert add(window, [good(2)], request="other") != first
    assert len(window.app.state.batches.newest()) == 2


def test_a_file_that_cannot_be_used_is_refused_and_makes_no_batch(window: Served) -> None:
    for file, code in (
        ({"file": ("x.csv", b"nothing")}, "batch-file-no-headings"),
        ({"file": ("x.xlsx", b"PK\x03\x04broken")}, "batch-file-not-a-table"),
        ({"other": ("x.csv", as_csv([good(1)]))}, "input-invalid"),
    ):
        assert code in send(window.client, "", file, 422, request="r", title="x")
    good_file = {"file": ("x.csv", as_csv([good(1)]))}
    assert "input-invalid" in send(window.client, "", good_file, 422, request="r", unit="../x")
    assert "package-damaged" in send(window.client, "/package", {"file": ("x.zip", b"x")}, 422)
    assert "data-centre-not-configured" in send(
        window.client, "/receipts", {"file": ("x.txt", b"x")}, 422
    )
    assert window.app.state.batches.newest() == []


def test_pictures_are_sent_looked_after_and_chosen(window: Served) -> None:
    batch = add(window, [good(1), good(2), good(3)])
    files = {f"{number(1)}.jpg": b"one", "other.jpg": b"loose", "x.txt": b"text"}
    page = send(window.client, f"/{batch}/photos", {"files": ("a.zip", zip_of(files))})
    assert "新照片 2 张，已有 0 张，对上名单 1 张；不是照片 1 个文件。" in words(page)
    assert "已检查 0 张，共 2 张" in words(page)
    assert "data-running" in page
    alone = {"files": (f"{number(2)}.jpg", b"two")}
    answer = window.client.post(
        f"/batches/{batch}/photos", files=alone, headers={"X-Press": "photos"}
    )
    assert answer.json() == {"added": 1, "known": 0, "matched": 1, "refused": 0}
    answer = window.client.post(
        f"/batches/{batch}/photos", files={"files": ("x.zip", b"no")}, headers={"X-Press": "photos"}
    )
    assert (answer.status_code, "压缩包不能识别" in answer.json()["told"]) == (422, True)
    told = words(read(window, batch, "photos"))
    assert "没有照片 1" in told
    assert "文件名与名单中的人对不上 1" in told
    page = window.client.get(f"/batches/{batch}/rows/3").text
    (loose,) = re.findall(r'name="photo" value="(\d+)"', page)
    page = press(window.client, f"/{batch}/rows/3/photo", photo=loose)
    assert "序号 3 的照片已选定。" in words(page)
    assert "现在的照片" in page
    progress = window.client.get(f"/batches/{batch}/photo-progress").text
    assert "共 3 张" in words(f"<main>{progress}")
    assert "<html" not in progress


def test_marked_rows_pass_and_fail_each_with_its_own_result(window: Served) -> None:
    batch = ready_with_pictures(window, 4)
    page = press(window.client, f"/{batch}/decisions", act="pass", lines=["1", "2", "77"])
    told = words(page)
    assert "已办理 2 人。没有改变 1 人，原因见下。" in told
    assert "序号 77：没有这个批次" in told
    press(window.client, f"/{batch}/decisions", act="refuse:3", reason="photo-wrong", note="闭眼")
    assert counts(window, batch) == {"ready": 1, "confirmed": 2, "refused": 1}
    told = words(read(window, batch, "confirming", state="refused"))
    assert "不通过 照片不合要求 闭眼" in told
    for fields in (
        {"act": "pass"},  # nobody is marked
        {"act": "fly", "lines": ["4"]},
        {"act": "refuse:4", "reason": "card-spoiled"},  # no reason that a person gives
        {"act": "pass:x"},
    ):
        assert "input-invalid" in press(window.client, f"/{batch}/decisions", 422, **fields)
    assert counts(window, batch) == {"ready": 1, "confirmed": 2, "refused": 1}


def test_a_person_chooses_between_the_two_forms_of_a_number(window: Served) -> None:
    rows = [good(1), good(2)]
    for line, row in enumerate(rows):
        row[4:7] = [f"{FIFTEEN[:-1]}{line}", "", ""]
    batch = add(window, rows)
    for line in (1, 2):
        files = {"files": (f"{FIFTEEN[:-1]}{line - 1}.jpg", b"picture %d" % line)}
        send(window.client, f"/{batch}/photos", files)
    for one in window.bench.journal.batch_photos.all(batch):
        with window.bench.journal.transaction("test") as change:
            change.apply(NotePhotoVerdicts((PhotoVerdict(one.id, PhotoState.FITS),)))
    told = words(press(window.client, f"/{batch}/decisions", act="pass:1", numbers=[""]))
    assert "15 位号码，须选择 15 位或 18 位" in told
    page = read(window, batch, "confirming")
    offered = re.findall(r'<option value="([12]:\d{15,17}[\dX]?)">', page)
    assert [len(one) for one in offered] == [20, 17, 20, 17]
    chosen = [offered[0], offered[3]]  # the 18-digit form of the first, the 15 of the second
    press(window.client, f"/{batch}/decisions", act="pass", lines=["1", "2"], numbers=chosen)
    assert counts(window, batch) == {"confirmed": 1, "refused": 1}


def test_a_person_reads_words_beside_the_picture_and_the_code_is_small(window: Served) -> None:
    row = good(1)
    assert row[3] == "01"
    row[7] = "3"  # a spreadsheet has lost the leading zero
    page = read(window, add(window, [row]), "confirming")
    sex = "女" if row[5] == "2" else "男"
    for told in (f"性别 {sex} {row[5]}", "民族 回族 3", "证件类型 居民身份证 01"):
        assert told in words(page)
    assert '<small class="number">01</small>' in page


def test_lists_are_printed_once_and_again_and_exceptions_are_exported(window: Served) -> None:
    batch = confirmed(window, 5)
    press(window.client, f"/{batch}/decisions", act="refuse:5", reason="not-of-unit")
    page = press(window.client, f"/{batch}/lists", typed="1-2")
    assert "打印批次号 1，共 2 人。" in words(page)
    assert 'href="/api/v1/batch-lists/1.pdf"' in page
    page = press(window.client, f"/{batch}/lists", lines=["3"])  # marked in 名单
    assert "打印批次号 2，共 1 人。" in words(page)
    assert "打印批次号 3，共 1 人。" in words(press(window.client, f"/{batch}/lists"))
    assert "input-invalid" in press(window.client, f"/{batch}/lists", 422)  # none is left
    answer = window.client.post(f"/batches/{batch}/exceptions", data={"lines": ["1", "5"]})
    assert "attachment" in answer.headers["Content-Disposition"]
    assert cells_of(answer.content)[-1][-1] == "不属于本单位"
    assert "input-invalid" in press(window.client, f"/{batch}/exceptions", 422)


def test_making_is_asked_about_started_and_paused(window: Served) -> None:
    batch = confirmed(window, 2)
    page = press(window.client, f"/{batch}/making", act="start")
    assert "开始制卡：2 人？" in words(page)
    assert window.app.state.batches.one(batch).batch.making is Making.OFF
    page = press(window.client, f"/{batch}/making", act="start", confirmed="yes")
    assert "已开始制卡。" in words(page)
    assert window.app.state.batches.one(batch).batch.making is Making.ON
    page = press(window.client, f"/{batch}/making", act="pause")
    assert "已暂停" in words(page)
    assert "继续制卡" in page
    progress = window.client.get(f"/batches/{batch}/making-progress").text
    assert 'id="count-left">2<' in progress
    none = add(window, [good(9)], request="none")
    assert "step-not-allowed" in press(
        window.client, f"/{none}/making", 409, act="start", confirmed="yes"
    )


def test_rows_are_withdrawn_after_a_question_each_with_its_own_result(window: Served) -> None:
    batch = confirmed(window, 3)
    page = press(window.client, f"/{batch}/withdrawals", lines=["1", "3"])
    assert "撤销 2 人？" in words(page)
    assert "序号 1、3。" in words(page)
    assert counts(window, batch) == {"confirmed": 3}
    page = press(window.client, f"/{batch}/withdrawals", lines=["1", "3", "9"], confirmed="yes")
    assert "序号 1：已撤销" in words(page)
    assert "序号 9：没有这个批次" in words(page)
    assert counts(window, batch) == {"confirmed": 1, "withdrawn": 2}


def test_results_leave_in_parts_once(window: Served) -> None:
    batch = confirmed(window, 2)
    press(window.client, f"/{batch}/withdrawals", lines=["1"], confirmed="yes")
    contact: dict[str, Any] = {"contact": "王芳", "phone": "0411-1234567", "request": "r-1"}
    page = press(window.client, f"/{batch}/results", **contact)
    assert "导出 1 人的结果？" in words(page)
    assert window.app.state.batches.results.all(batch) == []
    for _ in range(2):  # the same press again is the same part
        page = press(window.client, f"/{batch}/results", confirmed="yes", **contact)
        assert "第 1 部分，共 1 人，可以下载。" in words(page)
    assert f'href="/api/v1/batches/{batch}/results/1.zip"' in page
    assert "王芳 0411-1234567" in words(page)
    assert "input-invalid" in press(window.client, f"/{batch}/results", 422, contact="x")


def test_a_unit_has_bank_branch_and_two_collectors_and_is_fixed_after_a_question(
    window: Served,
) -> None:
    (bank, *_) = window.service.ledger.banks()
    unit: dict[str, Any] = {
        "number": "U-7",
        "name": "一车间",
        "bank": bank,
        "branch": "0371",
        "branch_name": "东街支行",
        "collector_name": ["李四", ""],
        "collector_number": [number(8), ""],
        "collector_phone": ["13800001111", ""],
    }
    page = press(window.client, "/units", **unit)
    assert "单位 U-7 已保存。" in words(page)
    assert number(8) not in page  # masked in the list
    page = window.client.get("/batches/units?unit=U-7").text
    assert f'value="{number(8)}"' in page
    assert "确定单位 U-7 的制卡银行和网点？" in words(
        press(window.client, "/units", **unit, fixed="yes")
    )
    assert not window.app.state.batches.units.one("U-7").fixed
    press(window.client, "/units", **unit, fixed="yes", confirmed="yes")
    assert window.app.state.batches.units.one("U-7").fixed
    page = press(window.client, "/units", 409, **{**unit, "branch": "0372", "fixed": "yes"})
    assert "unit-bank-fixed" in page
    wrong = {**unit, "collector_phone": ["x", ""]}
    page = press(window.client, "/units", 422, **wrong)
    assert 'value="李四"' in page  # what was typed stays in the form
    assert window.app.state.batches.units.one("U-7").branch == "0371"


def test_the_pages_of_a_province_without_lists_offer_none(window: Served) -> None:
    assert 'id="batch-fetch"' not in window.client.get("/batches").text
    batch = confirmed(window, 1)
    assert 'id="bank-check"' not in read(window, batch, "papers")
    for path, fields in ((f"/{batch}/bank-checks", {}), ("/province", {"number": "17"})):
        assert "province-has-no-such-service" in press(window.client, path, 409, **fields)


def test_a_form_without_its_sessions_token_does_nothing(window: Served) -> None:
    batch = add(window, [good(1)])
    wrong = {CSRF_HEADER: "wrong"}
    files = {"file": ("x.csv", as_csv([good(2)]))}
    for path in ("", f"/{batch}/list"):
        answer = window.client.post(f"/batches{path}", files=files, headers=wrong)
        assert answer.status_code == 403
    # By the field of a form with files, as a browser without script sends it.
    del window.client.headers[CSRF_HEADER]
    answer = window.client.post(f"/batches/{batch}/list", files=files)
    assert answer.status_code == 403
    token = {"csrf": window.client.session.csrf}
    assert window.client.post(f"/batches/{batch}/list", files=files, data=token).is_success
    assert counts(window, batch) == {"ready": 2}


def test_only_whoever_serves_people_sees_the_pages(window: Served) -> None:
    batch = add(window, [good(1)])
    let_in(window.doors, "tech", {Role.TECHNICIAN})
    allowed = {name: roles for name, roles in PAGES.items() if "/batches" in name}
    assert len(allowed) > 20
    assert {frozenset({Role.OPERATOR, Role.SUPERVISOR})} == set(allowed.values())
    with Signed(window.doors, "tech", base_url=window.client.base_url) as other:
        for path in ("", f"/{batch}", f"/{batch}/rows/1", "/units"):
            assert other.get(f"/batches{path}").status_code == 403
    with Signed(window.doors, SUPERVISOR, base_url=window.client.base_url) as other:
        assert other.get(f"/batches/{batch}").status_code == 200


def test_a_file_of_a_form_is_kept_in_memory(
    window: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    def to_disk(_: object) -> NoReturn:
        raise AssertionError("personal data is written to disk")

    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", to_disk)
    batch = add(window, [good(1)])
    large = {"files": (f"{number(1)}.zip", zip_of({f"{number(1)}.jpg": bytes(1_900_000)}))}
    assert "新照片 1 张" in send(window.client, f"/{batch}/photos", large)
    too_large = {"files": ("x.zip", bytes(17_000_000))}
    assert window.client.post(f"/batches/{batch}/photos", files=too_large).status_code == 413


def test_the_address_of_a_press_leads_to_the_batch(window: Served) -> None:
    batch = add(window, [good(1)])
    for press_ in ("decisions", "making", "list"):
        answer = window.client.get(f"/batches/{batch}/{press_}")
        assert (answer.status_code, answer.headers["Location"]) == (303, f"/batches/{batch}")
    for other in ("/batches/package", "/batches/receipts"):
        assert window.client.get(other).headers["Location"] == "/batches"
    assert window.client.get(f"/batches/{'0' * 32}").json()["code"] == "batch-not-found"


def test_a_long_batch_is_shown_page_by_page(window: Served) -> None:
    batch = add(window, [good(line) for line in range(1, 121)])
    seen: list[str] = []
    path = f"/batches/{batch}"
    for _ in range(3):
        page = window.client.get(path).text
        seen += re.findall(r'name="lines" value="(\d+)"', page)
        path = unescape((re.findall(r'id="rows-next" href="([^"]+)"', page) or [""])[0])
    assert seen == [str(line) for line in range(1, 121)]
    assert path == ""


@pytest.mark.parametrize(
    ("typed", "lines"),
    [
        ("", []),
        ("3", [3]),
        ("1-3，7、9;2", [1, 2, 3, 7, 9]),
        ("５－６", [5, 6]),
    ],
)
def test_rows_are_typed_as_numbers_and_ranges(typed: str, lines: list[int]) -> None:
    assert typed_lines(typed) == lines


@pytest.mark.parametrize("typed", ["x", "0", "3-1", "1-", "1-99999", "100000"])
def test_what_is_not_rows_is_refused(window: Served, typed: str) -> None:
    batch = confirmed(window, 1)
    assert "input-invalid" in press(window.client, f"/{batch}/lists", 422, typed=typed)
    assert window.app.state.batches.one(batch).counts[RowState.CONFIRMED] == 1
