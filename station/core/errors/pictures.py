"""Decoding or drawing ended without a result, in the process that does both."""

from __future__ import annotations

import enum

from station.core.errors.base import Party, Recovery, StationError
from station.core.phrases import phrase


class PictureFailure(enum.StrEnum):
    """How it ended."""

    DIED = "died"
    TOO_SLOW = "too-slow"
    MEMORY = "memory"
    DEFECT = "defect"
    NOT_STARTED = "not-started"


class PictureWorkError(StationError):
    """The picture process gave no result; no card was moved or written for it.

    `details["failure"]` says how, for people.

    Attributes:
        failure: How it ended.
    """

    code = "picture-work-failed"
    recovery = Recovery.WAIT_FOR_OPERATOR
    untouched = frozenset({Party.CHIP})  # a portrait is made to fit before the chip gets power
    http_status = 503
    retry_after = 5

    def __init__(self, failure: PictureFailure, message: str) -> None:
        super().__init__(message, details={"failure": phrase(f"picture-failure.{failure.value}")})
        self.failure = failure
