"""Renders the parts of the pages."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Final

from jinja2 import Environment

from station import __version__
from station.clock import utc_now
from station.core.errors import OrderNotFoundError
from station.core.life import FINAL
from station.production.services.service import ProductionService
from station.production.views.orders import StationView
from station.ui.beside_panel import beside_panel
from station.ui.card_state_panel import card_state_panel
from station.ui.charts_panel import charts_panel
from station.ui.contents import (
    ConfirmPanel,
    DiagnosticsPage,
    Frame,
    OperatorPage,
    OrderPanel,
    OrderRow,
    OrdersPanel,
    Page,
    PageName,
    Panel,
    SupervisorPage,
    TracePage,
)
from station.ui.desk_panel import desk_panel
from station.ui.device_tree import PartsSeen, parts_of
from station.ui.doors_contents import Viewer
from station.ui.ledger_panel import ledger_panel, rehearsal_panel, technician_card_panel
from station.ui.machine_contents import DeviceNode
from station.ui.machine_panel import devices_panel, machine_panel, versions
from station.ui.order_panel import order_panel
from station.ui.people_contents import NO_DAY, DayPanel, StatePanel, WaitingRow
from station.ui.people_panel import WaitingKey, day_panel, person_panel
from station.ui.pressed import Pressed
from station.ui.presses import Outcome
from station.ui.repair_panel import repairs_panel
from station.ui.start_up_panel import start_up_panel
from station.ui.supervisor_panel import duty_panel
from station.ui.technician import (
    EVERYTHING,
    TechnicianSources,
    TraceFilter,
    trace_kinds,
    trace_panel,
)
from station.ui.translation import TemplatesByLanguage
from station.ui.window_orders import window_orders
from station.words import chosen

NOBODY: Final = Viewer()
#: Address of each page that stays up to date.
PATHS: Final[Mapping[PageName, str]] = {
    "operator": "/",
    "supervisor": "/supervisor",
    "diagnostics": "/diagnostics",
    "trace": "/diagnostics/trace",
}


def render_panel(templates: Environment, panel: Panel, viewer: Viewer = NOBODY) -> str:
    """Return one part of a page as HTML."""
    contents = {panel.name: panel, "viewer": viewer}
    return templates.get_template(panel.template).render(contents)


def render_page(templates: Environment, page: Page, viewer: Viewer = NOBODY) -> str:
    """Return a whole page as HTML."""
    contents = {one.name: getattr(page, one.name) for one in fields(page)}
    return templates.get_template(page.template).render({**contents, "viewer": viewer})


@dataclass(frozen=True, slots=True)
class PageNow:
    """What an open page reads after a tick.

    Attributes:
        order: The order that it is about; empty for none.
        revision: Of that order; see `OrderPanel.revision`.
        now: The station's wall clock, ISO 8601: deadlines are counted down from it.
        panels: Panel -> HTML.
    """

    order: str
    revision: str
    now: str
    panels: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class PressAnswer:
    """What the page's script does after a press.

    Attributes:
        order: The order that the page shows from now on; empty for none.
        revision: Of that order.
        notice: Why nothing was done, as HTML; empty when it was.
        confirmation: What must be confirmed first, as HTML; empty for nothing.
    """

    order: str
    revision: str
    notice: str
    confirmation: str


@dataclass
class KeptOrders:
    """What all viewers share: this window's orders as they were read last, and the parts seen."""

    read: tuple[int, dt.date, str] | None = None  #: the last event's number, the day, the language
    rows: tuple[OrderRow, ...] = ()
    day: DayPanel = NO_DAY
    names: dict[str, str] = field(default_factory=dict)
    waiting: dict[WaitingKey, WaitingRow] = field(default_factory=dict)
    parts: PartsSeen = field(default_factory=PartsSeen)


def page_named(name: str) -> PageName:
    """Return the page of this name, which a form or an address gives; the clerk's for others."""
    return next((page for page in PATHS if page == name), "operator")


