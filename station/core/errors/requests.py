"""What a person or a calling system asked for cannot be."""

from __future__ import annotations

from station.core.errors.base import Party, Recovery, StationError


class InputError(StationError):
    """The request itself is wrong; nothing was changed."""

    code = "input-invalid"
    recovery = Recovery.WAIT_FOR_OPERATOR
    http_status = 422


class IdNumberError(InputError):
    """Not a number that a person in the system can have.

    Of a 15-digit number, `details["eighteen"]` is the 18-digit form, for whoever typed it; this
    error is answered to the caller and never kept with an order.
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
    """The order's life has no such step from where it stands."""

    code = "step-not-allowed"
    http_status = 409


class OrderMovedError(StepNotAllowedError):
    """The order is at another step than its writer believes; nothing was changed."""


class MachineAtWorkError(InputError):
    """The machine is in the middle of a step; what was asked for was not begun.

    `details`: `step_title`, the step that it is at work on, in the operator's words.
    """

    code = "machine-at-work"
    http_status = 503
    retry_after = 3


class OrderNotFoundError(InputError):
    """No order has this id."""

    code = "order-not-found"
    http_status = 404


class CardNotFoundError(InputError):
    """The ledger has no card with this number."""

    code = "card-not-found"
    http_status = 404


class DataErasedError(InputError):
    """The order's personal data was erased when its time was over: nothing can be made of it.

    `details`: `days`, the site's time limit.
    """

    code = "personal-data-erased"
    http_status = 410


class StockMissingError(InputError):
    """More blanks were to be moved than are there by the ledger.

    `details`: the `place` they were to leave, how many are `there`, and how many were `wanted`.
    """

    code = "blanks-not-there"
    http_status = 409


class CardLostError(InputError):
    """A card that is registered as lost can't be destroyed before it was found."""

    code = "card-registered-lost"
    http_status = 409


class WitnessNeededError(InputError):
    """Two people have to stand behind this, and only one did."""

    code = "witness-needed"
    http_status = 403


class OrderConflictError(InputError):
    """Another order has the machine, or an Idempotency-Key came back with other data."""

    code = "order-conflict"
    http_status = 409

    def __init__(
        self, message: str, *, code: str = "order-conflict", details: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, details=details)
        self.code = code


class NameNotEncodableError(InputError):
    """The chip or the fonts can't hold a text.

    `name-not-encodable`: a character; `details["character"]` says which. `text-too-long`: no room
    on the face at the smallest size; `details["field_title"]` and `details["room"]` say where.
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

    `details` say which `rule` it breaks, its `rule_title` for people, what was `found` and what is
    `allowed`.
    """

    code = "photo-unusable"


class PhotoRulesError(InputError):
    """The picture breaks soft rules, and no supervisor has let it pass.

    `details["rules"]` are their words, `details["broken"]` what was measured and what is allowed.
    """

    code = "photo-rules-broken"
    http_status = 409


class NotSupervisorError(InputError):
    """Who was named to approve is no supervisor of this site, or is the one who acts."""

    code = "not-supervisor"
    http_status = 403


class BankNotConfiguredError(InputError):
    """The order's bank is not in the site's configuration, so no blank can be accepted for it."""

    code = "bank-not-configured"


class FaceChangedError(InputError):
    """The face that would be printed has another digest than the one that was approved."""

    code = "face-changed"


class CapabilityMissingError(InputError):
    """The machine can't do what the order needs.

    `details` say the `model`, what it lacks (`capability`), and that in words (`capability_title`).
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
