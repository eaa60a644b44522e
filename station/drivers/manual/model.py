"""The facts of a reader and a person, read from `models/<model>.toml` and validated."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from station.core.faces import PrintGeometry
from station.core.printing import Capability, PrinterModel
from station.drivers.kit.model_file import Table, parse_table, parse_toml, read_models

PACKAGE: Final = "station.drivers.manual"
#: An ID-1 card at 300 dpi: nothing is printed, but a face can be previewed.
GEOMETRY: Final = PrintGeometry(1016, 648, 300)


class _Model(Table):
    title: str = Field(min_length=1)
    capabilities: frozenset[Capability]


def load_models() -> dict[str, PrinterModel]:
    """Read every model file of the family.

    Raises:
        ConfigError: One of them is wrong; the message names file, key and reason.
    """
    return read_models(PACKAGE, parse_model)


def parse_model(name: str, content: bytes) -> PrinterModel:
    """Check the content of one model file.

    Raises:
        ConfigError: See `load_models`.
    """
    file = f"{name}.toml"
    model = parse_table(_Model, file, parse_toml(file, content))
    return PrinterModel(
        name=name,
        title=model.title,
        geometry=GEOMETRY,
        capabilities=model.capabilities,
        links=("reader",),
    )
