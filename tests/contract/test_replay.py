"""Recorded sessions played to the unmodified driver of every family that can be recorded.

A trace of a real unit is put beside those of the simulators, as `<family>-real-<what>.txt`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

from station.cli import app
from station.core.errors import ConfigError, TransportClosedError, TransportTimeoutError
from station.transport.captures import Capture, Step, Transfer, read_capture
from station.transport.replay import ReplayLink
from tests.rigs.captures import (
    CONFIG,
    FOLDER,
    name_of,
    pcap,
    pcapng,
    recordable,
    settings_of,
    usbmon_text,
)
from tests.rigs.printer import Case

FEW = 40  #: transfers; a session that asks everything and moves a card has more
HITI = Case("hiti_cs", "usbip")
SESSIONS = sorted(FOLDER.glob("*-*.*"))

Play = Callable[..., tuple[int, list[dict[str, str]], str]]


@pytest.fixture
def play(tmp_path: Path) -> Play:
    def run(
        case: Case, file: Path, *words: str, link: str = ""
    ) -> tuple[int, list[dict[str, str]], str]:
        env = settings_of(case, link or f"{case.scheme}://127.0.0.1:1", tmp_path)
        told = ["printer", "replay", str(file), "--json", *words, "--config", str(CONFIG)]
        done = CliRunner().invoke(app, told, env=env)
        steps = json.loads(done.stdout) if done.stdout.startswith("[") else []
        return done.exit_code, steps, done.stderr

    return run


def text_of(case: Case) -> str:
    return (FOLDER / name_of(case)).read_text(encoding="utf-8")


@pytest.mark.parametrize("case", recordable(), ids=str)
def test_every_link_of_every_family_has_a_recorded_session(case: Case) -> None:
    assert FOLDER / name_of(case) in SESSIONS, f"no session of {case}: python -m tests.captures"


@pytest.mark.parametrize("file", SESSIONS, ids=lambda file: file.name)
def test_every_recorded_session_plays(file: Path, play: Play) -> None:
    named = [one for one in recordable() if file.stem.startswith(f"{one.family}-")]
    case = next((one for one in named if file.name == name_of(one)), named[0])
    status, steps, said = play(case, file)
    assert [step["difference"] for step in steps] == [""] * len(steps), said
    assert status == 0
    assert steps[0]["name"] == "who are you"
    assert "the card out" in [step["name"] for step in steps]
    assert sum(int(step["transfers"]) for step in steps) > FEW


# -- a difference is found -------------------------------------------------------------------------


def first(text: str, way: str, marks: str = "=") -> re.Match[str]:
    found = re.search(
        rf"^\w+ \d+ [SC] {way} \S+ \d+ {marks} (?P<data>[0-9a-f ]{{8,}})$", text, re.M
    )
    assert found is not None
    return found


def with_other_byte(text: str, match: re.Match[str]) -> str:
    at = match.end("data") - 1
    return f"{text[:at]}{int(text[at], 16) ^ 1:x}{text[at + 1 :]}"


def with_other_serial(text: str) -> str:
    """Return the trace of a printer whose serial number begins otherwise."""
    for found in re.finditer(r"^\w+ \d+ C Bi \S+ \d+ = (?P<data>.*)$", text, re.M):
        data = bytes.fromhex(found["data"])
        if b"SIM0" in data:
            changed = data.replace(b"SIM0", b"TIM0").hex(" ", -4)
            return text[: found.start("data")] + changed + text[found.end("data") :]
    raise AssertionError("no answer has the serial number")


def without_line(text: str, match: re.Match[str]) -> str:
    return text[: match.start()] + text[match.end() + 1 :]


CHANGES: dict[str, Callable[[str], str]] = {
    "another request": lambda text: with_other_byte(text, first(text, "Bo")),
    "another answer": with_other_serial,
    "an answer is missing": lambda text: without_line(text, first(text, "Bi")),
    "a request is missing": lambda text: without_line(text, first(text, "Bo")),
    "one transfer more": lambda text: text.replace(
        "# status\n", "0fffffff 1 S Bo -115 1 = 00\n0fffffff 2 C Bo 0 1 >\n# status\n", 1
    ),
    "the end is missing": lambda text: text[: text.index("# the card out")],
    "a step is missing": lambda text: text.replace("# status\n", "", 1),
    "the driver made something else of it": lambda text: re.sub(
        "# -> PrinterStatus.*", "# -> PrinterStatus()", text, count=1
    ),
}


@pytest.mark.parametrize("change", CHANGES)
@pytest.mark.parametrize("case", recordable(), ids=str)
def test_a_session_that_differs_is_found(
    case: Case, change: str, play: Play, tmp_path: Path
) -> None:
    text = text_of(case)
    changed = CHANGES[change](text)
    assert changed != text
    file = tmp_path / "changed.txt"
    file.write_text(changed, encoding="utf-8")
    status, steps, _ = play(case, file)
    assert status == 1
    assert steps[-1]["difference"]


# -- captures of usbmon ----------------------------------------------------------------------------

FORMS: dict[str, Callable[[str], bytes]] = {
    "usbmon text": lambda text: usbmon_text(text).encode(),
    "pcap": pcap,
    "pcap, header of 48 bytes": lambda text: pcap(text, link=189),
    "pcap of a big-endian PC": lambda text: pcap(text, ">"),
    "pcapng": pcapng,
    "pcapng of a big-endian PC": lambda text: pcapng(text, ">"),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("case", [one for one in recordable() if one.scheme == "usbip"], ids=str)
def test_a_capture_of_usbmon_plays_too(case: Case, form: str, play: Play, tmp_path: Path) -> None:
    file = tmp_path / "usbmon"
    file.write_bytes(FORMS[form](text_of(case)))
    status, steps, said = play(case, file, "--move")
    assert [step["difference"] for step in steps] == [""] * len(steps), said
    assert (status, len(steps) > 3) == (0, True)
    status, steps, _ = play(case, file)  # it was recorded with --move: transfers are left
    assert (status, "after the last step" in steps[-1]["difference"]) == (1, True)


def test_one_of_several_devices_is_chosen(play: Play, tmp_path: Path) -> None:
    text = text_of(HITI)
    other = "\n".join(text.splitlines()[:30])
    file = tmp_path / "both.txt"
    file.write_text(usbmon_text(other, device=3) + usbmon_text(text, device=7), encoding="utf-8")
    assert play(HITI, file, "--move")[0] == 0  # the busiest
    assert play(HITI, file, "--move", "--device", "1.7")[0] == 0
    assert play(HITI, file, "--move", "--device", "1.3")[0] == 1
    status, _, said = play(HITI, file, "--device", "2.9")
    assert (status, "1.3, 1.7" in said) == (2, True)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"no trace\n", b"\xff\xfe\x00", b"\xd4\xc3\xb2\xa1", b"\x0a\x0d\x0d\x0a" + bytes(8)),
        pcap("", link=1),
        b"\xd4\xc3\xb2\xa1" + bytes(16) + b"\x01\x00\x00\x00" + bytes(40),
    ],
)
def test_what_is_no_capture_is_named(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / "capture"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="capture"):
        read_capture(file)


def test_a_file_that_is_not_there_is_named(play: Play, tmp_path: Path) -> None:
    status, _, said = play(HITI, tmp_path / "none.pcap")
    assert (status, "none.pcap" in said) == (2, True)


# -- the link --------------------------------------------------------------------------------------


def playing(*transfers: Transfer) -> ReplayLink:
    step = Step("", transfers=list(transfers))
    link = ReplayLink(Capture("", "", (step,)), "usb://0d16:030a")
    link.begin(step)
    return link


def sent(data: bytes, length: int = 0, status: int = 0) -> Transfer:
    return Transfer(True, data, length or len(data), length or len(data), status)


def arrived(data: bytes, wanted: int = 4096, status: int = 0) -> Transfer:
    return Transfer(False, data, len(data), wanted, status)


def test_one_write_may_be_recorded_in_pieces_and_one_read_too() -> None:
    link = playing(sent(b"abc"), sent(b"de"), arrived(b"1234", 4), arrived(b"56", 4))
    link.write(b"abcde", timeout=1.0)
    assert link.read(64, timeout=1.0) == b"123456"
    assert (link.left, link.played, link.difference) == (0, 4, "")


def test_a_smaller_read_leaves_the_rest_for_the_next() -> None:
    link = playing(arrived(b"123456"))
    assert [link.read(4, timeout=1.0), link.read(4, timeout=1.0)] == [b"1234", b"56"]


def test_what_was_masked_is_compared_by_its_length() -> None:
    link = playing(sent(b"", length=5), sent(b"", length=5))
    link.write(b"abcde", timeout=1.0)
    link.write(b"ab", timeout=1.0)
    assert link.left == 1
    with pytest.raises(TransportClosedError):
        link.read(4, timeout=1.0)


@pytest.mark.parametrize(
    ("status", "error"),
    [(-110, TransportTimeoutError), (-2, TransportTimeoutError), (-108, TransportClosedError)],
)
def test_a_recorded_failure_fails_again(status: int, error: type[Exception]) -> None:
    link = playing(arrived(b"", status=status), sent(b"a", status=status), sent(b"b"))
    with pytest.raises(error):
        link.read(4, timeout=1.0)
    with pytest.raises(error):
        link.write(b"a", timeout=1.0)
    link.write(b"b", timeout=1.0)
    assert link.difference == ""


def test_after_the_first_difference_nothing_is_played() -> None:
    link = playing(sent(b"a"), sent(b"b"))
    for data in (b"x", b"b"):
        with pytest.raises(TransportClosedError):
            link.write(data, timeout=1.0)
    assert "sent 78 (1 bytes), recorded 61 (1 bytes)" in link.difference
