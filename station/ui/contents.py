"""What the templates are given: one frozen record for each panel and each page.

A template sees its panel under the panel's `name`, and a page's fields under their own names. A
test reads every template against these types, so that a field that is misspelt in a template is
found without rendering it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal

from station.ui.batch_contents import (
    BatchesPage,
    BatchPage,
    BatchPanel,
    BatchRowPage,
    UnitsPage,
)
from station.ui.beside_contents import NOBODY_BESIDE, BesidePanel
from station.ui.charts_contents import ChartsPanel
from station.ui.confirmations import Confirmation
from station.ui.custody_contents import CustodyPage
from station.ui.desk_contents import DeskPanel
from station.ui.doors_contents import DoorsPage, LoginPage
from station.ui.ledger_contents import (
    Choice,
    LedgerPanel,
    RehearsalPanel,
    TechnicianCardPanel,
)
from station.ui.machine_contents import DevicesPanel, Level, MachinePanel
from station.ui.notices import Notice
from station.ui.people_contents import (
    NO_DAY,
    NO_PERSON,
    NO_STATE,
    DayPanel,
    PersonPanel,
    StatePanel,
)
from station.ui.repair_contents import RepairsPanel
from station.ui.start_up_contents import NOTHING_LEFT, StartUpPanel
from station.ui.supervisor_contents import AuditPage, DutyPanel
from station.ui.technician import TraceFilter
from station.ui.technician_contents import ConfigurationPage, TraceKind, TracePanel

#: The pages that stay up to date.
PageName = Literal["operator", "supervisor", "diagnostics", "trace"]
#: How far a button's step is.
Progress = Literal["todo", "running", "waiting", "done", "failed"]


# -- the order -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Button:
    """One of the window's buttons.

    Attributes:
        enabled: Whether it can be pressed now.
        state: How far its step is.
        note: Said beside it; may be empty.
    """

    enabled: bool
    state: Progress = "todo"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What a person compares with the holder before them.

    Attributes:
        name: 姓名.
        id_number: 社会保障号码.
        bank: The bank's name.
        photo_url: Where the portrait is.
        approved: Whether it has been compared.
        photo_note: What must be known of the portrait's check; may be empty.
    """

    name: str
    id_number: str
    bank: str
    photo_url: str
    approved: bool
    photo_note: str


@dataclass(frozen=True, slots=True)
class FacePictures:
    """The pictures of the face that will be printed.

    Attributes:
        front_url: Always there.
        back_url: Empty where no back is printed.
        sha256: Digest of the face: pictures of another one replace these at once.
    """

    front_url: str
    back_url: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Message:
    """What there is to say of an order; without cause, place and remedy only a title.

    Attributes:
        level: How it is coloured.
        title: What happened, or what is to be done.
        cause: 原因.
        where: Where the card is now.
        remedy: 怎么办, lines.
        code: Kebab-case, for the technician.
        native: The device's own number.
        deadline: A moment in ISO 8601 that live.js counts down to.
        until: What happens then: the station tries again, or the step is done.
        citizen: What the holder may do meanwhile; may be empty.
    """

    level: Level
    title: str
    cause: str = ""
    where: str = ""
    remedy: str = ""
    code: str = ""
    native: str = ""
    deadline: str = ""
    until: Literal["", "retry", "done"] = ""
    citizen: str = ""


@dataclass(frozen=True, slots=True)
class AnswerButton:
    """One answer to a question.

    Attributes:
        answer: What is sent.
        label: What is on the button.
        consequence: What the station will do.
        needs_approver: Whether a supervisor must be named.
        key: Its key; empty for none.
    """

    answer: str
    label: str
    consequence: str
    needs_approver: bool
    key: str


@dataclass(frozen=True, slots=True)
class AskedQuestion:
    """What only a person can say about the card."""

    text: str
    answers: tuple[AnswerButton, ...]


@dataclass(frozen=True, slots=True)
class ReprintChoices:
    """What may be done to the card again, with the possible reasons."""

    label: str
    reasons: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class OrderPanel:
    """Steps, preview and message of one order, or of none.

    Attributes:
        id: The order; empty for none. Every form names it, with the revision.
        revision: Of what is on the screen: a press about an older one is refused.
        buttons: Action -> button, for every action of the window.
        next: The action that is the operator's next; empty for none.
        compare: None before the data is here.
        face: None where nothing is printed, or not yet.
        message: What there is to say.
        question: What a person must answer.
        waiver: Whether a supervisor may let the picture pass.
        reprints: What may be done to the card again.
        slip_url: The slip for a card that went out inactive; empty for none.
        card_out: The person's earlier order whose card is out, to be opened; empty for none.
    """

    template: ClassVar[str] = "_order.html"
    name: ClassVar[str] = "order"

    id: str
    revision: str
    buttons: Mapping[str, Button]
    next: str
    compare: Comparison | None
    face: FacePictures | None
    message: Message
    question: AskedQuestion | None
    waiver: bool
    reprints: tuple[ReprintChoices, ...]
    slip_url: str
    card_out: str


