"""Each import contract of pyproject.toml is broken once on purpose, and must be reported."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"][
    "importlinter"
]["contracts"]

#: Contract -> (module to write into, the import that breaks it).
BREAKS = {
    "layers": ("station/core/printing.py", "import station.journal"),
    "codecs-are-pure": ("station/encoder/tlv.py", "import socket"),
    "only-the-driver-touches-the-world": ("station/drivers/hiti_cs/planes.py", "import time"),
    "only-the-client-touches-the-network": ("station/gateways/henan/codec.py", "import httpx"),
    "families-independent": (
        "station/drivers/copied/__init__.py",
        "import station.drivers.hiti_cs",
    ),
    "kit-knows-core-only": ("station/drivers/kit/line.py", "import station.text_file"),
    "profiles-independent": (
        "station/encoder/profiles/copied/__init__.py",
        "import station.encoder.profiles.ssc",
    ),
    "gateways-independent": (
        "station/gateways/copied/__init__.py",
        "import station.gateways.henan",
    ),
    "no-sim-in-product": ("station/production/machine/engine.py", "import simulators.machine"),
    "sim-shares-codecs-only": ("simulators/world.py", "import station.drivers.hiti_cs.driver"),
    "simulated-things-independent": (
        "simulators/province/hsm.py",
        "import simulators.cards.ssc",
    ),
    "work-has-no-texts": ("station/production/life/settlement.py", "import station.words"),
    "rooms-of-production": (
        "station/production/life/effects.py",
        "import station.production.machine.engine",
    ),
    "workflow-knows-interfaces": (
        "station/production/life/workflow.py",
        "import station.drivers.hiti_cs",
    ),
    "commands-wire-nothing": ("station/cli/face.py", "import station.drivers"),
    "central-drives-nothing": ("station/central/wall.py", "import station.journal"),
    "one-home-sqlalchemy": ("station/production/services/service.py", "import sqlalchemy"),
    "one-home-fastapi": ("station/production/services/service.py", "import fastapi"),
    "one-home-prometheus": ("station/production/services/service.py", "import prometheus_client"),
    "one-home-devices": ("station/encoder/session.py", "import smartcard.scard"),
}


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    copy = tmp_path_factory.mktemp("tree")
    for package in ("station", "simulators"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / package, copy / package, ignore=ignored)
    shutil.copy(ROOT / "pyproject.toml", copy)
    return copy


def lint(tree: Path, contract: str) -> tuple[int, str]:
    command = [
        sys.executable,
        "-c",
        "from importlinter.cli import lint_imports_command; lint_imports_command()",
        "--contract",
        contract,
    ]
    done = subprocess.run(
        command,
        cwd=tree,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_every_contract_is_broken_below() -> None:
    assert {contract["id"] for contract in CONTRACTS} == set(BREAKS)


@pytest.mark.parametrize("contract", CONTRACTS, ids=lambda contract: str(contract["id"]))
def test_a_contract_that_is_broken_is_reported(tree: Path, contract: dict[str, str]) -> None:
    report_break(tree, contract, *BREAKS[contract["id"]])


def test_the_kit_may_not_know_a_family(tree: Path) -> None:
    contract = next(each for each in CONTRACTS if each["id"] == "families-independent")
    report_break(tree, contract, "station/drivers/kit/line.py", "import station.drivers.evolis")


def report_break(tree: Path, contract: dict[str, str], place: str, line: str) -> None:
    """Break one contract and see that it is reported."""
    module = tree / place
    was = module.read_text(encoding="utf-8") if module.exists() else None
    module.parent.mkdir(exist_ok=True)
    module.write_text(f"{was or ''}\n{line}\n", encoding="utf-8")
    try:
        status, said = lint(tree, contract["id"])
    finally:
        if was is None:
            shutil.rmtree(module.parent)
        else:
            module.write_text(was, encoding="utf-8")
    assert status == 1, said
    assert f"{contract['name']} BROKEN" in " ".join(said.split()), said


def test_a_new_package_that_nobody_placed_is_reported(tree: Path) -> None:
    added = tree / "station" / "newcomer.py"
    added.write_text('"""Nobody said where this belongs."""\n', encoding="utf-8")
    try:
        status, said = lint(tree, "layers")
    finally:
        added.unlink()
    assert status == 1, said
    assert "newcomer" in said
