"""The sections that every family's `models/<model>.toml` has, and how such a file is read.

A file with a missing key, an additional key or a value of the wrong type is refused when the family
is loaded, so that a mistake in it can never reach a printer.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from importlib.resources import files
from typing import Annotated, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from station.core.errors import ConfigError
from station.core.faces import PrintGeometry
from station.core.printing import Capability, PrinterModel
from station.core.side_view import Box, MachinePart, SideView

Seconds = Annotated[float, Field(ge=0, le=600)]
Millimetres = Annotated[float, Field(ge=0, le=1000)]
#: Left, top, width and height.
BoxNumbers = tuple[Millimetres, Millimetres, Millimetres, Millimetres]


class Table(BaseModel):
    """One table of a model file; an unknown key is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Geometry(Table):
    """Dots of one side, landscape."""

    width_dots: int = Field(gt=0, le=3000)
    height_dots: int = Field(gt=0, le=1920)
    dpi: int = Field(gt=0)


class WaitTimes(Table):
    """Times to wait, in seconds: `goal_factor` times the device's usual time, but at least `goal`.

    Attributes:
        reply: For one answer.
        write: For the device to accept one write.
        ready: For the end of work that an earlier process left running.
        goal: Minimum for the end of a movement or a print.
        goal_factor: Multiple of the device's usual time.
    """

    reply: Seconds
    write: Seconds
    ready: Seconds
    goal: Seconds
    goal_factor: float = Field(ge=1, le=20)


class Polling(Table):
    """Pauses between two status requests: `first`, then multiplied by `growth` each time."""

    first: Seconds
    growth: float = Field(ge=1, le=10)
    longest: Seconds


class DeviceSeconds(Table):
    """Usual time of each motion at device speed, in seconds."""

    feed: Seconds
    to_print_station: Seconds
    print_front: Seconds
    print_back: Seconds
    present: Seconds
    reject: Seconds
    clean: Seconds


class SideViewFacts(Table):
    """The machine from the side, for the picture on the pages: see `SideView`.

    Attributes:
        size: Width and height of the picture.
        path: Height at which a card moves.
        case: The machine's case.
        parts: What the model has.
    """

    size: tuple[Millimetres, Millimetres]
    path: Millimetres
    case: BoxNumbers
    parts: dict[MachinePart, BoxNumbers]

    @model_validator(mode="after")
    def everything_is_inside(self) -> Self:
        """Refuse a part that the picture would cut off."""
        width, height = self.size
        boxes = [("case", self.case), *((part.value, box) for part, box in self.parts.items())]
        for name, (left, top, wide, high) in boxes:
            if left + wide > width or top + high > height:
                raise ValueError(f"{name} is not inside of size")
        return self

    def facts(self) -> SideView:
        """Return it as the rest of the station uses it."""
        width, height = self.size
        parts = {part: Box(*numbers) for part, numbers in self.parts.items()}
        return SideView(width, height, self.path, Box(*self.case), parts)


class Unverified(Table):
    """One fact that was never confirmed on real hardware.

    Attributes:
        mark: `M` credible, `L` inferred, `?` assumed; as in the family's wire page.
        fact: One sentence.
    """

    mark: Literal["L", "M", "?"]
    fact: str = Field(min_length=10)


class ModelFile(Table):
    """One file of `models/`; a family adds its own sections."""

    name: str
    title: str
    capabilities: frozenset[Capability]
    geometry: Geometry
    timeouts: WaitTimes
    polling: Polling
    device_seconds: DeviceSeconds
    side_view: SideViewFacts | None = None
    unverified: tuple[Unverified, ...]

    def describe(
        self, *, links: tuple[str, ...], usb_id: str = "", colour_bits: int = 8
    ) -> PrinterModel:
        """Return the facts that the rest of the station may use."""
        side = self.geometry
        return PrinterModel(
            name=self.name,
            title=self.title,
            geometry=PrintGeometry(
                side.width_dots, side.height_dots, side.dpi, colour_bits=colour_bits
            ),
            capabilities=self.capabilities,
            device_seconds=self.device_seconds.model_dump(),
            unverified=tuple(row.fact for row in self.unverified),
            links=links,
            usb_id=usb_id,
            side_view=self.side_view.facts() if self.side_view else None,
        )


TableT = TypeVar("TableT", bound=Table)
T = TypeVar("T")


def read_models(package: str, parse: Callable[[str, bytes], T]) -> dict[str, T]:
    """Parse every file in a family's folder `models`, by its name without the extension.

    Raises:
        ConfigError: See `parse_table`.
    """
    entries = sorted((files(package) / "models").iterdir(), key=lambda entry: entry.name)
    return {
        entry.name.removesuffix(".toml"): parse(
            entry.name.removesuffix(".toml"), entry.read_bytes()
        )
        for entry in entries
        if entry.name.endswith(".toml")
    }


def read_toml(package: str, file: str) -> dict[str, object]:
    """Read one TOML file in a family's folder.

    Raises:
        ConfigError: It is not TOML.
    """
    return parse_toml(file, (files(package) / file).read_bytes())


def parse_toml(file: str, content: bytes) -> dict[str, object]:
    """Return the keys of a TOML file; `file` is named in errors.

    Raises:
        ConfigError: It is not TOML in UTF-8.
    """
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{file}: {exc}") from exc


def parse_table(kind: type[TableT], file: str, keys: Mapping[str, object]) -> TableT:
    """Check the keys of one file against its sections.

    Raises:
        ConfigError: The message names file, key and reason.
    """
    try:
        return kind.model_validate(keys)
    except ValidationError as exc:
        slips = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors()
        )
        raise ConfigError(f"{file}: {slips}") from exc


def lay_over(common: Mapping[str, object], own: Mapping[str, object]) -> dict[str, object]:
    """Merge both: tables are merged, unverified facts added up, for other keys `own` wins."""
    both: dict[str, object] = {**common, **own}
    for key in common.keys() & own.keys():
        below, above = common[key], own[key]
        if isinstance(below, dict) and isinstance(above, dict):
            both[key] = lay_over(below, above)
        elif key == "unverified" and isinstance(below, list) and isinstance(above, list):
            both[key] = [*below, *above]
    return both


def pick_model(models: Mapping[str, T], family: str, name: str) -> T:
    """Return the model of this name.

    Raises:
        ConfigError: The family has none.
    """
    if name not in models:
        known = ", ".join(models)
        raise ConfigError(f"unknown {family} model {name!r}; known: {known}")
    return models[name]
