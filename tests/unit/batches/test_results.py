"""Results leave in parts, each row once; the data centre reads them with its own program."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from simulators.province.data_centre import OPENING, SIGNING, Centre
from simulators.units.results import read_result, receipt
from station.batches.confirming import RowWish
from station.batches.service import BatchService
from station.core.batches import RowReason, RowState
from station.core.errors import BatchNotFoundError, InputError, ParcelError
from station.core.units import Collector, Unit
from station.offline import SealedOffice
from tests.rigs.batches import batch_service
from tests.unit.batches.lists import cells_of, number
from tests.unit.batches.rig import CLERK, batches
from tests.unit.batches.test_making import Turns, confirmed
from tests.unit.production.doubles import Bench
from tests.unit.production.in_place import service

CONTACT = ("王芳", "0411-1234567")


class Office:
    """A window whose site has a data centre."""

    def __init__(self, window: Bench) -> None:
        self.centre = Centre(window.folder / "centre")
        self.office = SealedOffice("m", window.folder / "export.key", self.centre.make_keys())
        self.batches: BatchService = batch_service(
            window.journal, window.bench.equipment, service(window), window.folder, self.office
        )

    def read(self, content: bytes) -> dict[str, Any]:
        return read_result(content, self.centre.folder / OPENING, self.office.station_key())


def made(window: Bench, lines: int) -> str:
    batch = confirmed(window, lines)
    turns = Turns(window)
    turns.batches.making.start(batch, CLERK)
    turns.run()
    return batch


def test_what_left_in_one_part_leaves_in_no_other(window: Bench) -> None:
    batch = made(window, 2)
    rig = Office(window)
    first = rig.batches.results.export(batch, CONTACT, CLERK, request="r-1")
    assert rig.batches.results.export(batch, CONTACT, CLERK, request="r-1") == first
    with pytest.raises(InputError):
        rig.batches.results.export(batch, CONTACT, CLERK)
    rig.batches.correct(batch, _two_more(), CLERK)
    refused = RowWish(11, False, RowReason.NOT_OF_UNIT)
    rig.batches.confirming.decide(batch, [refused], CLERK)
    second = rig.batches.results.export(batch, CONTACT, CLERK)
    told = [rig.read(rig.batches.results.file(batch, part)) for part in (1, 2)]
    assert (first.part, second.part) == (1, 2)
    assert [told[0]["part"], told[0]["contact"], told[0]["count"]] == [1, list(CONTACT), 2]
    lines = [[(row["line"], row["state"]) for row in one["rows"]] for one in told]
    assert lines == [[("1", "made"), ("2", "made")], [("11", "refused")]]
    (row, _) = told[0]["rows"]
    assert (row["number"], row["name"]) == (number(1), "张三")
    assert row["card"]


def _two_more() -> bytes:
    from tests.unit.batches.lists import as_csv, good

    return as_csv([good(11), good(12)])


def test_only_the_data_centre_reads_it_and_any_program_opens_the_zip(
    window: Bench, tmp_path: Path
) -> None:
    batch = made(window, 1)
    rig = Office(window)
    rig.batches.results.export(batch, CONTACT, CLERK)
    content = rig.batches.results.file(batch, 1)
    file = tmp_path / "U1out_1.zip"
    file.write_bytes(content)
    listed = subprocess.run(
        ["/usr/bin/unzip", "-p", str(file), "result.json"], check=True, capture_output=True
    ).stdout
    assert json.loads(listed)["part"] == 1
    for secret in (number(1), "张三", CONTACT[0]):
        assert secret.encode() not in content
    with pytest.raises(ParcelError) as refused:
        batches(window).results.file(batch, 1)
    assert refused.value.code == "data-centre-not-configured"
    with pytest.raises(BatchNotFoundError):
        rig.batches.results.file(batch, 2)


def test_a_row_that_a_receipt_refuses_leaves_again(window: Bench) -> None:
    batch = made(window, 2)
    rig = Office(window)
    rig.batches.results.export(batch, CONTACT, CLERK)
    told = rig.read(rig.batches.results.file(batch, 1))
    text = receipt(told, {2: "号码不符"}, rig.centre.folder / SIGNING)
    forged = text.replace(text[:20], text[:20].swapcase())
    with pytest.raises(ParcelError):
        rig.batches.results.take_receipt(forged, CLERK)
    for _ in range(2):
        assert rig.batches.results.take_receipt(text, CLERK).refused == 1
    (first,) = rig.batches.results.all(batch)
    assert first.receipt_at is not None
    again = rig.batches.results.export(batch, CONTACT, CLERK)
    assert (again.part, again.lines) == (2, 1)
    assert rig.batches.row(batch, 2).head.state is RowState.MADE


def test_the_handover_names_the_cards_that_are_made_and_the_collectors(window: Bench) -> None:
    batch = made(window, 2)
    units = batches(window).units
    units.put(Unit("U1", "一厂", collectors=(Collector(number(9), "李四", "139"),)), CLERK)
    sheet = cells_of(batches(window).papers.handover_sheet(batch))
    rows = [row for row in sheet if row[0].isdecimal()]
    assert [(row[0], row[2]) for row in rows] == [("1", number(1)), ("2", number(2))]
    assert all(len(row[3]) == 9 for row in rows)
