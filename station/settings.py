"""The site's choices: `config/station.toml`, then `STATION_...` in the environment.

An unknown key or a wrong value prevents the start, with a message that names file and key. The file
contains no secret: the province's password comes from `STATION_PROVINCE__PASSWORD` or from
`password_file`.
"""

from __future__ import annotations

import ipaddress
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PrivateAttr,
    SecretStr,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from station.core.certificates import TransportValues
from station.core.errors import ConfigError, FleetMessageError
from station.core.fleet import check_station_name
from station.core.origins import normal_origin
from station.production.life.policies import Policies
from station.text_file import read_text_file
from station.words import text

DEFAULT_FILE: Final = Path("config/station.toml")

Bin = Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


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


class BankSection(Section):
    """One bank whose blanks this window uses."""

    name: str = Field(description="For people.")
    bins: frozenset[Bin] = Field(description="First six digits of its cards' bank numbers.")
    luhn: bool = Field(
        default=True,
        description="Refuse a blank whose bank number has a wrong check digit (ISO/IEC 7812-1).",
    )


class Settings(BaseSettings):
    """All choices of the site."""

    model_config = SettingsConfigDict(
        env_prefix="STATION_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    station: StationSection = StationSection()
    server: ServerSection = ServerSection()
    access: AccessSection = AccessSection()
    printer: PrinterSection = PrinterSection()
    chip: ChipSection = ChipSection()
    id_reader: IdReaderSection = IdReaderSection()
    desk_reader: DeskReaderSection = DeskReaderSection()
    pin_pad: PinPadSection = PinPadSection()
    province: ProvinceSection
    metrics: MetricsSection = MetricsSection()
    data_centre: DataCentreSection = DataCentreSection()
    fleet: FleetSection = FleetSection()
    face: FaceSection = Field(default_factory=FaceSection)
    policies: Policies = Policies()
    banks: dict[str, BankSection] = Field(description="AAE008 -> bank.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment overrides the file; nothing else is read."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    _file: Path | None = PrivateAttr(default=None)
    _in_file: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _in_environment: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def source_file(self) -> Path | None:
        """The file that was read; None for settings that were made otherwise."""
        return self._file

    def note_sources(self, file: Path, in_file: Mapping[str, Any]) -> None:
        """Remember for `source_of` what stood in the file, and stands in the environment now."""
        self._file, self._in_file = file, in_file
        self._in_environment = EnvSettingsSource(type(self))()

    def source_of(self, key: tuple[str, ...]) -> Literal["environment", "file", "default"]:
        """Return where the value of `(section, key)`, or `("banks", code, key)`, comes from."""
        if _is_given(self._in_environment, key):
            return "environment"
        return "file" if _is_given(self._in_file, key) else "default"

    @property
    def key_tries_file(self) -> Path:
        """The file with the tries of keys that have refused a proof, by card."""
        return self.station.state_dir / "key-tries.json"

    @property
    def socket_file(self) -> Path:
        """Where the command line reaches the daemon."""
        return self.access.socket or self.station.state_dir / "station.sock"

    def province_password(self) -> str:
        """Return the password.

        Raises:
            ConfigError: The file that should hold it can't be read.
        """
        if self.province.password_file is None:
            return self.province.password.get_secret_value()
        return read_text_file(self.province.password_file).strip()


def read_transport_values(file: Path) -> TransportValues:
    """Read the secrets that open a certificate application.

    Raises:
        ConfigError: The file can't be read, a key is missing or unknown, or a value is not in the
            form of digits or of 32 hex digits; the message contains none of them.
    """
    try:
        table = tomllib.loads(read_text_file(file))
        if set(table) != set(TransportValues.__slots__):
            raise ConfigError(f"{file}: needs {', '.join(TransportValues.__slots__)}")
        return TransportValues(
            user_pin=str(table["user_pin"]),
            admin_pin=str(table["admin_pin"]),
            application_key=bytes.fromhex(table["application_key"]),
            directory_key=bytes.fromhex(table["directory_key"]),
        )
    except (tomllib.TOMLDecodeError, TypeError, ValueError):
        # Not chained: these errors quote the text that they could not read.
        raise ConfigError(f"{file}: no TOML, or a key is not in hex") from None


def load_settings(file: Path = DEFAULT_FILE) -> Settings:
    """Read the file and the environment.

    Raises:
        ConfigError: Names the file, the key and the reason.
    """
    try:
        values: dict[str, Any] = tomllib.loads(read_text_file(file))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(f"{file}: {exc}") from exc
    if "password" in values.get("province", {}):
        raise ConfigError(
            f"{file}: province.password must not stand in the file; "
            "use STATION_PROVINCE__PASSWORD or province.password_file"
        )
    try:
        settings = Settings(**values)
    except ValidationError as exc:
        reasons = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors()
        )
        raise ConfigError(f"{file}: {reasons}") from exc
    settings.note_sources(file, values)
    return settings


def _is_given(values: Mapping[str, Any], key: tuple[str, ...]) -> bool:
    found: Any = values
    for part in key:
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return True
