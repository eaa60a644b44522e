"""Custody of finished cards: where each one is, and who gave it to whom.

A finished card comes into the window's store, from this station's machine or made elsewhere. It
leaves for another office (交接), for a unit or village (单位发卡) or for its holder (个人发卡). It
may come back (回卡入库) and be given again (零星重发). Every step is a row of a ledger; the last
one of a card can be taken back (业务回退), which is a row as well.

Source: 新乡市社会保障卡业务经办流程 (2017), annex 2.1 to 2.5.
"""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from station.core.errors import StepNotAllowedError


class CustodyPlace(enum.StrEnum):
    """Where a finished card is."""

    STORE = "store"  #: on a shelf of this window
    REQUESTED = "requested"  #: on the shelf; somebody has applied for handing it on
    OFFICE = "office"  #: with another office, such as a township's
    UNIT = "unit"  #: with a unit, community or village
    PERSON = "person"  #: with its holder, or with who collected it for the holder


class CustodyAct(enum.StrEnum):
    """What is done with finished cards."""

    RECEIVE = "receive"  #: 入库: into the store for the first time
    REQUEST = "request"  #: 交接申请
    APPROVE = "approve"  #: 交接处理, 审核通过
    REFUSE = "refuse"  #: 交接处理, 不通过
    GIVE_UNIT = "give-unit"  #: 单位发卡
    GIVE_PERSON = "give-person"  #: 个人发卡
    GIVE_AGAIN = "give-again"  #: 零星重发: to the holder, after it had come back
    RETURN = "return"  #: 回卡入库
    UNDO = "undo"  #: 业务回退


class DocumentState(enum.StrEnum):
    """State of a paper about several cards."""

    REQUESTED = "requested"
    DONE = "done"
    REFUSED = "refused"


class CheckHow(enum.StrEnum):
    """How a card that came back was checked."""

    READ = "read"  #: 回执验卡: the chip was read at the desk
    MANUAL = "manual"  #: 手动验卡: the chip gives no answer; the number was typed


class CheckCause(enum.StrEnum):
    """回执原因: why a card was brought back."""

    MUTE = "mute"  #: the chip can't be read
    DATA_DIFFERS = "data-differs"
    FACE_DIFFERS = "face-differs"
    DAMAGED = "damaged"
    NOT_HIS = "not-his"  #: another person's card
    NOT_COLLECTED = "not-collected"
    NONE = "none"  #: nothing is wrong with it


class CheckVerdict(enum.StrEnum):
    """验卡结果."""

    GOOD = "good"  #: it may be given to its holder
    REMAKE = "remake"  #: 补换: a new card is needed
    DESTROY = "destroy"  #: 作废


@dataclass(frozen=True, slots=True)
class ActFacts:
    """What is fixed about one act: from where it may happen, and where the card is afterwards."""

    before: frozenset[CustodyPlace]
    after: CustodyPlace
    may_undo: bool = False


P, A = CustodyPlace, CustodyAct
#: Of each act on cards that are in custody already, but `undo`, which depends on the act before it.
ACTS: Final[Mapping[CustodyAct, ActFacts]] = {
    A.REQUEST: ActFacts(frozenset({P.STORE}), P.REQUESTED, may_undo=True),
    A.APPROVE: ActFacts(frozenset({P.REQUESTED}), P.OFFICE, may_undo=True),
    A.REFUSE: ActFacts(frozenset({P.REQUESTED}), P.STORE),
    A.GIVE_UNIT: ActFacts(frozenset({P.STORE}), P.UNIT, may_undo=True),
    A.GIVE_PERSON: ActFacts(frozenset({P.STORE}), P.PERSON, may_undo=True),
    A.GIVE_AGAIN: ActFacts(frozenset({P.STORE}), P.PERSON, may_undo=True),
    A.RETURN: ActFacts(frozenset({P.OFFICE, P.UNIT, P.PERSON}), P.STORE, may_undo=True),
}
#: Acts that a person may ask for by name; the others follow from them.
ASKED_FOR: Final = (A.REQUEST, A.GIVE_UNIT, A.GIVE_PERSON, A.RETURN, A.UNDO)
#: Acts with a paper that the other side signs, and which wait for a decision first.
DECIDED: Final = frozenset({A.REQUEST})
TO_UNITS: Final = frozenset({A.REQUEST, A.GIVE_UNIT})


