"""The job on the wire, against its literal text and its total length as seen on the wire."""

import numpy as np
import pytest

from station.core.errors import LocalProtocolError
from station.core.faces import FaceSide, Panel, PrintGeometry
from station.drivers.evolis.model import load_models
from station.drivers.evolis.planes import pack_panel
from station.drivers.evolis.print_job import END_OF_JOB, encode_job, pack_side
from station.drivers.kit.faces import check_faces

MODELS = load_models()
GEOMETRY = PrintGeometry(1016, 648, 300)
DOTS = 1016 * 648
HEAD = (
    "\x1bPsync;1;0\r<HEADER>\x1bPsmgr;1\r\x1bPpws;1700000000\r\x1bPcla;1\r\x1bPpmode;0\r"
    "\x1bPr;{ribbon};t\r\x1bPwres;300;300;{ribbon}\r\x1bPsk;10\r\x1bPiqla;a;d\r\x1bPmc;h\r"
    "\x1bPeoic;k;D\r\x1bPsync;2\r</HEADER>\x1bPsync;12;1\r<OPTION Dpi=300x300>\x1bPsync;13;0\r"
    "</OPTION>\x1bPsync;3;1\r<DOC Duplex={duplex}>\x1bPsync;3;0\r\x1bPsync;5;1\r<CARD>"
    "\x1bPsync;5;0\r\x1bSs\r\x1bMr;s\r"
)
FACE = (
    "\x1bPsync;9;1\r<FACE>\x1bPsync;9;0\r\x1b{begin}\r\x1bPc;a;=;10\r\x1bPl;a;=;10\r"
    "\x1bPc;k;=;10\r\x1bPc;o;=;10\r\x1bPc;l;=;10\r\x1bPc;f;=;10\r\x1bPl;f;=;10\r"
)
DESCRIBED = "\x1bPida;100;0;0;0\r"  # no colour anywhere
FACE_END = "\x1bPsync;10;1\r</FACE>\x1bPsync;10;0\r"
KEEP = "\x1bPneab;A;0\r\x1bSe\r\x1bPneab;A;1\r"
TAIL = KEEP + "\x1bPsync;6;1\r</CARD>\x1bPsync;6;0\r\x1bPsync;4;1\r</DOC>\x1bPsync;4;0\r\0"


def side(panels: str, value: int = 255) -> FaceSide:
    return FaceSide(GEOMETRY, {Panel(letter): bytes([value]) * DOTS for letter in panels}, b"")


def job(front: str, back: str = "", *, model: str = "primacy", ribbon: int = 0) -> bytes:
    return encode_job(
        pack_side(side(front), MODELS[model]),
        pack_side(side(back), MODELS[model]) if back else None,
        ribbon=ribbon,
        seconds_since_epoch=1700000000,
        model=MODELS[model],
    )


def test_a_whole_job_has_the_length_that_was_seen_on_the_wire() -> None:
    keeping = len("\x1bPneab;A;0\r\x1bPneab;A;1\r")
    assert len(job("YMCKO")) - keeping == 2_140_325


def test_a_black_side_word_by_word() -> None:
    expected = (
        HEAD.format(ribbon=100, duplex=0)
        + FACE.format(begin="Sr")
        + "<BINARY Size=82305>\x1bDb;k;2;"
        + "\xff" * 82296
        + "\r</BINARY>"
        + FACE_END
        + TAIL
    )
    assert job("K", ribbon=100) == expected.encode("latin-1")


def test_panels_go_out_in_the_order_of_the_ribbon_whatever_the_order_they_came_in() -> None:
    sent = job("OKCMY")
    places = [sent.index(f"\x1bDb;{letter};".encode()) for letter in "ymcko"]
    assert places == sorted(places)
    assert b"<BINARY Size=1975137>\x1bDb;y;256;" in sent


def test_two_sides_word_by_word() -> None:
    sent = job("K", "K", ribbon=4).decode("latin-1")
    assert sent.startswith(HEAD.format(ribbon=4, duplex=1) + FACE.format(begin="Sr") + DESCRIBED)
    assert FACE_END + FACE.format(begin="Sv") + DESCRIBED + "<BINARY Size=82305>\x1bDb;k;2;" in sent
    assert sent.endswith("\r</BINARY>" + FACE_END + TAIL)


def portion(letter: str, dots: int, value: int) -> dict[Panel, bytes]:
    return {Panel(letter): bytes([value]) * dots + bytes(DOTS - dots)}


