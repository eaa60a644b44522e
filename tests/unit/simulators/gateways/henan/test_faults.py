from __future__ import annotations

import threading

from simulators.province.faults import Fault, FaultKind, FaultPlan

DEADLINE = 30.0


def test_a_fault_hits_its_operation_as_often_as_ordered() -> None:
    plan = FaultPlan()
    plan.add(Fault(FaultKind.LOSE, operation="即制卡回盘", calls=2))
    assert plan.take("查询回盘") == {}
    assert FaultKind.LOSE in plan.take("即制卡回盘")
    assert FaultKind.LOSE in plan.take("即制卡回盘")
    assert plan.take("即制卡回盘") == {}


def test_a_fault_without_an_operation_hits_any_and_0_calls_means_all() -> None:
    plan = FaultPlan()
    plan.add(Fault(FaultKind.GARBAGE, calls=0))
    assert [FaultKind.GARBAGE in plan.take(name) for name in "甲乙丙"] == [True] * 3
    plan.clear()
    assert plan.take("甲") == {}


def test_two_of_a_kind_come_one_after_the_other_and_two_kinds_together() -> None:
    plan = FaultPlan()
    plan.add(Fault(FaultKind.TEXT, text="一"))
    plan.add(Fault(FaultKind.TEXT, text="二"))
    plan.add(Fault(FaultKind.LOSE))
    first = plan.take("x")
    assert (first[FaultKind.TEXT].text, set(first)) == ("一", {FaultKind.TEXT, FaultKind.LOSE})
    assert plan.take("x")[FaultKind.TEXT].text == "二"
    assert plan.pending() == []


def test_clear_lets_a_late_call_go_on_at_once() -> None:
    plan = FaultPlan()
    started, ended = threading.Event(), threading.Event()

    def wait() -> None:
        started.set()
        plan.wait(3600.0)
        ended.set()

    thread = threading.Thread(target=wait)
    thread.start()
    started.wait(DEADLINE)
    while not ended.wait(0.01):
        plan.clear()
    thread.join(DEADLINE)
    assert not thread.is_alive()
