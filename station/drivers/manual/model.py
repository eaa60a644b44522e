"""What may be expected of a reader and a person, read from `models/<model>.toml` and checked."""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from station.core.errors import ConfigError
from station.core.faces import PrintGeometry
from station.core.printing import Capability, PrinterModel

PACKAGE: Final = "station.drivers.manual"
#: An ID-1 card at 300 dpi: nothing is printed, but a face may still be previewed.
GEOMETRY: Final = PrintGeometry(1016, 648, 300)


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str = Field(min_length=1)
    capabilities: frozenset[Capability]


def load_models() -> dict[str, PrinterModel]:
    """Read every model file of the family.

    Raises:
        ConfigError: One of them is wrong; the message names file, key and reason.
    """
    folder = files(PACKAGE) / "models"
    entries = sorted(folder.iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".toml"): parse_model(entry.name, entry.read_bytes())
        for entry in entries
        if entry.name.endswith(".toml")
    }


def parse_model(file: str, content: bytes) -> PrinterModel:
    """Check the content of one model file.

    Raises:
        ConfigError: See `load_models`.
    """
    try:
        model = _Model.model_validate(tomllib.loads(content.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as exc:
        raise ConfigError(f"{file}: {exc}") from exc
    return PrinterModel(
        name=file.removesuffix(".toml"),
        title=model.title,
        geometry=GEOMETRY,
        capabilities=model.capabilities,
        links=("reader",),
    )
