"""The table of who may do what: complete, and right where it matters most."""

from __future__ import annotations

from typing import Any

import pytest
import typer.main

from station.access import table
from station.access.table import ACTIONS, API, APPROVALS, COMMANDS, PAGES, PUBLIC
from station.cli import app
from station.core.people import PEOPLE, PROGRAMS, Role
from station.ui.actions import ACTIONS as BUTTONS


def commands(group: Any, prefix: str = "") -> set[str]:  # noqa: ANN401 - a command or a group
    if not hasattr(group, "commands"):
        return {prefix.strip()}
    found = {prefix.strip()} if group.invoke_without_command else set()
    for name, command in group.commands.items():
        found |= commands(command, f"{prefix} {name}")
    return found


def test_every_command_is_in_the_table() -> None:
    assert commands(typer.main.get_command(app)) == set(COMMANDS)


def test_every_button_is_in_the_table() -> None:
    assert set(BUTTONS) == set(ACTIONS)


def test_nothing_is_both_public_and_guarded() -> None:
    assert not PUBLIC & set(table.operations())


@pytest.mark.parametrize("role", Role)
def test_every_role_may_do_something(role: Role) -> None:
    assert any(role in allowed for allowed in API.values())


def test_an_auditor_changes_nothing() -> None:
    own = {"DELETE /api/v1/session", "POST /logout"}
    own |= table.READING_POSTS
    # A search: what is searched for stands in no address, and in no log of one.
    own |= {"POST /supervisor/audit", "POST /supervisor/audit/{form}"}
    own.add("POST /actions/{action}")  # what each button asks for is a row of its own
    allowed = {one for one, roles in table.operations().items() if Role.AUDITOR in roles}
    assert {one for one in allowed - own if not one.startswith(("GET ", "page "))} == set()


@pytest.mark.parametrize("role", [Role.TECHNICIAN, Role.AUDITOR, Role.CENTRAL])
def test_whoever_makes_no_cards_sees_no_person(role: Role) -> None:
    for operation in (
        table.PERSON_IN_FULL,
        "GET /api/v1/orders/{order}/preview/{side}.png",
        "GET /api/v1/orders/{order}/slip.pdf",
        "GET /ui/orders/{order}/photo.jpg",
    ):
        assert not table.may(frozenset({role}), operation)


def test_only_a_supervisor_agrees_as_a_second_person() -> None:
    assert set(APPROVALS.values()) == {frozenset({Role.SUPERVISOR})}


def test_no_program_presses_a_button_of_the_pages() -> None:
    for allowed in (*PAGES.values(), *ACTIONS.values()):
        assert allowed <= PEOPLE


def test_a_central_overview_only_reads() -> None:
    allowed = {operation for operation, roles in API.items() if Role.CENTRAL in roles}
    assert {one.partition(" ")[0] for one in allowed} == {"GET", "DELETE"}
    assert {one for one in allowed if one.startswith("DELETE")} == {"DELETE /api/v1/session"}


def test_an_unknown_operation_is_nobodys() -> None:
    assert not table.may(frozenset(Role), "GET /api/v1/unknown")


def test_a_command_is_for_whoever_may_do_all_that_it_does() -> None:
    assert table.who_may_run("doctor") == {Role.LOCAL}
    assert table.who_may_run("make") == {Role.OPERATOR, Role.SUPERVISOR, Role.LOCAL}
    assert not table.who_may_run("ledger shift") & PROGRAMS
