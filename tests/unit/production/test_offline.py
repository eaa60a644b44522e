"""Reports leave in a file and receipts come back; the data centre's side is independent code."""

from __future__ import annotations

import base64
import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from simulators.province.data_centre import RefusedFileError, known_stations
from station.core.errors import ConfigError, ParcelError
from station.core.gateways import FailedStep
from station.core.orders import WriteBackState
from station.offline import SealedOffice, sealing
from station.production.life.effects import Workbench
from station.production.services import offline
from station.words import spoken
from tests.unit.production.outage import Outage, cut_off_window, people


@pytest.fixture
def outage() -> Iterator[Outage]:
    with cut_off_window() as made:
        for number, person in enumerate(people()[:3], 1):
            made.owe(number, person)
        made.network.down = True
        yield made


def export(outage: Outage, *, again: bool = False) -> offline.ExportedReports:
    return outage.service.outbox.export("clerk", again=again)


def read(outage: Outage, content: str) -> dict[str, Any]:
    office = outage.bench.equipment.office
    assert office is not None
    pem = outage.window.folder / "station.pem"
    pem.write_text(office.station_key(), encoding="ascii")
    return outage.centre.open_file(content, known_stations([pem]))


def answer(outage: Outage, content: str) -> str:
    return outage.centre.answer(read(outage, content), outage.desk)


def take(outage: Outage, receipts: str) -> tuple[int, int, int]:
    taken = outage.service.outbox.take_receipts(receipts, "clerk")
    return taken.done, taken.refused, taken.known


def at_province(outage: Outage) -> tuple[dict[str, int], list[list[object]]]:
    with outage.store.transaction() as records:
        told = [
            [row["outcome"] for row in records.write_backs(person.id_number)]
            for person in people()[:3]
        ]
        return records.effects(), told


def sent(outage: Outage) -> int:
    with outage.store.transaction() as records:
        return records.calls().get("即制卡回盘", 0)


def refused(outage: Outage, receipts: str) -> str:
    before = [outage.journal.outbox.rows(), outage.journal.last_seq]
    with pytest.raises(ParcelError) as caught:
        take(outage, receipts)
    assert [outage.journal.outbox.rows(), outage.journal.last_seq] == before
    return caught.value.code


BOTH_IN_ORDER = [["issued", "spoiled"]] * 3


def test_what_is_owed_goes_there_and_back_in_files(outage: Outage) -> None:
    outage.live(3600.0)
    made = export(outage)
    assert (made.count, made.part) == (6, 1)
    assert take(outage, answer(outage, made.content)) == (6, 0, 0)
    assert outage.owed() == 0
    effects, told = at_province(outage)
    assert told == BOTH_IN_ORDER
    assert effects["reports_accepted"] == effects["reports_revoked"] == 3
    assert outage.journal.effects.open() == []

    outage.network.down = False
    before = outage.network.asked
    outage.live(3600.0)
    assert outage.network.asked == before
    rows = outage.journal.outbox.rows()
    assert {(row.state, row.receipt) for row in rows} == {(WriteBackState.DONE, "accepted")}
    assert outage.journal.history.verify_chain() == outage.journal.last_seq


def test_nobody_but_the_data_centre_can_read_the_file(outage: Outage) -> None:
    content = export(outage).content
    for person in people()[:3]:
        for part in (person.id_number, person.name, "62270000"):
            assert part not in content
            assert part.encode() not in base64.b64decode(content.splitlines()[1])
    reports = read(outage, content)["reports"]
    assert [(r["AAC002"], r["outcome"]) for r in reports] == [
        (person.id_number, outcome) for person in people()[:3] for outcome in ("issued", "spoiled")
    ]


def test_what_has_left_does_not_leave_again_unless_asked(outage: Outage) -> None:
    export(outage)
    with pytest.raises(ParcelError) as caught:
        export(outage)
    assert caught.value.code == "nothing-to-export"
    outage.network.down = False
    outage.owe(4, people()[3])
    outage.network.down = True
    second = export(outage)
    assert (second.count, second.part) == (2, 2)
    assert export(outage, again=True).count == 8


