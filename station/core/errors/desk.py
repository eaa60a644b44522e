"""The clerk's desk: ID cards, the desk's card reader, the PIN pad."""

from __future__ import annotations

import enum

from station.core.errors.base import Recovery, StationError
from station.core.errors.devices import TransportError
from station.core.errors.requests import InputError


class IdentityMismatch(enum.StrEnum):
    """Why the ID card that was read does not fit the order or card. Values are error codes."""

    EXPIRED = "id-card-expired"
    NOT_VALID_YET = "id-card-not-valid-yet"
    OTHER_PERSON = "id-card-other-person"
    OTHER_NAME = "id-card-other-name"
    NAME_UNREADABLE = "id-card-name-unreadable"  #: private-use characters: a person compares
    #: The reading is no longer available, and its name was not compared.
    READ_AGAIN = "id-card-read-again"
    AGENT_IS_HOLDER = "agent-is-holder"


class IdentityMismatchError(InputError):
    """The ID card that was read is not the required one; nothing was changed.

    `details` may hold `characters` of a name or `valid_until` for the person at the window: they
    are returned to the caller and never stored.
    """

    code = IdentityMismatch.OTHER_PERSON.value
    http_status = 409

    def __init__(
        self, mismatch: IdentityMismatch, *, details: dict[str, str] | None = None
    ) -> None:
        super().__init__(f"the ID card does not fit: {mismatch.value}", details=details)
        self.mismatch = mismatch
        self.code = mismatch.value


class PinEntryFault(enum.StrEnum):
    """Why no PIN was entered. Values are error codes."""

    CANCELLED = "pin-entry-cancelled"
    TIMED_OUT = "pin-entry-timed-out"
    LENGTH = "pin-entry-length"
    DIFFER = "pin-entries-differ"
    KEYBOARD_FORBIDDEN = "pin-keyboard-forbidden"


class PinEntryError(InputError):
    """The holder entered no usable PIN; nothing was sent to the card."""

    code = PinEntryFault.CANCELLED.value
    http_status = 409

    def __init__(self, fault: PinEntryFault) -> None:
        super().__init__(f"no PIN: {fault.value}")
        self.fault = fault
        self.code = fault.value


class DeskBusyError(InputError):
    """Another request uses the desk's card reader or PIN pad; nothing was begun."""

    code = "desk-busy"
    http_status = 503
    retry_after = 3


class DeskDeviceMissingError(InputError):
    """The request needs a device that the site has not configured.

    `details["setting"]` is the section of the settings.
    """

    code = "desk-device-missing"
    http_status = 409


class DeskDeviceNotConnectedError(TransportError):
    """A device on the clerk's desk can't be reached: cable, power, permission, other program.

    Codes: `id-reader-not-connected`, `pin-pad-not-connected`; `details["address"]` is its address.
    """

    code = "id-reader-not-connected"
    recovery = Recovery.WAIT_FOR_OPERATOR

    def __init__(self, message: str, *, code: str, address: str) -> None:
        super().__init__(message, details={"address": address}, code=code)


class DeskFault(enum.StrEnum):
    """Faults of a device on the clerk's desk. Values are error codes."""

    READER_SILENT = "id-reader-silent"
    READER_ANSWER_DAMAGED = "id-reader-answer-damaged"
    READER_REFUSED = "id-reader-refused"
    READER_SELF_TEST_FAILED = "id-reader-self-test-failed"
    READER_NOT_AUTHORISED = "id-reader-not-authorised"
    CARD_NOT_SELECTED = "id-card-not-selected"
    CARD_NOT_READ = "id-card-not-read"
    CARD_NOT_GENUINE = "id-card-not-genuine"
    CARD_UNKNOWN_KIND = "id-card-unknown-kind"
    CARD_CONTENT_INVALID = "id-card-content-invalid"
    PAD_SILENT = "pin-pad-silent"
    PAD_ANSWER_DAMAGED = "pin-pad-answer-damaged"
    PAD_REFUSED = "pin-pad-refused"


class DeskDeviceError(StationError):
    """A device on the clerk's desk refused, failed, or gave an unusable answer.

    These devices never hold a card of a production order. `details["reason"]` names what is wrong
    with an answer, or the device's own status; it never contains data.
    """

    code = DeskFault.READER_ANSWER_DAMAGED.value
    recovery = Recovery.WAIT_FOR_OPERATOR
    http_status = 503

    def __init__(self, fault: DeskFault, *, reason: str = "") -> None:
        super().__init__(
            f"{fault.value}{f': {reason}' if reason else ''}",
            details={"reason": reason} if reason else None,
        )
        self.fault = fault
        self.reason = reason
        self.code = fault.value
