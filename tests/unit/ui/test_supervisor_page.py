"""The page of the shift and the history, over HTTP, as each role sees them."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.errors import CardMismatchError
from station.core.people import Role
from tests.rigs.doors import OPERATOR, SUPERVISOR, Signed, approval, let_in
from tests.unit.api.conftest import Served, serving
from tests.unit.production.doubles import ID_NUMBER

TAG = re.compile(r"<[^>]+>")


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path) as served:
        yield served


def make_card(window: Served) -> str:
    """One card, compared by the default operator, put out and activated; returns its order."""
    order = window.client.post("/api/v1/orders", json={"id_number": ID_NUMBER}).json()["id"]
    path = f"/api/v1/orders/{order}"
    made = window.client.post(f"{path}/run?wait=30", json={"approved": True}).json()
    assert made["step"] == "released"
    done = window.client.post(f"{path}/steps/activated?wait=30").json()
    assert done["step"] == "activated"
    return str(order)


def part(page: str, title: str) -> str:
    """Return the words of the section with this title."""
    section = page[page.index(f'id="{title}"') :]
    return TAG.sub(" ", section[: section.index("</section>")])


def test_the_work_of_each_person_is_counted_until_the_shift_is_closed(window: Served) -> None:
    make_card(window)
    page = window.client.get("/supervisor").text
    row = re.search(rf"{OPERATOR}((?:\s+\d+)+)", part(page, "people-title"))
    assert row is not None
    assert row[1].split() == ["1", "1", "1", "1", "0", "0"]
    counts = {"drawer": 0, "feeder": 0}
    closing = {"Idempotency-Key": "end"}
    assert window.client.post("/api/v1/ledger/shift/close", json=counts, headers=closing).is_success
    page = window.client.get("/supervisor").text
    assert "本班还没有人办理" in part(page, "people-title")


def test_a_spoiled_card_and_its_destruction_are_decisions_of_the_shift(window: Served) -> None:
    window.bench.trap.spring("write", "after", CardMismatchError("differs"))
    order = window.client.post("/api/v1/orders", json={"id_number": ID_NUMBER}).json()["id"]
    path = f"/api/v1/orders/{order}/run?wait=30"
    assert window.client.post(path, json={"approved": True}).json()["step"] == "spoiled"
    (card,) = window.client.get("/api/v1/ledger/to-destroy").json()
    page = window.client.get("/supervisor").text
    assert f'id="destroy-{card["id"]}"' in page
    destroyed = f"/api/v1/ledger/cards/{card['id']}/destroy"
    assert window.client.post(destroyed, json={"approval": approval()}).is_success
    page = window.client.get("/supervisor").text
    decisions = part(page, "decisions-title")
    for words in (f"销毁台账号 {card['id']} 的卡", OPERATOR, SUPERVISOR):
        assert words in decisions
    assert re.search(rf"{SUPERVISOR}(?:\s+0){{5}}\s+1\b", part(page, "people-title"))
    assert SUPERVISOR in part(page, "spoiled-title")  # 已销毁, with the witness


def test_a_hand_over_that_waits_is_one_link_from_its_decision(window: Served) -> None:
    card = {"card_number": "A00000001", "id_number": ID_NUMBER, "name": "张三", "shelf": "A-1"}
    unit = {"unit": "410700123", "unit_name": "某村", "taker": "李四", "taker_phone": "138"}
    window.client.post("/custody/receive", data=card)
    window.client.post("/custody/act", data={"act": "request", "cards": "1", **unit})
    page = window.client.get("/supervisor").text
    assert "某村" in part(page, "waiting-approval-title")
    assert '<a href="/custody">去办理' in page
    with Signed(window.doors, SUPERVISOR, base_url=window.client.base_url) as other:
        other.post("/custody/decide", data={"document": "1", "approved": "yes"})
    page = window.client.get("/supervisor").text
    assert "没有等主管同意的事项" in part(page, "waiting-approval-title")


def test_the_history_is_found_by_order_person_actor_kind_and_day(window: Served) -> None:
    order = make_card(window)

    def kinds(**fields: str) -> list[str]:
        page = window.client.post("/supervisor/audit", data=fields).text
        return re.findall(r"<td>[^<]* <code>([a-z-]+)</code></td>", page)

    of_order = [event.kind for event in window.service.events_after(0, order=order)]
    assert kinds(typed=order) == of_order[::-1]
    assert kinds(typed=ID_NUMBER) == of_order[::-1]
    assert kinds(kind="approved") == ["approved"]
    assert kinds(actor=OPERATOR, kind="card-fed") == []
    assert kinds(since="2000-01-01", until="2000-01-02") == []
    assert len(kinds(since="2000-01-01")) == len(window.service.events_after(0))
    newest = window.service.events_after(0)[-1]
    page = window.client.post("/supervisor/audit", data={"verify": "yes"}).text
    assert newest.hash[:16] in page
    assert f"审计链完整：{newest.seq} 条" in page
    refused = window.client.post("/supervisor/audit", data={"since": "yesterday"})
    assert (refused.status_code, "input-invalid" in refused.text) == (422, True)


def test_papers_leave_as_pdf_and_as_a_spreadsheet(window: Served) -> None:
    order = make_card(window)
    counts = {"drawer": 3, "feeder": 0}
    closing = {"Idempotency-Key": "end"}
    window.client.post("/api/v1/ledger/shift/close", json=counts, headers=closing)
    (shift,) = window.client.get("/api/v1/ledger/shifts").json()
    base = f"/supervisor/shifts/{shift['id']}/paper"
    for path in (base, "/supervisor/spoiled/paper", "/supervisor/exceptions/paper"):
        assert window.client.get(f"{path}?form=pdf").content.startswith(b"%PDF"), path
        answer = window.client.get(f"{path}?form=xlsx")
        assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
        assert "attachment" in answer.headers["content-disposition"]
    sheet = window.client.get(f"{base}?form=xlsx").content
    told = zipfile.ZipFile(io.BytesIO(sheet)).read("xl/sharedStrings.xml").decode()
    for words in ("交班表", "实点", "账实不符", "多 3"):
        assert words in told
    for form, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
        answer = window.client.post(f"/supervisor/audit/{form}", data={"typed": order})
        assert answer.content.startswith(start)
    wide = window.client.post("/supervisor/audit/pdf", data={"actor": OPERATOR})
    assert (wide.status_code, "input-invalid" in wide.text) == (422, True)
    assert window.client.get("/supervisor/shifts/99/paper").status_code == 422


def test_a_clerk_keeps_the_stock_and_is_not_shown_what_others_did(window: Served) -> None:
    make_card(window)
    let_in(window.doors, "li.na", {Role.OPERATOR})
    with Signed(window.doors, "li.na", base_url=window.client.base_url) as clerk:
        for page in (
            clerk.get("/supervisor").text,
            clerk.get("/ui/panels?page=supervisor").json()["panels"]["duty"],
        ):
            assert "各人办理数" not in page
        assert 'action="/actions/move-stock"' in clerk.get("/supervisor").text
        assert clerk.post("/supervisor/audit").status_code == 403


def test_a_search_that_did_not_read_everything_says_so(
    window: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_card(window)
    told = "只查了最近"
    assert told not in window.client.post("/supervisor/audit", data={"actor": "nobody"}).text
    monkeypatch.setattr("station.production.services.supervision.MOST_READ", 1)
    assert told in window.client.post("/supervisor/audit", data={"actor": "nobody"}).text
