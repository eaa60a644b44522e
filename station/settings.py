"""The site's choices: `config/station.toml`, then central's, then `STATION_...` in the environment.

An unknown key or a wrong value prevents the start, with a message that names file and key. The file
contains no secret: the province's password comes from `STATION_PROVINCE__PASSWORD` or from
`password_file`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final, Literal

from pydantic import (
    Field,
    PrivateAttr,
    ValidationError,
)
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from station.core.certificates import TransportValues
from station.core.errors import ConfigError, FleetMessageError
from station.core.shared_settings import merged, read_shared
from station.given_settings import FILE, read_given
from station.production.life.policies import Policies
from station.settings_tables import (
    AccessSection,
    BankSection,
    ChipSection,
    DataCentreSection,
    DeskReaderSection,
    FaceSection,
    FleetSection,
    IdReaderSection,
    MetricsSection,
    PinPadSection,
    PrinterSection,
    ProvinceSection,
    RehearsalSection,
    ServerSection,
    StationSection,
)
from station.text_file import read_text_file

DEFAULT_FILE: Final = Path("config/station.toml")


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
    rehearsal: RehearsalSection = Field(default_factory=RehearsalSection)
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
    _from_central: Mapping[str, Any] = PrivateAttr(default_factory=dict)
    _in_environment: Mapping[str, Any] = PrivateAttr(default_factory=dict)

    @property
    def source_file(self) -> Path | None:
        """The file that was read; None for settings that were made otherwise."""
        return self._file

    def note_sources(
        self, file: Path, in_file: Mapping[str, Any], from_central: Mapping[str, Any]
    ) -> None:
        """Remember for `source_of` what came from where, and stands in the environment now."""
        self._file, self._in_file, self._from_central = file, in_file, from_central
        self._in_environment = EnvSettingsSource(type(self))()

    def source_of(
        self, key: tuple[str, ...]
    ) -> Literal["environment", "central", "file", "default"]:
        """Return where the value of `(section, key)`, or `("banks", code, key)`, comes from."""
        if _is_given(self._in_environment, key):
            return "environment"
        if _is_given(self._from_central, key):
            return "central"
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
    """Read the file, what central has given to this window, and the environment.

    Raises:
        ConfigError: Names the file, the key and the reason.
    """
    values = read_values(file)
    own = _valid(values, file)
    state = own.station.state_dir
    document = read_given(state).current
    if document is None:
        own.note_sources(file, values, {})
        return own
    try:
        shared = read_shared(document.text)
    except FleetMessageError as exc:  # of another version of the program, which shared more
        raise ConfigError(f"{state / FILE}: {exc}") from exc
    settings = _valid(merged(values, shared), state / FILE)
    settings.note_sources(file, values, shared)
    return settings


def load_own_settings(file: Path) -> Settings:
    """Read the file and the environment alone: what is this window's own is right there.

    Raises:
        ConfigError: Names the file, the key and the reason.
    """
    return _valid(read_values(file), file)


def settings_with(file: Path, document: str) -> Settings:
    """Return the settings that this window would have with a document of central's.

    Raises:
        ConfigError: Names the key and the reason.
        FleetMessageError: The document has a setting that is not central's to give.
    """
    return _valid(merged(read_values(file), read_shared(document)), file)


def read_values(file: Path) -> dict[str, Any]:
    """Return the tables of the file, as they stand there.

    Raises:
        ConfigError: It can't be read, or holds the province's password.
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
    return values


def _valid(values: Mapping[str, Any], file: Path) -> Settings:
    try:
        return Settings(**values)
    except ValidationError as exc:
        reasons = "; ".join(
            f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors()
        )
        raise ConfigError(f"{file}: {reasons}") from exc


def _is_given(values: Mapping[str, Any], key: tuple[str, ...]) -> bool:
    found: Any = values
    for part in key:
        if not isinstance(found, Mapping) or part not in found:
            return False
        found = found[part]
    return True
