"""The invented card's session, byte by byte: tests/vectors/acme/session.toml."""

from __future__ import annotations

from station.encoder import load_profile
from station.encoder.apdu import CommandApdu
from station.encoder.session import ChipEncoder
from tests.rigs.scripted_chip import ScriptedChip, read_lines, read_vectors

SESSION = read_vectors("acme/session.toml")


def test_a_blank_is_identified() -> None:
    chip = ScriptedChip(SESSION["atr"], read_lines(SESSION["exchange"]))
    identity = ChipEncoder(chip, load_profile("acme")).identify()
    assert chip.is_done
    assert identity.AAZ501 == "410700ACACACACACACACACAC00000001"
    assert (identity.AAZ508, identity.AAZ500) == ("3.00", "")
    assert identity.bank_number is not None
    assert identity.bank_number.reveal() == "6228480000000000019"


def test_a_write_counts_as_one() -> None:
    (line,) = SESSION["write"]
    command = CommandApdu.decode(bytes.fromhex(line["command"]), name=line["name"])
    assert load_profile("acme").commands.is_writing(command)
