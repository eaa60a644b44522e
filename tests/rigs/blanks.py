"""What a test's chip says of a blank, as plainly as can be."""

from __future__ import annotations

from station.core.cards import BlankRule, ChipIdentity
from station.core.errors import WrongCardError, WrongCardReason


def refuse_unfit_blank(identity: ChipIdentity, rule: BlankRule) -> None:
    """Refuse a card that somebody has, or a blank of another bank, or of any where none is due."""
    if identity.AAZ500:
        raise WrongCardError(WrongCardReason.ALREADY_PERSONALISED, "used")
    if rule.bankless:
        if identity.bank_number is not None:
            raise WrongCardError(WrongCardReason.BANKS_BLANK, "a bank's")
        return
    if identity.bank_number is None or identity.bank_number.bank_bin not in rule.bank_bins:
        raise WrongCardError(WrongCardReason.OTHER_BANK, "bank")
