"""Texts of faults for the clerk: of an error code or a printer state, by language.

Source: wording after 新乡市 社会保障卡业务经办流程 (2017), part 3 常见问题处理, where it names the
    fault.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from station.words.catalogue import catalogue, filled, spoken, text
from station.words.tables import POSITION_TEXT, SPOILED_TEXTS

UNKNOWN_CODE: Final = "station-error"
_AGAIN_STEP: Final = "{again}"


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
        """The steps, one per line, numbered when there is more than one."""
        return numbered(self.steps)


def known(code: str, variant: str = "") -> bool:
    """Whether a code has a text of its own, and this variant, if one is given."""
    texts = catalogue()
    return (code, variant) in texts.variants if variant else code in texts.problems


def explain(
    code: str,
    details: Mapping[str, str] = MappingProxyType({}),
    *,
    again: str | None = None,
    variant: str = "",
    language: str | None = None,
) -> OperatorText:
    """Return the text of an error code or printer-state-reason, filled from `details`.

    A code without a text gets the general one, which names the code. A missing or empty detail is
    shown as a dash, or leaves its optional part out; braces inside a detail are never expanded.
    `again` is the step that resumes the work: None uses the one that applies where the order is
    unknown; an empty one is left out.
    """
    texts = catalogue(language)
    own = code if code in texts.problems else UNKNOWN_CODE
    title, cause, *steps = texts.variants.get((own, variant), texts.problems[own])
    if again is None:
        again = text("step.again", language=language)
    seen = texts.tables["mute-chip"].get(details.get("cause", ""), "")
    told = {name: spoken(value, language=language) for name, value in details.items()}
    values = {"seen": seen, **told, "code": code, "again": again}
    kept = [step for step in steps if again or step != _AGAIN_STEP]
    return OperatorText(
        filled(title, values),
        filled(cause, values),
        tuple(filled(step, values) for step in kept),
    )


def why_spoiled(code: str) -> OperatorText:
    """Return why a card was spoiled: a reason entered by a person, the site's, or an error's."""
    said = SPOILED_TEXTS.get(code)
    return explain(code) if said is None else OperatorText(said, "", ())


def where(position: str) -> str:
    """Return the card's position, for people; a position without a text counts as `unknown`."""
    return POSITION_TEXT.get(position, POSITION_TEXT["unknown"])


def numbered(steps: Sequence[str]) -> str:
    """Return the steps of a remedy, one per line."""
    if len(steps) == 1:
        return steps[0]
    return "\n".join(f"{number}. {step}" for number, step in enumerate(steps, start=1))
