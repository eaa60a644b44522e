"""The tables of the settings file: the keys of each, their defaults, and what they mean.

The descriptions are the reference of the settings, in `docs/reference/configuration.md` and on the
technician's page. `station.settings` reads the file into them.
"""

from __future__ import annotations

import ipaddress
import sys
from pathlib import Path
from typing import Annotated, Final, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    StringConstraints,
    field_validator,
    model_validator,
)

from station.core.errors import ConfigError, FleetMessageError
from station.core.fleet import check_station_name
from station.core.origins import normal_origin
from station.words import text

Bin = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
CardId = Annotated[str, StringConstraints(pattern=r"^[0-9A-F]{32}$")]


#: Templates and photo rules of an installed station, which has no `config` beside it.
INSTALLED: Final = Path(sys.prefix) / "share" / "card-station"


def installed_file(given: Path) -> Path:
    """Return the installed file of the same name for a missing path in `config/`.

    So the same settings work in the source tree and on an installed window.
    """
    if given.is_absolute() or given.parts[:1] != ("config",) or given.exists():
        return given
    installed = INSTALLED.joinpath(*given.parts[1:])
    return installed if installed.exists() else given


class Section(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class StationSection(Section):
    """The window's identity, and the folder of its stored data."""

    name: str = Field(default="window-1", description="Name of the machine in journal and reports.")
    state_dir: Path = Field(
        default=Path("var"),
        description="Folder for the journal and its seal key; made at first start.",
    )
    journal: str = Field(
        default="", description="SQLAlchemy URL of the journal; empty: SQLite in `state_dir`."
    )


class ServerSection(Section):
    """The local HTTP API and the pages."""

    host: str = Field(
        default="127.0.0.1", description="Address to listen on; loopback unless you mean it."
    )
    port: int = Field(default=8470, ge=0, le=65535, description="Port; 0 takes a free one.")
    allowed_hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost"),
        description="Host names that a request may carry (against DNS rebinding).",
    )
    certificate: Path | None = Field(
        default=None,
        description="The station's certificate (PEM); with it the address is `https`. Needed for an"
        " address that is not loopback: `station certificates make` makes one.",
    )
    key: Path | None = Field(default=None, description="Its private key (PEM).")
    client_ca: Path | None = Field(
        default=None,
        description="Whose client certificates are accepted (PEM); every caller must show one.",
    )
    paired_origins: tuple[str, ...] = Field(
        default=(), description="Web origins of the provincial system that may call from a browser."
    )

    @property
    def is_loopback(self) -> bool:
        """Whether only programs of this PC can reach the address."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def require_closed(self) -> None:
        """Refuse an address that the network reaches, unless both sides show certificates.

        Raises:
            ConfigError: Names what is missing, and how to make it.
        """
        if not self.is_loopback and None in (self.certificate, self.key, self.client_ca):
            raise ConfigError(
                f"server.host {self.host} can be reached from the network: set certificate, key and"
                " client_ca in [server]; `station certificates make FOLDER --host NAME` makes them"
            )
        if (self.certificate is None) != (self.key is None):
            raise ConfigError("server.certificate and server.key belong together")

    def require_usable_certificates(self) -> None:
        """Refuse files that are not a certificate, its own key, and issuers' certificates.

        Raises:
            ConfigError: Names the settings and the reason; `setting` in its details is the one of
                them to look at.
        """
        if self.certificate is None or self.key is None:
            return
        import ssl

        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        try:
            context.load_cert_chain(self.certificate, self.key, password="")  # never asked for
        except (OSError, ValueError) as exc:
            raise ConfigError(
                f"server.certificate {self.certificate}, server.key {self.key}: {exc}",
                details={"setting": "certificate"},
            ) from exc
        try:
            if self.client_ca is not None:
                context.load_verify_locations(self.client_ca)
        except (OSError, ValueError) as exc:
            raise ConfigError(
                f"server.client_ca {self.client_ca}: {exc}", details={"setting": "client_ca"}
            ) from exc

    @field_validator("paired_origins")
    @classmethod
    def _are_origins(cls, given: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(normal_origin(origin) for origin in given)


class AccessSection(Section):
    """Who may use the window: people are added by `station operators`, programs are clients."""

    idle_lock: float = Field(
        default=600.0,
        gt=0,
        description="Seconds without a press after which a page asks who is there.",
    )
    requests_per_second: float = Field(
        default=100.0,
        gt=0,
        description="Requests of one person or program; three seconds' worth may come at once.",
    )
    socket: Path | None = Field(
        default=None,
        description="Unix socket of the command line; empty: `station.sock` in `state_dir`.",
    )
    card_reader: str = Field(
        default="",
        description="Reader for operators' cards and USB keys (PIV), as `desk_reader.link`; it may "
        "be the same reader, but never the machine's. Empty: people log in by password only.",
    )


class PrinterSection(Section):
    """The card printer."""

    family: str = Field(default="hiti_cs", description="Folder name below `station/drivers`.")
    model: str = Field(default="cs220e", description="Name of a model file of that family.")
    link: str = Field(
        default="usb://0d16:030a",
        description="`usb://VID:PID[/SERIAL]` (`usb://VID:PID@BUS-PORT` for one of several "
        "without serial numbers), `usbip://HOST:PORT[/SERIAL]`, `tcp://HOST:PORT`, "
        "`tcp-transaction://HOST:PORT` (a connection for each transaction: Evolis), "
        "or `reader:` for a person at the reader of `[chip]`.",
    )


class ChipSection(Section):
    """The chip reader inside the machine."""

    link: str = Field(
        default="pcsc:",
        description="`pcsc:READER NAME` (a part of it is enough; `NAME@BUS-PORT` for one of "
        "several of one make).",
    )
    profile: str = Field(default="ssc", description="Folder name below `station/encoder/profiles`.")
    versions: tuple[str, ...] = Field(default=("3.00",), description=text("setting.versions"))
    card_wait: float = Field(
        default=3.0, gt=0, description="Seconds to wait for the chip after the card has arrived."
    )
    issuer_tags: tuple[str, ...] = Field(
        default=(),
        description="Records of EF05 rewritten at issue, two hex digits each, `07` last; "
        "empty: as the profile says (05, 06, 07).",
    )
    initialiser: str = Field(default="", description=text("setting.initialiser"))
    photo: bool = Field(
        default=False,
        description="Put the portrait onto the chip (EF08), made to fit its 4096 bytes.",
    )
    transport_file: Path | None = Field(
        default=None,
        description="A TOML file with what the card maker left in the certificate application: "
        "`user_pin`, `admin_pin`, `application_key`, `directory_key`. With it the application of "
        "3.00 cards is filled (`unverified`); without it, it stays as it came.",
    )


class IdReaderSection(Section):
    """The reader of resident ID cards on the clerk's desk."""

    link: str = Field(
        default="",
        description="`serial:///dev/ttyUSB0?baud=115200`, `socket://HOST:PORT`, `usb://VID:PID` "
        "(with `/SERIAL` or `@BUS-PORT`), or `usbip://HOST:PORT[/SERIAL]`; empty: there is none.",
    )
    poll: float = Field(default=0.4, gt=0, le=10, description="Seconds between two looks.")
    keep: float = Field(
        default=300.0, gt=0, le=3600, description="Seconds for which a card that was read is kept."
    )


