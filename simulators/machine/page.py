"""The page for people: buttons for the operator's actions and a live picture of the machine."""

from __future__ import annotations

from functools import cache
from importlib import resources


@cache
def render_page() -> str:
    """Return the page; it renders itself from `/actions`, `/state` and `/observer`."""
    return resources.files(__package__).joinpath("page.html").read_text(encoding="utf-8")
