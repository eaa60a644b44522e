"""受理: whether this machine can make such a card.

Checked before an order exists, not with a card inside. The family declares what a model can do; the
unit itself reports which options are missing.
"""

from __future__ import annotations

from typing import Final

from station.core.errors import CapabilityMissingError
from station.core.orders import OrderKind
from station.core.phrases import phrase
from station.core.printing import Capability, PrinterModel, PrinterStatus
from station.core.recipes import Face, recipe_of
from station.production.life.equipment import Equipment

#: Side of a face -> the capability that printing it needs.
SIDES: Final = {"front": Capability.PRINT_FRONT, "back": Capability.PRINT_BACK}


def of(model: PrinterModel, status: PrinterStatus | None) -> frozenset[Capability]:
    """Return what this unit can do, as far as it has reported."""
    return model.capabilities - (status.not_fitted if status else frozenset())


def needed(equipment: Equipment, kind: OrderKind) -> list[Capability]:
    """Return the capabilities that a card needs: its chip, and the sides of the window's template.

    A card in the desk's reader needs nothing of the machine.

    Raises:
        CapabilityMissingError: A face reprint, at a window that prints none.
    """
    if recipe_of(kind).at_desk:
        return []
    sides = [capability for side, capability in SIDES.items() if side in equipment.faces.sides]
    prints = recipe_of(kind).prints
    if prints is Face.NONE:
        sides = []
    elif prints is Face.TEST_CARD:
        sides = [Capability.PRINT_FRONT]
    elif prints is Face.HOLDERS and not sides:
        raise _lacking(equipment.printer.model, Capability.PRINT_FRONT)
    return [Capability.CONTACT_CHIP, *sides]


def require(
    equipment: Equipment, status: PrinterStatus | None, kind: OrderKind = OrderKind.FULL
) -> None:
    """Refuse an order whose card this machine can't make.

    Args:
        equipment: The window's equipment.
        status: The last reading of the machine; None when there is none yet.
        kind: What is done to the card.

    Raises:
        CapabilityMissingError: Names the first missing capability.
    """
    model = equipment.printer.model
    can = of(model, status)
    for capability in needed(equipment, kind):
        if capability not in can:
            raise _lacking(model, capability)


def _lacking(model: PrinterModel, capability: Capability) -> CapabilityMissingError:
    return CapabilityMissingError(
        f"{model.title} lacks {capability.value}",
        details={
            "capability": capability.value,
            "capability_title": phrase(f"capability.{capability}"),
            "model": model.title,
        },
    )