class DeskReaderSection(Section):
    """A second chip reader, for the citizen's card; never the machine's."""

    link: str = Field(
        default="",
        description="`pcsc:READER NAME` (a part that only it has is enough; `NAME@BUS-PORT` for "
        "one of several of one make); empty: there is none.",
    )
    card_wait: float = Field(default=1.0, gt=0, description="Seconds to wait for a card.")


class PinPadSection(Section):
    """The keypad on which the holder types the PIN."""

    link: str = Field(default="", description="As `id_reader.link`; empty: there is none.")
    model: str = Field(
        default="framed", description="Name of a file in `station/desk/pin_pad/models`."
    )
    length: int = Field(default=6, ge=4, le=16, description="Digits of a PIN.")
    timeout: float = Field(default=60.0, gt=0, le=240, description="Seconds for one entry.")
    keyboard: bool = Field(
        default=False,
        description="Whether a PIN may be typed on this PC's keyboard; only where there is no pad.",
    )


class ProvinceSection(Section):
    """The provincial card management system."""

    gateway: str = Field(default="henan", description="Folder name below `station/gateways`.")
    url: str = Field(description="Address of the service.")
    user: str = Field(description="Login name of this window.")
    password: SecretStr = Field(
        default=SecretStr(""),
        description="Never in the file: use the environment or `password_file`.",
    )
    password_file: Path | None = Field(
        default=None, description="A file that holds only the password."
    )
    region: str = Field(description=text("setting.region"))
    ca_file: Path | None = Field(
        default=None,
        description="Root certificates (PEM or DER) that are trusted besides the built-in ones, "
        "for a service whose certificate the province has issued itself.",
    )
    qualified_arguments: bool = Field(
        default=False,
        description="Whether the service expects its arguments in its own namespace "
        '(`elementFormDefault="qualified"` in its WSDL).',
    )
    timeout: float = Field(
        default=15.0,
        gt=0,
        description="Seconds for one whole exchange, from the look-up of the host's name to the "
        "last byte of the answer.",
    )
    retry_first: float = Field(
        default=5.0,
        gt=0,
        description=text("setting.retry-first"),
    )
    retry_longest: float = Field(default=300.0, gt=0, description="The wait doubles up to this.")