@dataclass(frozen=True, slots=True)
class OrderRow:
    """One of this window's orders in the list.

    Attributes:
        id: Order id.
        revision: See `OrderPanel.revision`.
        name: The holder's; empty before the data is here.
        number: Masked.
        at: Time of day of its acceptance.
        state: Where it stands, in words.
        level: How it is coloured.
        can_close: Whether it can be cancelled from the list.
    """

    id: str
    revision: int
    name: str
    number: str
    at: str
    state: str
    level: Level
    can_close: bool


@dataclass(frozen=True, slots=True)
class OrdersPanel:
    """This window's open and just finished orders; `shown` is the one on this page, if any."""

    template: ClassVar[str] = "_orders.html"
    name: ClassVar[str] = "orders"

    rows: tuple[OrderRow, ...]
    shown: str


# -- answers to presses, and whole pages -----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ConfirmPanel:
    """The question before something that can't be undone.

    Attributes:
        asked: The question.
        action: What is carried out when it is confirmed.
        fields: The press's own fields, to be sent once more.
        back: The page that it came from.
    """

    template: ClassVar[str] = "_confirm.html"
    name: ClassVar[str] = "confirm"

    asked: Confirmation
    action: str
    fields: tuple[tuple[str, str], ...]
    back: str


@dataclass(frozen=True, slots=True)
class Frame:
    """What both pages have around their content.

    Attributes:
        window: Name of the window; may be empty.
        version: Of the program.
        page: Which link is marked.
        path: Address of the page.
        shown: The order that this tab shows; empty for none.
    """

    window: str
    version: str
    page: PageName
    path: str
    shown: str


@dataclass(frozen=True, slots=True)
class OperatorPage:
    """The clerk's page; `id_number` is what was typed before a refused press without script."""

    template: ClassVar[str] = "operator.html"

    frame: Frame
    order: OrderPanel
    machine: MachinePanel
    orders: OrdersPanel
    notice: Notice | None
    confirm: ConfirmPanel | None
    id_number: str
    desk: DeskPanel | None = None
    person: PersonPanel = NO_PERSON
    day: DayPanel = NO_DAY
    card_state: StatePanel = NO_STATE
    start_up: StartUpPanel = NOTHING_LEFT
    beside: BesidePanel = NOBODY_BESIDE


@dataclass(frozen=True, slots=True)
class DiagnosticsPage:
    """The technician's page; `versions` are names and values."""

    template: ClassVar[str] = "diagnostics.html"

    frame: Frame
    repairs: RepairsPanel
    diagnostics: DevicesPanel
    charts: ChartsPanel
    tests: TechnicianCardPanel
    versions: tuple[tuple[str, str], ...]
    notice: Notice | None
    confirm: ConfirmPanel | None


@dataclass(frozen=True, slots=True)
class SupervisorPage:
    """The page of the shift: blanks, spoiled cards, decisions, approvals, and its papers."""

    template: ClassVar[str] = "supervisor.html"

    frame: Frame
    ledger: LedgerPanel
    duty: DutyPanel
    notice: Notice | None
    confirm: ConfirmPanel | None


@dataclass(frozen=True, slots=True)
class TracePage:
    """The technician's live log and wire trace; `filter` is what was asked for."""

    template: ClassVar[str] = "trace.html"

    frame: Frame
    trace: TracePanel
    kinds: tuple[TraceKind, ...]
    filter: TraceFilter
    notice: Notice | None
    confirm: ConfirmPanel | None


#: What is read again at every change, and what a press is answered with.
Panel = (
    OrderPanel
    | OrdersPanel
    | MachinePanel
    | PersonPanel
    | DayPanel
    | StatePanel
    | StartUpPanel
    | BesidePanel
    | DeskPanel
    | DevicesPanel
    | LedgerPanel
    | TechnicianCardPanel
    | RehearsalPanel
    | RepairsPanel
    | ChartsPanel
    | DutyPanel
    | TracePanel
    | ConfirmPanel
    | Notice
    | BatchPanel
)
Page = (
    OperatorPage
    | DiagnosticsPage
    | SupervisorPage
    | TracePage
    | ConfigurationPage
    | LoginPage
    | DoorsPage
    | CustodyPage
    | AuditPage
    | BatchesPage
    | BatchPage
    | BatchRowPage
    | UnitsPage
)
