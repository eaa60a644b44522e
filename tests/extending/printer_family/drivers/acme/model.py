"""What the maker fixed for one model, read from `models/<model>.toml` and checked."""

from __future__ import annotations

from typing import Final

from pydantic import Field

from station.core.printing import PrinterModel
from station.drivers.kit.model_file import ModelFile, parse_table, parse_toml, read_models

PACKAGE: Final = __name__.rpartition(".")[0]
LINKS: Final = ("usb", "usbip")


class AcmeModel(ModelFile):
    """One file of `models/`."""

    usb_id: str = Field(pattern=r"^[0-9a-f]{4}:[0-9a-f]{4}$")
    ribbon_low_cards: int = Field(ge=0)

    def facts(self) -> PrinterModel:
        """Return what the rest of the station may know of this model."""
        return self.describe(links=LINKS, usb_id=self.usb_id)


def load_models() -> dict[str, AcmeModel]:
    """Read every model file of the family.

    Raises:
        ConfigError: One of them is wrong; the message names file, key and reason.
    """
    return read_models(PACKAGE, parse_model)


def parse_model(name: str, content: bytes) -> AcmeModel:
    """Check the content of one model file.

    Raises:
        ConfigError: See `load_models`.
    """
    file = f"{name}.toml"
    return parse_table(AcmeModel, file, {"name": name, **parse_toml(file, content)})
