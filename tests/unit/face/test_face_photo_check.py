import importlib.util
import io
import json
import random
import resource
import time
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from PIL import Image, ImageFilter
from typer.testing import CliRunner

from simulators.province.portraits import draw_portrait
from station.cli import app
from station.core.errors import ConfigError, PhotoError
from station.core.photos import PhotoFinding, PhotoReport, PhotoRule
from station.face import TemplateRenderer, default_font_files
from station.face.photo import portrait
from station.face.photo.check import check_photo
from station.face.photo.decoding import as_image, open_photo, whole_picture
from station.face.photo.profile import PhotoProfile, SoftRules, load_photo_profile
from station.face.template.model import load_template
from station.words import Table, explain, spoken
from tests.unit.face.bad_photos import GOOD, BadPhoto, bad_photos, jpeg, picture, scan_starts

pytest.importorskip("skimage", reason="soft photo rules need scikit-image")

PHOTOS: Final = Path(__file__).parents[3] / "config" / "photos"
HENAN: Final = load_template(PHOTOS.parent / "faces" / "henan-3.toml")
HARD: Final = frozenset(PhotoRule) - {PhotoRule.BLANK, PhotoRule.INK} - {
    PhotoRule.ONE_FACE, PhotoRule.FACE_WIDTH, PhotoRule.HEAD_TOP, PhotoRule.EYE_CENTRE,
    PhotoRule.EYE_LINE, PhotoRule.BACKGROUND, PhotoRule.BLUR, PhotoRule.FACE_LIGHT,
}  # fmt: skip


def decode_photo(data: bytes, profile: PhotoProfile) -> Image.Image:
    """Open a portrait as a step does, and look at it."""
    return as_image(open_photo(data, profile).require_picture())


def report_of(data: bytes, profile: PhotoProfile) -> PhotoReport:
    return check_photo(data, profile).report


@pytest.fixture(scope="module")
def profile() -> PhotoProfile:
    """新乡's limits of the file, the national practice's of the portrait."""
    national = load_photo_profile(PHOTOS / "national.toml")
    return load_photo_profile(PHOTOS / "xinxiang.toml").model_copy(update={"soft": national.soft})


@pytest.fixture(scope="module")
def corpus() -> list[BadPhoto]:
    return list(bad_photos())


def test_every_bad_photo_is_refused_for_its_reason(
    corpus: list[BadPhoto], profile: PhotoProfile
) -> None:
    assert len(corpus) >= 300
    assert len({photo.data for photo in corpus}) == len(corpus)
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
    for photo in corpus:
        report = report_of(photo.data, profile)
        assert photo.rule in {finding.rule for finding in report.findings}, photo.name
        assert all(finding.is_soft == (finding.rule not in HARD) for finding in report.findings)
    assert time.process_time() - started < 30
    # Kibibytes; most of it is scikit-image itself.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150 * 1024


def test_the_renderer_refuses_the_hard_ones_too(
    corpus: list[BadPhoto], profile: PhotoProfile
) -> None:
    """Its decoder is fooled by a few of the damaged ones; the check above is made before it."""
    hard = [photo for photo in corpus if photo.rule in HARD]
    assert len(hard) > 250
    taken: list[BadPhoto] = []
    said: set[str] = set()
    for photo in hard:
        try:
            decode_photo(photo.data, profile)
            taken.append(photo)
        except PhotoError as exc:
            said.add(exc.details["rule"])
    assert said <= HARD
    assert {photo.rule for photo in taken} <= {"damaged", "truncated"}
    whole_scans = [photo for photo in taken if photo.rule == "truncated"]
    assert all("scans" in photo.name for photo in whole_scans)  # each is a picture, only coarser
    damaged = [photo for photo in hard if photo.rule == "damaged"]
    assert len(taken) - len(whole_scans) < 0.05 * len(damaged)


def test_the_corpus_breaks_every_rule(corpus: list[BadPhoto]) -> None:
    rendered_only = {PhotoRule.BLANK, PhotoRule.INK}
    assert {photo.rule for photo in corpus} == set(PhotoRule) - rendered_only


