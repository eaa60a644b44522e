// Made from the OpenAPI document by `make docs`: do not edit.

export interface ActOnCards {
  cards: Array<number>;
  contact?: Taker | null;
  shelf?: string;
  unit?: string;
  unit_name?: string;
}

export interface AddedWebhook {
  secret: string;
  webhook: WebhookRecord;
}

export interface Agent {
  name?: string;
  number?: string;
  token?: string;
}

export interface Answer {
  answer: AnswerKind;
  consequence: string;
  label: string;
  needs_approver: boolean;
}

export type AnswerKind = "printed" | "not-printed" | "go-on" | "wait" | "spoiled" | "discarded" | "lost" | "release-inactive" | "taken" | "kept" | "retract" | "is-in" | "is-out" | "not-fed" | "inside" | "at-outlet" | "put-back";

export type ApplicationType = "first" | "lost" | "exchange" | "warranty";

export interface Approvals {
  approved: true;
  orders: Array<string>;
}

export interface AskedPairing {
  code: string;
  id: string;
}

export type AttendanceRole = "holder" | "agent";

export interface AttendanceView {
  actor: string;
  agreement: NameAgreement;
  at: string;
  how: How;
  module: string;
  name: string;
  number_masked: string;
  role: AttendanceRole;
}

export interface BankNow {
  failed: number;
  passed: number;
  sent: number;
  unsent: number;
}

export interface BankStock {
  bank: string;
  counted: number | null;
  drawer: number;
  feeder: number;
  name: string;
}

export type BankVerdict = "" | "sent" | "passed" | "failed";

export interface BatchFile {
  file: string;
  naming?: PhotoNaming;
  title: string;
  unit?: string;
}

export interface BatchList {
  actor: string;
  at: string;
  batch: string;
  id: number;
  lines: number;
}

export interface BatchPhoto {
  name: string;
  photo: number;
  reason: string;
  state: PhotoState;
}

export interface BatchProgress {
  bank: string;
  held: number;
  left: number;
  made: number;
  of_bank: number;
  seconds: number | null;
  spoiled: number;
}

export interface BatchReceipt {
  batch: string;
  part: number;
  refused: number;
}

export interface BatchRow {
  bank: BankVerdict;
  cells: Record<string, string>;
  chosen: string;
  exported: number | null;
  faults: Array<RowFault>;
  line: number;
  listed: number | null;
  order: string | null;
  reason: string;
  state: RowState;
}

export type BatchSource = "file" | "package" | "province" | "api";

export type BatchState = "reading" | "open";

export interface BatchView {
  counts: Record<string, number>;
  created_at: string;
  created_by: string;
  id: string;
  making: Making;
  naming: PhotoNaming;
  number: string;
  rows: number;
  source: BatchSource;
  state: BatchState;
  title: string;
  unit: string;
}

export interface BlankTried {
  answers: boolean;
}

export interface BrokenPhoto {
  line: number;
  name: string;
  photo: number;
  reason: string;
  state: PhotoState;
}

export interface BroughtCard {
  AAZ501?: string;
  card_number?: string;
  cause: CheckCause;
  verdict: CheckVerdict;
}

export type Capability = "print-front" | "print-back" | "contact-chip" | "feeder" | "reject-bin" | "magnetic" | "rewritable";

export interface CardCheck {
  actor: string;
  at: string;
  card_number_masked: string;
  cause: CheckCause;
  how: CheckHow;
  id: number;
  name: string;
  number_masked: string;
  verdict: CheckVerdict;
}

export type CardFate = "in-machine" | "issued" | "spoiled" | "refused" | "returned" | "test" | "temporary" | "collected" | "training";

export interface CardIn {
  AAZ501?: string;
  bank?: string;
  card_number?: string;
  id_number?: string;
  name?: string;
  order?: string;
  shelf?: string;
}

export interface CardLogin {
  pin: string;
}

export type CardPlace = "feeder" | "chip-station" | "print-station" | "output-hopper" | "taken" | "kept" | "reject-bin" | "unknown";

export interface CardRecord {
  AAZ501: string;
  bank: string;
  blank: boolean;
  destroyed_at: string | null;
  destroyed_by: string;
  fate: CardFate;
  fed_at: string | null;
  id: number;
  order: string;
  place: CardPlace;
  presented_at: string | null;
  reason: string;
  ribbon_planned: number;
  ribbon_used: number;
  settled_at: string | null;
  updated_at: string;
  witness: string;
}

export interface CardSearch {
  card_number?: string;
  id_number?: string;
  place?: CustodyPlace | null;
  unit?: string;
}

