"""Central's choices: `config/central.toml`, then `STATION_CENTRAL_...` in the environment.

The file contains no secret: passwords come from the environment or from files.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from station.core.errors import ConfigError
from station.text_file import read_text_file

DEFAULT_FILE: Final = Path("config/central.toml")


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, validate_default=True)


class CentralSection(_Section):
    """The place, its data, and its lease."""

    name: str = Field(default="central", description="Name of the place on the pages.")
    state_dir: Path = Field(
        default=Path("var/central"), description="Folder of central's key and operators."
    )
    lease_seconds: int = Field(
        default=900,
        ge=60,
        le=86400,
        description="How long a window may feed assigned orders without hearing from central.",
    )


class DatabaseSection(_Section):
    """The PostgreSQL database."""

    url: str = Field(
        default="postgresql:///card_station_central",
        description="Address as libpq takes it, without a password.",
    )
    password_file: Path | None = Field(default=None, description="File with its password.")


class ServerSection(_Section):
    """The pages, the API and the enrolment."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8480, ge=0, le=65535, description="Port; 0 takes a free one.")
    allowed_hosts: tuple[str, ...] = Field(
        default=("127.0.0.1", "localhost"), description="Host names that a request may carry."
    )
    certificate: Path | None = Field(
        default=None, description="Certificate (PEM); needed for an address that is not loopback."
    )
    key: Path | None = Field(default=None, description="Its private key (PEM).")


class MetricsSection(_Section):
    """Figures for a monitoring system, served by a separate listener: `GET /metrics`."""

    listen: str = Field(
        default="",
        pattern=r"^$|^([^:\[\]]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}$",
        description="`HOST:PORT`, usually `127.0.0.1:9471`; empty: nobody listens. Counts only.",
    )


class CarrierSection(_Section):
    """What carries the messages: NATS JetStream, or central itself over HTTPS."""

    kind: Literal["nats", "https"] = Field(
        default="nats",
        description="`https`: no broker; the windows ask at central's own address, `announced`.",
    )
    server: str = Field(
        default="nats://127.0.0.1:4222", description="Addresses for central, with commas."
    )
    announced: str = Field(
        default="",
        description="Addresses that new stations are given; empty: `server`. With `https`"
        " central's own, `https://HOST:PORT`.",
    )
    password: SecretStr | None = Field(
        default=None, description="Of the user `central` there; none: it asks for no names."
    )
    password_file: Path | None = Field(default=None, description="File with that password.")
    authority: Path | None = Field(
        default=None, description="Certificates (PEM) that the server's own is checked with."
    )
    accounts_file: Path | None = Field(
        default=None, description="File of accounts that nats-server includes; written here."
    )
    pid_file: Path | None = Field(
        default=None, description="nats-server's pid file: it reads the accounts again."
    )


class CentralSettings(BaseSettings):
    """The whole file."""

    model_config = SettingsConfigDict(
        env_prefix="STATION_CENTRAL_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    central: CentralSection = CentralSection()
    database: DatabaseSection = DatabaseSection()
    server: ServerSection = ServerSection()
    metrics: MetricsSection = MetricsSection()
    carrier: CarrierSection = CarrierSection()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Have the environment win over the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return env_settings, init_settings

    @property
    def carrier_password(self) -> str:
        """Password of central at the carrier; empty for none.

        Raises:
            ConfigError: Its file can't be read.
        """
        if self.carrier.password is not None:
            return self.carrier.password.get_secret_value()
        return _secret(self.carrier.password_file)

    @property
    def database_url(self) -> str:
        """The database's address with its password.

        Raises:
            ConfigError: The password's file can't be read.
        """
        password = _secret(self.database.password_file)
        if not password:
            return self.database.url
        join = "&" if "?" in self.database.url else "?"
        return f"{self.database.url}{join}password={quote(password, safe='')}"


def load_central_settings(file: Path = DEFAULT_FILE) -> CentralSettings:
    """Read the file; the default one may be missing.

    Raises:
        ConfigError: It can't be read, or has an unknown key or a wrong value.
    """
    values: dict[str, Any] = {}
    if file != DEFAULT_FILE or file.exists():
        try:
            values = tomllib.loads(read_text_file(file))
        except tomllib.TOMLDecodeError as exc:
            raise ConfigError(f"{file}: {exc}") from exc
    try:
        settings = CentralSettings(**values)
    except ValidationError as exc:
        # Which key and why, never the value.
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in exc.errors())
        raise ConfigError(f"{file}: {wrong}") from None
    server = settings.server
    if server.host not in ("127.0.0.1", "::1", "localhost") and None in (
        server.certificate,
        server.key,
    ):
        raise ConfigError(
            f"{file}: server.host {server.host} can be reached from the network:"
            " set certificate and key in [server]"
        )
    if settings.carrier.kind == "https" and not settings.carrier.announced:
        raise ConfigError(f"{file}: carrier.announced must be central's own address for windows")
    return settings


def _secret(file: Path | None) -> str:
    return "" if file is None else read_text_file(file).strip()
