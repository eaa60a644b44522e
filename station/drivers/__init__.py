"""Printer families: one sub-package each, found by looking, never by listing."""

from __future__ import annotations

import importlib
import pkgutil

from station.core.errors import ConfigError
from station.core.printing import PrinterFamily


def family_names() -> list[str]:
    """Return the name of every family on disk."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__) if module.ispkg)


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
