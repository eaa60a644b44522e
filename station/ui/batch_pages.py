"""批次: the pages of batches. Each part of a batch's page works without a script.

A press is answered with the page that shows its result. What can't be undone is asked about first.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from station import __version__
from station.batches.checks import LARGEST_LINE
from station.batches.confirming import RowAnswer, RowWish
from station.batches.service import BatchNow, BatchService
from station.core.batches import CORRECTABLE, RowReason
from station.core.errors import InputError, StationError
from station.core.lists import SHEET_TYPE
from station.production.services.service import ProductionService
from station.ui import batch_panels as panels
from station.ui.batch_contents import (
    BatchPage,
    BatchQuestion,
    BatchRowPage,
    ConfirmPart,
    MakingProgress,
    RowResult,
)
from station.ui.batch_forms import BatchForm, Sent, one_of, states_of, typed_lines
from station.ui.batch_panels import PARTS, Place
from station.ui.doors_pages import panels_of
from station.ui.notices import Notice, refusal
from station.ui.pressed import number_from
from station.web import caller_of
from station.words import text

router = APIRouter(prefix="/batches", include_in_schema=False)

BatchId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]
Line = Annotated[int, Path(ge=1, le=LARGEST_LINE)]
FIRST: Final = "rows"  #: part of a page that is opened without naming one


@dataclass(frozen=True, slots=True)
class Said:
    """What a press is answered with, above the part that it was made in."""

    notice: Notice | None = None
    done: str = ""
    question: BatchQuestion | None = None
    answers: tuple[RowResult, ...] = ()
    status: int = 200


NOTHING: Final = Said()
#: Does what a button says.
Do = Callable[[BatchService, str], Said]


def batches_of(request: Request) -> BatchService:
    """Return the service of batches."""
    service: BatchService = request.app.state.batches
    return service


def banks_of(request: Request) -> Mapping[str, str]:
    """Return the banks whose blanks this window uses, with their names."""
    service: ProductionService = request.app.state.service
    return service.ledger.banks()


# -- what is shown ---------------------------------------------------------------------------------


@router.get("/{batch}")
def batch_page(
    request: Request,
    batch: BatchId,
    part: Annotated[str, Query(max_length=16)] = FIRST,
    state: Annotated[str, Query(max_length=16)] = "",
    after: Annotated[int, Query(ge=0, le=LARGEST_LINE)] = 0,
) -> HTMLResponse:
    """One part of a batch's page."""
    states_of(state)
    return shown(request, batch, part if part in PARTS else FIRST, Place(state, after))


@router.get("/{batch}/photo-progress")
def photo_progress(request: Request, batch: BatchId) -> HTMLResponse:
    """How far the check of the pictures is: what an open page reads again."""
    panel = panels.photo_progress(batches_of(request), batch)
    return HTMLResponse(panels_of(request).panel(panel))


@router.get("/{batch}/making-progress")
def making_progress(request: Request, batch: BatchId) -> HTMLResponse:
    """How far the cards are: what an open page reads again."""
    batches = batches_of(request)
    panel = panels.making_progress(batches, batches.one(batch), banks_of(request))
    return HTMLResponse(panels_of(request).panel(panel))


@router.get("/{batch}/rows/{line}")
def row_page(request: Request, batch: BatchId, line: Line) -> HTMLResponse:
    """选择照片: one row, and the pictures that it may have."""
    return _row(request, batch, line)


@router.get("/{batch}/{press}")
def reopened_press(batch: BatchId, press: str) -> RedirectResponse:
    """A press is not repeated by opening its address again: go to the batch."""
    del press
    return RedirectResponse(f"/batches/{batch}", status_code=303)


def shown(
    request: Request, batch: str, part: str, place: Place, said: Said = NOTHING
) -> HTMLResponse:
    """Return one part of a batch's page with what a press is answered with."""
    batches, around = batches_of(request), panels_of(request)
    now = batches.one(batch)
    page = BatchPage(
        window=around.window,
        version=__version__,
        notice=said.notice,
        done=said.done,
        batch=panels.facts_of(batches, now),
        parts=panels.parts_of(now, part),
        question=said.question,
        answers=said.answers,
        rows=panels.rows_part(batches, now, place) if part == "rows" else None,
        photos=panels.photos_part(batches, now) if part == "photos" else None,
        checking=panels.photo_progress(batches, batch) if part == "photos" else None,
        confirming=_confirming(request, now, place) if part == "confirming" else None,
        papers=panels.papers_part(batches, now) if part == "papers" else None,
        making=panels.making_part(batches, now) if part == "making" else None,
        progress=_progress(request, now) if part == "making" else None,
        results=panels.results_part(batches, now) if part == "results" else None,
    )
    return HTMLResponse(around.page(page), status_code=said.status)


def _progress(request: Request, now: BatchNow) -> MakingProgress:
    return panels.making_progress(batches_of(request), now, banks_of(request))


def _confirming(request: Request, now: BatchNow, place: Place) -> ConfirmPart:
    return panels.confirm_part(batches_of(request), now, place, banks_of(request))


def _row(request: Request, batch: str, line: int, said: Said = NOTHING) -> HTMLResponse:
    batches, around = batches_of(request), panels_of(request)
    row = batches.row(batch, line)
    page = BatchRowPage(
        window=around.window,
        version=__version__,
        notice=said.notice,
        done=said.done,
        batch=panels.facts_of(batches, batches.one(batch)),
        row=panels.row_line(row),
        may_choose=row.head.state in CORRECTABLE,
        photos=panels.offered_photos(batches, row, batch),
    )
    return HTMLResponse(around.page(page), status_code=said.status)


# -- presses ---------------------------------------------------------------------------------------


def pressed(request: Request, batch: str, part: str, place: Place, do: Do) -> HTMLResponse:
    """Do what a button says, and show the part that it is in with the result or the refusal.

    Raises:
        BatchNotFoundError: There is no such batch: nothing could be shown.
    """
    batches = batches_of(request)
    batches.one(batch)
    return shown(request, batch, part, place, done_by(request, do))


def done_by(request: Request, do: Do) -> Said:
    """Do what a button says; returns the result, or the refusal."""
    try:
        return do(batches_of(request), caller_of(request).name)
    except StationError as exc:
        return Said(refusal(exc), status=exc.http_status)


def _place(sent: BatchForm) -> Place:
    states_of(sent.state)
    return Place(sent.state, number_from(sent.after or "0"))


def _answered(answers: list[RowAnswer]) -> Said:
    refused = sum(bool(one.problem) for one in answers)
    done = text("batch-page.answered", count=len(answers) - refused)
    done += text("batch-page.refused", count=refused) if refused else ""
    return Said(done=done, answers=panels.results_of(answers))


@router.post("/{batch}/decisions")
def decide(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """确认: the marked rows, or one, pass or do not."""

    def do(batches: BatchService, actor: str) -> Said:
        act, _, line = sent.act.partition(":")
        lines = [number_from(line)] if line else sent.marked
        passed = act == "pass"
        if not passed and act != "refuse":
            raise InputError("neither passed nor refused")
        reason = None if passed else one_of(RowReason, sent.reason)
        if reason is not None and reason not in panels.SAID:
            raise InputError("this is not a reason that a person gives")
        note = "" if passed else sent.note.strip()
        wishes = [
            RowWish(one, passed, reason, note, sent.chosen_number(one) if passed else "")
            for one in lines
        ]
        return _answered(batches.confirming.decide(batch, wishes, actor))

    return pressed(request, batch, "confirming", _place(sent), do)


@router.post("/{batch}/rows/{line}/photo")
def choose_photo(request: Request, batch: BatchId, line: Line, sent: Sent) -> HTMLResponse:
    """选择照片 of one row."""

    def do(batches: BatchService, actor: str) -> Said:
        batches.photos.choose(batch, line, number_from(sent.photo), actor)
        return Said(done=text("batch-page.photo-chosen", line=line))

    return _row(request, batch, line, done_by(request, do))


@router.post("/{batch}/lists")
def print_list(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """明细清单 of the rows that are marked or typed, or of all that are in none yet."""
    from_rows = bool(sent.lines)

    def do(batches: BatchService, actor: str) -> Said:
        lines = sent.marked if from_rows else typed_lines(sent.typed)
        number = batches.papers.add_list(batch, lines, actor)
        printed = batches.printed(number)
        return Said(done=text("batch-page.listed", number=number, count=printed.lines))

    return pressed(request, batch, "papers", _place(sent), do)


@router.post("/{batch}/bank-checks")
def send_to_bank(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """银行校验 of every confirmed row that was not sent."""

    def do(batches: BatchService, actor: str) -> Said:
        answers = batches.banks.send(batch, (), actor)
        return Said(done=text("batch-page.bank-sent", count=len(answers)))

    return pressed(request, batch, "papers", _place(sent), do)


@router.post("/{batch}/bank-answers")
def take_bank_answers(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """银行校验数据返回."""

    def do(batches: BatchService, actor: str) -> Said:
        now = batches.banks.take_answers(batch, actor)
        done = text("batch-page.bank-answers", passed=now.passed, failed=now.failed, sent=now.sent)
        return Said(done=done)

    return pressed(request, batch, "papers", _place(sent), do)


@router.post("/{batch}/making")
def make(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """制卡: start, go on, or pause."""

    def do(batches: BatchService, actor: str) -> Said:
        if sent.act == "pause":
            batches.making.pause(batch, actor)
            return Said(done=text("batch-page.paused"))
        if sent.act != "start":
            raise InputError("neither started nor paused")
        if not sent.sure:
            return _ask_to_start(batches, batch)
        batches.making.start(batch, actor)
        return Said(done=text("batch-page.started"))

    return pressed(request, batch, "making", _place(sent), do)


def _ask_to_start(batches: BatchService, batch: str) -> Said:
    told = batches.making.progress(batch)
    question = BatchQuestion(
        title=text("batch-page.start-title", count=told.left),
        consequence=text("batch-page.start-consequence"),
        action=f"/batches/{batch}/making",
        fields=(("act", "start"),),
        label=text("batch-page.start-label"),
        back=f"/batches/{batch}?part=making",
    )
    return Said(question=question)


@router.post("/{batch}/approvals")
def approve(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """预览核对 of the marked rows."""

    def do(batches: BatchService, actor: str) -> Said:
        return _answered(batches.making.approve(batch, sent.marked, actor))

    return pressed(request, batch, "making", _place(sent), do)


@router.post("/{batch}/withdrawals")
def withdraw(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """撤销 of the marked rows, after a question; each has its own result."""

    def do(batches: BatchService, actor: str) -> Said:
        lines = sent.marked
        if sent.sure:
            return _answered(batches.making.withdraw(batch, lines, actor))
        named = text("batch-list.comma").join(map(str, lines))
        fields = (("state", sent.state), ("after", sent.after))
        question = BatchQuestion(
            title=text("batch-page.withdraw-title", count=len(lines)),
            consequence=text("batch-page.withdraw-consequence", lines=named),
            action=f"/batches/{batch}/withdrawals",
            fields=(*fields, *(("lines", str(line)) for line in lines)),
            label=text("batch-page.withdraw-label"),
            back=f"/batches/{batch}?part=rows&state={sent.state}&after={sent.after}",
        )
        return Said(question=question)

    return pressed(request, batch, "rows", _place(sent), do)


@router.post("/{batch}/exceptions", response_model=None)
def export_exceptions(request: Request, batch: BatchId, sent: Sent) -> Response:
    """制卡异常数据 of the marked rows, as a spreadsheet."""
    try:
        content = batches_of(request).papers.exceptions(batch, sent.marked)
    except InputError as exc:
        said = Said(refusal(exc), status=exc.http_status)
        return shown(request, batch, "rows", _place(sent), said)
    headers = {"Content-Disposition": 'attachment; filename="exceptions.xlsx"'}
    return Response(content, media_type=SHEET_TYPE, headers=headers)


@router.post("/{batch}/results")
def export_results(request: Request, batch: BatchId, sent: Sent) -> HTMLResponse:
    """报盘数据导出: a new part, after a question: what left in it leaves in no other."""

    def do(batches: BatchService, actor: str) -> Said:
        name, phone = sent.contact.strip(), sent.phone.strip()
        if not name or not phone:
            raise InputError("a contact person with a phone is needed")
        if not sent.sure:
            fields = (("contact", name), ("phone", phone), ("request", sent.request))
            question = BatchQuestion(
                title=text("batch-page.export-title", count=batches.results.unsent(batch)),
                consequence=text("batch-page.export-consequence"),
                action=f"/batches/{batch}/results",
                fields=fields,
                label=text("batch-page.export-label"),
                back=f"/batches/{batch}?part=results",
            )
            return Said(question=question)
        key = f"page {sent.request}" if sent.request else None
        made = batches.results.export(batch, (name, phone), actor, request=key)
        return Said(done=text("batch-page.exported", part=made.part, count=made.lines))

    return pressed(request, batch, "results", _place(sent), do)
