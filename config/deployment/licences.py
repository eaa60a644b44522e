"""The third-party notices and the bill of materials (SBOM) of a package.

Both are made from the lock and from the metadata of the packages installed here, so neither can
name something else than what is shipped. Source: CycloneDX 1.6 JSON; SPDX licence expressions.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
import tomllib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from config.deployment.dependencies import LOCK, ROOT, LockError, read_lock, shipped

TABLE: Final = Path(__file__).parent / "licences.toml"
TEXTS: Final = Path(__file__).parent / "licence-texts"
VENDORED: Final = ROOT / "station" / "ui" / "static" / "vendor" / "VENDORED.md"
_VENDORED_ROW: Final = re.compile(
    r"^\| `(?P<file>[^`]+)` \| `(?P<name>[^`]+)` \| (?P<version>\S+) \| `[^`]+` \| "
    r"(?P<licence>[^|]+) \| `(?P<sha256>[0-9a-f]{64})` \|$",
    re.M,
)
_LICENCE_FILE: Final = re.compile(r"(^|/)(licen[cs]e|copying|notice|authors)[^/]*$", re.I)
#: Namespace of the serial numbers: the same content has the same number.
_NAMESPACE: Final = uuid.UUID("b2f1c9a4-5e1f-4c0d-9a57-3f3d0c1c5a11")


@dataclass(frozen=True, slots=True)
class Component:
    """One piece of third-party software in a package.

    Attributes:
        name: Its name in its ecosystem.
        version: The one version.
        licence: SPDX expression.
        ecosystem: `pypi` or `npm`.
        sha256: Digest of the file that was shipped, in hex; empty where that is not known yet.
    """

    name: str
    version: str
    licence: str
    ecosystem: str = "pypi"
    sha256: str = ""

    @property
    def purl(self) -> str:
        """Package URL (purl-spec)."""
        return f"pkg:{self.ecosystem}/{self.name}@{self.version}"


def components(files: Mapping[str, str] | None = None) -> list[Component]:
    """Return everything third-party that a package holds.

    Args:
        files: Name to SHA-256 of the file that was shipped.

    Raises:
        LockError: A licence is not known, or is none of the accepted ones.
    """
    known = files or {}
    locked = shipped(read_lock(LOCK.read_text(encoding="utf-8")))
    python = [
        Component(each.name, each.version, _licence(each.name), sha256=known.get(each.name, ""))
        for each in locked
    ]
    found = [*python, *_vendored()]
    for component in found:
        refused = _parts(component.licence) - _accepted()
        if refused:
            raise LockError(f"{component.name}: {', '.join(sorted(refused))} is not accepted")
    return found


def _vendored() -> list[Component]:
    rows = _VENDORED_ROW.finditer(VENDORED.read_text(encoding="utf-8"))
    return [
        Component(row["name"], row["version"], row["licence"], "npm", row["sha256"]) for row in rows
    ]


def _licence(name: str) -> str:
    own = importlib.metadata.metadata(name).get_all("License-Expression") or []
    given = next(iter(own), None) or _table()["spdx"].get(name)
    if given is None:
        raise LockError(f"{name} names no SPDX licence: read its licence file, add it to {TABLE}")
    return str(given)


def _parts(expression: str) -> set[str]:
    return set(re.split(r"\s+(?:AND|OR|WITH)\s+|[()\s]+", expression)) - {""}


def _accepted() -> set[str]:
    return set(_table()["accepted"]["expressions"])


def _table() -> dict[str, Any]:
    with TABLE.open("rb") as file:
        return tomllib.load(file)


def licence_files(name: str) -> list[Path]:
    """Return the licence texts of an installed package; a copy kept here where it brings none."""
    files = importlib.metadata.files(name) or []
    found = [
        Path(str(file.locate()))
        for file in files
        if _LICENCE_FILE.search(str(file)) and file.suffix not in (".py", ".pyc")
    ]
    kept = TEXTS / f"{name}.txt"
    return found or ([kept] if kept.exists() else [])


def notices() -> str:
    """Return the page of third-party notices."""
    rows = "\n".join(f"| {each.name} | {each.version} | {each.licence} |" for each in components())
    return f"""# Third-party notices

Made from `requirements.lock` and the packages' own metadata; do not edit. This is what the packages
of the station (`.deb`) hold besides the station itself. Each one's licence text is in its folder in
`/opt/card-station/lib/python3.11/site-packages/*.dist-info` of the package, or in
`/usr/share/doc/card-station/licence-texts`. The wheel of the station holds only the scripts of the
pages; it names the others as its requirements.

pyscard and fpdf2 are under the GNU Lesser General Public License: they are separate modules, used
unchanged, and may be replaced by another version in the folder named above. `make package` puts
their source archives beside the package, to be handed on with it.

| component | version | licence |
|---|---|---|
{rows}
"""


def bill_of_materials(version: str, files: Mapping[str, str] | None = None) -> str:
    """Return the bill of materials as CycloneDX 1.6 JSON; the same input gives the same bytes.

    Args:
        version: Of the station.
        files: Name to SHA-256 of the file that was shipped.
    """
    parts = components(files)
    root = f"pkg:generic/card-station@{version}"
    body: dict[str, Any] = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "bom-ref": root,
                "name": "card-station",
                "version": version,
                "licenses": [{"license": {"id": "Apache-2.0"}}],
            }
        },
        "components": [_entry(part) for part in parts],
        "dependencies": [{"ref": root, "dependsOn": [part.purl for part in parts]}],
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    body["serialNumber"] = f"urn:uuid:{uuid.uuid5(_NAMESPACE, digest)}"
    return json.dumps(body, indent=1, sort_keys=True) + "\n"


def _entry(part: Component) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.purl,
        "name": part.name,
        "version": part.version,
        "purl": part.purl,
        "licenses": [{"expression": part.licence}],
    }
    if part.sha256:
        entry["hashes"] = [{"alg": "SHA-256", "content": part.sha256}]
    return entry
