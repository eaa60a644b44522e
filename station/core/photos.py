"""The rules for a portrait, the findings of a check, and the parsed portrait.

Hard rules refuse a picture. Soft ones hold its order until a supervisor waives them; the picture
itself is never changed.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field

from station.core.errors import DefectError, PhotoError
from station.core.phrases import phrase


class PhotoRule(enum.StrEnum):
    """Every rule; the value is `details["rule"]` of the error."""

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
        rule: The broken rule.
        found: The measured value with its unit: a phrase (`station.core.phrases`).
        allowed: The limit with its unit: a phrase.
        is_soft: Whether a supervisor may waive the rule for this photo.
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
        """Return the values for an error or the journal; nothing in it is personal."""
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
    """Findings of a check.

    Attributes:
        profile: Name of the profile it was checked against.
        findings: Every broken rule that could be measured; hard ones first. A hard one may have
            stopped the decoding; then nothing else is known about the picture.
        measured: Rule -> value with its unit (a phrase), for the soft rules that were measured.
        unchecked: Why the soft rules were not checked on this PC, a phrase; empty when they were.
    """

    profile: str
    findings: tuple[PhotoFinding, ...]
    measured: tuple[tuple[PhotoRule, str], ...] = ()
    unchecked: str = ""

    @property
    def hard(self) -> tuple[PhotoFinding, ...]:
        """Findings that can't be waived."""
        return tuple(finding for finding in self.findings if not finding.is_soft)

    @property
    def soft(self) -> tuple[PhotoFinding, ...]:
        """Findings that a supervisor may waive; each waiver must be recorded with the person."""
        return tuple(finding for finding in self.findings if finding.is_soft)

    def require_hard(self) -> None:
        """Refuse a photo that breaks a hard rule.

        Raises:
            PhotoError: For the first such rule.
        """
        for finding in self.hard:
            raise finding.as_error()


@dataclass(frozen=True, slots=True)
class Picture:
    """The decoded pixels of a portrait. Personal: never log them.

    Attributes:
        width_px: Pixels of a row.
        height_px: Rows.
        rgb: Three bytes a pixel, row after row from the top.
    """

    width_px: int
    height_px: int
    rgb: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Portrait:
    """A person's portrait, parsed once: the check, the print and the chip all use this object.

    Attributes:
        jpeg: The file as the province sent it.
        report: Findings of its check. A portrait that was only opened again has no soft findings:
            those were evaluated on arrival.
        picture: Its pixels; None where a hard rule stopped the decoding.
    """

    jpeg: bytes = field(repr=False)
    report: PhotoReport
    picture: Picture | None

    def require_picture(self) -> Picture:
        """Return the pixels of a portrait that breaks no hard rule.

        Raises:
            PhotoError: For the first hard rule that it breaks.
            DefectError: It was not decoded although it breaks no hard rule.
        """
        self.report.require_hard()
        if self.picture is None:
            raise DefectError("a portrait without pixels breaks no rule")
        return self.picture