export interface CardServiceDone {
  actor: string;
  after: CardState | null;
  at: string;
  before: CardState;
  code: string;
  id: number;
  proven: boolean;
  result: ServiceResult;
  service: StateService;
}

export type CardState = "issued" | "normal" | "suspended" | "lost" | "cancelled";

export type CheckCause = "mute" | "data-differs" | "face-differs" | "damaged" | "not-his" | "not-collected" | "none";

export type CheckHow = "read" | "manual";

export type CheckVerdict = "good" | "remake" | "destroy";

export interface ChipView {
  AAZ500: string;
  AAZ501: string;
  AAZ507: string;
  AAZ508: string;
  bank_number_masked: string;
}

export interface ChosenPhoto {
  photo: number;
}

export interface ClosedShift {
  began_at: string;
  ended_at: string;
  ended_by: string;
  event: number;
  id: number;
  report: ShiftReport;
}

export interface CollectorBody {
  name: string;
  number: string;
  phone: string;
}

export interface CollectorView {
  name: string;
  number: string;
  phone: string;
}

export interface ComparedRows {
  approved: true;
  lines: Array<number>;
}

export interface Contact {
  name: string;
  phone: string;
}

export interface CorrectedFile {
  file: string;
}

export interface Counted {
  banks: Record<string, number>;
  drawer: number;
  feeder: number;
}

export interface Counts {
  banks?: Record<string, number>;
  drawer: number;
  feeder: number;
}

export type CustodyAct = "receive" | "request" | "approve" | "refuse" | "give-unit" | "give-person" | "give-again" | "return" | "undo";

export interface CustodyDocument {
  act: CustodyAct;
  actor: string;
  at: string;
  came_back: number | null;
  contact_agent: boolean;
  contact_name: string;
  contact_number_masked: string;
  decided_at: string | null;
  decided_by: string;
  distributed: number | null;
  id: number;
  receipt_at: string | null;
  receipt_by: string;
  state: DocumentState;
  unit: string;
  unit_name: string;
}

export interface CustodyMove {
  act: CustodyAct;
  actor: string;
  after: CustodyPlace;
  at: string;
  before: CustodyPlace | null;
  document: number | null;
  id: number;
  shelf: string;
  undone: boolean;
  unit: string;
}

export type CustodyPlace = "store" | "requested" | "office" | "unit" | "person";

export interface DeadLetter {
  at: string;
  attempts: number;
  event: number;
  id: number;
  last_error: string;
  state: LetterState;
  webhook: string;
}

export interface Decision {
  line: number;
  note?: string;
  number?: string;
  passed: boolean;
  reason?: RowReason | null;
}

export interface Decisions {
  rows: Array<Decision>;
}

export interface DeskCardView {
  AAZ501: string;
  AAZ508: string;
  card_number_masked: string;
  is_good: boolean;
  name: string;
  number_masked: string;
  pin_tries: number;
  problems: Array<string>;
  warnings: Array<string>;
}

export interface DeviceView {
  address: string;
  capabilities: Array<Capability>;
  exchanges: Array<string>;
  facts: Record<string, string>;
  name: string;
  ok: boolean | null;
  problems: Array<Problem>;
  state: string;
  unverified: Array<string>;
}

export interface Distribution {
  came_back?: number;
  distributed: number;
}

export type DocumentState = "requested" | "done" | "refused";

export interface EventRecord {
  actor: string;
  at: string;
  data: Record<string, string>;
  hash: string;
  kind: string;
  order: string;
  seq: number;
}

export type ExchangeReason = "lost" | "stolen" | "damaged" | "data-changed" | "bank-changed" | "expired" | "quality";

export interface ExportRequest {
  again?: boolean;
}

export interface ExportedPart {
  actor: string;
  at: string;
  batch: string;
  lines: number;
  part: number;
  receipt_at: string | null;
}

export interface ExportedReports {
  content: string;
  count: number;
  id: string;
  part: number;
}

export interface FinishedCard {
  bank: string;
  card_number_masked: string;
  document: number | null;
  id: number;
  name: string;
  number_masked: string;
  order: string | null;
  place: CustodyPlace;
  returned: boolean;
  shelf: string;
  unit: string;
  unit_name: string;
  updated_at: string;
}

export interface FoundOrders {
  next: string | null;
  orders: Array<OrderSummary>;
}

export interface HandOverDecision {
  approved: boolean;
}

export interface Health {
  recovered: boolean;
  status: string;
}

export interface HolderCard {
  token: string;
}

export interface HolderView {
  AAC002: string;
  AAC003: string;
  bank: string;
}

export type How = "read" | "typed";

export type IdCardKind = "resident" | "hong-kong-macao-taiwan" | "foreigner-2017" | "foreigner-2023";

