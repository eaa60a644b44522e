"""A card profile is added by adding its folders: nothing else is edited, everything finds it."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulators.child import ROOT
from station.encoder import profile_names
from tests.extending.tree import counted, missing_code, missing_names, run_in, tree_with

FOLDER = Path(__file__).parent / "card_profile"
PAGE = (ROOT / "docs/how-to/add-a-card-profile.md").read_text(encoding="utf-8")
#: Of the page's table.
PLACES = {
    "profiles": "station/encoder/profiles",
    "simulators": "simulators/cards",
    "vectors": "tests/vectors",
    "unit": "tests/unit/encoder/profiles",
}
SUITES = [
    "tests/contract/test_card_profile_contract.py",
    "tests/unit/encoder",
    "tests/unit/test_vectors.py",
]


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tree_with(tmp_path_factory.mktemp("profile"), FOLDER, PLACES)


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_every_suite_finds_the_profile_and_it_passes(tree: Path) -> None:
    done = run_in(tree, "pytest", "-q", "-k", "acme", "-p", "no:cacheprovider", *SUITES)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr
    assert counted(done.stdout, "passed") >= 13
    assert counted(done.stdout, "skipped") == 0


@pytest.mark.alone
@pytest.mark.timeout(600)
def test_a_profile_without_a_simulated_card_or_vectors_is_reported(tree: Path) -> None:
    """Nothing on disk is silently untested."""
    hidden = tree / "simulators/cards/acme"
    vectors = tree / "tests/vectors/acme"
    hidden.rename(tree / "hidden")
    vectors.rename(tree / "hidden_vectors")
    try:
        done = run_in(tree, "pytest", "-q", "-k", "acme", "-p", "no:cacheprovider", SUITES[0])
    finally:
        (tree / "hidden").rename(hidden)
        (tree / "hidden_vectors").rename(vectors)
    assert "No module named 'simulators.cards.acme'" in done.stdout
    assert "no vectors in tests/vectors/acme" in done.stdout
    assert counted(done.stdout, "passed") == 0


def test_the_gates_accept_it(tree: Path) -> None:
    gates = run_in(tree, "tests.gates")
    assert gates.returncode == 0, gates.stdout + gates.stderr


def test_the_profile_is_not_in_the_product() -> None:
    assert "acme" not in profile_names()


def test_the_page_names_what_is_there() -> None:
    assert missing_names(PAGE, [ROOT, ROOT / "station/encoder", FOLDER / "profiles/acme"]) == []
    assert missing_code(PAGE, FOLDER) == []
    assert all(f"`{place}/<name>/`" in PAGE for place in PLACES.values())
