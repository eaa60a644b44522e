"""A backup as one encrypted file that is opened with a passphrase.

Form: one unencrypted line of JSON (form, version, key derivation, content of the backup), then
chunks. The key is derived with scrypt (RFC 7914) from the passphrase and a salt of this file alone.
Each chunk is AES-256-GCM; its nonce is its number and whether it is the last (the STREAM
construction of Hoang, Reyhanitabar, Rogaway and Vizár, 2015), so chunks can't be taken out, put in
another order, or cut off at the end; the header line is authenticated with each. The content is an
uncompressed tar.
"""

from __future__ import annotations

import io
import json
import secrets
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from station.core.errors import ConfigError
from station.core.phrases import phrase

FORM: Final = "card-station-backup"
VERSION: Final = 1
CHUNK: Final = 1024 * 1024
TAG: Final = 16
SCRYPT_N: Final = 2**16  #: 64 MiB and some tenths of a second on a window's PC
SCRYPT_R: Final = 8
MOST_N: Final = 2**20  #: limit for a file of unknown origin: 1 GiB
MOST_HEADER: Final = 64 * 1024
SHORTEST_PASSPHRASE: Final = 12


def write_backup(folder: Path, target: Path, passphrase: str, facts: Mapping[str, str]) -> None:
    """Write every file of a folder into an encrypted backup; `target` must not exist yet.

    Args:
        folder: Its plain files are included, sub-folders are not.
        target: The backup; it appears only when it is complete.
        passphrase: The passphrase that opens it.
        facts: Unencrypted facts about the backup. Nothing personal.

    Raises:
        ConfigError: The passphrase is too short, or the file exists or can't be written.
    """
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise ConfigError(phrase("backup.short", least=SHORTEST_PASSPHRASE))
    salt = secrets.token_bytes(16)
    shown = {"form": FORM, "version": VERSION, "n": SCRYPT_N, "r": SCRYPT_R, "salt": salt.hex()}
    header = json.dumps({**shown, "facts": dict(facts)}, ensure_ascii=False).encode() + b"\n"
    part = target.with_name(f"{target.name}.part")
    try:
        if target.exists():
            raise ConfigError(phrase("backup.exists", file=target))
        with part.open("wb") as out:
            out.write(header)
            sealed = _Sealing(out, _key(passphrase, salt, SCRYPT_N, SCRYPT_R), header)
            with tarfile.open(fileobj=sealed, mode="w|") as archive:
                for file in sorted(path for path in folder.iterdir() if path.is_file()):
                    archive.add(file, arcname=file.name)
            sealed.end()
        part.replace(target)
    except OSError as exc:
        raise ConfigError(f"{exc.filename or target}: {exc.strerror}") from exc


def read_facts(file: Path) -> Mapping[str, str]:
    """Return the unencrypted facts of a backup; only `open_backup` authenticates them.

    Raises:
        ConfigError: It is not a backup of this form, or of a newer version.
    """
    with _opened(file) as content:
        return {str(key): str(value) for key, value in _header(file, content)[1]["facts"].items()}


def open_backup(file: Path, passphrase: str, folder: Path) -> None:
    """Write the files of a backup into an existing, empty folder.

    Raises:
        ConfigError: The passphrase is wrong, or the file was changed or truncated.
    """
    with _opened(file) as content:
        line, shown = _header(file, content)
        key = _key(passphrase, bytes.fromhex(shown["salt"]), shown["n"], shown["r"])
        opening = _Opening(file, content, key, line)
        try:
            with tarfile.open(fileobj=io.BufferedReader(opening), mode="r|") as archive:
                for member in archive:
                    source = archive.extractfile(member)
                    if source is None or Path(member.name).name != member.name:
                        raise ConfigError(phrase("backup.content", file=file))
                    with (folder / member.name).open("xb") as out:
                        while block := source.read(CHUNK):
                            out.write(block)
            opening.read_to_the_end()
        except (tarfile.TarError, EOFError) as exc:
            raise ConfigError(phrase("backup.incomplete", file=file)) from exc


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as exc:
        raise ConfigError(f"{file}: {exc.strerror}") from exc


def _header(file: Path, content: IO[bytes]) -> tuple[bytes, dict[str, Any]]:
    line = content.readline(MOST_HEADER)
    try:
        shown = json.loads(line)
        right = shown["form"] == FORM and isinstance(shown["facts"], dict)
        bytes.fromhex(shown["salt"])
        usable = 2**14 <= shown["n"] <= MOST_N and shown["r"] == SCRYPT_R
        version = int(shown["version"])
    except (ValueError, KeyError, TypeError):
        raise ConfigError(phrase("backup.other-file", file=file)) from None
    if not right or not usable:
        raise ConfigError(phrase("backup.other-file", file=file))
    if version > VERSION:
        raise ConfigError(phrase("backup.newer", file=file, version=version))
    return line, shown


def _key(passphrase: str, salt: bytes, n: int, r: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=n, r=r, p=1).derive(passphrase.encode())


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([last])


class _Sealing(io.RawIOBase):
    """Accepts plain bytes and writes sealed chunks."""

    def __init__(self, out: IO[bytes], key: bytes, header: bytes) -> None:
        self._out = out
        self._cipher = AESGCM(key)
        self._header = header
        self._waiting = bytearray()
        self._number = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:  # noqa: ANN401 - any buffer
        self._waiting += data
        while len(self._waiting) > CHUNK:  # the last chunk is sealed by `end`
            self._seal(bytes(self._waiting[:CHUNK]), last=False)
            del self._waiting[:CHUNK]
        return len(data)

    def end(self) -> None:
        """Seal the remaining bytes as the last chunk."""
        self._seal(bytes(self._waiting), last=True)
        self._out.flush()

    def _seal(self, chunk: bytes, *, last: bool) -> None:
        nonce = _nonce(self._number, last=last)
        self._out.write(self._cipher.encrypt(nonce, chunk, self._header))
        self._number += 1


class _Opening(io.RawIOBase):
    """Reads sealed chunks and returns plain bytes; unauthenticated data is never returned."""

    def __init__(self, file: Path, content: IO[bytes], key: bytes, header: bytes) -> None:
        self._file = file
        self._content = content
        self._cipher = AESGCM(key)
        self._header = header
        self._plain = b""
        self._number = 0
        self._ended = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - any buffer
        while not self._plain and not self._ended:
            self._open_next()
        given = self._plain[: len(buffer)]
        buffer[: len(given)] = given
        self._plain = self._plain[len(given) :]
        return len(given)

    def read_to_the_end(self) -> None:
        """Authenticate the remaining data, so that a truncated file is detected."""
        while not self._ended:
            self._open_next()

    def _open_next(self) -> None:
        chunk = self._content.read(CHUNK + TAG)
        following = self._content.peek(1) if isinstance(self._content, io.BufferedReader) else b""
        self._ended = not following
        try:
            nonce = _nonce(self._number, last=self._ended)
            self._plain = self._cipher.decrypt(nonce, chunk, self._header)
        except (InvalidTag, ValueError):
            raise ConfigError(phrase("backup.not-opened", file=self._file)) from None
        self._number += 1
