"""Documents of an order: the portrait, the preview, the slip."""

from __future__ import annotations

from typing import Final

from station.core.errors import OrderNotFoundError, StepNotAllowedError
from station.core.identity import masked_id_number
from station.core.orders import OrderRecord, OrderStep
from station.core.recipes import recipe_of
from station.core.slips import Slip
from station.production.life.effects import Workbench
from station.production.life.narrow import prepared
from station.production.life.steps import data
from station.production.people.questions import ANSWERED
from station.words import Table, text

NOTES: Final = Table("slip-note")


class OrderPapers:
    """Read-only documents of orders. Thread-safe."""

    def __init__(self, bench: Workbench) -> None:
        self._bench = bench

    def photo(self, order: str) -> bytes:
        """Return the portrait as the province sent it (JPEG).

        Raises:
            OrderNotFoundError: No order, or no data yet.
            DataErasedError: The data was erased when its time was over.
        """
        record = self._bench.journal.orders.one(order)
        if record.data is None and record.erased_at is None:
            raise OrderNotFoundError("there is no photo yet")
        return prepared(record).data.photo_jpeg

    def preview(self, order: str, side: str) -> bytes:
        """Return the PNG of one side, from the same rendering that is printed.

        Raises:
            OrderNotFoundError: The order does not exist, has no data yet, or no such side.
            FaceChangedError: The face is not the approved one any more.
            DataErasedError: The data was erased when its time was over.
        """
        record = self._bench.journal.orders.one(order)
        waits = not record.face_sha256 and record.erased_at is None
        if waits or side not in self._bench.equipment.faces.sides:
            raise OrderNotFoundError(f"there is no preview of {side!r} yet")
        face = data.render_again(self._bench, record)
        shown = face.front if side == "front" else face.back
        if shown is None:
            raise OrderNotFoundError(f"this card has no {side}")
        return shown.preview_png

    def slip(self, order: str) -> bytes:
        """未启用凭条: return the PDF for the holder of a card that was released inactive.

        Raises:
            StepNotAllowedError: The order's card was not, or its report was acknowledged since.
        """
        slip = slip_of(self._bench, self._bench.journal.orders.one(order))
        return self._bench.equipment.print_slip(slip)


def slip_of(bench: Workbench, order: OrderRecord) -> Slip:
    """Return the slip of a card that was released inactive.

    Raises:
        StepNotAllowedError: The order's card was not, or its report was acknowledged since.
    """
    if order.step is not OrderStep.RELEASED_OWED or recipe_of(order.kind).at_desk:
        raise StepNotAllowedError(
            "only a card that was released inactive has a slip", details={"step": order.step.value}
        )
    known = prepared(order).data
    agreed = bench.journal.history.last(order.id, ANSWERED)
    return Slip(
        title=text("slip.title"),
        lines=(
            (text("slip.name"), known.chip.AAC003),
            (text("slip.number"), masked_id_number(order.id_number)),
            (text("slip.bank"), known.bank_name),
            (text("slip.issuer"), known.issuer),
            (text("slip.window"), bench.equipment.machine),
            (text("slip.order"), order.id),
            (text("slip.released-at"), order.updated_at.astimezone().strftime("%Y-%m-%d %H:%M")),
            (text("slip.approver"), agreed.data.get("approver", "") if agreed else ""),
        ),
        notes=tuple(NOTES.values()),
    )
