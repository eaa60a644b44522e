"""The site's choices where a rule has more than one safe way (`[policies]`)."""

from __future__ import annotations

import enum

from pydantic import BaseModel, ConfigDict, Field


class WhenOwedTooLong(enum.StrEnum):
    """What happens to a card whose report is owed for longer than the site waits."""

    ASK = "ask"  #: it stays in the machine; a person is asked
    SPOIL = "spoil"  #: it goes into the reject bin; a failure report is owed in addition


class Activation(enum.StrEnum):
    """When the province is asked to activate a card (领卡启用)."""

    AT_HAND_OVER = "at-hand-over"  #: a person presses the button with the holder before them
    AT_ONCE = "at-once"  #: automatically, as soon as the card is out


class WhenNotTaken(enum.StrEnum):
    """What happens to a card that is not taken."""

    ASK = "ask"  #: a person says where it is
    RETRACT = "retract"  #: the printer retracts it, where it can; otherwise a person is asked


class Policies(BaseModel):
    """Where a rule has more than one safe way; the defaults are the safest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    print_first: bool = Field(
        default=False,
        description="Print while the report to the province is owed; the card stays inside until "
        "it is done.",
    )
    hold_owed: float = Field(
        default=600.0,
        ge=0,
        description="Seconds that a written card waits inside for its report to the province; "
        "0: without end.",
    )
    when_owed_too_long: WhenOwedTooLong = Field(
        default=WhenOwedTooLong.ASK,
        description="What then: it stays, and a person is asked; or it is spoiled.",
    )
    activation: Activation = Field(
        default=Activation.AT_HAND_OVER,
        description="Activation by a button, or as soon as the card is out.",
    )
    take_within: float = Field(
        default=120.0, ge=0, description="Seconds to take a card that was put out; 0: no timer."
    )
    when_not_taken: WhenNotTaken = Field(
        default=WhenNotTaken.ASK,
        description="What then: a person says where it is, or the printer pulls it back in.",
    )
    supervisors: frozenset[str] = Field(
        default=frozenset(),
        description="Who may approve and override; never the one who acts. Empty: nobody may.",
    )
    spoiled_in_a_row: int = Field(
        default=2, ge=1, description="Blanks spoiled in a row that stop the feeder."
    )
    ribbon_alarm: float = Field(
        default=1.05, ge=1, description="Ribbon sets used over planned that raise the alarm."
    )
