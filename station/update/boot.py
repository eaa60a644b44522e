"""`station boot`: runs the chosen version in this process, or goes back to the one before."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from station.state_folder import held
from station.update.versions import BASE, FILE, FOLDER, Versions, read_versions, write_versions
from station.update.way_back import go_back

log = logging.getLogger(__name__)
MOST_ATTEMPTS: Final = 2


def choose(state: Path, folder: Path = FOLDER) -> tuple[Path, bool]:
    """Count an attempt, or go back.

    Returns:
        The Python of the version to run, and whether it is on trial.

    Raises:
        StationHeldError: A program uses the station.
        ConfigError: What was chosen can't be read or written.
    """
    if not (state / FILE).exists():
        return Path(sys.executable), False
    with held(state, "station boot"):
        chosen = _counted(state, read_versions(state), folder)
    return python_of(chosen.current, folder), chosen.trial is not None


def _counted(state: Path, chosen: Versions, folder: Path) -> Versions:
    trial = chosen.trial
    if trial is None:
        return chosen
    if trial.attempts >= MOST_ATTEMPTS or not python_of(chosen.current, folder).exists():
        extra = {"action": "version-given-up", "version": chosen.current}
        log.error("the version had no good start", extra=extra)
        return go_back(state, chosen)
    counted = replace(chosen, trial=replace(trial, attempts=trial.attempts + 1))
    write_versions(state, counted)
    return counted


def python_of(version: str, folder: Path = FOLDER) -> Path:
    """Return the Python of a version; that of this very program for the base."""
    return Path(sys.executable) if version == BASE else folder / version / "bin" / "python"


def run(python: Path, arguments: Sequence[str]) -> None:
    """Become the service of that version. Does not return."""
    # -P: a folder named `station` where the service happens to start is not the program.
    os.execv(python, [str(python), "-P", "-m", "station", *arguments])  # noqa: S606
