"""The table of who may do what, as a page: made from `station/access/table.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from station.access import table
from station.access.central_table import (
    CENTRAL_API,
    CENTRAL_APPROVALS,
    CENTRAL_PAGES,
    CENTRAL_PUBLIC,
)
from station.core.people import Role

HEAD = """# Who may do what

Made from `station/access/table.py`; do not edit. Whatever is not listed here is refused to
everybody. People have one or more of the first four roles, given by `station operators`; programs
have one of the next three, given by `station clients` or by pairing a page; `local-account` is the
service's own account of this PC, or root, at the command line.
"""


def roles() -> str:
    """Return the page."""
    lines = [HEAD, "## For everybody, without a login", ""]
    lines += [f"- `{operation}`" for operation in sorted(table.PUBLIC)]
    lines += ["", "## For everybody who reaches the listener of `metrics.listen`", ""]
    lines += [f"- `{operation}`" for operation in sorted(table.FIGURES)]
    lines += _section("The API", table.API)
    lines += _section("What the API shows", table.VIEWS)
    lines += _section("The pages", table.PAGES)
    lines += _section("The pages' buttons", table.ACTIONS)
    lines += _section("What a second person agrees to", table.APPROVALS)
    lines += ["", "## At central, for everybody, without a login", ""]
    lines += [f"- `{operation}`" for operation in sorted(CENTRAL_PUBLIC)]
    lines += _section("At central: the API", CENTRAL_API)
    lines += _section("At central: the pages", CENTRAL_PAGES)
    lines += _section("At central: what a second person agrees to", CENTRAL_APPROVALS)
    commands = {f"station {name}": table.who_may_run(name) for name in table.COMMANDS}
    lines += _section("Commands", commands)
    return "\n".join(lines) + "\n"


def _section(title: str, rows: Mapping[str, frozenset[Role]]) -> Iterable[str]:
    yield from ("", f"## {title}", "")
    yield "| | " + " | ".join(role.value for role in Role) + " |"
    yield "|---|" + ":-:|" * len(Role)
    for name, allowed in rows.items():
        yield f"| `{name}` | " + " | ".join("x" if role in allowed else "" for role in Role) + " |"
