"""The outcome of an effect: it did not happen, or is unknown."""

from __future__ import annotations

import enum

from station.core.errors.base import Recovery, StationError


class NotDoneError(StationError):
    """An effect without an answer was proven not to have happened; a person starts it again."""

    code = "proven-not-done"
    recovery = Recovery.RETRY_STEP
    http_status = 503


class OutcomeUnknownError(StationError):
    """An irreversible command was sent and no result arrived: inspect first."""

    code = "outcome-unknown"
    recovery = Recovery.INSPECT
    http_status = 503


class BrokeOffError(OutcomeUnknownError):
    """A movement or a print began, and the device reports that it was interrupted.

    How far the card moved is unknown: the effect is neither done nor "nothing happened". A command
    that the device refused before anything moved is a `DeviceError`.

    Attributes:
        native_code: The device's own error number, kept for the technician.
    """

    code = "movement-broke-off"

    def __init__(self, message: str, *, native_code: int, code: str = "movement-broke-off") -> None:
        super().__init__(
            f"{message} [native code 0x{native_code:06X}]",
            details={"native_code": f"{native_code:06X}"},
        )
        self.native_code = native_code
        self.code = code


class PersonRequest(enum.StrEnum):
    """What a machine without motors asks a person to do. Values are error codes."""

    PUT_IN = "card-needed"
    TAKE_OUT = "take-card"
    PUT_ASIDE = "put-card-aside"


class PersonNeededError(OutcomeUnknownError):
    """A person was asked to move the card; inspect again to see whether it was done."""

    recovery = Recovery.AWAIT_PERSON

    def __init__(self, request: PersonRequest) -> None:
        super().__init__(f"a person was asked: {request.value}")
        self.request = request
        self.code = request.value
