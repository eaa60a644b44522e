"""Every exception the station raises on purpose.

The tree answers one question for the workflow: what may be done next with the card in the machine?

    StationError
     +-- ConfigError                  a file in config/ is wrong; refuse to start
     +-- StationHeldError             another program works with this station's state folder
     +-- SealKeyError                 the key of the journal's data is missing, or another one
     +-- InputError                   a person or a calling system asked for something that can't be
     |    +-- IdNumberError               not a valid citizen / resident number
     |    +-- StepNotAllowedError         the order's life has no such step from here
     |    |    +-- OrderMovedError             another thread has taken it to another step
     |    +-- OrderNotFoundError
     |    +-- CardNotFoundError           the ledger has no such card
     |    +-- StockMissingError           fewer blanks are there than were to be moved
     |    +-- CardLostError               registered as lost: it must be found first
     |    +-- WitnessNeededError          two people must stand behind it
     |    +-- OrderConflictError          another order has the machine, or the key another request
     |    +-- MachineAtWorkError          the machine is in the middle of a step
     |    +-- NameNotEncodableError       a text the chip, the fonts or the face can't hold
     |    +-- PhotoError                  the province's picture can't be printed
     |    +-- PhotoRulesError             it breaks soft rules, and no supervisor let it pass
     |    +-- NotSupervisorError          who should approve may not
     |    +-- BankNotConfiguredError      the order's bank is not in the site's configuration
     |    +-- FaceChangedError            what would be printed is not what was approved
     |    +-- CapabilityMissingError      the machine can't do what the order needs
     |    +-- TrackDataError              a magnetic track can't hold the text
     |    +-- ParcelError                 a file to or from the data centre can't be used
     |    +-- IdentityMismatchError       the ID card that was read does not fit
     |    +-- PinEntryError               the holder entered no PIN that can be used
     |    +-- DeskBusyError               the desk's devices serve another request
     |    +-- DeskDeviceMissingError      the site has not configured this device
     +-- TransportError               bytes did not move: cable, power
     |    +-- TransportTimeoutError
     |    +-- TransportClosedError
     |    |    +-- ChipContactLostError   the chip stopped answering; its reader is still there
     |    +-- PrinterNotConnectedError
     |    +-- ReaderNotConnectedError
     |    +-- ReaderBusyError             another program holds the reader
     |    +-- DeskDeviceNotConnectedError a device on the clerk's desk: cable, power, permission
     +-- DeskDeviceError              a device on the clerk's desk gave no answer that can be used
     +-- ProtocolError                bytes moved but broke the wire rules
     |    +-- LocalProtocolError          we asked for something the protocol forbids
     |    +-- RemoteProtocolError         the peer sent something the protocol forbids
     +-- DeviceError                  the printer understood us and refused
     |    +-- PrinterBusyError            it is still at work on what is asked about
     +-- CardError                    the card in the machine can't serve this order
     |    +-- CardMuteError               no ATR at the chip station
     |    +-- StatusWordError             a command was refused
     |    |    +-- KeyLastTryError             not sent: the key has one try left or none
     |    |    +-- PinRefusedError             the holder's PIN is wrong
     |    |         +-- PinLastTryError             not sent: one try is left
     |    |         +-- PinLockedError              no try is left
     |    +-- WrongCardError              refused before anything was written
     |    +-- CardMissingError            the order's card is not in the machine
     |    +-- CardLeftInsideError         a card that no order knows stands in the machine
     |    +-- CardInDoubtError            a person must first say where another order's card is
     |    +-- WrongMachineError           the order's card is in another printer
     |    +-- FeederStoppedError          spoiled in a row: a test card must pass first
     |    +-- CardMismatchError           read back differs from what was written
     |    +-- TrackError                  a magnetic track can't be read, or reads otherwise
     +-- GatewayError                 the province
     |    +-- GatewayUnavailableError     no answer: the effect there may be unknown
     |    |    +-- LinkRestingError         not asked: it has not answered for a while
     |    +-- GatewayAnswerError          an answer that says neither yes nor no: the same
     |    +-- GatewayRejectedError        answered and refused
     +-- JournalError                 the database can't be used
     |    +-- JournalBusyError            another program holds it; soon again
     +-- DefectError                  a defect in the station: what can't be has happened
     +-- NotDoneError                 the proof says that it did not happen; begin it again
     +-- OutcomeUnknownError          an irreversible command was sent and no answer came back
          +-- BrokeOffError               a movement or a print began and was broken off
          +-- PersonNeededError           a person was asked to move the card: look again

Each error has a `code` (kebab-case, stable, what API, pages and journal show) and a `recovery`,
from which `station.core.decisions` computes what is next. The Chinese text for the operator is
looked up by code in `station.words`. Messages never hold card data, names, numbers of
people or keys.
"""

