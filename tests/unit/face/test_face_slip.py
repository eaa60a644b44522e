"""The slip of a card that went out inactive, as a PDF."""

from __future__ import annotations

import re
import zlib

import pytest

from station.core.errors import NameNotEncodableError
from station.core.slips import Slip
from station.face import default_font_files
from station.face.slip import print_slip

FONTS = default_font_files()
HANAZONO = next(file for file in FONTS if file.name == "HanaMinB.ttf")
RARE = "\U00029e3d"  # in no Noto CJK; HanaMinB has it


def shown(pdf: bytes) -> set[str]:
    """Return the characters of a PDF, read from the maps of its embedded fonts."""
    found: set[str] = set()
    for stream in re.findall(rb"stream\r?\n(.*?)endstream", pdf, re.DOTALL):
        try:
            text = zlib.decompressobj().decompress(stream)
        except zlib.error:
            text = stream
        if b"begincmap" in text:
            for hexed in re.findall(rb"<[0-9A-Fa-f]+> <([0-9A-Fa-f]+)>", text):
                found |= set(bytes.fromhex(hexed.decode()).decode("utf-16-be", "replace"))
    return found


def test_every_word_of_the_slip_is_in_the_pdf_with_its_font() -> None:
    slip = Slip("未启用凭条", (("姓名", f"欧阳{RARE}"), ("批准人", "wang")), ("尚未启用。",))
    pdf = print_slip(slip, [FONTS[0], HANAZONO])
    assert pdf.startswith(b"%PDF")
    assert set(f"未启用凭条姓名欧阳{RARE}批准人wang尚。：") <= shown(pdf)
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 1


def test_a_character_that_no_font_has_is_named_and_nothing_is_printed() -> None:
    with pytest.raises(NameNotEncodableError) as refused:
        print_slip(Slip("𩸽", ((RARE, "\U000f1234"),), ()), [HANAZONO])
    assert refused.value.details["character"] in {"\U000f1234", "："}
