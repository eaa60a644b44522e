"""The settings that central has given to this window: what it works with, and what is on trial.

They stand in a file of their own in the state folder, beside the site's file, and replace its
values (`station.core.shared_settings` says which). A new document is taken up as another version of
the program is (`station.update`): each start with it counts an attempt, and after `MOST_ATTEMPTS`
without a good one the window has its earlier settings again. So a value that keeps the daemon from
starting, or that cuts it off from the province, costs some minutes, and never the window.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from station.core.errors import ConfigError
from station.core.fleet import Applied, SettingsOutcome
from station.core.shared_settings import digest_of
from station.text_file import write_durably

FILE: Final = "given-settings.json"
MOST_ATTEMPTS: Final = 2


@dataclass(frozen=True, slots=True)
class Document:
    """Settings, as central has given them out."""

    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class OnTrial:
    """A document that has not had a good start yet.

    Attributes:
        document: The document.
        silent: Devices that did not work before: they prove nothing against it.
        attempts: Starts so far.
    """

    document: Document
    silent: tuple[str, ...] = ()
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Given:
    """What central has given.

    Attributes:
        good: What the window works with; None for its own settings alone.
        trial: What it has been started with, or will be; None for none.
        outcome: What became of the newest document; None before any.
    """

    good: Document | None = None
    trial: OnTrial | None = None
    outcome: Applied | None = None

    @property
    def current(self) -> Document | None:
        """The document that counts now."""
        return self.good if self.trial is None else self.trial.document

    @property
    def newest(self) -> int:
        """Number of the newest document that this window knows; 0 for none."""
        told = 0 if self.outcome is None else self.outcome.revision
        return max(told, 0 if self.current is None else self.current.revision)


def read_given(state: Path) -> Given:
    """Return what central has given; nothing where it never has.

    Raises:
        ConfigError: The file is damaged.
    """
    file = state / FILE
    try:
        stored: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        good, trial, outcome = (stored[name] for name in ("good", "trial", "outcome"))
        return Given(
            good=None if good is None else Document(**good),
            trial=None
            if trial is None
            else OnTrial(Document(**trial["document"]), tuple(trial["silent"]), trial["attempts"]),
            outcome=None if outcome is None else Applied(**outcome),
        )
    except (FileNotFoundError, PermissionError):
        # Who may not read the folder can't run the station either: their commands, such as the
        # preview of a face, show the site's own settings.
        return Given()
    except (OSError, ValueError, TypeError, KeyError) as exc:
        raise ConfigError(f"{file}: {type(exc).__name__}") from exc


def take_on_trial(state: Path, document: Document, silent: tuple[str, ...]) -> None:
    """Have the next start use a document.

    Raises:
        ConfigError: The file is damaged, or can't be written; see also the others here.
    """
    _write(state, replace(read_given(state), trial=OnTrial(document, silent)))


def refuse(state: Path, document: Document, reason: str) -> None:
    """Note that a document does not fit this window."""
    told = _outcome(document, SettingsOutcome.REFUSED, reason)
    _write(state, replace(read_given(state), outcome=told))


def count_attempt(state: Path) -> Given:
    """Count a start with a document on trial, or give it up; returns what counts now.

    Raises:
        ConfigError: The file is damaged.
    """
    given = read_given(state)
    trial = given.trial
    if trial is None:
        return given
    if trial.attempts >= MOST_ATTEMPTS:
        told = _outcome(trial.document, SettingsOutcome.RETURNED, "")
        now = replace(given, trial=None, outcome=told)
    else:
        now = replace(given, trial=replace(trial, attempts=trial.attempts + 1))
    _write(state, now)
    return now


def end_trial(state: Path, revision: int) -> None:
    """Note that the start was good: the window works with these settings from now on."""
    given = read_given(state)
    if given.trial is not None and given.trial.document.revision == revision:
        document = given.trial.document
        told = _outcome(document, SettingsOutcome.APPLIED, "")
        _write(state, Given(document, None, told))


def _outcome(document: Document, outcome: SettingsOutcome, reason: str) -> Applied:
    return Applied(document.revision, digest_of(document.text), outcome.value, reason)


def _write(state: Path, given: Given) -> None:
    file = state / FILE
    try:
        write_durably(file, json.dumps(asdict(given), ensure_ascii=False, indent=1))
    except OSError as exc:  # a full disk; a caller's thread goes on, and tries again
        raise ConfigError(f"{file}: {exc.strerror}") from exc