from __future__ import annotations

import enum
from typing import ClassVar, Final


class Recovery(enum.StrEnum):
    """What the workflow may do after an error, from mildest to strictest."""

    RETRY_STEP = "retry-step"  #: nothing moved; the same step may run again on the same card
    WAIT_FOR_OPERATOR = "wait-for-operator"  #: again after a person clears a named condition
    AWAIT_PERSON = "await-person"  #: a person was asked to act: inspect once they had time to
    NEW_CARD = "new-card"  #: this card is no good; put it into the reject bin and take another
    INSPECT = "inspect"  #: ask device, chip or province what happened before doing anything
    STOP = "stop"  #: a defect or a wrong configuration; no retry can help


class Automatic(enum.StrEnum):
    """Whether the station tries again without a person. Nothing that may move a card is repeated.

    What is left of a spoiled order is its report to the province, which is safe to send again.
    """

    NEVER = "never"  #: a person must act, whatever the order waits for
    REPORT_ONLY = "report-only"  #: only when nothing but the report of a spoiled card is left
    BACKED_OFF = "backed-off"  #: the network: after a wait that grows with each failure
    A_FEW_TIMES = "a-few-times"  #: an answer that may be another one: likewise, but not for ever
    SOON = "soon"  #: a device that is still at work is only asked again


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
        untouched: The parties that have not begun an effect during which this was raised. That is
            a promise of the interfaces in `core`: when in doubt, a party is not listed.
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
    """What the station's own rules exclude has happened: a defect. See the log."""

    code = "station-error"


class ConfigError(StationError):
    """A setting is missing, unknown or contradictory. The message names file, key and reason."""

    code = "config-invalid"


class StationHeldError(StationError):
    """Another program works with this station. `details` has its `program` and `pid`."""

    code = "station-held"


class SealKeyError(StationError):
    """The seal key is missing or another one; `details["file"]` is its place. Refuse to start."""

    code = "seal-key-missing"


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


class IdentityMismatch(enum.StrEnum):
    """Why the ID card that was read does not fit the order or card. Values are error codes."""

    EXPIRED = "id-card-expired"
    NOT_VALID_YET = "id-card-not-valid-yet"
    OTHER_PERSON = "id-card-other-person"
    OTHER_NAME = "id-card-other-name"
    NAME_UNREADABLE = "id-card-name-unreadable"  #: private-use characters: a person compares
    READ_AGAIN = "id-card-read-again"  #: the reading is gone, and its name was not compared
    AGENT_IS_HOLDER = "agent-is-holder"


class IdentityMismatchError(InputError):
    """The ID card that was read is not the one that is needed; nothing was changed.

    `details` may hold `characters` of a name or `valid_until` for whoever stands at the window:
    they are answered to the caller and never kept.
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
    """Why there is no PIN. Values are error codes."""

    CANCELLED = "pin-entry-cancelled"
    TIMED_OUT = "pin-entry-timed-out"
    LENGTH = "pin-entry-length"
    DIFFER = "pin-entries-differ"
    KEYBOARD_FORBIDDEN = "pin-keyboard-forbidden"


class PinEntryError(InputError):
    """The holder entered no PIN that can be used; nothing was sent to the card."""

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
    """What was asked for needs a device that the site has not configured.

    `details["setting"]` is the section of the settings.
    """

    code = "desk-device-missing"
    http_status = 409


class TransportError(StationError):
    """Bytes could not be moved to or from a device."""

    code = "transport-failed"
    recovery = Recovery.RETRY_STEP
    untouched = frozenset({Party.PRINTER, Party.CHIP})
    http_status = 503


class TransportTimeoutError(TransportError):
    """No byte arrived within the allowed time."""

    code = "transport-timeout"


class TransportClosedError(TransportError):
    """The peer closed the link or the cable was pulled."""

    code = "transport-closed"


class ChipContactLostError(TransportClosedError):
    """The chip stopped answering while its reader is still connected: contacts, no cable."""

    code = "chip-contact-lost"


class PrinterNotConnectedError(TransportError):
    """The printer's USB cable is out, or the machine is off."""

    code = "printer-not-connected"
    recovery = Recovery.WAIT_FOR_OPERATOR


