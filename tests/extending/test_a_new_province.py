"""A province is added by adding its folders: nothing else is edited, everything finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.child import ROOT
from station.gateways import gateway_names
from tests.extending.tree import counted, missing_code, missing_names, run_in, tree_with

FOLDER = Path(__file__).parent / "province"
PAGE = (ROOT / "docs/how-to/add-a-province.md").read_text(encoding="utf-8")
#: Of the page's table.
PLACES = {
    "gateways": "station/gateways",
    "simulators": "simulators/gateways",
    "vectors": "tests/vectors",
    "unit": "tests/unit/gateways",
    "words": "station/words/zh",
}
CONTRACT = "tests/contract/gateways"
SUITES = [CONTRACT, "tests/unit/gateways", "tests/unit/test_vectors.py"]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree_with(tmp_path_factory.mktemp("province"), FOLDER, PLACES)


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_every_suite_finds_the_province_and_it_passes(tree: Path) -> None:
    done = run_in(tree, "pytest", "-q", "-k", "acme", "-p", "no:cacheprovider", *SUITES)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert counted(done.stdout, "passed") > 150
    assert counted(done.stdout, "skipped") == 0


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_province_without_a_simulator_or_vectors_is_reported(tree: Path) -> None:
    """Nothing on disk is silently untested."""
    hidden = {"a": tree / "simulators/gateways/acme", "b": tree / "tests/vectors/acme"}
    for name, folder in hidden.items():
        folder.rename(tree / name)
    try:
        wanted = "acme and (literal or link_is_good)"
        done = run_in(tree, "pytest", "-q", "-k", wanted, "-p", "no:cacheprovider", CONTRACT)
    finally:
        for name, folder in hidden.items():
            (tree / name).rename(folder)
    assert "province acme: known are henan" in done.stdout
    assert counted(done.stdout, "passed") == 0
    assert counted(done.stdout, "failed") + counted(done.stdout, "error") == 2


@pytest.mark.alone
def test_the_gates_and_the_catalogues_accept_it(tree: Path) -> None:
    gates = run_in(tree, "tests.gates")
    assert gates.returncode == 0, gates.stdout + gates.stderr
    words = run_in(tree, "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/words")
    assert words.returncode == 0, words.stdout[-4000:]


def test_the_province_is_not_in_the_product() -> None:
    assert "acme" not in gateway_names()


def test_the_page_names_what_is_there() -> None:
    places = [ROOT, ROOT / "station/gateways", ROOT / "station/core", FOLDER / "gateways/acme"]
    assert missing_names(PAGE, [*places, ROOT / "simulators/province"]) == []
    assert missing_code(PAGE, FOLDER) == []
    assert all(f"`{place}/<name>" in PAGE for place in PLACES.values())