def test_receipts_count_once(outage: Outage) -> None:
    receipts = answer(outage, export(outage).content)
    assert take(outage, receipts) == (6, 0, 0)
    before = outage.journal.outbox.rows()
    assert take(outage, receipts) == (0, 0, 6)
    assert outage.journal.outbox.rows() == before


def test_the_same_file_twice_does_nothing_twice_at_the_province(outage: Outage) -> None:
    content = export(outage).content
    first = answer(outage, content)
    effects = at_province(outage)
    assert answer(outage, content) == first
    assert at_province(outage) == effects
    assert take(outage, answer(outage, export(outage, again=True).content))[0] == 6
    _, told = at_province(outage)
    assert told == BOTH_IN_ORDER


def test_what_got_through_online_meanwhile_is_not_doubled(outage: Outage) -> None:
    content = export(outage).content
    outage.network.down = False
    outage.live(7200.0, until_done=True)
    effects, told = at_province(outage)
    assert told == [["spoiled"]] * 3  # a success report that had not arrived is withdrawn
    receipts = answer(outage, content)
    assert take(outage, receipts) == (0, 0, 6)
    assert at_province(outage)[1] == told
    assert at_province(outage)[0]["reports_accepted"] == effects["reports_accepted"]


def test_what_the_data_centre_did_is_asked_for_before_it_is_sent(outage: Outage) -> None:
    answer(outage, export(outage).content)  # the receipts are lost on their way
    before = sent(outage)
    outage.network.down = False
    outage.live(7200.0, until_done=True)
    assert outage.owed() == 0
    assert sent(outage) == before
    assert at_province(outage)[1] == BOTH_IN_ORDER


@pytest.mark.parametrize("line", [0, 1, 2])
def test_a_changed_file_is_refused_by_the_data_centre(outage: Outage, line: int) -> None:
    lines = export(outage).content.splitlines()
    where = lines[line].index("m") if line == 0 else len(lines[line]) // 2
    other = "n" if lines[line][where] != "n" else "o"
    lines[line] = lines[line][:where] + other + lines[line][where + 1 :]
    with pytest.raises(RefusedFileError):
        read(outage, "\n".join(lines) + "\n")


def test_a_file_for_another_data_centre_is_refused(outage: Outage) -> None:
    content = export(outage).content
    outage.centre.make_keys()
    with pytest.raises(RefusedFileError, match="不是给本数据中心"):
        read(outage, content)


@pytest.mark.parametrize("line", [0, 1, 2])
def test_changed_receipts_are_refused(outage: Outage, line: int) -> None:
    lines = answer(outage, export(outage).content).splitlines()
    where = len(lines[line]) // 2
    lines[line] = (
        lines[line][:where]
        + ("A" if lines[line][where] != "A" else "B")
        + (lines[line][where + 1 :])
    )
    assert refused(outage, "\n".join(lines) + "\n") in ("parcel-forged", "parcel-damaged")


@pytest.mark.parametrize("text", ["", "x", "{}\n\n\n", "[]\nAA==\nAA==\n", "\ud800"])
def test_what_is_no_file_of_receipts_is_refused(outage: Outage, text: str) -> None:
    assert refused(outage, text) == "parcel-damaged"


def body_of(receipts: str) -> bytes:
    return base64.b64decode(receipts.splitlines()[1])


def signed_again(outage: Outage, receipts: str, header: dict[str, object], body: bytes) -> str:
    """The same receipts with something else in them, signed by the data centre itself."""
    fields = json.loads(receipts.splitlines()[0]) | header
    signed = f"{json.dumps(fields)}\n{base64.b64encode(body).decode()}\n"
    key: Any = load_pem_private_key((outage.centre.folder / "signing.pem").read_bytes(), None)
    return f"{signed}{base64.b64encode(key.sign(signed.encode())).decode()}\n"


