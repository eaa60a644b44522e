"""The history and the papers of the shift: pages without a script, for supervisors and auditors."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Final

from fastapi import APIRouter, Form, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, Response

from station import __version__
from station.core.errors import InputError, StationError
from station.core.limits import LARGEST_ID
from station.core.lists import SHEET_TYPE
from station.core.orders import EventRecord
from station.production.services.supervision import (
    MOST_FOUND,
    MOST_READ,
    AuditFound,
    AuditSearch,
    Paper,
)
from station.ui.doors_pages import panels_of
from station.ui.notices import Notice, refusal
from station.ui.supervisor_contents import AuditPage, EventKind, EventLine
from station.words import Table, spoken, text

router = APIRouter(prefix="/supervisor", include_in_schema=False)

KINDS: Final = Table("history-event")
TYPES: Final = {
    Paper.PDF: "application/pdf",
    Paper.XLSX: SHEET_TYPE,
}
Shift = Annotated[int, Path(ge=1, le=LARGEST_ID)]
FormOf = Annotated[Paper, Query()]


class AuditForm(BaseModel):
    """The fields of the search."""

    model_config = ConfigDict(extra="ignore")

    typed: str = Field(default="", max_length=40, repr=False)
    actor: str = Field(default="", max_length=64)
    kind: str = Field(default="", max_length=48)
    since: str = Field(default="", max_length=10)
    until: str = Field(default="", max_length=10)
    verify: str = Field(default="", max_length=3)

    def search(self) -> AuditSearch:
        """Return what is looked for; days are those of the PC's time zone.

        Raises:
            InputError: A day is not one.
        """
        until = _day(self.until)
        return AuditSearch(
            typed=self.typed,
            actor=self.actor.strip(),
            kind=self.kind,
            since=_day(self.since),
            until=until + dt.timedelta(days=1) if until else None,
        )


Sent = Annotated[AuditForm, Form()]


@router.get("/audit")
def audit_page(request: Request) -> HTMLResponse:
    """Ask what to look for."""
    return _shown(request, AuditForm(), asked=False)


@router.post("/audit")
def search_audit(request: Request, sent: Sent) -> HTMLResponse:
    """Show the events that match, newest first, with their links in the hash chain."""
    return _shown(request, sent, asked=True)


@router.post("/audit/{form}", response_model=None)
def export_audit(request: Request, form: Paper, sent: Sent) -> Response:
    """The history of a range or an order as a file; its notes say whether the chain is whole."""
    panels = panels_of(request)
    try:
        content = panels.service.supervision.audit_paper(sent.search(), panels.window, form)
    except StationError as exc:
        return _shown(request, sent, refusal(exc), asked=False, status=exc.http_status)
    return _paper(content, form, "audit")


@router.get("/shifts/{shift}/paper")
def shift_paper(request: Request, shift: Shift, form: FormOf = Paper.PDF) -> Response:
    """The report of one closed shift, as it was signed."""
    panels = panels_of(request)
    content = panels.service.supervision.shift_paper(shift, panels.window, form)
    return _paper(content, form, f"shift-{shift}")


@router.get("/spoiled/paper")
def spoiled_paper(request: Request, form: FormOf = Paper.PDF) -> Response:
    """The register of spoiled and test cards."""
    panels = panels_of(request)
    content = panels.service.supervision.spoiled_paper(panels.window, form)
    return _paper(content, form, "spoiled")


@router.get("/exceptions/paper")
def exceptions_paper(request: Request, form: FormOf = Paper.PDF) -> Response:
    """制卡异常数据: every order that did not become a card."""
    panels = panels_of(request)
    content = panels.service.supervision.exceptions_paper(panels.window, form)
    return _paper(content, form, "exceptions")


def _paper(content: bytes, form: Paper, name: str) -> Response:
    shown = "inline" if form is Paper.PDF else "attachment"
    headers = {"Content-Disposition": f'{shown}; filename="{name}.{form.value}"'}
    return Response(content, media_type=TYPES[form], headers=headers)


def _shown(
    request: Request,
    sent: AuditForm,
    notice: Notice | None = None,
    *,
    asked: bool,
    status: int = 200,
) -> HTMLResponse:
    panels = panels_of(request)
    found = AuditFound((), whole=True)
    try:
        if asked:
            found = panels.service.supervision.search(sent.search())
    except StationError as exc:
        notice, status = refusal(exc), exc.http_status
    page = AuditPage(
        window=panels.window,
        version=__version__,
        notice=notice,
        typed=sent.typed,
        actor=sent.actor,
        kind=sent.kind,
        since=sent.since,
        until=sent.until,
        asked=asked and notice is None,
        verdict=panels.service.supervision.chain_verdict() if sent.verify == "yes" else "",
        kinds=tuple(EventKind(kind, title) for kind, title in KINDS.items()),
        rows=tuple(_line(event) for event in found.events),
        most=MOST_FOUND,
        read=0 if found.whole else MOST_READ,
    )
    return HTMLResponse(panels.page(page), status_code=status)


def _line(event: EventRecord) -> EventLine:
    told = sorted(event.data.items())
    return EventLine(
        seq=event.seq,
        at=event.at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
        actor=event.actor,
        order=event.order,
        kind=KINDS.get(event.kind, ""),
        code=event.kind,
        content=text("audit.between").join(f"{name}={spoken(value)}" for name, value in told),
        hash=event.hash[:16],
    )


def _day(typed: str) -> dt.datetime | None:
    if not typed:
        return None
    try:
        day = dt.date.fromisoformat(typed)
        return dt.datetime(day.year, day.month, day.day).astimezone()
    except (ValueError, OverflowError) as exc:
        raise InputError("this is not a day") from exc
