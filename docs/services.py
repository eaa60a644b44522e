"""Every service of the window procedure, how it is reached here, and the test that proves it.

Source: 新乡市社会保障卡业务经办流程 (2017), chapter 2 article 3 and the annex; for many people at
once documents 000 (Shenzhen), 001 (Dalian), 003 (Jinan, section 4) and 004 (Handan). A test
compares the rows with the buttons, operations and commands of the program, and fails on a service
that has no test and is not another system's.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from docs import batch_services as batch

UNIT: Final = "tests/unit"
PEOPLE: Final = f"{UNIT}/production/test_any_person.py::"
STATES: Final = f"{UNIT}/production/test_card_states.py::"
DESK: Final = f"{UNIT}/production/test_desk.py::"
CUSTODY: Final = f"{UNIT}/production/test_custody.py::"
ACTS: Final = "POST /api/v1/custody/acts/{custody_act}"
LIST: Final = "GET /api/v1/custody/documents/{document}/list.pdf"
REPRINTS: Final = f"{UNIT}/production/test_reprints.py::"
STATE_API: Final = ("POST /api/v1/cards/state/{state_service}",)
PIN_API: Final = ("POST /api/v1/desk/pin/{pin_service}",)
RECEIPT_OF_STATE: Final = "GET /api/v1/cards/services/{service_id}/receipt.pdf"
TEMPORARY: Final = f"{UNIT}/production/test_temporary.py::"
AT_DESK: Final = "tests/scenario/test_temporary_cards.py::"
BY_API: Final = f"{AT_DESK}test_a_card_is_issued_written_again_and_taken_back_by_the_api"
BY_PAGE: Final = f"{AT_DESK}test_the_clerk_issues_writes_again_and_takes_back_on_the_page"
BY_COMMAND: Final = f"{AT_DESK}test_a_card_is_issued_and_taken_back_at_the_command_line"
WRITE: Final = "POST /api/v1/temporary-cards/{order}/write"
SCENARIOS: Final = "tests/scenario/desk/test_desk_services.py::"
YESTERDAY: Final = (
    f"{SCENARIOS}test_the_citizen_of_yesterday_brings_the_card_and_its_face_is_printed_again"
)
FROM_THE_READER: Final = (
    f"{SCENARIOS}test_the_api_leads_from_a_card_in_the_reader_to_what_can_be_done"
)
STATES_BY_PAGE: Final = f"{SCENARIOS}test_a_card_is_reported_lost_and_found_by_the_page"
STATES_BY_API: Final = f"{SCENARIOS}test_a_card_is_reported_lost_and_found_by_the_api"
AGENT_APPLIES: Final = f"{SCENARIOS}test_an_agent_applies_for_a_lost_card_on_the_page"
DESK_SCENARIOS: Final = "tests/scenario/test_desk.py::"
KEPT_AND_GIVEN: Final = f"{SCENARIOS}test_a_finished_card_is_kept_and_given_out_on_the_page"
BROUGHT_BACK: Final = (
    f"{DESK_SCENARIOS}test_a_finished_card_is_read_given_to_its_holder_and_brought_back_mute"
)
PINS_BY_API: Final = f"{DESK_SCENARIOS}test_a_citizens_card_is_read_and_its_pin_served"
EVERY: Final = "tests/scenario/desk/test_every_service.py::"
PINS_BY_PAGE: Final = (
    f"{EVERY}test_a_locked_pin_is_unblocked_and_a_forgotten_one_replaced_on_the_page"
)
CUSTODY_SCENARIOS: Final = tuple(
    f"{EVERY}test_cards_are_handed_over_given_to_a_unit_and_brought_back_{how}"
    for how in ("on_the_page", "by_the_api")
)
STEP: Final = "POST /api/v1/orders/{order}/steps/{step}"
REPRINT_API: Final = ("POST /api/v1/orders/{order}/reprints",)


@dataclass(frozen=True, slots=True)
class WindowService:
    """One service.

    Attributes:
        name: As the procedure calls it.
        where: Its place in the procedure.
        page: Buttons of the pages (`station.access.table.ACTIONS`).
        api: Operations of the API.
        cli: Commands.
        tests: Tests that prove it, as `path::name`.
        elsewhere: The other system that does it; empty when this one does.
        missing: Why this station does not do it yet; empty when it does.
    """

    name: str
    where: str
    page: tuple[str, ...] = ()
    api: tuple[str, ...] = ()
    cli: tuple[str, ...] = ()
    tests: tuple[str, ...] = ()
    elsewhere: str = ""
    missing: str = ""


S = WindowService
SERVICES: Final = (
    S("采集个人基础信息、照片 (申领)", "annex 1", elsewhere="采集系统客户端"),
    S(
        "即时制卡",
        "annex 5.1.3.2",
        ("fetch", "approve", "feed", "write", "report", "print", "release", "make"),
        ("POST /api/v1/orders", STEP, "POST /api/v1/orders/{order}/run"),
        ("make",),
        ("tests/scenario/test_one_card.py::test_one_card_with_each_effect_once",),
    ),
    S(
        "受理 (读身份证, 代办人)",
        "annex 1.1, 6.1",
        ("open-by-card", "attach-holder", "attach-agent", "confirm-name"),
        ("POST /api/v1/desk/orders", "POST /api/v1/desk/orders/{order}/agent"),
        ("desk open", "desk holder", "desk agent", "desk confirm-name"),
        (
            f"{DESK}test_reading_a_card_opens_the_order_of_its_number_and_marks_it",
            f"{DESK_SCENARIOS}test_a_card_is_made_from_the_id_card_on",
            f"{DESK_SCENARIOS}test_the_clerk_does_it_all_on_the_page",
            AGENT_APPLIES,
        ),
    ),
    S(
        "补打卡面",
        "annex 5.1.3.3",
        ("reprint",),
        REPRINT_API,
        ("orders reprint",),
        (
            f"{REPRINTS}test_a_face_is_printed_again_on_its_own_card_and_nothing_else_happens",
            YESTERDAY,
        ),
    ),
    S(
        "重写芯片",
        "annex 5.1.3",
        ("reprint",),
        REPRINT_API,
        ("orders reprint",),
        (
            f"{REPRINTS}test_a_chip_is_written_again_with_the_same_data_and_no_face_is_printed",
            f"{EVERY}test_a_chip_is_written_again_on_the_page_when_the_supervisor_agrees",
            f"{EVERY}test_a_chip_is_written_again_by_the_api_when_the_supervisor_agrees",
        ),
    ),
    S(
        "失败数据回盘",
        "annex 5.1.3.4",
        ("retry-report",),
        ("POST /api/v1/write-backs/retry",),
        ("write-backs retry",),
        (
            f"{UNIT}/production/test_outage.py::test_after_three_days_each_report_arrives_once_and_in_order",
            "tests/scenario/test_province_on_the_page.py"
            "::test_a_refused_report_is_named_and_sent_again_when_it_is_mended",
            f"{EVERY}test_reports_that_are_owed_are_sent_again_by_the_api",
        ),
    ),
    S("失败数据处理, 恢复申请", "annex 5.1.3.4", elsewhere="省卡管系统"),
    S(
        "撤销 (撤销标注)",
        "annex 5.1.2.4",
        ("cancel",),
        ("POST /api/v1/orders/{order}/cancel",),
        ("orders cancel",),
        (
            f"{UNIT}/production/test_cancelled_told.py::test_a_cancelled_order_gives_its_mark_back",
            f"{EVERY}test_a_cancelled_order_gives_its_mark_back_by_page_and_api",
        ),
    ),
    S(
        "领卡启用",
        "annex 5.1.4",
        ("activate", "find-by-desk-card"),
        (STEP,),
        ("orders step",),
        (
            f"{UNIT}/ui/test_people_panel.py"
            "::test_a_card_that_waits_is_activated_from_the_list_of_the_day",
            "tests/scenario/test_operator_page.py::test_a_card_with_the_keyboard_alone",
            FROM_THE_READER,
        ),
    ),
    S(
        "查询 (此人的任务和卡)",
        "annex 2.4.2",
        ("find-person", "find-by-desk-card"),
        ("POST /api/v1/people/search", "GET /api/v1/orders/{order}/person"),
        ("orders person",),
        (
            f"{PEOPLE}test_the_citizen_of_yesterday_is_found_and_served_again",
            f"{PEOPLE}test_the_number_of_a_card_leads_to_its_person_also_after_a_restart",
            YESTERDAY,
            FROM_THE_READER,
        ),
    ),
    S(
        "状态查询",
        "annex 3",
        ("look-at-card",),
        ("POST /api/v1/cards/state",),
        ("cards state",),
        (
            f"{STATES}test_a_card_is_reported_lost_and_found_again_each_with_an_event",
            STATES_BY_PAGE,
            STATES_BY_API,
        ),
    ),
    *(
        S(
            name,
            "article 3, annex 3",
            ("change-card",),
            STATE_API,
            ("cards change",),
            (f"{STATES}{test}", STATES_BY_PAGE, STATES_BY_API),
        )
        for name, test in (
            ("临时挂失", "test_some_services_need_the_holders_own_id_card"),
            ("正式挂失", "test_a_lost_answer_is_settled_by_the_state_at_once"),
            ("解除挂失", "test_a_card_is_reported_lost_and_found_again_each_with_an_event"),
            ("注销", "test_what_cannot_be_undone_is_asked_twice"),
        )
    ),
    S(
        "挂失、解挂、注销回执",
        "annex 3",
        (),
        (RECEIPT_OF_STATE,),
        ("cards receipt",),
        (
            f"{STATES}test_the_receipt_names_card_and_state_on_both_papers",
            STATES_BY_PAGE,
            STATES_BY_API,
        ),
    ),
    *(
        S(
            name,
            "article 3, annex 4",
            ("pin-service",),
            PIN_API,
            ("desk pin", command),
            (f"{DESK}{test}", *by_page, PINS_BY_API),
        )
        for name, command, test, by_page in (
            (
                "修改密码",
                "chip change-pin",
                "test_the_pin_is_changed_by_its_holder",
                (f"{DESK_SCENARIOS}test_the_clerk_does_it_all_on_the_page",),
            ),
            (
                "解锁密码",
                "chip unblock-pin",
                "test_a_locked_pin_is_unblocked_and_stays",
                (PINS_BY_PAGE,),
            ),
            (
                "重置密码",
                "chip reload-pin",
                "test_a_forgotten_pin_is_replaced_with_the_holders_id_card",
                (PINS_BY_PAGE,),
            ),
        )
    ),
    S(
        "密码业务回执",
        "annex 4",
        (),
        ("GET /api/v1/desk/pin-receipts/{event}.pdf",),
        ("desk pin-receipt",),
        (
            f"{DESK}test_the_receipt_of_a_service_that_was_carried_out",
            f"{DESK_SCENARIOS}test_the_clerk_does_it_all_on_the_page",
            PINS_BY_PAGE,
        ),
    ),
    S(
        "回执验卡 (读卡)",
        "annex 2.3.2",
        ("read-card",),
        ("POST /api/v1/desk/card",),
        ("desk card", "chip check"),
        (f"{DESK}test_a_card_is_read_at_the_desk", YESTERDAY, PINS_BY_API),
    ),
    S(
        "手动验卡",
        "annex 2.3.2",
        ("POST /custody/check",),
        ("POST /api/v1/custody/checks", "GET /api/v1/custody/checks/{check_id}/receipt.pdf"),
        ("custody check", "custody check-receipt"),
        (
            f"{CUSTODY}test_a_mute_card_is_checked_by_its_number_and_the_receipt_is_kept",
            BROUGHT_BACK,
            f"{EVERY}test_a_card_that_gives_no_answer_is_checked_by_its_number_by_the_api",
        ),
    ),
    *(
        S(
            name,
            where,
            ("apply-for-card",),
            ("POST /api/v1/applications",),
            ("cards apply",),
            (f"{UNIT}/production/test_applications.py::{test}", *scenarios),
        )
        for name, where, test, scenarios in (
            (
                "补卡申请 (5), 交费登记, 标注",
                "annex 5.1.2",
                "test_a_lost_card_is_replaced",
                (AGENT_APPLIES, f"{EVERY}test_an_agent_applies_for_a_lost_card_by_the_api"),
            ),
            (
                "换卡申请 (6, 7)",
                "annex 5.2",
                "test_a_card_is_exchanged_for_the_old_one",
                (
                    f"{EVERY}test_a_damaged_card_is_exchanged_on_the_page",
                    f"{SCENARIOS}test_an_exchange_by_the_api_needs_the_old_card",
                ),
            ),
            (
                "首次申领制卡 (1)",
                "article 3",
                "test_a_first_card_needs_a_name",
                (f"{EVERY}test_a_first_card_is_applied_for_on_the_page_and_by_the_api",),
            ),
        )
    ),
    S("非税票据", "annex 5.1.1", elsewhere="非税系统"),
    S("金融账户激活", "article 3", elsewhere="银行"),
    *(
        S(name, where, page, (*api, LIST), (*commands, "custody list"), tests)
        for name, where, page, api, commands, tests in (
            (
                "成品卡交接",
                "annex 2.1",
                ("POST /custody/act", "POST /custody/decide"),
                (ACTS, "POST /api/v1/custody/documents/{document}/decision"),
                ("custody act", "custody decide"),
                (
                    f"{CUSTODY}test_a_hand_over_is_applied_for_and_approved_by_another_person",
                    *CUSTODY_SCENARIOS,
                ),
            ),
            (
                "单位发卡, 个人发卡",
                "annex 2.2",
                ("POST /custody/receive", "POST /custody/act"),
                ("POST /api/v1/custody/cards", ACTS),
                ("custody receive", "custody act"),
                (
                    f"{CUSTODY}test_a_holder_or_an_agent_collects_a_card_once",
                    KEPT_AND_GIVEN,
                    BROUGHT_BACK,
                    *CUSTODY_SCENARIOS,
                ),
            ),
            (
                "回执管理",
                "annex 2.3.1",
                ("POST /custody/distribution",),
                ("POST /api/v1/custody/documents/{document}/distribution",),
                ("custody distribution",),
                (
                    f"{CUSTODY}test_a_unit_gets_cards_brings_some_back_and_its_receipt_is_kept",
                    *CUSTODY_SCENARIOS,
                ),
            ),
            (
                "回卡入库, 零星重发, 业务回退",
                "annex 2.3.3, 2.3.4, 2.5",
                ("POST /custody/act",),
                (ACTS,),
                ("custody act",),
                (
                    f"{CUSTODY}test_the_last_act_is_taken_back_and_the_ledger_keeps_both",
                    *CUSTODY_SCENARIOS,
                ),
            ),
            (
                "发卡记录查询",
                "annex 2.4.1",
                ("POST /custody/find",),
                ("POST /api/v1/custody/search", "GET /api/v1/custody/cards/{card}/moves"),
                ("custody find", "custody moves"),
                (
                    f"{CUSTODY}test_cards_are_found_by_card_person_unit_and_place",
                    KEPT_AND_GIVEN,
                    *CUSTODY_SCENARIOS,
                ),
            ),
        )
    ),
    *(
        S(
            name,
            where,
            (*page, "write-temporary"),
            (*api, WRITE),
            (*commands, "temporary write"),
            tests,
        )
        for name, where, page, api, commands, tests in (
            (
                "临时卡发放 (代办人)",
                "annex 6.1",
                ("issue-temporary", "discard-temporary"),
                (
                    "POST /api/v1/temporary-cards",
                    STEP,
                    "POST /api/v1/desk/orders/{order}/agent",
                    "POST /api/v1/temporary-cards/{order}/discard",
                ),
                ("temporary issue", "temporary discard"),
                (
                    f"{TEMPORARY}test_a_temporary_card_is_issued_to_an_agent",
                    f"{TEMPORARY}test_a_lifted_card_is_put_back_and_written_to_the_end",
                    BY_API,
                    BY_PAGE,
                    BY_COMMAND,
                ),
            ),
            (
                "临时卡重写 (申领人重新设置密码)",
                "annex 6.2",
                ("reprint",),
                REPRINT_API,
                ("orders reprint",),
                (f"{TEMPORARY}test_a_card_is_written_again_with_a_new_pin", BY_API, BY_PAGE),
            ),
        )
    ),
    S(
        "临时卡收回 (读卡)",
        "annex 6.3",
        ("take-back-temporary",),
        ("POST /api/v1/temporary-cards/return",),
        ("temporary return",),
        (f"{TEMPORARY}test_a_card_comes_back_by_reading_it", BY_API, BY_PAGE, BY_COMMAND),
    ),
    S(
        "临时卡发放、重写、收回回执",
        "annex 6",
        (),
        ("GET /api/v1/temporary-cards/{order}/receipt.pdf",),
        ("temporary receipt",),
        (f"{TEMPORARY}test_the_receipt_names_card_and_agent", BY_API, BY_PAGE, BY_COMMAND),
    ),
    S("simis 社保卡启用", "annex 6.1.1.2", elsewhere="simis 系统"),
    S("综合自助服务", "article 3", elsewhere="自助终端"),
    *(
        S(name, where, page, api, cli, (f"{batch.BATCHES}/{test}", *scenarios))
        for name, where, page, api, cli, test, scenarios in batch.DONE
    ),
    *(S(name, where, elsewhere=system) for name, where, system in batch.ELSEWHERE),
)


def services() -> str:
    """Return the page."""
    lines = [
        "# Services of the window",
        "",
        "Made from `docs/services.py`; do not edit. Every service of the window procedure (chapter"
        " 2, article 3, and the annex) and of documents 000, 001, 003, 004 (many people at once),"
        " how it is reached on the page (its buttons), by the API and"
        " at the command line, and the tests that prove it. A site may switch services off:",
        "`policies.services_off`.",
        "",
        "| service | procedure | page | API | `station` | proven by |",
        "|---|---|---|---|---|---|",
    ]
    for one in SERVICES:
        if one.elsewhere or one.missing:
            told = (
                f"another system: {one.elsewhere}" if one.elsewhere else f"not yet: {one.missing}"
            )
            lines.append(f"| {one.name} | {one.where} | {told} | | | |")
            continue
        cells = (
            "<br>".join(f"`{word}`" for word in words)
            for words in (one.page, one.api, one.cli, one.tests)
        )
        lines.append(f"| {one.name} | {one.where} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
