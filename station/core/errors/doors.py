"""Refusals at the doors: who calls is not known, or may not do this."""

from __future__ import annotations

from typing import ClassVar

from station.core.errors import InputError


class NotKnownError(InputError):
    """Nobody is logged in, and no valid token was sent; or the session has ended."""

    code = "login-needed"
    http_status = 401


class NotAllowedError(InputError):
    """The caller is known, and its roles do not include this operation."""

    code = "role-not-allowed"
    http_status = 403


class LoginRefusedError(InputError):
    """Name and password do not belong together, or the operator is disabled. Never says which."""

    code = "login-refused"
    http_status = 403


class LoginWaitError(InputError):
    """Too many failed tries under this name; `details["seconds"]` until the next one counts."""

    code = "login-wait"
    http_status = 429

    def __init__(self, seconds: float) -> None:
        shown = max(1, round(seconds))
        super().__init__("too many failed tries", details={"seconds": str(shown)})
        self.retry_after = shown  # type: ignore[misc]  # of this refusal, not of the class


class LoginBusyError(InputError):
    """Too many passwords are being checked at the moment."""

    code = "login-busy"
    http_status = 503
    retry_after: ClassVar[int | None] = 2


class PasswordWeakError(InputError):
    """A new password is too short, or holds the operator's own name."""

    code = "password-weak"


class FormExpiredError(InputError):
    """A form or request of a session without this session's own token (CSRF)."""

    code = "form-expired"
    http_status = 403


class OperatorCardError(InputError):
    """An operator's card can't be used for a login; no subclass says more."""

    code = "operator-card-refused"
    http_status = 403


class OperatorCardReaderError(OperatorCardError):
    """The site has no reader for operators' cards."""

    code = "operator-card-no-reader"
    http_status = 409


class OperatorCardAbsentError(OperatorCardError):
    """No card answers in the reader; `details["cause"]` is the code of what the reader says."""

    code = "operator-card-absent"
    http_status = 409


class OperatorCardUnknownError(OperatorCardError):
    """The card is not bound to an operator, or its holder was disabled."""

    code = "operator-card-unknown"


class OperatorCardExpiredError(OperatorCardError):
    """The certificate on the card is not valid yet, or no longer."""

    code = "operator-card-expired"


class OperatorCardRefusedError(OperatorCardError):
    """Not a PIV card with a usable key, or what it signed does not fit its certificate."""


class OperatorCardPinError(OperatorCardError):
    """The PIN is wrong; `details["tries_left"]` is how many tries the card has left."""

    code = "operator-card-pin-wrong"

    def __init__(self, tries_left: int) -> None:
        super().__init__("the PIN is wrong", details={"tries_left": str(tries_left)})


class OperatorCardLastTryError(OperatorCardPinError):
    """One try is left, so nothing was sent: whoever is at the keyboard must not lock the card."""

    code = "operator-card-last-try"


class OperatorCardLockedError(OperatorCardPinError):
    """The PIN has no try left."""

    code = "operator-card-locked"


class ListenersError(InputError):
    """Too many listen to what happens, or too many of this caller."""

    code = "too-many-listeners"
    http_status = 503
    retry_after: ClassVar[int | None] = 5


class OperatorKnownError(InputError):
    """An operator or a client with this name is there already."""

    code = "name-taken"
    http_status = 409


class OperatorUnknownError(InputError):
    """There is no operator or client with this name."""

    code = "name-unknown"
    http_status = 404


class PairingUnknownError(InputError):
    """There is no such request for pairing: it was refused, taken, or is too old."""

    code = "pairing-unknown"
    http_status = 404
