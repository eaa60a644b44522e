"""获取数据: the province's data and photo, and the face that will be printed."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from station.core.changes import AddEvent, Changes, StoreData
from station.core.errors import FaceChangedError, OrderConflictError, StationError
from station.core.faces import RenderedFace
from station.core.gateways import ProductionData
from station.core.life import OrderEvent
from station.core.orders import AnyOrder, OrderRecord, OrderStep, WriteBackState
from station.core.photos import Portrait
from station.core.recipes import DataSource, recipe_of
from station.production.life.effects import ACTOR, Workbench, move
from station.production.life.narrow import prepared
from station.production.life.steps import photo, report, temporary

#: Event of an order whose journal was replaced by a backup, and code of its hold.
RESTORED: Final = "journal-restored"
NO_FACE: Final = ""  #: digest of a face where none is printed
ASKED_AGAIN: Final = "province-asked-after-restore"


def run(bench: Workbench, order: OrderRecord) -> None:
    """Fetch, check and render; fixes the digest of the face. Opens a batch at the province.

    A picture that breaks a soft rule holds the order here, until a supervisor waives the rule.
    Where cancelled orders are given back, data of which no card can be made is stored too: the
    application is locked to its batch from now on.

    Raises:
        OrderConflictError: A report about an earlier card of this person is still owed.
        OrderMovedError: It was cancelled while the province was asked; the batch is owed back.
        GatewayError: The province gives no data; a rejection names the missing precondition.
        InputError: A name that chip or font can't hold, a photo that can't be printed, or a bank
            that the site does not know. All checks happen before a blank is fed.
    """
    _refuse_while_owed(bench, order)
    if recipe_of(order.kind).data is DataSource.FIRST_ORDER:
        _take_over(bench, order)
        return
    if recipe_of(order.kind).data is DataSource.TEMPORARY:
        bench.apply(ACTOR, *fetched(order, temporary.fetch(bench, order), NO_FACE))
        return
    bench.equipment.pictures.expect()  # while the province is asked
    data = bench.equipment.province_for(order.kind).fetch_production_data(order.id_number)
    try:
        bench.apply(ACTOR, *_checked(bench, order, data))
    except StationError:
        _keep_batch(bench, order, data)
        raise


def _checked(bench: Workbench, order: OrderRecord, data: ProductionData) -> Changes:
    bench.equipment.blank_rule(data.AAE008)
    bench.equipment.encoder.check_data(data.chip)
    faces = bench.equipment.faces
    portrait = faces.check_photo(data.photo_jpeg)
    portrait.report.require_hard()
    digest = ""
    if faces.sides:
        digest = face_digest(bench, _draw(bench, data, portrait))
    return (*fetched(order, data, digest), *photo.note(order, portrait.report))


def _keep_batch(bench: Workbench, order: OrderRecord, data: ProductionData) -> None:
    # Whether the order was cancelled meanwhile is decided in the same transaction: a cancellation
    # that comes later finds the data.
    policies = bench.equipment.policies
    if not report.tells_cancelled(order, policies):
        return
    with bench.journal.transaction(ACTOR) as change:
        now = bench.journal.orders.one(order.id)
        if now.step is OrderStep.ACCEPTED:
            change.apply(StoreData(order.id, data, None))
        elif now.step is OrderStep.CANCELLED and now.data is None:  # else it is owed already
            change.apply(*report.of_cancelled(replace(now, data=data), policies))


def _take_over(bench: Workbench, order: OrderRecord) -> None:
    # A reprint uses exactly the data that the card was made with; the province is not asked.
    data = prepared(bench.journal.orders.one(order.previous or "")).data
    bench.equipment.encoder.check_data(data.chip)
    if recipe_of(order.kind).at_desk:
        bench.apply(ACTOR, *fetched(order, data, NO_FACE))
        return
    face = _draw(bench, data, bench.equipment.faces.open_photo(data.photo_jpeg))
    bench.apply(ACTOR, *fetched(order, data, face_digest(bench, face)))


def ask_after_restore(bench: Workbench, order: OrderRecord) -> None:
    """Ask the province once more before a blank is fed for an order that came from a backup.

    The window may have made this card after the backup. Then the province refuses the data, or has
    other data than the order's, and nothing is fed.

    Raises:
        GatewayError: The province gives no data, or no answer.
        OrderConflictError: It has other data now: the order must be cancelled and accepted anew.
    """
    restored = bench.journal.history.last(order.id, RESTORED)
    if restored is None or recipe_of(order.kind).data is not DataSource.PROVINCE:
        return
    asked = bench.journal.history.last(order.id, ASKED_AGAIN)
    if asked is not None and asked.seq > restored.seq:
        return
    now = bench.equipment.province_for(order.kind).fetch_production_data(order.id_number)
    if now != prepared(order).data:
        raise OrderConflictError("the province has other data than the backup", code=RESTORED)
    bench.apply(ACTOR, AddEvent(order.id, ASKED_AGAIN, {}))


def _draw(bench: Workbench, data: ProductionData, portrait: Portrait) -> RenderedFace:
    model = bench.equipment.printer.model
    return bench.equipment.faces.render(data, portrait, model.geometry, duplex=model.duplex)


def fetched(order: OrderRecord, data: ProductionData, face_sha256: str) -> Changes:
    """Return the changes that follow from an order's data and its rendered face. Pure."""
    stored = StoreData(order.id, data, face_sha256)
    return (stored, move(order, OrderEvent.DATA_FETCHED))


def _refuse_while_owed(bench: Workbench, order: OrderRecord) -> None:
    # Reports about one person must arrive in the order of the cards: a failure report that arrives
    # after the next card's data would withdraw the application on which that card is based.
    mine = {one.id for one in bench.journal.orders.heads_of_person(order.id_number)} - {order.id}
    states = (WriteBackState.OWED, WriteBackState.DEAD)
    if any(row.order in mine for row in bench.journal.outbox.rows(*states)):
        raise OrderConflictError(
            "a report about this person's last card is owed", code="earlier-report-owed"
        )


def approve(bench: Workbench, order: AnyOrder, actor: str) -> None:
    """预览核对: record that a person compared picture, name and bank.

    Raises:
        PhotoRulesError: The picture waits for a supervisor.
        StepNotAllowedError: There is nothing to approve.
    """
    photo.require_waived(order)
    bench.apply(actor, move(order, OrderEvent.APPROVED))


def face_digest(bench: Workbench, face: RenderedFace) -> str:
    """Return the digest that the journal stores for a face: keyed, since a face is personal."""
    return bench.journal.digest("orders.face", face.sha256)


def render_again(bench: Workbench, order: OrderRecord) -> RenderedFace:
    """Render the order's face from the journal's data.

    Raises:
        FaceChangedError: The digest is not the approved one (another template, font or printer).
    """
    data = prepared(order).data
    face = _draw(bench, data, bench.equipment.faces.open_photo(data.photo_jpeg))
    # A version before 0005 stored the plain digest.
    if order.face_sha256 not in (face_digest(bench, face), face.sha256):
        raise FaceChangedError("the face is not the one that was approved")
    return face
