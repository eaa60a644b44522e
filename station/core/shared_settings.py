"""The settings that central may give to many windows at once, and the document that holds them.

A document is TOML in the form of `config/station.toml`. What tells where a window's devices, files
and doors are is its own: central can't know it, and a wrong value could lock the window's people
out. So the keys that may stand in such a document are named here, and no other is taken.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from typing import Any, Final

from station.core.errors import FleetMessageError

MOST_BYTES: Final = 65_536
#: For a table all of whose keys are shared.
EVERY: Final = frozenset({"*"})

#: Table -> keys. A table of `banks` is `banks.CODE`, as in the file.
SHARED: Final[Mapping[str, frozenset[str]]] = {
    "access": frozenset({"idle_lock", "requests_per_second"}),
    "banks": EVERY,
    "chip": frozenset({"versions", "issuer_tags", "initialiser", "photo"}),
    "id_reader": frozenset({"keep"}),
    "pin_pad": frozenset({"length", "timeout"}),
    "policies": EVERY,
    "province": frozenset({"url", "timeout", "retry_first", "retry_longest"}),
    "rehearsal": frozenset({"cards", "bank"}),
}


def read_shared(document: str) -> Mapping[str, Mapping[str, Any]]:
    """Return the tables of a document.

    Raises:
        FleetMessageError: It is too long, no TOML, empty, or names a setting that is a window's
            own.
    """
    if len(document.encode()) > MOST_BYTES:
        raise FleetMessageError(
            f"settings of more than {MOST_BYTES} bytes", code="settings-document"
        )
    try:
        found = tomllib.loads(document)
    except tomllib.TOMLDecodeError as exc:
        raise FleetMessageError(f"settings: {exc}", code="settings-document") from exc
    if not found:
        raise FleetMessageError("settings: empty", code="settings-document")
    for table, values in found.items():
        allowed = SHARED.get(table, frozenset())
        names = values if isinstance(values, dict) else {table: values}
        own = set() if allowed == EVERY else set(names) - allowed
        if own or not isinstance(values, dict):
            named = ", ".join(f"{table}.{name}" for name in sorted(own)) or table
            raise FleetMessageError(
                f"settings: {named} can't be given by central",
                code="settings-own",
                details={"settings": named},
            )
    return found


def merged(
    own: Mapping[str, Any], shared: Mapping[str, Mapping[str, Any]]
) -> dict[str, dict[str, Any]]:
    """Return a window's own tables with the shared values in the place of its own.

    A bank of the document takes the place of the whole bank of that code.
    """
    values = {name: dict(table) for name, table in own.items()}
    for name, table in shared.items():
        values[name] = {**values.get(name, {}), **table}
    return values


def digest_of(document: str) -> str:
    """Return the SHA-256 of a document, hex."""
    return hashlib.sha256(document.encode()).hexdigest()
