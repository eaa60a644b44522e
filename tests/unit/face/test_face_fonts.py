import struct
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTCollection, TTFont
from PIL import Image, ImageDraw

from station.core.errors import ConfigError, NameNotEncodableError
from station.face import default_font_files, renderer
from station.face.text.coverage import read_coverage
from station.face.text.fonts import FontChain, Run


@pytest.fixture(scope="module")
def fonts() -> FontChain:
    return FontChain(default_font_files())


@pytest.mark.parametrize("file", default_font_files(), ids=lambda f: f.stem)
def test_coverage_agrees_with_an_independent_reader(file: Path) -> None:
    """fontTools reads the same map in its own way."""
    face = 2 if file.suffix == ".ttc" else 0
    coverage = read_coverage(file, face)
    with TTFont(file, lazy=True, fontNumber=face) as font:
        theirs = set(font.getBestCmap())
    step = range(0x20, 0x32000, 7)
    assert [c for c in step if chr(c) in coverage] == [c for c in step if c in theirs]


def test_a_collection_gives_its_simplified_face() -> None:
    chain = FontChain([default_font_files()[0]])
    assert chain.font(0, 30).getname()[0] == "Noto Serif CJK SC"


def test_a_rare_character_comes_from_a_later_font(fonts: FontChain) -> None:
    runs = fonts.runs("王𡿡明", field="AAC003")
    assert [run.text for run in runs] == ["王", "𡿡", "明"]
    assert runs[0].font == runs[2].font == 0
    assert runs[1].font > 0


def test_neighbours_of_one_font_are_one_run(fonts: FontChain) -> None:
    assert fonts.runs("测试·人 A1", field="x") == [Run(0, "测试·人 A1")]


@pytest.mark.parametrize(
    "character",
    ["\ue000", "\u200b", "\n", "\U000e0100", "\ufffe", "\u1200"],
    ids=["private-use", "zero-width", "newline", "variation-selector", "noncharacter", "ethiopic"],
)
def test_a_character_that_can_not_be_set_is_named(fonts: FontChain, character: str) -> None:
    with pytest.raises(NameNotEncodableError) as caught:
        fonts.runs(f"王{character}明", field="AAC003")
    assert caught.value.details == {
        "character": character,
        "field": "AAC003",
        "reason": "no-glyph",
    }
    assert character not in str(caught.value)
    assert "王" not in str(caught.value)


def test_private_use_is_refused_though_a_font_has_it(fonts: FontChain) -> None:
    """A private code means another hanzi in every old system: the font's picture is a guess."""
    inside = [chr(code) for code in range(0xE000, 0xF900)]
    assert all(unicodedata.category(c) == "Co" for c in inside)
    for character in inside[::97]:
        with pytest.raises(NameNotEncodableError):
            fonts.runs(character, field="x")


