"""Orders as the API shows them. Bank numbers are masked."""

from __future__ import annotations

import datetime as dt

from pydantic import Field

from station.api.models.shown import Shown
from station.core.identity import masked_id_number
from station.core.life import OrderEvent
from station.core.orders import CardPlace, OrderKind, OrderReason, OrderStep
from station.core.questions import AnswerKind, QuestionKind


class HolderView(Shown):
    """The person, as the operator compares them with the preview."""

    AAC002: str
    AAC003: str
    bank: str


class ChipView(Shown):
    """The card this order is bound to."""

    AAZ501: str
    AAZ507: str
    AAZ508: str
    AAZ500: str
    bank_number_masked: str


class Problem(Shown):
    """Something that stands in the way, in the operator's words.

    Attributes:
        code: Stable, kebab-case.
        title: What happened.
        cause: 原因.
        where: Where the card is now; empty when no card is concerned.
        remedy: 怎么办.
        retry_at: When the station tries again by itself.
        effect: The effect whose outcome is not known.
        native: The device's own number, for the technician.
    """

    code: str
    title: str
    cause: str
    where: str
    remedy: str
    retry_at: dt.datetime | None = None
    effect: str | None = None
    native: str = ""


class Answer(Shown):
    """One of the answers to a question.

    Attributes:
        answer: What the API and `station orders answer` take.
        label: What stands on the button.
        consequence: What the station will do.
        needs_approver: Whether a supervisor must agree, who is not the one who answers.
    """

    answer: AnswerKind
    label: str
    consequence: str
    needs_approver: bool


class Question(Shown):
    """What only a person can say about an order's card."""

    kind: QuestionKind
    text: str
    answers: tuple[Answer, ...]


class OrderView(Shown):
    """One order.

    Attributes:
        id: Order id.
        step: Where it stands.
        goal: Up to which step it runs by itself.
        running: The step it is being taken to right now.
        reason: Why the card is made.
        created_at: UTC.
        updated_at: UTC.
        holder: None before the data is here.
        chip: None before the card is read.
        face_sha256: Digest of what is shown and will be printed.
        has_back: Whether the back is printed too.
        card_place: Where the ledger has its card.
        where: Where its card is now, for people; rests on the machine's last look.
        problem: Why it does not go on.
        question: What a person is asked about its card, with the possible answers.
        kind: What is done to which card.
        previous: The order this one replaces or is about.
        reason_code: Why it is a reprint or a remake; empty for a first card.
        approver: Who agreed to that.
        next_event: What happens to it next, by its kind, the site's policies and people's word.
        next_step: The step that this leads to.
        photo_waivers: Soft photo rules that the picture breaks: rule -> the supervisor who let it
            pass; empty while nobody has.
        photo_rules_unchecked: Why the soft rules are not checked on this PC; empty when they are.
        running_until: When the running step usually ends, by the printer model's own durations;
            None when they do not tell.
        card_out: The person's earlier order whose card this station has put out, when the province
            refuses this one because no card was reported lost.
    """

    id: str
    step: OrderStep
    goal: OrderStep | None
    running: OrderStep | None
    reason: OrderReason
    created_at: dt.datetime
    updated_at: dt.datetime
    holder: HolderView | None
    chip: ChipView | None
    face_sha256: str
    has_back: bool
    card_place: CardPlace
    problem: Problem | None
    question: Question | None
    kind: OrderKind
    previous: str | None
    reason_code: str
    approver: str
    next_event: OrderEvent | None
    next_step: OrderStep | None
    photo_waivers: dict[str, str] = Field(default_factory=dict)
    photo_rules_unchecked: str = ""
    where: str = ""
    running_until: dt.datetime | None = None
    card_out: str | None = None

    def masked(self) -> OrderView:
        """Return the order without what tells who it is for: name, numbers, the province's words.

        The family name and the ends of the numbers stay, to recognise what somebody talks about.
        """
        holder, chip, problem = self.holder, self.chip, self.problem
        if holder is not None:
            name = holder.AAC003[:1] + "*" * (len(holder.AAC003) - 1)
            number = masked_id_number(holder.AAC002)
            holder = holder.model_copy(update={"AAC002": number, "AAC003": name})
        if chip is not None:
            chip = chip.model_copy(update={"AAZ500": masked_id_number(chip.AAZ500)})
        if problem is not None:
            problem = problem.model_copy(update={"cause": ""})
        return self.model_copy(update={"holder": holder, "chip": chip, "problem": problem})


class OrderSummary(Shown):
    """One order in a list; the person's number is masked."""

    id: str
    step: OrderStep
    reason: OrderReason
    created_at: dt.datetime
    id_number_masked: str
    problem_code: str | None
    kind: OrderKind = OrderKind.FULL


class FoundOrders(Shown):
    """One page of what was searched for, newest first.

    Attributes:
        orders: At most as many as were asked for.
        next: Cursor of the page after this one; None on the last page.
    """

    orders: tuple[OrderSummary, ...]
    next: str | None
