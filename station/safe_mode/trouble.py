"""What keeps the station from starting, with its remedy, for a person."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from station.core.errors import ConfigError, StationError
from station.settings import Settings
from station.settings_check import Finding, check_settings_file
from station.text_file import read_text_file
from station.words import OperatorText, explain, spoken, text

#: Where the installed timer writes its backups.
BACKUPS: Final = Path("/var/backups/card-station")
#: Codes of a journal whose remedy is a backup.
RESTORABLE: Final = frozenset(
    {"journal-failed", "journal-damaged", "journal-gone", "seal-key-missing", "seal-key-wrong"}
)
MOST_BACKUPS: Final = 5


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why there is no station.

    Attributes:
        code: Of the error.
        told: Title, cause and steps for a person.
        message: The error's own words, without personal data.
        findings: Errors of the settings file, each with its line.
        remedies: Commands that a technician may run, each after what it does.
        port: Where the page is served.
    """

    code: str
    told: OperatorText
    message: str
    findings: tuple[Finding, ...]
    remedies: tuple[tuple[str, str], ...]
    port: int


def find_trouble(error: Exception, config: Path, backups: Path = BACKUPS) -> Trouble:
    """Return what a start that ended with `error` says about the files of this window."""
    is_ours = isinstance(error, StationError)
    code = error.code if isinstance(error, StationError) else StationError.code
    details = error.details if isinstance(error, StationError) else {}
    is_config = isinstance(error, ConfigError)
    findings = tuple(check_settings_file(config)) if is_config else ()
    # The text of an unknown error may quote data; its kind does not.
    message = spoken(str(error)) if is_ours else type(error).__name__
    return Trouble(
        code,
        explain(code, details, again=""),
        message,
        findings,
        tuple(_remedies(code, config, backups, is_config=is_config)),
        _port(config),
    )


def _remedies(code: str, config: Path, backups: Path, *, is_config: bool) -> list[tuple[str, str]]:
    check = (text("safe-mode.check"), f"station config check {config}")
    doctor = (text("safe-mode.doctor"), "station doctor")
    if is_config:
        again = (text("safe-mode.setup"), "station setup")
        older = sorted(config.parent.glob(f"{config.name}.*Z"), reverse=True)
        back = [(text("safe-mode.older"), f"cp -p {older[0]} {config}")] if older else []
        return [check, again, *back]
    if code in RESTORABLE:
        found = sorted(backups.glob("*.backup"), key=_made_at, reverse=True)[:MOST_BACKUPS]
        told = text("safe-mode.restore")
        names = [str(file) for file in found] or [text("safe-mode.no-backup")]
        return [doctor, *((told, f"station restore {name}") for name in names)]
    return [doctor]


def _made_at(file: Path) -> float:
    return file.stat().st_mtime


def _port(config: Path) -> int:
    """Return the port of the operator page, as far as the file can be read."""
    usual = Settings.model_fields["server"].get_default().port
    try:
        values: dict[str, Any] = tomllib.loads(read_text_file(config))
    except (ConfigError, tomllib.TOMLDecodeError):
        return int(usual)
    server = values.get("server")
    port = server.get("port", usual) if isinstance(server, dict) else usual
    return port if isinstance(port, int) and 0 <= port <= 65535 else int(usual)