def lost_share(fonts: FontChain, character: str, size_pt: float) -> float:
    """Return how much of the outline, drawn eight times as large, has no resin dot near it."""
    size_dots, times = size_pt * 300 / 72, 8
    glyph = fonts.glyph(0, character, size_dots)
    near = np.pad(glyph.ink > 0, 1)
    near = near[:-2, 1:-1] | near[2:, 1:-1] | near[1:-1, :-2] | near[1:-1, 2:] | near[1:-1, 1:-1]
    large = Image.new("1", (glyph.ink.shape[1] * times, glyph.ink.shape[0] * times))
    corner = (-glyph.left_dots * times, -glyph.top_dots * times)
    font = fonts.font(0, size_dots * times)
    ImageDraw.Draw(large).text(corner, character, fill=1, font=font, anchor="ls")
    rows, columns = np.nonzero(np.asarray(large))
    return float(1 - near[rows // times, columns // times].mean())


@pytest.mark.parametrize("size_pt", [5, 6, 8])
def test_no_stroke_of_a_thin_font_is_lost(size_pt: float) -> None:
    """Hanazono's hairlines are half a dot; cut at half grey, 𠮷 loses its upper strokes."""
    for file, characters in (("HanaMinA", "三鼐王懿"), ("HanaMinB", "𠮷𡿡𠀋𩸽")):
        fonts = FontChain([file_ for file_ in default_font_files() if file_.stem == file])
        for character in characters:
            assert lost_share(fonts, character, size_pt) < 0.005, character


def test_the_default_fonts_are_named_when_none_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(renderer, "_DEFAULT_FONTS", (Path("/nowhere/font.ttc"),))
    with pytest.raises(ConfigError, match=r"fonts-noto-cjk and fonts-hanazono"):
        default_font_files()


def test_no_font_at_all_is_a_config_error() -> None:
    with pytest.raises(ConfigError, match="no font file"):
        FontChain([])


def test_a_file_that_is_no_font(tmp_path: Path) -> None:
    for name in ("font.ttf", "font.ttc"):
        file = tmp_path / name
        file.write_bytes(b"not a font at all, but long enough to have a table directory")
        with pytest.raises(ConfigError, match=name):
            FontChain([file])


# OpenType 1.9: table directory with one `cmap`; encoding record 3/10; format 12 with two groups.
def cmap_file(tmp_path: Path, subtable_format: int = 12) -> Path:
    groups = struct.pack(">LLL LLL", 0x4E00, 0x4E01, 7, 0x20BB7, 0x20BB7, 0)
    subtable = struct.pack(">HxxLLL", subtable_format, 16 + len(groups), 0, 2) + groups
    cmap = struct.pack(">HH HHL", 0, 1, 3, 10, 12) + subtable
    directory = struct.pack(">L HHHH 4sLLL", 0x00010000, 1, 0, 0, 0, b"cmap", 0, 28, len(cmap))
    file = tmp_path / "small.ttf"
    file.write_bytes(directory + cmap)
    return file


def test_format_12_groups_are_read_and_glyph_0_is_no_glyph(tmp_path: Path) -> None:
    coverage = read_coverage(cmap_file(tmp_path), 0)
    assert [c in coverage for c in ("\u4dff", "\u4e00", "\u4e01", "\u4e02", "𠮷")] == [
        False,
        True,
        True,
        False,
        False,
    ]


def test_a_font_without_a_unicode_map_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="format 12 or 4"):
        read_coverage(cmap_file(tmp_path, subtable_format=6), 0)


WENQUANYI = sorted(Path("/usr/share/fonts/truetype/wqy").glob("*.ttc"))


def collection(tmp_path: Path, source: Path, *families: str) -> Path:
    """Return a collection of one face under several names, with a first-plane map only."""
    made = TTCollection()
    for family in families:
        font = TTFont(source, fontNumber=0)
        for table in [one for one in font["cmap"].tables if one.format == 12]:
            font["cmap"].tables.remove(table)
        for record in font["name"].names:
            if record.nameID in (1, 16):
                record.string = family
        made.fonts.append(font)
    file = tmp_path / "collection.ttc"
    made.save(file)
    return file


@pytest.mark.field_case("C7")
@pytest.mark.parametrize("file", WENQUANYI, ids=lambda file: file.stem)
def test_a_collection_that_does_not_name_a_region_is_used(file: Path) -> None:
    assert [run.text for run in FontChain([file]).runs("张国龙", field="x")] == ["张国龙"]


def test_the_collections_of_other_makers_are_there() -> None:
    assert len(WENQUANYI) == 2, "install fonts-wqy-microhei and fonts-wqy-zenhei"


@pytest.mark.field_case("C7")
def test_a_font_with_a_first_plane_map_only_is_used(tmp_path: Path) -> None:
    file = collection(tmp_path, WENQUANYI[0], "SimSun", "NSimSun")
    with TTFont(file, fontNumber=0) as font:
        assert {table.format for table in font["cmap"].tables if table.isUnicode()} == {4}
        theirs = set(font.getBestCmap())
    coverage = read_coverage(file, 0)
    ours = {code for code in range(0x20, 0x10000) if chr(code) in coverage}
    assert ours == {code for code in theirs if 0x20 <= code < 0xFFFF}
    assert FontChain([file]).runs("张国龙", field="x") == [Run(0, "张国龙")]


@pytest.mark.field_case("C7")
def test_a_collection_of_other_regions_is_refused_with_its_faces(tmp_path: Path) -> None:
    file = collection(tmp_path, WENQUANYI[0], "Some Font JP", "Some Font TC")
    with pytest.raises(ConfigError, match="no simplified Chinese face, only Some Font JP"):
        FontChain([file])


@pytest.mark.field_case("C7")
def test_a_collection_is_known_by_its_content_not_by_its_name(tmp_path: Path) -> None:
    file = tmp_path / "font.ttf"
    file.write_bytes(default_font_files()[0].read_bytes())
    assert FontChain([file]).font(0, 30).getname()[0] == "Noto Serif CJK SC"