class ReaderNotConnectedError(TransportError):
    """The reader can't be used: `code` says why.

    `reader-not-connected`: its cable is out, or the PC/SC service does not run.
    `reader-no-permission`: the service refuses this account.
    `reader-ambiguous`: several fit the configured name; `details["readers"]` lists them.
    """

    code = "reader-not-connected"
    recovery = Recovery.WAIT_FOR_OPERATOR


class ReaderBusyError(TransportError):
    """Another program holds the reader exclusively."""

    code = "reader-busy"
    recovery = Recovery.WAIT_FOR_OPERATOR


class DeskDeviceNotConnectedError(TransportError):
    """A device on the clerk's desk can't be reached: cable, power, permission, other program.

    Codes: `id-reader-not-connected`, `pin-pad-not-connected`; `details["address"]` is its address.
    """

    code = "id-reader-not-connected"
    recovery = Recovery.WAIT_FOR_OPERATOR

    def __init__(self, message: str, *, code: str, address: str) -> None:
        super().__init__(message, details={"address": address}, code=code)


class DeskFault(enum.StrEnum):
    """What a device on the clerk's desk reports, or does not. Values are error codes."""

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
    """A device on the clerk's desk refused, failed, or gave an answer that can't be used.

    No card of a production order is touched by these devices. `details["reason"]` names what is
    wrong with an answer, or the device's own status; it never holds data.
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


class ProtocolError(StationError):
    """The wire rules were broken. Abstract: raise one of the two subclasses."""

    code = "protocol-error"

    def __init__(self, message: str) -> None:
        if type(self) is ProtocolError:
            raise TypeError("raise LocalProtocolError or RemoteProtocolError")
        super().__init__(message)


class LocalProtocolError(ProtocolError):
    """This program asked for something the protocol forbids: a defect in the station."""

    code = "protocol-misuse"
    untouched = frozenset({Party.PRINTER, Party.PROVINCE})


class RemoteProtocolError(ProtocolError):
    """The peer sent something the protocol forbids."""

    code = "protocol-violation"
    recovery = Recovery.INSPECT


class DeviceError(StationError):
    """The printer understood the command and refused it, or stands stopped for a reason.

    Attributes:
        native_code: The device's own error number, kept for the technician.
    """

    code = "device-refused"
    recovery = Recovery.WAIT_FOR_OPERATOR
    untouched = frozenset({Party.PRINTER})
    http_status = 503

    def __init__(self, message: str, *, native_code: int, code: str = "device-refused") -> None:
        super().__init__(
            f"{message} [native code 0x{native_code:06X}]",
            details={"native_code": f"{native_code:06X}"},
        )
        self.native_code = native_code
        self.code = code


class PrinterBusyError(DeviceError):
    """The printer is still at work on the job whose outcome is asked for: ask again later."""

    code = "printer-busy"
    recovery = Recovery.INSPECT
    automatic = Automatic.SOON
    untouched = _NOBODY  # still at work: the opposite of a refusal

    def __init__(self, message: str) -> None:
        super().__init__(message, native_code=0, code=PrinterBusyError.code)


class CardError(StationError):
    """The card in the machine can't serve this order."""

    code = "card-failed"
    recovery = Recovery.NEW_CARD
    http_status = 409


