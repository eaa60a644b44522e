"""The resident ID card reader: every approved one has the same security module (SAM_V)."""

from station.desk.id_reader.driver import UNVERIFIED, SamReader

__all__ = ["UNVERIFIED", "SamReader"]
