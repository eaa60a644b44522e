"""The guided repairs on the technician's page: what is shown, and what their buttons do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from station.core.repairs import RepairAct, RepairStep, StepProof
from station.production.services.repairs import RepairView
from station.production.services.service import ProductionService
from station.production.views.messages import connection_problem
from station.production.views.orders import StationView
from station.ui.pressed import Action, Pressed, number_from
from station.ui.repair_contents import RepairChoice, RepairLine, RepairShown, RepairsPanel
from station.words import Table, text

TITLES: Final = Table("repair")
STEPS: Final = Table("repair-step")
PROOFS: Final = Table("repair-proof")
CONFIRMED: Final = Table("repair-confirmed")
ACTS: Final = Table("repair-act")


def repairs_panel(service: ProductionService, view: StationView) -> RepairsPanel:
    """Return the repair that is under way, and those that can be begun."""
    wanted = service.repairs.wanted(view)
    others = [name for name in service.repairs.possible() if name not in wanted]
    now = service.repairs.now(view)
    return RepairsPanel(
        now=_shown(now) if now is not None else None,
        wanted=tuple(RepairChoice(name, TITLES[name]) for name in wanted),
        others=tuple(RepairChoice(name, TITLES[name]) for name in others),
    )


def _shown(now: RepairView) -> RepairShown:
    step = now.step
    act = step.act if step is not None else None
    cleans = act is RepairAct.CLEAN
    failed = now.cleaning_failed if cleans else ""
    return RepairShown(
        name=now.name,
        title=TITLES[now.name],
        lines=tuple(_line(now, number, one) for number, one in enumerate(now.steps)),
        step=str(len(now.done)) if step is not None else "",
        waits=PROOFS[step.proof] if step is not None else "",
        by_person=step is not None and step.proof is StepProof.PERSON,
        act=act.value if act is not None else "",
        act_label=ACTS[act] if act is not None else "",
        busy=text("repair-act.cleaning") if cleans and now.cleaning else "",
        problem=connection_problem(failed) if failed else None,
    )


def _line(now: RepairView, number: int, step: RepairStep) -> RepairLine:
    words = STEPS[step.text]
    if number < len(now.done):
        return RepairLine(words, "done", CONFIRMED[now.done[number]])
    return RepairLine(words, "now" if number == len(now.done) else "later")


def _begin(service: ProductionService, pressed: Pressed) -> str:
    service.repairs.begin(pressed.repair, pressed.actor)
    return pressed.order


def _confirm(service: ProductionService, pressed: Pressed) -> str:
    service.repairs.confirm(pressed.repair, number_from(pressed.step), pressed.actor)
    return pressed.order


def _leave(service: ProductionService, pressed: Pressed) -> str:
    service.repairs.leave(pressed.actor)
    return pressed.order


def _clean(service: ProductionService, pressed: Pressed) -> str:
    service.machine.cleaning.begin(pressed.actor)
    return pressed.order


REPAIR_ACTIONS: Final[Mapping[str, Action]] = {
    "begin-repair": _begin,
    "confirm-step": _confirm,
    "leave-repair": _leave,
    RepairAct.CLEAN.value: _clean,
}
