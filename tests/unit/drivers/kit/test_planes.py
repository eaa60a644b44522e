"""Planes without numpy, against numpy's own turning and packing."""

import random

import numpy as np
import pytest

from station.drivers.kit.planes import pack_one_bit, pack_seven_bits, turned_clockwise

SIZES = [(1016, 648), (1014, 642), (1, 1), (3, 5), (13, 7), (8, 8)]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_planes_are_turned_and_packed_as_numpy_does(width: int, height: int) -> None:
    plane = random.Random(width).randbytes(width * height)
    turned = b"".join(turned_clockwise(plane, width, height))
    face = np.frombuffer(plane, np.uint8).reshape(height, width)
    expected = np.ascontiguousarray(np.rot90(face, k=-1))
    assert turned == expected.tobytes()
    assert pack_one_bit(turned, 128) == np.packbits(expected >= 128).tobytes()
    bits = np.unpackbits(expected.reshape(-1, 1), axis=1)[:, :7]
    assert pack_seven_bits(turned) == np.packbits(bits.reshape(-1)).tobytes()


def test_nothing_packs_to_nothing() -> None:
    assert pack_one_bit(b"", 128) == pack_seven_bits(b"") == b""
