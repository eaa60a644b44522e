"""`make demo ONCE=1` as a person starts it: one JSON line at the end, and nothing left running."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image

from simulators.__main__ import main
from simulators.child import ROOT
from simulators.pcsc_service import pcsc_can_run, why_pcsc_cannot_run


def demo(folder: Path, *options: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "simulators", "demo", "--once", "--speed", "0"]
    with subprocess.Popen(
        [*command, "--folder", str(folder), *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            out, errors = started.communicate(timeout=100)
        finally:
            started.terminate()  # it stops what it has started; killed, it could not
    assert started.returncode == 0, out + errors
    last = out.strip().splitlines()[-1]
    return dict(json.loads(last))


def left_running(folder: Path) -> list[str]:
    lines = (
        " ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"])
    )
    return [line for line in lines if str(folder) in line]


def test_a_printer_that_prints_only_the_front_is_shown_with_its_template(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    chosen = ("--model", "evolis-zenius", "--province", "henan", "--template", "henan-3-front")
    report = demo(folder, "--without-pcsc", *chosen)
    assert report["state"] == "released"
    assert report["effects"]["prints"] == 1
    assert not (folder / "preview-back.png").exists()
    assert left_running(folder) == []


@pytest.mark.parametrize(
    ("option", "known"),
    [
        ("--model", "evolis-zenius"),
        ("--province", "henan"),
        ("--cards", "ssc"),
        ("--template", "henan-3-front"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, option: str, known: str
) -> None:
    assert main(["demo", option, "none", "--folder", str(tmp_path / "demo")]) == 2
    said = capsys.readouterr().out
    assert "none" in said
    assert known in said


@pytest.mark.parametrize("chip", ["pcsc", "vpcd"])
def test_the_demo_makes_one_card_and_leaves_nothing_running(tmp_path: Path, chip: str) -> None:
    assert pcsc_can_run(), why_pcsc_cannot_run()
    folder = tmp_path / "demo"
    report = demo(folder, *(["--without-pcsc"] if chip == "vpcd" else []))
    assert report["state"] == "released"
    assert set(report["holder"]) == {"AAC002", "AAC003"}
    assert set(report["chip"]) == {"AAZ501", "AAZ507", "AAZ500", "bank_number_masked"}
    assert "*" in report["chip"]["bank_number_masked"]
    assert report["effects"] == {
        "feeds": 1,
        "chip_writes": 1,
        "reports": 1,
        "prints": 1,
        "releases": 1,
    }
    assert report["links"]["printer"].startswith("usbip://")
    assert report["links"]["chip"].startswith(f"{chip}:")
    assert report["links"]["province"].startswith("http://")
    assert 30 < report["device_seconds"] < 60
    for side in ("front_png", "back_png"):
        with Image.open(report[side]) as picture:
            assert picture.size == (1014, 642)
    assert left_running(folder) == []
