"""What a press is answered with when it was not carried out. It stays until the next press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from station.core.errors import StationError
from station.words import explain, text


@dataclass(frozen=True, slots=True)
class Notice:
    """A refusal in the operator's words.

    Attributes:
        title: What was not done.
        cause: 原因; may be empty.
        remedy: 怎么办.
        code: Stable error code; empty for the page's own notices.
        native: The device's own number, for the technician; may be empty.
    """

    template: ClassVar[str] = "_notice.html"
    name: ClassVar[str] = "notice"

    title: str
    cause: str
    remedy: str
    code: str = ""
    native: str = ""


def stale() -> Notice:
    """Return the answer to a press on a page that has changed meanwhile."""
    return _own("stale")


def no_number() -> Notice:
    """Return the answer to a press that needs a person's number."""
    return _own("no-number")


def refusal(error: StationError) -> Notice:
    """Return what the station says about a press that it refused."""
    told = explain(error.code, error.details)
    native = error.details.get("native_code", "")
    return Notice(told.title, told.cause, told.remedy, error.code, native)


def _own(code: str) -> Notice:
    return Notice(
        text(f"refusal.{code}"), text(f"refusal.{code}-cause"), text(f"refusal.{code}-remedy")
    )
