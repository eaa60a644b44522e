"""Every service of the window procedure is reached and proven, or says why not."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from docs.services import SERVICES, WindowService, services
from station.access import table

ROOT = Path(__file__).parents[2]
#: Services that nothing here does yet. A row may leave this set; one joins it only together with
#: the document that asks for it: the last two came with documents 000 and 001.
NOT_YET = {
    "临时卡发放, 重写, 收回", "按批次号取名单", "银行校验, 银行校验数据返回",
}  # fmt: skip
OURS = [one for one in SERVICES if not one.elsewhere and not one.missing]


def test_only_these_are_not_done_yet() -> None:
    assert {one.name for one in SERVICES if one.missing} <= NOT_YET


@pytest.mark.parametrize("service", OURS, ids=lambda one: one.name)
def test_a_service_is_reached_and_has_a_test(service: WindowService) -> None:
    assert service.tests, "a service without a test"
    assert service.api, "a service that no program can ask for"
    assert any(one.startswith("tests/scenario/") for one in service.tests), "never over real stacks"
    assert set(service.page) <= set(table.ACTIONS) | set(table.PAGES)
    assert set(service.api) <= set(table.API)
    assert set(service.cli) <= set(table.COMMANDS)
    for test in service.tests:
        path, _, name = test.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        found = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
        assert name in found, test


def test_every_button_about_a_person_or_a_card_belongs_to_a_service() -> None:
    machine = {
        "answer", "waive-photo", "open-card-out", "move-stock", "close-shift", "destroy-card",
        "reject-left-card", "check", "try-blank", "test-card", "test-passed", "test-failed",
        "begin-repair", "confirm-step", "leave-repair", "clean-machine", "self-test",
        "begin-rehearsal", "end-rehearsal",
        "start-up-read",
    }  # fmt: skip
    reached = {button for one in OURS for button in one.page}
    pages = {page for page in table.PAGES if page.startswith(("POST /custody/", "POST /batches"))}
    assert reached == set(table.ACTIONS) - machine | pages


def test_the_page_names_every_row() -> None:
    page = services()
    assert all(one.name in page for one in SERVICES)
