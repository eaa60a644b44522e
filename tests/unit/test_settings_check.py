"""A settings file with errors: each has its line, its key and what would be right."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from station.cli import app
from station.settings_check import Finding, check_settings_file, locate_keys

ROOT = Path(__file__).parents[2]
RIGHT = (ROOT / "config/station.toml").read_text(encoding="utf-8")


@pytest.fixture(autouse=True)
def _in_the_source_tree(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


def checked(tmp_path: Path, text: str | bytes) -> list[Finding]:
    file = tmp_path / "station.toml"
    file.write_bytes(text.encode() if isinstance(text, str) else text)
    return check_settings_file(file)


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)


def test_the_file_of_the_source_tree_is_right(tmp_path: Path) -> None:
    assert checked(tmp_path, RIGHT) == []


LAST = RIGHT.rstrip().splitlines()[-1]
#: What is replaced, by what, the key that it concerns, and a part of the correct form.
CASES = [
    ("port = 8470", 'port = "acht"', "server.port", "整数"),
    ("port = 8470", "port = 70000", "server.port", "65535"),
    ("port = 8470", "prot = 8470", "server.prot", "port"),
    ('name = "window-1"', 'name = 1', "station.name", "引号"),
    ('region = "410700"', 'region = "41"', "province.region", "410700"),
    ('user = "window-1"\n', "", "province.user", "user ="),
    ('user = "window-1"', 'user = "w"\npassword = "x"', "province.password", "password_file"),
    ('family = "hiti_cs"', 'family = "hiti"', "printer.family", "hiti_cs"),
    ('model = "cs220e"', 'model = "cs221e"', "printer.model", "cs220e"),
    ('link = "usb://0d16:030a"', 'link = "tcp://10.0.0.1:9100"', "printer.link", "usb:"),
    ('profile = "ssc"', 'profile = "sbk"', "chip.profile", "ssc"),
    ('gateway = "henan"', 'gateway = "hunan"', "province.gateway", "henan"),
    ('url = "http://', 'url = "htp://', "province.url", "http://"),
    ('"config/faces/henan-3.toml"', '"config/faces/henan-9.toml"', "face.template", "路径"),
    ('bins = ["622700", "621700"]', 'bins = ["6227"]', "banks.95533.bins", "[0-9]{6}"),
    ('versions = ["3.00"]', 'versions = "3.00"', "chip.versions", "["),
    ('port = 8470', 'port = 8470\ntemplate = "x"', "server.template", "[face]"),
    ('host = "127.0.0.1"', 'host = "0.0.0.0"', "server.host", "station certificates make"),
    ('port = 8470', 'port = 8470\ncertificate = "LICENSE"', "server.certificate", "key"),
    ('port = 8470', 'key = "LICENSE"\nport = 8470\ncertificate = "LICENSE"',
     "server.certificate", "PEM"),
    ('port = 8470', 'port = 8470\nclient_ca = "ca.pem"', "server.client_ca", "路径"),
    (LAST, LAST + '\n[pin_pad]\nmodel = "x"', "pin_pad.model", "framed"),
    (LAST, LAST + '\n[pin_pad]\nlink = "tty"', "pin_pad.link", "serial:"),
    (LAST, LAST + '\n[id_reader]\nlink = "com3"', "id_reader.link", "serial:"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "key", "right"), CASES)
def test_an_error_has_its_line_its_key_and_what_would_be_right(
    tmp_path: Path, old: str, new: str, key: str, right: str
) -> None:
    assert old in RIGHT
    text = RIGHT.replace(old, new, 1)
    (found,) = checked(tmp_path, text)
    assert found.key == key
    assert right in found.right
    wanted = new.splitlines()[-1] if new else "[province]"
    assert found.line == line_of(text, wanted)


def test_all_errors_are_reported_at_once(tmp_path: Path) -> None:
    text = RIGHT.replace("port = 8470", 'port = "x"').replace('name = "window-1"', "nane = 1")
    text = text.replace('region = "410700"\n', "")
    assert [found.key for found in checked(tmp_path, text)] == [
        "station.nane", "server.port", "province.region",
    ]  # fmt: skip


def test_every_line_that_is_no_toml_is_found(tmp_path: Path) -> None:
    text = RIGHT.replace("port = 8470", "port = 八千").replace('profile = "ssc"', "profile = “ssc”")
    found = checked(tmp_path, text)
    assert [each.line for each in found] == [line_of(text, "八千"), line_of(text, "“ssc”")]
    assert "中文标点" in found[1].problem


@pytest.mark.parametrize("form", ['name = "a"\nname = "b"', "[a]\n[a]"])
def test_what_is_written_twice_is_named(tmp_path: Path, form: str) -> None:
    (found,) = checked(tmp_path, form)
    assert (found.line, found.problem) == (2, "同一项或同一节写了两次")


@pytest.mark.field_case("C6")
def test_a_gbk_file_is_named_with_its_line_and_a_mark_is_no_error(tmp_path: Path) -> None:
    (found,) = checked(tmp_path, RIGHT.encode("gbk"))
    assert found.line == line_of(RIGHT, "中国建设银行")
    assert "GBK" in found.problem
    assert "UTF-8" in found.right
    assert checked(tmp_path, RIGHT.encode("utf-8-sig")) == []


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    (found,) = check_settings_file(tmp_path / "none.toml")
    assert found.line == 0
    assert "station.toml.example" in found.right


def test_the_environment_does_not_hide_an_error_of_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STATION_SERVER__PORT", "8471")
    (found,) = checked(tmp_path, RIGHT.replace("port = 8470", 'port = "x"'))
    assert found.key == "server.port"


def test_a_text_of_several_lines_holds_no_keys() -> None:
    text = '[a]\nb = """\n[c]\nd = 1\n"""\ne.f = 2\n["g.h"]\n'
    assert locate_keys(text) == {("a",): 1, ("a", "b"): 2, ("a", "e", "f"): 6, ("g.h",): 7}


def test_the_command_prints_what_is_wrong_and_ends_with_1(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    file.write_text(RIGHT.replace("port = 8470", "prot = 8470"), encoding="utf-8")
    done = CliRunner().invoke(app, ["config", "check", str(file)])
    assert done.exit_code == 1
    assert f"{file}:{line_of(file.read_text(encoding='utf-8'), 'prot')}: server.prot" in done.output
    file.write_bytes(RIGHT.encode("utf-8-sig"))
    done = CliRunner().invoke(app, ["config", "check", str(file)])
    assert done.exit_code == 0
    assert "BOM" in done.output
