"""PIN pads of both kinds, and the person before them."""

from __future__ import annotations

import contextlib
import random
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from simulators.desk.pin_pads import WALKS_AWAY, _frame
from station.core.errors import (
    ConfigError,
    DeskDeviceError,
    DeskDeviceNotConnectedError,
    DeskFault,
    PinEntryError,
    PinEntryFault,
    StationError,
)
from station.core.pin_entry import Pin, PinPrompt
from station.desk.pin_pad.codec import (
    DamagedPadError,
    FramedEntry,
    FrameReader,
    KeysEntry,
    PadDamage,
    PadRefusalError,
    closing,
    encode_frame,
    start_entry,
)
from station.desk.pin_pad.facts import load_pad_facts, pad_names, parse_pad_facts
from tests.rigs.pin_pad import PATIENT, PadRig, pin_pad

HURRIED = replace(PATIENT, command=0.5, grace=0.1)
FRAMED, KEYS = load_pad_facts("framed"), load_pad_facts("keys")


@pytest.fixture(params=["framed", "keys"])
def rig(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PadRig]:
    with pin_pad(request.param, tmp_path) as made:
        yield made


@pytest.fixture(params=["framed", "keys"])
def hurried(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[PadRig]:
    with pin_pad(request.param, tmp_path, patience=HURRIED) as made:
        yield made


def ask(rig: PadRig, prompt: PinPrompt = PinPrompt.CURRENT, timeout: float = 60.0) -> Pin:
    return rig.driver.ask_pin(prompt, length=6, timeout=timeout)


def digits(pin: Pin) -> bytes:
    with pin:
        return pin.coded()


@pytest.mark.parametrize(("plan", "coded"), [("193742", "193742"), ("19<<193742", "193742")])
def test_a_pin_is_typed_and_corrected(rig: PadRig, plan: str, coded: str) -> None:
    rig.pad.will_type(plan)
    assert digits(ask(rig)) == bytes.fromhex(coded)
    rig.pad.will_type("000000")
    assert digits(ask(rig)) == bytes(3)


def test_each_prompt_has_its_spoken_number(rig: PadRig) -> None:
    for prompt in PinPrompt:
        rig.pad.will_type("193742")
        ask(rig, prompt).wipe()
    assert rig.pad.opened == [(1, 6), (1, 6), (2, 6)]


@pytest.mark.parametrize(
    ("plan", "fault"),
    [("12X", PinEntryFault.CANCELLED), ("1234", PinEntryFault.LENGTH)],
)
def test_an_entry_that_gives_no_pin(rig: PadRig, plan: str, fault: PinEntryFault) -> None:
    rig.pad.will_type(plan)
    with pytest.raises(PinEntryError) as caught:
        ask(rig)
    assert caught.value.fault is fault
    rig.pad.will_type("193742")
    assert digits(ask(rig)) == bytes.fromhex("193742")


def test_a_person_who_walks_away(hurried: PadRig) -> None:
    hurried.pad.will_type(WALKS_AWAY)
    with pytest.raises(PinEntryError) as caught:
        ask(hurried, timeout=0.2)
    assert caught.value.fault is PinEntryFault.TIMED_OUT
    assert hurried.pad.closed.wait(30.0)


@pytest.mark.parametrize("plan", ["193742", "1X", "12"])
def test_the_pad_is_closed_after_every_entry(rig: PadRig, plan: str) -> None:
    rig.pad.will_type(plan)
    with contextlib.suppress(PinEntryError):
        ask(rig).wipe()
    assert rig.pad.closed.wait(30.0)
    assert not rig.pad.is_open


def test_keys_that_were_pressed_before_are_no_part_of_the_pin(tmp_path: Path) -> None:
    with pin_pad("keys", tmp_path) as rig:
        rig.driver.check()
        rig.line.send(b"99")
        rig.pad.will_type("193742")
        assert digits(ask(rig)) == bytes.fromhex("193742")


def test_a_pad_that_is_switched_off(tmp_path: Path) -> None:
    with pin_pad("framed", tmp_path, patience=HURRIED) as rig:
        rig.pad.say_nothing()
        for act in (rig.driver.check, lambda: ask(rig, timeout=0.1)):
            with pytest.raises(DeskDeviceError) as caught:
                act()
            assert caught.value.fault is DeskFault.PAD_SILENT


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda a: [a[:-1]], PadDamage.CUT_SHORT),
        (lambda a: [a[:-1] + bytes([a[-1] ^ 1])], PadDamage.CHECKSUM),
        (lambda a: [a + a], PadDamage.MORE_BYTES),
        (lambda a: [a[:1] + b"\xff" + a[2:]], PadDamage.LENGTH_IMPOSSIBLE),
        (lambda a: [b"\x99"], PadDamage.NO_START),
        (lambda a: [_frame(0x04, b"12A456")], PadDamage.NOT_DIGITS),
    ],
)
def test_each_damage_has_its_name(
    tmp_path: Path, change: Callable[[bytes], list[bytes]], reason: PadDamage
) -> None:
    with pin_pad("framed", tmp_path, patience=HURRIED) as rig:
        rig.pad.damage(change)
        rig.pad.will_type("193742")
        with pytest.raises(DeskDeviceError) as caught:
            ask(rig, timeout=0.4)
        assert (caught.value.fault, caught.value.reason) == (
            DeskFault.PAD_ANSWER_DAMAGED,
            reason.value,
        )
        assert caught.value.__cause__ is None
        rig.pad.will_type("193742")
        assert digits(ask(rig)) == bytes.fromhex("193742")


