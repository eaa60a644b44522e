import ast
import re
import tomllib
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

import pytest

import station
from station.api import problem
from station.central.frame import PAGES as CENTRAL_PAGES
from station.core import errors
from station.core.errors import (
    AnswerProblem,
    BatchFileFault,
    ConnectionFailure,
    DeskFault,
    IdentityMismatch,
    PackageFault,
    PersonRequest,
    PinEntryFault,
    RejectionReason,
    StationError,
    WrongCardReason,
)
from station.core.orders import CardPlace
from station.core.printing import CardPosition, PrinterStateReason
from station.production.life.steps.data import RESTORED
from station.production.life.steps.temporary import WRITE_UNKNOWN
from station.production.views.fleet import FORK
from station.words import LANGUAGES, MISSING, catalogue, explain, where
from station.words.tables import ANSWER_LABELS, MUTE_TEXTS, POSITION_TEXT

TEXTS, VARIANTS = catalogue().problems, catalogue().variants
SOURCES = Path(station.__path__[0])
SPOKEN = re.compile(r"[一-鿿]")
PLACEHOLDERS = {
    "address",
    "again",
    "allowed",
    "bank",
    "broken",
    "capability_title",
    "character",
    "characters",
    "code",
    "command",
    "eighteen",
    "expected",
    "failure",
    "field_title",
    "fields",
    "file",
    "found",
    "holder",
    "key_file",
    "model",
    "native_code",
    "pid",
    "place",
    "program",
    "province_text",
    "readers",
    "reason",
    "room",
    "rule_title",
    "seconds",
    "seen",
    "setting",
    "settings",
    "step",
    "step_title",
    "sw",
    "there",
    "track",
    "tries_left",
    "valid_from",
    "valid_until",
    "wanted",
}


def error_classes(root: type[StationError] = StationError) -> Iterator[type[StationError]]:
    yield root
    for child in root.__subclasses__():
        yield from error_classes(child)


def codes_written_at_a_raise() -> Iterator[str]:
    """Every literal `code=` given to an error anywhere in the product."""
    for path in SOURCES.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = ast.unparse(node.func) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and called == "problem_response":
                yield from (str(a.value) for a in node.args[:1] if isinstance(a, ast.Constant))
            if isinstance(node, ast.Call) and called.endswith("Error"):
                for keyword in node.keywords:
                    if keyword.arg == "code" and isinstance(keyword.value, ast.Constant):
                        yield str(keyword.value.value)


def every_code() -> set[str]:
    enums: tuple[type[StrEnum], ...] = (
        AnswerProblem,
        ConnectionFailure,
        WrongCardReason,
        RejectionReason,
        PrinterStateReason,
        PersonRequest,
        DeskFault,
        IdentityMismatch,
        PinEntryFault,
        BatchFileFault,
        PackageFault,
    )
    codes = {
        cls.code for cls in error_classes() if cls.__module__.startswith(f"{errors.__name__}.")
    }
    codes |= {member.value for words in enums for member in words}
    codes |= {"order-conflict", "machine-busy", "person-has-open-order", "idempotency-key-reused"}
    codes |= {RESTORED, WRITE_UNKNOWN, FORK}
    return codes | set(codes_written_at_a_raise()) | set(problem._CODES.values())


def test_the_walk_finds_classes_enums_and_literals() -> None:
    assert {"station-error", "media-jam", "batch-locked", "id-number-15-digits"} <= every_code()
    assert len(every_code()) > 65


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_code_has_a_text_in_every_language(language: str) -> None:
    assert sorted(every_code() - set(catalogue(language).problems)) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_left_of_a_code_that_is_gone(language: str) -> None:
    assert sorted(set(catalogue(language).problems) - every_code()) == []


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_a_text_is_whole_short_and_chinese(code: str) -> None:
    text = explain(code)
    assert len(text.title) <= 18
    assert len(text.cause) <= 70
    for part in (text.title, text.cause, text.remedy):
        assert SPOKEN.search(part)
        assert "{" not in part
    for line in text.remedy.splitlines():
        assert len(line) <= 50
        assert line.endswith("。")


@pytest.mark.parametrize("code", sorted(TEXTS))
def test_placeholders_are_those_that_errors_fill(code: str) -> None:
    assert set(re.findall(r"\{(.*?)\}", "".join(TEXTS[code]))) <= PLACEHOLDERS


def test_details_fill_the_text() -> None:
    text = explain("chip-refused", {"sw": "6983", "command": "EXTERNAL AUTHENTICATE"})
    assert "EXTERNAL AUTHENTICATE" in text.cause
    assert "6983" in text.cause


@pytest.mark.parametrize("details", [{}, {"sw": "", "command": ""}])
def test_a_missing_detail_is_a_dash_or_is_left_out(details: dict[str, str]) -> None:
    assert explain("chip-refused", details).cause == f"芯片没有执行指令，返回 {MISSING}。"


def test_braces_in_a_detail_are_not_expanded() -> None:
    text = explain("province-refused", {"province_text": "{code} {0.__class__} %s"})
    assert "{code} {0.__class__} %s" in text.cause


def test_steps_are_numbered_only_when_there_are_several() -> None:
    several = explain("station-ribbon-chip-missing").remedy.splitlines()
    assert [line[:3] for line in several] == ["1. ", "2. ", "3. "]
    assert not explain("media-low").remedy.startswith("1")