@pytest.mark.parametrize("name", ["xinxiang", "national", "dalian", "jinan"])
def test_a_good_portrait_breaks_no_shipped_rule(name: str) -> None:
    assert report_of(GOOD, load_photo_profile(PHOTOS / f"{name}.toml")).findings == ()


def test_portraits_of_many_people_are_accepted() -> None:
    rules = load_photo_profile(PHOTOS / "xinxiang.toml")
    for number in range(6):
        year = 1950 + 10 * number
        data = draw_portrait(3, f"41070219900307{number:04d}", "12"[number % 2], f"{year}0101")
        assert report_of(data, rules).findings == (), number


def test_the_detector_agrees_with_how_the_portraits_are_drawn() -> None:
    """`simulators.province.drawing.face`: axis 179, eyes at 183, cheeks 196 apart."""
    face = portrait.find_faces(picture())[0]
    assert face.centre_x == pytest.approx(179, abs=6)
    assert face.eye_y == pytest.approx(183, abs=6)
    assert face.face_width == pytest.approx(196, rel=0.12)


def astronaut() -> Image.Image:
    """Eileen Collins, NASA, public domain; the face is about 96 pixels of 512."""
    data = pytest.importorskip("skimage.data")
    crop: Image.Image = Image.fromarray(data.astronaut()).crop((129, 0, 315, 229))
    return crop.resize((358, 441), Image.Resampling.LANCZOS)


def test_a_photograph_of_a_person_is_measured() -> None:
    photo = astronaut()
    (face,) = portrait.find_faces(photo)
    assert face.centre_x == pytest.approx(179, abs=10)
    assert face.eye_y == pytest.approx(200, abs=12)
    pixels = np.asarray(photo)
    assert portrait.white_border(pixels, 225) < 0.1
    blurred = np.asarray(photo.filter(ImageFilter.GaussianBlur(3)))
    assert portrait.blur(pixels, face) < 0.6 < 0.75 < portrait.blur(blurred, face)


def test_a_progressive_portrait_is_accepted(profile: PhotoProfile) -> None:
    assert report_of(jpeg(picture(), 90, progressive=True), profile).findings == ()


@pytest.mark.field_case("A8")
def test_a_progressive_portrait_with_a_hole_is_refused(profile: PhotoProfile) -> None:
    data, chance = jpeg(picture(), 90, progressive=True), random.Random(5)
    start = data.index(b"\xff\xda") + 20
    hard = profile.model_copy(update={"soft": None})
    found = []
    for _ in range(60):
        at, size = chance.randrange(start, len(data) - 800), chance.randrange(90, 700)
        found += [finding.rule for finding in report_of(data[:at] + data[at + size :], hard).hard]
    assert len(found) == 60
    assert set(found) <= {PhotoRule.DAMAGED, PhotoRule.TRUNCATED}


@pytest.mark.field_case("A8")
@pytest.mark.parametrize("options", [{}, {"subsampling": 2}, {"restart_marker_rows": 1}], ids=str)
def test_a_progressive_portrait_that_lacks_scans_is_incomplete(
    profile: PhotoProfile, options: dict[str, int]
) -> None:
    stream = io.BytesIO()
    picture().save(stream, "JPEG", quality=90, progressive=True, **options)
    data = stream.getvalue()
    any_size = profile.model_copy(update={"soft": None, "min_bytes": 1})
    assert report_of(data, any_size).findings == ()
    starts = scan_starts(data)
    assert len(starts) == 10
    for start in starts[1:]:
        report = report_of(data[:start] + b"\xff\xd9", any_size)
        assert [finding.rule for finding in report.findings] == [PhotoRule.TRUNCATED]


@pytest.mark.field_case("D1")
@pytest.mark.parametrize(
    "trailer",
    [b"\xff" * 40, b" " * 300, bytes(7), b"\r\n", b"TRAILER-OF-32-BYTES-FROM-A-CAMER", GOOD],
    ids=["fill", "spaces", "zeros", "line", "record", "a second picture"],
)
@pytest.mark.parametrize("progressive", [False, True], ids=["baseline", "progressive"])
def test_what_follows_a_whole_picture_is_dropped(
    profile: PhotoProfile, trailer: bytes, progressive: bool
) -> None:
    whole = jpeg(picture(), 90, progressive=True) if progressive else GOOD
    assert report_of(whole + trailer, profile).findings == ()
    assert whole_picture(whole + trailer) == whole
    assert decode_photo(whole + trailer, profile) == decode_photo(whole, profile)


