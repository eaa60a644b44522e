"""Batches over the API and from the command line."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from station.access.table import API
from station.core.people import Role
from tests.unit.api.conftest import Served
from tests.unit.batches.lists import as_csv, as_xlsx, cells_of, good, number
from tests.unit.batches.rig import zip_of

PATH = "/api/v1/batches"


def file_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def add(served: Served, content: bytes, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    headers = {"Idempotency-Key": more.pop("key", "k-1")}
    body = {"file": file_of(content), "title": "一车间", **more}
    answer = served.client.post(PATH, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_list_is_filled_in_sent_corrected_and_sent_again(served: Served) -> None:
    template = cells_of(served.client.get(f"{PATH}/template.xlsx").content)
    headings = next(row for row in template if row[0] == "*序号")
    wrong = good(2)
    wrong[4] = "410701199003074535"
    rows = [[*row, *[""] * (len(headings) - len(row))] for row in (good(1), wrong)]
    made = add(served, as_xlsx(rows, headings), unit="U-7")
    batch = made["batch"]["id"]
    assert (made["added"], made["batch"]["unit"], made["batch"]["rows"]) == (2, "U-7", 2)
    (faulty,) = served.client.get(f"{PATH}/{batch}/rows?state=faulty").json()
    assert faulty["line"] == 2
    assert [one["code"] for one in faulty["faults"]] == ["id-number-check-digit"]
    report = cells_of(served.client.get(f"{PATH}/{batch}/faults.xlsx").content)
    body = {"file": file_of(as_xlsx([good(2)]))}
    assert report[-1][-1] == faulty["faults"][0]["reason"]
    corrected = served.client.post(f"{PATH}/{batch}/list", json=body).json()
    assert (corrected["changed"], corrected["batch"]["counts"]["ready"]) == (1, 2)
    assert [one["id"] for one in served.client.get(PATH).json()] == [batch]


def test_the_same_request_again_makes_no_second_batch(served: Served) -> None:
    first = add(served, as_csv([good(1)]))
    again = add(served, as_csv([good(1)]))
    assert first["batch"]["id"] == again["batch"]["id"]
    assert (again["added"], again["unchanged"]) == (0, 1)
    assert len(served.client.get(PATH).json()) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"file": "!!"}, "input-invalid"),
        ({"file": file_of(b"nothing"), "title": "x"}, "batch-file-no-headings"),
        ({"file": file_of(as_csv([good(1)])), "title": "a\u202eb"}, "input-invalid"),
        ({"file": file_of(as_csv([good(1)])), "title": "x", "unit": "../x"}, "input-invalid"),
    ],
)
def test_what_cannot_be_used_is_refused(served: Served, body: dict[str, str], code: str) -> None:
    answer = served.client.post(PATH, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert served.client.get(PATH).json() == []


def test_a_list_larger_than_other_bodies_is_taken(served: Served) -> None:
    content = as_csv([good(line) for line in range(1, 1501)])
    assert len(file_of(content)) > 64 * 1024
    assert add(served, content)["added"] == 1500


def test_only_whoever_serves_people_sees_rows() -> None:
    rows = {name: roles for name, roles in API.items() if name.startswith("GET /api/v1/batches/")}
    personal = {name for name in rows if name.endswith(("/rows", ".xlsx"))}
    for name in personal:
        assert not rows[name] & {Role.TECHNICIAN, Role.AUDITOR, Role.CENTRAL, Role.PROVINCE_PAGE}


def test_pictures_are_sent_followed_shown_and_chosen(served: Served) -> None:
    batch = add(served, as_csv([good(1), good(2)]))["batch"]["id"]
    files = {f"{number(1)}.jpg": b"one", "other.jpg": b"two"}
    body = {"file": file_of(zip_of(files))}
    taken = served.client.post(f"{PATH}/{batch}/photos", json=body).json()
    assert taken == {"added": 2, "known": 0, "matched": 1, "refused": []}
    now = served.client.get(f"{PATH}/{batch}/photos").json()
    assert (now["missing"], now["counts"]["new"]) == ([2], 2)
    (other,) = now["unmatched"]
    shown = served.client.get(f"{PATH}/{batch}/photos/{other['photo']}.jpg")
    assert (shown.content, shown.headers["Content-Type"]) == (b"two", "image/jpeg")
    assert "no-store" in shown.headers["Cache-Control"]
    choice = served.client.post(f"{PATH}/{batch}/rows/2/photo", json={"photo": other["photo"]})
    assert choice.status_code == 200
    assert served.client.get(f"{PATH}/{batch}/photos").json()["missing"] == []
    problems = cells_of(served.client.get(f"{PATH}/{batch}/photos.xlsx").content)
    assert problems[0][0].startswith("照片问题清单")
