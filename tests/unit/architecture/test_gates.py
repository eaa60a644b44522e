"""Each gate of `make check` is broken once on purpose, and must report where."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.gates import GATES, LONGEST_CLASS, LONGEST_FILE, OF_SIMULATORS, ROOT, broken

#: Gate -> (module to write, its text, the line that must be named).
BREAKS = {
    "long_files": ("api/long.py", "\n" * (LONGEST_FILE + 1), "api/long.py: 501 lines"),
    "long_classes": (
        "api/long.py",
        "class Long:\n" + "    x = 1\n" * LONGEST_CLASS,
        "api/long.py:1: Long has 251 lines",
    ),
    "undrawn_errors": (
        "core/errors/base.py",
        "class NewError(Exception):\n    pass\n",
        "core/errors/base.py:1: NewError is not in the drawn tree",
    ),
    "chinese_literals": ("api/new.py", "TITLE = '制卡'\n", "api/new.py:1: 制卡"),
    "clock_reads": (
        "journal/new.py",
        "import time\n\nBEGAN = time.monotonic()\n",
        "journal/new.py:3: time.monotonic outside",
    ),
    "kind_tests": (
        "ui/new.py",
        "def f(order):\n    return order.kind is OrderKind.FULL\n",
        "ui/new.py:2: a kind of order",
    ),
    "evidence_keys": (
        "production/life/recovery.py",
        "def f(effect):\n    return effect.before['step']\n",
        "production/life/recovery.py:2: evidence by the key 'step'",
    ),
    "change_closures": (
        "production/life/steps/feed.py",
        "def run():\n    def change_all():\n        pass\n",
        "production/life/steps/feed.py:2: a function",
    ),
    "untyped_panels": (
        "ui/new.py",
        "def panel() -> dict[str, Any]: ...\n",
        "ui/new.py:1: a dictionary",
    ),
    "prose": (
        "core/new.py",
        '"""A file.\n\nIt is no JPEG.\n"""\n',
        "core/new.py:3: 'is no JPEG': write is not a",
    ),
}


def test_every_gate_holds() -> None:
    assert list(broken(ROOT)) == []


def test_every_gate_is_broken_here() -> None:
    assert set(BREAKS) == set(GATES)
    assert set(OF_SIMULATORS) <= set(GATES)


@pytest.mark.parametrize("gate", BREAKS)
def test_what_breaks_a_gate_is_reported_with_its_place(tmp_path: Path, gate: str) -> None:
    place, text, reported = BREAKS[gate]
    module = tmp_path / "station" / place
    module.parent.mkdir(parents=True)
    module.write_text(text, encoding="utf-8")
    (line,) = GATES[gate](tmp_path / "station")
    assert line.startswith(f"station/{reported}")


@pytest.mark.parametrize(
    "text",
    [
        "X = 1  # kept for good\n",
        "# The card is blocked for\n# ever.\nX = 1\n",
        "#: A blank is nobody's.\nX = 1\n",
        'def f():\n    """Run by itself."""\n',
        'class A:\n    """A card.\n\n    Attributes:\n        order: Whose.\n    """\n',
        'async def f():\n    """What stands on the card."""\n',
        '"""The printer is\ntold."""\n',
    ],
)
def test_a_phrase_is_found_in_every_docstring_and_comment(tmp_path: Path, text: str) -> None:
    module = tmp_path / "simulators" / "new.py"
    module.parent.mkdir()
    module.write_text(text, encoding="utf-8")
    assert len(list(GATES["prose"](tmp_path / "simulators"))) == 1


@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("core/new.py", '"""There is no such card, and it is no longer there."""\n'),
        ("core/new.py", 'TEXT = "kept for good"\n'),
        ("not_yet/new.py", "X = 1  # kept for good\n"),
    ],
)
def test_plain_prose_other_texts_and_other_rooms_are_let_through(
    tmp_path: Path, place: str, text: str
) -> None:
    module = tmp_path / "station" / place
    module.parent.mkdir(parents=True)
    module.write_text(text, encoding="utf-8")
    assert list(GATES["prose"](tmp_path / "station")) == []


@pytest.mark.parametrize(
    "text",
    [
        "import datetime as dt\n\nNOW = dt.datetime.now(dt.UTC)\n",
        "from datetime import datetime\n\nNOW = datetime.today()\n",
        "from time import monotonic\n",
        "import time\n\nNOW = time.time()\n",
    ],
)
def test_a_clock_is_found_however_it_is_read(tmp_path: Path, text: str) -> None:
    (tmp_path / "new.py").write_text(text, encoding="utf-8")
    assert len(list(GATES["clock_reads"](tmp_path))) == 1


def test_a_lambda_is_a_function_made_in_a_step(tmp_path: Path) -> None:
    module = tmp_path / "station" / "production" / "life" / "steps" / "feed.py"
    module.parent.mkdir(parents=True)
    module.write_text("def run():\n    return lambda: 1\n", encoding="utf-8")
    (line,) = GATES["change_closures"](tmp_path / "station")
    assert line.startswith("station/production/life/steps/feed.py:2:")


def test_only_a_simulator_may_be_long_by_its_name(tmp_path: Path) -> None:
    long = "class Hands:\n" + "    x = 1\n" * LONGEST_CLASS
    for name in ("station", "simulators"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "hands.py").write_text(long, encoding="utf-8")
    assert len(list(GATES["long_classes"](tmp_path / "station"))) == 1
    assert list(GATES["long_classes"](tmp_path / "simulators")) == []


def test_a_class_drawn_and_not_there_is_reported(tmp_path: Path) -> None:
    package = tmp_path / "station" / "core" / "errors"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text('"""Tree.\n\n     +-- GoneError   gone\n"""\n', "utf-8")
    (line,) = GATES["undrawn_errors"](tmp_path / "station")
    assert "GoneError is drawn and does not exist" in line


def test_the_counts_are_one_line(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.gates", "--counts"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.count("\n") == 1
    assert '"kind_tests": 0' in done.stdout
