import pytest

from station.core.errors import LocalProtocolError, RemoteProtocolError
from station.core.faces import FaceSide, Panel, PrintGeometry
from station.drivers.hiti_cs.model import load_models
from station.drivers.hiti_cs.planes import to_wire
from station.drivers.hiti_cs.print_job import encode_format, prepare_job
from station.drivers.kit.faces import check_faces

MODEL = load_models()["cs220e"]
GEOMETRY = PrintGeometry(1014, 642, 300)
SIZE = 1014 * 642


def side(panels: str, geometry: PrintGeometry = GEOMETRY, size: int = SIZE) -> FaceSide:
    return FaceSide(geometry, {Panel(letter): bytes(size) for letter in panels}, b"")


def test_a_small_face_turned_clockwise_and_centred() -> None:
    face = bytes([1, 2, 3, 4, 5, 6])  # 1 2 3 above 4 5 6
    wire = to_wire(face, PrintGeometry(3, 2, 300), 5)
    assert wire == bytes([0, 4, 1, 0, 0, 0, 5, 2, 0, 0, 0, 6, 3, 0, 0])


def test_the_corners_of_a_card_on_the_head_of_672_dots() -> None:
    face = bytearray(SIZE)
    face[0], face[1013] = 11, 22  # top left, top right
    face[641 * 1014], face[SIZE - 1] = 33, 44  # bottom left, bottom right
    wire = to_wire(bytes(face), GEOMETRY, 672)
    assert len(wire) == 1014 * 672
    marks = {at: byte for at, byte in enumerate(wire) if byte}
    left, right, last = 15, 15 + 641, 1013 * 672
    assert marks == {left: 33, right: 11, last + left: 44, last + right: 22}


def test_a_head_narrower_than_the_card_is_the_printers_word() -> None:
    with pytest.raises(RemoteProtocolError, match="641"):
        to_wire(bytes(SIZE), GEOMETRY, 641)


def test_a_plane_of_another_size_is_ours() -> None:
    with pytest.raises(LocalProtocolError):
        to_wire(bytes(SIZE - 1), GEOMETRY, 672)


def test_format_of_one_side() -> None:
    block = encode_format(side("YMCKO"), None, 672, MODEL)
    assert block == bytes.fromhex("01 012c 012c 02a0 03f6 00 00 97 01 50")


def test_format_of_two_sides() -> None:
    block = encode_format(side("YMCKO"), side("K"), 672, MODEL)
    assert block == bytes.fromhex("01 012c 012c 02a0 03f6 00 00 97 01 50 10 00 00 00")


def test_a_job_has_its_planes_in_wire_order() -> None:
    job = prepare_job(side("OKCMY"), side("K"), 258, 672, MODEL)
    ids = [plane.command.id for plane in job.planes]
    assert ids == [0x8202, 0x8203, 0x8204, 0x8206, 0x8208, 0x820D]
    assert [len(plane.pieces) for plane in job.planes] == [11] * 6
    assert {plane.size for plane in job.planes} == {1014 * 672}
    assert job.arguments == bytes.fromhex("00 01 02")
    assert job.lines == 1014


@pytest.mark.parametrize(
    ("front", "back", "job_id", "named"),
    [
        (side(""), None, 1, "panels"),
        (side("YMCKO"), side(""), 1, "panels"),
        (side("YMCKO", PrintGeometry(642, 1014, 300)), None, 1, "face for"),
        (side("YMCKO"), side("K", PrintGeometry(1014, 642, 600)), 1, "face for"),
        (side("YMCKO", size=SIZE + 1), None, 1, "planes of"),
        (side("YMCKO"), None, 0, "job id"),
    ],
)
def test_what_can_not_be_printed_is_refused_before_anything_is_sent(
    front: FaceSide, back: FaceSide | None, job_id: int, named: str
) -> None:
    with pytest.raises(LocalProtocolError, match=named):
        check_faces(front, back, job_id, MODEL.facts(), MODEL.print.colour_bits)


def test_no_back_without_a_flipper() -> None:
    single = load_models()["cs200e"]
    check_faces(side("K"), None, 1, single.facts(), single.print.colour_bits)
    with pytest.raises(LocalProtocolError, match="back"):
        check_faces(side("K"), side("K"), 1, single.facts(), single.print.colour_bits)