class CardMuteError(CardError):
    """The chip gave no ATR at the chip station."""

    code = "chip-power-failed"
    recovery = Recovery.WAIT_FOR_OPERATOR
    untouched = frozenset({Party.CHIP})


class StatusWordError(CardError):
    """A command was refused by the card.

    Attributes:
        sw: SW1-SW2 of the answer.
        command: The command's name, never its data.
        tries_left: What `63Cx` says; None for other words.
    """

    code = "chip-refused"

    def __init__(self, sw: int, command: str, *, expected: int = 0x9000, meaning: str = "") -> None:
        super().__init__(
            f"{command}: expected {expected:04X}, got {sw:04X}{f' ({meaning})' if meaning else ''}",
            details={"sw": f"{sw:04X}", "command": command},
        )
        self.sw = sw
        self.command = command
        self.tries_left = sw & 0x0F if sw & 0xFFF0 == 0x63C0 else None


class KeyLastTryError(StatusWordError):
    """A key has refused before and has one try left, or none: nothing was sent."""

    code = "key-last-try"

    def __init__(self, sw: int, command: str) -> None:
        super().__init__(sw, command, meaning="not sent: the key has one try left or none")


class PinRefusedError(StatusWordError):
    """The holder's PIN is wrong; `details["tries_left"]` says how many tries remain."""

    code = "pin-wrong"

    def __init__(self, sw: int, command: str, *, meaning: str = "") -> None:
        super().__init__(sw, command, meaning=meaning)
        self.details = self.details | {"tries_left": str(self.tries_left or 0)}


class PinLastTryError(PinRefusedError):
    """One try is left, so nothing was sent: a wrong PIN would lock the card."""

    code = "pin-last-try"


class PinLockedError(PinRefusedError):
    """The PIN has no try left; the province's HSM can give them back."""

    code = "pin-locked"


class WrongCardReason(enum.StrEnum):
    """Why a card at the chip station is not the one that is needed. Values are error codes."""

    OTHER_BANK = "blank-of-another-bank"
    ALREADY_PERSONALISED = "blank-already-personalised"
    WRONG_VERSION = "blank-wrong-version"
    NOT_SOCIAL_SECURITY = "not-a-social-security-card"
    NOT_RECOGNISED = "chip-not-recognised"
    BANK_NUMBER_CHECK_DIGIT = "blank-bank-number-check-digit"
    BANK_NUMBER_UNREADABLE = "blank-bank-number-unreadable"
    NOT_THIS_ORDERS = "chip-not-this-orders"
    NOT_THE_HOLDERS = "not-the-holders-card"
    ANOTHER_CARD = "another-card-than-before"


class WrongCardError(CardError):
    """The card was refused before anything was written to it. Its `code` is the reason."""

    untouched = frozenset({Party.CHIP})

    def __init__(
        self, reason: WrongCardReason, message: str, *, details: dict[str, str] | None = None
    ) -> None:
        super().__init__(message, details=details)
        self.reason = reason
        self.code = reason.value


class CardMissingError(CardError):
    """The order's card is not in the machine: somebody took it, or it moved with the power off."""

    code = "card-not-in-machine"
    recovery = Recovery.WAIT_FOR_OPERATOR


class CardLeftInsideError(CardError):
    """A card stands in the machine that belongs to no order; nothing is fed on top of it."""

    code = "card-left-inside"
    recovery = Recovery.WAIT_FOR_OPERATOR


class CardInDoubtError(CardError):
    """Where another order's card is must be answered first; nothing is fed until then."""

    code = "other-card-in-doubt"
    recovery = Recovery.WAIT_FOR_OPERATOR


class WrongMachineError(CardError):
    """The order's card is in another printer than the one on the link; nothing moves."""

    code = "card-in-another-machine"
    recovery = Recovery.WAIT_FOR_OPERATOR


class FeederStoppedError(CardError):
    """Unusable blanks in a row; no more are fed until a technician has passed a test card."""

    code = "feeder-stopped"
    recovery = Recovery.WAIT_FOR_OPERATOR


class CardMismatchError(CardError):
    """What was read back differs from what was written. `details["fields"]` names the fields."""

    code = "chip-read-back-differs"


