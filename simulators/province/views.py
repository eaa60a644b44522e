"""Records as frozen values for the rest of the province."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final, Self

from simulators.province import codes
from simulators.province.rules import (
    ApplicationState,
    CardState,
    MemberState,
    Standing,
    TemporaryState,
    first_missing,
)

#: 申请类型 that need no loss report, and those that need no fee. unverified
WITHOUT_LOSS: Final = frozenset({codes.FIRST, codes.EXCHANGE, codes.WARRANTY})
WITHOUT_FEE: Final = frozenset({codes.FIRST, codes.WARRANTY})


@dataclass(frozen=True, slots=True)
class Overview:
    """A person with their valid card, open application, unspent fee and batch line.

    Missing values are empty, None or False.
    """

    id_number: str
    ordinal: int
    case_name: str
    name: str
    sex: str
    nation: str
    birth_date: str
    birth_place: str
    nationality: str
    document: str
    region: str
    card_number: str
    card_state: CardState | None
    card_id: str
    card_bank: str
    application: int | None
    application_state: ApplicationState | None
    application_kind: str
    application_reason: str
    bank: str
    is_marked: bool
    withdrawn: str
    held_by: str
    has_fee: bool
    member: int | None
    batch: str
    new_number: str
    member_state: MemberState | None

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """Return the value of one row of the view `overview`."""
        row["has_fee"] = row.pop("fee") is not None
        row["is_marked"] = bool(row["is_marked"])
        if row["card_state"] is not None:
            row["card_state"] = CardState(row["card_state"])
        if row["application_state"] is not None:
            row["application_state"] = ApplicationState(row["application_state"])
        if row["member_state"] is not None:
            row["member_state"] = MemberState(row["member_state"])
        for field in fields(cls):
            if field.type == "str" and row[field.name] is None:
                row[field.name] = ""
        return cls(**row)

    def standing(self, region: str, window: str) -> Standing:
        """Return the state that decides whether this window may make the card."""
        return Standing(
            is_known=self.region == region,
            is_lost=self.card_state is CardState.LOST or self.application_kind in WITHOUT_LOSS,
            has_fee=self.has_fee or self.application_kind in WITHOUT_FEE,
            has_applied=self.application is not None,
            is_marked=self.is_marked,
            withdrawn=self.withdrawn,
            is_locked_elsewhere=self.held_by not in {"", window},
        )

    def situation(self, region: str, window: str) -> str:
        """Return a person's situation in a few words, for the clerk."""
        if self.application_state in {ApplicationState.FAILED, ApplicationState.HANDLED}:
            return str(self.application_state)
        missing = first_missing(self.standing(region, window))
        if self.application is None and self.card_id and self.region == region:
            words = {CardState.ISSUED: "已回盘，待启用", CardState.NORMAL: "已启用"}
            return words.get(self.card_state or CardState.CANCELLED, missing)
        if missing:
            return missing
        return "可制卡" if self.member_state is not MemberState.MAKING else str(self.member_state)


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch."""

    number: str
    region: str
    owner: str
    is_locked: bool


@dataclass(frozen=True, slots=True)
class Temporary:
    """One temporary card, from its application on."""

    application: str
    number: str
    state: TemporaryState
    card_id: str
    agent: str
    made_on: str
    valid_until: str

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """Return the value of one row of the table `temporary`."""
        application, state = str(row["id"]), TemporaryState(row["state"])
        told = ("number", "card_id", "agent", "made_on", "valid_until")
        return cls(application=application, state=state, **{name: row[name] for name in told})


@dataclass(frozen=True, slots=True)
class Member:
    """One line of a batch."""

    id: int
    batch: str
    ordinal: str
    application: int
    id_number: str
    card_number: str
    state: MemberState
    made_on: str
    valid_until: str

    @classmethod
    def of_row(cls, row: dict[str, Any]) -> Self:
        """Return the value of one row of the table `member`."""
        row["state"] = MemberState(row["state"])
        return cls(**row)


@dataclass(frozen=True, slots=True)
class WriteBack:
    """One write-back as received. Holds a full bank number: never show it whole."""

    outcome: str
    card_id: str
    reset_info: str
    bank_number: str
    made_on: str
    valid_until: str
    account: str
    box: str
    failed_step: str
    failure: str