@pytest.mark.parametrize(
    ("planes", "described"),
    [
        (side("YMC", 127).planes, "0;127;127;127"),
        (side("Y").planes, "0;255;0;0"),
        (side("K").planes, "100;0;0;0"),
        (side("O").planes, "100;0;0;0"),
        (portion("Y", DOTS // 4, 255) | dict(side("K").planes), "75;64;0;0"),
    ],
)
def test_pida_describes_the_picture_as_the_makers_client_was_seen_to(
    planes: dict[Panel, bytes], described: str
) -> None:
    packed = pack_side(FaceSide(GEOMETRY, planes, b""), MODELS["primacy"])
    options = {"seconds_since_epoch": 1700000000, "model": MODELS["primacy"]}
    sent = encode_job(packed, None, ribbon=0, **options)  # type: ignore[arg-type]
    assert f"\x1bPida;{described}\r".encode() in sent
    assert b"Pida" not in encode_job(packed, None, ribbon=100, **options)  # type: ignore[arg-type]


def test_seven_bits_a_dot_for_the_zenius() -> None:
    sent = job("Y", model="zenius")
    assert b"<BINARY Size=576083>\x1bDb;y;128;" + b"\xff" * 576072 + b"\r</BINARY>" in sent


def test_the_end_of_a_job() -> None:
    assert END_OF_JOB == b"\x1bPcla;0\r\x1bPsync;11;1\r<END>\x1bPsync;11;0\r\0"


def test_a_panel_without_ink_is_left_out() -> None:
    planes = {Panel.YELLOW: bytes(DOTS), Panel.OVERCOAT: b"\xff" * DOTS}
    assert list(pack_side(FaceSide(GEOMETRY, planes, b""), MODELS["primacy"]).panels) == [
        Panel.OVERCOAT
    ]


def test_a_side_without_any_ink_is_our_fault() -> None:
    with pytest.raises(LocalProtocolError, match="without any ink"):
        pack_side(side("K", 127), MODELS["primacy"])
    assert pack_side(side("K", 128), MODELS["primacy"])


def one_dot(x: int, y: int, value: int = 255) -> bytes:
    plane = np.zeros((648, 1016), np.uint8)
    plane[y, x] = value
    return plane.tobytes()


@pytest.mark.parametrize(
    ("x", "y", "line", "dot"),
    [(0, 0, 0, 647), (0, 647, 0, 0), (1015, 0, 1015, 647), (1015, 647, 1015, 0), (3, 639, 3, 8)],
)
def test_line_is_x_and_dot_is_647_minus_y(x: int, y: int, line: int, dot: int) -> None:
    eight = pack_panel(one_dot(x, y), GEOMETRY, 8)
    assert len(eight) == 658_368
    assert eight.index(255) == line * 648 + dot
    one = pack_panel(one_dot(x, y), GEOMETRY, 1)
    assert len(one) == 82_296
    assert one[line * 81 + dot // 8] == 0x80 >> dot % 8
    assert sum(one) == 0x80 >> dot % 8


def test_seven_bits_lie_one_behind_the_other() -> None:
    plane = np.zeros((648, 1016), np.uint8)
    plane[647, 0], plane[646, 0] = 0b1000_0010, 0b1111_1110  # dots 0 and 1 of line 0
    packed = pack_panel(plane.tobytes(), GEOMETRY, 7)
    assert len(packed) == 576_072
    assert packed[:3] == bytes([0b1000_0011, 0b1111_1100, 0])
    assert pack_panel(one_dot(0, 647, 1), GEOMETRY, 7) == bytes(576_072)  # 1 >> 1


@pytest.mark.parametrize(("threshold", "byte"), [(127, 0), (128, 0x80)])
def test_a_black_dot_needs_half_of_the_range(threshold: int, byte: int) -> None:
    assert pack_panel(one_dot(0, 647, threshold), GEOMETRY, 1)[0] == byte


def test_a_plane_of_another_size_or_depth() -> None:
    with pytest.raises(LocalProtocolError, match="plane of"):
        pack_panel(bytes(DOTS - 1), GEOMETRY, 8)
    with pytest.raises(LocalProtocolError, match="6 bits"):
        pack_panel(bytes(DOTS), GEOMETRY, 6)


def test_what_the_model_can_not_print_is_refused_before_anything_is_sent() -> None:
    facts = MODELS["zenius"].facts()
    good = FaceSide(facts.geometry, side("K").planes, b"")
    check_faces(good, None, 1, facts)
    with pytest.raises(LocalProtocolError, match="back"):
        check_faces(good, good, 1, facts)
    for job_id in (0, 32768):
        with pytest.raises(LocalProtocolError, match="job id"):
            check_faces(good, None, job_id, facts)
    with pytest.raises(LocalProtocolError, match="panels"):
        check_faces(FaceSide(facts.geometry, {}, b""), None, 1, facts)
    other = FaceSide(PrintGeometry(648, 1016, 300), good.planes, b"")
    with pytest.raises(LocalProtocolError, match="printer has"):
        check_faces(other, None, 1, facts)
