"""Reads profile.toml: the maker's facts of this profile, validated and frozen."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from importlib.resources import files
from typing import Any, Final

from station.core.errors import ConfigError
from station.encoder.blanks import VERSION_LENGTH
from station.encoder.profiles.ssc.files import (
    CARD_NUMBER,
    HOLDER_FILE,
    ISSUER_FILE,
    Record,
)

FILE_NAME: Final = "profile.toml"
GB18030: Final = "GB18030"
GBK: Final = "GBK"


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the card, and the address of its master key in the province's HSM.

    Attributes:
        name: Such as `UKSSSE`.
        reference: Key reference in the card.
        hsm_address: Four hex digits.
    """

    name: str
    reference: int
    hsm_address: str


@dataclass(frozen=True, slots=True)
class VersionFacts:
    """The differences between versions of the specification.

    Attributes:
        holder_read_key: Key that opens EF06 for reading; None where reading is free.
        update_key: Key that opens EF05 and EF06 for writing.
        algorithms: Algorithms that the application may report.
        certificates: Whether cards have a certificate application.
        charset: Character set of names: `GB18030`, or `GBK`, which has no code of four bytes.
        holder_records: EF06 records, in the order of writing.
        issuer_records: EF05 records that are rewritten, in the order of writing.
    """

    holder_read_key: Key | None
    update_key: Key
    algorithms: frozenset[str]
    certificates: bool
    charset: str
    holder_records: tuple[Record, ...]
    issuer_records: tuple[Record, ...]

    @property
    def written(self) -> tuple[Record, ...]:
        """All records that are written, in the order of writing."""
        return self.holder_records + self.issuer_records


@dataclass(frozen=True, slots=True)
class BankFacts:
    """How the bank number is found.

    Attributes:
        applications: AIDs to select, in order.
        directories: DF names of directories to read (PSE, PPSE) when none of those shows a number.
        fallback_records: SFI and record number to read when GPO is refused.
        terminal_data: Answers to the PDOL, by tag.
    """

    applications: tuple[bytes, ...]
    directories: tuple[bytes, ...]
    fallback_records: tuple[tuple[int, int], ...]
    terminal_data: Mapping[int, bytes]


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """Where the portrait is stored.

    Attributes:
        file: File identifier.
        size: Maximum bytes of its content.
    """

    file: bytes
    size: int


@dataclass(frozen=True, slots=True)
class PinFacts:
    """How a PIN is unlocked.

    Attributes:
        unlock_key: Key that permits it.
        maintenance_key: Key of the protected command.
        reload_lengths: Lc of the command that carries a new PIN, by algorithm.
    """

    unlock_key: Key
    maintenance_key: Key
    reload_lengths: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """Where certificates and keys are stored.

    Attributes:
        directory: DF name of the directory around the application.
        application: DF name of the application.
        public_key_file: File identifier of the signature public key.
        signature_file: File identifier of the signature certificate.
        encryption_file: File identifier of the encryption certificate.
        certificate_size: Maximum bytes of one certificate.
        slice_length: Bytes of one UPDATE BINARY.
    """

    directory: bytes
    application: bytes
    public_key_file: bytes
    signature_file: bytes
    encryption_file: bytes
    certificate_size: int
    slice_length: int


@dataclass(frozen=True, slots=True)
class Facts:
    """The content of profile.toml.

    Attributes:
        title: Name for people.
        application: DF name of SSSE.
        challenge_length: Bytes of a challenge.
        key_version: Bytes after the 16 of EXTERNAL AUTHENTICATE; may be empty.
        versions: Facts by the first three characters of AAZ508.
        bank: See `BankFacts`.
        photo: See `PhotoFacts`.
        pin: See `PinFacts`.
        certificates: See `CertificateFacts`.
        unverified: Facts never confirmed on a real card, with the reasons for their choice.
    """

    title: str
    application: bytes
    challenge_length: int
    key_version: bytes
    versions: Mapping[str, VersionFacts]
    bank: BankFacts
    photo: PhotoFacts
    pin: PinFacts
    certificates: CertificateFacts
    unverified: tuple[str, ...]

    def for_version(self, AAZ508: str) -> VersionFacts | None:
        """Return the facts of this version; None when the profile can't write such cards."""
        return self.versions.get(AAZ508[:VERSION_LENGTH])

    def rewriting(self, issuer_tags: Iterable[str]) -> Facts:
        """Return these facts with other EF05 tags rewritten at issue.

        Raises:
            ConfigError: Not tags of EF05, or 07 is not the last one.
        """
        try:
            records = _issuer_records(list(issuer_tags))
        except (KeyError, ValueError) as exc:
            raise ConfigError(f"issuer_tags: {exc}") from exc
        versions = {
            name: replace(version, issuer_records=records)
            for name, version in self.versions.items()
        }
        return replace(self, versions=versions)


