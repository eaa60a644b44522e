"""A chip and a province that know one session only, from a vector file, and fail on another byte.

Vector lines have `name`, `command` and `response` in hex. A name that starts with `HSM` is not an
APDU: its `command` is the request to the province, as text.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.errors import ReaderNotConnectedError

VECTORS: Final = Path(__file__).parents[1] / "vectors"
HSM: Final = "HSM"


@dataclass(frozen=True)
class Line:
    """One line of a vector."""

    name: str
    command: str
    response: bytes


def read_vectors(name: str) -> dict[str, Any]:
    """Return the file `tests/vectors/<name>`."""
    return tomllib.loads((VECTORS / name).read_text(encoding="utf-8"))


def read_lines(entries: list[dict[str, str]]) -> list[Line]:
    """Return the lines of one session."""
    return [Line(e["name"], _normal(e), bytes.fromhex(e["response"])) for e in entries]


def _normal(entry: dict[str, str]) -> str:
    if entry["name"].startswith(HSM):
        return entry["command"]
    return bytes.fromhex(entry["command"]).hex().upper()


@dataclass
class ScriptedChip:
    """An `ApduLink`, an `Authenticator` and a `Protector`; says what was asked."""

    atr: str
    script: list[Line]
    done: int = 0
    requests: list[AuthenticationRequest] = field(default_factory=list)
    protections: list[MaintenanceRequest] = field(default_factory=list)

    address = "memory:script"

    def check_reader(self) -> None:
        if not self.reader_present():
            raise ReaderNotConnectedError("no reader")

    def reader_present(self) -> bool:
        return True

    def power_on(self) -> bytes:
        return bytes.fromhex(self.atr)

    def power_off(self) -> None:
        return None

    def close(self) -> None:
        return None

    def transmit(self, command: bytes, *, name: str = "") -> bytes:
        return self.answer(name, command.hex().upper())

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        self.requests.append(request)
        factors = f"{request.process_factor.hex()} {request.original.hex()}"
        return self.answer(HSM, f"{request.key_address} {factors}")

    def protect(self, request: MaintenanceRequest) -> bytes:
        self.protections.append(request)
        asked = f"{request.key_address} {request.process_factor.hex()} {request.header.hex()}"
        return self.answer("HSM protects", f"{asked} {request.pin.hex()}".strip())

    def answer(self, name: str, command: str) -> bytes:
        """Return what follows in the script, when this is what comes next."""
        assert self.done < len(self.script), f"{name}: sent after the end"
        line = self.script[self.done]
        assert (name, command) == (line.name, line.command)
        self.done += 1
        return line.response

    @property
    def is_done(self) -> bool:
        """Whether the whole script was played."""
        return self.done == len(self.script)
