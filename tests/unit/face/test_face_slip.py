"""The slip of a card that went out inactive, as a PDF."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest
from fontTools.ttLib import TTFont

from station.core.errors import NameNotEncodableError
from station.core.slips import Slip
from station.face import default_font_files
from station.paper.slips import print_slip
from tests.rigs.paper import text_of

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


def test_a_number_of_32_digits_and_a_note_are_not_torn(tmp_path: Path) -> None:
    order = "01a222c5b73eb9772d39ddc5a655b105"
    note = "网络恢复后，本窗口自动向省卡管回盘。启用后方可就医、领取待遇和使用银行功能。"
    slip = Slip("未启用凭条", (("姓名", "欧阳"), ("任务编号", order)), (note,))
    said = text_of(print_slip(slip, FONTS), tmp_path)
    assert order in said
    assert note in said.replace("\n", "").replace(" ", "")
    assert not [line for line in said.splitlines() if line.strip()[:1] in set("。，、")]


@pytest.mark.field_case("R2")
def test_a_slip_is_set_in_a_font_with_cff_outlines() -> None:
    assert FONTS[0].read_bytes()[:4] == b"ttcf"
    with TTFont(FONTS[0], fontNumber=2, lazy=True) as font:
        assert "CFF " in font
    assert print_slip(Slip("凭条", (("姓名", "欧阳"),), ()), FONTS[:1]).startswith(b"%PDF")
