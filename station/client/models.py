"""What is sent and answered; made from OpenAPI by `make docs`: do not edit."""

# ruff: noqa: D101, E501, I001 - made from the document, which describes each field
# fmt: off
from __future__ import annotations

from typing import Any, Literal, NotRequired, TypeAlias, TypedDict

class ActOnCards(TypedDict):
    cards: list[int]
    contact: NotRequired[Taker | None]
    shelf: NotRequired[str]
    unit: NotRequired[str]
    unit_name: NotRequired[str]
class AddedWebhook(TypedDict):
    secret: str
    webhook: WebhookRecord
class Agent(TypedDict):
    name: NotRequired[str]
    number: NotRequired[str]
    token: NotRequired[str]
class Answer(TypedDict):
    answer: AnswerKind
    consequence: str
    label: str
    needs_approver: bool
AnswerKind: TypeAlias = Literal["printed", "not-printed", "go-on", "wait", "spoiled", "discarded", "lost", "release-inactive", "taken", "kept", "retract", "is-in", "is-out", "not-fed", "inside", "at-outlet", "put-back"]
ApplicationType: TypeAlias = Literal["first", "lost", "exchange", "warranty"]
class Approvals(TypedDict):
    approved: Literal[True]
    orders: list[str]
class AskedPairing(TypedDict):
    code: str
    id: str
AttendanceRole: TypeAlias = Literal["holder", "agent"]
class AttendanceView(TypedDict):
    actor: str
    agreement: NameAgreement
    at: str
    how: How
    module: str
    name: str
    number_masked: str
    role: AttendanceRole
class BankNow(TypedDict):
    failed: int
    passed: int
    sent: int
    unsent: int
class BankStock(TypedDict):
    bank: str
    counted: int | None
    drawer: int
    feeder: int
    name: str
BankVerdict: TypeAlias = Literal["", "sent", "passed", "failed"]
class BatchFile(TypedDict):
    file: str
    naming: NotRequired[PhotoNaming]
    title: str
    unit: NotRequired[str]
class BatchList(TypedDict):
    actor: str
    at: str
    batch: str
    id: int
    lines: int
class BatchPhoto(TypedDict):
    name: str
    photo: int
    reason: str
    state: PhotoState
class BatchProgress(TypedDict):
    bank: str
    held: int
    left: int
    made: int
    of_bank: int
    seconds: float | None
    spoiled: int
class BatchReceipt(TypedDict):
    batch: str
    part: int
    refused: int
class BatchRow(TypedDict):
    bank: BankVerdict
    cells: dict[str, str]
    chosen: str
    exported: int | None
    faults: list[RowFault]
    line: int
    listed: int | None
    order: str | None
    reason: str
    state: RowState
BatchSource: TypeAlias = Literal["file", "package", "province", "api"]
BatchState: TypeAlias = Literal["reading", "open"]
class BatchView(TypedDict):
    counts: dict[str, int]
    created_at: str
    created_by: str
    id: str
    making: Making
    naming: PhotoNaming
    number: str
    rows: int
    source: BatchSource
    state: BatchState
    title: str
    unit: str
class BlankTried(TypedDict):
    answers: bool
class BrokenPhoto(TypedDict):
    line: int
    name: str
    photo: int
    reason: str
    state: PhotoState
class BroughtCard(TypedDict):
    AAZ501: NotRequired[str]
    card_number: NotRequired[str]
    cause: CheckCause
    verdict: CheckVerdict
Capability: TypeAlias = Literal["print-front", "print-back", "contact-chip", "feeder", "reject-bin", "magnetic", "rewritable"]
class CardCheck(TypedDict):
    actor: str
    at: str
    card_number_masked: str
    cause: CheckCause
    how: CheckHow
    id: int
    name: str
    number_masked: str
    verdict: CheckVerdict
CardFate: TypeAlias = Literal["in-machine", "issued", "spoiled", "refused", "returned", "test", "temporary", "collected", "training"]
class CardIn(TypedDict):
    AAZ501: NotRequired[str]
    bank: NotRequired[str]
    card_number: NotRequired[str]
    id_number: NotRequired[str]
    name: NotRequired[str]
    order: NotRequired[str]
    shelf: NotRequired[str]
class CardLogin(TypedDict):
    pin: str