def test_a_refusal_names_its_status(tmp_path: Path) -> None:
    with pin_pad("framed", tmp_path) as rig:
        rig.pad.damage(lambda answer: [_frame(0x77)])
        rig.pad.will_type("193742")
        with pytest.raises(DeskDeviceError) as caught:
            ask(rig)
        assert (caught.value.fault, caught.value.reason) == (DeskFault.PAD_REFUSED, "77")


def test_a_key_that_no_pad_has(tmp_path: Path) -> None:
    with pin_pad("keys", tmp_path) as rig:
        rig.pad.damage(lambda answer: [b"\xf0"])
        rig.pad.will_type("193742")
        with pytest.raises(DeskDeviceError) as caught:
            ask(rig)
        assert caught.value.reason == PadDamage.UNKNOWN_KEY.value


@pytest.mark.parametrize("seed", range(500))
def test_damaged_frames_are_named_and_never_another_pin(seed: int) -> None:
    rng = random.Random(seed)
    frame = bytearray(_frame(0x04, b"193742"))
    frame[rng.randrange(len(frame))] ^= 1 << rng.randrange(8)
    assert outcome(FramedEntry(FRAMED, PinPrompt.CURRENT, 6, 10.0), bytes(frame)) != "a PIN"


def outcome(entry: FramedEntry, frame: bytes) -> str:
    try:
        pin = entry.feed(frame)
    except (DamagedPadError, PadRefusalError, PinEntryError) as exc:
        return str(exc)
    return "more is awaited" if pin is None else "a PIN"


def test_unplugged_in_the_middle_and_plugged_in_again(rig: PadRig) -> None:
    done: list[StationError] = []

    def wait() -> None:
        with pytest.raises(DeskDeviceNotConnectedError) as caught:
            ask(rig)
        done.append(caught.value)

    thread = threading.Thread(target=wait)
    rig.driver.check()
    thread.start()
    rig.line.unplug()
    thread.join(30.0)
    codes = [error.code for error in done]
    assert codes == ["pin-pad-not-connected"]
    with pytest.raises(DeskDeviceNotConnectedError):
        rig.driver.check()
    rig.line.plug()
    rig.pad.will_type("193742")
    assert digits(ask(rig)) == bytes.fromhex("193742")


def test_nothing_that_is_shown_holds_digits(rig: PadRig) -> None:
    rig.pad.will_type("193742", "193X", "19374")
    pin = ask(rig)
    shown = [repr(pin), str(pin), f"{pin}"]
    for _ in range(2):
        with pytest.raises(PinEntryError) as caught:
            ask(rig)
        shown.append(repr(caught.value) + str(caught.value.details))
    shown += rig.driver.recent_exchanges()
    assert not any("193" in text or "742" in text for text in shown)
    pin.wipe()


# -- the type --------------------------------------------------------------------------------------


def test_a_pin_is_overwritten() -> None:
    buffer = bytearray(b"193742")
    pin = Pin(buffer)
    with pin:
        assert (len(pin), pin.is_digits) == (6, True)
    assert (bytes(buffer), len(pin)) == (b"", 0)
    pin.wipe()


@pytest.mark.parametrize(("typed", "coded"), [(b"1234", "1234"), (b"12345", "12345F")])
def test_a_pin_is_coded_as_the_card_takes_it(typed: bytes, coded: str) -> None:
    assert Pin(bytearray(typed)).coded() == bytes.fromhex(coded)


def test_pins_are_compared() -> None:
    pin = Pin(bytearray(b"193742"))
    assert pin.equals(Pin(bytearray(b"193742")))
    assert not pin.equals(Pin(bytearray(b"193743")))
    assert not pin.equals(Pin(bytearray(b"19374")))


@pytest.mark.parametrize("typed", [b"123", b"1" * 17, b"12345A", b""])
def test_what_is_no_pin(typed: bytes) -> None:
    assert not Pin(bytearray(typed)).is_digits


# -- literal bytes ---------------------------------------------------------------------------------


def test_the_literal_bytes_of_both_kinds() -> None:
    framed = start_entry(FRAMED, PinPrompt.AGAIN, length=6, seconds=30.0)
    assert framed.opening() == bytes.fromhex("02 04 81 02 06 1E 9F")
    assert closing(FRAMED) == bytes.fromhex("02 01 82 83")
    keys = start_entry(KEYS, PinPrompt.CURRENT, length=6, seconds=30.0)
    assert isinstance(keys, KeysEntry)
    assert keys.opening() == bytes.fromhex("1B 4F 01 06")
    assert closing(KEYS) == bytes.fromhex("1B 43")
    assert encode_frame(b"\x80") == bytes.fromhex("02 01 80 81")


def test_a_frame_one_byte_at_a_time_behind_noise() -> None:
    reader = FrameReader()
    raw = b"\x00\xff" + bytes.fromhex("02 07 04 31 39 33 37 34 32 09")
    found = [reader.feed(raw[at : at + 1]) for at in range(len(raw))]
    assert found[:-1] == [None] * (len(raw) - 1)
    assert found[-1] == (0x04, bytearray(b"193742"))


# -- facts -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", pad_names())
def test_every_make_on_disk_is_whole_and_says_what_was_never_seen(name: str) -> None:
    facts = load_pad_facts(name)
    assert facts.unverified
    assert set(facts.prompts) == set(PinPrompt)


@pytest.mark.parametrize(
    "change",
    [{"frame": "other"}, {"open": "8"}, {"codes": {"04": "yes"}}, {"more": 1}, {"prompts": {}}],
)
def test_a_wrong_file_is_refused(change: dict[str, object]) -> None:
    table = {
        "title": "x",
        "frame": "framed",
        "open": "81",
        "close": "82",
        "check": "80",
        "prompts": {"current": 1, "new": 1, "again": 2},
        "codes": {"04": "done"},
        "unverified": [],
    }
    parse_pad_facts("x", table)
    with pytest.raises(ConfigError, match="PIN pad x"):
        parse_pad_facts("x", table | change)


def test_an_unknown_make_names_the_known_ones() -> None:
    with pytest.raises(ConfigError, match="framed, keys"):
        load_pad_facts("other")
