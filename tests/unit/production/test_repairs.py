"""A guided repair: what confirms a step, what a person may say, and what the history keeps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.core.errors import InputError, OutcomeUnknownError
from station.core.orders import EventRecord
from station.core.printing import PrinterStateReason as R
from station.core.printing import Reason, Severity
from station.core.repairs import REPAIRS
from station.production.machine.cleaning import Cleaning
from station.production.services.repairs import Confirmed, RepairView
from tests.unit.api.conftest import Served, serving

TECHNICIAN = "wang.wu"


class Mending:
    """A window whose machine can be given faults, and its repairs."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.bench = served.bench
        self.service = served.service
        self.repairs = served.service.repairs

    def report(self, *reasons: R) -> None:
        """Have the machine report these conditions, and nothing else."""
        machine = self.bench.machine
        machine.reasons = tuple(Reason(one, Severity.ERROR) for one in reasons)
        self.service.machine.check_now(30.0)

    def now(self) -> RepairView:
        found = self.repairs.now(self.service.machine.check_now(30.0))
        assert found is not None
        return found

    def step(self) -> str:
        step = self.now().step
        return "" if step is None else step.text

    def events(self, kind: str) -> list[EventRecord]:
        return [one for one in self.service.events_after(0, limit=5000) if one.kind == kind]


@pytest.fixture
def mending(tmp_path: Path) -> Iterator[Mending]:
    with serving(tmp_path) as served:
        yield Mending(served)


def test_the_machine_confirms_what_it_can_see_and_a_person_the_rest(mending: Mending) -> None:
    mending.report(R.RIBBON_CHIP_MISSING)
    assert mending.repairs.wanted(mending.service.machine.view()) == ["ribbon-chip"]
    mending.repairs.begin("ribbon-chip", TECHNICIAN)
    assert mending.step() == "open-cover"
    mending.report(R.RIBBON_CHIP_MISSING, R.COVER_OPEN)
    assert mending.step() == "reseat-ribbon-chip"
    mending.repairs.confirm("ribbon-chip", 1, TECHNICIAN)
    assert mending.step() == "close-cover"
    mending.report(R.RIBBON_CHIP_MISSING)
    assert mending.step() == "condition-gone"  # the chip is not seen yet: it is not over
    mending.report()
    assert mending.now().done == (
        Confirmed.MACHINE,
        Confirmed.PERSON,
        Confirmed.MACHINE,
        Confirmed.MACHINE,
    )
    mending.repairs.leave(TECHNICIAN)
    (ended,) = mending.events("repair-ended")
    assert ended.actor == TECHNICIAN
    assert ended.data["repair"] == "ribbon-chip"
    assert (ended.data["done"], ended.data["steps"], ended.data["unproven"]) == ("4", "4", "")


def test_a_person_who_goes_on_without_the_machine_is_recorded_so(mending: Mending) -> None:
    mending.report(R.MEDIA_EMPTY)
    mending.repairs.begin("load-blanks", TECHNICIAN)
    mending.repairs.confirm("load-blanks", 0, TECHNICIAN)
    assert mending.step() == "condition-gone"
    mending.repairs.confirm("load-blanks", 1, TECHNICIAN)
    assert mending.now().done == (Confirmed.PERSON, Confirmed.UNPROVEN)
    mending.repairs.leave(TECHNICIAN)
    assert mending.events("repair-ended")[0].data["unproven"] == "condition-gone"


def test_a_press_that_comes_twice_confirms_one_step(mending: Mending) -> None:
    mending.repairs.begin("identity-changed", TECHNICIAN)
    mending.repairs.begin("identity-changed", TECHNICIAN)
    for _ in range(3):
        mending.repairs.confirm("identity-changed", 0, TECHNICIAN)
    assert mending.step() == "fetch-again"
    assert len(mending.events("repair-begun")) == 1


def test_a_step_that_is_not_the_present_one_is_refused(mending: Mending) -> None:
    with pytest.raises(InputError):
        mending.repairs.confirm("jam", 0, TECHNICIAN)
    with pytest.raises(InputError):
        mending.repairs.begin("levitate", TECHNICIAN)
    mending.repairs.begin("identity-changed", TECHNICIAN)
    with pytest.raises(InputError):
        mending.repairs.confirm("identity-changed", 1, TECHNICIAN)
    with pytest.raises(InputError):
        mending.repairs.confirm("no-data", 0, TECHNICIAN)
    assert mending.now().done == ()


def test_another_repair_ends_the_one_that_was_begun(mending: Mending) -> None:
    mending.repairs.begin("identity-changed", TECHNICIAN)
    mending.repairs.begin("no-data", TECHNICIAN)
    assert mending.now().name == "no-data"
    (ended,) = mending.events("repair-ended")
    assert (ended.data["repair"], ended.data["done"]) == ("identity-changed", "0")


