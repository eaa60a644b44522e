"""The card behind its contacts: power, reset, commands, and the counts of its operations."""

from __future__ import annotations

import contextlib
import json
from typing import Final

from simulators.cards import COUNT_KEYS
from simulators.cards.ssc.apdu import PowerLostError
from simulators.cards.ssc.chip import Session
from simulators.cards.ssc.dispatch import execute
from simulators.cards.ssc.image import CardImage, restore_chip, take_image
from simulators.cards.ssc.personality import Personality, build_chip, encode_atr
from simulators.cards.ssc.quirks import Moment, Quirks

OWN_COUNT_KEYS: Final = (
    "authentication_failures",
    "challenges",
    "internal_authentications",
    "mac_failures",
    "pin_failures",
    "tears",
)


class SscCard:
    """One simulated social security card. See `simulators.cards.SimulatedCard`.

    Attributes:
        card_id: 卡识别码 as it left the card maker, 32 hex digits.
        atr: The answer to reset of a working contact.
        counts: See the interface; also `OWN_COUNT_KEYS` and `writes PLACE`, such as
            `writes SSSE/EF06/08`.
    """

    def __init__(self, who: Personality, quirks: Quirks | None = None) -> None:
        self._who = who
        self._chip = build_chip(who, quirks or Quirks())
        self._chip.counts.update(dict.fromkeys((*COUNT_KEYS, *OWN_COUNT_KEYS), 0))
        self._expose()

    def _expose(self) -> None:
        self._powered = False
        self._tear: tuple[int, Moment] | None = None
        self.card_id = self._who.card_id.hex().upper()
        self.atr = encode_atr(self._who.historical, self._chip.quirks.atr_form)
        self.counts: dict[str, int] = self._chip.counts

    def __repr__(self) -> str:
        return f"SscCard({self.card_id})"

    @property
    def quirks(self) -> Quirks:
        """The card's deviations. May be changed by `behave`."""
        return self._chip.quirks

    @property
    def eeprom_ms(self) -> float:
        """Milliseconds that each written record takes, on top of its transfer."""
        return self._chip.quirks.eeprom_ms

    def behave(self, quirks: Quirks) -> None:
        """Set the card's quirks: answers change at once, the ATR from the next reset on."""
        self._chip.quirks = quirks
        self.atr = encode_atr(self._who.historical, quirks.atr_form)

    def moved(self) -> None:
        """The card left the contacts and came back: power is lost, a bad contact works again."""
        self.power_off()
        self._chip.quirks.mute_power_ons = 0

    def power_on(self) -> bytes | None:
        """Cold reset: return the ATR, or None while the contact is bad."""
        self.power_off()
        if self._chip.quirks.mute_power_ons:
            self._chip.quirks.mute_power_ons -= 1
            return None
        self._powered = True
        self.counts["power_ons"] += 1
        return self.atr

    def power_off(self) -> None:
        """Clear the session; the memory is kept."""
        self._powered = False
        self._chip.session = Session()

    def reset(self) -> bytes | None:
        """Warm reset; for this chip the same as a cold one."""
        if self._chip.quirks.mute_warm_resets:
            self._chip.quirks.mute_warm_resets -= 1
            self.power_off()
            return None
        return self.power_on()

    def tear_in(self, commands: int, moment: Moment) -> None:
        """Lose the power at the `commands`-th command from now, 1 being the next; 0 cancels it."""
        self._tear = (commands, moment) if commands > 0 else None

    def transmit(self, command: bytes) -> bytes:
        """Return the answer to one command; empty without power, or when it is lost."""
        if not self._powered:
            return b""
        moment = self._moment()
        return execute(self._chip, command) if moment is None else self._torn(command, moment)

    def _moment(self) -> Moment | None:
        if self._tear is None:
            return None
        left, moment = self._tear
        self._tear = (left - 1, moment) if left > 1 else None
        return moment if left == 1 else None

    def _torn(self, command: bytes, moment: Moment) -> bytes:
        if moment is not Moment.BEFORE:
            self._chip.tearing = moment is Moment.INSIDE
            with contextlib.suppress(PowerLostError):
                execute(self._chip, command)
            self._chip.tearing = False
        self.counts["tears"] += 1
        self.power_off()
        return b""

    def image(self) -> dict[str, object]:
        """Return the permanent memory as plain JSON values; see `CardImage`."""
        return take_image(self._who, self._chip).model_dump(mode="json")

    def to_json(self) -> str:
        """Return `image()` as text."""
        return json.dumps(self.image())

    def fork(self) -> SscCard:
        """Return a second card with the same memory, without power."""
        return restore(self.image())


def restore(image: dict[str, object]) -> SscCard:
    """Return the card of an `image()`, without power.

    Raises:
        ValueError: The image fits no card of its version.
    """
    card = SscCard.__new__(SscCard)
    card._who, card._chip = restore_chip(CardImage.model_validate(image))  # noqa: SLF001
    card._expose()  # noqa: SLF001
    return card


def from_json(text: str) -> SscCard:
    """Return the card of a `to_json()`.

    Raises:
        ValueError: The text is not an image of such a card.
    """
    return restore(json.loads(text))