export interface IdCardView {
  kind: IdCardKind;
  module: string;
  name: string;
  number: string;
  problem: Problem | null;
  read_at: string;
  token: string;
  valid_until: string | null;
}

export interface IdReaderView {
  card: IdCardView | null;
  configured: boolean;
  ok: boolean | null;
  on_reader: OnReader | null;
  problem: Problem | null;
}

export interface IdentityView {
  people: Array<AttendanceView>;
  problem: Problem | null;
}

export type LetterState = "dead" | "again" | "sent";

export interface ListedRows {
  lines?: Array<number>;
}

export interface LockedRow {
  line: number;
  state: RowState;
}

export interface Login {
  operator: string;
  password: string;
}

export type Making = "off" | "on" | "paused";

export interface MakingWish {
  making: "on" | "paused";
}

export interface Moved {
  bank?: string;
  count: number;
  move: StockMove;
}

export type NameAgreement = "pending" | "same" | "begins" | "confirmed";

export interface NewApplication {
  AAZ501?: string;
  bank?: string;
  card_number?: string;
  fee_paid?: boolean;
  id_number?: string;
  name?: string;
  old_card_collected?: boolean;
  reason?: ExchangeReason | null;
  token?: string;
  type: ApplicationType;
}

export interface NewOrder {
  id_number: string;
  queue?: Queue;
  reason?: OrderReason;
}

export interface NewReprint {
  approval?: SecondPerson | null;
  kind: "face-only" | "chip-only" | "full" | "temporary-again";
  reason: ReprintReason;
}

export interface NewWebhook {
  name: string;
  url: string;
}

export interface Offer {
  needs_approver: boolean;
  reasons: Array<ReprintReason>;
  what: Offered;
}

export type Offered = "go-on" | "activate" | "face-only" | "chip-only" | "full" | "temporary-again";

export type OnReader = "nothing" | "read" | "stays";

export interface OpenedSession {
  operator: string;
  token: string;
}

export interface OrderByCard {
  reason?: OrderReason;
  token: string;
}

export type OrderEvent = "data-fetched" | "approved" | "card-fed" | "chip-stays" | "chip-written" | "chip-rewritten" | "reported" | "face-printed" | "no-face" | "card-released" | "activated" | "written-at-desk" | "rewritten-at-desk" | "collected" | "blank-refused" | "cancelled" | "card-spoiled";

export type OrderKind = "full" | "face-only" | "chip-only" | "test" | "temporary" | "temporary-again" | "temporary-back" | "rehearsal";

export type OrderReason = "new" | "replacement" | "remake";

export type OrderStep = "accepted" | "data-ready" | "approved" | "fed" | "encoded" | "reported" | "printed" | "printed-owed" | "released" | "released-owed" | "activated" | "cancelled" | "spoiled" | "collected";

export interface OrderSummary {
  created_at: string;
  id: string;
  id_number_masked: string;
  kind: OrderKind;
  problem_code: string | null;
  reason: OrderReason;
  step: OrderStep;
}

export interface OrderView {
  approver: string;
  card_out: string | null;
  card_place: CardPlace;
  chip: ChipView | null;
  created_at: string;
  face_sha256: string;
  goal: OrderStep | null;
  has_back: boolean;
  holder: HolderView | null;
  id: string;
  kind: OrderKind;
  next_event: OrderEvent | null;
  next_step: OrderStep | null;
  photo_rules_unchecked: string;
  photo_waivers: Record<string, string>;
  previous: string | null;
  problem: Problem | null;
  question: Question | null;
  reason: OrderReason;
  reason_code: string;
  running: OrderStep | null;
  running_until: string | null;
  step: OrderStep;
  updated_at: string;
  where: string;
}

export interface PackageFile {
  file: string;
}

export interface PackageTaken {
  batch: BatchView;
  missing: Array<string>;
  photos: PhotosTaken;
  rows: TakenRows | null;
}

export interface PairedPage {
  paired: boolean;
  token: string;
}

export type PaperSize = "80mm" | "a4";

export interface PersonOrder {
  AAZ501: string;
  card: number | null;
  created_at: string;
  fate: CardFate | null;
  id: string;
  kind: OrderKind;
  offers: Array<Offer>;
  place: CardPlace | null;
  problem_code: string | null;
  reason: OrderReason;
  step: OrderStep;
}

export interface PersonSearch {
  AAZ501?: string;
  card_number?: string;
  id_number?: string;
  token?: string;
}

export interface PersonView {
  id_number_masked: string;
  name: string;
  orders: Array<PersonOrder>;
}

export interface PersonsAnswer {
  answer: AnswerKind;
  approval?: SecondPerson | null;
}