def test_receipts_of_another_station_or_version_are_refused(outage: Outage) -> None:
    receipts = answer(outage, export(outage).content)
    for header, code in (
        ({"station": "window-9"}, "parcel-of-other-station"),
        ({"station_key": "0" * 32}, "parcel-of-other-station"),
        ({"version": 2}, "parcel-of-other-version"),
        ({"form": "card-station-reports"}, "parcel-damaged"),
    ):
        again = signed_again(outage, receipts, dict(header), body_of(receipts))
        assert refused(outage, again) == code, header


def test_one_unknown_receipt_refuses_the_whole_file(outage: Outage) -> None:
    receipts = answer(outage, export(outage).content)
    lines = json.loads(body_of(receipts))
    lines[-1]["order"] = "f" * 32
    again = signed_again(outage, receipts, {}, json.dumps(lines).encode())
    assert refused(outage, again) == "receipt-unknown"
    assert outage.owed() == 6


def test_a_receipt_for_what_never_left_is_unknown(outage: Outage) -> None:
    receipts = answer(outage, export(outage).content)
    outage.network.down = False
    newer = outage.owe(4, people()[3])
    lines = json.loads(body_of(receipts))
    lines[-1]["order"] = newer
    again = signed_again(outage, receipts, {}, json.dumps(lines).encode())
    assert refused(outage, again) == "receipt-unknown"


def test_a_refusal_names_its_reason_without_the_person_and_can_be_tried_again(
    outage: Outage,
) -> None:
    person = people()[0]
    receipts = answer(outage, export(outage).content)
    lines = json.loads(body_of(receipts))
    lines[0] |= {
        "result": "refused",
        "reason": f"{person.name}{person.id_number}批次不符 另卡6217009999999999",
    }
    again = signed_again(outage, receipts, {}, json.dumps(lines).encode())
    assert take(outage, again) == (5, 1, 0)
    order = outage.journal.orders.one(lines[0]["order"])
    assert order.hold is not None
    assert list(order.hold.details) == ["province_text"]
    assert spoken(order.hold.details["province_text"]) == "数据中心：******批次不符 另卡***"
    (dead,) = outage.journal.outbox.rows(WriteBackState.DEAD)
    assert (dead.order, dead.receipt) == (order.id, "refused")
    assert take(outage, again) == (0, 0, 6)


def test_without_a_data_centre_nothing_is_exported(outage: Outage) -> None:
    equipment = dataclasses.replace(outage.bench.equipment, office=None)
    with pytest.raises(ParcelError) as caught:
        offline.export_reports(Workbench(outage.journal, equipment), "clerk", again=False)
    assert caught.value.code == "data-centre-not-configured"


@pytest.mark.parametrize("content", ["", "no key", "both"])
def test_wrong_key_files_are_named(outage: Outage, tmp_path: Path, content: str) -> None:
    keys = tmp_path / "keys.pem"
    good = (outage.centre.folder / "data-centre.pem").read_text(encoding="ascii")
    keys.write_text(good + good if content == "both" else content, encoding="ascii")
    office = SealedOffice("m", tmp_path / "export.key", keys)
    equipment = dataclasses.replace(outage.bench.equipment, office=office)
    with pytest.raises(ConfigError, match=r"keys\.pem"):
        offline.export_reports(Workbench(outage.journal, equipment), "clerk", again=False)
    assert all(row.exported_at is None for row in outage.journal.outbox.rows())


def test_the_stations_key_stays_and_is_for_its_user_only(outage: Outage, tmp_path: Path) -> None:
    file = tmp_path / "export.key"
    office = SealedOffice("m", file, outage.centre.folder / "data-centre.pem")
    assert office.station_key() == office.station_key()
    assert file.stat().st_mode & 0o777 == 0o600


def test_each_place_where_a_card_is_spoiled_has_a_word_in_the_file() -> None:
    assert set(sealing._FAILED_STEPS) == set(FailedStep)
