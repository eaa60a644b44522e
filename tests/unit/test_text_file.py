"""Files as the editors of a Chinese Windows save them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from station.core.errors import ConfigError
from station.face.template.model import load_template
from station.settings import load_settings
from station.text_file import read_text_file
from station.words import spoken

CONFIG = Path(__file__).parents[2] / "config"
TEXT = "name = '新乡市 第3窗口'\r\n"


@pytest.mark.field_case("C6")
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_unicode_with_its_mark_is_read(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "file.toml"
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    file.write_bytes((mark + TEXT).encode(encoding))
    assert read_text_file(file) == TEXT


@pytest.mark.field_case("C6")
def test_another_encoding_is_named_with_its_line_and_shows_nothing(tmp_path: Path) -> None:
    file = tmp_path / "password.txt"
    file.write_bytes(b"first\n" + "密码甲".encode("gbk"))
    with pytest.raises(ConfigError, match=r"password\.txt:2: ") as refused:
        read_text_file(file)
    assert re.search("不是 UTF-8.*GBK", spoken(str(refused.value)))
    assert "first" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.field_case("C6")
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_settings_password_and_templates_of_notepad_are_read(tmp_path: Path, encoding: str) -> None:
    def saved(source: Path, extra: str = "") -> Path:
        file = tmp_path / source.name
        file.write_bytes((source.read_text(encoding="utf-8") + extra).encode(encoding))
        return file

    password = tmp_path / "password.txt"
    password.write_bytes("geheim-7\r\n".encode(encoding))
    text = (CONFIG / "station.toml").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("password_file")]
    at = lines.index("[province]") + 1
    lines.insert(at, f"password_file = '{password}'")
    file = tmp_path / "station.toml"
    file.write_bytes("\r\n".join(lines).encode(encoding))
    assert load_settings(file).province_password() == "geheim-7"
    assert load_template(saved(CONFIG / "faces" / "henan-3.toml")).title


@pytest.mark.field_case("C6")
def test_settings_in_gbk_are_a_configuration_error_that_says_so(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    text = (CONFIG / "station.toml").read_text(encoding="utf-8")
    file.write_bytes(f"# 新乡市\n{text}".encode("gbk"))
    with pytest.raises(ConfigError, match=r"station\.toml:1: ") as refused:
        load_settings(file)
    assert "UTF-8" in spoken(str(refused.value))
