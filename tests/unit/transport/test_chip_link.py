import sys

import pytest

from station.core.errors import ConfigError
from station.transport.chip_link import open_chip_link
from station.transport.pcsc import PcscLink
from station.transport.tpdu import t0_command
from station.transport.vpcd import VpcdLink


def test_the_two_kinds_of_reader() -> None:
    reader = open_chip_link("pcsc: ACME Encoder [CCID] 00 00 ", card_wait=1.0)
    assert isinstance(reader, PcscLink)
    assert reader.address == "pcsc:ACME Encoder [CCID] 00 00"
    socket = open_chip_link("vpcd:35963", card_wait=1.0)
    assert isinstance(socket, VpcdLink)
    assert socket.address == "vpcd:35963"


@pytest.mark.parametrize(
    "address",
    ["", "pcsc", "pcsc:", "pcsc: ", "vpcd:", "vpcd:x", "vpcd:65536", "vpcd:-1", "usb:1", "vpcd:٣"],
)
def test_other_addresses_are_refused(address: str) -> None:
    with pytest.raises(ConfigError):
        open_chip_link(address, card_wait=1.0)


def test_a_machine_without_the_library_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "station.transport.pcsc")
    monkeypatch.setitem(sys.modules, "smartcard", None)
    with pytest.raises(ConfigError, match="PC/SC"):
        open_chip_link("pcsc:ACME", card_wait=1.0)


@pytest.mark.parametrize(
    ("command", "carried"),
    [
        ("00840000", "00840000"),
        ("0084000008", "0084000008"),
        ("00DC052806050420261122", "00DC052806050420261122"),
        ("00A4040002A00000", "00A4040002A000"),
        ("80A8000002830000", "80A80000028300"),
    ],
)
def test_only_a_command_with_data_and_le_is_cut(command: str, carried: str) -> None:
    assert t0_command(bytes.fromhex(command)) == bytes.fromhex(carried)
