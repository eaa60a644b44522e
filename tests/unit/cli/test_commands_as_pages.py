"""Man pages and shell completion: made from the command line, and understood by the tools."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from config.deployment.package import describe_commands
from docs.commands import COMPLETIONS, commands, completion_script, man_pages
from station.access.table import COMMANDS
from station.cli import daemon

SHOWN = sorted(set(COMMANDS) - {"boot"})  #: `boot` is for the service only and hidden


def test_each_command_is_described_on_a_page() -> None:
    pages = man_pages()
    for command in SHOWN:
        first, *rest = command.split()
        page = pages[f"station-{first}.1"].replace("\\-", "-")
        assert f"station {command}" in page if rest else f"station-{first}" in page
    assert "boot" not in pages["station.1"].replace("boot\\", "")


def test_groff_understands_every_page_and_shows_the_characters(tmp_path: Path) -> None:
    for name, text in man_pages().items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    files = [str(file) for file in sorted(tmp_path.iterdir())]
    # `-ww`: every warning, of which there is to be none.
    said = subprocess.run(
        ["groff", "-man", "-Kutf8", "-Tutf8", "-P-cbou", "-ww", *files],  # noqa: S607
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert said.stderr == ""
    assert "station printer capture [OPTIONS]" in said.stdout
    assert "制卡任务" in said.stdout
    assert daemon.OPERATOR_SECRET in said.stdout


def test_a_line_that_begins_with_a_dot_is_text() -> None:
    """`.toml` at the start of a line would be taken as a macro."""
    for text in man_pages().values():
        for line in text.splitlines():
            assert not line.startswith(("'", ".t", ".s", ".d"))


@pytest.mark.parametrize("shell", COMPLETIONS)
def test_the_package_has_the_pages_and_each_shells_completion(shell: str, tmp_path: Path) -> None:
    describe_commands(tmp_path)
    assert (tmp_path / COMPLETIONS[shell]).read_text("utf-8") == completion_script(shell)
    assert (tmp_path / "usr/share/man/man1/station-orders.1.gz").is_file()


@pytest.fixture
def path(tmp_path: Path) -> str:
    """Return a search path with the program of this environment in front."""
    program = tmp_path / "station"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m station "$@"\n', encoding="ascii")
    program.chmod(0o755)
    return f"{tmp_path}:{os.environ['PATH']}"


def completed(typed: list[str], path: str) -> list[str]:
    """Return what bash offers for the last of these words, by the script of the package."""
    words = " ".join(f"'{word}'" for word in typed)
    asked = f"""
{completion_script("bash")}
COMP_WORDS=({words}); COMP_CWORD={len(typed) - 1}
_station_completion station
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
    said = subprocess.run(
        ["bash", "-c", asked],  # noqa: S607
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
        env={**os.environ, "PATH": path},
    )
    assert said.stderr == ""
    return said.stdout.split()


def test_bash_completes_commands_and_options(path: str) -> None:
    assert set(completed(["station", ""], path)) == {one.words[-1] for one in commands().commands}
    assert completed(["station", "printer", "cap"], path) == ["capture"]
    assert "--operator" in completed(["station", "orders", "answer", "--"], path)
