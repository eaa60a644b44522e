"""No template reads what its panel does not have, and no panel has what no template reads."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from typing import Any, get_args, get_type_hints

import pytest
from jinja2 import DictLoader, Environment

from station.ui import (
    batch_contents,
    contents,
    custody_contents,
    doors_contents,
    ledger_contents,
    supervisor_contents,
)
from station.ui.contents import OperatorPage, OrdersPanel, Page, Panel
from station.ui.doors_contents import Viewer
from station.ui.translation import TEMPLATES, open_templates
from tests.unit.ui.template_types import Reader


def given_to(record: type) -> tuple[str, Mapping[str, Any]]:
    """Return a record's template, and the types of what the template sees."""
    template = str(vars(record)["template"])
    if record in get_args(Panel):
        return template, {str(vars(record)["name"]): record, "viewer": Viewer}
    hints = get_type_hints(record)
    return template, {"viewer": Viewer} | {part.name: hints[part.name] for part in fields(record)}


RECORDS = (*get_args(Panel), *get_args(Page))


@pytest.mark.parametrize("record", RECORDS, ids=lambda one: one.__name__)
def test_a_template_reads_only_what_it_is_given(record: type) -> None:
    reader = Reader(open_templates())
    reader.check(*given_to(record))
    assert reader.errors == []


def test_every_template_is_read() -> None:
    entered = {record.template for record in RECORDS}
    included = {"_base.html", "_cut_off.html", "_icons.html", "_words.html"} | {
        "_plain.html",
        "_demo.html",
        "_first.html",
        "_navigation.html",
        "_batch_question.html",
        "_picture.html",
    }
    assert entered | included == {file.name for file in TEMPLATES.glob("*.html")}


def test_whatever_a_panel_has_is_shown_somewhere() -> None:
    reader = Reader(open_templates())
    for record in RECORDS:
        reader.check(*given_to(record))
    mine = [
        one
        for module in (
            batch_contents,
            contents,
            custody_contents,
            doors_contents,
            ledger_contents,
            supervisor_contents,
        )
        for _, one in inspect.getmembers(module, inspect.isclass)
        if is_dataclass(one) and one.__module__ == module.__name__ and one not in get_args(Page)
    ]
    held = {(one, part.name) for one in mine for part in fields(one)}
    assert held - reader.read == set()


@pytest.mark.parametrize(
    ("slip", "error"),
    [
        ("{{ orders.row }}", "OrdersPanel has no 'row'"),
        (
            "{% for one in orders.rows %}{{ one.nane }}{% endfor %}",
            "OrderRow has no 'nane'",
        ),
        ("{% for one in orders.shown %}{% endfor %}", "can't be looped over"),
        ("{% if false %}{{ order.id }}{% endif %}", "nothing gives 'order'"),
        ("{% set row = orders.rows %}{{ orders.rows['x'] }}", "no elements by key"),
        ("{% with n = {'title': 1} %}{{ n.titel }}{% endwith %}", "the mapping has no 'titel'"),
    ],
)
def test_a_slip_is_found_without_rendering_it(slip: str, error: str) -> None:
    reader = Reader(Environment(loader=DictLoader({"_orders.html": slip}), autoescape=True))
    reader.check(*given_to(OrdersPanel))
    (found,) = reader.errors
    assert error in found


def test_a_page_gives_its_parts_under_the_names_that_the_parts_expect() -> None:
    given = get_type_hints(OperatorPage)
    for record in get_args(Panel):
        if record.name in given:
            assert record in (given[record.name], *get_args(given[record.name]))


def test_no_comment_of_a_template_documents_a_type() -> None:
    for file in TEMPLATES.glob("*.html"):
        text = file.read_text(encoding="utf-8")
        for word in ("Variables:", "mapping:", "sequence of", " str ", " bool ", " int "):
            assert word not in "".join(text.split("{#")[1:2]).split("#}")[0], (file.name, word)


def test_no_page_is_made_of_untyped_dictionaries() -> None:
    modules = list(TEMPLATES.parent.glob("*.py"))
    assert modules
    for file in modules:
        text = file.read_text(encoding="utf-8")
        assert "Any" not in text.split(), file.name
        assert "dict[str, Any]" not in text, file.name
