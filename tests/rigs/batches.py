"""The service of batches as bootstrap wires it, on any journal."""

from __future__ import annotations

from pathlib import Path

from station.batches.service import BatchService
from station.journal import Journal
from station.offline.packages import SealedPackages
from station.paper import Papers
from station.production.life.equipment import Equipment
from station.production.services.service import ProductionService


def batch_service(
    journal: Journal, equipment: Equipment, service: ProductionService, folder: Path
) -> BatchService:
    """Return the service; the key of packages is in the folder, made at its first use."""
    packages = SealedPackages(folder / "package.key")
    return BatchService(journal, equipment, service, Papers(), packages)
