"""Each table has a text for each code that the program can produce, and none that it can't."""

from __future__ import annotations

import ast
import dataclasses
import itertools
import re
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import get_args

import pytest

import station
from station.batches.checks import DOCUMENTS, NATIONS
from station.batches.columns import REASON
from station.central import frame as central_frame
from station.central.forks import ForkDecision
from station.central.revisions import FAILED as NOT_TAKEN
from station.central.rings import LIVE
from station.central.stock import MISSING, STORE, TRANSIT
from station.central.tables import FREE, OPEN
from station.central.wall import STATES as WALL_STATES
from station.cli import privacy
from station.core.applications import ApplicationType, ExchangeReason
from station.core.attendance import NameAgreement
from station.core.batches import (
    BatchSource,
    FaultCode,
    Making,
    PhotoNaming,
    PhotoState,
    RowField,
    RowReason,
    RowState,
)
from station.core.card_states import CardState, ServiceResult, StateService
from station.core.custody import (
    CheckCause,
    CheckHow,
    CheckVerdict,
    CustodyAct,
    CustodyPlace,
    DocumentState,
)
from station.core.errors.pictures import PictureFailure
from station.core.fleet import FleetEvent
from station.core.gateways import ReportOutcome
from station.core.identity_cards import OnReader
from station.core.ledger import DRAWER, FEEDER, ShiftFigures
from station.core.life import MOVES_A_CARD, OrderEvent
from station.core.orders import (
    CardPlace,
    EffectKind,
    OrderKind,
    OrderStep,
    StockMove,
    WriteBackState,
)
from station.core.people import PEOPLE
from station.core.photos import PhotoRule
from station.core.phrases import parse_phrase, phrase
from station.core.printing import Capability, CardPosition, PrinterState
from station.core.questions import AnswerKind, QuestionKind
from station.core.recipes import RECIPES, Way
from station.core.repairs import CLEAN_AT_PANEL, REPAIRS, RepairAct, StepProof
from station.core.reprints import ReprintReason
from station.core.side_view import MachinePart
from station.core.wire_trace import WireKind
from station.face.template.model import FaceValue
from station.first_start.page import LABELS as SETUP_LABELS
from station.production.desk.cards import PinService
from station.production.desk.devices import NAMES
from station.production.desk.service import WRITE_TEMPORARY
from station.production.intake import capabilities
from station.production.life.feeder_stop import FAILED, PASSED
from station.production.life.steps.temporary import BACK, UNUSABLE
from station.production.people.answers import CARD_DAMAGED, CARD_LOST, FACE_SPOILED
from station.production.people.timers import OWED_TOO_LONG
from station.production.services.beside import BesideKind
from station.production.services.repairs import Confirmed
from station.production.services.start_up import LeftOver
from station.production.services.supervision import COUNTED
from station.production.views import exceptions_list, history, self_test
from station.production.views.citizen import CitizenAdvice
from station.production.views.offers import Offered
from station.production.views.orders import PHOTO_RULES_FACT
from station.production.views.self_test import BAD, DATED, GOOD, UNKNOWN
from station.production.views.self_test import COUNTED as COUNTED_ITEMS
from station.production.views.supervision import SHIFT_COLUMNS, SPOILED_COLUMNS
from station.transport.pcsc import MUTE_CAUSES
from station.ui.batch_contents import BatchPanel
from station.ui.navigation import PAGES
from station.ui.order_panel import BY_PLACE
from station.ui.technician import LOG
from station.words import LANGUAGES, catalogue, spoken

SOURCES = Path(station.__path__[0])
SAFE_MODE_TEMPLATE = SOURCES / "safe_mode/templates/safe_mode.html"
SETUP_TEMPLATE = SOURCES / "first_start/templates/setup.html"
NAMED = re.compile(r"\{([a-z_]+)\}")
#: Functions whose first argument names a text and whose keywords are its values.
FILL = ("text", "words.text", "phrase", "_garbled")

FLAGS = list(itertools.product([False, True], repeat=3))
WAYS = [Way(kind, *flags) for kind in OrderKind for flags in FLAGS]
FOLLOWING = {event for way in WAYS for step in OrderStep if (event := way.next_event(step))}
#: Steps that the machine, the chip or the province is at work on.
WORKED = {way.next_step(step) for way in WAYS for step in OrderStep} - {None, OrderStep.APPROVED}
MOVED = WORKED & MOVES_A_CARD

