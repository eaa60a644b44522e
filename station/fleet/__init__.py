"""The window's side of a fleet: events up, letters down, and the lease for assigned orders."""

from station.fleet.member import Member

__all__ = ["Member"]
