"""Tells other programs what has happened, by HTTP requests of the station's own."""

from station.webhooks.sender import Sender

__all__ = ["Sender"]
