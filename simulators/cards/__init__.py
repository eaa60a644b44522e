"""The interface of simulated cards. One sub-package per kind of card.

A sub-package exports `SIMULATOR: CardSimulator`. A card is passive and does no I/O: the machine
powers it, sends it commands from one thread at a time, and simulates the contact time itself.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol, runtime_checkable

#: Keys that `SimulatedCard.counts` always has. A card may add its own.
COUNT_KEYS: Final = ("power_ons", "reads", "writes", "authentications", "failures")


@runtime_checkable
class SimulatedCard(Protocol):
    """One card with its chip. Its memory survives power; its security state does not.

    Attributes:
        card_id: AAZ501, 32 hex digits: never changes, identifies the card for the observer and in
            URLs.
        atr: The answer to reset that a working contact would give.
        counts: Operations on the chip over its life, by kind: `power_ons` (ATRs given, warm resets
            too), `reads` (successful READ RECORD/BINARY), `writes` (successful UPDATE/APPEND RECORD
            or UPDATE BINARY: memory was changed), `authentications` (successful EXTERNAL
            AUTHENTICATE) and `failures` (commands refused). Numbers never go down.
    """

    card_id: str
    atr: bytes
    counts: dict[str, int]

    def power_on(self) -> bytes | None:
        """Cold reset: return the ATR, or None when the chip is mute. Clears security state."""
        ...

    def power_off(self) -> None:
        """Remove the power. Safe to call twice; also called when the card is torn out."""
        ...

    def reset(self) -> bytes | None:
        """Warm reset: like `power_on`, without a power-off before."""
        ...

    def transmit(self, command: bytes) -> bytes:
        """Return data and SW1-SW2 for one C-APDU. Never raises for a malformed command: it answers.

        The write is in the memory when this returns. The machine simulates a tear: it does not
        call, or discards the answer.
        """
        ...

    def image(self) -> dict[str, object]:
        """Return the chip's memory for the observer: plain JSON values, bytes as hex digits.

        At least the keys `files` (file name -> record/hex content), `bank_number` (all digits) and
        `blank` (whether it holds no person's data).
        """
        ...


class BlankFactory(Protocol):
    """Makes one blank."""

    def __call__(
        self, rng: random.Random, bank_bin: str, serial: int, *, region: str = "410700"
    ) -> SimulatedCard:
        """Return a new blank that already has a bank account.

        Args:
            rng: The only source of randomness; the same state gives the same card.
            bank_bin: First six digits of its bank number.
            serial: Number of the blank in this run, from 1: makes card id and bank number unique.
            region: 发卡地, six digits of GB/T 2260: the first three bytes of the card id.
        """
        ...


@dataclass(frozen=True, slots=True)
class CardSimulator:
    """What a sub-package of simulators.cards exports as SIMULATOR.

    Attributes:
        name: The folder name.
        title: Name for people.
        make_blank: See `BlankFactory`.
        make_bankless: The same for a blank without a bank application, as temporary cards are made
            of; None when this kind has none.
        restore: Creates a card from the result of `image()` (same card id, same memory), or None
            when this kind can't do that.
    """

    name: str
    title: str
    make_blank: BlankFactory
    make_bankless: BlankFactory | None = None
    restore: Callable[[dict[str, object]], SimulatedCard] | None = None