class Panels:
    """Everything a page shows, as HTML."""

    def __init__(
        self,
        service: ProductionService,
        window: str,
        viewer: Viewer = NOBODY,
        kept: KeptOrders | None = None,
        templates: TemplatesByLanguage | None = None,
        sources: TechnicianSources | None = None,
    ) -> None:
        self.service = service
        self.window = window
        self.sources = sources or TechnicianSources()
        self._viewer = viewer
        self._kept = kept or KeptOrders()  # the same for every viewer
        self._templates = templates or TemplatesByLanguage()

    def seen_by(self, viewer: Viewer) -> Panels:
        """Return the pages as one logged-in person sees them; forms carry that session's token."""
        viewer = replace(viewer, rehearsal=rehearsal_panel(self.service))
        return Panels(self.service, self.window, viewer, self._kept, self._templates, self.sources)

    def page(self, page: Page) -> str:
        """Return a whole page as HTML."""
        return render_page(self._templates.now(), page, self._viewer)

    def panel(self, panel: Panel) -> str:
        """Return one part of a page as HTML."""
        return self._render(panel)

    def first_order(self) -> str:
        """Return the order that a page shows when it is opened without naming one.

        That is the order whose card is in the machine, else the newest one unless it has ended.
        """
        order = self.service.orders.current()
        return "" if order is None or order.step in FINAL else order.id

    def read(
        self, page: PageName, order: str, wanted: TraceFilter = EVERYTHING, before: str = ""
    ) -> PageNow:
        """Return every panel of a page as it is now, and what it is about.

        `before` is the order that this page showed before `order`.
        """
        now = utc_now().isoformat()
        shown = {"rehearsal": self._render(rehearsal_panel(self.service))}
        if page == "diagnostics":
            station = self.service.machine.view()
            repairs = repairs_panel(self.service, station)
            shown |= {
                "repairs": self._render(repairs),
                "devices": self._render(
                    devices_panel(station, repairing=bool(repairs.now), tree=self._tree(station))
                ),
                "tests": self._render(technician_card_panel(self.service)),
                "charts": self._render(charts_panel(self.service, station)),
            }
            return PageNow(order, "", now, shown)
        if page == "trace":
            shown |= {"trace": self._render(trace_panel(self.sources, wanted))}
            return PageNow(order, "", now, shown)
        if page == "supervisor":
            shown |= {
                "ledger": self._render(ledger_panel(self.service)),
                "duty": self._render(duty_panel(self.service)),
            }
            return PageNow(order, "", now, shown)
        about = self._order(order)
        station = self.service.machine.view()
        self._tree(station)  # every open page notes what it sees
        shown |= {
            "order": self._render(about),
            "machine": self._render(machine_panel(station)),
            "orders": self._render(self._window_orders(order)),
            "person": self._render(person_panel(self.service, about.id)),
            "day": self._render(self._day()),
            "card_state": self._render(self._card_state()),
            "start_up": self._render(start_up_panel(self.service, order)),
            "beside": self._render(beside_panel(self.service, about.id, before)),
        }
        desk = desk_panel(self.service, about.id, about.revision)
        if desk is not None:
            shown["desk"] = self._render(desk)
        return PageNow(about.id, about.revision, now, shown)

    def answer(self, outcome: Outcome, action: str, pressed: Pressed) -> PressAnswer:
        """Return what the page's script does after a press."""
        revision = str(self.service.orders.revision(outcome.order)) if outcome.order else ""
        asked = _confirm(outcome, action, pressed)
        return PressAnswer(
            order=outcome.order,
            revision=revision,
            notice=self._render(outcome.notice) if outcome.notice else "",
            confirmation=self._render(asked) if asked else "",
        )

    def operator_page(
        self,
        order: str,
        outcome: Outcome | None = None,
        action: str = "",
        typed: Pressed | None = None,
    ) -> str:
        """The whole page of the clerk."""
        outcome, typed = outcome or Outcome(order), typed or Pressed()
        about = self._order(order)
        page = OperatorPage(
            frame=self._frame("operator", order),
            order=about,
            machine=machine_panel(self.service.machine.view()),
            orders=self._window_orders(order),
            person=person_panel(self.service, about.id),
            day=self._day(),
            card_state=self._card_state(),
            start_up=start_up_panel(self.service, order),
            beside=beside_panel(self.service, about.id, ""),
            desk=desk_panel(self.service, about.id, about.revision),
            notice=outcome.notice,
            confirm=_confirm(outcome, action, typed),
            id_number=typed.id_number if outcome.notice else "",
        )
        return self.page(page)

    def diagnostics_page(
        self,
        order: str = "",
        outcome: Outcome | None = None,
        action: str = "",
        typed: Pressed | None = None,
    ) -> str:
        """The whole page of the technician; `order` is the one that the clerk's page shows."""
        outcome, typed = outcome or Outcome(order), typed or Pressed()
        station = self.service.machine.view()
        repairs = repairs_panel(self.service, station)
        page = DiagnosticsPage(
            frame=self._frame("diagnostics", order),
            repairs=repairs,
            diagnostics=devices_panel(
                station, repairing=bool(repairs.now), tree=self._tree(station)
            ),
            charts=charts_panel(self.service, station),
            tests=technician_card_panel(self.service),
            versions=versions(station),
            notice=outcome.notice,
            confirm=_confirm(outcome, action, typed),
        )
        return self.page(page)

    def supervisor_page(
        self,
        order: str = "",
        outcome: Outcome | None = None,
        action: str = "",
        typed: Pressed | None = None,
    ) -> str:
        """The whole page of the shift; `order` is the one that the clerk's page shows."""
        outcome, typed = outcome or Outcome(order), typed or Pressed()
        page = SupervisorPage(
            frame=self._frame("supervisor", order),
            ledger=ledger_panel(self.service),
            duty=duty_panel(self.service),
            notice=outcome.notice,
            confirm=_confirm(outcome, action, typed),
        )
        return self.page(page)

    def trace_page(self, wanted: TraceFilter = EVERYTHING) -> str:
        """The whole page of the live log and the wire trace."""
        page = TracePage(
            frame=self._frame("trace", ""),
            trace=trace_panel(self.sources, wanted),
            kinds=trace_kinds(),
            filter=wanted,
            notice=None,
            confirm=None,
        )
        return self.page(page)

    def _tree(self, station: StationView) -> tuple[DeviceNode, ...]:
        parts = parts_of(station, self.sources.trace, self.sources.pc())
        return self._kept.parts.look(parts, utc_now())

    def _frame(self, page: PageName, order: str) -> Frame:
        return Frame(self.window, __version__, page, PATHS[page], order)

    def _window_orders(self, shown: str) -> OrdersPanel:
        self._read_lists()
        return OrdersPanel(self._kept.rows, shown)

    def _card_state(self) -> StatePanel:
        return card_state_panel(self.service, self._viewer.operator)

    def _day(self) -> DayPanel:
        self._read_lists()
        return self._kept.day

    def _read_lists(self) -> None:
        # Read again only when the journal has changed: every tab asks for it at every tick.
        read = self.service.last_seq, utc_now().astimezone().date(), chosen()
        if self._kept.read != read:
            names = dict(self._kept.names)
            rows = window_orders(self.service, names)
            day = day_panel(self.service, read[1], names, self._kept.waiting)
            shown = {row.id for row in rows}
            self._kept.names = {one: name for one, name in names.items() if name and one in shown}
            self._kept.rows, self._kept.day, self._kept.read = rows, day, read

    def _order(self, order: str) -> OrderPanel:
        # The revision first: an order that moves meanwhile makes the next press stale, never blind.
        revision = str(self.service.orders.revision(order)) if order else ""
        try:
            view = self.service.orders.one(order) if order else None
        except OrderNotFoundError:
            view = None
        return order_panel(view, revision, owed=len(self.service.outbox.owed()))

    def _render(self, panel: Panel) -> str:
        return render_panel(self._templates.now(), panel, self._viewer)


def _confirm(outcome: Outcome, action: str, pressed: Pressed) -> ConfirmPanel | None:
    if outcome.confirmation is None:
        return None
    back = PATHS[page_named(pressed.page)]
    return ConfirmPanel(
        asked=outcome.confirmation,
        action=action,
        fields=pressed.carried,
        back=f"{back}?order={pressed.order}" if pressed.order else back,
    )
