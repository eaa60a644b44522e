"""Every page and every reading operation still answers when all that is over has been erased.

A card may lie at the window for longer than its holder's data is kept, a row of a batch or a paper
of the store likewise. One row without a person must not take the whole page away.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.batch_changes import EraseBatch
from station.core.changes import EraseCardService, ErasePerson
from station.core.custody_changes import EraseCustody
from station.journal import Journal
from tests.rigs.all_pages import VIEWS, AllPages, View
from tests.unit.api.conftest import serving

PANELS = ("operator", "diagnostics", "trace", "supervisor")


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AllPages]:
    folder: Path = tmp_path_factory.mktemp("erased")
    with serving(folder) as served:
        made = AllPages(served, folder)
        erase_what_is_over(served.bench.journal)
        yield made


def erase_what_is_over(journal: Journal) -> None:
    """Erase as the station does when the days of everything that has ended are over."""
    later = dt.datetime.now(dt.UTC) + dt.timedelta(days=1)
    orders = journal.personal.due(later, 1e9, 100)
    assert orders
    with journal.transaction("station") as change:
        change.apply(*(ErasePerson(order, 30) for order in orders))
        services = journal.card_services.due(later, 1e9, 100)
        change.apply(*(EraseCardService(service, 30) for service in services))
        custody = journal.custody.due(later, 1e9, 100)
        change.apply(*(EraseCustody(table, row, 30) for table, row in custody))
        batches = journal.batches.due(later, 1e9, 100)
        change.apply(*(EraseBatch(batch, 30) for batch in batches))


def test_a_made_card_that_waits_is_one_of_them(window: AllPages) -> None:
    order = window.served.bench.journal.orders.one(window.made)
    assert order.erased_at is not None
    assert f'id="waiting-{window.made}"' in window.served.client.get("/?order=").text


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_every_page_opens(window: AllPages, view: View) -> None:
    answer = window.served.client.get(view.path(window), follow_redirects=False)
    assert answer.status_code in (200, 303), answer.text[:400]


@pytest.mark.parametrize("page", PANELS)
def test_every_page_is_read_again(window: AllPages, page: str) -> None:
    for order in ("", window.made, window.asked):
        answer = window.served.client.get("/ui/panels", params={"page": page, "order": order})
        assert answer.status_code == 200, answer.text[:400]


def test_every_reading_operation_answers(window: AllPages) -> None:
    known = {"order": window.made, "batch": window.batch, "side": "front"}
    answers = {}
    for path, operations in window.served.app.openapi()["paths"].items():
        if "get" not in operations or path.endswith("/events"):
            continue  # what streams never ends
        filled = re.sub(r"\{(\w+)\}", lambda name: known.get(name[1], "1"), path)
        answers[path] = window.served.client.get(filled).status_code
    assert len(answers) > 40
    assert {path: status for path, status in answers.items() if status >= 500} == {}