export type PhotoNaming = "number" | "number-name" | "receipt";

export type PhotoState = "new" | "fits" | "soft" | "bad";

export interface PhotoWaiver {
  approval: SecondPerson;
  rules?: Array<string> | null;
}

export interface PhotosFile {
  file: string;
}

export interface PhotosNow {
  broken: Array<BrokenPhoto>;
  counts: Record<string, number>;
  doubled: Array<number>;
  missing: Array<number>;
  unmatched: Array<BatchPhoto>;
}

export interface PhotosTaken {
  added: number;
  known: number;
  matched: number;
  refused: Array<string>;
}

export interface PinDone {
  AAZ501: string;
  at: string;
  event: number;
  service: string;
}

export interface PinRequest {
  AAZ501: string;
  new_pin?: string;
  new_pin_again?: string;
  pin?: string;
  reading?: string;
  use_last_try?: boolean;
}

export type PinService = "verify" | "change" | "unblock" | "reload";

export interface Problem {
  cause: string;
  code: string;
  effect: string | null;
  native: string;
  remedy: string;
  retry_at: string | null;
  title: string;
  where: string;
}

export interface ProblemDetails {
  code: string;
  detail: string;
  fields: Array<string>;
  remedy: string;
  status: number;
  title: string;
  type: string;
}

export interface ProvinceBatch {
  naming?: PhotoNaming;
  number: string;
  title?: string;
  unit?: string;
}

export interface Question {
  answers: Array<Answer>;
  kind: QuestionKind;
  text: string;
}

export type QuestionKind = "face-in-doubt" | "card-missing" | "card-held" | "report-owed-long" | "feed-in-doubt" | "release-in-doubt" | "reject-in-doubt" | "card-not-taken" | "put-in" | "take-out" | "put-aside";

export type Queue = "window" | "batch";

export interface QueuedApproval {
  order: string;
  problem_code: string | null;
  step: OrderStep | null;
}

export interface QueuedOrder {
  order: string;
  place: number;
  problem_code: string | null;
  queue: Queue;
  step: OrderStep;
}

export interface ReceiptFile {
  content: string;
}

export interface ReceiptsFile {
  content: string;
}

export type ReprintReason = "face-unclear" | "face-colour-off" | "face-damaged" | "chip-data-damaged" | "chip-data-wrong" | "card-spoiled" | "card-defective" | "not-collected" | "pin-forgotten";

export type Role = "operator" | "supervisor" | "technician" | "auditor" | "province-page" | "province-server" | "central" | "local-account";

export interface RowAnswer {
  line: number;
  problem: string;
  state: RowState | null;
}

export interface RowFault {
  code: string;
  reason: string;
}

export type RowField = "line" | "computer-number" | "name" | "document" | "number" | "sex" | "born" | "nation" | "phone" | "bank" | "accounts" | "receipt" | "department" | "remark";

export type RowReason = "choose-number" | "keeps-fifteen" | "not-this-person" | "data-wrong" | "photo-wrong" | "not-of-unit" | "other" | "compare" | "data-differs" | "card-spoiled" | "receipt-refused" | "bank-refused" | "cancelled" | "erased";

export type RowState = "faulty" | "ready" | "confirmed" | "refused" | "making" | "made" | "withdrawn";

export interface RunRequest {
  approved?: boolean;
}

export interface Search {
  cursor?: string | null;
  day?: string | null;
  id_number?: string | null;
  kind?: OrderKind | null;
  limit?: number;
  step?: OrderStep | null;
}

export interface SecondPerson {
  card_pin?: string;
  operator: string;
  password?: string;
}

export type ServiceResult = "begun" | "done" | "refused" | "unknown" | "not-seen";

export interface SeveralRows {
  lines: Array<number>;
}

export interface ShiftFigures {
  drawer_before: number;
  fed: number;
  feeder_before: number;
  given_back: number;
  inside: number;
  inside_before: number;
  issued: number;
  loaded: number;
  opened: number;
  refused: number;
  returned: number;
  spoiled: number;
  test: number;
  unloaded: number;
}

export interface ShiftReport {
  balances: boolean;
  banks: Array<BankStock>;
  began_at: string;
  counted: Counted | null;
  differences: Array<string>;
  drawer: number;
  feeder: number;
  figures: ShiftFigures;
  ribbon_alarm: boolean;
  ribbon_planned: number;
  ribbon_total_planned: number;
  ribbon_total_used: number;
  ribbon_used: number;
  until: string;
}

export interface StateChange {
  AAZ501?: string;
  card_number?: string;
  confirmed?: boolean;
  id_number?: string;
  looked?: string;
  present_card?: string;
  reading?: string;
  token?: string;
}

