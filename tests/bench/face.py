"""`python -m tests.bench.face`: how long a card's two sides take, from photo bytes to panels.

Measured beside it in the same run, round by round: what Pillow alone needs to decode and resize the
same photo and to draw the same words. Every round has another person: no glyph, photo or plane of
the round before helps, but what a station has drawn in a day it keeps (fonts, digits, labels).

The preview is not on the way of an order and is timed apart. So is the photo check, which is made
once, when the picture arrives. On a machine that others use too, the processor's time tells more
than the clock; both are printed.
"""

from __future__ import annotations

import argparse
import functools
import io
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from simulators.province.portraits import draw_portrait
from station.core.cards import ChipData
from station.core.faces import PrintGeometry
from station.core.gateways import ProductionData
from station.face import TemplateRenderer, default_font_files, load_renderer
from tests.bench.report import finish, median, percentile, say
from tests.reports.invented_names import invented_names
from tests.rigs.faces import render_person

ROOT: Final = Path(__file__).parents[2]
CS220E: Final = PrintGeometry(width_dots=1014, height_dots=642, dpi=300)
PHOTO_BOX: Final = (236, 295)
EM_DOTS: Final = 8 * 300 / 72
GOAL_MS: Final = 30.0
USUAL: Final = frozenset({"usual", "compound surname", "minority", "25 characters", "Latin"})


def main() -> int:
    """Print the figures and, last, one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=60)
    rounds = parser.parse_args().rounds
    renderer = load_renderer(
        ROOT / "config" / "faces" / "henan-3.toml",
        ROOT / "config" / "photos" / "xinxiang.toml",
        default_font_files(),
    )
    started = time.perf_counter()
    renderer.prepare(CS220E)
    prepared = time.perf_counter() - started
    people = invented_people(rounds)
    render_person(renderer, people.pop(), CS220E, duplex=True)
    taken = measure(renderer, people)
    figures = {
        "both_sides_ms_p50": 1000 * median(taken.ours.wall),
        "both_sides_ms_p95": 1000 * percentile(taken.ours.wall, 0.95),
        "both_sides_ms_min": 1000 * min(taken.ours.wall),
        "both_sides_cpu_ms_p50": 1000 * median(taken.ours.cpu),
        "preview_front_ms_p50": 1000 * median(taken.previews.wall),
        "prepare_ms": 1000 * prepared,
        "photo_check_ms_p50": 1000 * median(taken.checks.wall),
    }
    peers = {
        "pillow_floor_ms_p50": 1000 * median(taken.floor.wall),
        "pillow_floor_cpu_ms_p50": 1000 * median(taken.floor.cpu),
    }
    ratios = {
        "over_pillow_floor": _median_ratio(taken.ours.wall, taken.floor.wall),
        "over_pillow_floor_cpu": _median_ratio(taken.ours.cpu, taken.floor.cpu),
    }
    for name, value in {**figures, **peers, **ratios}.items():
        say(f"{name:24} {value:8.2f}")
    say(f"goal: both_sides_ms_p50 <= {GOAL_MS:g}")
    finish("face", runs=rounds, figures=figures, peers=peers, ratios=ratios)
    return 0


@dataclass(slots=True)
class Seconds:
    """What one kind of work took, round by round."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def time(self, work: Callable[[], object]) -> None:
        """Do the work and write down how long it took."""
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        self.cpu.append(time.process_time() - cpu)
        self.wall.append(time.perf_counter() - wall)


@dataclass(slots=True)
class Taken:
    """What the rounds took."""

    ours: Seconds = field(default_factory=Seconds)
    floor: Seconds = field(default_factory=Seconds)
    previews: Seconds = field(default_factory=Seconds)
    checks: Seconds = field(default_factory=Seconds)


def measure(renderer: TemplateRenderer, people: list[ProductionData]) -> Taken:
    """Time both sides, the floor, a preview and a photo check of every person."""
    renderer.check_photo(people[0].photo_jpeg)
    font, taken = floor_font(), Taken()
    for person in people:
        taken.ours.time(functools.partial(render_person, renderer, person, CS220E, duplex=True))
        taken.floor.time(functools.partial(pillow_alone, person, font))
        front = render_person(renderer, person, CS220E, duplex=False).front
        taken.previews.time(functools.partial(getattr, front, "preview_png"))
        taken.checks.time(functools.partial(renderer.check_photo, person.photo_jpeg))
    return taken


def _median_ratio(ours: list[float], floor: list[float]) -> float:
    return median([a / b for a, b in zip(ours, floor, strict=True)])


def pillow_alone(person: ProductionData, font: ImageFont.FreeTypeFont) -> None:
    """Decode and resize the photo, draw the same words: less than any renderer must do."""
    photo = Image.open(io.BytesIO(person.photo_jpeg))
    photo.resize(PHOTO_BOX, Image.Resampling.LANCZOS)
    side = Image.new("L", (CS220E.width_dots, CS220E.height_dots))
    pen = ImageDraw.Draw(side)
    chip = person.chip
    words = (
        "姓名", chip.AAC003, "社会保障号码", chip.AAC002, "社会保障卡号", chip.AAZ500, "发卡日期",
        "2025年6月", "卡号", chip.AAZ500, "发卡机构", person.issuer, "有效期限", "至2035年6月17日",
        "服务电话", "12333",
    )  # fmt: skip
    for number, text in enumerate(words):
        pen.text((320, 20 + 36 * number), text, fill=255, font=font)


def floor_font() -> ImageFont.FreeTypeFont:
    """Return the first font of the chain, open."""
    file = default_font_files()[0]
    return ImageFont.truetype(str(file), EM_DOTS, layout_engine=ImageFont.Layout.BASIC)


def invented_people(count: int) -> list[ProductionData]:
    """Return people with different names, numbers and portraits, and one more to warm up."""
    names = [n.name for n in invented_names(40 * (count + 1)) if n.kind in USUAL][: count + 1]
    return [_person(name, number) for number, name in enumerate(names)]


def _person(name: str, number: int) -> ProductionData:
    id_number = f"4107021988030{number:05d}"
    return ProductionData(
        chip=ChipData(
            AAC002=id_number,
            AAC003=name,
            AAC004="1",
            AAC005="01",
            AAC025="410702",
            AAC006="19880305",
            AAZ500=f"A{10_000_000 + number}",
            AAZ503="20250618",
            valid_until="20350617",
        ),
        batch="T0001",
        AAE008="95533",
        bank_name="测试银行",
        AAB301="410700",
        issuer="新乡市社会保障卡管理中心",
        photo_jpeg=draw_portrait(9, id_number, "12"[number % 2], "19880305"),
    )


if __name__ == "__main__":
    sys.exit(main())
