"""The technician's further pages: the live log with the wire trace, and the configuration."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse

from station import __version__
from station.ui.doors_pages import panels_of
from station.ui.technician import TraceFilter
from station.ui.technician_contents import ConfigurationPage

router = APIRouter(prefix="/diagnostics", include_in_schema=False)

KindAsked = Annotated[str, Query(max_length=16)]
OrderAsked = Annotated[str, Query(max_length=64)]
TextAsked = Annotated[str, Query(max_length=64)]
UntilAsked = Annotated[str, Query(max_length=24, pattern=r"^([0-9]{1,12}(\.[0-9]{1,9})?)?$")]


async def trace_filter(
    kind: KindAsked = "", about: OrderAsked = "", said: TextAsked = "", until: UntilAsked = ""
) -> TraceFilter:
    """Return what the page's script asks for; read in the loop, so that it costs no thread."""
    return TraceFilter(kind, about, said, float(until) if until else None)


@router.get("/trace")
def trace_page(
    request: Request, kind: KindAsked = "", about: OrderAsked = "", said: TextAsked = ""
) -> HTMLResponse:
    """The live log and the decoded wire trace; without a script, as it is now."""
    return HTMLResponse(panels_of(request).trace_page(TraceFilter(kind, about, said)))


@router.get("/configuration")
def configuration_page(
    request: Request, changed: Annotated[str, Query(max_length=3)] = ""
) -> HTMLResponse:
    """Every setting with its value, its default and where it comes from; secrets masked."""
    panels = panels_of(request)
    shown = panels.sources.settings()
    only_changed = changed == "yes"
    page = ConfigurationPage(
        window=panels.window,
        version=__version__,
        notice=None,
        file=shown.file,
        changed=sum(row.changed for section in shown.sections for row in section.rows),
        only_changed=only_changed,
        sections=tuple(
            section
            for section in shown.sections
            if not only_changed or any(row.changed for row in section.rows)
        ),
    )
    return HTMLResponse(panels.page(page))
