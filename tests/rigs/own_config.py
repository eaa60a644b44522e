"""The settings of the repository, with a state folder of a test."""

from __future__ import annotations

from pathlib import Path

CONFIG = Path("config/station.toml")


def config_in(folder: Path, state: Path) -> Path:
    """Write `station.toml` in a folder; its state is kept in `state`."""
    made = folder / "station.toml"
    text = CONFIG.read_text(encoding="utf-8")
    made.write_text(text.replace('state_dir = "var"', f'state_dir = "{state}"'), "utf-8")
    return made
