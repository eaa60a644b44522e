"""The card in the machine cannot serve this order."""

from __future__ import annotations

import enum

from station.core.errors.base import Party, Recovery, StationError


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
        tries_left: The count from `63Cx`; None for other status words.
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
    """A key was refused before and has one try left, or none: nothing was sent."""

    code = "key-last-try"

    def __init__(self, sw: int, command: str) -> None:
        super().__init__(sw, command, meaning="not sent: the key has one try left or none")


class PinRefusedError(StatusWordError):
    """The holder's PIN is wrong; `details["tries_left"]` is the number of tries that remain."""

    code = "pin-wrong"

    def __init__(self, sw: int, command: str, *, meaning: str = "") -> None:
        super().__init__(sw, command, meaning=meaning)
        self.details = self.details | {"tries_left": str(self.tries_left or 0)}


class PinLastTryError(PinRefusedError):
    """One try is left, so nothing was sent: a wrong PIN would lock the card."""

    code = "pin-last-try"


class PinLockedError(PinRefusedError):
    """The PIN has no try left; the province's HSM can restore its tries."""

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
    BANKS_BLANK = "blank-of-a-bank"
    TEMPORARY_UNFIT = "temporary-card-unfit"
    TEMPORARY_OTHER = "temporary-card-other"
    NOT_TEMPORARY = "not-a-temporary-card"
    NOT_THIS_ORDERS = "chip-not-this-orders"
    NOT_THE_HOLDERS = "not-the-holders-card"
    NO_TEST_CARD = "not-a-test-card"
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
    """The order's card is not in the machine: it was taken, or moved while the power was off."""

    code = "card-not-in-machine"
    recovery = Recovery.WAIT_FOR_OPERATOR


class CardLeftInsideError(CardError):
    """The machine holds a card that belongs to no order; nothing is fed on top of it."""

    code = "card-left-inside"
    recovery = Recovery.WAIT_FOR_OPERATOR


class CardInDoubtError(CardError):
    """A person must first say where another order's card is; nothing is fed until then."""

    code = "other-card-in-doubt"
    recovery = Recovery.WAIT_FOR_OPERATOR


class WrongMachineError(CardError):
    """The order's card is in a printer other than the one on the link; nothing moves."""

    code = "card-in-another-machine"
    recovery = Recovery.WAIT_FOR_OPERATOR


class FeederStoppedError(CardError):
    """Several unusable blanks in a row; none is fed until a technician has passed a test card."""

    code = "feeder-stopped"
    recovery = Recovery.WAIT_FOR_OPERATOR


class FeederOtherBankError(CardError):
    """By the journal the feeder holds blanks of other banks only; nothing was fed.

    `details["wanted"]` is the name of the order's bank, `details["there"]` those in the feeder.
    """

    code = "feeder-other-bank"
    recovery = Recovery.WAIT_FOR_OPERATOR


class CardMismatchError(CardError):
    """The data read back differs from the data written. `details["fields"]` names the fields."""

    code = "chip-read-back-differs"


class TrackError(CardError):
    """A magnetic track can't be read, or its content differs from what was written.

    Codes: `magnetic-track-unreadable`, `magnetic-read-back-differs`; `details["track"]` is its
    number, empty when the printer does not report which.
    """

    code = "magnetic-track-unreadable"

    def __init__(
        self, message: str, *, track: str, code: str = "magnetic-track-unreadable"
    ) -> None:
        super().__init__(message, details={"track": track})
        self.code = code
