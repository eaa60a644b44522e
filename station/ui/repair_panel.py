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
    proof = _proof(now, step)
    act = _act(now, step)
    failed = now.cleaning_failed if act is RepairAct.CLEAN else ""
    return RepairShown(
        name=now.name,
        title=TITLES[now.name],
        lines=tuple(_line(now, number, one) for number, one in enumerate(now.steps)),
        step=str(len(now.done)) if step is not None else "",
        waits=PROOFS[proof] if proof is not None else "",
        by_person=proof is StepProof.PERSON,
        act=act.value if act is not None else "",
        act_label=ACTS[act] if act is not None else "",
        busy=text("repair-cleaning.running") if act is RepairAct.CLEAN and now.cleaning else "",
        problem=connection_problem(failed) if failed else None,
    )


def _proof(now: RepairView, step: RepairStep | None) -> StepProof | None:
    if step is None:
        return None
    return StepProof.PERSON if _by_hand(now, step) else step.proof


def _act(now: RepairView, step: RepairStep | None) -> RepairAct | None:
    return None if step is None or _by_hand(now, step) else step.act


def _by_hand(now: RepairView, step: RepairStep) -> bool:
    return step.act is RepairAct.CLEAN and not now.cleanable


def _line(now: RepairView, number: int, step: RepairStep) -> RepairLine:
    words = text("repair-cleaning.by-hand") if _by_hand(now, step) else STEPS[step.text]
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
