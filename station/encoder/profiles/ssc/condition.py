"""Judges what a card holds by its records; reads nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from station.core.cards import BlankRule, ChipCondition, ChipIdentity
from station.core.errors import WrongCardError, WrongCardReason
from station.encoder.profiles.ssc.bank import passes_luhn
from station.encoder.profiles.ssc.facts import VERSION_LENGTH, Facts
from station.encoder.profiles.ssc.files import CARD_NUMBER, Record
from station.encoder.profiles.ssc.values import is_unwritten, same_value

Values = Mapping[Record, bytes]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Records of a card, sorted by whether they hold an order's data.

    Attributes:
        given: Hold the order's value.
        unwritten: Hold nobody's value although the order has one.
        other: Hold something else.
    """

    given: frozenset[Record]
    unwritten: frozenset[Record]
    other: frozenset[Record]

    @classmethod
    def of(cls, found: Values, wanted: Values) -> Comparison:
        """Compare the records that are in both; `found` may be a part of the card."""
        given = {record for record in found if same_value(record, found[record], wanted[record])}
        unwritten = {record for record in found if is_unwritten(found[record])} - given
        return cls(
            frozenset(given), frozenset(unwritten), frozenset(found) - frozenset(given | unwritten)
        )

    def condition(self) -> ChipCondition:
        """Return what the compared records say together.

        Dates, sex and the like may be there from initialisation: they alone make no card
        somebody's. But 卡号 is written last, so a card that holds it is whole: what differs then
        was not left by a torn writing of this order.
        """
        if any(record.tells_whose for record in self.other):
            return ChipCondition.OTHER_DATA
        if not self.other and not self.unwritten:
            return ChipCondition.THIS_DATA
        if CARD_NUMBER in self.given:
            return ChipCondition.OTHER_DATA
        if any(record.tells_whose for record in self.given):
            return ChipCondition.HALF_WRITTEN
        return ChipCondition.BLANK


def element_names(records: Iterable[Record]) -> str:
    """Return the data elements of `records` for `details`, without their content."""
    return " ".join(sorted({record.element for record in records}))


def check_blank(facts: Facts, identity: ChipIdentity, rule: BlankRule) -> None:
    """See `CardEncoder.check_blank`.

    An empty `rule.versions` accepts none.
    """
    if identity.AAZ500:
        raise WrongCardError(
            WrongCardReason.ALREADY_PERSONALISED, "the card holds a card number already"
        )
    if identity.AAZ508[:VERSION_LENGTH] not in {item[:VERSION_LENGTH] for item in rule.versions}:
        raise _refused(WrongCardReason.WRONG_VERSION, identity.AAZ508, rule.versions)
    version = facts.for_version(identity.AAZ508)
    if version is not None and identity.algorithm not in version.algorithms:
        found = f"{identity.AAZ508}/{identity.algorithm}"
        expected = {f"{identity.AAZ508}/{item}" for item in version.algorithms}
        raise _refused(WrongCardReason.WRONG_VERSION, found, expected)
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
