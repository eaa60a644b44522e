"""`make bench-batch`: a list of 5,000 people with pictures, from the files to the last check.

Everything is real but the printer and the province: the journal on the disk, the rules of the
site's photo profile, the picture process. Prints one JSON line, and fails when it takes longer than
four minutes or when the report names other rows than those that are wrong.
"""

from __future__ import annotations

import argparse
import io
import json
import resource
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from simulators.province.portraits import draw_portrait
from station.batches.photos import photos_in
from station.batches.service import NewBatch
from station.clock import monotonic
from station.core.batches import PhotoState, RowState
from station.pictures import build_pictures
from station.settings import load_settings
from tests.rigs.batches import batch_service
from tests.unit.batches.lists import as_xlsx, good, number
from tests.unit.production.doubles import Bench
from tests.unit.production.in_place import service

MOST_SECONDS: Final = 240.0
MOST_MEGABYTES: Final = 400.0
PART: Final = 8_000_000  #: bytes of pictures in one request
CLERK: Final = "clerk"


def portrait() -> bytes:
    """Return a portrait that fits the site's rules, drawn by our own code."""
    return draw_portrait(1, number(1), "1", number(1)[6:14])


def parts(people: int, jpeg: bytes) -> Iterator[bytes]:
    """Yield zips of pictures, each another file, as the command line sends them."""
    file = io.BytesIO()
    packed = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)
    size = 0
    for line in range(1, people + 1):
        content = jpeg + line.to_bytes(4, "big")
        packed.writestr(f"{number(line)}.jpg", content)
        size += len(content)
        if size > PART or line == people:
            packed.close()
            yield file.getvalue()
            file, size = io.BytesIO(), 0
            packed = zipfile.ZipFile(file, "w", zipfile.ZIP_STORED)


def cpu_seconds() -> float:
    """Return what this process and its ended children took of the processor."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def run(people: int, folder: Path) -> dict[str, object]:
    """Take the list and its pictures over, check all, and return the figures."""
    window = Bench(folder)
    pictures = build_pictures(load_settings(Path("config/station.toml")))
    equipment = replace(window.bench.equipment, faces=pictures.faces)
    batches = batch_service(window.journal, equipment, service(window), folder)
    rows = [good(line) for line in range(1, people + 1)]
    wrong = {line for line in range(1, people + 1) if line % 50 == 7}
    for line in wrong:
        rows[line - 1][4] = "410701199003074535"
    content, jpeg = as_xlsx(rows), portrait()
    began = monotonic()
    batch, _ = batches.add(NewBatch(content, "bench"), CLERK)
    read = monotonic()
    for part in parts(people, jpeg):
        batches.photos.take(batch, photos_in(part), CLERK)
    stored = monotonic()
    while batches.photos.check_some():
        left = window.journal.batch_photos.counts(batch)[PhotoState.NEW]
        if left % 500 == 0:
            sys.stderr.write(f"{left} pictures left\n")
    ended = monotonic()
    faulty = {row.head.line for row in window.journal.batches.rows(batch, (RowState.FAULTY,))}
    now = batches.photos.now(batch)
    pictures.close()
    window.journal.close()
    return {
        "people": people,
        "seconds": round(ended - began, 1),
        "list_seconds": round(read - began, 1),
        "photos_stored_seconds": round(stored - read, 1),
        "photos_checked_seconds": round(ended - stored, 1),
        "cpu_seconds": round(cpu_seconds(), 1),
        "megabytes": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "picture_process_megabytes": round(
            resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, 1
        ),
        "faulty_as_meant": faulty == wrong,
        "checked": {state.value: count for state, count in now.counts.items()},
        "missing": len(now.missing),
        "unmatched": len(now.unmatched),
    }


def main() -> int:
    """Run and judge; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=5000)
    people = parser.parse_args().people
    with tempfile.TemporaryDirectory() as folder:
        found = run(people, Path(folder))
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    quick = float(str(found["seconds"])) <= MOST_SECONDS
    small = float(str(found["megabytes"])) <= MOST_MEGABYTES
    return 0 if quick and small and found["faulty_as_meant"] else 1


if __name__ == "__main__":
    sys.exit(main())
