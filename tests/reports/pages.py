"""Runs tests in a browser again and again beside two busy loops.

`make test-pages-50` runs those of the operator page, `make test-browser` (`--all`) every one, over
two processes. Each run is told as it ends: a command that is stopped has shown what it had.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from typing import Final

from tests.rigs.busy import busy_pc

OPERATOR_PAGE: Final = ("tests/scenario/test_operator_page.py",)
EVERY_PAGE: Final = ("-m", "browser and not alone", "-n", "2", "--dist", "loadfile")
LONGEST: Final = 600.0  #: seconds for one run of the operator page's tests
LONGEST_OF_ALL: Final = 3600.0  #: and of every one


def main() -> int:
    """Run the tests `--runs` times; print one line of figures; 1 when any of them failed."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--runs", type=int, default=50)
    arguments.add_argument("--all", action="store_true", help="every test in a browser")
    chosen = arguments.parse_args()
    runs = chosen.runs
    tests, longest = (EVERY_PAGE, LONGEST_OF_ALL) if chosen.all else (OPERATOR_PAGE, LONGEST)
    seconds: list[float] = []
    passed = failed = 0
    with busy_pc():
        for run in range(1, runs + 1):
            began = time.monotonic()
            good, bad, text = _run_once(tests, longest)
            seconds.append(time.monotonic() - began)
            passed, failed = passed + good, failed + bad
            sys.stderr.write(f"run {run}: {good} passed, {bad} failed, {seconds[-1]:.0f} s\n")
            if bad:
                sys.stderr.write(f"run {run}:\n{text[-4000:]}\n")
    sys.stdout.write(
        f"runs {runs}, tests passed {passed}, failed {failed}, "
        f"seconds a run: median {statistics.median(seconds):.1f}, longest {max(seconds):.1f}\n"
    )
    return 1 if failed else 0


def _run_once(tests: tuple[str, ...], longest: float) -> tuple[int, int, str]:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests]
    try:
        ended = subprocess.run(
            command, capture_output=True, text=True, timeout=longest, check=False
        )
    except subprocess.TimeoutExpired:
        return 0, 1, f"not ended after {longest:g} s"
    good, bad = (
        sum(int(count) for count in re.findall(rf"(\d+) (?:{words})", ended.stdout))
        for words in ("passed", "failed|errors?")
    )
    # A run that proves nothing is a failure too: nothing collected, or pytest itself failed.
    return good, bad or int(ended.returncode != 0 or not good), ended.stdout


if __name__ == "__main__":
    sys.exit(main())