export type StateService = "suspend" | "report-loss" | "lift-loss" | "cancel" | "activate";

export interface StateView {
  bank: string;
  card_number_masked: string;
  name: string;
  number_masked: string;
  offered: Array<StateService>;
  state: CardState;
  token: string;
}

export interface StationView {
  at_work: OrderStep | null;
  card_in_path: string | null;
  card_left_inside: boolean;
  checked_at: string | null;
  current: string | null;
  desk: Array<DeviceView>;
  devices: Array<DeviceView>;
  feeder_stopped: boolean;
  order_inside: boolean;
  owed: Array<WriteBackRecord>;
  ready: boolean;
  recovered: boolean;
  ribbon_cards_left: number | null;
  started_at: string;
  version: string;
}

export type StockMove = "opened" | "loaded" | "unloaded" | "returned";

export interface TakenList {
  added: number;
  batch: BatchView;
  changed: number;
  locked: Array<LockedRow>;
  unchanged: number;
}

export interface TakenReceipts {
  done: number;
  known: number;
  refused: number;
}

export interface TakenRows {
  added: number;
  changed: number;
  locked: Array<LockedRow>;
  unchanged: number;
}

export interface Taker {
  agent?: boolean;
  name: string;
  number?: string;
  phone?: string;
}

export interface TemporaryCardWrite {
  new_pin?: string;
  new_pin_again?: string;
  reading?: string;
}

export interface ToldEvent {
  data: Record<string, unknown>;
  datacontenttype: "application/json";
  id: string;
  source: string;
  specversion: "1.0";
  subject: string;
  time: string;
  type: string;
}

export interface UnitBody {
  AAE008?: string;
  branch?: string;
  branch_name?: string;
  collectors?: Array<CollectorBody>;
  fixed?: boolean;
  name: string;
}

export interface UnitView {
  AAE008: string;
  branch: string;
  branch_name: string;
  collectors: Array<CollectorView>;
  fixed: boolean;
  name: string;
  number: string;
}

export interface Verdict {
  passed: boolean;
}

export interface WebhookRecord {
  attempts: number;
  gone: boolean;
  last_error: string;
  made_at: string;
  made_by: string;
  name: string;
  position: number;
  url: string;
}

export interface WhoIsCalling {
  means: string;
  name: string;
  roles: Array<Role>;
}

export interface Witness {
  approval: SecondPerson;
  found?: boolean;
}

export interface WriteBackRecord {
  attempts: number;
  created_at: string;
  done_at: string | null;
  export_id: string;
  exported_at: string | null;
  id: number;
  last_error: string;
  order: string;
  outcome: string;
  receipt: string;
  receipt_at: string | null;
  state: WriteBackState;
}

export type WriteBackState = "owed" | "done" | "dead" | "withdrawn";

/** A refusal of the station, or no answer at all (`status` 0). */
export class StationError extends Error {
  status: number;
  code: string;
  remedy: string;
  fields: string[];
  retryAfter: number | null;
  /** ETag of the order as it is now, of a refusal with 412. */
  seen: string | null;
}

export interface StationOptions {
  /** Address of the station, such as `http://127.0.0.1:8470`. */
  address: string;
  /** Token of this page: see `pair`. */
  token?: string;
  /** How often a request is sent again that may be; 3 unless set. */
  tries?: number;
}

export interface StreamOptions {
  /** Number of the last event that was handled. */
  after?: number;
  signal?: AbortSignal;
}

/** The station of this window. */
export class Station {
  constructor(options: StationOptions);
  token: string;
  /** ETag of each order as it was answered last: what `seen` is given. */
  seen: Map<string, string>;
  /** Ask to be paired; `show` gets the code for the clerk. Resolves once a person has confirmed. */
  pair(show: (code: string) => void, signal?: AbortSignal): Promise<string>;
  /** History as it happens; ends when `signal` does. */
  events(handle: (event: EventRecord) => void, options?: StreamOptions): Promise<void>;

