"""Sealed files to the data centre and back. Source: docs/how-to/reports-without-network.md."""

from station.parcels.office import SealedOffice

__all__ = ["SealedOffice"]
