"""What `station doctor` says of parts that need no device."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.cli import doctor
from station.production.life.desk_equipment import DeskEquipment
from station.production.views.orders import PHOTO_RULES_FACT
from tests.rigs.desk import MODULE, Desk, finished_card
from tests.unit.production.doubles import ID_NUMBER, production_data


class RunningDaemon:
    """Answers as a window without scikit-image does."""

    def get(self, path: str) -> dict[str, object]:
        province = {
            "name": "province",
            "ok": True,
            "address": "http://province.example",
            "state": "up",
            "problems": [],
            "facts": {PHOTO_RULES_FACT: "没有安装 scikit-image"},
        }
        return {"version": "1", "devices": [province], "owed": [], "asked": path}


def test_photo_rules_that_are_not_checked_are_a_finding() -> None:
    found = {finding.what: finding for finding in doctor._through(RunningDaemon())}  # type: ignore[arg-type]
    assert not found["照片软规则"].ok
    assert "没有安装 scikit-image" in found["照片软规则"].said
    assert "card-station[photo]" in found["照片软规则"].remedy


@pytest.mark.parametrize(("unchecked", "ok"), [("", True), ("没有安装 scikit-image", False)])
def test_checked_rules_are_none(unchecked: str, ok: bool) -> None:
    assert doctor._photo_rules(unchecked).ok is ok


def test_the_devices_of_the_desk_are_looked_at(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    card = finished_card(production_data(ID_NUMBER).chip)
    equipment = desk.insert(card).equipment
    found = list(doctor._desk(equipment))
    assert [(finding.what, finding.ok) for finding in found] == [
        ("身份证阅读器", True),
        ("桌面读卡器", True),
        ("密码键盘", True),
    ]
    assert MODULE in found[0].said
    desk.pad.broken = True
    (reader, pad) = list(doctor._desk(desk.start(id_reader=None).equipment))
    assert (reader.ok, pad.ok) == (True, False)
    assert "pin-pad-silent" in pad.said
    assert list(doctor._desk(DeskEquipment())) == []
    desk.bench.journal.close()
