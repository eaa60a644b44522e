"""A fleet on real servers: stations in processes, central in another, faults, and the checks.

The seed decides who does what, which faults there are and when. What real servers and processes do
in between is theirs: `docs/explanations/scale.md` says how far two runs of a seed are the same.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa

from simulators.engines import running_postgres
from tests.fleet import mutations
from tests.fleet.checks import violations
from tests.fleet.faults import Faults
from tests.fleet.figures import bytes_in, lags, quantile
from tests.fleet.fleet import DATABASE, Fleet, Options, read_truth
from tests.rigs.carrier import nats_server

POLL: Final = 0.5  #: seconds between two looks
RULE: Final = re.compile(r"\b[FI]\d+\b")
SHOWN: Final = 20  #: violations in the line


def run(options: Options) -> dict[str, Any]:
    """Run it; return the line of figures."""
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="fleet-run-"))
    try:
        with (
            running_postgres() as postgres,
            nats_server(folder) as nats,
            mutations.broken(options.mutation),
        ):
            fleet = Fleet(options, postgres, nats)
            try:
                figures = _run(fleet, folder)
            finally:
                fleet.end()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    figures["seconds"] = round(time.monotonic() - began, 1)
    return figures


def _run(fleet: Fleet, folder: Path) -> dict[str, Any]:
    fleet.start_central()
    fleet.start_workers()
    fleet.give_work()
    fleet.begin()
    before, worked = _bytes(fleet), time.monotonic()
    faults = Faults(fleet, folder) if fleet.options.faults else None
    _work(fleet, faults)
    work = time.monotonic() - worked
    fleet.tell_all("quiet")
    wrong, heal = _heal(fleet)
    wrong += _finish(fleet)
    assert fleet.meter is not None
    cpu, memory = fleet.meter.seconds(), fleet.meter.memory()
    reports = fleet.tell_all("report")
    own: dict[str, Any] = {}
    for report in reports:
        own |= report["stations"]
    truth = read_truth(fleet.database, fleet.names, own, fleet.applicants, wrong)
    found = violations(truth)
    total = sum(len(one) for one in truth.central.values())
    happened = sum((Counter(report["faults"]) for report in reports), fleet.faults)
    late = lags(reports, fleet.stored())
    return {
        "stations": fleet.options.stations,
        "seed": fleet.options.seed,
        "plan": faults.digest if faults is not None else "",
        "cards": sum(one["cards"] for one in truth.stations.values()),
        "events": total,
        "faults": dict(sorted(happened.items())),
        "violations": len(found),
        "rules": sorted({rule for one in found for rule in RULE.findall(one)}),
        "lag_p99_seconds": quantile(late, 0.99),
        "lag_p50_seconds": quantile(late, 0.5),
        "work_seconds": round(work, 1),
        "heal_seconds": round(heal, 1),
        "assignments": dict(Counter(one["state"] for one in truth.assignments.values())),
        "cpu_per_1000_events": {
            part: round(seconds * 1000 / max(1, total), 3) for part, seconds in cpu.items()
        },
        "memory_mib": memory,
        "bytes_per_event": {
            part: round((after - before[part]) / max(1, total))
            for part, after in _bytes(fleet).items()
        },
        "found": found[:SHOWN],
    }


def _work(fleet: Fleet, faults: Faults | None) -> None:
    """Let the windows work until the faults are over."""
    options, began = fleet.options, time.monotonic()
    while True:
        passed = time.monotonic() - began
        if faults is not None:
            faults.due()
            for name in faults.silent:
                fleet.override(name)
        fleet.assign(passed / options.over if options.over else 1.0)
        fleet.assign_the_free()
        if passed > options.seconds and (faults is None or faults.over):
            return
        threading.Event().wait(POLL)


def _heal(fleet: Fleet) -> tuple[list[str], float]:
    """Wait until central has all that was there when the faults stopped; or say what it lacks."""
    began, before = time.monotonic(), fleet.state()
    while True:
        left = fleet.behind(before)
        passed = time.monotonic() - began
        if not left:
            return [], passed
        if passed > fleet.options.heal:
            return [f"F5 {name} is not equal after {passed:.0f} s" for name in left], passed
        threading.Event().wait(POLL)


def _finish(fleet: Fleet) -> list[str]:
    """Let everybody be served and everything be answered; return what is not."""
    began = time.monotonic()
    while True:
        fleet.assign_the_free()
        left, aside = fleet.differing(), fleet.forked()
        unanswered = [
            row.id
            for row in fleet.assignments()
            if row.state in ("sent", "withdrawing") and row.station not in aside
        ]
        if not left and not unanswered:
            return []
        if time.monotonic() - began > fleet.options.longest:
            return [f"F5 {name} is not done" for name in left]
        threading.Event().wait(POLL)


def _bytes(fleet: Fleet) -> dict[str, int]:
    with fleet.database.transaction() as connection:
        size = connection.execute(sa.select(sa.func.pg_database_size(DATABASE))).scalar_one()
    return {"nats": bytes_in(fleet.nats.folder), "postgres": int(size)}