@dataclass(frozen=True, slots=True, repr=False)
class CardOwner:
    """Whose card it is. Personal: its `repr` shows none of it.

    Attributes:
        AAC002: 社会保障号码.
        AAC003: 姓名.
        AAZ500: 卡号.
        bank: Name of the bank.
    """

    AAC002: str
    AAC003: str
    AAZ500: str
    bank: str = ""

    def __repr__(self) -> str:
        return "CardOwner(***)"


@dataclass(frozen=True, slots=True, repr=False)
class Contact:
    """Who takes cards. Personal: its `repr` shows none of it.

    Attributes:
        name: 领卡人.
        number: Number of the identity document.
        phone: 领卡人电话.
        agent: Whether it is not the holder (代办人).
    """

    name: str
    number: str
    phone: str
    agent: bool = False

    def __repr__(self) -> str:
        return "Contact(***)"


@dataclass(frozen=True, slots=True)
class FinishedCard:
    """One finished card in custody.

    Attributes:
        id: Number in the ledger of custody.
        owner: Whose; None when its time was over and it was erased.
        place: Where it is.
        unit: Number of the unit or office that has it, or is to have it.
        unit_name: Its name.
        shelf: 存放位置 in the store; empty when it is not there, or nobody has said.
        returned: Whether it has come back before.
        order: The order that made it; None for a card made elsewhere.
        document: The paper of the last act, if it has one.
        updated_at: UTC.
        seq: Number of the event of the last act.
    """

    id: int
    owner: CardOwner | None = field(repr=False)
    place: CustodyPlace
    unit: str
    unit_name: str
    shelf: str
    returned: bool
    order: str | None
    document: int | None
    updated_at: dt.datetime
    seq: int


@dataclass(frozen=True, slots=True)
class CustodyMove:
    """One row of a card's ledger: what was done, by whom, and on which paper."""

    id: int
    card: int
    act: CustodyAct
    before: CustodyPlace | None
    after: CustodyPlace
    unit: str
    shelf: str
    document: int | None
    at: dt.datetime
    actor: str
    undone: bool


@dataclass(frozen=True, slots=True)
class CustodyDocument:
    """The paper of one act on several cards.

    Attributes:
        id: Number of the paper.
        act: What was done.
        state: `requested` until somebody else has decided.
        unit: Number of the unit or office; empty for people.
        unit_name: Its name.
        contact: Who takes the cards; None when erased, or when nobody does.
        at: UTC.
        actor: Who made it.
        decided_at: When it was approved or refused.
        decided_by: Who did; empty before.
        receipt_at: 回执: when the receipt of the unit was entered; None before.
        receipt_by: Who entered it.
        distributed: Cards that the unit has given to their holders.
        came_back: Cards that the unit has brought back.
    """

    id: int
    act: CustodyAct
    state: DocumentState
    unit: str
    unit_name: str
    contact: Contact | None = field(repr=False)
    at: dt.datetime
    actor: str
    decided_at: dt.datetime | None
    decided_by: str
    receipt_at: dt.datetime | None
    receipt_by: str
    distributed: int | None
    came_back: int | None


@dataclass(frozen=True, slots=True)
class CardCheck:
    """One check of a card that was brought back.

    Attributes:
        id: Number of the check; its receipt has it.
        owner: Card number, and what else is known of the holder; None when erased.
        how: Read at the desk, or by hand.
        cause: Why it was brought.
        verdict: What came of it.
        at: UTC.
        actor: Who checked it.
    """

    id: int
    owner: CardOwner | None = field(repr=False)
    how: CheckHow
    cause: CheckCause
    verdict: CheckVerdict
    at: dt.datetime
    actor: str


def after(act: CustodyAct, place: CustodyPlace) -> CustodyPlace:
    """Return where a card is after an act.

    Raises:
        StepNotAllowedError: The act is not possible with a card that is there.
    """
    facts = ACTS[act]
    if place not in facts.before:
        raise StepNotAllowedError(
            f"{act.value} is not possible with a card in {place.value}",
            details={"step": place.value},
            code="custody-not-possible",
        )
    return facts.after


def undone(last: CustodyMove | None) -> CustodyMove:
    """Return the move of a card that can be taken back, which is its last one.

    Raises:
        StepNotAllowedError: It has none, or one that stays.
    """
    if last is None or last.act not in ACTS or not ACTS[last.act].may_undo or last.before is None:
        raise StepNotAllowedError(
            "the last act on this card can't be taken back", code="custody-not-possible"
        )
    return last
