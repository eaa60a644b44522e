"""A person who moves the cards, behind the goals of `CardPrinter`.

Every goal that needs a card moved is a request to a person: the call raises `PersonNeededError` at
once. When called again, it checks the reader: the card's presence there is the proof, never the
person's answer. A service that polls its readers detects a card up to half a second late, so that a
check after a request waits a little longer.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import Final

from station.core.errors import LocalProtocolError, PersonNeededError, PersonRequest
from station.core.faces import FaceSide
from station.core.links import CardSlot
from station.core.printing import (
    CardPosition,
    PrinterCounters,
    PrinterIdentity,
    PrinterModel,
    PrinterState,
    PrinterStatus,
)

REMEMBERED: Final = 60
PATIENCE: Final = 1.0
LOOK_AGAIN: Final = 0.05


class Manual:
    """A reader and a person in front of it. See `CardPrinter` for the contract of each call.

    Args:
        slot: The reader into which the person inserts the card; its owner closes it.
        model: The facts of reader and person.
        patience: Seconds that the reader may take to detect a change by the person.
    """

    def __init__(self, slot: CardSlot, model: PrinterModel, *, patience: float = PATIENCE) -> None:
        self._slot = slot
        self._model = model
        self._patience = patience
        self._asked: PersonRequest | None = None
        self._closed = threading.Event()
        self._recent: deque[str] = deque(maxlen=REMEMBERED)

    @property
    def model(self) -> PrinterModel:
        """See `CardPrinter.model`."""
        return self._model

    @property
    def address(self) -> str:
        """See `CardPrinter.address`: the reader's."""
        return f"reader:{self._slot.address}"

    def identity(self) -> PrinterIdentity:
        """See `CardPrinter.identity`. A person has no serial number: the reader's address."""
        self._card_present()
        return PrinterIdentity(self._model.title, self._slot.address, "")

    def status(self) -> PrinterStatus:
        """See `CardPrinter.status`. Always idle: nothing can block."""
        card = CardPosition.CHIP_STATION if self._card_present() else None
        return PrinterStatus(PrinterState.IDLE, (), card, None, b"")

    def counters(self) -> PrinterCounters:
        """See `CardPrinter.counters`. Nothing is ever printed."""
        self._require_open()
        return PrinterCounters(0, None)

    def bring_card_to_chip_station(self) -> None:
        """See `CardPrinter.bring_card_to_chip_station`. Asks for a card while the slot is empty."""
        self._ask_until(PersonRequest.PUT_IN, present=True)

    def print_face(self, front: FaceSide, back: FaceSide | None, *, job_id: int) -> None:
        """See `CardPrinter.print_face`. Never called: orders with a face are not accepted."""
        del front, back, job_id
        raise LocalProtocolError(f"{self._model.title} prints nothing")

    def job_printed(self, job_id: int) -> bool | None:
        """See `CardPrinter.job_printed`. Always False."""
        del job_id
        return False

    def present_card(self) -> None:
        """See `CardPrinter.present_card`. Asks until the slot is empty."""
        self._ask_until(PersonRequest.TAKE_OUT, present=False)

    def reject_card(self) -> None:
        """See `CardPrinter.reject_card`. Asks until the slot is empty."""
        self._ask_until(PersonRequest.PUT_ASIDE, present=False)

    def recent_exchanges(self) -> list[str]:
        """See `CardPrinter.recent_exchanges`: the requests to the person."""
        return list(self._recent)

    def close(self) -> None:
        """See `CardPrinter.close`. The reader belongs to the encoder and stays open."""
        self._closed.set()

    def _ask_until(self, request: PersonRequest, *, present: bool) -> None:
        looks = round(self._patience / LOOK_AGAIN) if self._asked is request else 0
        while self._card_present() is not present:
            if not looks:
                self._ask(request)
            looks -= 1
            self._closed.wait(LOOK_AGAIN)
        self._asked = None

    def _ask(self, request: PersonRequest) -> None:
        self._asked = request
        self._recent.append(f"asked a person: {request.value}")
        raise PersonNeededError(request)

    def _card_present(self) -> bool:
        self._require_open()
        return self._slot.card_present()

    def _require_open(self) -> None:
        if self._closed.is_set():
            raise LocalProtocolError("the machine was closed")
