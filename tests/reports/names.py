"""Sets thousands of invented names as the face does and writes down how each one went.

`python -m tests.reports.names --count 20000`. Every name ends in one of three ways: set (every
character has ink, none is a font's empty box, all ink lies in the field's room but for the marks
of Latin capitals), refused for a
character that no font has or no name may hold, or refused as too long. Anything else is a fault.

Which characters the fonts have is asked of fontTools, not of the station's own reader.
"""

from __future__ import annotations

import argparse
import collections
import functools
import json
import sys
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
from fontTools.ttLib import TTFont

from station.core.errors import NameNotEncodableError
from station.core.faces import PrintGeometry
from station.face import default_font_files
from station.face.template.card import MM_PER_POINT
from station.face.template.grid import CardGrid
from station.face.template.model import HAIR_MM, OVERSHOOT_EM, FaceValue, TextField, load_template
from station.face.text.fonts import FontChain
from station.face.text.glyph import Plane, draw_glyph
from station.face.text.typesetting import fit_text, set_field
from tests.reports.invented_names import InventedName, invented_names

ROOT: Final = Path(__file__).parents[2]
TEMPLATE: Final = ROOT / "config" / "faces" / "henan-3.toml"
CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
NOT_DEFINED: Final = "\U0010fffd"  # in no font: the font answers with its empty box
SIGNS: Final = frozenset("?？□■〓\ufffd")


class Verdict(NamedTuple):
    """How one name went."""

    outcome: str  # set, no-glyph, too-long, FAULT
    what: str  # size and lines, or the character, or the fault


@dataclass(frozen=True, eq=False)
class NameCheck:
    """The name field of one template with one chain of fonts."""

    field: TextField
    fonts: FontChain
    files: Sequence[Path]
    grid: CardGrid

    def judge(self, name: str) -> Verdict:
        """Set one name and look at the dots."""
        lost = sorted(SIGNS & set(name))
        if lost:
            return Verdict("no-glyph", _named(lost[0]))  # `values.field_text` refuses it
        try:
            setting = fit_text(self.field, name, self.grid, self.fonts)
        except NameNotEncodableError as exc:
            return self._judge_refusal(name, exc)
        faults = [*self._tofu(name), *self._overflow(name)]
        if faults:
            return Verdict("FAULT", "; ".join(faults))
        fonts = "+".join(sorted({self.files[r.font].stem for line in setting.lines for r in line}))
        return Verdict("set", f"{setting.size_pt:g} pt, {len(setting.lines)} line(s), {fonts}")

    def _judge_refusal(self, name: str, refusal: NameNotEncodableError) -> Verdict:
        if refusal.code == "text-too-long":
            return Verdict("too-long", f"{len(name)} characters")
        character = refusal.details["character"]
        if character not in name:
            return Verdict("FAULT", "the refusal names a character that is not in the name")
        may_be_set = unicodedata.category(character)[0] in "LNPSZ"
        if may_be_set and any(ord(character) in covered(file) for file in self.files):
            return Verdict("FAULT", f"{_named(character)} was refused though a font has it")
        return Verdict("no-glyph", _named(character))

    def _tofu(self, name: str) -> Iterator[str]:
        for run in self.fonts.runs(name, field="AAC003"):
            for character in run.text:
                if character == " ":
                    continue
                if ord(character) not in covered(self.files[run.font]):
                    yield f"{_named(character)} is not in {self.files[run.font].stem}"
                ink = self.fonts.glyph(run.font, character, 30).ink
                if not ink.any() or np.array_equal(ink, self._empty_box(run.font)):
                    yield f"{_named(character)} is an empty box"

    @functools.cache  # noqa: B019 - one check lives as long as the report
    def _empty_box(self, font: int) -> Plane:
        return draw_glyph(self.fonts.font(font, 30), NOT_DEFINED).ink

    def _overflow(self, name: str) -> Iterator[str]:
        plane = np.zeros(self.grid.shape, np.uint8)
        set_field(plane, self.field, name, self.grid, self.fonts)
        over_mm = OVERSHOOT_EM * self.field.size_pt * MM_PER_POINT
        room = self.grid.box(self.field.box.grown(HAIR_MM, over_mm))
        inside = int(np.count_nonzero(plane[room.area]))
        if not inside:
            yield "nothing was drawn"
        if inside != np.count_nonzero(plane):
            yield "ink outside the room"


def name_check(files: Sequence[Path] | None = None) -> NameCheck:
    """Return the check for the shipped template's name without its label."""
    files = files or default_font_files()
    front = load_template(TEMPLATE).front
    field = next(field for field in front.text if field.value is FaceValue.AAC003)
    bare = field.model_copy(update={"label": "", "label_x_mm": None})
    return NameCheck(bare, FontChain(files), files, CardGrid(CS220E))


@functools.cache
def covered(file: Path) -> frozenset[int]:
    """Return the characters of a font as fontTools reads them."""
    face = 2 if file.suffix == ".ttc" else 0  # the simplified face of Noto's collections
    with TTFont(file, lazy=True, fontNumber=face) as font:
        return frozenset(font.getBestCmap())


def judged(check: NameCheck, count: int, seed: int = 1) -> Iterator[tuple[InventedName, Verdict]]:
    """Yield every name with its verdict."""
    for invented in invented_names(count, seed):
        yield invented, check.judge(invented.name)


def write_report(file: Path, rows: Sequence[tuple[InventedName, Verdict]]) -> dict[str, object]:
    """Write one line per name below a summary per kind; return the summary."""
    table: dict[str, collections.Counter[str]] = collections.defaultdict(collections.Counter)
    for invented, verdict in rows:
        table[invented.kind][verdict.outcome] += 1
    faults = sum(counts["FAULT"] for counts in table.values())
    summary: dict[str, object] = {"names": len(rows), "faults": faults, "kinds": table}
    lines = [f"# {json.dumps(summary, ensure_ascii=False)}", "kind\tname\toutcome\twhat"]
    lines += [
        f"{invented.kind}\t{_shown(invented.name)}\t{verdict.outcome}\t{verdict.what}"
        for invented, verdict in rows
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return summary


def _shown(name: str) -> str:
    return "".join(c if unicodedata.category(c)[0] != "C" else f"<U+{ord(c):04X}>" for c in name)


def _named(character: str) -> str:
    return f"U+{ord(character):04X}"


def main() -> int:
    """Write the report; the exit status is 1 when a name went wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "names.tsv")
    parser.add_argument("--font", type=Path, action="append", help="instead of the default fonts")
    options = parser.parse_args()
    summary = write_report(
        options.out, list(judged(name_check(options.font), options.count, options.seed))
    )
    for kind, counts in summary["kinds"].items():  # type: ignore[attr-defined]
        sys.stdout.write(f"{kind:28} {dict(counts)}\n")
    sys.stdout.write(f"{summary['names']} names, {summary['faults']} faults -> {options.out}\n")
    return 1 if summary["faults"] else 0


if __name__ == "__main__":
    sys.exit(main())
