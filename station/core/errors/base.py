"""The root of the errors, the possible recoveries, and failures of the station itself."""

from __future__ import annotations

import enum
from typing import ClassVar, Final


class Recovery(enum.StrEnum):
    """What the workflow may do after an error, from mildest to strictest."""

    RETRY_STEP = "retry-step"  #: nothing moved; the same step may run again on the same card
    WAIT_FOR_OPERATOR = "wait-for-operator"  #: run again after a person clears a named condition
    AWAIT_PERSON = "await-person"  #: a person was asked to act: inspect once they had time to
    NEW_CARD = "new-card"  #: this card is unusable; put it into the reject bin and take another
    INSPECT = "inspect"  #: ask device, chip or province what happened before doing anything
    STOP = "stop"  #: a defect or a wrong configuration; no retry can help


class Automatic(enum.StrEnum):
    """Whether the station tries again automatically. Nothing that may move a card is repeated.

    What is left of a spoiled order is its report to the province, which is safe to send again.
    """

    NEVER = "never"  #: a person must act, regardless of what the order waits for
    REPORT_ONLY = "report-only"  #: only when nothing but the report of a spoiled card is left
    BACKED_OFF = "backed-off"  #: the network: retried after a wait that grows with each failure
    #: An inconclusive answer that may change: backed off, and a limited number of times.
    A_FEW_TIMES = "a-few-times"
    SOON = "soon"  #: a device that is still busy is only asked again


class Party(enum.StrEnum):
    """Who carries out an effect."""

    PRINTER = "printer"
    CHIP = "chip"
    PROVINCE = "province"


_NOBODY: Final[frozenset[Party]] = frozenset()


class StationError(Exception):
    """Root of the tree.

    Attributes:
        code: Stable, kebab-case; what API, pages and journal show.
        recovery: What may be done next. `station.core.decisions` is where it is read.
        automatic: Whether the station tries again without a person.
        untouched: The parties that have not begun an effect during which this was raised. The
            interfaces in `core` guarantee this: when in doubt, a party is not listed.
        http_status: Status of the API's answer.
        retry_after: Seconds after which a caller may ask again.
        details: Values for the operator's text; nothing personal.
    """

    code: str = "station-error"
    recovery: Recovery = Recovery.STOP
    automatic: Automatic = Automatic.REPORT_ONLY
    untouched: ClassVar[frozenset[Party]] = _NOBODY
    http_status: ClassVar[int] = 500
    retry_after: ClassVar[int | None] = None

    def __init__(
        self, message: str, *, details: dict[str, str] | None = None, code: str = ""
    ) -> None:
        super().__init__(message)
        self.details: dict[str, str] = details or {}
        if code:  # one of several causes of the same class
            self.code = code


class DefectError(StationError):
    """The station's own rules were violated: a defect. The log has the details."""

    code = "station-error"


class ConfigError(StationError):
    """A setting is missing, unknown or contradictory. The message names file, key and reason."""

    code = "config-invalid"


class StationHeldError(StationError):
    """Another program uses this station's state folder. `details` has its `program` and `pid`."""

    code = "station-held"


class SealKeyError(StationError):
    """The seal key is missing or the wrong one; `details["file"]` is its path. Refuse to start."""

    code = "seal-key-missing"


class JournalError(StationError):
    """The journal's database can't be read or written; nothing physical may be started."""

    code = "journal-failed"
    http_status = 503
    retry_after = 30


class JournalBusyError(JournalError):
    """Another program holds the database's lock; nothing was changed, and a retry is safe."""

    code = "journal-busy"
    recovery = Recovery.RETRY_STEP
    retry_after = 5
