"""The `station` command beside a running daemon, and without one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from simulators.child import ROOT
from simulators.world import PASSWORD, World
from tests.scenario.conftest import Window, data_centre


def station(world: World, *arguments: str, piped: str = "") -> tuple[int, str]:
    port = world.station_page.rpartition(":")[2]
    environment = {
        **os.environ,
        "STATION_PROVINCE__PASSWORD": PASSWORD,
        "STATION_SERVER__PORT": port,
        **world.pcsc_environment,
    }
    done = subprocess.run(
        [sys.executable, "-m", "station", *arguments, "--config", str(world.config)],
        cwd=ROOT,
        env=environment,
        input=piped,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_doctor_says_that_all_is_there(window: Window) -> None:
    status, said = station(window.world, "doctor")
    assert status == 0, said
    assert "✘" not in said
    for word in ("制卡机", "读卡器", "省卡管", "流水库"):
        assert word in said


def test_doctor_names_each_missing_thing_with_its_remedy(window: Window) -> None:
    window.world.machine("pull the printer cable")
    window.world.province("go down")
    status, said = station(window.world, "doctor")
    assert status == 1
    assert "printer-not-connected" in said
    assert "province-unavailable" in said
    assert said.count("处理") == 2


def test_one_card_from_the_command_line(window: Window) -> None:
    status, said = station(window.world, "make", window.id_number, "--yes")
    assert status == 0, said
    assert json.loads(said)["step"] == "released"
    status, said = station(window.world, "ledger", "--json")
    assert status == 0, said
    assert json.loads(said)[-1]["fate"] == "issued"
    station(window.world, "ledger", "close-shift", "--drawer", "3", "--feeder", "3")
    status, said = station(window.world, "ledger", "shifts")
    assert status == 0, said
    assert "实点 3 张" in said
    status, said = station(window.world, "audit", "verify")
    assert status == 0, said
    assert window.id_number not in station(window.world, "orders")[1]


def simulator(*arguments: object) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "simulators", "data-centre", *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_report_goes_to_the_data_centre_in_a_file_and_the_card_comes_out(
    window: Window, tmp_path: Path
) -> None:
    world, centre = window.world, data_centre(window.world.folder)
    assert simulator("keys", centre)[0] == 0
    for operation in ("即制卡回盘", "查询回盘"):
        world.province("answer with a fault", operation=operation, calls=0)
    window.accept()
    assert window.run_to_release()["step"] == "encoded"

    status, said = station(world, "write-backs", "export", str(tmp_path / "回盘.txt"))
    assert status == 0, said
    assert "已导出 1 条" in said
    (exported,) = tmp_path.glob("回盘_*.txt")
    assert window.id_number not in exported.read_text(encoding="ascii")
    status, said = station(world, "write-backs", "export", str(tmp_path / "回盘.txt"))
    assert (status, "nothing-to-export" in said) == (1, True), said

    key, receipts = tmp_path / "station.pem", tmp_path / "receipts.txt"
    key.write_text(station(world, "write-backs", "key")[1], encoding="ascii")
    status, said = simulator(
        "read", exported, "--folder", centre, "--station", key, "--receipts", receipts,
        "--database", world.folder / "province.db", "--user", "window-1", "--password", PASSWORD,
    )  # fmt: skip
    assert status == 0, said
    for expected in ("回盘完成 1", "早已办结 1"):
        status, said = station(world, "write-backs", "import", str(receipts))
        assert (status, expected in said) == (0, True), said
    assert window.wait_for_step("released")["problem"] is None
    world.province("behave")
    tampered = receipts.read_text(encoding="ascii").replace("window", "windov")
    receipts.write_text(tampered, encoding="ascii")
    status, said = station(world, "write-backs", "import", str(receipts))
    assert (status, "parcel-forged" in said) == (1, True), said


def test_a_card_is_served_at_the_chip_beside_the_running_daemon(window: Window) -> None:
    world, new_pin = window.world, "86420975"
    window.accept()
    view = window.press("data-ready", "approved", "fed", "encoded")
    before = world.province_observer()["effects"]["secure_messages"]
    # The three steps of 人社信息函〔2016〕38号 through the province's HSM: 0090, then 0173.
    assert station(world, "chip", "reload-pin", piped=new_pin) == (0, "密码已重置\n")
    assert station(world, "chip", "verify-pin", piped=new_pin) == (0, "密码正确\n")
    assert world.province_observer()["effects"]["secure_messages"] == before + 1
    status, said = station(world, "chip", "read", "--national")
    assert status == 0, said
    assert said.split("|")[1:4] == [
        window.id_number,
        view["chip"]["AAZ500"],
        view["chip"]["AAZ501"],
    ]
    logs = "".join(path.read_text(encoding="utf-8") for path in world.folder.glob("*.log"))
    assert new_pin not in logs


def test_a_wrong_settings_file_is_refused_by_file_and_key(window: Window) -> None:
    good = window.world.config.read_text(encoding="utf-8")
    window.world.config.write_text(good + "\n[printer2]\nlink = 1\n", encoding="utf-8")
    try:
        status, said = station(window.world, "doctor")
    finally:
        window.world.config.write_text(good, encoding="utf-8")
    assert status == 1
    assert "printer2" in said
    assert str(window.world.config) in said


def test_a_daemon_that_is_told_to_end_gives_everything_back(window: Window) -> None:
    state = window.world.folder / "state"
    assert (state / "journal.db-wal").exists()
    window.world.stop_station()
    try:
        # SQLite takes its log away when the last connection is closed in good order.
        assert not (state / "journal.db-wal").exists()
        assert "Traceback" not in (window.world.folder / "station.log").read_text(encoding="utf-8")
    finally:
        window.world.start_station()
