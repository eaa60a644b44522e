"""回执验卡, 手动验卡: finished cards that are brought back, with cause and verdict."""

from __future__ import annotations

from dataclasses import dataclass, field

from station.core.custody import CardCheck, CardOwner, CheckCause, CheckHow, CheckVerdict
from station.core.custody_changes import NoteCardCheck
from station.core.errors import CardNotFoundError, InputError, OrderNotFoundError
from station.core.slips import PaperSize
from station.production.desk.service import DeskService
from station.production.life.effects import Workbench
from station.production.services.custody import card_number_of
from station.production.views.custody import check_slip


@dataclass(frozen=True, slots=True)
class CheckWish:
    """验卡: the card that was brought back.

    Attributes:
        cause: 回执原因.
        verdict: 验卡结果.
        AAZ501: Of a card that was read at the desk lately.
        card_number: Typed, for a card whose chip gives no answer (手动验卡).
    """

    cause: CheckCause
    verdict: CheckVerdict
    AAZ501: str = ""
    card_number: str = field(default="", repr=False)


class CardCheckService:
    """Checks of cards that are brought back. Thread-safe; each one is kept, with its receipt."""

    def __init__(self, bench: Workbench, desk: DeskService) -> None:
        self._bench = bench
        self._journal = bench.journal
        self._desk = desk

    def check(self, wish: CheckWish, actor: str) -> CardCheck:
        """回执验卡, 手动验卡: record cause and verdict for a card that was brought back.

        Raises:
            InputError: Neither a card that was read lately nor a card number, or a chip that was
                read is called mute.
        """
        how = CheckHow.READ if wish.AAZ501 else CheckHow.MANUAL
        if how is CheckHow.READ and wish.cause is CheckCause.MUTE:
            raise InputError("a chip that was read is not mute")
        owner = self._checked_card(wish)
        with self._journal.transaction(actor) as change:
            (check,) = change.apply(NoteCardCheck(owner, how, wish.cause, wish.verdict))
        return self.one_check(check)

    def _checked_card(self, wish: CheckWish) -> CardOwner:
        if wish.AAZ501:
            read = self._desk.read_lately(wish.AAZ501)
            if read is None:
                raise InputError("this card was not read lately")
            return CardOwner(read.AAC002, read.AAC003, read.AAZ500)
        number = card_number_of(wish.card_number)
        known = self._journal.custody.of_card(number)
        if known is not None and known.owner is not None:
            return known.owner
        return self._made_here(number) or CardOwner("", "", number)

    def _made_here(self, card_number: str) -> CardOwner | None:
        for head in self._journal.orders.heads_of_card(card_number):
            try:
                data = self._journal.orders.one(head.id).data
            except OrderNotFoundError:
                continue
            if data is not None:
                return CardOwner(data.chip.AAC002, data.chip.AAC003, card_number, data.bank_name)
        return None

    def one_check(self, check: int) -> CardCheck:
        """Return one check.

        Raises:
            CardNotFoundError: There is none with this number.
        """
        found = self._journal.custody.check(check)
        if found is None:
            raise CardNotFoundError(f"no check {check}")
        return found

    def checks(self, limit: int) -> list[CardCheck]:
        """Return the last checks, newest first."""
        return self._journal.custody.checks(limit)

    def check_receipt(self, check: int, paper: PaperSize = PaperSize.RECEIPT) -> bytes:
        """验卡回执: return the receipt of a check as PDF.

        Raises:
            CardNotFoundError: There is no such check, or its personal data was erased.
        """
        found = self.one_check(check)
        if found.owner is None:
            raise CardNotFoundError("the personal data of this check was erased")
        return self._bench.equipment.print_slip(check_slip(found, found.owner, paper))
