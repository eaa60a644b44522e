"""Prometheus' own tool, which says whether rules, figures and configurations are well formed."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path


def promtool(*arguments: str, folder: Path | None = None, text: str = "") -> str:
    """Run it; return what it found wrong, empty for nothing."""
    found = shutil.which("promtool")
    assert found, "the Debian package prometheus is not installed: make setup"
    done = subprocess.run(
        [found, *arguments],
        cwd=folder,
        input=text,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr
