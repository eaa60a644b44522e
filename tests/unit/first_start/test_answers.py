"""What a technician answers becomes a settings file that a start accepts."""

from __future__ import annotations

import stat
import tomllib
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.core.errors import ConfigError, ReaderNotConnectedError
from station.first_start.answers import (
    PASSWORD_FILE,
    answers_of,
    bank_line,
    parse_bank,
    settings_of,
    tables_of,
    to_toml,
)
from station.first_start.files import tables_there, write_settings
from station.first_start.found import faces, found_printers, found_readers, models_at, photo_rules
from station.settings import load_settings
from station.transport.connected import ConnectedDevice, connected_devices

EXAMPLE = tomllib.loads(Path("config/station.toml").read_text(encoding="utf-8"))
SECRET = "p w"  # noqa: S105 - of a test
ANSWERS = replace(answers_of(EXAMPLE), name="window-3", url="http://127.0.0.1:1/x", password=SECRET)

scalars = st.one_of(st.booleans(), st.integers(-9, 9**9), st.text(), st.floats(0, 1e6))
values = st.one_of(scalars, st.lists(st.text(), max_size=3))
tables = st.dictionaries(st.text(min_size=1), values, max_size=4)


@given(st.dictionaries(st.text(min_size=1), tables, max_size=3))
def test_what_is_written_is_read_back(wanted: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(wanted)) == wanted


def test_tables_in_tables_are_written_too() -> None:
    assert tomllib.loads(to_toml(EXAMPLE)) == EXAMPLE


@pytest.mark.parametrize(
    "line",
    ["95533,中国建设银行,622700,621700", " 95533 ， 中国建设银行 ， 622700，621700 "],
)
def test_a_bank_on_a_line(line: str) -> None:
    code, bank = parse_bank(line)
    assert bank_line(code, bank) == "95533,中国建设银行,622700,621700"


@pytest.mark.parametrize("line", ["", "95533", "95533,建行", "95533,建行,62270", "95533,建行,x"])
def test_another_form_of_a_bank_is_refused_with_the_right_one(line: str) -> None:
    with pytest.raises(ConfigError, match=r"setup\.bank-form"):
        parse_bank(line)


def test_the_file_is_written_whole_with_the_password_beside_it(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    write_settings(file, tables_of(ANSWERS, EXAMPLE, tmp_path), ANSWERS.password)
    settings = load_settings(file)
    assert settings.station.name == "window-3"
    assert settings.province_password() == SECRET
    assert SECRET not in file.read_text(encoding="utf-8")
    assert SECRET not in repr(ANSWERS)
    for name in (file.name, PASSWORD_FILE):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o007 == 0
    assert not list(tmp_path.glob("*.part"))


def test_what_was_not_asked_stays_and_the_old_file_is_kept(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    existing = {**EXAMPLE, "metrics": {"listen": "127.0.0.1:9470"}}
    assert write_settings(file, existing, "") is None
    there, is_there = tables_there(file)
    assert is_there
    kept = write_settings(file, tables_of(ANSWERS, there, tmp_path), ANSWERS.password)
    assert load_settings(file).metrics.listen == "127.0.0.1:9470"
    assert kept is not None
    assert tomllib.loads(kept.read_text(encoding="utf-8")) == existing


def test_what_a_start_would_refuse_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "station.toml"
    write_settings(file, tables_of(ANSWERS, EXAMPLE, tmp_path), ANSWERS.password)
    before = file.read_bytes()
    bad = tables_of(replace(ANSWERS, region="4107"), EXAMPLE, tmp_path)
    with pytest.raises(ConfigError, match=r"province\.region"):
        write_settings(file, bad, "")
    assert file.read_bytes() == before
    assert not list(tmp_path.glob("*.part"))


def test_without_a_face_the_other_keys_of_it_are_not_needed(tmp_path: Path) -> None:
    no_face = replace(ANSWERS, template="")
    result = tables_of(no_face, EXAMPLE, tmp_path)
    assert result["face"]["prints"] is False
    assert answers_of(result).template == ""
    assert settings_of(result, "x").face.prints is False


# -- what is connected -----------------------------------------------------------------------------


class Bus:
    """A backend of pyusb with devices on it."""

    def __init__(self, *devices: tuple[int, int, str]) -> None:
        self._devices = devices

    def find(self, custom_match: Any, **_: Any) -> list[Any]:  # noqa: ANN401 - as pyusb's
        found = [
            SimpleNamespace(
                idVendor=vendor,
                idProduct=product,
                iSerialNumber=bool(serial),
                serial_number=serial,
                bus=1,
                address=number,
                port_numbers=(number,),
            )
            for number, (vendor, product, serial) in enumerate(self._devices, start=1)
        ]
        return [device for device in found if custom_match(device)]


def addresses(monkeypatch: pytest.MonkeyPatch, bus: Bus) -> list[tuple[str, str]]:
    monkeypatch.setattr("usb.core.find", bus.find)
    monkeypatch.setattr("usb.util.dispose_resources", lambda _: None)
    found = connected_devices(["0d16:030a", "0f49", "0f49:0a00"], make_backend=object)
    return [(each.usb_id, each.address) for each in found]


def test_one_printer_is_named_by_its_kind_several_by_serial_or_port(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one = Bus((0x0D16, 0x030A, "A1"), (0x1234, 1, ""))
    assert addresses(monkeypatch, one) == [("0d16:030a", "usb://0d16:030a")]
    several = Bus((0x0D16, 0x030A, "A1"), (0x0D16, 0x030A, ""))
    assert [address for _, address in addresses(monkeypatch, several)] == [
        "usb://0d16:030a/A1",
        "usb://0d16:030a@1-2",
    ]


def test_a_known_product_is_not_taken_for_any_of_its_maker(monkeypatch: pytest.MonkeyPatch) -> None:
    assert addresses(monkeypatch, Bus((0x0F49, 0x0A00, ""))) == [
        ("0f49:0a00", "usb://0f49:0a00"),
    ]


def test_a_device_is_offered_once_for_each_model_that_it_may_be() -> None:
    found = found_printers(lambda _: [ConnectedDevice("0f49", "usb://0f49")])
    assert {each.model for each in found} == {"kc200", "primacy", "primacy2"}
    assert {each.address for each in found} == {"usb://0f49"}


@pytest.mark.parametrize(
    ("address", "model"),
    [("usbip://h:1", "cs220e"), ("tcp://h:1", "zenius"), ("reader:", "reader")],
)
def test_an_address_typed_in_names_the_models_that_it_reaches(address: str, model: str) -> None:
    assert model in [each.model for each in models_at(address)]
    assert models_at("ftp://h") == []


def test_readers_that_cannot_be_listed_say_why() -> None:
    def refused() -> list[str]:
        raise ReaderNotConnectedError("refused", code="reader-no-permission")

    found, why = found_readers(refused)
    assert found == []
    assert why is not None
    assert why.code == "reader-no-permission"
    assert found_readers(lambda: ["A 00 00"]) == (["pcsc:A 00 00"], None)


def test_faces_and_photo_rules_are_those_on_disk() -> None:
    assert "config/faces/henan-3.toml" in faces()
    assert not any("test-card" in face for face in faces())
    names = [file.name for file in Path("config/photos").glob("*.toml")]
    assert set(photo_rules()) == {f"config/photos/{name}" for name in names}
