"""A command imports what it needs itself, and is the same one as among all commands."""

from __future__ import annotations

import subprocess
import sys

import pytest
import typer
from typer.testing import CliRunner

from station.cli import COMMANDS, app, build_app


def names(of: typer.Typer) -> list[str]:
    return list(getattr(typer.main.get_command(of), "commands", {}))


def test_all_commands_are_there_without_one_that_is_asked_for() -> None:
    assert set(names(app)) == set(COMMANDS)
    assert set(names(build_app(["--help"]))) == set(COMMANDS)
    assert set(names(build_app(["no-such-command"]))) == set(COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_alone_is_the_same(name: str) -> None:
    alone = build_app([name, "--help"])
    assert names(alone) == [name]
    run = CliRunner().invoke
    assert run(alone, [name, "--help"]).output == run(app, [name, "--help"]).output


@pytest.mark.parametrize(
    ("name", "unneeded"),
    [
        ("config", "sqlalchemy"),
        ("certificates", "station.journal"),
        ("serve", "station.cli.orders"),
    ],
)
def test_what_another_command_needs_is_not_imported(name: str, unneeded: str) -> None:
    code = f"import sys; from station.cli import build_app; build_app(['{name}'])"
    found = subprocess.run(
        [sys.executable, "-c", f"{code}; print('{unneeded}' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert found.stdout.strip() == "False"
