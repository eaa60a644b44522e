"""Whether this window may use a blank: the rule common to every kind of card."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from station.core.cards import BlankRule, ChipIdentity
from station.core.errors import WrongCardError, WrongCardReason
from station.core.secrets import passes_luhn

VERSION_LENGTH: Final = 3  # 人社信息函〔2016〕38号: compare three characters


def check_blank(
    identity: ChipIdentity, rule: BlankRule, algorithms: Collection[str] | None = None
) -> None:
    """Check that the card is a blank that the rule accepts.

    Args:
        identity: The data read from the card.
        rule: The blanks that the window uses. Empty `versions` accept none.
        algorithms: Algorithms that a card of this version may have; None for any.

    Raises:
        WrongCardError: It is not; the code names the first mismatch.
    """
    if identity.AAZ500:
        raise WrongCardError(
            WrongCardReason.ALREADY_PERSONALISED, "the card holds a card number already"
        )
    if identity.AAZ508[:VERSION_LENGTH] not in {item[:VERSION_LENGTH] for item in rule.versions}:
        raise _refused(WrongCardReason.WRONG_VERSION, identity.AAZ508, rule.versions)
    if algorithms is not None and identity.algorithm not in algorithms:
        found = f"{identity.AAZ508}/{identity.algorithm}"
        expected = {f"{identity.AAZ508}/{item}" for item in algorithms}
        raise _refused(WrongCardReason.WRONG_VERSION, found, expected)
    _check_bank(identity, rule)


def _check_bank(identity: ChipIdentity, rule: BlankRule) -> None:
    if rule.bankless:
        if identity.bank_number is not None:
            raise WrongCardError(
                WrongCardReason.BANKS_BLANK, "a bank's blank becomes no temporary card"
            )
        return
    if identity.bank_number is None:
        raise WrongCardError(
            WrongCardReason.BANK_NUMBER_UNREADABLE, "no bank number could be read from the chip"
        )
    if rule.bank_bins and identity.bank_number.bank_bin not in rule.bank_bins:
        raise _refused(WrongCardReason.OTHER_BANK, identity.bank_number.bank_bin, rule.bank_bins)
    if rule.luhn and not passes_luhn(identity.bank_number.reveal()):
        raise WrongCardError(
            WrongCardReason.BANK_NUMBER_CHECK_DIGIT, "the bank number's check digit is wrong"
        )


def _refused(reason: WrongCardReason, found: str, expected: Iterable[str]) -> WrongCardError:
    wanted = " ".join(sorted(expected))
    return WrongCardError(
        reason,
        f"expected one of {wanted or '(none)'}, found {found}",
        details={"found": found, "expected": wanted},
    )
