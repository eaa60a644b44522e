"""What `station doctor` says of parts that need no device."""

from __future__ import annotations

import pytest

from station.cli import doctor
from station.production.views.orders import PHOTO_RULES_FACT


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
