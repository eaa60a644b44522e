"""What the maker fixed for one model: `models/<model>.toml` on top of `family.toml`, checked.

A file that lacks a key, has one too many or a value of the wrong kind is refused when the family is
loaded, so that a slip in it can never reach a printer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from station.core.errors import ConfigError
from station.core.faces import Panel, PrintGeometry
from station.core.printing import Capability, CardPosition, PrinterModel, PrinterStateReason
from station.drivers.hiti_cs.codec import FORBIDDEN, FORMS
from station.drivers.hiti_cs.commands import MOVE_CLASS

VENDOR: Final = "0d16"
PACKAGE: Final = "station.drivers.hiti_cs"


def _is_hex(text: str) -> str:
    bytes.fromhex(text)
    return text


def _is_movement(command: int) -> int:
    if command in FORBIDDEN or command in FORMS or command >> 8 != MOVE_CLASS:
        raise ValueError(f"{command:04X} is no card movement")
    return command


Hex = Annotated[str, AfterValidator(_is_hex)]
Byte = Annotated[int, Field(ge=0, le=255)]
Seconds = Annotated[float, Field(ge=0, le=600)]
FormatField = Annotated[
    str,
    Field(
        pattern=r"^(u8|u16) (dpi|columns|rows|front-colours|back-colours|mode|[0-9]+)$",
    ),
]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Geometry(_Table):
    """Dots of one side, landscape."""

    width_dots: int = Field(gt=0, le=3000)
    height_dots: int = Field(gt=0, le=1920)
    dpi: int = Field(gt=0)


class Movement(_Table):
    """One card movement on the wire."""

    command: Annotated[int, AfterValidator(_is_movement)]
    arguments: Hex


class Moves(_Table):
    """The movements that the goals need; one whose command nobody knows is not there."""

    chip_station: Movement
    output_hopper: Movement
    reject_bin: Movement
    clean: Movement
    erase: Movement | None = None


class PrintFacts(_Table):
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


class Timeouts(_Table):
    """How long to wait; `goal_factor` times the device's usual time, but at least `goal`."""

    reply: Seconds
    write: Seconds
    ready: Seconds
    goal: Seconds
    goal_factor: float = Field(ge=1, le=20)


class Polling(_Table):
    """Pauses between two looks at a busy printer: `first`, then `growth` times more each."""

    first: Seconds
    growth: float = Field(ge=1, le=10)
    longest: Seconds


class DeviceSeconds(_Table):
    """Usual time of each motion at device speed."""

    feed: Seconds
    to_print_station: Seconds
    print_front: Seconds
    print_back: Seconds
    present: Seconds
    reject: Seconds
    clean: Seconds


class Unverified(_Table):
    """One fact that was never seen on real hardware."""

    mark: Literal["L", "?"]
    fact: str = Field(min_length=10)


class CsModel(_Table):
    """One file of `models/` on top of `family.toml`."""

    name: str
    title: str
    product_id: int = Field(ge=0, le=0xFFFF)
    capabilities: frozenset[Capability]
    ribbon_low_cards: int = Field(ge=0)
    geometry: Geometry
    moves: Moves
    positions: dict[CardPosition, tuple[Byte, ...]]
    print: PrintFacts
    timeouts: Timeouts
    polling: Polling
    device_seconds: DeviceSeconds
    ribbons: dict[int, str]
    alerts: dict[str, PrinterStateReason]
    unverified: tuple[Unverified, ...]

    def places(self) -> dict[int, CardPosition]:
        """Return position code of 0401 -> where that is."""
        return {code: place for place, codes in self.positions.items() for code in codes}

    def facts(self) -> PrinterModel:
        """Return what the rest of the station may know of this model."""
        side = self.geometry
        return PrinterModel(
            name=self.name,
            title=self.title,
            geometry=PrintGeometry(side.width_dots, side.height_dots, side.dpi),
            capabilities=self.capabilities,
            device_seconds=self.device_seconds.model_dump(),
            unverified=tuple(row.fact for row in self.unverified),
            usb_id=f"{VENDOR}:{self.product_id:04x}",
        )


def load_models() -> dict[str, CsModel]:
    """Read every model file of the family.

    Raises:
        ConfigError: One of them is wrong; the message names file, key and reason.
    """
    folder = files(PACKAGE) / "models"
    family: dict[str, object] = {}
    for name in ("family.toml", "alerts.toml"):
        family |= _parse_toml(name, (files(PACKAGE) / name).read_bytes())
    models = {}
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name, _, ending = entry.name.rpartition(".")
        if ending == "toml":
            models[name] = parse_model(name, entry.read_bytes(), family)
    return models


def parse_model(name: str, content: bytes, family: Mapping[str, object]) -> CsModel:
    """Check the content of one model file, on top of what the family has in common.

    Raises:
        ConfigError: The message names file, key and reason.
    """
    table = _on_top(family, _parse_toml(f"{name}.toml", content))
    try:
        return CsModel.model_validate({"name": name, **table})
    except ValidationError as exc:
        slips = "; ".join(f"{_key(error['loc'])}: {error['msg']}" for error in exc.errors())
        raise ConfigError(f"{name}.toml: {slips}") from exc


def _on_top(common: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Return both; a table is laid over a table, unverified facts add up, else the own one wins."""
    both: dict[str, object] = {**common, **own}
    for key in common.keys() & own.keys():
        below, above = common[key], own[key]
        if isinstance(below, dict) and isinstance(above, dict):
            both[key] = _on_top(below, above)
        elif key == "unverified" and isinstance(below, list) and isinstance(above, list):
            both[key] = [*below, *above]
    return both


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _parse_toml(file: str, content: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{file}: {exc}") from exc
