"""Determines a card's condition from its records; reads nothing itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from station.core.cards import BlankRule, ChipCondition, ChipIdentity
from station.encoder import blanks
from station.encoder.profiles.ssc.facts import Facts
from station.encoder.profiles.ssc.files import CARD_NUMBER, Record
from station.encoder.profiles.ssc.values import is_unwritten, same_value

Values = Mapping[Record, bytes]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Records of a card, sorted by whether they hold an order's data.

    Attributes:
        given: Hold the order's value.
        unwritten: Hold no person's value although the order has one.
        other: Hold a different value.
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
        """Return the condition that follows from the compared records.

        Dates, sex and the like may be present from initialisation: they alone do not make a card
        another person's. But 卡号 is written last, so a card that holds it is complete: differences
        were then not left by an interrupted writing of this order.
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
    """See `CardEncoder.check_blank`."""
    version = facts.for_version(identity.AAZ508)
    blanks.check_blank(identity, rule, None if version is None else version.algorithms)
