"""What a package of the station holds besides the station: read from `requirements.lock`.

The lock also holds what only the simulators need. A package leaves that out: it takes what
`[project.dependencies]` names and what those need in turn on the target.
"""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT: Final = Path(__file__).resolve().parents[2]
LOCK: Final = ROOT / "requirements.lock"

#: Where a package is installed: Debian 12 and what is derived from it. Source: PEP 508.
TARGET: Final[Mapping[str, str]] = {
    "implementation_name": "cpython",
    "os_name": "posix",
    "platform_machine": "x86_64",
    "platform_python_implementation": "CPython",
    "platform_system": "Linux",
    "python_full_version": "3.11.2",
    "python_version": "3.11",
    "sys_platform": "linux",
}

_ENTRY: Final = re.compile(r"^([a-z0-9][a-z0-9.-]*)==(\S+) \\$((?:\n +--hash=\S+(?: \\)?$)+)", re.M)
_HASH: Final = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class LockError(ValueError):
    """The lock lacks something, or the environment does not have what the lock names."""


@dataclass(frozen=True, slots=True)
class Locked:
    """One entry of the lock.

    Attributes:
        name: Canonical name.
        version: The one version.
        sha256: Digests of the files that may be used, in hex.
    """

    name: str
    version: str
    sha256: frozenset[str]

    @property
    def line(self) -> str:
        """The entry as pip reads it."""
        digests = " ".join(f"--hash=sha256:{digest}" for digest in sorted(self.sha256))
        return f"{self.name}=={self.version} {digests}"


def read_lock(text: str) -> dict[str, Locked]:
    """Return the entries of a lock by their names."""
    return {
        found[1]: Locked(found[1], found[2], frozenset(_HASH.findall(found[3])))
        for found in _ENTRY.finditer(text)
    }


def shipped(lock: Mapping[str, Locked], wanted: Iterable[str] | None = None) -> list[Locked]:
    """Return what a package holds, sorted by name.

    What needs what is read from the packages installed here.

    Args:
        lock: All entries.
        wanted: Requirements to begin with; the project's own when not given.

    Raises:
        LockError: Something is needed that the lock lacks or that is not installed.
    """
    waiting = list(wanted if wanted is not None else _project_dependencies())
    found: dict[str, Locked] = {}
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = Requirement(waiting.pop())
        name = canonicalize_name(requirement.name)
        if not _applies(requirement, {""}) or (name, frozenset(requirement.extras)) in seen:
            continue
        seen.add((name, frozenset(requirement.extras)))
        if name not in lock:
            raise LockError(f"{name} is needed and not in the lock: make lock")
        found[name] = lock[name]
        waiting += _needs(name, requirement.extras)
    return [found[name] for name in sorted(found)]


def _project_dependencies() -> list[str]:
    with (ROOT / "pyproject.toml").open("rb") as file:
        return list(tomllib.load(file)["project"]["dependencies"])


def _needs(name: str, extras: set[str]) -> list[str]:
    try:
        required = importlib.metadata.requires(name) or []
    except importlib.metadata.PackageNotFoundError:
        raise LockError(f"{name} is not installed here") from None
    parsed = [Requirement(text) for text in required]
    return [
        f"{each.name}[{','.join(sorted(each.extras))}]" if each.extras else each.name
        for each in parsed
        if _applies(each, {"", *extras})
    ]


def _applies(requirement: Requirement, extras: set[str]) -> bool:
    marker = requirement.marker
    return marker is None or any(marker.evaluate({**TARGET, "extra": extra}) for extra in extras)