#: Presses that cannot be undone; each has its question, what it will do, and its button.
PLAIN = (
    "cancel", "reprint", "reject-left-card", "close-shift", "destroy-card", "test-card",
    "test-passed", "test-failed", "waive-photo", "change-card", "discard-temporary",
)  # fmt: skip
#: What the appendix lists, besides what an error of ours is given as.
APPENDIX = (
    *range(-5, 0), *range(-15, -10), *range(-24, -19), *range(-36, -30), -41, -42, -51, -52,
    *range(-2204, -2200), *range(-25538, -25535), -26368, -26881, *range(-27013, -27008), -27016,
    *range(-27267, -27263), -27272, -37634, -37635, -37891, -37894,
)  # fmt: skip
RECEIPTS = {kind for kind, recipe in RECIPES.items() if recipe.receipt_at}
#: Named constants of modules that hold the kind of an event.
KIND_NAMES = re.compile(
    r"^(?:BEGUN|ENDED|ERASED|LOOKED|MUTE_TRIED|SELF_TESTED|LEFT_OUT|RESTORED|ASKED_AGAIN|ANSWERED|LEFT_OVER_READ)"
    r': Final = "([a-z-]+)"',
    re.MULTILINE,
)
WRITTEN_KIND = re.compile(r'(?:add_event|AddEvent|note)\(\s*[^,()]+,\s*"([a-z-]+)"')


def event_kinds() -> set[str]:
    """Every kind of event that a line of the program writes into the history by its name."""
    found = {event.value for event in OrderEvent} | {
        "blank-left-feeder", "card-put-back-in", "card-at-desk", *FleetEvent,
    }  # fmt: skip
    for path in SOURCES.rglob("*.py"):
        source = path.read_text(encoding="utf-8")
        found |= set(WRITTEN_KIND.findall(source)) | set(KIND_NAMES.findall(source))
    return found