CardPlace: TypeAlias = Literal["feeder", "chip-station", "print-station", "output-hopper", "taken", "kept", "reject-bin", "unknown"]
class CardRecord(TypedDict):
    AAZ501: str
    bank: str
    blank: bool
    destroyed_at: str | None
    destroyed_by: str
    fate: CardFate
    fed_at: str | None
    id: int
    order: str
    place: CardPlace
    presented_at: str | None
    reason: str
    ribbon_planned: int
    ribbon_used: int
    settled_at: str | None
    updated_at: str
    witness: str
class CardSearch(TypedDict):
    card_number: NotRequired[str]
    id_number: NotRequired[str]
    place: NotRequired[CustodyPlace | None]
    unit: NotRequired[str]
class CardServiceDone(TypedDict):
    actor: str
    after: CardState | None
    at: str
    before: CardState
    code: str
    id: int
    proven: bool
    result: ServiceResult
    service: StateService
CardState: TypeAlias = Literal["issued", "normal", "suspended", "lost", "cancelled"]
CheckCause: TypeAlias = Literal["mute", "data-differs", "face-differs", "damaged", "not-his", "not-collected", "none"]
CheckHow: TypeAlias = Literal["read", "manual"]
CheckVerdict: TypeAlias = Literal["good", "remake", "destroy"]
class ChipView(TypedDict):
    AAZ500: str
    AAZ501: str
    AAZ507: str
    AAZ508: str
    bank_number_masked: str
class ChosenPhoto(TypedDict):
    photo: int
class ClosedShift(TypedDict):
    began_at: str
    ended_at: str
    ended_by: str
    event: int
    id: int
    report: ShiftReport
class CollectorBody(TypedDict):
    name: str
    number: str
    phone: str
class CollectorView(TypedDict):
    name: str
    number: str
    phone: str
class ComparedRows(TypedDict):
    approved: Literal[True]
    lines: list[int]
class Contact(TypedDict):
    name: str
    phone: str
class CorrectedFile(TypedDict):
    file: str
class Counted(TypedDict):
    banks: dict[str, int]
    drawer: int
    feeder: int
class Counts(TypedDict):
    banks: NotRequired[dict[str, int]]
    drawer: int
    feeder: int
CustodyAct: TypeAlias = Literal["receive", "request", "approve", "refuse", "give-unit", "give-person", "give-again", "return", "undo"]
class CustodyDocument(TypedDict):
    act: CustodyAct
    actor: str
    at: str
    came_back: int | None
    contact_agent: bool
    contact_name: str
    contact_number_masked: str
    decided_at: str | None
    decided_by: str
    distributed: int | None
    id: int
    receipt_at: str | None
    receipt_by: str
    state: DocumentState
    unit: str
    unit_name: str
class CustodyMove(TypedDict):
    act: CustodyAct
    actor: str
    after: CustodyPlace
    at: str
    before: CustodyPlace | None
    document: int | None
    id: int
    shelf: str
    undone: bool
    unit: str
CustodyPlace: TypeAlias = Literal["store", "requested", "office", "unit", "person"]
class DeadLetter(TypedDict):
    at: str
    attempts: int
    event: int
    id: int
    last_error: str
    state: LetterState
    webhook: str
class Decision(TypedDict):
    line: int
    note: NotRequired[str]
    number: NotRequired[str]
    passed: bool
    reason: NotRequired[RowReason | None]
class Decisions(TypedDict):
    rows: list[Decision]
class DeskCardView(TypedDict):
    AAZ501: str
    AAZ508: str
    card_number_masked: str
    is_good: bool
    name: str
    number_masked: str
    pin_tries: int
    problems: list[str]
    warnings: list[str]
class DeviceView(TypedDict):
    address: str
    capabilities: list[Capability]
    exchanges: list[str]
    facts: dict[str, str]
    name: str
    ok: bool | None
    problems: list[Problem]
    state: str
    unverified: list[str]
class Distribution(TypedDict):
    came_back: NotRequired[int]
    distributed: int
DocumentState: TypeAlias = Literal["requested", "done", "refused"]
class EventRecord(TypedDict):
    actor: str
    at: str
    data: dict[str, str]
    hash: str
    kind: str
    order: str
    seq: int
ExchangeReason: TypeAlias = Literal["lost", "stolen", "damaged", "data-changed", "bank-changed", "expired", "quality"]
class ExportRequest(TypedDict):
    again: NotRequired[bool]
class ExportedPart(TypedDict):
    actor: str
    at: str
    batch: str
    lines: int
    part: int
    receipt_at: str | None
class ExportedReports(TypedDict):
    content: str
    count: int
    id: str
    part: int