def test_a_code_nobody_knows_is_named_in_the_general_text() -> None:
    text = explain("no-such-code", {"code": "forged"})
    assert text.title == explain("station-error").title
    assert "no-such-code" in text.cause
    assert "forged" not in text.cause


@pytest.mark.parametrize("code", ["printer-not-connected", "reader-not-connected"])
def test_an_unplugged_machine_names_its_cable(code: str) -> None:
    mine, other = ("打印机", "读卡器") if code.startswith("printer") else ("读卡器", "打印机")
    text = explain(code)
    assert mine in text.title
    assert other not in text.title
    assert f"{mine}的 USB 线" in text.remedy


def test_ribbon_chip_missing_is_not_told_as_ribbon_missing() -> None:
    chip, ribbon = explain("station-ribbon-chip-missing"), explain("marker-print-ribbon-missing")
    assert chip.title == "未检测到色带芯片"
    assert chip.title != ribbon.title


def test_every_place_of_a_card_has_words() -> None:
    words: tuple[type[StrEnum], ...] = (CardPosition, CardPlace)
    expected = {member.value for places in words for member in places} | {"none"}
    assert set(POSITION_TEXT) == expected
    assert len(set(POSITION_TEXT.values())) == len(expected)


def test_where_of_a_word_nobody_knows_is_unknown() -> None:
    assert where("taken") == "已被取走"
    assert where("under-the-table") == POSITION_TEXT["unknown"]


#: What a remedy may name in quotation marks, besides the buttons and answers: where it stands.
OTHER_NAMES = {
    "试读不上电的卡": "_desk.html",
    "写临时卡": "_desk.html",
    "此卡不能用": "_desk.html",
    "从进卡槽取出": "../../words/zh/window.toml",
    "装入进卡槽": "../../words/zh/window.toml",
    "最近往来": "_diagnostics_devices.html",
    "导出诊断包": "diagnostics.html",
    "主管放行": "_order.html",
    "打开已发出的卡": "_order.html",
    "补打卡面、重制": "_order.html",
    "退到废卡盒": "_machine.html",
    "测试卡合格": "_test_card.html",
    "已找到": "_ledger.html",
    "开包入抽屉": "../../words/zh/window.toml",
    "开始演练": "_test_card.html",
    "结束演练": "_test_card.html",
    "本窗口的任务": "_orders.html",
    "总览": "../../words/zh/central.toml",
    "查询": "../../words/zh/central.toml",
    "审计": "../../words/zh/central.toml",
    "咔": "",  # a sound
    "清洁": "",
}


#: Problems of central, whose remedies name central's own pages as the bar does.
OF_CENTRAL = set(
    tomllib.loads((SOURCES / "words/zh/problems/central.toml").read_text(encoding="utf-8"))
)
CENTRAL_LINKS = {catalogue("zh").tables["central-link"][page] for page in CENTRAL_PAGES}


def every_text() -> Iterator[tuple[str, tuple[str, ...]]]:
    yield from TEXTS.items()
    for (code, variant), text in VARIANTS.items():
        yield f"{code}/{variant}", text


@pytest.mark.parametrize(("code", "text"), list(every_text()))
def test_a_remedy_names_only_what_is_on_the_page(code: str, text: tuple[str, ...]) -> None:
    labels = set(ANSWER_LABELS.values())
    pages = SOURCES / "ui" / "templates"
    words = (pages / "_words.html").read_text(encoding="utf-8")
    for name in re.findall("“(.*?)”", "".join(text[2:])):
        if "{" in name:
            continue
        page = OTHER_NAMES.get(name)
        known = name in labels or f'"{name}"' in words
        if page:
            known = name in (pages / page).read_text(encoding="utf-8")
        if code in OF_CENTRAL:
            known = name in CENTRAL_LINKS
        assert known or page == "" or code.startswith("pin-"), f"{code} names “{name}”"


@pytest.mark.parametrize(("code", "text"), list(every_text()))
def test_no_text_names_what_is_not_there(code: str, text: tuple[str, ...]) -> None:
    # "The button of just now" is another one wherever a question is asked; the rest never existed.
    said = "".join(text).replace("“导出诊断包”", "")  # the button, by its whole name only
    for absent in ("刚才的按钮", "诊断包", "任务列表", "按“清洁”", "station write-backs"):
        assert absent not in said, f"{code} names {absent}"


def test_every_variant_is_of_a_code_that_has_a_text() -> None:
    assert {code for code, _variant in VARIANTS} <= set(TEXTS)


def test_the_reject_box_is_not_taken_for_the_outlet() -> None:
    for code in ("station-reject-box-full", "station-reject-box-missing"):
        text = explain(code)
        assert "废卡盒" in text.title
        assert "废卡盒" in text.remedy
        assert "出卡口" not in text.title + text.remedy
    assert "出卡口" in explain("output-area-full").title


def test_the_step_that_goes_on_is_the_pages_or_is_left_out() -> None:
    assert "点“打印”。" in explain("cover-open", again="点“打印”。").remedy
    assert explain("cover-open", again="").steps == ("关好机盖，听到“咔”声。",)


@pytest.mark.parametrize("cause", sorted(MUTE_TEXTS))
def test_a_mute_chip_says_what_the_reader_told(cause: str) -> None:
    assert MUTE_TEXTS[cause] in explain("chip-power-failed", {"cause": cause}).cause
