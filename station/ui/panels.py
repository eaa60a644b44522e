"""Renders the parts of the pages."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from station import __version__
from station.core.errors import OrderNotFoundError
from station.core.life import FINAL
from station.production.service import ProductionService
from station.ui.ledger_panel import ledger_panel
from station.ui.machine_panel import devices_panel, machine_panel
from station.ui.order_panel import order_panel
from station.ui.pressed import Pressed
from station.ui.presses import Outcome
from station.ui.window_orders import window_orders

TEMPLATES: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks at a page.

    Attributes:
        operator: Who is logged in; empty for nobody.
        csrf: The session's token, which every form carries.
        demo: Operators of a demonstration, which the page names as such.
    """

    operator: str = ""
    csrf: str = ""
    demo: tuple[str, ...] = ()


NOBODY: Final = Viewer()


@dataclass
class _KeptOrders:
    seq: int = -1
    rows: list[dict[str, Any]] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)


class Panels:
    """Everything a page shows, as HTML."""

    def __init__(
        self,
        service: ProductionService,
        window: str,
        viewer: Viewer = NOBODY,
        kept: _KeptOrders | None = None,
    ) -> None:
        self.service = service
        self._frame = {"window": window, "version": __version__}
        self._viewer = dataclasses.asdict(viewer)
        self._kept = kept or _KeptOrders()  # the same for every viewer

    def seen_by(self, viewer: Viewer) -> Panels:
        """Return the pages as one logged-in person sees them; forms carry that session's token."""
        return Panels(self.service, self._frame["window"], viewer, self._kept)

    def first_order(self) -> str:
        """Return the order that a page shows when it is opened without naming one.

        That is the order whose card is in the machine, else the newest one unless it has ended.
        """
        order = self.service.current_order()
        return "" if order is None or order.step in FINAL else order.id

    def read(self, page: str, order: str) -> dict[str, Any]:
        """Return every panel of a page as it is now, and what it is about."""
        now = dt.datetime.now(dt.UTC).isoformat()
        if page == "diagnostics":
            panels = {
                "devices": self._render("_diagnostics_devices.html", **self._devices()),
                "ledger": self._render("_ledger.html", **ledger_panel(self.service)),
            }
            return {"order": order, "revision": "", "now": now, "panels": panels}
        shown = self._order(order)
        panels = {
            "order": self._render("_order.html", **shown),
            "machine": self._render("_machine.html", **machine_panel(self.service.station())),
            "orders": self._render("_orders.html", orders=self._window_orders(), shown=order),
        }
        about = shown["order"] or {"id": "", "revision": ""}
        return {"order": about["id"], "revision": about["revision"], "now": now, "panels": panels}

    def outcome(self, outcome: Outcome, action: str, pressed: Pressed) -> dict[str, Any]:
        """Return what the page's script does after a press."""
        revision = str(self.service.revision(outcome.order)) if outcome.order else ""
        notice = {"notice": outcome.notice, "confirmation": None}
        question = {"notice": None, **self._confirmation(outcome, action, pressed)}
        return {
            "order": outcome.order,
            "revision": revision,
            "notice": self._render("_notice.html", **notice) if outcome.notice else "",
            "confirmation": self._render("_confirm.html", **question)
            if outcome.confirmation
            else "",
        }

    def operator_page(
        self,
        order: str,
        outcome: Outcome | None = None,
        action: str = "",
        typed: Pressed | None = None,
    ) -> str:
        """The whole page of the clerk."""
        outcome, typed = outcome or Outcome(order), typed or Pressed()
        shown = self._order(order)
        return self._render(
            "operator.html",
            page="operator",
            id_number=typed.id_number if outcome.notice else "",
            notice=outcome.notice,
            orders=self._window_orders(),
            shown=order,
            **self._confirmation(outcome, action, typed),
            **self._frame,
            **shown,
            **machine_panel(self.service.station()),
        )

    def diagnostics_page(
        self,
        versions: Sequence[tuple[str, str]],
        order: str = "",
        outcome: Outcome | None = None,
        action: str = "",
        typed: Pressed | None = None,
    ) -> str:
        """The whole page of the technician; `order` is the one that the clerk's page shows."""
        outcome, typed = outcome or Outcome(order), typed or Pressed()
        return self._render(
            "diagnostics.html",
            page="diagnostics",
            shown=order,
            versions=versions,
            notice=outcome.notice,
            **self._confirmation(outcome, action, typed),
            **self._frame,
            **self._devices(),
            **ledger_panel(self.service),
        )

    def _confirmation(self, outcome: Outcome, action: str, pressed: Pressed) -> dict[str, Any]:
        asked = outcome.confirmation
        return {"confirmation": asked, "action": action, "fields": pressed.carried if asked else {}}

    def _devices(self) -> dict[str, Any]:
        return devices_panel(self.service.station())

    def _window_orders(self) -> list[dict[str, Any]]:
        # Read again only when the journal has changed: every tab asks for it at every tick.
        seq = self.service.last_seq
        if self._kept.seq != seq:
            rows = window_orders(self.service, dict(self._kept.names))
            self._kept.names = {row["id"]: row["name"] for row in rows if row["name"]}
            self._kept.rows, self._kept.seq = rows, seq
        return self._kept.rows

    def _order(self, order: str) -> dict[str, Any]:
        # The revision first: an order that moves meanwhile makes the next press stale, never blind.
        revision = str(self.service.revision(order)) if order else ""
        try:
            view = self.service.order(order) if order else None
        except OrderNotFoundError:
            view = None
        return order_panel(view, revision, owed=len(self.service.owed()))

    def page(self, template: str, **variables: Any) -> str:  # noqa: ANN401 - template variables
        """Return one of the pages that are about no order."""
        return self._render(template, **self._frame, **variables)

    def _render(self, template: str, **variables: Any) -> str:  # noqa: ANN401 - template variables
        return TEMPLATES.get_template(template).render(**self._viewer, **variables)