class FinishedCard(TypedDict):
    bank: str
    card_number_masked: str
    document: int | None
    id: int
    name: str
    number_masked: str
    order: str | None
    place: CustodyPlace
    returned: bool
    shelf: str
    unit: str
    unit_name: str
    updated_at: str
class FoundOrders(TypedDict):
    next: str | None
    orders: list[OrderSummary]
class HandOverDecision(TypedDict):
    approved: bool
class Health(TypedDict):
    recovered: bool
    status: str
class HolderCard(TypedDict):
    token: str
class HolderView(TypedDict):
    AAC002: str
    AAC003: str
    bank: str
How: TypeAlias = Literal["read", "typed"]
IdCardKind: TypeAlias = Literal["resident", "hong-kong-macao-taiwan", "foreigner-2017", "foreigner-2023"]
class IdCardView(TypedDict):
    kind: IdCardKind
    module: str
    name: str
    number: str
    problem: Problem | None
    read_at: str
    token: str
    valid_until: str | None
class IdReaderView(TypedDict):
    card: IdCardView | None
    configured: bool
    ok: bool | None
    on_reader: OnReader | None
    problem: Problem | None
class IdentityView(TypedDict):
    people: list[AttendanceView]
    problem: Problem | None
LetterState: TypeAlias = Literal["dead", "again", "sent"]
class ListedRows(TypedDict):
    lines: NotRequired[list[int]]
class LockedRow(TypedDict):
    line: int
    state: RowState
class Login(TypedDict):
    operator: str
    password: str
Making: TypeAlias = Literal["off", "on", "paused"]
class MakingWish(TypedDict):
    making: Literal["on", "paused"]
class Moved(TypedDict):
    bank: NotRequired[str]
    count: int
    move: StockMove
NameAgreement: TypeAlias = Literal["pending", "same", "begins", "confirmed"]
class NewApplication(TypedDict):
    AAZ501: NotRequired[str]
    bank: NotRequired[str]
    card_number: NotRequired[str]
    fee_paid: NotRequired[bool]
    id_number: NotRequired[str]
    name: NotRequired[str]
    old_card_collected: NotRequired[bool]
    reason: NotRequired[ExchangeReason | None]
    token: NotRequired[str]
    type: ApplicationType
class NewOrder(TypedDict):
    id_number: str
    queue: NotRequired[Queue]
    reason: NotRequired[OrderReason]
class NewReprint(TypedDict):
    approval: NotRequired[SecondPerson | None]
    kind: Literal["face-only", "chip-only", "full", "temporary-again"]
    reason: ReprintReason
class NewWebhook(TypedDict):
    name: str
    url: str
class Offer(TypedDict):
    needs_approver: bool
    reasons: list[ReprintReason]
    what: Offered
Offered: TypeAlias = Literal["go-on", "activate", "face-only", "chip-only", "full", "temporary-again"]
OnReader: TypeAlias = Literal["nothing", "read", "stays"]
class OpenedSession(TypedDict):
    operator: str
    token: str
class OrderByCard(TypedDict):
    reason: NotRequired[OrderReason]
    token: str
OrderEvent: TypeAlias = Literal["data-fetched", "approved", "card-fed", "chip-stays", "chip-written", "chip-rewritten", "reported", "face-printed", "no-face", "card-released", "activated", "written-at-desk", "rewritten-at-desk", "collected", "blank-refused", "cancelled", "card-spoiled"]
OrderKind: TypeAlias = Literal["full", "face-only", "chip-only", "test", "temporary", "temporary-again", "temporary-back", "rehearsal"]
OrderReason: TypeAlias = Literal["new", "replacement", "remake"]
OrderStep: TypeAlias = Literal["accepted", "data-ready", "approved", "fed", "encoded", "reported", "printed", "printed-owed", "released", "released-owed", "activated", "cancelled", "spoiled", "collected"]
class OrderSummary(TypedDict):
    created_at: str
    id: str
    id_number_masked: str
    kind: OrderKind
    problem_code: str | None
    reason: OrderReason
    step: OrderStep
class OrderView(TypedDict):
    approver: str
    card_out: str | None
    card_place: CardPlace
    chip: ChipView | None
    created_at: str
    face_sha256: str
    goal: OrderStep | None
    has_back: bool
    holder: HolderView | None
    id: str
    kind: OrderKind
    next_event: OrderEvent | None
    next_step: OrderStep | None
    photo_rules_unchecked: str
    photo_waivers: dict[str, str]
    previous: str | None
    problem: Problem | None
    question: Question | None
    reason: OrderReason
    reason_code: str
    running: OrderStep | None
    running_until: str | None
    step: OrderStep
    updated_at: str
    where: str