def load_facts() -> Facts:
    """Return the facts in this folder's profile.toml."""
    return parse_facts(files(__package__).joinpath(FILE_NAME).read_text(encoding="utf-8"))


def parse_facts(text: str) -> Facts:
    """Return the facts in `text`.

    Raises:
        ConfigError: Not TOML, a key is missing or unknown, or a value is invalid.
    """
    try:
        return _facts(tomllib.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError) as exc:
        raise ConfigError(f"{FILE_NAME}: {type(exc).__name__}: {exc}") from exc


def _facts(table: dict[str, Any]) -> Facts:
    keys = {name: _key(name, **entry) for name, entry in table.pop("keys").items()}
    versions = {name: _version(keys, **entry) for name, entry in table.pop("versions").items()}
    return Facts(
        application=bytes.fromhex(table.pop("application")),
        key_version=bytes.fromhex(table.pop("key_version")),
        versions=versions,
        bank=_bank(**table.pop("bank")),
        photo=_photo(**table.pop("photo")),
        pin=_pin(keys, **table.pop("pin")),
        certificates=_certificates(**table.pop("certificates")),
        unverified=tuple(_doubt(**entry) for entry in table.pop("unverified")),
        **table,
    )


def _key(name: str, *, reference: str, hsm_address: str) -> Key:
    return Key(name, int(reference, 16), bytes.fromhex(hsm_address).hex().upper())


def _version(
    keys: Mapping[str, Key],
    *,
    update_key: str,
    algorithms: list[str],
    holder_tags: list[str],
    issuer_tags: list[str],
    holder_read_key: str = "",
    certificates: bool = False,
    charset: str = GB18030,
) -> VersionFacts:
    if charset not in (GB18030, GBK):
        raise ValueError(f"charset {charset!r}: expected {GB18030} or {GBK}")
    return VersionFacts(
        holder_read_key=keys[holder_read_key] if holder_read_key else None,
        update_key=keys[update_key],
        algorithms=frozenset(algorithms),
        certificates=certificates,
        charset=charset,
        holder_records=_records(HOLDER_FILE, holder_tags),
        issuer_records=_issuer_records(issuer_tags),
    )


def _issuer_records(tags: list[str]) -> tuple[Record, ...]:
    records = _records(ISSUER_FILE, tags)
    if records[-1:] != (CARD_NUMBER,) or len(set(records)) != len(records):
        raise ValueError("07 comes last, and each once: a card is whole when it holds its number")
    return records


def _records(file: tuple[Record, ...], tags: list[str]) -> tuple[Record, ...]:
    by_tag = {record.tag: record for record in file}
    return tuple(by_tag[int(tag, 16)] for tag in tags)


def _bank(
    *,
    applications: list[str],
    directories: list[str],
    fallback_records: list[tuple[str, str]],
    terminal_data: dict[str, str],
) -> BankFacts:
    return BankFacts(
        applications=tuple(bytes.fromhex(aid) for aid in applications),
        directories=tuple(bytes.fromhex(name) for name in directories),
        fallback_records=tuple((int(sfi, 16), int(number, 16)) for sfi, number in fallback_records),
        terminal_data={int(tag, 16): bytes.fromhex(value) for tag, value in terminal_data.items()},
    )


def _photo(*, file: str, size: int) -> PhotoFacts:
    if not file.startswith("EF"):
        raise ValueError(f"photo.file {file!r} is no file identifier")
    return PhotoFacts(bytes.fromhex(file), size)


def _pin(
    keys: Mapping[str, Key],
    *,
    unlock_key: str,
    maintenance_key: str,
    reload_lengths: dict[str, str],
) -> PinFacts:
    lengths = {algorithm: int(length, 16) for algorithm, length in reload_lengths.items()}
    return PinFacts(keys[unlock_key], keys[maintenance_key], lengths)


def _certificates(*, certificate_size: int, slice_length: int, **names: str) -> CertificateFacts:
    raw = {name: bytes.fromhex(value) for name, value in names.items()}
    return CertificateFacts(certificate_size=certificate_size, slice_length=slice_length, **raw)


def _doubt(*, fact: str, why: str) -> str:
    return f"{fact} ({why})"
