"""Province gateways: one sub-package each, discovered on disk, never listed.

The only sub-package that is not a gateway is `kit`: what they share.
"""

from __future__ import annotations

import importlib
import pkgutil
from typing import Final

from station.core.errors import ConfigError
from station.core.gateways import GatewayFamily

KIT: Final = "kit"


def gateway_names() -> list[str]:
    """Return the name of every gateway on disk."""
    found = [module.name for module in pkgutil.iter_modules(__path__) if module.ispkg]
    return sorted(name for name in found if name != KIT)


def load_gateway(name: str) -> GatewayFamily:
    """Import one gateway by the name used in config/.

    Raises:
        ConfigError: No such gateway, or it does not export GATEWAY.
    """
    if name not in gateway_names():
        raise ConfigError(f"unknown gateway {name!r}; known: {', '.join(gateway_names())}")
    gateway = getattr(importlib.import_module(f"{__name__}.{name}"), "GATEWAY", None)
    if not isinstance(gateway, GatewayFamily) or gateway.name != name:
        raise ConfigError(f"station.gateways.{name} must export GATEWAY named {name!r}")
    return gateway
