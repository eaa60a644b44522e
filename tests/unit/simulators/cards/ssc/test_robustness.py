"""Whatever comes over the contacts, the card answers, and gives nothing away without a key."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from simulators.cards.ssc import from_json, make_blank
from simulators.cards.ssc.layout import known_versions

FIRST_STEPS = (
    "",
    "00A404000F7378312E73682EC9E7BBE1B1A3D5CF",
    "00A4040008A000000333010101",
    "00A404000E315041592E5359532E4444463031",
    "00A4040006D15600000500",
    "00A4040006D15600000503",
    "00A404000C504B492EC9E7BBE1B1A3D5CF",
    "00A404000C53532E434552542E41444631",
)
INSTRUCTIONS = (
    *(0x20, 0x5E, 0x82, 0x84, 0x88, 0xA4, 0xA8, 0xB0, 0xB2, 0xC0, 0xD6, 0xDC),
    *(0x16, 0x1E, 0x24, 0x40, 0x4A, 0x4E, 0xC2, 0xC4, 0xD4, 0xE2),
)

byte = st.integers(0, 0xFF)
commands = st.builds(
    lambda cla, ins, p1, p2, data, tail: bytes([cla, ins, p1, p2, len(data)]) + data + tail,
    st.sampled_from((0x00, 0x80, 0x04, 0x84)),
    st.sampled_from(INSTRUCTIONS),
    byte,
    byte,
    st.binary(max_size=40),
    st.binary(max_size=1),
)


@settings(max_examples=100, deadline=None)
@given(
    st.sampled_from(known_versions()),
    st.sampled_from(FIRST_STEPS),
    st.lists(commands | st.binary(max_size=12), max_size=12),
)
def test_every_command_is_answered(version: str, first: str, received: list[bytes]) -> None:
    card = make_blank(random.Random(1), "622823", 1, version=version)
    card.power_on()
    before = card.image()["files"]
    for command in (bytes.fromhex(first), *received):
        answer = card.transmit(command)
        assert len(answer) >= 2
        assert answer[-2] in (0x61, 0x90) or (answer[-2] >> 4 == 6 and len(answer) == 2)
    # Nobody can guess 8 bytes: nothing was written, and the card can still be kept.
    assert card.image()["files"] == before
    assert card.counts["writes"] == card.counts["authentications"] == 0
    assert from_json(card.to_json()).to_json() == card.to_json()
