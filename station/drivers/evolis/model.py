"""What the maker fixed for one model, read from `models/<model>.toml` and checked.

A file that lacks a key, has one too many or a value of the wrong kind is refused when the family is
loaded, so that a slip in it can never reach a printer.
"""

from __future__ import annotations

import tomllib
from importlib.resources import files
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from station.core.errors import ConfigError, LocalProtocolError
from station.core.faces import Panel, PrintGeometry
from station.core.printing import Capability, PrinterModel, PrinterStateReason, Severity
from station.drivers.evolis.codec import encode_command
from station.drivers.evolis.status_map import Meaning, Meanings

PACKAGE: Final = "station.drivers.evolis"
LINKS: Final = ("tcp", "usb", "usbip")


def _is_command(text: str) -> str:
    try:
        encode_command(text)
    except LocalProtocolError as exc:
        raise ValueError(str(exc)) from exc
    return text


CommandText = Annotated[str, AfterValidator(_is_command)]
Session = Annotated[int, Field(ge=1, le=0xFFFF)]
Seconds = Annotated[float, Field(ge=0, le=600)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Geometry(_Table):
    """Dots of one side, landscape."""

    width_dots: int = Field(gt=0, le=3000)
    height_dots: int = Field(gt=0, le=1920)
    dpi: int = Field(gt=0)


class PrintFacts(_Table):
    """How a print job is described on the wire.

    Attributes:
        colour_bits: Bits a dot of yellow, magenta and cyan.
        keep_card: Sent inside a job before its end, so that the card stays inside after it.
        let_card_go: Sent behind that end, so that the next job of any host is as usual.
    """

    colour_bits: Literal[7, 8]
    keep_card: CommandText
    let_card_go: CommandText

    def bits(self, panel: Panel) -> int:
        """Return bits a dot of a panel."""
        return 1 if panel in (Panel.RESIN_BLACK, Panel.OVERCOAT) else self.colour_bits


class Trays(_Table):
    """Where cards come from and go to, by the letters of `Pcim`, `Pcem` and `Pcrm`."""

    input: Literal["F", "M", "C", "I", "B", "N", "R"]
    output: Literal["D", "M", "R", "E", "I", "K", "L"]
    error: Literal["D", "R", "M", "I", "K", "L"]


class MagneticFacts(_Table):
    """How the stripe is written: `h` 2750 Oe, `l` 300 Oe, `a` the printer finds out."""

    coercivity: Literal["h", "l", "a"]


class Sessions(_Table):
    """The number by which every client reserves the printer for a job."""

    printing: Session


class Timeouts(_Table):
    """How long to wait; `goal_factor` times the device's usual time, but at least `goal`."""

    reply: Seconds
    write: Seconds
    job: Seconds
    session: Seconds
    claim: Seconds
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
    magnetic: Seconds
    clean: Seconds


class Unverified(_Table):
    """One fact that was never seen on real hardware."""

    mark: Literal["L", "M", "?"]
    fact: str = Field(min_length=10)


class EvolisModel(_Table):
    """One file of `models/`."""

    name: str
    title: str
    capabilities: frozenset[Capability]
    usb_id: str = Field(pattern=r"^0f49(:[0-9a-f]{4})?$")
    geometry: Geometry
    print: PrintFacts
    trays: Trays
    magnetic: MagneticFacts
    sessions: Sessions
    timeouts: Timeouts
    polling: Polling
    device_seconds: DeviceSeconds
    unverified: tuple[Unverified, ...]

    def facts(self) -> PrinterModel:
        """Return what the rest of the station may know of this model."""
        side = self.geometry
        return PrinterModel(
            name=self.name,
            title=self.title,
            geometry=PrintGeometry(
                side.width_dots,
                side.height_dots,
                side.dpi,
                colour_bits=self.print.colour_bits,
            ),
            capabilities=self.capabilities,
            device_seconds=self.device_seconds.model_dump(),
            unverified=tuple(row.fact for row in self.unverified),
            links=LINKS,
            usb_id=self.usb_id,
        )


def load_models() -> dict[str, EvolisModel]:
    """Read every model file of the family.

    Raises:
        ConfigError: One of them is wrong; the message names file, key and reason.
    """
    models = {}
    folder = files(PACKAGE) / "models"
    for entry in sorted(folder.iterdir(), key=lambda entry: entry.name):
        name, _, ending = entry.name.rpartition(".")
        if ending == "toml":
            models[name] = parse_model(name, entry.read_bytes())
    return models


def parse_model(name: str, content: bytes) -> EvolisModel:
    """Check the content of one model file.

    Raises:
        ConfigError: The message names file, key and reason.
    """
    table = _parse_toml(f"{name}.toml", content)
    try:
        return EvolisModel.model_validate({"name": name, **table})
    except ValidationError as exc:
        slips = "; ".join(f"{_key(error['loc'])}: {error['msg']}" for error in exc.errors())
        raise ConfigError(f"{name}.toml: {slips}") from exc


def load_meanings() -> Meanings:
    """Read what each status bit says.

    Raises:
        ConfigError: See `parse_meanings`.
    """
    return parse_meanings((files(PACKAGE) / "conditions.toml").read_bytes())


def parse_meanings(content: bytes) -> Meanings:
    """Check the table of status bits.

    Raises:
        ConfigError: A word, bit, keyword or severity is none.
    """
    table = _parse_toml("conditions.toml", content)
    meanings: dict[str, dict[int, Meaning]] = {}
    for word in ("information", "warning", "error", "ext1"):
        rows = table.pop(word, None)
        if not isinstance(rows, dict):
            raise ConfigError(f"conditions.toml: {word} is missing")
        meanings[word] = {_bit(word, bit): _meaning(word, bit, text) for bit, text in rows.items()}
    if table:
        raise ConfigError(f"conditions.toml: unknown {', '.join(table)}")
    return meanings


def _bit(word: str, bit: str) -> int:
    if not bit.isdecimal() or int(bit) > 31:
        raise ConfigError(f"conditions.toml: {word}.{bit} is no bit")
    return int(bit)


def _meaning(word: str, bit: str, text: object) -> Meaning:
    keyword, _, severity = str(text).partition(" ")
    try:
        return Meaning(PrinterStateReason(keyword), Severity(severity))
    except ValueError as exc:
        raise ConfigError(f"conditions.toml: {word}.{bit}: {exc}") from exc


def _key(location: tuple[int | str, ...]) -> str:
    return ".".join(str(part) for part in location)


def _parse_toml(file: str, content: bytes) -> dict[str, object]:
    try:
        return tomllib.loads(content.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as exc:
        raise ConfigError(f"{file}: {exc}") from exc
