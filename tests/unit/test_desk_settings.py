"""What a site chooses about its desk, from the settings to the wired devices."""

from __future__ import annotations

from pathlib import Path

import pytest

from station.clock import monotonic
from station.core.errors import ConfigError
from station.core.wire_trace import WireTrace
from station.desk_parts import build_desk
from station.encoder import KeyTries
from station.production.life.desk_equipment import DeskEquipment
from station.settings import Settings, load_settings

CONFIG = Path(__file__).parents[2] / "config" / "station.toml"


def settings_with(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "station.toml"
    file.write_text(CONFIG.read_text(encoding="utf-8") + text, encoding="utf-8")
    return load_settings(file)


def desk_with(tmp_path: Path, text: str) -> DeskEquipment:
    return build_desk(settings_with(tmp_path, text), KeyTries(), WireTrace(monotonic))


def test_a_window_without_these_sections_has_no_devices(tmp_path: Path) -> None:
    desk = desk_with(tmp_path, "")
    assert (desk.id_reader, desk.card_reader, desk.pin_pad, desk.keyboard) == (
        None,
        None,
        None,
        False,
    )
    desk.close()


def test_all_three_are_wired_and_none_is_opened(tmp_path: Path) -> None:
    desk = desk_with(
        tmp_path,
        """
[id_reader]
link = "serial:///dev/no-such-port?baud=57600"
poll = 0.5
keep = 60
[desk_reader]
link = "pcsc:Virtual PCD 00 01"
[pin_pad]
link = "socket://127.0.0.1:1"
model = "keys"
length = 4
timeout = 30
""",
    )
    assert desk.id_reader is not None
    assert desk.card_reader is not None
    assert desk.pin_pad is not None
    assert desk.id_reader.address == "serial:///dev/no-such-port?baud=57600"
    assert desk.card_reader.address == "pcsc:Virtual PCD 00 01"
    assert (desk.poll, desk.keep, desk.pin_length, desk.pin_timeout) == (0.5, 60.0, 4, 30.0)
    assert desk.unverified["pin-pad"]
    desk.close()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[id_reader]\nlink = "/dev/ttyUSB0"', "id_reader.link"),
        ('[pin_pad]\nlink = "com1"', "pin_pad.link"),
        ('[pin_pad]\nlink = "socket://h:1"\nmodel = "other"', "known: framed, keys"),
        ('[desk_reader]\nlink = "pcsc:Virtual PCD 00 00"', "the same reader"),
        ('[desk_reader]\nlink = "usb://1"', "chip reader"),
        ("[id_reader]\npol = 1", "id_reader.pol"),
        ("[pin_pad]\nlength = 3", "pin_pad.length"),
    ],
)
def test_a_wrong_choice_refuses_to_start_and_names_the_setting(
    tmp_path: Path, text: str, message: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        desk_with(tmp_path, f"\n{text}\n")
    assert message in str(caught.value)
