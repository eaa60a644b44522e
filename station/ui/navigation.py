"""Which pages a person is shown links to: those that the table of roles lets them open."""

from __future__ import annotations

import functools
from typing import Final

from station.access import table
from station.core.people import Role
from station.ui.doors_contents import PageLink
from station.words import Table, chosen

TITLES: Final = Table("page-link")
#: Name of a page, its address, and the operation that opens it, in the order of the bar.
PAGES: Final = (
    ("operator", "/", "page operator"),
    ("batches", "/batches", "GET /batches"),
    ("custody", "/custody", "GET /custody"),
    ("supervisor", "/supervisor", "page supervisor"),
    ("diagnostics", "/diagnostics", "GET /diagnostics"),
    ("doors", "/doors", "GET /doors"),
)
#: Pages that are about an order, which their links carry.
ABOUT_AN_ORDER: Final = frozenset({"operator", "supervisor", "diagnostics"})


def links_for(roles: frozenset[Role]) -> tuple[PageLink, ...]:
    """Return the links to every page that one of these roles may open."""
    return _links_in(chosen(), roles)


@functools.cache
def _links_in(language: str, roles: frozenset[Role]) -> tuple[PageLink, ...]:
    del language  # of the titles
    return tuple(
        PageLink(name, address, TITLES[name], name in ABOUT_AN_ORDER)
        for name, address, operation in PAGES
        if table.may(roles, operation)
    )


@functools.cache
def operations_of(roles: frozenset[Role]) -> frozenset[str]:
    """Return every operation of the table that one of these roles may do."""
    return frozenset(one for one in table.operations() if table.may(roles, one))
