"""Journals that commit 745ef76 wrote open, migrate, and every order in them finishes.

`tests/fixtures/journals_745ef76/make.txt` made them: one window per scene, with an order at every
step, or with an effect whose outcome was lost in a power cut, and what was true of the world then.
"""

from __future__ import annotations

import io
import json
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from station.core.gateways import ReportOutcome
from station.core.life import FINAL
from station.core.orders import CardFate, OrderKind, OrderStep, WriteBackState
from station.core.printing import CardPosition
from station.journal.schema import stored_version
from station.journal.tables import SCHEMA_VERSION
from station.production.life.steps import report
from tests.unit.production.conftest import IN_MEMORY
from tests.unit.production.doubles import Bench, Card, production_data
from tests.unit.production.in_place import Walk, tell_the_truth

ARCHIVE: Final = Path("tests/fixtures/journals_745ef76/scenes.tar.xz")
S = OrderStep

#: Where each kind of order is done.
DONE: Final = {OrderKind.FULL: S.ACTIVATED, OrderKind.FACE_ONLY: S.RELEASED}
#: Scenes that end otherwise: what the person who pressed has asked for in them.
ENDS: Final = {
    "cancelled": S.CANCELLED,
    "spoiled": S.SPOILED,
    "reject-before": S.SPOILED,  # the card is inside, and was called spoiled: into the bin again
    "reject-after": S.SPOILED,
    "cancel-before": S.ACTIVATED,  # likewise
    "cancel-after": S.CANCELLED,
    "stranger-out-after": S.APPROVED,
    "stranger-out-before": S.APPROVED,  # another holder's card: it goes out, the order waits
}


def scenes() -> dict[str, dict[str, bytes]]:
    found: dict[str, dict[str, bytes]] = {}
    with tarfile.open(fileobj=io.BytesIO(ARCHIVE.read_bytes())) as archive:
        for member in archive:
            content = archive.extractfile(member)
            assert content is not None
            scene, _, name = member.name.partition("/")
            found.setdefault(scene, {})[name] = content.read()
    return found


SCENES: Final = scenes()


def card(stored: dict[str, Any]) -> Card:
    holder = production_data(stored["holder"]).chip if stored["holder"] else None
    return Card(stored["serial"], holder=holder, printed=stored["printed"])


@pytest.fixture(params=sorted(SCENES))
def scene(request: pytest.FixtureRequest) -> Iterator[tuple[str, Bench, dict[str, Any]]]:
    files = SCENES[request.param]
    with tempfile.TemporaryDirectory(dir=IN_MEMORY if IN_MEMORY.is_dir() else None) as folder:
        for name, content in files.items():
            (Path(folder) / name).write_bytes(content)
        window, world = Bench(Path(folder)), json.loads(files["world.json"])
        take_over(window, world)
        yield request.param, window, world
        window.journal.close()


def take_over(window: Bench, world: dict[str, Any]) -> None:
    machine, province = window.machine, window.province
    machine.path = card(world["path"]) if world["path"] else None
    machine.position = CardPosition(world["position"])
    machine.feeder = [card(one) for one in world["feeder"]]
    machine.out = [card(one) for one in world["out"]]
    machine.rejected = [card(one) for one in world["rejected"]]
    machine.counts = Counter(world["counts"])
    machine.jobs, machine.ribbon = set(world["jobs"]), world["ribbon"]
    province.activated = list(world["activated"])
    told = window.journal.outbox.rows()
    province.reports = [
        window.journal.outbox.report(row.id) for row in told if row.outcome in world["reported"]
    ]


def finish(order: Walk) -> None:
    window = order.window
    for _ in range(60):
        record = order.record
        owed = window.journal.outbox.rows(WriteBackState.OWED)
        if record.step in FINAL and not owed:
            return
        if record.step is DONE[record.kind] and not owed:
            return
        if tell_the_truth(window, order.id) is None and not order.step():
            record = order.record
            if record.hold is not None and record.hold.code == "not-the-holders-card":
                return


def test_an_order_of_an_older_journal_is_finished(
    scene: tuple[str, Bench, dict[str, Any]],
) -> None:
    name, window, world = scene
    assert stored_version(window.journal._engine) == SCHEMA_VERSION
    order = Walk(window, world["order"])
    assert order.record.step == world["step"]
    opened = {effect.kind.value for effect in window.journal.effects.open()}
    assert opened == {kind for kind, _ in world["open"]}
    order.restart()
    finish(order)
    assert order.record.step is ENDS.get(name, DONE[order.record.kind]), order.record.hold
    assert window.journal.effects.open() == []
    window.journal.history.verify_chain()
    for one in (*window.machine.out, *window.machine.rejected):
        # A face that was printed again (补打卡面) is on the card twice; another one never is.
        assert one.printed in ("", one.identity().AAZ500, one.identity().AAZ500 * 2)
    outcomes = Counter(one.outcome for one in window.province.reports)
    assert outcomes[ReportOutcome.ISSUED] <= 1
    inside = window.journal.cards.in_machine()
    assert bool(inside) == (window.machine.path is not None)
    fates = {row.fate for row in window.journal.cards.of(order.id)}
    if order.record.step is S.SPOILED:
        assert fates == {CardFate.SPOILED}
        assert not report.owed_reports(window.bench, order.record)
