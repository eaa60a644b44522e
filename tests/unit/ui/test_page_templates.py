import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Final

import pytest

from station.core.people import PEOPLE, Role
from station.core.side_view import Box
from station.production.views.messages import Problem
from station.ui.buttons import buttons_of
from station.ui.charts_contents import ChartsPanel, DurationBar, HourBar
from station.ui.confirmations import Confirmation
from station.ui.contents import (
    AnswerButton,
    AskedQuestion,
    Button,
    Comparison,
    ConfirmPanel,
    DiagnosticsPage,
    FacePictures,
    Frame,
    Message,
    OperatorPage,
    OrderPanel,
    OrderRow,
    OrdersPanel,
    Panel,
    ReprintChoices,
    SupervisorPage,
)
from station.ui.doors_contents import Viewer
from station.ui.ledger_contents import (
    Choice,
    ClosedShiftLine,
    DestroyedCard,
    LedgerCard,
    LedgerPanel,
    OpenShift,
    SelfTestLine,
    TechnicianCardPanel,
)
from station.ui.machine_contents import Device, DevicesPanel, Light, MachinePanel, OwedReport
from station.ui.navigation import links_for, operations_of
from station.ui.notices import Notice
from station.ui.panels import render_page, render_panel
from station.ui.picture_contents import CardNow, DrawnCard, DrawnMove, DrawnPart, MachinePicture
from station.ui.repair_contents import RepairChoice, RepairLine, RepairShown, RepairsPanel
from station.ui.supervisor_contents import DecisionLine, DutyPanel, PersonLine, WaitingLine
from station.ui.translation import open_templates

UI: Final = Path(__file__).parents[3] / "station" / "ui"
PAGES: Final = open_templates()
EVERY_ROLE: Final = frozenset(PEOPLE)
VIEWER: Final = Viewer(
    "li.na",
    "form-token",
    pages=links_for(EVERY_ROLE),
    may=operations_of(EVERY_ROLE),
)
STEPS: Final = ("fetch", "approve", "feed", "write", "report", "print", "release", "activate")
EXTRAS: Final = ("make", "retry-report", "cancel")