class PackageFile(TypedDict):
    file: str
class PackageTaken(TypedDict):
    batch: BatchView
    missing: list[str]
    photos: PhotosTaken
    rows: TakenRows | None
class PairedPage(TypedDict):
    paired: bool
    token: str
PaperSize: TypeAlias = Literal["80mm", "a4"]
class PersonOrder(TypedDict):
    AAZ501: str
    card: int | None
    created_at: str
    fate: CardFate | None
    id: str
    kind: OrderKind
    offers: list[Offer]
    place: CardPlace | None
    problem_code: str | None
    reason: OrderReason
    step: OrderStep
class PersonSearch(TypedDict):
    AAZ501: NotRequired[str]
    card_number: NotRequired[str]
    id_number: NotRequired[str]
    token: NotRequired[str]
class PersonView(TypedDict):
    id_number_masked: str
    name: str
    orders: list[PersonOrder]
class PersonsAnswer(TypedDict):
    answer: AnswerKind
    approval: NotRequired[SecondPerson | None]
PhotoNaming: TypeAlias = Literal["number", "number-name", "receipt"]
PhotoState: TypeAlias = Literal["new", "fits", "soft", "bad"]
class PhotoWaiver(TypedDict):
    approval: SecondPerson
    rules: NotRequired[list[str] | None]
class PhotosFile(TypedDict):
    file: str
class PhotosNow(TypedDict):
    broken: list[BrokenPhoto]
    counts: dict[str, int]
    doubled: list[int]
    missing: list[int]
    unmatched: list[BatchPhoto]
class PhotosTaken(TypedDict):
    added: int
    known: int
    matched: int
    refused: list[str]
class PinDone(TypedDict):
    AAZ501: str
    at: str
    event: int
    service: str
class PinRequest(TypedDict):
    AAZ501: str
    new_pin: NotRequired[str]
    new_pin_again: NotRequired[str]
    pin: NotRequired[str]
    reading: NotRequired[str]
    use_last_try: NotRequired[bool]
PinService: TypeAlias = Literal["verify", "change", "unblock", "reload"]
class Problem(TypedDict):
    cause: str
    code: str
    effect: str | None
    native: str
    remedy: str
    retry_at: str | None
    title: str
    where: str
class ProblemDetails(TypedDict):
    code: str
    detail: str
    fields: list[str]
    remedy: str
    status: int
    title: str
    type: str
class ProvinceBatch(TypedDict):
    naming: NotRequired[PhotoNaming]
    number: str
    title: NotRequired[str]
    unit: NotRequired[str]
class Question(TypedDict):
    answers: list[Answer]
    kind: QuestionKind
    text: str
QuestionKind: TypeAlias = Literal["face-in-doubt", "card-missing", "card-held", "report-owed-long", "feed-in-doubt", "release-in-doubt", "reject-in-doubt", "card-not-taken", "put-in", "take-out", "put-aside"]
Queue: TypeAlias = Literal["window", "batch"]
class QueuedApproval(TypedDict):
    order: str
    problem_code: str | None
    step: OrderStep | None
class QueuedOrder(TypedDict):
    order: str
    place: int
    problem_code: str | None
    queue: Queue
    step: OrderStep
class ReceiptFile(TypedDict):
    content: str
class ReceiptsFile(TypedDict):
    content: str
ReprintReason: TypeAlias = Literal["face-unclear", "face-colour-off", "face-damaged", "chip-data-damaged", "chip-data-wrong", "card-spoiled", "card-defective", "not-collected", "pin-forgotten"]
Role: TypeAlias = Literal["operator", "supervisor", "technician", "auditor", "province-page", "province-server", "central", "local-account"]
class RowAnswer(TypedDict):
    line: int
    problem: str
    state: RowState | None
class RowFault(TypedDict):
    code: str
    reason: str
RowField: TypeAlias = Literal["line", "computer-number", "name", "document", "number", "sex", "born", "nation", "phone", "bank", "accounts", "receipt", "department", "remark"]
RowReason: TypeAlias = Literal["choose-number", "keeps-fifteen", "not-this-person", "data-wrong", "photo-wrong", "not-of-unit", "other", "compare", "data-differs", "card-spoiled", "receipt-refused", "bank-refused", "cancelled", "erased"]
RowState: TypeAlias = Literal["faulty", "ready", "confirmed", "refused", "making", "made", "withdrawn"]
class RunRequest(TypedDict):
    approved: NotRequired[bool]
