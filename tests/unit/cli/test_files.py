"""Files that commands read and write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import typer

import station.cli
from station.cli.files import file_explained, read_parcel, write_file
from station.core.errors import ParcelError

COMMANDS = Path(station.cli.__file__).parent
#: Their files are refused in other words: an option that is wrong, a folder of our own.
OTHERS = {"files.py", "face.py", "update.py"}


def test_a_file_that_cannot_be_written_is_a_line_and_no_trace(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as ended:
        write_file(tmp_path / "gone" / "receipt.pdf", b"%PDF")
    assert ended.value.exit_code == 2
    assert str(tmp_path / "gone") in capsys.readouterr().err


def test_a_written_file_has_the_content(tmp_path: Path) -> None:
    write_file(tmp_path / "receipt.pdf", b"%PDF")
    assert (tmp_path / "receipt.pdf").read_bytes() == b"%PDF"


def test_other_errors_are_not_the_files(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ours"), file_explained(tmp_path):
        raise ValueError("ours")


def test_a_parcel_in_another_code_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "parcel").write_bytes("回执".encode())
    with pytest.raises(ParcelError):
        read_parcel(tmp_path / "parcel")


def test_no_command_writes_a_file_past_this_module() -> None:
    writing = {
        file.name
        for file in COMMANDS.glob("*.py")
        if re.search(r"\.write_(bytes|text)\(", file.read_text(encoding="utf-8"))
    }
    assert writing <= OTHERS
