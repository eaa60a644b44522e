"""Requests to central that can't be fulfilled; nothing was changed."""

from __future__ import annotations

from station.core.errors.requests import InputError


class EnrolmentRefusedError(InputError):
    """The registration code is unknown, used up, or of another station."""

    code = "enrolment-refused"
    http_status = 403


class StationNameTakenError(InputError):
    """The station's name belongs to other keys."""

    code = "station-name-taken"
    http_status = 409


class FleetEntryNotFoundError(InputError):
    """Central has no such station, assignment, fork, transfer or batch."""

    code = "fleet-entry-not-found"
    http_status = 404


class StationOnHoldError(InputError):
    """The station gets no orders: a fork is not decided, or a person has blocked it."""

    code = "station-on-hold"
    http_status = 409


class ApplicationAssignedError(InputError):
    """The application is assigned, and only that station's answer frees it."""

    code = "application-assigned"
    http_status = 409


class LeaseAliveError(InputError):
    """The station may still feed the order: its lease has not ended."""

    code = "lease-alive"
    http_status = 409


class FleetStockError(InputError):
    """An account of central's stock has fewer blanks than are to be taken from it."""

    code = "fleet-stock-missing"
    http_status = 409


class SettingsNotUnderWayError(InputError):
    """Settings were replaced by newer ones, or are everywhere already."""

    code = "settings-not-under-way"
    http_status = 409
