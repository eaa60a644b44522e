"""The how-to for the desk, followed: the pad's file is taken from the page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from simulators.child import ROOT
from simulators.desk.lines import PtyLine
from simulators.desk.pin_pads import FramedPad, _xor
from station.core.errors import PinEntryError, PinEntryFault
from station.core.pin_entry import PinPrompt
from station.desk.pin_pad import SerialPinPad, facts
from station.transport.desk_link import check_desk_address
from tests.rigs.pin_pad import PATIENT, open_pad_link

PAGE = ROOT / "docs" / "how-to" / "add-a-desk-device.md"


TO = {0xA0: 0x80, 0xA1: 0x81, 0xA2: 0x82}
FROM = {0x04: 0x00, 0x80: 0x01, 0x1B: 0x02}


class InventedPad(FramedPad):
    """The same frames with other codes, as the page has them."""

    def receive(self, data: bytes) -> list[bytes]:
        return [self._coded(piece, FROM) for piece in super().receive(self._coded(data, TO))]

    @staticmethod
    def _coded(frame: bytes, codes: dict[int, int]) -> bytes:
        if len(frame) < 4:
            return frame
        body = frame[1:2] + bytes([codes.get(frame[2], frame[2])]) + frame[3:-1]
        return frame[:1] + body + bytes([_xor(body)])


def blocks() -> list[str]:
    return re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def on_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (block,) = (text for text in blocks() if "frame =" in text)
    models = tmp_path / "models"
    models.mkdir()
    (models / "acme.toml").write_text(block, encoding="utf-8")
    monkeypatch.setattr(facts, "_MODELS", models)
    return "acme"


def test_the_file_of_the_page_serves_a_pad_of_that_make(on_disk: str, tmp_path: Path) -> None:
    assert facts.pad_names() == [on_disk]
    pad = InventedPad()
    line = PtyLine(pad, tmp_path / "pad")
    line.plug()
    known = facts.load_pad_facts(on_disk)
    driver = SerialPinPad(
        line.address, known, lambda: open_pad_link(line.address), patience=PATIENT
    )
    driver.check()
    pad.will_type("193742", "1X")
    with driver.ask_pin(PinPrompt.AGAIN, length=6, timeout=60.0) as pin:
        assert pin.coded() == bytes.fromhex("193742")
    assert pad.opened == [(5, 6)]
    with pytest.raises(PinEntryError) as caught:
        driver.ask_pin(PinPrompt.NEW, length=6, timeout=60.0)
    assert caught.value.fault is PinEntryFault.CANCELLED
    driver.close()
    line.unplug()


def test_the_addresses_of_the_page_may_be_configured() -> None:
    (block,) = (text for text in blocks() if "[id_reader]" in text)
    links = re.findall(r'link = "(.*?)"', block)
    assert len(links) == 2
    for link in links:
        check_desk_address(link, "id_reader.link")


def test_the_page_names_only_files_that_exist() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for path in re.findall(r"`((?:station|simulators|tests)/[a-z_/]+(?:\.py)?)`", text):
        assert (ROOT / path).exists(), path
