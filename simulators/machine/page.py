"""The pages for people: buttons for what hands can do, and a live picture of the machine."""

from __future__ import annotations

from functools import cache
from importlib import resources

#: What a page may name, to have it in its place.
PARTS = ("hands.css", "hands.js", "drawing.js")


@cache
def render_page(package: str) -> str:
    """Return the `page.html` of a package, with the shared parts where it names them.

    It renders itself from `/actions` and `/state`, as `simulators.machine.control` serves them.
    """
    page = resources.files(package).joinpath("page.html").read_text(encoding="utf-8")
    for part in PARTS:
        shared = resources.files(__package__).joinpath(part).read_text(encoding="utf-8")
        page = page.replace(f"/* {part} */", shared)
    return page
