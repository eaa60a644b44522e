"""The frame of central's pages: who sees them, in which language, and how a press is answered."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Final

import sqlalchemy as sa
from fastapi import FastAPI, Request
from fastapi.staticfiles import StaticFiles
from jinja2 import ChoiceLoader, Environment, FileSystemLoader
from starlette.responses import HTMLResponse, RedirectResponse, Response

from station import __version__
from station.access import table
from station.access.central_table import central_operations
from station.central.central import Central
from station.central.contents import CentralPage, Seen, Words
from station.central.routes import central_of
from station.central.shown import install_filters
from station.central.tables import stations
from station.core.errors import StationError
from station.ui import pages as window_pages
from station.ui.doors_contents import PageLink, Viewer
from station.ui.doors_pages import panels_of
from station.ui.navigation import operations_of
from station.ui.notices import Notice, refusal
from station.ui.panels import render_page
from station.ui.translation import open_templates
from station.web import caller_of
from station.words import Table, chosen

HERE: Final = Path(__file__).parent
LINKS: Final = Table("central-link")
PAGES: Final = ("wall", "work", "blanks", "search", "audit", "settings", "accounts")
WORDS: Final = Words(
    page=Table("central-page"),
    state=Table("central-state"),
    fact=Table("central-fact"),
    printer=Table("device-state"),
    assignment=Table("central-assignment"),
    account=Table("central-account"),
    decision=Table("central-decision"),
    role=Table("central-role"),
    source=Table("central-source"),
    rollout=Table("central-rollout"),
)


class _Templates:
    """Central's own templates, which include those of the window's pages."""

    def __init__(self) -> None:
        self._opened: dict[str, Environment] = {}

    def now(self) -> Environment:
        """Return them in the language that is current."""
        language = chosen()
        if language not in self._opened:
            templates = open_templates(language)
            own = FileSystemLoader(HERE / "templates")
            windows = FileSystemLoader(window_pages.HERE / "templates")
            templates.loader = ChoiceLoader([own, windows])
            templates.globals["central_words"] = WORDS
            install_filters(templates)
            self._opened[language] = templates
        return self._opened[language]


_TEMPLATES: Final = _Templates()


class CentralPanels:
    """What the pages at the doors need: central's name, and links to its own pages."""

    def __init__(self, window: str, viewer: Viewer | None = None) -> None:
        self.window = window
        self.viewer = viewer or Viewer()

    def seen_by(self, viewer: Viewer) -> CentralPanels:
        """Return the pages as one person sees them."""
        links = tuple(PageLink(one, f"/{one}", LINKS[one], False) for one in PAGES)
        pages = links if viewer.operator else ()
        return CentralPanels(self.window, dataclasses.replace(viewer, pages=pages))

    def page(self, page: object) -> str:
        """Return a page at the doors as HTML, in central's own frame."""
        return render_page(_TEMPLATES.now(), page, self.viewer)  # type: ignore[arg-type]  # the doors' pages


def install_central_pages(app: FastAPI, name: str) -> None:
    """Mount what the pages load, and what the pages at the doors need."""
    app.state.panels = CentralPanels(name)
    app.mount("/static/central", StaticFiles(directory=HERE / "static"), name="central-static")
    app.mount("/static", StaticFiles(directory=window_pages.HERE / "static"), name="static")


def shown(
    request: Request,
    here: str,
    page: CentralPage,
    notice: Notice | None = None,
    *,
    template: str = "",
) -> HTMLResponse:
    """Return a page, or with `template` a part of it, as the caller sees it."""
    viewer = panels_of(request).viewer  # type: ignore[attr-defined]  # central's own panels
    roles = caller_of(request).roles
    own = frozenset(one for one in central_operations() if table.may(roles, one))
    viewer = dataclasses.replace(viewer, may=operations_of(roles) | own)
    seen = Seen(here, central_of(request).name, __version__, viewer, WORDS, notice)
    read = _TEMPLATES.now().get_template(template or page.template)
    return HTMLResponse(read.render(page=page, seen=seen))


def station_names(central: Central) -> tuple[str, ...]:
    """Return the names of all windows.

    Raises:
        JournalError: The database can't be used.
    """
    with central.database.transaction() as connection:
        found = connection.execute(sa.select(stations.c.name).order_by(stations.c.name))
        return tuple(found.scalars())


def changed(
    request: Request,
    path: str,
    again: Callable[[Request, Notice | None], HTMLResponse],
    change: Callable[[str], object],
) -> Response:
    """Carry a change out and lead back to its page; a refusal is said on the page."""
    try:
        change(caller_of(request).name)
    except StationError as exc:
        answer = again(request, refusal(exc))
        answer.status_code = exc.http_status
        return answer
    return RedirectResponse(path, status_code=303)
