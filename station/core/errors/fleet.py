"""Errors between a window and central. None of them keeps a card from being made."""

from __future__ import annotations

from station.core.errors.base import Automatic, Recovery, StationError


class FleetMessageError(StationError):
    """A message of the fleet has another form, another signature, or was meant for another."""

    code = "fleet-message"
    recovery = Recovery.WAIT_FOR_OPERATOR
    http_status = 422


class FleetLinkError(StationError):
    """The carrier or central does not answer; what is to be sent stays in the journal."""

    code = "fleet-not-reached"
    recovery = Recovery.RETRY_STEP
    http_status = 503


class LeaseMissingError(StationError):
    """Central has assigned the order, and the window has no live lease to feed it."""

    code = "no-lease"
    recovery = Recovery.RETRY_STEP
    automatic = Automatic.BACKED_OFF
    http_status = 409