OFF: Final = {action: Button(enabled=False) for action in (*STEPS, *EXTRAS)}
MESSAGE: Final = Message("info", "请输入身份证号")
IDLE: Final = OrderPanel(
    id="",
    revision="",
    buttons={**OFF, "fetch": Button(enabled=True)},
    next="fetch",
    compare=None,
    face=None,
    message=MESSAGE,
    question=None,
    waiver=False,
    reprints=(),
    slip_url="",
    card_out="",
)
MACHINE: Final = MachinePanel(
    level="ok",
    headline="可以制卡",
    lights=(
        Light("printer", "制卡机", "ok", "空闲"),
        Light("ribbon", "色带", "warn", "还能打 9 张"),
    ),
    owed=0,
    left_card=False,
    left_card_stuck=False,
    checked="设备状态每秒自动检查",
    card=CardNow(
        "正在打印",
        "2026-11-25T08:00:00+00:00",
        MachinePicture(
            width=380,
            height=150,
            path=95,
            case=Box(74, 12, 248, 132),
            parts=(
                DrawnPart("cover", "机盖", Box(196, 2, 118, 10), "error"),
                DrawnPart("feeder", "进卡口", Box(80, 40, 62, 66), "here"),
                DrawnPart("reader-cable", "读卡线", Box(0, 84, 62, 26), "plain"),
            ),
            card=DrawnCard(171, "told"),
            move=DrawnMove(111, 171),
            unknown=198,
            jam=True,
            connected=False,
            description="制卡机侧面图",
        ),
    ),
)
LEDGER: Final = LedgerPanel(
    shift=OpenShift(
        began="11-25 08:00",
        figures=(("开包", 100), ("发出", 4)),
        drawer=95,
        feeder=1,
        differences=("抽屉实点 94 张，账面 95 张，少 1 张",),
        ribbon="计划 4，实用 5",
        ribbon_alarm=True,
        banks=(("95533", "中国建设银行", 95, 1),),
    ),
    closed=(ClosedShiftLine(1, "11-24 17:00", "window", ()),),
    moves=(Choice("opened", "开包入抽屉"),),
    banks=(Choice("95533", "中国建设银行"), Choice("95588", "中国工商银行")),
    request="r1",
    to_destroy=(LedgerCard(3, "0" * 32, "遗失", "遗失", lost=True, at="x"),),
    destroyed=(DestroyedCard(2, "芯片写坏", "11-24 16:00", "li.na", "wang"),),
    not_taken=(),
)
TESTS: Final = TechnicianCardPanel(
    "1" * 32,
    feeder_stopped=True,
    self_test=SelfTestLine("11-25 08:00", "li.na", ready=False, result="不能制卡"),
)
DUTY: Final = DutyPanel(
    waiting=(WaitingLine("0193", "11-25 09:00", "照片不合软规则", "/?order=0193"),),
    decisions=(
        DecisionLine(9, "11-25 09:10", "li.na", "wang", "0" * 32, "重写芯片", "芯片数据损坏"),
    ),
    titles=("受理", "核对"),
    people=(PersonLine("li.na", (4, 3)),),
)
BUSY: Final = OrderPanel(
    id="0193",
    revision="7",
    buttons={
        **OFF,
        "fetch": Button(enabled=False, state="done", note="14:02"),
        "approve": Button(enabled=True, state="waiting"),
        "feed": Button(enabled=False, state="running"),
        "write": Button(enabled=False, state="failed"),
        "cancel": Button(enabled=True),
    },
    next="approve",
    compare=Comparison(
        name="<测试>·人",
        id_number="410702199003071234",
        bank="测试银行",
        photo_url="/p.jpg",
        approved=False,
        photo_note="软规则未检查",
    ),
    face=FacePictures("/f.png", "/b.png", "ab12"),
    message=replace(MESSAGE, level="error", cause="某原因", where="某处", remedy="1. 甲\n2. 乙"),
    question=AskedQuestion(
        "照片和文字都印好了吗？",
        (
            AnswerButton("printed", "已印好", "接着出卡", needs_approver=False, key="Alt+J"),
            AnswerButton("not-printed", "没有印", "重新打印", needs_approver=False, key="Alt+K"),
            AnswerButton("spoiled", "作废", "退到废卡盒", needs_approver=True, key="Alt+L"),
        ),
    ),
    waiver=True,
    reprints=(),
    slip_url="",
    card_out="",
)
DEVICES: Final = DevicesPanel(
    devices=(
        Device(
            name="printer",
            title="制卡机",
            address="usb://0d16:030a/X",
            level="error",
            state="停止",
            problems=(Problem("marker-print-ribbon-empty", "色带用完了", "", "", ""),),
            facts={"型号": "CS-220e"},
            exchanges=("last", "first"),
            unverified=("USB endpoints.",),
        ),
    ),
    owed=(OwedReport("0193", "已制卡", refused=True, attempts=3, last_error="", created="13:55"),),
    repair_of={"marker-print-ribbon-empty": "ribbon"},
)
CHARTS: Final = ChartsPanel(
    hours=(HourBar(0, 80.0, 10.0, "09", "09 时：出卡 8 张，废卡 1 张"),),
    most=9,
    summary="最近 24 小时：出卡 8 张，废卡 1 张，废卡率 11.1%",
    durations=(DurationBar("打印", 100.0, "32.0 秒"),),
    lines=("色带：还够 120 张",),
)
REPAIRS: Final = RepairsPanel(
    now=RepairShown(
        name="cleaning",
        title="清洁制卡机",
        lines=(
            RepairLine("取出预制卡。", "done", "人工确认"),
            RepairLine("点“开始清洁”。", "now"),
            RepairLine("放回预制卡。", "later"),
        ),
        step="1",
        waits="等制卡机走完清洁卡",
        by_person=False,
        act="clean-machine",
        act_label="开始清洁",
        busy="",
        problem=Problem("media-empty", "进卡槽没有卡", "没有放到位。", "", "放入清洁卡。"),
    ),
    wanted=(RepairChoice("ribbon", "更换色带"),),
    others=(RepairChoice("jam", "取出堵在机内的卡"),),
)


