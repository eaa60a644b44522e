"""The resident ID card reader: all approved models contain the same security module (SAM_V)."""

from station.desk.id_reader.driver import UNVERIFIED, SamReader

__all__ = ["UNVERIFIED", "SamReader"]