def test_a_machine_that_was_switched_off_and_on_is_seen_to_be(mending: Mending) -> None:
    mending.report(R.MOTOR_FAILURE)
    mending.repairs.begin("restart", TECHNICIAN)
    mending.report(R.MOTOR_FAILURE, R.COVER_OPEN)
    assert mending.step() == "look-for-obstacle"
    mending.repairs.confirm("restart", 1, TECHNICIAN)
    mending.report(R.MOTOR_FAILURE)
    assert mending.step() == "switch-off"
    mending.bench.machine.connected = False
    assert mending.step() == "switch-on"
    mending.bench.machine.connected = True
    assert mending.step() == "condition-gone"
    mending.report()
    assert mending.now().step is None


def test_a_cleaning_is_recorded_before_and_after_and_confirms_its_step(mending: Mending) -> None:
    mending.repairs.begin("cleaning", TECHNICIAN)
    for number in (0, 1):
        mending.repairs.confirm("cleaning", number, TECHNICIAN)
    assert mending.step() == "run-cleaning"
    mending.service.machine.cleaning.begin(TECHNICIAN)
    assert mending.step() == "put-blanks-back"  # a look comes after the lane's work
    assert mending.bench.machine.counts["clean"] == 1
    assert len(mending.events("cleaning-begun")) == 1
    assert mending.events("cleaning-ended")[0].data["outcome"] == "done"


def test_a_cleaning_that_broke_off_confirms_nothing_and_says_why(mending: Mending) -> None:
    mending.bench.trap.spring("clean", "after", OutcomeUnknownError("no answer"))
    mending.repairs.begin("cleaning", TECHNICIAN)
    for number in (0, 1):
        mending.repairs.confirm("cleaning", number, TECHNICIAN)
    mending.service.machine.cleaning.begin(TECHNICIAN)
    assert mending.step() == "run-cleaning"
    assert mending.now().cleaning_failed == OutcomeUnknownError.code
    assert mending.events("cleaning-ended")[0].data["outcome"] == OutcomeUnknownError.code


def test_nothing_is_cleaned_while_a_card_of_an_order_is_inside(mending: Mending) -> None:
    client = mending.served.client
    order = client.post("/api/v1/orders", json={"id_number": "410701199003074534"}).json()["id"]
    for step in ("data-ready", "approved", "fed"):
        assert client.post(f"/api/v1/orders/{order}/steps/{step}?wait=30").is_success
    mending.service.machine.cleaning.begin(TECHNICIAN)
    mending.service.machine.check_now(30.0)
    assert mending.service.machine.cleaning.failed == "step-not-allowed"
    assert mending.events("cleaning-begun") == mending.events("cleaning-ended") == []
    assert mending.bench.machine.counts["clean"] == 0


def test_a_test_card_of_yesterday_proves_nothing_today(mending: Mending) -> None:
    make_test_card(mending)
    mending.repairs.begin("ribbon-torn", TECHNICIAN)
    mending.report(R.COVER_OPEN)
    assert mending.step() == "straighten-ribbon"
    mending.repairs.confirm("ribbon-torn", 1, TECHNICIAN)
    mending.report()
    assert mending.step() == "test-card"
    make_test_card(mending)
    assert mending.now().step is None


def make_test_card(mending: Mending) -> None:
    """Print a test card and judge it to be good."""
    ledger = mending.service.ledger
    order = ledger.print_test_card(TECHNICIAN)
    seen = 0
    while ledger.unjudged_test() != order:
        seen = mending.service.notifier.wait(seen, 30.0)
    ledger.judge_test_card(order, TECHNICIAN, passed=True)


def test_what_a_machine_cannot_have_is_not_offered(mending: Mending) -> None:
    assert set(mending.repairs.possible()) == set(REPAIRS)
    model = mending.bench.bench.equipment.printer.model
    none = model.__class__("bare", "Bare", model.geometry, frozenset())
    mending.bench.machine.model = none
    offered = set(mending.repairs.possible())
    assert not offered & {"ribbon", "feed", "reject-box", "mute-chip"}
    assert {"which-cable", "report-owed"} <= offered


def test_a_printer_that_is_cleaned_at_its_panel_asks_a_person(
    mending: Mending, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Cleaning, "possible", False)
    mending.repairs.begin("cleaning", TECHNICIAN)
    for number in (0, 1):
        mending.repairs.confirm("cleaning", number, TECHNICIAN)
    assert mending.step() == "clean-at-panel"
    with pytest.raises(InputError):
        mending.service.machine.cleaning.begin(TECHNICIAN)
    mending.repairs.confirm("cleaning", 2, TECHNICIAN)
    assert mending.now().done == (Confirmed.PERSON,) * 3
