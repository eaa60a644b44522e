"""The form of `station setup --page` proves what it says, and writes only what a start accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.cli.doctor import Finding
from station.first_start import page as pages
from station.first_start import proofs
from station.first_start.page import LABELS, SetupPage
from station.plain_server import Asked
from station.settings import Settings, load_settings

SECRET = "a password <&>"  # noqa: S105 - of a test
FORM = {
    "name": "window-<3>",
    "printer": "usbip://127.0.0.1:1",
    "model": "hiti_cs/cs220e",
    "reader": "vpcd:1",
    "gateway": "henan",
    "url": "http://127.0.0.1:1/x",
    "user": "w",
    "password": SECRET,
    "region": "410700",
    "template": "-",
    "photo_profile": "",
    "banks": "95533,中国建设银行,622700",
}


@pytest.fixture
def page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SetupPage:
    monkeypatch.setattr(pages, "found_printers", list)
    monkeypatch.setattr(pages, "found_readers", lambda: (["pcsc:Reader <1>"], None))
    monkeypatch.setenv("STATION_STATION__STATE_DIR", str(tmp_path / "state"))
    return SetupPage(tmp_path / "station.toml")


def test_every_field_is_asked_and_what_is_found_is_offered(page: SetupPage) -> None:
    shown = page.answer(Asked("/")).text
    for name in (*LABELS, "banks"):
        assert f'name="{name}"' in shown
    assert "pcsc:Reader &lt;1&gt;" in shown


def test_a_try_says_what_each_device_answered_and_writes_nothing(
    page: SetupPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def province(settings: Settings) -> Finding:
        seen.append(settings.province_password())
        return Finding("省卡管", False, "没有应答", "看网线")

    monkeypatch.setattr(proofs, "prove_printer", lambda _: Finding("制卡机", True, "好"))
    monkeypatch.setattr(proofs, "prove_reader", lambda _: Finding("读卡器", True, "在"))
    monkeypatch.setattr(proofs, "prove_province", province)
    shown = page.answer(Asked("/", {**FORM, "act": "prove"})).text
    assert "✔ 制卡机：好" in shown
    assert "✘ 省卡管：没有应答" in shown
    assert "看网线" in shown
    assert "window-&lt;3&gt;" in shown
    assert seen == [SECRET]
    assert "a password" not in shown
    assert not (tmp_path / "station.toml").exists()


def test_it_writes_and_then_checks_the_whole_window(
    page: SetupPage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    silent = [Finding("配置", True, ""), Finding("制卡机", False, "没有应答", "看电源")]
    monkeypatch.setattr(pages, "examine", lambda _: silent)
    shown = page.answer(Asked("/", {**FORM, "act": "save"})).text
    settings = load_settings(tmp_path / "station.toml")
    assert settings.station.name == "window-<3>"
    assert settings.province_password() == SECRET
    assert "✔ 配置" in shown
    assert "✘ 制卡机" in shown
    assert "station setup" in shown


@pytest.mark.parametrize(
    ("wrong", "told"),
    [({"banks": "x"}, "95533,中国建设银行"), ({"region": "1"}, "province.region")],
)
def test_a_wrong_answer_is_said_and_kept_in_the_form(
    page: SetupPage, tmp_path: Path, wrong: dict[str, str], told: str
) -> None:
    shown = page.answer(Asked("/", {**FORM, **wrong, "act": "save"})).text
    assert told in shown
    assert "window-&lt;3&gt;" in shown
    assert not (tmp_path / "station.toml").exists()
