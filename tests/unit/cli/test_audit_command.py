import sqlite3
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from station.cli import app
from station.core.changes import AddOrder
from station.core.orders import OrderReason
from tests.rigs.journals import journal_in

SETTINGS = """
[station]
name = "窗口一"
state_dir = "{folder}"
[province]
url = "http://127.0.0.1:9/"
user = "u"
region = "410700"
[banks.95533]
name = "b"
bins = ["622700"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    journal = journal_in(tmp_path)
    for number in range(3):
        with journal.transaction("clerk") as change:
            change.apply(
                AddOrder(
                    f"{number:032x}",
                    machine="m",
                    reason=OrderReason.NEW,
                    id_number=f"41070119900307{number:04d}",
                    previous=None,
                )
            )
    journal.close()
    file = tmp_path / "station.toml"
    file.write_text(SETTINGS.format(folder=tmp_path), encoding="utf-8")
    return file


def run(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, ["audit", *words, "--config", str(config)])


def break_chain(config: Path) -> None:
    raw = sqlite3.connect(config.parent / "journal.db")
    raw.execute("DROP TRIGGER events_no_update")
    raw.execute("UPDATE events SET actor = 'other' WHERE seq = 2")
    raw.commit()
    raw.close()


def test_a_whole_chain_is_counted_and_a_broken_one_named_by_its_place(config: Path) -> None:
    whole = run(config, "verify")
    assert (whole.exit_code, whole.output) == (0, "审计链完整：3 条\n")
    break_chain(config)
    broken = run(config, "verify")
    assert broken.exit_code == 1
    assert "审计链断开" in broken.output
    assert "event 2" in broken.output


def test_the_history_is_exported_even_when_its_chain_is_broken(config: Path) -> None:
    file = config.parent / "audit.xlsx"
    done = run(config, "export", "--xlsx", str(file))
    assert (done.exit_code, "已导出 3 条" in done.output) == (0, True), done.output
    assert file.read_bytes()[:2] == b"PK"
    break_chain(config)
    done = run(config, "export", "--xlsx", str(file))
    assert (done.exit_code, "审计链断开" in done.output) == (1, True), done.output


def test_days_are_local_days_and_a_file_must_be_named(config: Path) -> None:
    file = str(config.parent / "audit.xlsx")
    assert "已导出 0 条" in run(config, "export", "--xlsx", file, "--until", "2020-01-01").output
    assert "已导出 3 条" in run(config, "export", "--xlsx", file, "--since", "2020-01-01").output
    nothing = run(config, "export")
    assert nothing.exit_code == 2
    assert "--pdf" in nothing.output


def test_a_folder_that_is_not_there_is_named(config: Path) -> None:
    done = run(config, "export", "--xlsx", str(config.parent / "none" / "a.xlsx"))
    assert done.exit_code == 2
    assert str(config.parent / "none" / "a.xlsx") in done.output