CENTRAL = SOURCES / "central"
CENTRAL_SOURCE = "".join(path.read_text(encoding="utf-8") for path in CENTRAL.glob("*.py"))
CENTRAL_PAGES = "".join(
    path.read_text(encoding="utf-8") for path in (CENTRAL / "templates").glob("*.html")
)
#: Kinds of central's own acts.
CENTRAL_ACTS = set(re.findall(r'log_act\(\s*connection,\s*"([a-z-]+)"', CENTRAL_SOURCE)) | {
    "assignment-remembered",
    "assigned-twice",
    "station-blocked",
    "station-let-in",
    *re.findall(r'kind="(settings-[a-z-]+)"', CENTRAL_SOURCE),
}
#: Facts of a sign of life for which the wall page has a line.
CENTRAL_FACTS = {
    "blanks-left", "ribbon-cards-left", "owed-reports", "refused-reports", "held-orders",
}  # fmt: skip
#: What the acts tell, as the wall and the audit page name it.
CENTRAL_DATA = {
    *re.findall(r'"([a-z]+)":', "".join(re.findall(r"data = \{.*?\}", CENTRAL_SOURCE, re.DOTALL))),
    "batch",
    "people",
}
PRIVACY_COLUMNS = tuple(each.name for each in dataclasses.fields(privacy.Kept))
#: Texts of the form of `station setup --page`, in its template and as labels of its fields.
SETUP_PAGE = {
    *re.findall(r'"setup-page\.([\w-]+)"', SETUP_TEMPLATE.read_text(encoding="utf-8")),
    *(label.partition(".")[2] for label in SETUP_LABELS.values() if label.startswith("setup-page")),
}
#: What may be left over at a start and is about no order.
NO_ORDER = set(LeftOver) - {LeftOver.CARD, LeftOver.QUESTION}
#: Table -> the codes it must have, no more and no fewer. The others are looked up by literals.
CODES: dict[str, Iterable[object]] = {
    "batch-column": {*RowField, REASON},
    "batch-column-other": set(catalogue().tables["batch-column-other"]) & set(RowField),
    "batch-sex": {"1", "2"},
    "batch-fault": FaultCode,
    "batch-document": DOCUMENTS,
    "batch-nation": NATIONS,
    "row-reason": RowReason,
    "person-count": COUNTED,
    "shift-column": SHIFT_COLUMNS,
    "spoiled-column": SPOILED_COLUMNS,
    "history-event": event_kinds(),
    "trace-kind": {*WireKind, LOG},
    "device-part": {
        "printer-cable", "reader-cable", "ribbon", "ribbon-chip", "contact", "hsm", "disk", "clock",
        "certificates",
    },
    "page-link": {name for name, _, _ in PAGES},
    "central-link": central_frame.PAGES,
    "central-page": re.findall(r'(?:say|words\.page)\["([a-z-]+)"\]', CENTRAL_PAGES),
    "central-state": WALL_STATES,
    "central-fact": CENTRAL_FACTS,
    "central-act": CENTRAL_ACTS,
    "central-assignment": {*OPEN, *FREE},
    "central-account": {STORE, TRANSIT, MISSING},
    "central-decision": ForkDecision,
    "central-role": PEOPLE,
    "central-rollout": {*LIVE, "replaced", *NOT_TAKEN},
    "central-source": set(re.findall(r'source="([a-z]+)"', CENTRAL_SOURCE)),
    "central-data": CENTRAL_DATA,
    "row-state": RowState,
    "row-problem": {"photo-missing", "photo-unchecked", "photo-bad"},
    "photo-state": PhotoState,
    "batch-source": BatchSource,
    "batch-naming": PhotoNaming,
    "batch-making": Making,
    "batch-part": {one.name for one in get_args(BatchPanel)} - {"checking", "progress"},
    "order-step": OrderStep,
    "standing": OrderStep,
    "listed": set(OrderStep) - {OrderStep.CANCELLED},
    "listed-at-desk": {
        f"{kind}-{step}"
        for kind, recipe in RECIPES.items()
        if recipe.at_desk
        for step in (*recipe.texts, *((OrderStep.SPOILED,) if recipe.writes_at_desk else ()))
    },
    "running": WORKED,
    "ahead": WORKED,
    "at-work-on": WORKED,
    "moving": MOVED,
    "at-work": MOVED,
    "citizen": set(CitizenAdvice),
    "card-moves": MOVED,
    "machine-part": set(MachinePart),
    "on-its-way": {EffectKind.RELEASE, EffectKind.REJECT, EffectKind.RETRACT},
    "position": {*CardPosition, *CardPlace, "none"},
    "national-code": {*map(str, APPENDIX), "unknown"},
    "line-break": {"never-first", "never-last"},
    "photo-column": {"file", "verdict", "rule", "found", "allowed", "may-pass"},
    "confirm": {
        *(f"{action}{part}" for action in PLAIN for part in ("", "-title", "-effect")),
        "answer-title", "whose", "this", "close-shift-differs", "close-shift-balances",
    } - {"close-shift-effect"},
    "refusal": {
        f"{code}{part}" for code in ("stale", "no-number") for part in ("", "-cause", "-remedy")
    },
    "order-kind": OrderKind,
    "application-type": ApplicationType,
    "exchange-reason": ExchangeReason,
    "card-state": CardState,
    "state-service": StateService,
    "service-result": ServiceResult,
    "state-receipt-note": StateService,
    "state-receipt-line": {
        "service", "name", "number", "card", "before", "after", "identity", "at", "actor", "id",
    },
    "offered": Offered,
    "supply": {"ribbon", "stock", "stock-there", "ribbon-fitted", "unknown", "ribbon-left",
               "ribbon-low"},
    "standing-by-place": {f"{step}-{place}" for step, place in BY_PLACE},
    "own-text": {code for recipe in RECIPES.values() for code in recipe.texts.values()}
    | {"load-bank"},
    "effect": EffectKind,
    "button": FOLLOWING,
    "question": QuestionKind,
    "answer": AnswerKind,
    "answer-effect": AnswerKind,
    "reprint": {kind for kind, recipe in RECIPES.items() if recipe.reprint},
    "reprint-reason": ReprintReason,
    "spoiled": {
        "", FACE_SPOILED, CARD_DAMAGED, CARD_LOST, OWED_TOO_LONG, PASSED, FAILED,
        ReprintReason.CARD_DEFECTIVE, ReprintReason.NOT_COLLECTED, UNUSABLE, BACK,
    },
    "counted": {
        each.name for each in dataclasses.fields(ShiftFigures) if "_before" not in each.name
    },
    "stock-place": {parse_phrase(place)[0].partition(".")[2] for place in (DRAWER, FEEDER)}
    | {"of-bank", "any-bank"},
    "stock-move": StockMove,
    "report-state": {*WriteBackState, "none"},  # none: no report is owed
    "outcome": ReportOutcome,
    "photo-rule": PhotoRule,
    "picture-failure": PictureFailure,
    "setup-page": SETUP_PAGE,
    "safe-mode-page": re.findall(
        r'"safe-mode-page\.([\w-]+)"', SAFE_MODE_TEMPLATE.read_text(encoding="utf-8")
    ),
    "face-value": FaceValue,
    "capability": {Capability.CONTACT_CHIP, *capabilities.SIDES.values()},
    "mute-chip": MUTE_CAUSES.values(),
    "fact": {
        *("model", "serial", "firmware", "printer-state", "printer-state-reasons", "card"),
        *("native", "module", "reports", "events", PHOTO_RULES_FACT),
        *("fleet-name", "fleet-contact", "fleet-confirmed", "fleet-lease", "fleet-blanks"),
    },
    "custody-place": CustodyPlace,
    "custody-act": CustodyAct,
    "custody-list": CustodyAct,
    "custody-document": DocumentState,
    "custody-column": {"line", "name", "number", "card", "bank", "where"},
    "check-how": CheckHow,
    "check-cause": CheckCause,
    "check-verdict": CheckVerdict,
    "device": {"printer", "reader", "province", "journal", "card-login", "fleet", *NAMES},
    "id-reader": {*OnReader, "unknown"},
    "name-agreement": NameAgreement,
    "pin-service": {*PinService, WRITE_TEMPORARY},
    "temporary-receipt": {
        *(f"{kind}{part}" for kind in RECEIPTS for part in ("", "-note")),
        *("name", "number", "card", "agent", "agent-number", "at", "window", "order"),
        "signature",
    },
    "device-state": {
        *(state.name.lower() for state in PrinterState),
        "absent", "present", "up", "down", "unknown",
    },
    "chart-supply": {"ribbon", "feeder", "drawer"},
    "self-test-item": {"feeder", "path", *COUNTED_ITEMS, *DATED},
    "self-test-verdict": {GOOD, BAD, UNKNOWN},
    "self-test-column": self_test.COLUMNS,
    "language-name": LANGUAGES,
    "language-tag": LANGUAGES,
    "repair": REPAIRS,
    "repair-step": {
        CLEAN_AT_PANEL.text,
        *(step.text for repair in REPAIRS.values() for step in repair.steps),
    },
    "repair-proof": StepProof,
    "repair-act": {*RepairAct, "cleaning"},
    "repair-confirmed": Confirmed,
    "audit-column": history.COLUMNS,
    "exceptions-column": exceptions_list.COLUMNS,
    "slip-note": "123",
    "left-over": LeftOver,
    "beside": BesideKind,
    "left-over-means": {*NO_ORDER, "goes-on", "stands"},
    "left-over-settled": {*NO_ORDER, LeftOver.CARD},
    "left-over-do": {
        *NO_ORDER, "nothing", "hand-out", "question", "problem", "retried", "wait", "go-on",
    },
    "left-over-link": {*NO_ORDER, "order"} - {LeftOver.STRANGE_CARD},
    "privacy-command": {"help", "sum", "none", *PRIVACY_COLUMNS},
    **{f"privacy-{part}": privacy.ROWS for part in PRIVACY_COLUMNS if part != "count"},
}  # fmt: skip


