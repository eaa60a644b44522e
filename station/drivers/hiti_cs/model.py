"""The maker's facts for one model: `models/<model>.toml` merged over `family.toml`, validated."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Final

from pydantic import AfterValidator, Field

from station.core.faces import Panel
from station.core.printing import CardPosition, PrinterModel, PrinterStateReason
from station.drivers.hiti_cs.codec import FORBIDDEN, FORMS
from station.drivers.hiti_cs.commands import MOVE_CLASS
from station.drivers.kit.model_file import (
    ModelFile,
    Seconds,
    Table,
    lay_over,
    parse_table,
    parse_toml,
    read_models,
    read_toml,
)

VENDOR: Final = "0d16"
PACKAGE: Final = "station.drivers.hiti_cs"
LINKS: Final = ("usb", "usbip")


def _is_hex(text: str) -> str:
    bytes.fromhex(text)
    return text


def _is_movement(command: int) -> int:
    if command in FORBIDDEN or command in FORMS or command >> 8 != MOVE_CLASS:
        raise ValueError(f"{command:04X} is no card movement")
    return command


Hex = Annotated[str, AfterValidator(_is_hex)]
Byte = Annotated[int, Field(ge=0, le=255)]
FormatField = Annotated[
    str,
    Field(
        pattern=r"^(u8|u16) (dpi|columns|rows|front-colours|back-colours|mode|[0-9]+)$",
    ),
]


class Movement(Table):
    """One card movement on the wire."""

    command: Annotated[int, AfterValidator(_is_movement)]
    arguments: Hex


class Moves(Table):
    """The movements that the goals need; one with an unknown command is left out."""

    chip_station: Movement
    output_hopper: Movement
    reject_bin: Movement
    clean: Movement
    erase: Movement | None = None


class PrintFacts(Table):
    """How a print job is described on the wire.

    Attributes:
        format: Fields of 8100 for one side: width and meaning or number.
        format_duplex: The same for both sides.
        colour_bits: Panel -> bit of a colour sequence.
        heat_setting: Arguments of 8102.
        mode: Mode byte: heat compensation, and to keep the card inside.
        printed_state: State byte of 0502 for a job that was printed to the end.
    """

    format: tuple[FormatField, ...]
    format_duplex: tuple[FormatField, ...]
    colour_bits: dict[Panel, Byte]
    heat_setting: Hex
    mode: Byte
    printed_state: Byte
    transfer_bytes: int = Field(gt=0, le=65536)
    plane_resends: int = Field(ge=0, le=10)
    pause_after_plane: Seconds


class CsModel(ModelFile):
    """One file of `models/` on top of `family.toml`."""

    product_id: int = Field(ge=0, le=0xFFFF)
    ribbon_low_cards: int = Field(ge=0)
    moves: Moves
    positions: dict[CardPosition, tuple[Byte, ...]]
    print: PrintFacts
    ribbons: dict[int, str]
    alerts: dict[str, PrinterStateReason]

    def places(self) -> dict[int, CardPosition]:
        """Return the place for each position code of 0401."""
        return {code: place for place, codes in self.positions.items() for code in codes}

    def facts(self) -> PrinterModel:
        """Return the facts that the rest of the station may use."""
        return self.describe(links=LINKS, usb_id=f"{VENDOR}:{self.product_id:04x}")


def load_models() -> dict[str, CsModel]:
    """Read every model file of the family.

    Raises:
        ConfigError: One of them is wrong; the message names file, key and reason.
    """
    family = read_toml(PACKAGE, "family.toml") | read_toml(PACKAGE, "alerts.toml")
    return read_models(PACKAGE, lambda name, content: parse_model(name, content, family))


def parse_model(name: str, content: bytes, family: Mapping[str, object]) -> CsModel:
    """Check the content of one model file, merged over the family's common facts.

    Raises:
        ConfigError: The message names file, key and reason.
    """
    file = f"{name}.toml"
    table = lay_over(family, parse_toml(file, content))
    return parse_table(CsModel, file, {"name": name, **table})
