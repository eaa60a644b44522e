"""The chain of fonts: the first that has a character sets it.

Source of the default files: Debian packages fonts-noto-cjk, fonts-hanazono, fonts-babelstone-han.
"""

from __future__ import annotations

import functools
import itertools
import operator
import unicodedata
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from PIL import ImageFont

from station.core.errors import ConfigError, NameNotEncodableError
from station.face.text.coverage import Coverage, collection_size, read_coverage
from station.face.text.glyph import Glyph, draw_glyph

_SIMPLIFIED: Final = " SC"  #: the face of a collection that has the mainland's forms
#: Faces with the forms of other regions: a name set in them would look wrong.
_OTHER_REGIONS: Final = (" JP", " KR", " TC", " HK", " TW")
#: What a face has that was made for simplified Chinese; the collections of GB 2312 and GBK fonts
#: (SimSun, WenQuanYi) do not say so in their names.
_SIMPLIFIED_ONLY: Final = (
    "\u56fd", "\u53d1", "\u8bc1", "\u4e66", "\u5f20",  # 国发证书张
    "\u8d75", "\u94b1", "\u9f99", "\u9a6c", "\u95e8",  # 赵钱龙马门
)  # fmt: skip
_MAX_FACES: Final = 32
_KEPT_GLYPHS: Final = 2048  #: about 3 MB; a day's names at a window use fewer
_KEPT_CHARACTERS: Final = 8192
#: A size of a font of the collection takes 3 MB and 0.9 ms to open; glyphs are kept without it.
_OPEN_FONTS: Final = 3
#: Controls, invisible marks, surrogates, private use: never what a person's name is written with.
#: Combining marks need shaping, which is not done here: they would stand beside their letter.
_UNPRINTABLE: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp", "Mn", "Mc", "Me"})


class Run(NamedTuple):
    """Characters that stand together and are set from one font of the chain."""

    font: int
    text: str


class FontChain:
    """Font files in order of preference."""

    def __init__(self, files: Sequence[Path]) -> None:
        """Open the faces; a collection gives its simplified Chinese one.

        Raises:
            ConfigError: No file, or one that is not a font.
        """
        if not files:
            raise ConfigError("no font file configured")
        self._files = tuple(files)
        self._faces = [(file, face_number(file)) for file in files]
        self._setters: dict[str, int] = {}
        self._glyphs: dict[tuple[int, str, float], Glyph] = {}
        self._fonts: dict[tuple[int, float], ImageFont.FreeTypeFont] = {}

    def with_first(self, files: Sequence[Path]) -> FontChain:
        """Return a chain that asks these files before its own.

        Raises:
            ConfigError: One of them is not a font.
        """
        return FontChain([*files, *self._files])

    def runs(self, text: str, *, field: str) -> list[Run]:
        """Split a text by the font that sets each character.

        Raises:
            NameNotEncodableError: No font has a character; `details` names character and field.
        """
        fonts = [self._setter(character, field) for character in text]
        together = itertools.groupby(zip(fonts, text, strict=True), key=operator.itemgetter(0))
        return [Run(font, "".join(one for _, one in group)) for font, group in together]

    def font(self, number: int, size_dots: float) -> ImageFont.FreeTypeFont:
        """Return a font of the chain at a size; the last ones used are kept open."""
        key = (number, size_dots)
        font = self._fonts.pop(key, None) or _open_font(*self._faces[number], size_dots)
        while len(self._fonts) >= _OPEN_FONTS:
            del self._fonts[next(iter(self._fonts))]
        self._fonts[key] = font
        return font

    def glyph(self, number: int, character: str, size_dots: float) -> Glyph:
        """Return a character of one of the fonts as resin dots, drawn once."""
        key = (number, character, size_dots)
        if (glyph := self._glyphs.get(key)) is None:
            if len(self._glyphs) >= _KEPT_GLYPHS:
                self._glyphs.clear()
            glyph = self._glyphs[key] = draw_glyph(self.font(number, size_dots), character)
        return glyph

    def width(self, runs: Sequence[Run], size_dots: float) -> float:
        """Return the dots that the runs take on one line."""
        return sum(
            self.glyph(run.font, character, size_dots).advance_dots
            for run in runs
            for character in run.text
        )

    def _setter(self, character: str, field: str) -> int:
        font = self._setters.get(character)
        if font is None:
            if len(self._setters) >= _KEPT_CHARACTERS:
                self._setters.clear()
            font = self._setters[character] = self._font_for(character, field)
        return font

    def _font_for(self, character: str, field: str) -> int:
        if unicodedata.category(character) not in _UNPRINTABLE:
            for number in range(len(self._faces)):
                if character in self._coverage(number):
                    return number
        raise NameNotEncodableError(
            f"{field}: no font has one of the characters",
            details={"character": character, "field": field, "reason": "no-glyph"},
        )

    def _coverage(self, number: int) -> Coverage:
        return _coverage_of(*self._faces[number])


@functools.cache
def _coverage_of(file: Path, face: int) -> Coverage:
    return read_coverage(file, face)


def _open_font(file: Path, face: int, size_dots: float) -> ImageFont.FreeTypeFont:
    try:
        # The basic layout: hanzi, digits and Latin need no shaping, and it is the same everywhere.
        return ImageFont.truetype(
            str(file), size_dots, index=face, layout_engine=ImageFont.Layout.BASIC
        )
    except OSError as exc:
        raise ConfigError(f"{file}: not a usable font: {exc}") from exc


@functools.cache
def face_number(file: Path) -> int:
    """Return which face of a font file is the simplified Chinese one.

    Raises:
        ConfigError: The file is no usable font, or its collection has none.
    """
    faces = min(collection_size(file), _MAX_FACES)
    if not faces:
        _open_font(file, 0, 16)
        return 0
    families = [_open_font(file, face, 16).getname()[0] or "" for face in range(faces)]
    for face, family in enumerate(families):
        if family.endswith(_SIMPLIFIED):
            return face
    for face, family in enumerate(families):
        if not family.endswith(_OTHER_REGIONS):
            coverage = _coverage_of(file, face)
            if all(character in coverage for character in _SIMPLIFIED_ONLY):
                return face
    names = ", ".join(families)
    raise ConfigError(f"{file}: the collection has no simplified Chinese face, only {names}")
