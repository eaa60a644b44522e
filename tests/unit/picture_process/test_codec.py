"""Frames and values between the daemon and its picture process."""

import io
import json
import os
import struct
from pathlib import Path

import pytest

from station.core.errors import (
    ConfigError,
    NameNotEncodableError,
    PhotoRulesError,
    RemoteProtocolError,
    StationError,
)
from station.core.photos import PhotoFinding, PhotoReport, PhotoRule
from station.core.slips import Slip
from station.face.photo.profile import load_photo_profile
from station.face.template.model import load_template
from station.picture_process import Setup, codec
from station.picture_process.frames import MOST_BODY, MOST_HEADER, Frame, encode_frame, read_frame
from station.picture_process.shared import MOST_SHARED, create_shared, give_back, put, take
from tests.unit.production.doubles import ID_NUMBER, production_data

CONFIG = Path(__file__).parents[3] / "config"
TEMPLATES = sorted((CONFIG / "faces").glob("*.toml"))
PROFILES = sorted((CONFIG / "photos").glob("*.toml"))


def through(header: codec.Header) -> codec.Header:
    """Send a header through a frame."""
    return read_frame(io.BytesIO(encode_frame(Frame(header))).read).header


def receive_from(data: bytes) -> Frame:
    return read_frame(io.BytesIO(data).read)


def test_a_frame_comes_back_as_it_was_sent() -> None:
    frame = Frame({"do": "check_photo", "n": [1, 2.5, None]}, b"\xff\xd8")
    assert receive_from(encode_frame(frame)) == frame
    assert "xff" not in repr(frame)


@pytest.mark.parametrize(
    "lengths", [(MOST_HEADER + 1, 0), (2, MOST_BODY + 1), (0xFFFF_FFFF, 0xFFFF_FFFF)]
)
def test_an_impossible_length_is_refused_before_the_rest_is_waited_for(
    lengths: tuple[int, int],
) -> None:
    asked: list[int] = []

    def receive(size: int) -> bytes:
        asked.append(size)
        return struct.pack(">II", *lengths)

    with pytest.raises(RemoteProtocolError):
        read_frame(receive)
    assert asked == [8]


@pytest.mark.parametrize("header", [b"[]", b"1", b"\xff", b"{", b"[" * 100_000, b'{"a":1}x'])
def test_a_header_that_is_no_object_is_refused(header: bytes) -> None:
    with pytest.raises(RemoteProtocolError):
        receive_from(struct.pack(">II", len(header), 0) + header)


def test_a_frame_that_the_other_end_would_refuse_is_not_sent() -> None:
    with pytest.raises(RemoteProtocolError):
        encode_frame(Frame({"long": "x" * MOST_HEADER}))


@pytest.mark.parametrize("file", TEMPLATES, ids=lambda file: file.stem)
def test_every_template_arrives_as_the_daemon_has_read_it(file: Path) -> None:
    template = load_template(file)
    sent = through(codec.encode_setup(Setup((), template)))
    assert codec.decode_setup(sent).template == template


@pytest.mark.parametrize("file", PROFILES, ids=lambda file: file.stem)
def test_every_photo_profile_arrives_as_the_daemon_has_read_it(file: Path) -> None:
    setup = Setup((Path("/fonts/a.ttc"),), None, load_photo_profile(file), uses_photo=True)
    assert codec.decode_setup(through(codec.encode_setup(setup))) == setup


def test_only_what_a_face_shows_of_a_person_is_sent() -> None:
    person = production_data(ID_NUMBER)
    header = through({"person": codec.encode_person(person)})
    shown = codec.decode_person(header)
    names = ("AAC002", "AAC003", "AAZ500", "AAZ503", "valid_until")
    assert [getattr(shown.chip, name) for name in names] == [
        getattr(person.chip, name) for name in names
    ]
    assert (shown.issuer, shown.bank_name, shown.AAB301) == (
        person.issuer, person.bank_name, person.AAB301,
    )  # fmt: skip
    hidden = (person.chip.AAC005, person.chip.AAC025, person.chip.AAC006, person.batch)
    assert not set(json.dumps(header).split('"')) & set(hidden)


