"""The files that make an installed station a service of the PC."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from config.deployment.package import DEBIAN, PREFIX, SYSTEM_FILES
from config.deployment.udev import FILE, udev_rules

ROOT = Path(__file__).parents[3]
UNITS = ("card-station.service", "card-station-backup.service")
OK = 3.0  #: systemd's own bound of what it calls "OK"


def unit(name: str) -> configparser.RawConfigParser:
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]  # as its documentation says
    parser.read(DEBIAN / name, encoding="utf-8")
    return parser


@pytest.mark.parametrize("name", UNITS)
def test_the_units_are_exposed_no_more_than_systemd_calls_ok(name: str, tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed here")
    shutil.copyfile(DEBIAN / name, tmp_path / name)
    said = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", str(tmp_path / name)],  # noqa: S607
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    level = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert level is not None, said
    assert float(level[1]) <= OK


def test_the_daemon_is_watched_and_has_an_account_of_its_own() -> None:
    service = unit("card-station.service")["Service"]
    assert service["Type"] == "notify"
    assert float(service["WatchdogSec"]) > 0
    assert service["User"] == service["Group"] == "card-station"
    assert service["ExecStart"].startswith(f"/{PREFIX}/bin/python -m station boot")


def all_of(name: str, key: str) -> list[str]:
    """Every value of a key that a unit may give more than once, word by word."""
    text = (DEBIAN / name).read_text(encoding="utf-8")
    return " ".join(re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)).split()


def test_the_daemon_may_open_each_kind_of_device_that_the_settings_can_name() -> None:
    """USB printers, and desk devices at serial ports: of the PC, and two kinds at USB."""
    name = "card-station.service"
    serial = {"ttyS", "ttyUSB", "ttyACM"}
    allowed = {word for word in all_of(name, "DeviceAllow") if word != "rw"}
    assert allowed == {f"char-{driver}" for driver in {"usb_device"} | serial}
    assert all_of(name, "SupplementaryGroups") == ["dialout"]
    postinst = (DEBIAN / "postinst").read_text(encoding="utf-8")
    assert "adduser --quiet card-station dialout" in postinst
    # systemd allows a driver's number as it is at the start, so the driver must be loaded by then.
    for key in ("Wants", "After"):
        units = all_of(name, key)
        assert {"modprobe@usbserial.service", "modprobe@cdc_acm.service"} <= set(units)


def test_the_rules_name_every_models_usb_id() -> None:
    """Read from the TOML files alone, past the code that makes the rules."""
    wanted = set()
    for file in (ROOT / "station/drivers").glob("*/models/*.toml"):
        facts = tomllib.loads(file.read_text(encoding="utf-8"))
        if "product_id" in facts:
            wanted.add(f"0d16:{facts['product_id']:04x}")  # HiTi: one maker, many products
        elif "usb_id" in facts:
            wanted.add(facts["usb_id"])
    rules = (DEBIAN / FILE).read_text(encoding="utf-8")
    found = {
        vendor + (f":{product}" if product else "")
        for vendor, product in re.findall(
            r'ATTR\{idVendor\}=="([0-9a-f]{4})"(?:, ATTR\{idProduct\}=="([0-9a-f]{4})")?', rules
        )
    }
    assert found == wanted
    assert rules == udev_rules()


def test_every_file_of_the_package_is_there() -> None:
    for source, _, _ in SYSTEM_FILES:
        assert (DEBIAN / source).is_file(), source


@pytest.mark.parametrize("script", ["postinst", "prerm", "postrm", "station"])
def test_the_scripts_are_shell(script: str) -> None:
    subprocess.run(["sh", "-n", str(DEBIAN / script)], check=True, timeout=20)  # noqa: S607


def test_an_account_without_a_session_may_use_the_reader() -> None:
    rule = (DEBIAN / "50-card-station.rules").read_text(encoding="utf-8")
    account = unit("card-station.service")["Service"]["User"]
    assert f'subject.user == "{account}"' in rule
    for action in ("access_pcsc", "access_card"):
        assert f"org.debian.pcsc-lite.{action}" in rule
