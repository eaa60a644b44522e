"""One durable change: order row, event, effect, ledger and outbox row together, or none of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from station.core import (
    batch_changes,
    changes,
    custody_changes,
    fleet_changes,
    webhook_changes,
)
from station.core.changes import Change
from station.journal import (
    attendance_writing,
    batch_erasing,
    batch_exports,
    batch_photo_writing,
    batch_writing,
    call_writing,
    card_service_writing,
    card_writing,
    custody_writing,
    effect_writing,
    erasing,
    fleet_writing,
    order_writing,
    outbox_writing,
    stock_writing,
    units,
    webhook_writing,
)
from station.journal.writing import Writing

#: The writer of each change; a test checks that none is missing.
WRITERS: Final[Mapping[type[Change], Callable[[Writing, Any], int | None]]] = {
    changes.AddOrder: order_writing.add_order,
    changes.RememberRequest: order_writing.remember_request,
    changes.MoveOrder: order_writing.move_order,
    changes.SetGoal: order_writing.set_goal,
    changes.SetHold: order_writing.set_hold,
    changes.StoreData: order_writing.store_data,
    changes.SetWaivers: order_writing.set_waivers,
    changes.BindChip: order_writing.bind_chip,
    changes.ReleaseChip: order_writing.release_chip,
    changes.ErasePerson: erasing.erase_person,
    changes.BeginCardService: card_service_writing.begin_card_service,
    changes.EndCardService: card_service_writing.end_card_service,
    changes.EraseCardService: card_service_writing.erase_card_service,
    changes.AddEvent: order_writing.add_event,
    webhook_changes.AddWebhook: webhook_writing.add_webhook,
    webhook_changes.RemoveWebhook: webhook_writing.remove_webhook,
    webhook_changes.MoveWebhook: webhook_writing.move_webhook,
    webhook_changes.BuryEvent: webhook_writing.bury_event,
    webhook_changes.ChangeLetter: webhook_writing.change_letter,
    changes.BeginCall: call_writing.begin_call,
    changes.EndCall: call_writing.end_call,
    changes.ForgetCall: call_writing.forget_call,
    changes.BeginEffect: effect_writing.begin_effect,
    changes.EndEffect: effect_writing.end_effect,
    changes.OpenCard: card_writing.open_card,
    changes.UpdateCard: card_writing.update_card,
    changes.AdoptCard: card_writing.adopt_card,
    changes.CountRibbon: card_writing.count_ribbon,
    changes.DestroyCard: card_writing.destroy_card,
    changes.OweReport: outbox_writing.owe_report,
    changes.NoteReport: outbox_writing.note_report,
    changes.NoteExport: outbox_writing.note_export,
    changes.NoteReceipt: outbox_writing.note_receipt,
    changes.WithdrawReport: outbox_writing.withdraw_report,
    changes.NoteAttendance: attendance_writing.note_attendance,
    changes.NoteAgreement: attendance_writing.note_agreement,
    batch_changes.AddBatch: batch_writing.add_batch,
    batch_changes.ChangeBatch: batch_writing.change_batch,
    batch_changes.PutBatchRows: batch_writing.put_batch_rows,
    batch_changes.DecideBatchRows: batch_writing.decide_rows,
    batch_changes.AddBatchList: batch_writing.add_list,
    batch_changes.PutUnit: units.put_unit,
    batch_changes.EraseBatch: batch_erasing.erase_batch,
    batch_changes.AddBatchExport: batch_exports.add_export,
    batch_changes.NoteBatchReceipt: batch_exports.note_receipt,
    batch_changes.AddBatchPhotos: batch_photo_writing.add_photos,
    batch_changes.PlaceBatchPhoto: batch_photo_writing.place_photo,
    batch_changes.NotePhotoVerdicts: batch_photo_writing.note_verdicts,
    custody_changes.ReceiveFinishedCard: custody_writing.receive_finished_card,
    custody_changes.MoveFinishedCard: custody_writing.move_finished_card,
    custody_changes.AddCustodyDocument: custody_writing.add_document,
    custody_changes.DecideDocument: custody_writing.decide_document,
    custody_changes.NoteDistribution: custody_writing.note_distribution,
    custody_changes.NoteCardCheck: custody_writing.note_card_check,
    custody_changes.EraseCustody: custody_writing.erase_custody,
    fleet_changes.KeepFleetIdentity: fleet_writing.keep_identity,
    fleet_changes.NoteFleet: fleet_writing.note_fleet,
    fleet_changes.NoteLetter: fleet_writing.note_letter,
    fleet_changes.NoteTransfer: fleet_writing.note_transfer,
    changes.MoveBlanks: stock_writing.move_blanks,
    changes.CloseShift: stock_writing.close_shift,
}


class Transaction:
    """What `Journal.transaction()` yields. Nothing is durable before its end."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing

    def apply(self, *made: Change) -> tuple[int, ...]:
        """Write changes, in this order.

        Returns the ids that the journal gave to the effects and cards among them.

        Raises:
            OrderMovedError: An order is not at the step that a change expects.
            OrderNotFoundError: The order does not exist.
            JournalError: A constraint of the journal forbids it; see the change.
        """
        ids = (WRITERS[type(change)](self._writing, change) for change in made)
        return tuple(one for one in ids if one is not None)