def test_a_report_arrives_whole() -> None:
    finding = PhotoFinding(PhotoRule.BLUR, "words:photo.blur?blur=0.5", "0.4", is_soft=True)
    hard = PhotoFinding(PhotoRule.COLOUR, "1", "3")
    report = PhotoReport("p", (hard, finding), ((PhotoRule.ONE_FACE, "1"),), "why")
    assert codec.decode_report(through({"report": codec.encode_report(report)})) == report


def test_a_slip_arrives_whole() -> None:
    slip = Slip("凭条", (("姓名", "张三"), ("银行", "测试银行")), ("注意",))
    assert codec.decode_slip(through({"slip": codec.encode_slip(slip)})) == slip


@pytest.mark.parametrize(
    "error",
    [
        ConfigError("a font"),
        NameNotEncodableError("long", code="text-too-long", details={"field": "AAC003"}),
    ],
)
def test_an_error_keeps_kind_code_and_details(error: StationError) -> None:
    found = codec.decode_error(through({"error": codec.encode_error(error)}))
    assert (type(found), found.code, str(found), found.details) == (
        type(error), error.code, str(error), error.details,
    )  # fmt: skip


def test_a_descendant_arrives_as_the_nearest_kind_that_is_known() -> None:
    found = codec.decode_error({"error": codec.encode_error(PhotoRulesError("rules"))})
    assert type(found).__name__ == "InputError"
    assert found.code == "photo-rules-broken"


def report(**parts: object) -> codec.Header:
    return {"report": {"profile": "", "findings": [], "measured": [], "unchecked": ""} | parts}


@pytest.mark.parametrize(
    "header",
    [
        {},
        {"report": []},
        report(profile=1),
        report(findings=[["blur", "a"]]),
        report(findings=[["no", "", "", True]]),
        report(measured=[["no", "a"]]),
        report(measured=[["blur", "x" * 5000]]),
    ],
)
def test_a_report_that_no_check_makes_is_refused(header: codec.Header) -> None:
    with pytest.raises(RemoteProtocolError):
        codec.decode_report(header)


@pytest.mark.parametrize(
    "size", [[0, 1], [1], [1 << 16, 1], ["1", 1], 5, [-1, 2], [1.0, 2]], ids=str
)
def test_a_size_that_no_picture_has_is_refused(size: object) -> None:
    with pytest.raises(RemoteProtocolError):
        codec.decode_size({"size": size})


@pytest.mark.parametrize(
    "panels",
    [
        {},
        {"back": "K"},
        {"front": "X"},
        {"front": "KK"},
        {"front": 1},
        {"front": "K", "edge": "K"},
    ],
)
def test_panels_that_no_face_has_are_refused(panels: object) -> None:
    with pytest.raises(RemoteProtocolError):
        codec.decode_panels({"panels": panels})


@pytest.mark.parametrize("kind", ["SystemExit", "JournalError", ""])
def test_an_error_that_drawing_does_not_raise_is_refused(kind: str) -> None:
    told = {"kind": kind, "code": "", "message": "", "details": {}}
    with pytest.raises(RemoteProtocolError):
        codec.decode_error({"error": told})


def test_shared_memory_that_was_shortened_is_told_and_does_no_harm() -> None:
    shared = create_shared()
    try:
        put(shared, [b"abc", b"", b"de"])
        assert take(shared, [3, 0, 2]) == [b"abc", b"", b"de"]
        os.ftruncate(shared, 4)
        with pytest.raises(RemoteProtocolError):
            take(shared, [3, 2])
        with pytest.raises(RemoteProtocolError):
            take(shared, [MOST_SHARED, 1])
        give_back(shared)
        assert os.fstat(shared).st_size == 0
    finally:
        os.close(shared)
