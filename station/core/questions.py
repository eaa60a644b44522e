"""Questions to a person about what the station can't find out, and the possible answers.

The texts of the page are in the catalogues of `station.words`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Final


class QuestionKind(enum.StrEnum):
    """What a person is asked about an order's card."""

    FACE_IN_DOUBT = "face-in-doubt"  #: the printer's counters and job report prove nothing
    CARD_MISSING = "card-missing"  #: the order's card is not where it must be
    CARD_HELD = "card-held"  #: it is inside, and something blocks it
    REPORT_OWED_LONG = "report-owed-long"  #: written, and the province does not answer
    FEED_IN_DOUBT = "feed-in-doubt"  #: a feed was interrupted: did a blank leave the feeder?
    RELEASE_IN_DOUBT = "release-in-doubt"  #: the card was to be released: is it out?
    REJECT_IN_DOUBT = "reject-in-doubt"  #: the card was to go into the reject bin: is it there?
    CARD_NOT_TAKEN = "card-not-taken"  #: it was released; its removal was not confirmed
    PUT_IN = "put-in"  #: a machine without motors asks for a card
    TAKE_OUT = "take-out"  #: ... for its card to be taken out
    PUT_ASIDE = "put-aside"  #: ... for an unusable card to be put away


class AnswerKind(enum.StrEnum):
    """What a person can answer. The value is what the API takes."""

    PRINTED = "printed"
    NOT_PRINTED = "not-printed"
    GO_ON = "go-on"
    WAIT = "wait"
    SPOILED = "spoiled"
    DISCARDED = "discarded"
    LOST = "lost"
    RELEASE_INACTIVE = "release-inactive"
    TAKEN = "taken"
    KEPT = "kept"
    RETRACT = "retract"
    IS_IN = "is-in"
    IS_OUT = "is-out"
    NOT_FED = "not-fed"
    INSIDE = "inside"
    AT_OUTLET = "at-outlet"
    PUT_BACK = "put-back"


Q, A = QuestionKind, AnswerKind

#: The answers to each question, the harmless one first.
ANSWERS: Final[Mapping[QuestionKind, tuple[AnswerKind, ...]]] = {
    Q.FACE_IN_DOUBT: (A.PRINTED, A.NOT_PRINTED, A.SPOILED, A.DISCARDED, A.LOST),
    Q.CARD_MISSING: (A.GO_ON, A.PUT_BACK, A.DISCARDED, A.LOST),
    Q.CARD_HELD: (A.GO_ON, A.SPOILED, A.DISCARDED, A.LOST),
    Q.FEED_IN_DOUBT: (A.GO_ON, A.NOT_FED, A.DISCARDED, A.LOST),
    Q.RELEASE_IN_DOUBT: (A.INSIDE, A.AT_OUTLET, A.PUT_BACK, A.DISCARDED, A.LOST),
    Q.REJECT_IN_DOUBT: (A.INSIDE, A.DISCARDED, A.LOST),
    Q.REPORT_OWED_LONG: (A.WAIT, A.RELEASE_INACTIVE, A.SPOILED),
    Q.CARD_NOT_TAKEN: (A.TAKEN, A.KEPT, A.RETRACT),
    Q.PUT_IN: (A.IS_IN,),
    Q.TAKE_OUT: (A.IS_OUT, A.SPOILED),
    Q.PUT_ASIDE: (A.IS_OUT,),
}
#: These answers need the approval of a supervisor.
APPROVED_BY_A_SECOND: Final = frozenset({A.RELEASE_INACTIVE})
