"""A printer family is added by adding its folders: nothing else is edited, everything finds it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import station.drivers
from simulators.child import ROOT
from station.core.errors import RemoteProtocolError
from tests.extending.printer_family.drivers.acme import FAMILY, codec
from tests.extending.printer_family.drivers.acme.status_map import decode_status

FOLDER = Path(__file__).parent / "printer_family"
VECTORS = tomllib.loads((FOLDER / "vectors/acme/frames.toml").read_text(encoding="utf-8"))
SUITES = [
    "test_printer_contract.py",
    "test_printer_broken_moves.py",
    "test_printer_conditions.py",
    "test_printer_unplugged.py",
    "test_printer_same_picture.py",
]


def contract(*arguments: str) -> subprocess.CompletedProcess[str]:
    suites = [f"tests/contract/{suite}" for suite in SUITES]
    plugin = ["-p", "tests.extending.acme_on_disk", "-p", "no:cacheprovider"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-k", "acme", *plugin, *suites, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_every_contract_suite_finds_the_family_and_it_passes() -> None:
    done = contract()
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    passed = re.search(r"(\d+) passed", done.stdout)
    assert passed is not None
    assert int(passed[1]) > 60


def test_each_suite_has_tests_of_the_family() -> None:
    listed = contract("--collect-only").stdout
    for suite in SUITES:
        assert suite in listed, f"{suite} does not look for families"


def test_without_the_plugin_the_family_is_not_there() -> None:
    assert FAMILY.name not in station.drivers.family_names()


def test_literal_frames() -> None:
    (question,), (answer,) = VECTORS["question"], VECTORS["answer"]
    sent = codec.encode_question(question["sequence"], question["operation"])
    assert sent == bytes.fromhex(question["hex"])
    decoder = codec.AnswerDecoder()
    for byte in bytes.fromhex(answer["hex"]):
        assert decoder.next_answer() is None
        decoder.receive_data(bytes([byte]))
    found = decoder.next_answer()
    assert found is not None
    state = codec.decode_state(found.data)
    status = decode_status(state, raw=found.data, ribbon_low_cards=10)
    assert str(status.card) == answer["place"]
    assert [str(reason) for reason in status.reasons] == answer["reasons"]
    assert state.job_id == answer["job_id"]


def test_an_answer_of_impossible_length_is_refused_before_the_rest_came() -> None:
    decoder = codec.AnswerDecoder()
    decoder.receive_data(bytes.fromhex("00000007 00 ffff"))
    with pytest.raises(RemoteProtocolError):
        decoder.next_answer()


HOW_TO = ROOT / "docs" / "how-to" / "add-a-printer-family.md"


def test_the_how_to_names_what_is_there() -> None:
    text = HOW_TO.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:kit/)?[a-z_]+(?:/[a-z_]+)*\.py)`", text))
    places = [ROOT, ROOT / "station/drivers", FOLDER / "drivers/acme"]
    missing = [name for name in named if not any((place / name).exists() for place in places)]
    assert missing == []
    assert {"codec.py", "kit/outcomes.py"} <= named
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    model = (FOLDER / "drivers/acme/model.py").read_text(encoding="utf-8")
    assert [line for line in code.splitlines() if line not in model] == []
