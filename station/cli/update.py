"""`station update`: takes up another version of the program on trial; `station boot` runs it."""

from __future__ import annotations

import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final

import typer

from station.access.store import FILE as ACCESS
from station.cli.backup import copy_database
from station.cli.doctor import look_at_printer, look_at_province, look_at_reader
from station.cli.options import CONFIG_DEFAULT, AsJson, Config, explained, read_settings
from station.cli.table import show
from station.clock import utc_now
from station.core.errors import ConfigError, StationError
from station.settings import Settings
from station.state_folder import FOLDER_MODE, held, make_new_files_private
from station.update.versions import FOLDER, Trial, Versions, read_versions, write_versions
from station.words import text

update = typer.Typer(no_args_is_help=True, help=text("update.help"))
OWNERS_KEY: Final = Path("/etc/card-station/release-key.pem")
MANIFEST: Final = "release.json"
Folder = Annotated[Path, typer.Option("--versions", hidden=True, help="Where versions are.")]
Version = Annotated[str, typer.Argument(help="Name of an installed version.")]


@update.command("install")
def install(
    file: Annotated[Path, typer.Argument(help="A release file.")],
    key: Annotated[Path, typer.Option("--key", help="The owner's public key (PEM).")] = OWNERS_KEY,
    config: Config = CONFIG_DEFAULT,
    versions: Folder = FOLDER,
) -> None:
    """Check a release file and unpack it beside the running version. Nothing else changes.

    Needs root. Versions that neither run nor ran before are removed.
    """
    from station.update.release import load_public_key, unpack_release

    settings = read_settings(config)
    with explained():
        chosen = read_versions(settings.station.state_dir)
        versions.mkdir(mode=0o755, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=versions, prefix=".part-") as made:
            part = Path(made) / "program"
            part.mkdir()
            manifest = unpack_release(file, load_public_key(key), part)
            if manifest.architecture != platform.machine():
                wrong = text("update.other-machine", machine=manifest.architecture)
                raise ConfigError(wrong)
            target = versions / manifest.version
            if target.exists():
                raise ConfigError(text("update.installed-already", version=manifest.version))
            stored = {"version": manifest.version, "schema": manifest.schema}
            (part / MANIFEST).write_text(json.dumps(stored), encoding="utf-8")
            part.chmod(0o755)
            part.replace(target)
        for other in versions.iterdir():
            if other.name not in (chosen.current, chosen.previous, manifest.version):
                shutil.rmtree(other)
    typer.echo(text("update.installed", version=manifest.version))


@update.command("start")
def start(version: Version, config: Config = CONFIG_DEFAULT, versions: Folder = FOLDER) -> None:
    """Take an installed version up on trial from the next start of the service on.

    The daemon must be stopped: the journal is copied, and the devices are looked at. Nothing moves.
    """
    from station.update.boot import python_of
    from station.update.versions import BASE, ON_TRIAL
    from station.update.way_back import JOURNAL, schema_of

    settings = read_settings(config)
    make_new_files_private()
    state = settings.station.state_dir
    with explained(), held(state, "station update"):
        if settings.station.journal:
            raise ConfigError("station.journal is another database: update it with its own tools")
        chosen = read_versions(state)
        if chosen.trial is not None:
            raise ConfigError(text("update.trial-under-way", version=chosen.current))
        if version == chosen.current:
            raise ConfigError(text("update.runs-already", version=version))
        if not python_of(version, versions).exists():
            raise ConfigError(text("update.not-installed", version=version))
        schema = schema_of(state / JOURNAL) if (state / JOURNAL).exists() else ""
        if version != BASE and schema > _schema_known(versions / version):
            raise ConfigError(text("update.older", version=version))
        copy = f"before-{version}-{utc_now():%Y%m%dT%H%M%S.%fZ}"
        (state / copy).mkdir(mode=FOLDER_MODE)
        for name in (JOURNAL, ACCESS):
            if (state / name).exists():
                copy_database(state / name, state / copy / name)
        trial = Trial(copy, schema, silent=_silent(settings))
        write_versions(state, Versions(version, chosen.current, trial, ON_TRIAL))
    told = text("command.and").join(trial.silent)
    typer.echo(text("update.on-trial", version=version, copy=state / copy))
    if told:
        typer.echo(text("update.silent", devices=told))


@update.command("status")
def status(config: Config = CONFIG_DEFAULT, as_json: AsJson = False) -> None:
    """Print which version runs, which ran before, and how the last trial ended."""
    settings = read_settings(config)
    with explained():
        chosen = read_versions(settings.station.state_dir)
    attempts = chosen.trial.attempts if chosen.trial else 0
    row = {"current": chosen.current, "previous": chosen.previous, "outcome": chosen.outcome}
    show([{**row, "attempts": attempts}], as_json)


def boot(
    config: Config = CONFIG_DEFAULT,
    safe_mode: Annotated[bool, typer.Option("--safe-mode", help="See `serve`.")] = False,
    versions: Folder = FOLDER,
) -> None:
    """Run the service in the version that was chosen, or in the one before. For systemd."""
    from station.update.boot import choose, run

    make_new_files_private()
    python, on_trial = Path(sys.executable), False
    try:
        python, on_trial = choose(_state_folder(config), versions)
    except ConfigError as exc:
        # The service itself says what is wrong with the files, on its page.
        typer.echo(str(exc), err=True)
    except StationError:
        with explained():
            raise
    # A version on trial that can't start must end, so that the next start counts it.
    explains = ["--safe-mode"] if safe_mode and not on_trial else []
    run(python, ["serve", "--config", str(config), *explains])


def _state_folder(config: Path) -> Path:
    """Return the state folder of settings that only another version may be able to read."""
    import tomllib

    from station.settings_tables import StationSection
    from station.text_file import read_text_file

    given = os.environ.get("STATION_STATION__STATE_DIR")
    if given is not None:
        return Path(given)
    try:
        section = tomllib.loads(read_text_file(config)).get("station", {})
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{config}: {exc}") from exc
    usual = StationSection().state_dir
    return Path(section.get("state_dir", usual)) if isinstance(section, dict) else usual


def _schema_known(folder: Path) -> str:
    try:
        return str(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["schema"])
    except (OSError, ValueError, KeyError, TypeError) as exc:
        raise ConfigError(f"{folder / MANIFEST}: {type(exc).__name__}") from exc


def _silent(settings: Settings) -> tuple[str, ...]:
    """Return the devices that do not work now."""
    from station.bootstrap import build_equipment

    parts = build_equipment(settings)
    looks: dict[str, Callable[[], str]] = {
        "printer": lambda: look_at_printer(parts.printer),
        "reader": lambda: look_at_reader(parts.encoder),
        "province": lambda: look_at_province(parts.province),
    }
    found = []
    try:
        for name, look in looks.items():
            try:
                look()
            except StationError:
                found.append(name)
    finally:
        parts.close()
    return tuple(found)