class MetricsSection(Section):
    """Figures for a monitoring system, served by a separate listener: `GET /metrics`."""

    listen: str = Field(
        default="",
        pattern=r"^$|^([^:\[\]]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}$",
        description="`HOST:PORT`, usually `127.0.0.1:9470`; empty: nobody listens. Counts and "
        "durations only, nothing about anybody.",
    )


class DataCentreSection(Section):
    """The data centre that receives reports as a file during a long network outage."""

    keys: Path | None = Field(
        default=None,
        description="The data centre's two public keys in one PEM file (X25519 and Ed25519).",
    )


class FleetSection(Section):
    """The hall, city or province that this window belongs to; without it the window stands alone.

    Needs the optional dependencies: `pip install card-station[fleet]`. The window enrols with
    `station fleet enrol`.
    """

    central: str = Field(
        default="",
        pattern=r"^$|^https?://[^/]+/?$",
        description="Address of central, `https://HOST:PORT`, for the enrolment; empty: none.",
    )
    name: str = Field(
        default="",
        description="The window's name in its fleet: `city.hall.window`, each of `a` to `z`, "
        "`0` to `9` and `-`.",
    )
    ca_file: Path | None = Field(
        default=None,
        description="Root certificates (PEM or DER) that are trusted besides the built-in ones.",
    )

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.central:
            try:
                check_station_name(self.name)
            except FleetMessageError as exc:
                raise ValueError(f"name: {exc}") from exc
        return self


class FaceSection(Section):
    """The printed face."""

    prints: bool = Field(
        default=True,
        description="`false`: cards are made by their chip alone, and the other keys are not used.",
    )
    template: Path = Field(default=Path("config/faces/henan-3.toml"), description="Face template.")
    photo_profile: Path = Field(
        default=Path("config/photos/xinxiang.toml"), description="Rules for the province's photos."
    )
    test_card: Path = Field(
        default=Path("config/faces/test-card.toml"), description="The technician's test card."
    )
    fonts: tuple[Path, ...] = Field(
        default=(),
        description="Font files in the order they are asked; empty: the known Debian fonts.",
    )

    @field_validator("template", "photo_profile", "test_card")
    @classmethod
    def _may_be_installed(cls, given: Path) -> Path:
        return installed_file(given)


class RehearsalSection(Section):
    """演练: the whole way on this window with an invented person and a marked test card.

    The technician begins a rehearsal on the diagnostics page. It is only offered where test cards
    are marked here.
    """

    cards: frozenset[CardId] = Field(
        default=frozenset(),
        description=text("setting.rehearsal-cards"),
    )
    bank: str = Field(
        default="",
        description=text("setting.rehearsal-bank"),
    )
    photo: Path = Field(
        default=Path("config/photos/rehearsal.jpg"),
        description="The picture that is printed: it must show that the card is a specimen.",
    )

    @field_validator("photo")
    @classmethod
    def _may_be_installed(cls, given: Path) -> Path:
        return installed_file(given)


class BankSection(Section):
    """One bank whose blanks this window uses."""

    name: str = Field(description="For people.")
    bins: frozenset[Bin] = Field(description="First six digits of its cards' bank numbers.")
    luhn: bool = Field(
        default=True,
        description="Refuse a blank whose bank number has a wrong check digit (ISO/IEC 7812-1).",
    )
