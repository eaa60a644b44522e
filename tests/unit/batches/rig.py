"""The service of batches on a window in memory, and pictures for its people."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping

from station.batches.service import BatchService, NewBatch
from station.core.batches import PhotoNaming
from tests.rigs.batches import batch_service
from tests.unit.batches.lists import as_csv
from tests.unit.production.doubles import Bench
from tests.unit.production.in_place import service

CLERK = "clerk"


def batches(window: Bench) -> BatchService:
    """Return the service; each call makes a new one on the same journal."""
    return batch_service(window.journal, window.bench.equipment, service(window), window.folder)


def batch_of(
    window: Bench, rows: Iterable[list[object]], naming: PhotoNaming = PhotoNaming.NUMBER
) -> str:
    """Make a batch of rows; returns its id."""
    made, _ = batches(window).add(NewBatch(as_csv(rows), "一车间", naming=naming), CLERK)
    return made


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return a zip as a person makes one."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return file.getvalue()
