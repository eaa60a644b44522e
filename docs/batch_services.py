"""Services of documents 000, 001, 003 and 004, which have many people's cards applied for at once.

Rows of `docs/services.py`: name, place, presses of the pages, API, commands, test; or who does it,
or why it is missing.
"""

from __future__ import annotations

from typing import Final

BATCHES: Final = "tests/unit/batches"
B: Final = "/api/v1/batches"
ONE: Final = f"{B}/{{batch}}"
PAGE: Final = "POST /batches"
ON_PAGE: Final = f"{PAGE}/{{batch}}"
_BY_PAGE: Final = "tests/scenario/test_batch_on_the_page.py::"
_BY_API: Final = "tests/scenario/test_batch_over_http.py::"
_IMPORTED: Final = (
    f"{_BY_PAGE}test_a_list_is_imported_corrected_confirmed_beside_pictures_and_printed"
)
_CORRECTED: Final = f"{_BY_API}test_a_filled_template_with_faults_is_corrected_and_sent_again"
_PACKAGE: Final = f"{_BY_API}test_a_units_package_is_confirmed_by_number_and_made"
_PACKAGE_BY_PAGE: Final = (
    f"{_BY_PAGE}test_a_units_package_is_imported_and_its_people_are_printed_and_confirmed"
)
_PICTURES: Final = f"{_BY_API}test_pictures_are_matched_looked_after_and_chosen"
_LISTS: Final = f"{_BY_API}test_lists_are_printed_once_and_again_with_unit_and_collectors"
_FOLLOWED: Final = f"{_BY_PAGE}test_cards_are_followed_paused_withdrawn_and_their_results_leave"
_MADE: Final = f"{_BY_API}test_cards_are_made_with_a_pause_and_rows_withdrawn_each_with_its_result"
_UNIT: Final = f"{_BY_PAGE}test_a_unit_is_entered_with_its_collectors_and_its_bank_is_fixed"
_OF_PROVINCE: Final = (
    f"{_BY_PAGE}test_a_list_of_the_province_is_fetched_and_checked_by_the_banks",
    f"{_BY_API}test_a_list_of_the_province_is_checked_by_the_banks_and_made",
)

