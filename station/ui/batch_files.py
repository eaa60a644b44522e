"""批次: the list of all batches, and the forms by which files come in."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Annotated, Final

from fastapi import APIRouter, Depends, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from station import __version__
from station.batches.intake import Taken
from station.batches.photos import PhotosTaken, pictures_of
from station.batches.service import BatchService, NewBatch, ProvinceList
from station.core.batches import RowState
from station.core.characters import has_hidden_characters
from station.core.errors import InputError, StationError
from station.ui import batch_panels as panels
from station.ui.batch_contents import BatchChoice, BatchesPage
from station.ui.batch_forms import UNIT, Sent
from station.ui.batch_pages import NOTHING, BatchId, Said, batches_of, done_by, shown
from station.ui.batch_panels import Place, choices
from station.ui.doors_pages import panels_of
from station.ui.notices import refusal
from station.web import SentForm, caller_of, files_of
from station.words import text

router = APIRouter(prefix="/batches", include_in_schema=False)
#: Routes that take files.
files = APIRouter(prefix="/batches", include_in_schema=False)


async def _files(request: Request) -> SentForm:
    return files_of(request)


Files = Annotated[SentForm, Depends(_files)]
MOST_SHOWN: Final = 100  #: batches, newest first
LONGEST_TITLE: Final = 60


@router.get("")
def batches_page(request: Request) -> HTMLResponse:
    """Every batch, newest first."""
    return _all(request)


def _all(request: Request, said: Said = NOTHING) -> HTMLResponse:
    batches, around = batches_of(request), panels_of(request)
    page = BatchesPage(
        window=around.window,
        version=__version__,
        notice=said.notice,
        done=said.done,
        request=secrets.token_hex(16),
        units=tuple(BatchChoice(one.number, one.name) for one in batches.units.all()),
        namings=choices(panels.NAMINGS),
        at_province=batches.banks.is_offered,
        batches=tuple(panels.batch_line(one) for one in batches.newest(MOST_SHOWN)),
    )
    return HTMLResponse(around.page(page), status_code=said.status)


def _one_file(form: SentForm, name: str = "file") -> tuple[str, bytes]:
    sent = form.sent(name)
    if len(sent) != 1:
        raise InputError("one file is expected")
    return sent[0]


def _into_batch(
    request: Request, take: Callable[[BatchService, str], tuple[str, str]]
) -> HTMLResponse:
    """Take a file that makes a batch, and show the batch, or the list with the refusal."""
    try:
        batch, done = take(batches_of(request), caller_of(request).name)
    except StationError as exc:
        return _all(request, Said(refusal(exc), status=exc.http_status))
    return _imported(request, batch, Said(done=done))


def _imported(request: Request, batch: str, said: Said) -> HTMLResponse:
    """Show the rows of a batch after an import: the faulty ones first, where there are any."""
    faulty = batches_of(request).one(batch).counts[RowState.FAULTY]
    return shown(request, batch, "rows", Place(RowState.FAULTY.value if faulty else ""), said)


@router.get("/package")
@router.get("/province")
@router.get("/receipts")
def reopened_file() -> RedirectResponse:
    """A file is not sent again by opening its address: go to the list."""
    return RedirectResponse("/batches", status_code=303)


@files.post("")
def add_batch(request: Request, form: Files) -> HTMLResponse:
    """批量导入: a list becomes a batch."""

    def take(batches: BatchService, actor: str) -> tuple[str, str]:
        name, content = _one_file(form)
        stem = name.rpartition(".")[0] or name
        title = form.text("title", LONGEST_TITLE).strip() or stem[:LONGEST_TITLE]
        unit = form.text("unit", 32).strip()
        if not title or has_hidden_characters(title) or not UNIT.fullmatch(unit):
            raise InputError("title or unit can't be used")
        wish = NewBatch(
            content,
            title,
            unit,
            panels.naming_of(form.text("naming", 16)),
            key=f"page {form.text('request', 64) or secrets.token_hex(16)}",
        )
        batch, taken = batches.add(wish, actor)
        return batch, _told(batches, batch, taken)

    return _into_batch(request, take)


@files.post("/package")
def take_package(request: Request, form: Files) -> HTMLResponse:
    """报盘文件导入: a unit's package becomes a batch, or a part of it is added."""

    def take(batches: BatchService, actor: str) -> tuple[str, str]:
        taken = batches.take_package(_one_file(form)[1], actor)
        done = _photos_told(taken.photos)
        if taken.list is not None:
            done = f"{_told(batches, taken.batch, taken.list)} {done}"
        if taken.missing:
            missing = text("batch-list.comma").join(taken.missing)
            done += text("batch-page.parts-missing", parts=missing)
        return taken.batch, done

    return _into_batch(request, take)


@files.post("/receipts")
def take_receipt(request: Request, form: Files) -> HTMLResponse:
    """回执: the data centre's receipt for a part of the results."""

    def do(batches: BatchService, actor: str) -> Said:
        try:
            content = _one_file(form)[1].decode("utf-8-sig")
        except UnicodeDecodeError as exc:
            raise InputError("this is not a receipt") from exc
        taken = batches.results.take_receipt(content, actor)
        title = batches.one(taken.batch).batch.title
        done = text("batch-page.receipt", title=title, part=taken.part, refused=taken.refused)
        return Said(done=done)

    return _all(request, done_by(request, do))


@router.post("/province")
def fetch_batch(request: Request, sent: Sent) -> HTMLResponse:
    """按批次号取名单: the province's list becomes a batch, or what differs in it is taken over."""

    def take(batches: BatchService, actor: str) -> tuple[str, str]:
        number, unit = sent.number.strip(), sent.unit.strip()
        if not number or not UNIT.fullmatch(number) or not UNIT.fullmatch(unit):
            raise InputError("this is not a batch number, or not a unit")
        wish = ProvinceList(number, unit=unit, naming=panels.naming_of(sent.naming))
        batch, taken = batches.fetch(wish, actor)
        return batch, _told(batches, batch, taken)

    return _into_batch(request, take)


@files.post("/{batch}/list")
def correct_batch(request: Request, batch: BatchId, form: Files) -> HTMLResponse:
    """修改后重新导入: only what differs is changed."""

    def do(batches: BatchService, actor: str) -> Said:
        taken = batches.correct(batch, _one_file(form)[1], actor)
        return Said(done=_told(batches, batch, taken))

    batches_of(request).one(batch)
    return _imported(request, batch, done_by(request, do))


@files.post("/{batch}/photos", response_model=None)
def take_photos(request: Request, batch: BatchId, form: Files) -> Response:
    """照片导入: zips and pictures; the page's script sends many of them in several requests."""
    counted: dict[str, int] = {}

    def do(batches: BatchService, actor: str) -> Said:
        sent = form.sent("files")
        if not sent:
            raise InputError("no file was chosen")
        taken = batches.photos.take(batch, pictures_of(sent), actor)
        counted.update(_counted(taken))
        return Said(done=_photos_told(taken))

    batches_of(request).one(batch)
    said = done_by(request, do)
    if "x-press" not in request.headers:
        return shown(request, batch, "photos", Place(), said)
    if said.notice is None:
        return JSONResponse(counted)
    refused = said.notice
    told = f"{refused.title} {refused.cause} {refused.remedy}"
    return JSONResponse({"told": told}, status_code=said.status)


def _counted(taken: PhotosTaken) -> dict[str, int]:
    refused = len(taken.refused)
    return {
        "added": taken.added,
        "known": taken.known,
        "matched": taken.matched,
        "refused": refused,
    }


def _told(batches: BatchService, batch: str, taken: Taken) -> str:
    done = text(
        "batch-page.taken",
        added=taken.added,
        changed=taken.changed,
        unchanged=taken.unchanged,
        faulty=batches.one(batch).counts[RowState.FAULTY],
    )
    if not taken.locked:
        return done
    lines = text("batch-list.comma").join(str(one.line) for one in taken.locked)
    return done + text("batch-page.locked", lines=lines)


def _photos_told(taken: PhotosTaken) -> str:
    return text(
        "batch-page.photos-taken",
        added=taken.added,
        known=taken.known,
        matched=taken.matched,
        refused=len(taken.refused),
    )
