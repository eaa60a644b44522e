"""Printer families: one sub-package each, discovered on disk, never listed.

The only sub-package that is not a family is `kit`: what the families share.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from station.core.errors import ConfigError
from station.core.printing import PrinterFamily

KIT: Final = "kit"


def family_names() -> list[str]:
    """Return the name of every family on disk."""
    packages = (module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)
    return sorted(name for name in packages if name != KIT)


def load_family(name: str) -> PrinterFamily:
    """Import one family by the name used in config/.

    Raises:
        ConfigError: No such family, it does not export FAMILY, or one of its model files is wrong.
    """
    if name not in family_names():
        raise ConfigError(f"unknown printer family {name!r}; known: {', '.join(family_names())}")
    family = getattr(importlib.import_module(f"{__name__}.{name}"), "FAMILY", None)
    if not isinstance(family, PrinterFamily) or family.name != name:
        raise ConfigError(f"station.drivers.{name} must export FAMILY named {name!r}")
    return family