#: Name, document and place, presses of the pages, operations, commands, test, scenarios.
DONE: Final = (
    (
        "批量导入: 模板下载、填写、导入",
        "003 4.3 ①②, 004 2.1.3",
        (PAGE,),
        (f"GET {B}/template.xlsx", f"POST {B}"),
        ("batches template", "batches add"),
        "test_intake.py::test_good_rows_are_kept_and_each_wrong_one_is_named_with_its_reasons",
        (_IMPORTED, _CORRECTED),
    ),
    (
        "导入错误清单, 修改后重新导入",
        "003 4.3 ②",
        (f"{ON_PAGE}/list",),
        (f"GET {ONE}/faults.xlsx", f"POST {ONE}/list"),
        ("batches faults", "batches correct"),
        "test_intake.py"
        "::test_the_report_can_be_corrected_and_sent_again_and_changes_only_what_changed",
        (_IMPORTED, _CORRECTED),
    ),
    (
        "报盘文件导入 (单位编号.zip)",
        "001 2-5 to 2-7",
        (f"{PAGE}/package",),
        ("POST /api/v1/batch-packages",),
        ("batches key", "batches package"),
        "test_packages.py::test_a_units_package_becomes_a_batch_with_its_pictures",
        (_PACKAGE_BY_PAGE, _PACKAGE),
    ),
    (
        "批量处理—照片导入",
        "001 3-5 to 3-10, 003 4.3 ③",
        (f"{ON_PAGE}/photos",),
        (f"POST {ONE}/photos", f"GET {ONE}/photos"),
        ("batches photos",),
        "test_photos.py::test_missing_doubled_and_unmatched_pictures_are_listed",
        (_IMPORTED, _PICTURES),
    ),
    (
        "选择照片, 更换照片",
        "000 2.3.2 ④, 001 3-2",
        (f"{ON_PAGE}/rows/{{line}}/photo",),
        (f"POST {ONE}/rows/{{line}}/photo",),
        ("batches choose-photo",),
        "test_photos.py::test_a_person_chooses_the_picture_of_a_row",
        (_IMPORTED, _PICTURES),
    ),
    (
        "单位制卡预申请确认 (通过, 不通过)",
        "000 2.3.2, 001 6-1, 003 4.3 ④",
        (f"{ON_PAGE}/decisions",),
        (f"POST {ONE}/decisions",),
        ("batches decide",),
        "test_confirming.py::test_several_rows_are_decided_at_once_and_each_has_its_own_answer",
        (_IMPORTED, _LISTS),
    ),
    (
        "选择 15 位或 18 位号码",
        "001 5-1 to 5-3",
        (f"{ON_PAGE}/decisions",),
        (f"POST {ONE}/decisions",),
        ("batches decide",),
        "test_confirming.py::test_a_person_chooses_between_the_two_forms_of_a_number",
        (_IMPORTED, _PACKAGE),
    ),
    (
        "打印个人基本信息确认表",
        "001 4-1, 4-2",
        (),
        (f"GET {ONE}/forms.pdf",),
        ("batches forms",),
        "test_confirming.py::test_a_form_for_each_person_has_the_picture_and_both_numbers",
        (_PACKAGE_BY_PAGE, _PACKAGE),
    ),
    (
        "单位制卡清单打印, 补打印",
        "000 2.3.5, 2.4.1, 004",
        (f"{ON_PAGE}/lists",),
        (f"POST {ONE}/lists", "GET /api/v1/batch-lists/{number}.pdf"),
        ("batches print", "batches print-again"),
        "test_confirming.py::test_a_list_is_printed_once_and_again_by_its_number",
        (_IMPORTED, _LISTS),
    ),
    (
        "制卡异常数据导出",
        "000 2.4.2",
        (f"{ON_PAGE}/exceptions",),
        (f"GET {ONE}/exceptions.xlsx",),
        ("batches exceptions",),
        "test_confirming.py::test_exceptions_name_each_row_with_its_reason_and_no_other",
        (_LISTS,),
    ),
    (
        "批量社保卡申领 (制卡)",
        "003 4.3 ⑤",
        (f"{ON_PAGE}/making", f"{ON_PAGE}/approvals"),
        (f"POST {ONE}/making", f"GET {ONE}/making", f"POST {ONE}/approvals"),
        ("batches make", "batches pause", "batches progress", "batches approve"),
        "test_making.py::test_a_confirmed_batch_is_made_one_card_after_the_other",
        (_FOLLOWED, _MADE),
    ),
    (
        "单位制卡预申请撤销, 撤销社保卡申领",
        "000 2.5.1, 003 4.4",
        (f"{ON_PAGE}/withdrawals",),
        (f"POST {ONE}/withdrawals",),
        ("batches withdraw",),
        "test_making.py::test_rows_are_withdrawn_each_with_its_own_result",
        (_FOLLOWED, _MADE),
    ),
    (
        "报盘数据导出 (out_1.zip), 回执",
        "001 7-1 to 7-5",
        (f"{ON_PAGE}/results", f"{PAGE}/receipts"),
        (f"POST {ONE}/results", "POST /api/v1/batch-receipts"),
        ("batches results", "batches receipt"),
        "test_results.py::test_what_left_in_one_part_leaves_in_no_other",
        (_FOLLOWED, _PACKAGE),
    ),
    (
        "交接单 (单位领卡)",
        "003 4.1",
        (),
        (f"GET {ONE}/handover.pdf",),
        ("batches handover",),
        "test_results.py::test_the_handover_names_the_cards_that_are_made_and_the_collectors",
        (_LISTS, _MADE),
    ),
    (
        "申领信息维护 (银行网点, 领卡人)",
        "003 4.1",
        (f"{PAGE}/units",),
        ("GET /api/v1/units", "POST /api/v1/units/{unit}"),
        ("batches units", "batches unit"),
        "test_confirming.py::test_bank_and_branch_of_a_unit_keep_their_values_once_they_are_fixed",
        (_UNIT, _LISTS),
    ),
    (
        "按批次号取名单",
        "000 2.3, 001 1-5",
        (f"{PAGE}/province",),
        ("POST /api/v1/province-batches",),
        ("batches fetch",),
        "test_bank_checks.py::test_the_list_of_a_batch_number_becomes_a_batch_and_its_changes_too",
        _OF_PROVINCE,
    ),
    (
        "银行校验, 银行校验数据返回",
        "000 2.3.3, 2.3.4",
        (f"{ON_PAGE}/bank-checks", f"{ON_PAGE}/bank-answers"),
        (f"POST {ONE}/bank-checks", f"GET {ONE}/bank-checks", f"POST {ONE}/bank-answers"),
        ("batches bank-check", "batches bank-answers"),
        "test_bank_checks.py::test_who_the_bank_does_not_pass_is_refused_with_its_own_words",
        _OF_PROVINCE,
    ),
)
#: Name, document and place, who does it.
ELSEWHERE: Final = (
    ("单位首次制卡预申请, 社保卡申领", "000 2.3.1, 003 4.2", "单位网上申报系统"),
    ("个人信息综合查询", "000 2.4.3", "单位网上申报系统"),
    ("获取公安照片", "003 4.2 ①", "单位网上申报系统"),
    ("一人多号查询, 合并账户", "001 5-3", "经办机构"),
    ("人员增减, 信息修改", "004 2.1, 2.2", "单位网上申报系统"),
    ("网报注册码, Ukey 登录", "004 1.3", "单位网上申报系统"),
)
