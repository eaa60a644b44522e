"""What a clerk reads: error codes, printer states and card places in simplified Chinese.

Source: wording after 新乡市 社会保障卡业务经办流程 (2017), part 3 常见问题处理, where it names
    the fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from station.core.operator_text_machine import MACHINE_TEXTS
from station.core.operator_text_work import WORK_TEXTS

MISSING: Final = "—"  #: stands where `details` says nothing
UNKNOWN_CODE: Final = "station-error"
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}", re.ASCII)

#: Code -> title, cause, and the steps of the remedy.
TEXTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(WORK_TEXTS | MACHINE_TEXTS)

#: "Where the card is now": `CardPosition`, `CardPlace`, and `none` for an empty path.
POSITION_TEXT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "none": "机内没有卡",
        "feeder": "在进卡槽，尚未进卡",
        "chip-station": "在机内芯片读写位",
        "print-station": "在机内打印位",
        "flipper": "在机内翻面处",
        "output-hopper": "在出卡口，可以取走",
        "taken": "已被取走",
        "kept": "无人领取，已收存在窗口",
        "reject-bin": "在废卡盒",
        "jammed": "卡在机内通道中",
        "unknown": "位置不明，请打开机盖查看",
    }
)


@dataclass(frozen=True, slots=True)
class OperatorText:
    """One message at the window.

    Attributes:
        title: What happened.
        cause: 原因.
        remedy: 处理; one line a step, numbered when there is more than one.
    """

    title: str
    cause: str
    remedy: str


def explain(code: str, details: Mapping[str, str] = MappingProxyType({})) -> OperatorText:
    """Return the text of an error code or printer-state-reason, filled from `details`.

    A code without a text gets the general one, which names the code. A detail that is missing or
    empty shows as a dash; a detail's own braces are never expanded.
    """
    known = code if code in TEXTS else UNKNOWN_CODE
    values = {**details, "code": code}
    title, cause, *steps = (_filled(text, values) for text in TEXTS[known])
    return OperatorText(title, cause, _numbered(steps))


def where(position: str) -> str:
    """Return where the card is, for people; a word without a text counts as `unknown`."""
    return POSITION_TEXT.get(position, POSITION_TEXT["unknown"])


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _PLACEHOLDER.sub(lambda match: values.get(match[1]) or MISSING, text)


def _numbered(steps: list[str]) -> str:
    if len(steps) == 1:
        return steps[0]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
