"""What the journal says that it holds about people."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.batch_changes import AddBatch, AddBatchPhotos, PutBatchRows, SentPhoto, SentRow
from station.core.batches import BatchSource, RowField, RowState
from station.journal import Journal
from station.journal.personal import HeldPersonalData
from station.journal.tables import metadata
from tests.rigs.journals import journal_in

BATCH = "b" * 32
#: Table with sealed columns -> the count of its rows in the report.
COUNTED = {
    "orders": "orders",
    "write_backs": "reports",
    "attendances": "agents",
    "card_services": "services",
    "custody_cards": "custody",
    "custody_documents": "collectors",
    "custody_checks": "checks",
    "batch_rows": "batch_rows",
    "batch_photos": "batch_photos",
    "collectors": "unit_contacts",
    "batch_exports": "batch_contacts",
}
#: Sealed, and about nobody.
NOT_PERSONAL = {"webhooks", "fleet"}


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = journal_in(tmp_path)
    yield made
    made.close()


def test_every_table_with_sealed_columns_is_counted() -> None:
    sealed = {
        table.name
        for table in metadata.tables.values()
        if any(column.name.startswith("sealed_") for column in table.columns)
    }
    assert sealed == COUNTED.keys() | NOT_PERSONAL
    counts = {field.name for field in dataclasses.fields(HeldPersonalData)}
    assert set(COUNTED.values()) <= counts


def test_the_people_of_a_batch_are_counted(journal: Journal) -> None:
    row = SentRow(1, {RowField.NAME: "王建国"}, "digest", "", (), RowState.READY)
    with journal.transaction("clerk") as change:
        change.apply(AddBatch(BATCH, "", BatchSource.FILE, ""))
        change.apply(PutBatchRows(BATCH, (row,)))
        change.apply(AddBatchPhotos(BATCH, (SentPhoto("1.jpg", "c", b"jpeg", None),)))
    held = journal.personal.held()
    assert (held.batch_rows, held.batch_photos) == (1, 1)
    assert (held.orders, held.unit_contacts, held.batch_contacts) == (0, 0, 0)
    journal.close()
