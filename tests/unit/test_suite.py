"""The suite itself: what a module shares is made once, however the tests are spread."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

MODULE = """
import os, pathlib, pytest

@pytest.mark.parametrize("number", range(6))
def test_one(number):
    with pathlib.Path(os.environ["WORKERS_SEEN"]).open("a") as seen:
        seen.write(f"{__name__} {os.environ['PYTEST_XDIST_WORKER']}\\n")
"""
MAKEFILE = Path(__file__).parents[2] / "Makefile"


def test_all_tests_of_a_module_run_in_one_process(tmp_path: Path) -> None:
    command = re.search(r"\$\(PY\) -m pytest (.*)", MAKEFILE.read_text(encoding="utf-8"))
    assert command is not None
    for name in ("one", "two", "three"):
        (tmp_path / f"test_{name}.py").write_text(MODULE, encoding="utf-8")
    seen = tmp_path / "seen"
    environment = {**os.environ, "WORKERS_SEEN": str(seen)}
    for name in ("PYTEST_XDIST_WORKER", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS"):
        environment.pop(name, None)
    subprocess.run(
        [sys.executable, "-m", "pytest", *command[1].split(), "-q", str(tmp_path)],
        cwd=tmp_path,
        env=environment,
        stdout=subprocess.DEVNULL,
        timeout=100,
        check=True,
    )
    lines = seen.read_text(encoding="utf-8").splitlines()
    assert len(lines) == 18
    assert len(set(lines)) == 3, "a module was run in two processes"
