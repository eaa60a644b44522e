"""Renders the parts of the pages, for answers to buttons and for the live stream alike."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from station import __version__
from station.core.errors import StationError
from station.production.service import ProductionService
from station.ui.ledger_panel import ledger_panel
from station.ui.machine_panel import devices_panel, machine_panel
from station.ui.order_panel import order_panel

TEMPLATES: Final = Path(__file__).parent / "templates"


class Panels:
    """Everything a page shows, as HTML."""

    def __init__(self, service: ProductionService, window: str) -> None:
        self.service = service
        self._frame = {"window": window, "operator": "", "version": __version__}
        self._templates = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined
        )

    def order(self, order: str = "", error: StationError | None = None) -> str:
        """Steps, preview and message of one order, or of the current one."""
        return self._render("_order.html", **self._order(order, error))

    def machine(self) -> str:
        """The lights."""
        return self._render("_machine.html", **machine_panel(self.service.station()))

    def devices(self) -> str:
        """The technician's devices and owed reports."""
        return self._render("_diagnostics_devices.html", **devices_panel(self.service.station()))

    def operator_page(
        self, order: str = "", error: StationError | None = None, id_number: str = ""
    ) -> str:
        """The whole page of the clerk."""
        return self._render(
            "operator.html",
            page="operator",
            id_number=id_number,
            **self._frame,
            **self._order(order, error),
            **machine_panel(self.service.station()),
        )

    def diagnostics_page(self, versions: Sequence[tuple[str, str]]) -> str:
        """The whole page of the technician."""
        return self._render(
            "diagnostics.html",
            page="diagnostics",
            versions=versions,
            **self._frame,
            **devices_panel(self.service.station()),
            **ledger_panel(self.service),
        )

    def ledger(self, error: StationError | None = None) -> str:
        """Shift, spoiled cards, cards not taken, test cards."""
        return self._render("_ledger.html", **ledger_panel(self.service, error))

    def _order(self, order: str, error: StationError | None) -> dict[str, Any]:
        view = self.service.order(order) if order else self.service.current_order()
        return order_panel(view, owed=len(self.service.owed()), error=error)

    def _render(self, template: str, **variables: Any) -> str:  # noqa: ANN401 - template variables
        return self._templates.get_template(template).render(**variables)
