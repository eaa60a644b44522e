"""Reports that leave in a file, signed and sealed for the data centre, and its receipts."""

from station.offline.sealing import SealedOffice

__all__ = ["SealedOffice"]
