"""The rules a portrait may break, and what a check found.

Hard rules refuse a picture. Soft ones hold its order until a supervisor lets the picture pass; the
picture itself is never changed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass

from station.core.errors import PhotoError
from station.core.phrases import phrase


class PhotoRule(enum.StrEnum):
    """Every rule; the value is the word in `details["rule"]`."""

    FILE_SIZE = "file-size"
    FORMAT = "format"
    CODING = "coding"
    PIXEL_LIMIT = "pixel-limit"
    PIXELS = "pixels"
    COLOUR = "colour"
    DEPTH = "depth"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    ORIENTATION = "orientation"
    BLANK = "blank"
    INK = "ink"
    ONE_FACE = "one-face"
    FACE_WIDTH = "face-width"
    HEAD_TOP = "head-top"
    EYE_CENTRE = "eye-centre"
    EYE_LINE = "eye-line"
    BACKGROUND = "background"
    BLUR = "blur"
    FACE_LIGHT = "face-light"


@dataclass(frozen=True, slots=True)
class PhotoFinding:
    """One rule that a portrait breaks.

    Attributes:
        rule: Which.
        found: The measured value with its unit: a phrase (`station.core.phrases`).
        allowed: The limit with its unit: a phrase.
        is_soft: Whether a supervisor may set the rule aside for this photo.
    """

    rule: PhotoRule
    found: str
    allowed: str
    is_soft: bool = False

    @property
    def title(self) -> str:
        """The rule's name for the clerk: a phrase."""
        return phrase(f"photo-rule.{self.rule.value}")

    def as_details(self) -> dict[str, str]:
        """Return what an error or the journal keeps; nothing in it is personal."""
        return {
            "rule": self.rule.value,
            "rule_title": self.title,
            "found": self.found,
            "allowed": self.allowed,
        }

    def as_error(self) -> PhotoError:
        """Return the error that refuses the photo for this rule."""
        return PhotoError(
            f"photo rule {self.rule.value}: found {self.found}, allowed {self.allowed}",
            details=self.as_details(),
        )


@dataclass(frozen=True, slots=True)
class PhotoReport:
    """What a check found.

    Attributes:
        profile: Name of the profile it was checked against.
        findings: Every broken rule that could be measured; hard ones first. After a hard one that
            stops the decoding, nothing is known about the picture itself.
        measured: Rule -> value with its unit (a phrase), for the soft rules that were measured.
        unchecked: Why the soft rules were not checked on this PC, a phrase; empty when they were.
    """

    profile: str
    findings: tuple[PhotoFinding, ...]
    measured: tuple[tuple[PhotoRule, str], ...] = ()
    unchecked: str = ""

    @property
    def hard(self) -> tuple[PhotoFinding, ...]:
        """What nobody may set aside."""
        return tuple(finding for finding in self.findings if not finding.is_soft)

    @property
    def soft(self) -> tuple[PhotoFinding, ...]:
        """What a supervisor may set aside; each one that is must be recorded with who did it."""
        return tuple(finding for finding in self.findings if finding.is_soft)

    def require_hard(self) -> None:
        """Refuse a photo that breaks a rule which nobody may set aside.

        Raises:
            PhotoError: For the first such rule.
        """
        for finding in self.hard:
            raise finding.as_error()
