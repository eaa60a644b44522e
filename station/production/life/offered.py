"""Which services a window offers: the site may switch some off."""

from __future__ import annotations

from station.core.errors import ServiceOffError
from station.production.life.equipment import Equipment
from station.production.life.policies import WindowService


def is_offered(equipment: Equipment, service: WindowService) -> bool:
    """Whether the site has left this service on."""
    return service not in equipment.policies.services_off


def require_offered(equipment: Equipment, service: WindowService) -> None:
    """Refuse a service that the site has switched off.

    Raises:
        ServiceOffError: It is off.
    """
    if not is_offered(equipment, service):
        raise ServiceOffError(
            f"{service.value} is switched off", details={"service": service.value}
        )
