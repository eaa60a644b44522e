"""The documents as a site: without network, complete, and true to the program they speak of."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from simulators.desk.hands import Hands
from simulators.desk.lines import PtyLine, TcpLine
from simulators.desk.pin_pads import FramedPad
from simulators.desk.sam_module import SamModule
from simulators.machine.actions import ACTIONS as HANDS
from simulators.world import OPERATOR
from station.access.table import COMMANDS

ROOT = Path(__file__).parents[3]
DOCS = ROOT / "docs"
PAGES = sorted(DOCS.rglob("*.md"))
FOR_PEOPLE = sorted([*(DOCS / "how-to").glob("*.md"), *(DOCS / "tutorial").glob("*.md")])


def built(root: Path, out: Path) -> tuple[int, str]:
    command = [
        "-m",
        "mkdocs",
        "build",
        "-f",
        str(root / "config/site.yml"),
        "-d",
        str(out),
    ]
    done = subprocess.run(
        [sys.executable, *command],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    status, said = built(ROOT, out)
    assert status == 0, said
    return out


def test_every_document_is_a_page_that_the_list_names(site: Path) -> None:
    start = (site / "index.html").read_text(encoding="utf-8")
    for page in PAGES:
        place = page.relative_to(DOCS).with_suffix(".html").as_posix()
        assert (site / place).is_file(), place
        assert place == "index.html" or f'href="{place}"' in start, place


def test_no_page_loads_anything_from_the_network(site: Path) -> None:
    loads = re.compile(
        r"""<(?:script|img|iframe|source)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>"""
        r"""|<link\b[^>]*rel=["']?(?:stylesheet|preconnect|icon)[^>]*href=["']?(?:https?:)?//[^>]*>"""
    )
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert not loads.search(text), page.name
        assert 'class="mermaid"' not in text, "the theme would load it from the network"
    assert (site / "vendored/iframe-worker.js").is_file()


def test_the_search_knows_the_words_of_the_pages(site: Path) -> None:
    index = (site / "search/search_index.js").read_text(encoding="utf-8")
    texts = " ".join(one["text"] for one in json.loads(index.partition("=")[2])["docs"])
    for word in ("数据回盘", "一键制卡", "station printer replay"):
        assert word in texts


def test_a_link_to_nowhere_keeps_the_site_from_being_built(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "docs").mkdir()
    shutil.copyfile(DOCS / "site_hooks.py", tmp_path / "docs/site_hooks.py")
    whole = (ROOT / "config/site.yml").read_text(encoding="utf-8")
    settings = whole.partition("  - Tutorial:")[0]
    (tmp_path / "config/site.yml").write_text(settings, encoding="utf-8")
    page = tmp_path / "docs/index.md"
    gone = "gone"  # no citation of ours
    for text, status in (("# Start\n", 0), (f"# Start\n[there]({gone}.md)\n", 1)):
        page.write_text(text, encoding="utf-8")
        assert built(tmp_path, tmp_path / "out")[0] == status


# -- what the pages say of the program -------------------------------------------------------------


def keys_of_the_page() -> dict[str, str]:
    """Return the label of each button by its key, as the operator page has them."""
    words = (ROOT / "station/ui/templates/_words.html").read_text(encoding="utf-8")
    found = re.findall(r'"label": "([^"]+)",\s+"key": "([^"]+)"', words)
    return {key: label for label, key in found}


def test_the_tutorial_names_the_keys_and_the_steps_as_the_page_does() -> None:
    text = (DOCS / "tutorial/first-card.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| `(F\d+)` \| (\S+) \|", text, re.MULTILINE))
    page = keys_of_the_page()
    assert rows == {key: page[key] for key in page if key.startswith("F")}
    assert f"`Alt+M` ({page['Alt+M']})" in text
    assert f"`{OPERATOR}`" in text


def test_the_tutorials_hands_can_do_what_it_asks_for() -> None:
    text = (DOCS / "tutorial/first-card.md").read_text(encoding="utf-8")
    asked = set(re.findall(r"`((?:pull|plug|use|jam|take|put|type) [a-zA-Z ]+)`", text))
    assert len(asked) > 7
    assert asked <= {*HANDS, *desk_hands()}


def desk_hands() -> set[str]:
    """Return what the hands at the desk of the demo can do."""
    module, pad = SamModule(), FramedPad()
    lines = TcpLine(module), PtyLine(pad, Path("pad"))
    return set(Hands(module, lines[0], pad, lines[1]).actions)


@pytest.mark.parametrize("page", FOR_PEOPLE, ids=lambda page: page.stem)
def test_every_command_that_a_page_names_is_there(page: Path) -> None:
    said = re.findall(r"`station ([a-z][a-z-]*(?: [a-z][a-z-]*)?)", page.read_text("utf-8"))
    groups = {command.split()[0] for command in COMMANDS}
    for command in said:
        first, _, second = command.partition(" ")
        assert first in groups, command
        whole = command in COMMANDS or first in COMMANDS
        assert whole or not second or command in COMMANDS, command
