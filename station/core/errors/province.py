"""The province did not answer, gave an inconclusive answer, or refused."""

from __future__ import annotations

import enum

from station.core.errors.base import Automatic, Party, Recovery, StationError


class GatewayError(StationError):
    """An error on the province's side."""

    code = "province-failed"
    http_status = 502


class ConnectionFailure(enum.StrEnum):
    """Why no connection was established, where the cause is known. Values are error codes."""

    HOST_UNKNOWN = "province-host-unknown"
    ROOT_UNKNOWN = "province-certificate-unknown-root"
    CERTIFICATE_EXPIRED = "province-certificate-expired"
    OTHER_HOST = "province-certificate-other-host"
    TLS_TOO_OLD = "province-tls-too-old"
    TLS_FAILED = "province-tls-failed"


class GatewayUnavailableError(GatewayError):
    """The province gave no answer: network or server failure. The request may have taken effect.

    `code` is a `ConnectionFailure` where it is known why no connection was established.
    """

    code = "province-unavailable"
    recovery = Recovery.INSPECT
    automatic = Automatic.BACKED_OFF
    http_status = 503

    def __init__(
        self,
        message: str,
        *,
        details: dict[str, str] | None = None,
        failure: ConnectionFailure | None = None,
    ) -> None:
        super().__init__(message, details=details)
        if failure is not None:
            self.code = failure.value


class LinkRestingError(GatewayUnavailableError):
    """Nothing was sent: the province has not answered for a while and will be tried again later."""

    code = "province-link-resting"
    recovery = Recovery.RETRY_STEP


class AnswerProblem(enum.StrEnum):
    """Why an answer can't be used. Values are error codes."""

    UNLISTED = "province-answer-unlisted"  #: a reply text that the dialect does not list
    FAULT = "province-fault"  #: a SOAP fault
    GARBLED = "province-answer-garbled"  #: not the expected XML, or truncated
    #: XML with a character that XML forbids
    CONTROL_CHARACTER = "province-answer-control-character"
    LOGIN = "province-http-login"  #: HTTP 401, 403, 407
    NOT_FOUND = "province-http-not-found"  #: HTTP 404, 405, 410
    REDIRECTED = "province-http-redirected"  #: HTTP 3xx
    STATUS = "province-http-status"  #: any other status


#: The same request may get a proper answer later, without any change by a person.
PASSING: frozenset[AnswerProblem] = frozenset(
    (AnswerProblem.UNLISTED, AnswerProblem.FAULT, AnswerProblem.GARBLED, AnswerProblem.STATUS)
)


class GatewayAnswerError(GatewayError):
    """The province answered, but the answer states neither success nor refusal.

    The request may have taken effect. The connection works, so this allows no conclusion about
    other requests.

    Attributes:
        problem: What is wrong with the answer; also the `code`.
    """

    recovery = Recovery.INSPECT
    automatic = Automatic.NEVER

    def __init__(
        self, problem: AnswerProblem, *, reason: str = "", province_text: str = ""
    ) -> None:
        told = {"reason": reason, "province_text": province_text}
        super().__init__(
            f"an answer that can't be used: {problem.value}",
            details={name: text for name, text in told.items() if text},
        )
        self.problem = problem
        self.code = problem.value
        if problem in PASSING:
            self.automatic = Automatic.A_FEW_TIMES


class RejectionReason(enum.StrEnum):
    """Why the province refuses. Values are error codes; `OTHER` has the province's own text."""

    PERSON_UNKNOWN = "person-unknown"
    NOT_REPORTED_LOST = "not-reported-lost"
    REPLACEMENT_NOT_APPLIED = "replacement-not-applied"
    FEE_NOT_REGISTERED = "fee-not-registered"
    NOT_MARKED = "not-marked-for-instant-issue"
    DATA_WITHDRAWN = "data-withdrawn"
    BATCH_LOCKED = "batch-locked"
    ALREADY_REPORTED = "already-reported"
    ALREADY_ACTIVATED = "already-activated"
    NOT_AUTHORISED = "province-login-refused"
    CARD_STATE = "card-state-forbids"
    NO_CARD = "person-has-no-card"
    HAS_TEMPORARY = "has-temporary-card"
    HSM_REFUSED = "hsm-refused"
    OTHER = "province-refused"


class GatewayRejectedError(GatewayError):
    """The province refused: `code` is the reason, `details["province_text"]` its own text."""

    recovery = Recovery.WAIT_FOR_OPERATOR
    automatic = Automatic.NEVER
    untouched = frozenset({Party.PROVINCE})
    http_status = 409

    def __init__(self, reason: RejectionReason, *, province_text: str = "") -> None:
        super().__init__(
            f"province refused: {reason.value}", details={"province_text": province_text}
        )
        self.reason = reason
        self.code = reason.value
