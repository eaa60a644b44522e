import itertools
from pathlib import Path

import pytest

from station.core.errors import NameNotEncodableError
from station.face.text.fonts import FontChain
from tests.reports.invented_names import BLOCKS, invented_names
from tests.reports.names import NameCheck, Verdict, judged, name_check, write_report

COUNT = 1000


@pytest.fixture(scope="module")
def check() -> NameCheck:
    return name_check()


def test_a_thousand_names_are_set_or_refused_by_character(check: NameCheck, tmp_path: Path) -> None:
    """`python -m tests.reports.names` does the same for 20,000."""
    rows = list(judged(check, COUNT))
    assert [row for row in rows if row[1].outcome == "FAULT"] == []
    must_be_set = {
        "usual", "compound surname", "two surnames", "minority", "minority, three parts",
        "25 characters", "25 characters without dot", "Latin", "Latin, 50 characters", "mixed",
    }  # fmt: skip
    for invented, verdict in rows:
        if invented.kind in must_be_set:
            assert verdict.outcome == "set", invented
        elif invented.kind in ("refused character", "combining mark"):
            assert verdict.outcome == "no-glyph"
        elif invented.kind == "too long":
            assert verdict.outcome == "too-long"
        else:
            assert invented.kind in BLOCKS
    summary = write_report(tmp_path / "names.tsv", rows)
    assert summary["names"] == COUNT
    assert summary["faults"] == 0
    assert len((tmp_path / "names.tsv").read_text(encoding="utf-8").splitlines()) == COUNT + 2


def test_names_are_the_same_for_the_same_seed_and_of_every_kind() -> None:
    first = list(invented_names(60, seed=5))
    assert first == list(invented_names(60, seed=5))
    assert first != list(invented_names(60, seed=6))
    assert len({invented.kind for invented in first}) >= 20
    assert all(
        len(invented.name) == 25
        for invented in itertools.islice(invented_names(500), 500)
        if invented.kind.startswith("25 characters")
    )


def test_the_report_notices_an_empty_box(check: NameCheck, monkeypatch: pytest.MonkeyPatch) -> None:
    check.fonts._setters.clear()
    monkeypatch.setattr(FontChain, "_font_for", lambda *_: 0)
    assert check.judge("王𡿡").outcome == "FAULT"
    check.fonts._setters.clear()


def test_the_report_notices_a_needless_refusal(
    check: NameCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise NameNotEncodableError("no", details={"character": "王"})

    monkeypatch.setattr(FontChain, "runs", refuse)
    assert check.judge("王明") == Verdict("FAULT", "U+738B was refused though a font has it")


def test_the_report_notices_ink_outside_the_room(
    check: NameCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    width = FontChain.width
    monkeypatch.setattr(FontChain, "width", lambda *args: 0.95 * width(*args))
    assert check.judge("测" * 19) == Verdict("FAULT", "ink outside the room")
