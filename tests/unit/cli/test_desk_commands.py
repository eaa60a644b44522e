"""Every service of the window at the command line: each command does what its button does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulators.cards.ssc import SscCard
from station.core.orders import OrderStep
from station.paper import print_slip
from station.production.life.feeder_stop import MUTE_TRIED
from tests.rigs.command_line import CommandLine
from tests.rigs.desk import FIRST_PIN, Desk, finished_card, id_card
from tests.rigs.paper import FONTS, Lists, text_of
from tests.unit.api.conftest import serving
from tests.unit.production.doubles import ID_NUMBER, production_data

NEW_PIN = "847261"


class Window(CommandLine):
    """A window in memory with its desk, and the commands."""

    desk: Desk
    card: SscCard

    def order(self) -> str:
        self.desk.read(id_card(ID_NUMBER))
        return str(self.shown("desk", "open", "--reason", "replacement")["id"])


@pytest.fixture
def window(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Window]:
    with serving(tmp_path) as served:
        made = Window(served.client, monkeypatch)
        made.desk = Desk(tmp_path, bench=served.bench)
        equipment = served.bench.bench.equipment
        object.__setattr__(equipment, "print_slip", lambda slip: print_slip(slip, FONTS))
        object.__setattr__(equipment, "papers", Lists())
        made.card = finished_card(production_data(ID_NUMBER).chip)
        object.__setattr__(served.service, "desk", made.desk.insert(made.card))
        served.service.custody._desk = served.service.card_checks._desk = made.desk.service
        served.service.orders._before_approval = made.desk.service.require_agreement
        yield made


def test_an_id_card_opens_an_order_and_its_holder_and_agent_are_noted(window: Window) -> None:
    assert "没有身份证" in window.run("desk", "open", code=1)
    order = window.order()
    assert window.shown("desk", "id-card")["card"]["number"] == ID_NUMBER
    window.desk.read(id_card("410701198205063327", "李四"))
    people = window.shown("desk", "agent", order)["people"]
    assert [one["role"] for one in people] == ["holder", "agent"]
    told = window.shown("desk", "agent", order, "--typed", typed="王五\n410701197501014519\n")
    assert (told["people"][-1]["how"], told["people"][-1]["name"]) == ("typed", "王五")
    assert window.shown("desk", "people", order) == told


def test_a_card_of_another_name_holds_the_order_until_a_person_compares(window: Window) -> None:
    order = window.order()
    window.desk.fetch(order)
    window.desk.read(id_card(ID_NUMBER, "张叁"))
    window.run("desk", "holder", order, code=1)
    window.run("desk", "confirm-name", order, code=1)  # only for what no program can compare
    window.desk.read(id_card(ID_NUMBER))
    assert window.shown("desk", "holder", order)["problem"] is None


def test_a_card_is_read_and_its_pin_changed_with_a_receipt(window: Window, tmp_path: Path) -> None:
    assert window.shown("desk", "card")["is_good"]
    window.desk.pad.plans.extend([FIRST_PIN, NEW_PIN, NEW_PIN])
    done = window.shown("desk", "pin", "change")
    window.desk.pad.plans.append(NEW_PIN)
    assert window.shown("desk", "pin", "verify")["service"] == "verify"
    paper = tmp_path / "receipt.pdf"
    window.run("desk", "pin-receipt", str(done["event"]), "--pdf", str(paper))
    said = text_of(paper.read_bytes(), tmp_path)
    assert "修改密码" in said
    assert NEW_PIN not in said


def test_a_forgotten_pin_needs_the_holders_card(window: Window) -> None:
    window.desk.pad.plans.extend([NEW_PIN, NEW_PIN])
    window.run("desk", "pin", "reload", code=1)
    assert window.desk.pad.asked == []
    window.desk.read(id_card(ID_NUMBER))
    assert window.shown("desk", "pin", "reload")["service"] == "reload"
    window.desk.read(id_card(ID_NUMBER))
    assert window.shown("desk", "pin", "unblock")["service"] == "unblock"


def test_an_order_is_cancelled_and_a_step_pressed(window: Window) -> None:
    order = window.order()
    window.desk.fetch(order)
    assert window.shown("orders", "step", order, "approved")["step"] == "approved"
    assert window.shown("orders", "cancel", order)["step"] == "cancelled"
    assert window.desk.bench.journal.orders.one(order).step is OrderStep.CANCELLED


def test_a_mute_blank_is_tried(window: Window) -> None:
    assert window.desk.bench.journal.history.last("", MUTE_TRIED) is None
    window.run("desk", "try-blank", code=1)  # none was mute
    assert window.desk.bench.journal.history.last("", MUTE_TRIED) is None


def test_blanks_are_moved_and_counted_by_bank(window: Window) -> None:
    window.run("ledger", "move", "opened", "50", "--bank", "95533")
    printed = window.run("ledger", "move", "loaded", "20", "--bank", "95533")
    assert "95533：抽屉 30 张，进卡槽 20 张" in printed
    counted = ("--drawer", "29", "--feeder", "20", "--bank", "95533=29")
    assert "95533抽屉实点 29 张" in window.run("ledger", "close-shift", *counted, code=1)
    bad = ("--drawer", "29", "--feeder", "20", "--bank", "29")
    window.run("ledger", "close-shift", *bad, code=1)


def test_finished_cards_from_the_shelf_to_their_holders(window: Window, tmp_path: Path) -> None:
    typed = f"A00000001\n{ID_NUMBER}\n张三\n"
    first = window.shown("custody", "receive", "--shelf", "A-1", typed=typed)["id"]
    second = window.shown("custody", "receive", "--read", "--shelf", "A-1")["id"]
    taker = "李四\n410701198205063327\n13800000000\n"
    unit = ("--unit", "410700123", "--unit-name", "某村")
    both = (str(first), str(second))
    paper = str(window.shown("custody", "act", "give-unit", *both, *unit, typed=taker)["id"])
    assert window.shown("custody", "distribution", paper, "1", "1")["came_back"] == 1
    window.shown("custody", "act", "return", str(second), "--shelf", "C-7")
    assert "C-7" in window.run("custody", "find", "--place", "store")
    assert "A*****001" in window.run("custody", "find", typed="A00000001\n")
    window.shown("custody", "act", "undo", str(second))
    assert "undo" in window.run("custody", "moves", str(second))
    asked = window.shown("custody", "receive", typed=typed.replace("A00000001", "A00000003"))["id"]
    applied = window.shown("custody", "act", "request", str(asked), *unit, typed=taker)["id"]
    window.run("custody", "decide", str(applied), "--approve", code=1)  # the same person
    assert "requested" in window.run("custody", "documents")
    pdf = tmp_path / "list.pdf"
    window.run("custody", "list", paper, "--pdf", str(pdf))
    assert "单位发卡交接单" in text_of(pdf.read_bytes(), tmp_path)


def test_a_mute_card_is_checked_by_hand_and_a_readable_one_by_reading(
    window: Window, tmp_path: Path
) -> None:
    check = window.shown("custody", "check", "mute", "remake", typed="A00000001\n")
    assert (check["how"], check["verdict"]) == ("manual", "remake")
    assert window.shown("custody", "check", "none", "good", "--read")["how"] == "read"
    assert "manual" in window.run("custody", "checks")
    pdf = tmp_path / "check.pdf"
    window.run("custody", "check-receipt", str(check["id"]), "--pdf", str(pdf), "--paper", "a4")
    assert "手动验卡" in text_of(pdf.read_bytes(), tmp_path)
