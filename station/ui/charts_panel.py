"""The charts of the technician's page: the figures of the window's work as bars and words."""

from __future__ import annotations

from typing import Final

from station.production.services.service import ProductionService
from station.production.services.work_figures import HourOfWork, Supply, WorkFigures
from station.production.views.messages import EFFECT_TITLES
from station.production.views.orders import StationView
from station.ui.charts_contents import ChartsPanel, DurationBar, HourBar
from station.words import Table, text

HEIGHT: Final = 80  #: of the fullest hour's bar, in the drawing's units
STEP: Final = 24  #: from one hour's bar to the next
LABEL_EACH: Final = 3  #: hours from one label to the next
SUPPLIES: Final = Table("chart-supply")
HUNDRED: Final = 100.0


def charts_panel(service: ProductionService, view: StationView) -> ChartsPanel:
    """Return the charts; the printer's own count of the ribbon is that of the last reading."""
    figures = service.work.read(view.ribbon_cards_left)
    most = max(one.made + one.spoiled for one in figures.hours)
    longest = max((seconds for _, seconds in figures.effects), default=0.0)
    durations = [
        DurationBar(EFFECT_TITLES[kind], _share(seconds, longest), _seconds(seconds))
        for kind, seconds in figures.effects
    ]
    return ChartsPanel(
        hours=tuple(_bar(place, one, most) for place, one in enumerate(figures.hours))
        if most
        else (),
        most=most,
        summary=_summary(figures),
        durations=tuple(durations),
        lines=tuple(_lines(figures)),
    )


def _bar(place: int, hour: HourOfWork, most: int) -> HourBar:
    return HourBar(
        x=place * STEP,
        made=_share(hour.made, most) * HEIGHT / HUNDRED,
        spoiled=_share(hour.spoiled, most) * HEIGHT / HUNDRED,
        label=f"{hour.hour:02}" if hour.hour % LABEL_EACH == 0 else "",
        title=text("chart.hour", hour=f"{hour.hour:02}", made=hour.made, spoiled=hour.spoiled),
    )


def _share(part: float, whole: float) -> float:
    return round(HUNDRED * part / whole, 1) if whole else 0.0


def _seconds(seconds: float) -> str:
    return text("chart.seconds", seconds=f"{seconds:.1f}")


def _summary(figures: WorkFigures) -> str:
    rate = _share(figures.spoiled, figures.made + figures.spoiled)
    return text("chart.summary", made=figures.made, spoiled=figures.spoiled, rate=f"{rate:g}")


def _lines(figures: WorkFigures) -> list[str]:
    lines = [
        text("chart.ribbon", planned=figures.ribbon_planned, used=figures.ribbon_used),
        *(_supply(one) for one in figures.supplies),
    ]
    if figures.report_delay is not None:
        lines.append(text("chart.report-delay", seconds=_seconds(figures.report_delay)))
    return lines


def _supply(supply: Supply) -> str:
    name = SUPPLIES[supply.name]
    if supply.hours is None:
        return text("chart.supply", name=name, cards=supply.cards)
    return text("chart.supply-forecast", name=name, cards=supply.cards, hours=f"{supply.hours:.1f}")
