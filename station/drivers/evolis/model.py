"""The maker's facts for one model, read from `models/<model>.toml` and validated."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field

from station.core.errors import ConfigError, LocalProtocolError
from station.core.faces import Panel
from station.core.printing import PrinterModel, PrinterStateReason, Severity
from station.drivers.evolis.codec import encode_command
from station.drivers.evolis.status_map import Meaning, Meanings
from station.drivers.kit import model_file
from station.drivers.kit.model_file import (
    ModelFile,
    Seconds,
    Table,
    WaitTimes,
    parse_table,
    parse_toml,
    read_models,
    read_toml,
)

PACKAGE: Final = "station.drivers.evolis"
LINKS: Final = ("tcp-transaction", "usb", "usbip")


def _is_command(text: str) -> str:
    try:
        encode_command(text)
    except LocalProtocolError as exc:
        raise ValueError(str(exc)) from exc
    return text


CommandText = Annotated[str, AfterValidator(_is_command)]
Session = Annotated[int, Field(ge=1, le=0xFFFF)]


class PrintFacts(Table):
    """How a print job is described on the wire.

    Attributes:
        colour_bits: Bits per dot of yellow, magenta and cyan.
        keep_card: Sent before the end of a job, so that the card stays inside afterwards.
        let_card_go: Sent after the end of a job, so that the next job of any host behaves as usual.
    """

    colour_bits: Literal[7, 8]
    keep_card: CommandText
    let_card_go: CommandText

    def bits(self, panel: Panel) -> int:
        """Return the bits per dot of a panel."""
        return 1 if panel in (Panel.RESIN_BLACK, Panel.OVERCOAT) else self.colour_bits


class Trays(Table):
    """The trays for input, output and rejects, by the letters of `Pcim`, `Pcem` and `Pcrm`."""

    input: Literal["F", "M", "C", "I", "B", "N", "R"]
    output: Literal["D", "M", "R", "E", "I", "K", "L"]
    error: Literal["D", "R", "M", "I", "K", "L"]


class MagneticFacts(Table):
    """How the stripe is written: `h` 2750 Oe, `l` 300 Oe, `a` detected by the printer."""

    coercivity: Literal["h", "l", "a"]


class Sessions(Table):
    """The session number with which every client reserves the printer for a job."""

    printing: Session


class Timeouts(WaitTimes):
    """Additional times: to send a job, for a reservation, and to the end of a job."""

    job: Seconds
    session: Seconds
    claim: Seconds


class DeviceSeconds(model_file.DeviceSeconds):
    """Additional time: one pass along the magnetic head."""

    magnetic: Seconds


class EvolisModel(ModelFile):
    """One file of `models/`."""

    usb_id: str = Field(pattern=r"^0f49(:[0-9a-f]{4})?$")
    print: PrintFacts
    trays: Trays
    magnetic: MagneticFacts
    sessions: Sessions
    timeouts: Timeouts
    device_seconds: DeviceSeconds

    def facts(self) -> PrinterModel:
        """Return the facts that the rest of the station may use."""
        colour_bits = self.print.colour_bits
        return self.describe(links=LINKS, usb_id=self.usb_id, colour_bits=colour_bits)


def load_models() -> dict[str, EvolisModel]:
    """Read every model file of the family.

    Raises:
        ConfigError: One of them is wrong; the message names file, key and reason.
    """
    return read_models(PACKAGE, parse_model)


def parse_model(name: str, content: bytes) -> EvolisModel:
    """Check the content of one model file.

    Raises:
        ConfigError: The message names file, key and reason.
    """
    file = f"{name}.toml"
    return parse_table(EvolisModel, file, {"name": name, **parse_toml(file, content)})


def load_meanings() -> Meanings:
    """Read the meaning of each status bit.

    Raises:
        ConfigError: See `parse_meanings`.
    """
    return check_meanings(read_toml(PACKAGE, "conditions.toml"))


def parse_meanings(content: bytes) -> Meanings:
    """Check the table of status bits.

    Raises:
        ConfigError: An unknown word, bit, keyword or severity.
    """
    return check_meanings(parse_toml("conditions.toml", content))


def check_meanings(table: dict[str, object]) -> Meanings:
    """Check the table of status bits, as `parse_meanings`, after the TOML was parsed."""
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