@pytest.mark.field_case("D2")
@pytest.mark.parametrize("orientation", [0, 1, 9, 65535])
def test_an_orientation_that_is_none_is_ignored(profile: PhotoProfile, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    assert report_of(jpeg(picture(), exif=exif), profile).findings == ()


@pytest.mark.field_case("D2")
@pytest.mark.parametrize(
    "block",
    [
        b"Exif\x00\x00MM\x00*\xff\xff\xff\xff",  # the directory is far outside
        b"Exif\x00\x00II*\x00\x08\x00\x00\x00\xff\xff",  # 65535 entries, none there
        b"Exif\x00\x00",
        b"Exif\x00\x00neither byte order",
    ],
    ids=["offset", "entries", "empty", "order"],
)
def test_metadata_that_is_damaged_costs_nobody_the_picture(
    profile: PhotoProfile, block: bytes
) -> None:
    segment = b"\xff\xe1" + (len(block) + 2).to_bytes(2, "big") + block
    assert report_of(GOOD[:2] + segment + GOOD[2:], profile).findings == ()


@pytest.mark.field_case("R1")
def test_zero_bytes_before_the_end_marker_are_damage(profile: PhotoProfile) -> None:
    report = report_of(GOOD[:-2] + b"\x00\x00\xff\xd9", profile)
    assert [finding.rule for finding in report.findings] == [PhotoRule.DAMAGED]


@pytest.mark.parametrize(
    "options",
    [
        {"subsampling": 1},
        {"subsampling": 2},
        {"optimize": True},
        {"restart_marker_blocks": 3},
        {"restart_marker_rows": 1},
        {"quality": 100},
        {"quality": 30},
    ],
    ids=str,
)
def test_whole_pictures_of_every_coding_are_whole(options: dict[str, int]) -> None:
    stream = io.BytesIO()
    picture().save(stream, "JPEG", **options)
    anything = load_photo_profile(PHOTOS / "dalian.toml").model_copy(update={"soft": None})
    assert report_of(stream.getvalue(), anything).findings == ()


def test_a_lost_restart_interval_is_damage() -> None:
    stream = io.BytesIO()
    picture().save(stream, "JPEG", restart_marker_rows=1)
    data = stream.getvalue()
    lost = data[: data.index(b"\xff\xd2")] + data[data.index(b"\xff\xd3") :]
    anything = load_photo_profile(PHOTOS / "dalian.toml").model_copy(update={"soft": None})
    assert [f.rule for f in report_of(lost, anything).findings] == ["damaged"]


def test_nobody_sets_a_hard_rule_aside() -> None:
    soft = PhotoFinding(PhotoRule.BACKGROUND, "80%", "至少 90%", is_soft=True)
    hard = PhotoFinding(PhotoRule.PIXELS, "1×1", "358×441")
    PhotoReport("x", (soft,)).require_hard()
    with pytest.raises(PhotoError, match="pixels"):
        PhotoReport("x", (soft, hard)).require_hard()


def test_the_clerk_reads_rule_value_and_limit(profile: PhotoProfile) -> None:
    with pytest.raises(PhotoError) as caught:
        report_of(GOOD[:-2], profile).require_hard()
    cause = explain(caught.value.code, caught.value.details).cause
    assert "文件完整" in cause
    assert "缺少结束标记 FFD9" in cause
    assert len(cause) < 90


def test_every_rule_has_a_title() -> None:
    assert set(Table("photo-rule")) == set(PhotoRule)


def test_without_soft_rules_scikit_image_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(module: str) -> object:
        raise AssertionError(module)

    monkeypatch.setattr(portrait, "_scikit_image", never)
    portrait._detector.cache_clear()
    rules = load_photo_profile(PHOTOS / "xinxiang.toml").model_copy(update={"soft": None})
    assert report_of(GOOD, rules) == PhotoReport("xinxiang", ())


def test_without_scikit_image_the_report_says_what_was_not_checked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    rules = load_photo_profile(PHOTOS / "xinxiang.toml")
    report = report_of(GOOD, rules)
    assert (report.findings, report.measured) == ((), ())
    assert "scikit-image" in spoken(report.unchecked)
    assert TemplateRenderer(HENAN, rules, default_font_files()).photo_rules_unchecked
    assert [f.rule for f in report_of(GOOD[:-2], rules).hard] == ["truncated"]
    file = tmp_path / "好.jpg"
    file.write_bytes(GOOD)
    profile = ["--profile", str(PHOTOS / "xinxiang.toml")]
    run = CliRunner().invoke(app, ["photo", "check", str(file), *profile])
    assert (run.exit_code, "软规则未检查" in run.stdout) == (0, True)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("white_border = 0.90", "white_border = 1.2", "soft.white_border"),
        ("[179, 255]", "[255, 179]", "soft: face_width_px: give the lower"),
        ("width_px = 358\n", "", "width_px and height_px"),
        ("min_bytes = 15_000", "min_bytes = 70_000", "min_bytes is above"),
        ("width_px = 358\nheight_px = 441\n", "", "limits in pixels need width_px"),
        ("max_pixels = 4_000_000", "max_pixels = 1000", "max_pixels is below"),
        ("max_pixels = 4_000_000", "max_pixels = 99_000_000", "max_pixels"),
    ],
)
def test_a_wrong_profile_is_refused(tmp_path: Path, old: str, new: str, message: str) -> None:
    text = (PHOTOS / "xinxiang.toml").read_text(encoding="utf-8")
    assert old in text
    file = tmp_path / "city.toml"
    file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        load_photo_profile(file)