class Buttons(HTMLParser):
    """Collects every button's attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[dict[str, str | None]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "button":
            self.found.append(dict(attrs))


def operator_page(
    order: OrderPanel = IDLE,
    machine: MachinePanel = MACHINE,
    *,
    rows: tuple[OrderRow, ...] = (),
    shown: str = "",
    notice: Notice | None = None,
    confirm: ConfirmPanel | None = None,
    viewer: Viewer = VIEWER,
) -> str:
    frame = Frame("示例窗口", "0", "operator", "/", shown)
    listed = OrdersPanel(rows, shown)
    page = OperatorPage(frame, order, machine, listed, notice, confirm, id_number="")
    return render_page(PAGES, page, viewer)


def diagnostics_page() -> str:
    frame = Frame("示例窗口", "0", "diagnostics", "/diagnostics", "")
    versions = (("程序", "0.1.0"),)
    page = DiagnosticsPage(frame, REPAIRS, DEVICES, CHARTS, TESTS, versions, None, None)
    return render_page(PAGES, page, VIEWER)


def supervisor_page(viewer: Viewer = VIEWER) -> str:
    frame = Frame("示例窗口", "0", "supervisor", "/supervisor", "")
    return render_page(PAGES, SupervisorPage(frame, LEDGER, DUTY, None, None), viewer)


def buttons(html: str) -> dict[str, dict[str, str | None]]:
    return {str(b["id"])[3:]: b for b in Buttons(html).found if str(b.get("id")).startswith("do-")}


def test_the_steps_stand_in_the_order_of_the_procedure() -> None:
    html = operator_page()
    labels = ["获取数据", "预览", "进卡", "写卡", "数据回盘", "打印", "出卡", "领卡启用"]
    places = [html.index(f'<span class="label">{label}<') for label in labels]
    assert places == sorted(places)
    assert [name for name in buttons(html) if name in STEPS] == list(STEPS)


def test_a_button_that_is_not_enabled_is_disabled() -> None:
    found = buttons(operator_page())
    assert set(found) == {*STEPS, *EXTRAS}
    assert [name for name, button in found.items() if "disabled" not in button] == ["fetch"]


def test_the_server_knows_every_button_of_the_page() -> None:
    assert set(buttons_of(None, 0, waits_for_supervisor=False)) == {*STEPS, *EXTRAS}


def test_every_button_has_a_key_of_its_own() -> None:
    html = operator_page(BUSY)
    # The hidden one is what Enter presses in the number's field.
    shown = [button for button in Buttons(html).found if "hidden" not in button]
    keys = [b.get("data-key") for b in shown]
    assert None not in keys
    assert len(set(keys)) == len(keys)
    assert html.count("<kbd>") == len(keys) + len(("PgUp", "PgDn"))


def test_browser_keys_are_left_alone() -> None:
    html = operator_page(BUSY, replace(MACHINE, left_card=True))
    keys = {str(b.get("data-key")) for b in Buttons(html).found}
    assert keys.isdisjoint({"F1", "F5", "F11", "F12"})
    # Alt and a digit changes the tab, Alt+F and Alt+E open the menu, Alt+D goes to the address.
    letters = {key[4:] for key in keys if key.startswith("Alt+")}
    assert letters
    assert letters.isdisjoint({"F", "E", "D", *"0123456789"})
    assert "accesskey" not in html


def test_every_button_names_the_order_and_the_revision_that_are_on_the_screen() -> None:
    html = operator_page(BUSY)
    order = html[html.index('id="order"') : html.index('class="machine-side"')]
    forms = order.split("<form ")[1:]
    assert len(forms) == 5  # steps, three answers, the supervisor's
    for form in forms:
        assert '<input type="hidden" name="order" value="0193">' in form
        assert '<input type="hidden" name="revision" value="7">' in form


def test_no_button_belongs_to_the_form_of_another() -> None:
    html = operator_page(BUSY)
    for button in Buttons(html).found:
        assert "form" not in button
    found = buttons(html)
    for name in (*STEPS, *EXTRAS):
        assert found[name]["formaction"] == f"/actions/{name}"


def test_each_answer_has_a_form_of_its_own_so_that_enter_gives_the_answer_it_stands_beside() -> (
    None
):
    html = operator_page(BUSY)
    for answer in ("printed", "not-printed", "spoiled"):
        form = html[html.index(f'id="answer-{answer}"') :]
        form = form[: form.index("</form>")]
        assert f'name="answer" value="{answer}"' in form
        assert form.count("<button") == 1
    assert html.count("须另一名主管本人同意") == 1


def test_a_notice_and_a_confirmation_are_outside_of_what_is_read_again() -> None:
    notice = Notice("色带<用完>", "原因", "处理", "c")
    asked = Confirmation("取消？", "不能恢复", "取消任务", "cancel:0193")
    fields = {"order": "0193", "revision": "7"}
    confirm = ConfirmPanel(asked, "cancel", tuple(fields.items()), back="/?order=0193")
    html = operator_page(BUSY, notice=notice, confirm=confirm)
    panel = html[html.index('id="order"') : html.index('class="machine-side"')]
    assert "色带&lt;用完&gt;" in html
    assert "色带" not in panel
    assert "dialog" not in panel
    for name, value in (fields | {"confirmed": "cancel:0193"}).items():
        assert f'<input type="hidden" name="{name}" value="{value}">' in html


def test_the_list_of_orders_shows_each_one_press_away() -> None:
    rows = tuple(
        OrderRow(
            id=f"{n}" * 32,
            revision=3,
            name="",
            number="4107**********4534",
            at="09:30",
            state=state,
            level="info",
            can_close=n == 2,
        )
        for n, state in ((1, "已出卡，待领卡启用"), (2, "待核对"))
    )
    html = operator_page(rows=rows, shown="1" * 32)
    assert f'data-show="{"1" * 32}" aria-current="true"' in html
    assert f'href="/?order={"2" * 32}"' in html
    assert html.count('class="row-close"') == 1


def test_states_are_words_for_those_who_do_not_see_them() -> None:
    html = operator_page(BUSY)
    for word in ("已完成", "等待操作", "进行中", "未成功", "未开始"):
        assert f"，{word}</span>" in html


def test_the_message_says_cause_place_and_remedy() -> None:
    html = operator_page(BUSY)
    for word in ("原因", "某原因", "卡现在在哪里", "某处", "怎么办", "1. 甲\n2. 乙"):
        assert word in html
    quiet = operator_page()
    assert "卡现在在哪里" not in quiet[: quiet.index('id="cut-off"')]


def test_a_second_person_types_into_the_dialog_and_nowhere_else() -> None:
    assert 'name="approver' not in operator_page(BUSY)
    asked = Confirmation("放行？", "c", "放行", "waive-photo:1", "photo-waiver", "用户名或密码不对")
    panel = ConfirmPanel(asked, "waive-photo", (("order", "1"),), "/")
    html = operator_page(BUSY, confirm=panel)
    dialog = html[html.index("<dialog") :]
    assert 'name="approver"' in dialog
    assert 'type="password"' in dialog
    assert "用户名或密码不对" in dialog


@pytest.mark.parametrize(
    "html",
    [operator_page(BUSY), diagnostics_page(), supervisor_page()],
    ids=["/", "diag", "shift"],
)
def test_every_form_carries_the_sessions_token(html: str) -> None:
    forms = html.split("<form")[1:]
    assert forms
    for form in forms:
        assert 'name="csrf" value="form-token"' in form[: form.index("</form>")]


def test_a_demonstration_says_so_on_the_page() -> None:
    assert "只供演示" in operator_page(viewer=Viewer(demo=("demo-li",)))
    assert "只供演示" not in operator_page()


def test_the_picture_has_its_note_and_a_supervisor_a_button() -> None:
    html = operator_page(BUSY)
    assert 'action="/actions/waive-photo"' in html
    assert "<small>软规则未检查</small>" in html
    assert "waive-photo" not in operator_page()


def test_names_are_escaped() -> None:
    html = operator_page(BUSY)
    assert "&lt;测试&gt;·人" in html
    assert "<测试>" not in html


def test_what_is_compared_is_bound_to_the_digest() -> None:
    html = operator_page(BUSY)
    for picture in ("photo-ab12", "front-ab12", "back-ab12"):
        assert f'id="{picture}"' in html


def test_partials_are_what_the_page_holds() -> None:
    page = operator_page(BUSY)
    shown: tuple[Panel, ...] = (BUSY, MACHINE, OrdersPanel((), ""))
    assert all(render_panel(PAGES, panel, VIEWER) in page for panel in shown)
    page = diagnostics_page()
    assert all(render_panel(PAGES, panel, VIEWER) in page for panel in (DEVICES, TESTS))
    page = supervisor_page()
    assert all(render_panel(PAGES, panel, VIEWER) in page for panel in (LEDGER, DUTY))


def test_a_left_card_and_owed_reports_are_shown() -> None:
    html = operator_page(machine=replace(MACHINE, owed=2, left_card=True))
    assert "/actions/reject-left-card" in html
    assert "<strong>2</strong>" in html


def test_diagnostics_shows_faults_facts_and_the_newest_exchange_first() -> None:
    html = diagnostics_page()
    unverified = "未经真实设备或系统证实的 1 项"
    for word in ("色带用完了", "CS-220e", "USB endpoints.", unverified, "需人工处理"):
        assert word in html
    assert html.index("<li>last") < html.index("<li>first")


@pytest.mark.parametrize(
    "html",
    [operator_page(BUSY), diagnostics_page(), supervisor_page()],
    ids=["/", "diag", "shift"],
)
def test_nothing_comes_from_elsewhere_and_nothing_is_inline(html: str) -> None:
    without_names = html.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "//" not in re.sub(r"usb://\S+", "", without_names)
    assert not re.search(r"<script(?![^>]*\ssrc=)|\sstyle=|\son[a-z]+=", html)
    for path in re.findall(r'(?:src|href)="/static/([^"]+)"', html):
        assert (UI / "static" / path).is_file(), path


def test_vendored_scripts_are_those_that_are_named() -> None:
    note = (UI / "static" / "vendor" / "VENDORED.md").read_text(encoding="utf-8")
    for file in (UI / "static" / "vendor").glob("*.js"):
        assert f"`{hashlib.sha256(file.read_bytes()).hexdigest()}`" in note


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(c * 2 for c in digits) if len(digits) == 3 else digits
    parts = [value / 255 for value in bytes.fromhex(digits)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


STYLES = UI / "static" / "station.css"
COLOUR = re.compile(r"#[0-9a-f]{3,8}\b|\brgba?\(|\bhsla?\(", re.IGNORECASE)


def colours(screen: str) -> dict[str, str]:
    """Return the colours of a light or a dark screen by their tokens."""
    css = STYLES.read_text(encoding="utf-8")
    light, dark, *_ = (
        dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{3,6});", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    )
    return light if screen == "light" else light | dark


@pytest.mark.parametrize("screen", ["light", "dark"])
@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("ink", "ground"),
        ("ink", "surface"),
        ("ink", "field"),
        ("ink", "ground-soft"),
        ("ink-soft", "ground-soft"),
        ("ink-soft", "off"),
        ("accent", "surface"),
        ("accent", "ground"),
        ("on-colour", "accent"),
        ("on-colour", "accent-deep"),
        ("on-colour", "ok"),
        ("on-colour", "warn"),
        ("on-colour", "error"),
        ("bar-ink", "bar"),
        ("bar-ink", "bar-hover"),
        ("bar-soft", "bar"),
        ("demo-ink", "demo"),
        ("rehearsal-ink", "rehearsal"),
        ("rehearsal-ink", "rehearsal-stripe"),
        ("ink-soft", "ground"),
        ("ink-soft", "surface"),
        ("surface", "accent"),
        ("surface", "accent-deep"),
        ("accent-deep", "accent-pale"),
        ("ink-soft", "accent-pale"),
        ("ok", "surface"),
        ("ok", "ok-pale"),
        ("warn", "surface"),
        ("warn", "warn-pale"),
        ("ink-soft", "warn-pale"),
        ("error", "surface"),
        ("error", "error-pale"),
        ("ink-soft", "error-pale"),
    ],
)
def test_contrast_reaches_wcag_2_2_success_criterion_1_4_3(
    screen: str, text: str, ground: str
) -> None:
    used = colours(screen)
    light, dark = sorted((luminance(used[text]), luminance(used[ground])), reverse=True)
    assert (light + 0.05) / (dark + 0.05) >= 4.5


def test_the_edges_of_fields_and_buttons_can_be_seen() -> None:
    """WCAG 2.2, success criterion 1.4.11: 3 to 1."""
    for screen in ("light", "dark"):
        used = colours(screen)
        for ground in ("field", "surface"):
            edge = luminance(used["line-strong"])
            light, dark = sorted((edge, luminance(used[ground])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 3.0, (screen, ground)


def test_every_colour_is_a_token_so_that_a_dark_screen_changes_it() -> None:
    css = re.sub(r":root \{.*?\}", "", STYLES.read_text(encoding="utf-8"), flags=re.DOTALL)
    files = {"station.css": css} | {
        file.name: re.sub(r'href="#[\w-]+"', "", file.read_text(encoding="utf-8"))
        for file in (UI / "templates").glob("*.html")
    }
    found = {name: COLOUR.findall(text) for name, text in files.items() if COLOUR.search(text)}
    assert found == {}


def test_the_ledger_says_what_does_not_balance_and_who_is_needed() -> None:
    html = supervisor_page()
    for words in ("少 1 张", "超耗", "两人销毁", "平账", "芯片写坏"):
        assert words in html
    html = diagnostics_page()
    for words in ("连续废卡", "测试卡合格"):
        assert words in html


def test_a_supervisor_reads_what_waits_who_did_what_and_why() -> None:
    html = supervisor_page()
    for words in ("照片不合软规则", "重写芯片", "芯片数据损坏", "wang", "受理", "第 9 号"):
        assert words in html


def test_a_clerk_is_shown_the_stock_and_not_what_others_did() -> None:
    clerk = Viewer("li.na", "form-token", may=operations_of(frozenset({Role.OPERATOR})))
    html = supervisor_page(clerk)
    assert 'action="/actions/close-shift"' in html
    for words in ("待主管同意", "各人办理数", "第 9 号", "/supervisor/audit"):
        assert words not in html


def test_stock_and_shifts_are_not_on_the_technicians_page() -> None:
    html = diagnostics_page()
    for words in ("move-stock", "close-shift", "destroy-card", "待领的卡"):
        assert words not in html


def test_a_card_that_is_out_offers_its_reprints_and_an_inactive_one_its_slip() -> None:
    reasons = (Choice("face-only:face-unclear", "卡面打印不清晰"),)
    again = (ReprintChoices("补打卡面", reasons),)
    html = operator_page(replace(IDLE, reprints=again, slip_url="/api/v1/orders/0/slip.pdf"))
    assert 'value="face-only:face-unclear"' in html
    assert 'href="/api/v1/orders/0/slip.pdf"' in html
    assert "slip.pdf" not in operator_page()
