"""Reports exported to a file, signed and sealed for the data centre, and the receipts for them."""

from station.offline.sealing import SealedOffice

__all__ = ["SealedOffice"]
