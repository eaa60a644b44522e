"""The station as it is installed: an environment that holds what a package holds, and no more.

Beside what a package ships, the environment of the tests has libraries that others load when they
find them (httpcore and anyio load trio, which selenium brings): some 50 modules, 7 MB and 0.1 s
that no window has. A benchmark of the daemon runs it from here.
"""

from __future__ import annotations

import compileall
import importlib.metadata
import venv
from pathlib import Path

from config.deployment.dependencies import LOCK, read_lock, shipped
from simulators.child import ROOT


def installed_station(folder: Path) -> Path:
    """Make the environment in a new folder; return its Python.

    Packages are links to those of this environment, which have their compiled form; the station is
    compiled here, as installing a package does.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    python = folder / "bin" / "python"
    (packages,) = folder.glob("lib/python*/site-packages")
    for one in shipped(read_lock(LOCK.read_text(encoding="utf-8"))):
        distribution = importlib.metadata.distribution(one.name)
        names = {file.parts[0] for file in distribution.files or ()}
        for name in names - {"..", "__pycache__"}:
            place = packages / name
            if not place.exists():  # two distributions may fill one package
                place.symlink_to(Path(str(distribution.locate_file(name))).resolve())
    (packages / "station").symlink_to(ROOT / "station")
    compileall.compile_dir(packages, maxlevels=0, quiet=1)  # modules that are one file
    compileall.compile_dir(ROOT / "station", quiet=1)
    return python
