"""A request by a person or a calling system that can't be fulfilled."""

from __future__ import annotations

import enum

from station.core.errors.base import Party, Recovery, StationError


class InputError(StationError):
    """The request is invalid; nothing was changed."""

    code = "input-invalid"
    recovery = Recovery.WAIT_FOR_OPERATOR
    http_status = 422


class IdNumberError(InputError):
    """Not a number that a person in the system can have.

    For a 15-digit number, `details["eighteen"]` is the 18-digit form, for the person who typed it;
    this error is returned to the caller and never stored with an order.
    """

    code = "id-number-invalid"

    def __init__(
        self,
        message: str,
        *,
        code: str = "id-number-invalid",
        details: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.code = code


class StepNotAllowedError(InputError):
    """The order's life has no such event at its current step."""

    code = "step-not-allowed"
    http_status = 409


class OrderMovedError(StepNotAllowedError):
    """The order is at a different step than its writer assumed; nothing was changed."""


class MachineAtWorkError(InputError):
    """The machine is in the middle of a step; the requested action was not begun.

    `details`: `step_title`, the title of the current step, for the operator.
    """

    code = "machine-at-work"
    http_status = 503
    retry_after = 3


class OrderNotFoundError(InputError):
    """No order has this id."""

    code = "order-not-found"
    http_status = 404


class ServiceOffError(InputError):
    """The site has switched this service off at this window. `details["service"]`: its word."""

    code = "service-switched-off"
    http_status = 409


class ServiceNotThereError(InputError):
    """The province's dialect has no such service; it is done in the province's own system."""

    code = "province-has-no-such-service"
    http_status = 409


class OldCardNeededError(InputError):
    """A card is exchanged only for the old one, which the window collects."""

    code = "old-card-not-collected"
    http_status = 409


class ConfirmationNeededError(InputError):
    """What is asked can't be undone: it must be asked once more, confirmed. Nothing was done."""

    code = "confirmation-needed"
    http_status = 409


class PersonNotServedError(InputError):
    """This station has no order of this person, or none of this card."""

    code = "person-not-served"
    http_status = 404


class CardNotFoundError(InputError):
    """The ledger has no card with this number."""

    code = "card-not-found"
    http_status = 404


class BatchNotFoundError(InputError):
    """There is no such batch, or no such row, picture or list of it."""

    code = "batch-not-found"
    http_status = 404


class BatchFileFault(enum.StrEnum):
    """Why a file with the data of a batch can't be used. The value is the error's code."""

    NOT_A_TABLE = "batch-file-not-a-table"
    TOO_LARGE = "batch-file-too-large"
    NO_HEADINGS = "batch-file-no-headings"
    NOT_A_PACKAGE = "batch-file-not-a-package"


class BatchFileError(InputError):
    """A file with the data of a batch can't be used; nothing of it was taken over.

    `details`: `fields`, the headings that are missing; `allowed`, the limit that is exceeded.
    """

    code = BatchFileFault.NOT_A_TABLE.value

    def __init__(self, fault: BatchFileFault, message: str, **details: str) -> None:
        super().__init__(message, details=details)
        self.code = fault.value


class NotACollectorError(InputError):
    """Whoever is named to take a unit's cards is none of its collectors, and no agent."""

    code = "not-a-collector"
    http_status = 409


class UnitFixedError(InputError):
    """A unit's bank and branch were confirmed, and can't be changed any more."""

    code = "unit-bank-fixed"
    http_status = 409


class PackageFault(enum.StrEnum):
    """Why a unit's package can't be used. The value is the error's code."""

    DAMAGED = "package-damaged"
    OTHER_STATION = "package-of-other-station"
    OTHER_VERSION = "package-of-other-version"


class PackageError(InputError):
    """A unit's package can't be used; nothing was changed."""

    code = PackageFault.DAMAGED.value

    def __init__(self, fault: PackageFault, message: str) -> None:
        super().__init__(message)
        self.code = fault.value


class DataErasedError(InputError):
    """The order's personal data was erased when its time was over: nothing can be made of it.

    `details`: `days`, the site's time limit.
    """

    code = "personal-data-erased"
    http_status = 410


class BatchErasedError(InputError):
    """The personal data of the batch was erased when its time was over; nothing was changed."""

    code = "batch-erased"
    http_status = 410


class StockMissingError(InputError):
    """More blanks were to be moved than the ledger counts there.

    `details`: `place` is where they were to come from, `there` the number counted, `wanted` the
    number requested.
    """

    code = "blanks-not-there"
    http_status = 409


class CardLostError(InputError):
    """A card that is registered as lost can't be destroyed until it is found."""

    code = "card-registered-lost"
    http_status = 409


class WitnessNeededError(InputError):
    """This needs two people, and only one was named."""

    code = "witness-needed"
    http_status = 403


class OrderConflictError(InputError):
    """Another order holds the machine, or an Idempotency-Key was reused with other data."""

    code = "order-conflict"
    http_status = 409

    def __init__(
        self, message: str, *, code: str = "order-conflict", details: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, details=details)
        self.code = code


class NameNotEncodableError(InputError):
    """The chip or the fonts can't hold a text.

    `name-not-encodable`: a character has no code or glyph; it is in `details["character"]`.
    `text-too-long`: the text does not fit on the face at the smallest size;
    `details["field_title"]` and `details["room"]` describe the field.
    """

    code = "name-not-encodable"
    untouched = frozenset({Party.CHIP})

    def __init__(
        self,
        message: str,
        *,
        code: str = "name-not-encodable",
        details: dict[str, str] | None = None,
    ) -> None:
        super().__init__(message, details=details)
        self.code = code


class PhotoError(InputError):
    """The province's picture can't be printed.

    `details`: the `rule` that it breaks, the rule's `rule_title` for people, the value `found` and
    the value `allowed`.
    """

    code = "photo-unusable"


class PhotoRulesError(InputError):
    """The picture breaks soft rules that no supervisor has waived.

    `details["rules"]` holds the names of the rules, `details["broken"]` the measured and the
    allowed values.
    """

    code = "photo-rules-broken"
    http_status = 409


class NotSupervisorError(InputError):
    """The person named as approver is not a supervisor of this site, or is the requester."""

    code = "not-supervisor"
    http_status = 403


class BankNotConfiguredError(InputError):
    """The order's bank is not in the site's configuration, so no blank can be accepted for it."""

    code = "bank-not-configured"


class FaceChangedError(InputError):
    """The face to be printed has a different digest than the approved one."""

    code = "face-changed"


class CapabilityMissingError(InputError):
    """The machine can't do what the order needs.

    `details`: the `model`, the missing `capability`, and its `capability_title` for people.
    """

    code = "machine-lacks-capability"
    http_status = 409


class TrackDataError(InputError):
    """A magnetic track can't hold the text. `details["track"]` is its number."""

    code = "magnetic-data-invalid"

    def __init__(self, track: int, reason: str) -> None:
        super().__init__(
            f"track {track}: {reason}", details={"track": str(track), "reason": reason}
        )


class ParcelError(InputError):
    """A file to or from the data centre can't be used; nothing was changed."""

    code = "parcel-damaged"

    def __init__(self, message: str, *, code: str = "parcel-damaged") -> None:
        super().__init__(message)
        self.code = code
