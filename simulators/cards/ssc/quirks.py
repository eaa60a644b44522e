"""Unusual but real behaviour of cards in the field, to be enabled for one card."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field


class AtrForm(enum.StrEnum):
    """How the 13 historical bytes are wrapped."""

    PLAIN = "plain"  #: `3B 6D 00 00`: no TA1, 9600 baud
    FAST = "fast"  #: `3B 7D 96 00 00`: TA1 offers a higher rate
    CONTACTLESS = "contactless"  #: `3B 8D 80 01` ... TCK: as a PC/SC reader shows Type A cards


class WrongLe(enum.StrEnum):
    """Answer to a wrong Le."""

    ANNOUNCE = "announce"  #: 6Cxx
    DATA = "data"  #: the data and 9000 nevertheless


class CaseFour(enum.StrEnum):
    """Answer to a command that sends data and receives data."""

    ANNOUNCE = "announce"  #: 61xx, GET RESPONSE follows
    DIRECT = "direct"  #: data and 9000 at once: T=1, contactless, or a reader that fetches them


class KeyVersion(enum.StrEnum):
    """The version byte that may follow the data of EXTERNAL AUTHENTICATE."""

    EITHER = "either"  #: accepted when present
    NEEDED = "needed"  #: Lc 11 only
    REFUSED = "refused"  #: Lc 10 only


class TornRecord(enum.StrEnum):
    """Content of the memory after a power loss inside a write; never a mixture."""

    OLD = "old"
    NEW = "new"


class Moment(enum.StrEnum):
    """When the power is lost, relative to one command."""

    BEFORE = "before"  #: the card never receives it
    INSIDE = "inside"  #: while the card executes it
    AFTER = "after"  #: the card has executed it, the answer is lost


class Quirks(BaseModel):
    """How this card deviates from the specification. The default is an ordinary card.

    Attributes:
        mute_power_ons: Number of power-ons without an ATR, or until the card is moved.
        mute_warm_resets: Number of warm resets without an ATR; a cold one works.
        failing_writes: Number of writes that are answered with 6581 and change nothing.
        options_before_records: The bank application refuses READ RECORD (6985) until GET
            PROCESSING OPTIONS.
        key_version: How it treats the version byte of EXTERNAL AUTHENTICATE.
        torn_record: Content left by a write during which the power was lost.
        torn_counter_spent: When the power is lost inside a comparison of a key or PIN, one try is
            lost, whether the value is right or wrong: the card counts down first and up again after
            success.
        eeprom_ms: Milliseconds for each written record on top of the transfer.
        missing: Titles of applications that this card does not have: without `SSSE` it is an
            ordinary bank card in the feeder, without `BANK` and `PSE` a card without an account,
            without `PKI` a 3.00 card without certificates.
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    atr_form: AtrForm = AtrForm.PLAIN
    wrong_le: WrongLe = WrongLe.ANNOUNCE
    case_four: CaseFour = CaseFour.ANNOUNCE
    mute_power_ons: Annotated[int, Field(ge=0)] = 0
    failing_writes: Annotated[int, Field(ge=0)] = 0
    mute_warm_resets: Annotated[int, Field(ge=0)] = 0
    options_before_records: bool = False
    key_version: KeyVersion = KeyVersion.EITHER
    torn_record: TornRecord = TornRecord.OLD
    torn_counter_spent: bool = False
    eeprom_ms: Annotated[float, Field(ge=0, le=100)] = 5.0  # unverified: 2 to 10 are usual
    missing: frozenset[Literal["SSSE", "PSE", "BANK", "PKI"]] = frozenset()
