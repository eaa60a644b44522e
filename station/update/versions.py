"""Which version runs, which ran before, and the trial that is under way.

Kept in the state folder, because each start counts an attempt there; the programs themselves are in
a folder of root's, so that the service's account can choose among installed versions only.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from station.core.errors import ConfigError
from station.text_file import write_durably
from station.update.release import VERSION

FILE: Final = "update.json"
CURRENT: Final = "current-version"  #: for the shell: the name of the running version alone
BASE: Final = "base"  #: the version that the package of the PC brings
FOLDER: Final = Path("/opt/card-station/versions")
GOOD, RETURNED, STAYS, ON_TRIAL = "good", "returned", "stays", "on-trial"


@dataclass(frozen=True, slots=True)
class Trial:
    """A version that has not had a good start yet.

    Attributes:
        copy: Name of the folder with the journal as it was before, inside the state folder.
        schema: Schema of that journal.
        attempts: Starts so far.
        silent: Devices that did not work before: they prove nothing against the version.
    """

    copy: str
    schema: str
    attempts: int = 0
    silent: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Versions:
    """What is chosen.

    Attributes:
        current: Runs at the next start.
        previous: Ran before it.
        trial: Of the current version; None once a start was good.
        outcome: How the last trial ended.
    """

    current: str = BASE
    previous: str = BASE
    trial: Trial | None = None
    outcome: str = field(default="")


def read_versions(state: Path) -> Versions:
    """Return what is chosen; the base where nothing ever was.

    Raises:
        ConfigError: The file is damaged.
    """
    file = state / FILE
    try:
        stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        trial = stored.pop("trial")
        if trial is not None:
            trial = Trial(**{**trial, "silent": tuple(trial["silent"])})
        chosen = Versions(**stored, trial=trial)
    except FileNotFoundError:
        return Versions()
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise ConfigError(f"{file}: {type(exc).__name__}") from exc
    if not all(
        VERSION.fullmatch(name) or name == BASE for name in (chosen.current, chosen.previous)
    ):
        raise ConfigError(f"{file}: a name that no version has")
    return chosen


def write_versions(state: Path, chosen: Versions) -> None:
    """Make a choice durable."""
    write_durably(state / FILE, json.dumps(asdict(chosen), indent=1))
    write_durably(state / CURRENT, f"{chosen.current}\n")


def end_trial(state: Path) -> None:
    """Note that the current version had a good start."""
    write_versions(state, replace(read_versions(state), trial=None, outcome=GOOD))