def test_a_picture_of_no_given_size_is_measured_small(monkeypatch: pytest.MonkeyPatch) -> None:
    jinan = load_photo_profile(PHOTOS / "jinan.toml").model_copy(update={"max_bytes": 1_000_000})
    found, sizes = portrait.find_faces, []

    def noted(photo: Image.Image) -> list[portrait.Square]:
        sizes.append(photo.size)
        return found(photo)

    monkeypatch.setattr(portrait, "find_faces", noted)
    large = jpeg(picture().resize((1611, 1984), Image.Resampling.BILINEAR), 80)
    assert report_of(large, jinan).findings == ()
    assert sizes == [(537, 662)]


def test_soft_rules_that_are_not_given_are_not_checked() -> None:
    rules = load_photo_profile(PHOTOS / "xinxiang.toml").model_copy(
        update={"soft": SoftRules(one_face=False)}
    )
    assert report_of(GOOD, rules).measured == ()


def test_the_command_prints_a_table_and_json(tmp_path: Path) -> None:
    good, bad = tmp_path / "好.jpg", tmp_path / "坏.jpg"
    good.write_bytes(GOOD)
    bad.write_bytes(GOOD[:-2])
    rules = ["--profile", str(PHOTOS / "xinxiang.toml")]
    run = CliRunner().invoke(app, ["photo", "check", str(good), str(bad), *rules])
    assert run.exit_code == 1
    assert [line.split()[:2] for line in run.stdout.splitlines()] == [
        ["文件", "结论"],
        ["好.jpg", "合格"],
        ["坏.jpg", "不合格"],
        ["规则：新乡（xinxiang）"],
    ]
    run = CliRunner().invoke(app, ["photo", "check", "--json", str(good), *rules])
    assert run.exit_code == 0
    assert json.loads(run.stdout)[0]["ok"] is True


def test_a_file_that_can_not_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    good, big = tmp_path / "好.jpg", tmp_path / "大.jpg"
    good.write_bytes(GOOD)
    with big.open("wb") as stream:
        stream.truncate(65 * 1024 * 1024)
    files = [str(tmp_path / "没有.jpg"), str(big), str(good)]
    rules = ["--profile", str(PHOTOS / "xinxiang.toml")]
    run = CliRunner().invoke(app, ["photo", "check", *files, *rules])
    assert run.exit_code == 1
    said = [line.split()[:3] for line in run.stdout.splitlines()[1:4]]
    assert said == [
        ["好.jpg", "合格"],
        ["没有.jpg", "读不出", "No"],
        ["大.jpg", "读不出", "超过"],
    ]