def keys(codes: Iterable[object]) -> set[str]:
    return {one.value if isinstance(one, StrEnum) else str(one) for one in codes}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", sorted(CODES))
def test_a_table_has_the_codes_that_there_can_be(table: str, language: str) -> None:
    assert set(catalogue(language).tables[table]) == keys(CODES[table])


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_text_is_found_by_its_phrase_inside_a_message(language: str) -> None:
    for table, texts in catalogue(language).tables.items():
        for key, told in texts.items():
            if key and not NAMED.search(told):
                said = spoken(f"x {phrase(f'{table}.{key}')}: y", language=language)
                assert said == f"x {told}: y"


def sources() -> Iterator[tuple[str, ast.Module]]:
    for path in sorted(SOURCES.rglob("*.py")):
        yield str(path.relative_to(SOURCES)), ast.parse(path.read_text(encoding="utf-8"))


def written_codes() -> set[str]:
    """Return every string of the program that could be the code of a text."""
    return {
        node.value
        for _, tree in sources()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "." in node.value
    }


def test_a_text_whose_code_is_written_nowhere_is_gone() -> None:
    tables = catalogue().tables
    there = {f"{table}.{key}" for table in tables.keys() - CODES.keys() for key in tables[table]}
    assert sorted(there - written_codes()) == []


def filled() -> Iterator[tuple[str, str, set[str]]]:
    """Yield place, code and names of the values of each look-up with a literal code."""
    for place, tree in sources():
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or ast.unparse(node.func) not in FILL:
                continue
            given = [one.arg for one in node.keywords]
            first = node.args[0] if node.args else None
            codes = [first.body, first.orelse] if isinstance(first, ast.IfExp) else [first]
            for code in codes:
                if isinstance(code, ast.Constant) and None not in given:
                    names = {name for name in given if name and name != "language"}
                    yield f"{place}:{node.lineno}", str(code.value), names