  /** 补换卡: apply at the province and accept the order */
  applyForCard(body: NewApplication, options?: { key?: string }): Promise<OrderView>;
  /** 补打印: a list by its number */
  getBatchList(number: number): Promise<Blob>;
  /** 补打印: a list as a spreadsheet */
  getBatchListSheet(number: number): Promise<Blob>;
  /** 数据包导入: a unit's package */
  takeBatchPackage(body: PackageFile, options?: { key?: string }): Promise<PackageTaken>;
  /** 回执: of a part of the results */
  takeBatchReceipt(body: ReceiptFile, options?: { key?: string }): Promise<BatchReceipt>;
  /** The batches, newest first */
  listBatches(options?: { limit?: number }): Promise<Array<BatchView>>;
  /** 批量导入: a list of people, .xlsx or .csv */
  addBatch(body: BatchFile, options?: { key?: string }): Promise<TakenList>;
  /** 批量导入模板 */
  getBatchTemplate(): Promise<Blob>;
  /** One batch */
  getBatch(batch: string): Promise<BatchView>;
  /** 预览核对 of rows of a batch */
  approveRows(batch: string, body: ComparedRows, options?: { key?: string }): Promise<Array<RowAnswer>>;
  /** 银行校验数据返回: take the bank's answers */
  takeBankAnswers(batch: string, options?: { key?: string }): Promise<BankNow>;
  /** 银行校验: how many rows the bank has answered about */
  getBankChecks(batch: string): Promise<BankNow>;
  /** 银行校验: send confirmed rows */
  sendRowsToBank(batch: string, body: ListedRows, options?: { key?: string }): Promise<Array<RowAnswer>>;
  /** 确认: pass or fail of rows, with the reason */
  decideRows(batch: string, body: Decisions, options?: { key?: string }): Promise<Array<RowAnswer>>;
  /** 制卡异常数据导出 */
  getBatchExceptions(batch: string, options?: { lines?: Array<number> }): Promise<Blob>;
  /** 导入错误清单: the faulty rows with their reasons */
  getBatchFaults(batch: string): Promise<Blob>;
  /** 确认表 */
  getBatchForms(batch: string, options?: { lines?: Array<number> }): Promise<Blob>;
  /** 交接单: the cards of a batch that are made */
  getHandover(batch: string): Promise<Blob>;
  /** 交接单 as a spreadsheet */
  getHandoverSheet(batch: string): Promise<Blob>;
  /** 批量导入: a corrected or further list */
  correctBatch(batch: string, body: CorrectedFile, options?: { key?: string }): Promise<TakenList>;
  /** 明细清单: the lists of a batch */
  listBatchLists(batch: string): Promise<Array<BatchList>>;
  /** 明细清单: put confirmed rows into a list */
  addBatchList(batch: string, body: ListedRows, options?: { key?: string }): Promise<BatchList>;
  /** 制卡进度 of a batch */
  getBatchProgress(batch: string): Promise<BatchProgress>;
  /** 批量制卡: start, pause or go on */
  makeBatch(batch: string, body: MakingWish, options?: { key?: string }): Promise<BatchProgress>;
  /** 照片检查: what is missing, doubled, unmatched or unfit */
  getBatchPhotos(batch: string): Promise<PhotosNow>;
  /** 照片导入: a zip of pictures */
  takeBatchPhotos(batch: string, body: PhotosFile, options?: { key?: string }): Promise<PhotosTaken>;
  /** 照片问题清单 */
  getPhotosList(batch: string): Promise<Blob>;
  /** One picture */
  getBatchPhoto(batch: string, photo: number): Promise<Blob>;
  /** 报盘数据: the parts that left */
  listBatchResults(batch: string): Promise<Array<ExportedPart>>;
  /** 报盘数据导出: results that have not left yet */
  exportBatchResults(batch: string, body: Contact, options?: { key?: string }): Promise<ExportedPart>;
  /** 报盘数据: the file of a part, for the data centre */
  getResultFile(batch: string, part: number): Promise<Blob>;
  /** Rows of a batch */
  listBatchRows(batch: string, options?: { state?: RowState | null; line?: number; limit?: number }): Promise<Array<BatchRow>>;
  /** 选择照片: another picture for one row */
  choosePhoto(batch: string, line: number, body: ChosenPhoto, options?: { key?: string }): Promise<BatchRow>;
  /** 撤销 of rows, with the result of each */
  withdrawRows(batch: string, body: SeveralRows, options?: { key?: string }): Promise<Array<RowAnswer>>;
  /** 卡状态业务: the last services, newest first */
  listCardServices(options?: { limit?: number }): Promise<Array<CardServiceDone>>;
  /** 卡状态业务: one service */
  getCardService(service_id: number): Promise<CardServiceDone>;
  /** 卡状态业务回执 */
  getCardReceipt(service_id: number, options?: { paper?: PaperSize }): Promise<Blob>;
  /** 状态查询: the state of a person's card at the province */
  lookAtCardState(body: PersonSearch): Promise<StateView>;
  /** 临时挂失、正式挂失、解除挂失、注销、启用 */
  changeCardState(state_service: StateService, body: StateChange, options?: { key?: string }): Promise<CardServiceDone>;
  /** 交接申请、单位发卡、个人发卡、零星重发、回卡入库、业务回退 */
  actOnCards(custody_act: CustodyAct, body: ActOnCards, options?: { key?: string }): Promise<CustodyDocument>;
  /** 成品卡入库: take a finished card into custody */
  receiveCard(body: CardIn, options?: { key?: string }): Promise<FinishedCard>;
  /** 发卡记录: what was done with a finished card */
  listMoves(card: number): Promise<Array<CustodyMove>>;
  /** 验卡记录 */
  listChecks(options?: { limit?: number }): Promise<Array<CardCheck>>;
  /** 回执验卡、手动验卡: cause and verdict of a card that was brought back */
  checkCard(body: BroughtCard, options?: { key?: string }): Promise<CardCheck>;
  /** 验卡回执 */
  getCheckReceipt(check_id: number, options?: { paper?: PaperSize }): Promise<Blob>;
  /** 交接单、领卡单: the papers */
  listDocuments(options?: { limit?: number }): Promise<Array<CustodyDocument>>;
  /** 交接处理: 审核 */
  decide(document: number, body: HandOverDecision, options?: { key?: string }): Promise<CustodyDocument>;
  /** 回执管理: what a unit has done with its cards */
  noteDistribution(document: number, body: Distribution, options?: { key?: string }): Promise<CustodyDocument>;
  /** 打印交接单 */
  getList(document: number): Promise<Blob>;
  /** 发卡记录查询: finished cards by card, person, unit or place */
  findCards(body: CardSearch, options?: { limit?: number }): Promise<Array<FinishedCard>>;
  /** Events that a receiver has not taken in time */
  listDeadLetters(): Promise<Array<DeadLetter>>;
  /** Send such an event again */
  retryDeadLetter(letter: number, options?: { key?: string }): Promise<DeadLetter>;
  /** 读卡: the card in the desk's reader */
  readCard(): Promise<DeskCardView>;
  /** 读身份证: the last card on the reader */
  getIdCard(): Promise<IdReaderView>;
  /** 试读不上电的卡: a blank that was mute in the machine, at the desk's reader */
  tryBlank(options?: { key?: string }): Promise<BlankTried>;
  /** 受理 by an ID card */
  openOrder(body: OrderByCard, options?: { key?: string }): Promise<OrderView>;
  /** 代办人 */
  attachAgent(order: string, body: Agent, options?: { key?: string }): Promise<IdentityView>;
  /** 已读证: the holder's card */
  attachHolder(order: string, body: HolderCard, options?: { key?: string }): Promise<IdentityView>;
  /** Who stood at the window for an order */
  getIdentity(order: string): Promise<IdentityView>;
  /** 姓名核对一致 */
  confirmName(order: string, options?: { key?: string }): Promise<IdentityView>;
  /** 密码业务回执 */
  getReceipt(event: number): Promise<Blob>;
  /** 修改、解锁、重置、校验密码 */
  servePin(pin_service: PinService, body: PinRequest, options?: { key?: string }): Promise<PinDone>;
  /** Does the process serve? */
  getHealth(): Promise<Health>;
  /** 废卡销毁: two people */
  destroy(card: number, body: Witness, options?: { key?: string }): Promise<CardRecord>;
  /** 待领: finished cards that nobody took */
  listNotTaken(): Promise<Array<CardRecord>>;
  /** 交接班: the open shift */
  getShift(): Promise<ShiftReport>;
  /** 交班: count and close the shift */
  closeShift(body: Counts, options?: { key?: string }): Promise<ClosedShift>;
  /** 交班记录: the closed shifts, newest first */
  listShifts(options?: { limit?: number }): Promise<Array<ClosedShift>>;
  /** Blanks opened, loaded, unloaded or returned */
  moveStock(body: Moved, options?: { key?: string }): Promise<ShiftReport>;
  /** 测试卡: print one on a blank */
  printTestCard(options?: { key?: string }): Promise<OrderView>;
  /** 测试卡合格 / 不合格 */
  judgeTestCard(order: string, body: Verdict, options?: { key?: string }): Promise<CardRecord>;
  /** 废卡: spoiled and test cards that nobody has destroyed */
  listToDestroy(): Promise<Array<CardRecord>>;
  /** 查询: orders by person, day, step and kind */
  searchOrders(body: Search): Promise<FoundOrders>;
  /** Newest orders */
  listOrders(options?: { limit?: number; before?: string | null; step?: OrderStep | null; kind?: OrderKind | null; day?: string | null }): Promise<Array<OrderSummary>>;
  /** 受理: accept an order */
  createOrder(body: NewOrder, options?: { key?: string }): Promise<OrderView>;
  /** One order */
  getOrder(order: string): Promise<OrderView>;
  /** Answer the order's question */
  answerQuestion(order: string, body: PersonsAnswer, options?: { key?: string; seen?: string }): Promise<OrderView>;
  /** 撤销 */
  cancelOrder(order: string, options?: { key?: string; seen?: string }): Promise<OrderView>;
  /** The history of one order */
  getEvents(order: string, options?: { after?: number }): Promise<Array<EventRecord>>;
  /** 此人的任务和卡: the person of an order, and every order of theirs */
  getPerson(order: string): Promise<PersonView>;
  /** 主管放行: let the picture pass */
  waivePhotoRules(order: string, body: PhotoWaiver, options?: { key?: string; seen?: string }): Promise<OrderView>;
  /** 预览 */
  getPreview(order: string, side: "front" | "back"): Promise<Blob>;
  /** 补打卡面, 重写芯片, 重制 */
  reprint(order: string, body: NewReprint, options?: { key?: string; seen?: string }): Promise<OrderView>;
  /** 一键制卡 */
  runOrder(order: string, body: RunRequest, options?: { wait?: number; key?: string; seen?: string }): Promise<OrderView>;
  /** 未启用凭条 */
  getSlip(order: string): Promise<Blob>;
  /** Press one button */
  pressStep(order: string, step: OrderStep, options?: { wait?: number; key?: string; seen?: string }): Promise<OrderView>;
  /** 配对: a page asks to be paired */
  askForPairing(): Promise<AskedPairing>;
  /** Has a person confirmed the page? */
  getPairing(pairing: string): Promise<PairedPage>;
  /** 查询: any person by ID number, card number, or a card */
  findPerson(body: PersonSearch): Promise<PersonView>;
  /** 按批次号取名单: the list of a batch number */
  fetchProvinceBatch(body: ProvinceBatch, options?: { key?: string }): Promise<TakenList>;
  /** What waits for the machine */
  listQueue(): Promise<Array<QueuedOrder>>;
  /** Approve several orders (预览核对); they are made one after another */
  approveSeveral(body: Approvals, options?: { key?: string }): Promise<Array<QueuedApproval>>;
  /** 退出: end the session */
  closeSession(): Promise<void>;
  /** Who is calling */
  getSession(): Promise<WhoIsCalling>;
  /** 登录: open a session for a person */
  openSession(body: Login): Promise<OpenedSession>;
  /** 刷卡登录: open a session for the holder of the card in the reader */
  openCardSession(body: CardLogin): Promise<OpenedSession>;
  /** 准备: can a card be made now? */
  getStation(options?: { check?: boolean }): Promise<StationView>;
  /** Put a card of no order into the reject bin */
  rejectLeftCard(options?: { key?: string }): Promise<StationView>;
  /** 诊断包: what whoever maintains the program asks for */
  getSupportBundle(): Promise<Blob>;
  /** 临时卡发放: accept an order for a temporary card */
  issueTemporaryCard(body: PersonSearch, options?: { key?: string }): Promise<OrderView>;
  /** 临时卡收回: read the card in the desk's reader and take it back */
  takeBackTemporaryCard(options?: { key?: string }): Promise<OrderView>;
  /** 此卡不能用: put a temporary card aside */
  discardTemporaryCard(order: string, options?: { key?: string }): Promise<OrderView>;
  /** 临时卡回执 */
  getTemporaryReceipt(order: string, options?: { paper?: PaperSize }): Promise<Blob>;
  /** 写临时卡: write the card in the desk's reader, of 发放 or 重写 */
  writeTemporaryCard(order: string, body: TemporaryCardWrite, options?: { key?: string }): Promise<OrderView>;
  /** 单位 */
  listUnits(): Promise<Array<UnitView>>;
  /** One unit */
  getUnit(unit: string): Promise<UnitView>;
  /** 申领信息维护: bank, branch and collectors of a unit */
  putUnit(unit: string, body: UnitBody, options?: { key?: string }): Promise<UnitView>;
  /** Receivers of the history */
  listWebhooks(): Promise<Array<WebhookRecord>>;
  /** Add a receiver */
  addWebhook(body: NewWebhook, options?: { key?: string }): Promise<AddedWebhook>;
  /** Remove a receiver */
  removeWebhook(name: string): Promise<void>;
  /** The outbox */
  listWriteBacks(): Promise<Array<WriteBackRecord>>;
  /** 数据回盘 as a file for the data centre */
  exportWriteBacks(body: ExportRequest, options?: { key?: string }): Promise<ExportedReports>;
  /** Take over the data centre's receipts */
  takeReceipts(body: ReceiptsFile, options?: { key?: string }): Promise<TakenReceipts>;
  /** 失败数据回盘 */
  retryWriteBacks(options?: { key?: string }): Promise<Array<WriteBackRecord>>;
}
