"""Runs the operator page's tests again and again beside two busy loops: `make test-pages-50`."""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from typing import Final

from tests.rigs.busy import busy_pc

TESTS: Final = "tests/scenario/test_operator_page.py"
LONGEST: Final = 600.0  #: seconds for one run


def main() -> int:
    """Run the tests `--runs` times; print one line of figures; 1 when any of them failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=50)
    runs = arguments.parse_args().runs
    seconds: list[float] = []
    passed = failed = 0
    with busy_pc():
        for run in range(1, runs + 1):
            began = time.monotonic()
            good, bad, text = _run_once()
            seconds.append(time.monotonic() - began)
            passed, failed = passed + good, failed + bad
            if bad:
                sys.stderr.write(f"run {run}:\n{text[-4000:]}\n")
    sys.stdout.write(
        f"runs {runs}, tests passed {passed}, failed {failed}, "
        f"seconds a run: median {statistics.median(seconds):.1f}, longest {max(seconds):.1f}\n"
    )
    return 1 if failed else 0


def _run_once() -> tuple[int, int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", TESTS]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return 0, 1, f"not ended after {LONGEST:g} s"
    good, bad = (
        sum(int(count) for count in re.findall(rf"(\d+) (?:{words})", ended.stdout))
        for words in ("passed", "failed|errors?")
    )
    # A run that proves nothing is a failure too: nothing collected, or pytest itself failed.
    return good, bad or int(ended.returncode != 0 or not good), ended.stdout


if __name__ == "__main__":
    sys.exit(main())
