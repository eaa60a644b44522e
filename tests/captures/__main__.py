"""`python -m tests.captures`: records the sessions that `tests/contract/test_replay.py` plays.

One for each link of each family that can be recorded, with its simulated machine: everything is
asked, one blank goes to the chip station and out. To be run when a driver is meant to send
something else than before; the changed lines of the traces then say what.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from typer.testing import CliRunner

from station.cli import app
from tests.rigs.captures import CONFIG, FOLDER, name_of, recordable, settings_of
from tests.rigs.printer import open_rig


def main() -> int:
    """Record them all; returns the exit status."""
    for case in recordable():
        file = FOLDER / name_of(case)
        file.unlink(missing_ok=True)
        for rig in open_rig(case):
            rig.printer.close()
            with tempfile.TemporaryDirectory() as state:
                env = settings_of(case, rig.address, Path(state))
                words = ["printer", "capture", "--move", "--out", str(file)]
                done = CliRunner().invoke(app, [*words, "--config", str(CONFIG)], env=env)
        sys.stdout.write(f"{file.name}: {done.output.strip()}\n")
        if done.exit_code:
            return done.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
