"""What a press is answered with when it was not carried out. It stays until the next press."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from station.core.errors import StationError
from station.core.operator_text import explain


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


STALE: Final = Notice(
    "这一次按键没有执行：画面已经变了",
    "按键的时候，这个任务刚刚有了新的情况。",
    "看清现在的画面，需要的话再按一次。",
)
NO_NUMBER: Final = Notice("请先输入身份证号", "身份证号一栏是空的。", "输入或刷身份证，按 Enter。")


def refusal(error: StationError) -> Notice:
    """Return what the station says about a press that it refused."""
    text = explain(error.code, error.details)
    native = error.details.get("native_code", "")
    return Notice(text.title, text.cause, text.remedy, error.code, native)