class Search(TypedDict):
    cursor: NotRequired[str | None]
    day: NotRequired[str | None]
    id_number: NotRequired[str | None]
    kind: NotRequired[OrderKind | None]
    limit: NotRequired[int]
    step: NotRequired[OrderStep | None]
class SecondPerson(TypedDict):
    card_pin: NotRequired[str]
    operator: str
    password: NotRequired[str]
ServiceResult: TypeAlias = Literal["begun", "done", "refused", "unknown", "not-seen"]
class SeveralRows(TypedDict):
    lines: list[int]
class ShiftFigures(TypedDict):
    drawer_before: int
    fed: int
    feeder_before: int
    given_back: int
    inside: int
    inside_before: int
    issued: int
    loaded: int
    opened: int
    refused: int
    returned: int
    spoiled: int
    test: int
    unloaded: int
class ShiftReport(TypedDict):
    balances: bool
    banks: list[BankStock]
    began_at: str
    counted: Counted | None
    differences: list[str]
    drawer: int
    feeder: int
    figures: ShiftFigures
    ribbon_alarm: bool
    ribbon_planned: int
    ribbon_total_planned: int
    ribbon_total_used: int
    ribbon_used: int
    until: str
class StateChange(TypedDict):
    AAZ501: NotRequired[str]
    card_number: NotRequired[str]
    confirmed: NotRequired[bool]
    id_number: NotRequired[str]
    looked: NotRequired[str]
    present_card: NotRequired[str]
    reading: NotRequired[str]
    token: NotRequired[str]
StateService: TypeAlias = Literal["suspend", "report-loss", "lift-loss", "cancel", "activate"]
class StateView(TypedDict):
    bank: str
    card_number_masked: str
    name: str
    number_masked: str
    offered: list[StateService]
    state: CardState
    token: str
class StationView(TypedDict):
    at_work: OrderStep | None
    card_in_path: str | None
    card_left_inside: bool
    checked_at: str | None
    current: str | None
    desk: list[DeviceView]
    devices: list[DeviceView]
    feeder_stopped: bool
    order_inside: bool
    owed: list[WriteBackRecord]
    ready: bool
    recovered: bool
    ribbon_cards_left: int | None
    started_at: str
    version: str
StockMove: TypeAlias = Literal["opened", "loaded", "unloaded", "returned"]
class TakenList(TypedDict):
    added: int
    batch: BatchView
    changed: int
    locked: list[LockedRow]
    unchanged: int
class TakenReceipts(TypedDict):
    done: int
    known: int
    refused: int
class TakenRows(TypedDict):
    added: int
    changed: int
    locked: list[LockedRow]
    unchanged: int
class Taker(TypedDict):
    agent: NotRequired[bool]
    name: str
    number: NotRequired[str]
    phone: NotRequired[str]
class TemporaryCardWrite(TypedDict):
    new_pin: NotRequired[str]
    new_pin_again: NotRequired[str]
    reading: NotRequired[str]
class ToldEvent(TypedDict):
    data: dict[str, Any]
    datacontenttype: Literal["application/json"]
    id: str
    source: str
    specversion: Literal["1.0"]
    subject: str
    time: str
    type: str
class UnitBody(TypedDict):
    AAE008: NotRequired[str]
    branch: NotRequired[str]
    branch_name: NotRequired[str]
    collectors: NotRequired[list[CollectorBody]]
    fixed: NotRequired[bool]
    name: str
class UnitView(TypedDict):
    AAE008: str
    branch: str
    branch_name: str
    collectors: list[CollectorView]
    fixed: bool
    name: str
    number: str
class Verdict(TypedDict):
    passed: bool
class WebhookRecord(TypedDict):
    attempts: int
    gone: bool
    last_error: str
    made_at: str
    made_by: str
    name: str
    position: int
    url: str
class WhoIsCalling(TypedDict):
    means: str
    name: str
    roles: list[Role]
class Witness(TypedDict):
    approval: SecondPerson
    found: NotRequired[bool]
class WriteBackRecord(TypedDict):
    attempts: int
    created_at: str
    done_at: str | None
    export_id: str
    exported_at: str | None
    id: int
    last_error: str
    order: str
    outcome: str
    receipt: str
    receipt_at: str | None
    state: WriteBackState
WriteBackState: TypeAlias = Literal["owed", "done", "dead", "withdrawn"]
