"""The guided repairs: one for every fault, and every word of theirs names what is there."""

import re
from pathlib import Path

import pytest

from station.core.printing import PrinterStateReason
from station.core.repairs import REPAIR_OF, REPAIRS, Repair, StepProof
from station.words import catalogue

PAGES = Path(__file__).parents[3] / "station" / "ui" / "templates"
WORDS = catalogue("zh").tables
#: Part 3 常见问题处理 of the window's procedure, row by row.
ROWS = {
    "卡面打印不清晰、颜色有偏差": "print-quality",
    "卡芯片上电失败": "mute-chip",
    "制卡机未连接": "which-cable",
    "未检测到色带芯片": "ribbon-chip",
    "写卡未成功": "report-owed",
    "省卡管查询不到信息": "no-data",
    "补卡时修改姓名、号码或更换照片": "identity-changed",
}


@pytest.mark.parametrize("reason", list(PrinterStateReason))
def test_every_state_of_the_printer_has_a_repair(reason: PrinterStateReason) -> None:
    assert reason.value in REPAIRS[REPAIR_OF[reason.value]].codes


@pytest.mark.parametrize(("row", "name"), list(ROWS.items()))
def test_every_row_of_the_windows_own_list_has_a_repair(row: str, name: str) -> None:
    assert row in WORDS["repair"][name]


def test_a_code_leads_to_one_repair() -> None:
    assert sum(len(repair.codes) for repair in REPAIRS.values()) == len(REPAIR_OF)


@pytest.mark.parametrize(("name", "repair"), list(REPAIRS.items()))
def test_a_fault_of_the_machine_ends_with_its_own_word_that_it_is_gone(
    name: str, repair: Repair
) -> None:
    # Else a repair could be "done" with the machine in the same state as before.
    if not repair.codes:
        return
    proofs = {step.proof for step in repair.steps}
    shown = proofs - {StepProof.PERSON, StepProof.COVER_OPEN, StepProof.PRINTER_AWAY}
    assert shown, name


@pytest.mark.parametrize(("step", "words"), list(WORDS["repair-step"].items()))
def test_a_step_names_only_what_is_on_a_page(step: str, words: str) -> None:
    pages = "".join(file.read_text(encoding="utf-8") for file in PAGES.glob("*.html"))
    tables = "".join("\n".join(table.values()) for table in WORDS.values())
    # Buttons of the provincial system, and a sound.
    elsewhere = {"失败数据处理", "恢复申请", "咔"}
    for name in re.findall("“(.*?)”", words):
        others = tables.replace(words, "")
        assert name in elsewhere or name in pages or name in others, f"{step} names {name}"
    assert words.endswith("。")
    assert len(words) <= 50