class TrackError(CardError):
    """A magnetic track can't be read, or reads otherwise than it was written.

    Codes: `magnetic-track-unreadable`, `magnetic-read-back-differs`; `details["track"]` is its
    number, empty when the printer does not say which.
    """

    code = "magnetic-track-unreadable"

    def __init__(
        self, message: str, *, track: str, code: str = "magnetic-track-unreadable"
    ) -> None:
        super().__init__(message, details={"track": track})
        self.code = code


class GatewayError(StationError):
    """The province's side."""

    code = "province-failed"
    http_status = 502


class ConnectionFailure(enum.StrEnum):
    """Why no connection came about, where the cause is known. Values are error codes."""

    HOST_UNKNOWN = "province-host-unknown"
    ROOT_UNKNOWN = "province-certificate-unknown-root"
    CERTIFICATE_EXPIRED = "province-certificate-expired"
    OTHER_HOST = "province-certificate-other-host"
    TLS_TOO_OLD = "province-tls-too-old"
    TLS_FAILED = "province-tls-failed"


class GatewayUnavailableError(GatewayError):
    """The province gave no answer: network, or no server. What was asked may have happened.

    `code` is a `ConnectionFailure` where it is known why no connection came about.
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
    """Nothing was sent: the province has not answered for a while, and is tried again later."""

    code = "province-link-resting"
    recovery = Recovery.RETRY_STEP


class AnswerProblem(enum.StrEnum):
    """What is wrong with an answer that can't be used. Values are error codes."""

    UNLISTED = "province-answer-unlisted"  #: a reply text that the dialect does not list
    FAULT = "province-fault"  #: a SOAP fault
    GARBLED = "province-answer-garbled"  #: not the XML that was expected, or cut
    CONTROL_CHARACTER = "province-answer-control-character"  #: XML that holds what XML forbids
    LOGIN = "province-http-login"  #: HTTP 401, 403, 407
    NOT_FOUND = "province-http-not-found"  #: HTTP 404, 405, 410
    REDIRECTED = "province-http-redirected"  #: HTTP 3xx
    STATUS = "province-http-status"  #: any other status


#: The same request may get a proper answer later, without anybody having changed anything.
PASSING: frozenset[AnswerProblem] = frozenset(
    (AnswerProblem.UNLISTED, AnswerProblem.FAULT, AnswerProblem.GARBLED, AnswerProblem.STATUS)
)


class GatewayAnswerError(GatewayError):
    """The province's side answered, and the answer says neither that it was done nor refused.

    What was asked may have happened. The line works, so this says nothing about other requests.

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
    """Why the province refuses. Values are error codes; `OTHER` carries the province's own text."""

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
    HSM_REFUSED = "hsm-refused"
    OTHER = "province-refused"


class GatewayRejectedError(GatewayError):
    """The province refused: `code` says why, `details["province_text"]` is its own text."""

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


class JournalError(StationError):
    """The journal's database can't be read or written; nothing physical may be started."""

    code = "journal-failed"
    http_status = 503
    retry_after = 30


class JournalBusyError(JournalError):
    """Another program holds the database's lock; nothing was changed, and it may be tried again."""

    code = "journal-busy"
    recovery = Recovery.RETRY_STEP
    retry_after = 5


class NotDoneError(StationError):
    """An effect without an answer is proven not to have happened; a person starts it again."""

    code = "proven-not-done"
    recovery = Recovery.RETRY_STEP
    http_status = 503


class OutcomeUnknownError(StationError):
    """An irreversible command was sent and its result never arrived: inspect first."""

    code = "outcome-unknown"
    recovery = Recovery.INSPECT
    http_status = 503


class BrokeOffError(OutcomeUnknownError):
    """A movement or a print began, and the device reports that it was broken off.

    How far the card came is unknown: it is neither done nor "nothing happened". A command that the
    device refused before anything moved is a `DeviceError`.

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
    """A person was asked to move the card; whether it was done is seen by looking again."""

    recovery = Recovery.AWAIT_PERSON

    def __init__(self, request: PersonRequest) -> None:
        super().__init__(f"a person was asked: {request.value}")
        self.request = request
        self.code = request.value
