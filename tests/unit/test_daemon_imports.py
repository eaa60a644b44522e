"""What the daemon never loads: it decodes and draws nothing, and is small because of that."""

from __future__ import annotations

import subprocess
import sys

#: What only the picture process, a command or a rare request needs.
ELSEWHERE = ("PIL", "fpdf", "numpy", "openpyxl", "xlsxwriter")


def test_the_daemon_starts_without_what_draws() -> None:
    look = (
        "import sys, station.bootstrap, station.api.server;"
        f"print(sorted(set({ELSEWHERE}) & set(sys.modules)))"
    )
    found = subprocess.run(
        [sys.executable, "-c", look], capture_output=True, text=True, check=True, timeout=100
    )
    assert found.stdout.strip() == "[]"
