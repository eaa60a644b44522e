"""What a clerk reads: error codes, printer states and card places in simplified Chinese.

Source: wording after 新乡市 社会保障卡业务经办流程 (2017), part 3 常见问题处理, where it names
    the fault.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from station.core.operator_text_doors import DOOR_TEXTS
from station.core.operator_text_machine import MACHINE_TEXTS, MACHINE_VARIANTS, MUTE_TEXTS
from station.core.operator_text_province import PROVINCE_TEXTS, PROVINCE_VARIANTS
from station.core.operator_text_work import WORK_TEXTS, WORK_VARIANTS

MISSING: Final = "—"  #: stands where `details` says nothing
UNKNOWN_CODE: Final = "station-error"
#: The last step of many remedies, where nothing is known of an order: the page and its buttons.
AGAIN: Final = "回到制卡页，从停下的那一步接着做。"
_PLACEHOLDER: Final = re.compile(r"\{([a-z_]+)\}", re.ASCII)
#: A part of a text that is left out when `details` says nothing of what it names.
_OPTIONAL: Final = re.compile(r"〔([^〔〕]*)〕")
_AGAIN_STEP: Final = "{again}"

#: Code -> title, cause, and the steps of the remedy.
TEXTS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    WORK_TEXTS | PROVINCE_TEXTS | MACHINE_TEXTS | DOOR_TEXTS
)
#: Code and variant -> the text where the same code means another thing.
VARIANTS: Final[Mapping[tuple[str, str], tuple[str, ...]]] = MappingProxyType(
    WORK_VARIANTS | PROVINCE_VARIANTS | MACHINE_VARIANTS
)

#: "Where the card is now": `CardPosition`, `CardPlace`, and `none` for an empty path.
POSITION_TEXT: Final[Mapping[str, str]] = MappingProxyType(
    {
        "none": "机内没有卡",
        "feeder": "还没有进卡",
        "chip-station": "在机内芯片读写位",
        "print-station": "在机内打印位",
        "flipper": "在机内翻面处",
        "output-hopper": "在出卡口，可以取走",
        "taken": "已被取走",
        "kept": "无人领取，已收存在窗口",
        "reject-bin": "在废卡盒",
        "jammed": "堵在机内通道中",
        "unknown": "位置不明，请打开机盖查看",
    }
)


@dataclass(frozen=True, slots=True)
class OperatorText:
    """One message at the window.

    Attributes:
        title: What happened.
        cause: 原因.
        steps: 处理, step by step.
    """

    title: str
    cause: str
    steps: tuple[str, ...]

    @property
    def remedy(self) -> str:
        """The steps, one a line, numbered when there is more than one."""
        return numbered(self.steps)


def explain(
    code: str,
    details: Mapping[str, str] = MappingProxyType({}),
    *,
    again: str = AGAIN,
    variant: str = "",
) -> OperatorText:
    """Return the text of an error code or printer-state-reason, filled from `details`.

    A code without a text gets the general one, which names the code. A detail that is missing or
    empty shows as a dash, or leaves its optional part out; a detail's own braces are never
    expanded. `again` is the step that takes the work up again; with an empty one it is left out.
    """
    known = code if code in TEXTS else UNKNOWN_CODE
    title, cause, *steps = VARIANTS.get((known, variant), TEXTS[known])
    seen = MUTE_TEXTS.get(details.get("cause", ""), "")
    values = {"seen": seen, **details, "code": code, "again": again}
    kept = [step for step in steps if again or step != _AGAIN_STEP]
    return OperatorText(
        _filled(title, values),
        _filled(cause, values),
        tuple(_filled(step, values) for step in kept),
    )


def where(position: str) -> str:
    """Return where the card is, for people; a word without a text counts as `unknown`."""
    return POSITION_TEXT.get(position, POSITION_TEXT["unknown"])


def numbered(steps: Sequence[str]) -> str:
    """Return the steps of a remedy, one a line."""
    if len(steps) == 1:
        return steps[0]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))


def _filled(text: str, values: Mapping[str, str]) -> str:
    text = _OPTIONAL.sub(lambda part: part[1] if _is_known(part[1], values) else "", text)
    return _PLACEHOLDER.sub(lambda match: values.get(match[1]) or MISSING, text)


def _is_known(part: str, values: Mapping[str, str]) -> bool:
    return all(values.get(name) for name in _PLACEHOLDER.findall(part))