def test_the_values_are_found() -> None:
    found = {code: names for _, code, names in filled()}
    assert found["photo.bytes"] == {"count"}
    assert len(found) > 200


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_names_exactly_the_values_that_it_is_given(language: str) -> None:
    tables = catalogue(language).tables

    def named(code: str) -> set[str]:
        table, _, key = code.partition(".")
        return set(NAMED.findall(tables[table][key]))

    wrong = [(place, code, names) for place, code, names in filled() if named(code) != names]
    assert wrong == []


#: Texts whose code is chosen elsewhere than where the values are given.
CHOSEN = {
    **{f"batch-fault.cell-{one}": {"field"} for one in ("formula", "lost-digits", "too-long")},
    "batch-fault.line-doubled": {"line"},
    "self-test.owed": {"count"},
    "self-test.ribbon": {"count"},
    "batch-fault.person-doubled": {"line"},
    "batch-fault.several-accounts": {"found"},
    "left-over.card": {"who", "step"},
    "left-over.question": {"who"},
    "left-over.reports": {"count"},
    "left-over.batch": {"title"},
    "left-over-means.reports": {"count"},
    "photo.broken": {"rule", "found", "allowed"},
    "difference.more": {"place", "must", "counted", "gap"},
    "difference.fewer": {"place", "must", "counted", "gap"},
    "ledger-command.ribbon": {"planned", "used"},
    "ledger-command.ribbon-alarm": {"planned", "used"},
    "operators-command.card-bound": {"name", "card", "until"},
    "operators-command.card-removed": {"name", "card"},
    "orders-command.answer": {"label", "consequence"},
    "orders-command.answer-by-two": {"label", "consequence"},
    "doctor-told.held": {"pid", "program"},
    "config-check.enum-right": {"expected"},
    "config-check.greater-than-right": {"gt"},
    "config-check.at-least-right": {"ge"},
    "config-check.less-than-right": {"lt"},
    "config-check.at-most-right": {"le"},
    "config-check.form-right": {"pattern"},
    "config-check.model-type-right": {"name"},
    "custody-paper.agent": {"name", "number", "phone"},
    "custody-paper.collector": {"name", "number", "phone"},
    "privacy-where.agent": {"folder"},
    "privacy-where.bank-number": {"folder"},
    "privacy-where.service": {"folder"},
    "privacy-where.custody": {"folder"},
    "privacy-where.collector": {"folder"},
    "privacy-where.check": {"folder"},
    "privacy-where.batch-row": {"folder"},
    "privacy-where.batch-photo": {"folder"},
    "privacy-where.unit-contact": {"folder"},
    "privacy-where.batch-contact": {"folder"},
    "privacy-where.data": {"folder"},
    "privacy-where.history": {"folder"},
    "privacy-where.ledger": {"folder"},
    "privacy-where.number": {"folder"},
    "privacy-where.operators": {"folder"},
    "privacy-where.programs": {"folder"},
    "privacy-where.report": {"folder"},
    "privacy-protected.agent": {"folder"},
    "privacy-protected.bank-number": {"folder"},
    "privacy-protected.data": {"folder"},
    "privacy-protected.number": {"folder"},
    "privacy-protected.report": {"folder"},
    "privacy-protected.service": {"folder"},
    "privacy-protected.custody": {"folder"},
    "privacy-protected.collector": {"folder"},
    "privacy-protected.check": {"folder"},
    "privacy-protected.batch-row": {"folder"},
    "privacy-protected.batch-photo": {"folder"},
    "privacy-protected.unit-contact": {"folder"},
    "privacy-protected.batch-contact": {"folder"},
    "privacy-until.agent": {"days"},
    "privacy-until.bank-number": {"days"},
    "privacy-until.data": {"days"},
    "privacy-until.number": {"days"},
    "privacy-until.report": {"days"},
    "privacy-until.service": {"days"},
    "privacy-until.custody": {"days"},
    "privacy-until.collector": {"days"},
    "privacy-until.check": {"days"},
    "privacy-until.batch-row": {"days"},
    "privacy-until.batch-photo": {"days"},
    "privacy-until.batch-contact": {"days"},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_other_text_names_a_value(language: str) -> None:
    literal = {code for _, code, _ in filled()}
    named = {
        f"{table}.{key}": set(NAMED.findall(told))
        for table, texts in catalogue(language).tables.items()
        for key, told in texts.items()
    }
    others = {code: names for code, names in named.items() if names and code not in literal}
    assert others == CHOSEN
