"""Hooks of the documentation site: documents that its list leaves out join their section.

A new page is so part of the site at once; the order of what is listed stays. What the theme would
load from the network is loaded from the site. Source: the hooks of MkDocs (`on_config`,
`on_post_page`).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

#: Folder of `docs` -> section of the site.
SECTIONS: Final = {
    "tutorial": "Tutorial",
    "how-to": "How-to",
    "reference": "Reference",
    "explanations": "Explanations",
    "decisions": "Decisions",
}
#: What the theme names on each page for a search without a server -> the site's own copy.
SHIM: Final = "https://unpkg.com/iframe-worker/shim"
OWN_SHIM: Final = "vendored/iframe-worker.js"


def on_post_page(output: str, page: Any, config: Any) -> str:  # noqa: ANN401 - MkDocs' own classes
    """Load the shim from the site."""
    del config
    return output.replace(SHIM, "../" * page.url.count("/") + OWN_SHIM)


def on_post_template(
    output: str,
    template_name: str,
    config: Any,  # noqa: ANN401 - MkDocs' own class
) -> str:
    """Load the shim from the site on what is no page, such as 404.html."""
    del template_name, config
    return output.replace(SHIM, OWN_SHIM)


def on_config(config: Any) -> Any:  # noqa: ANN401 - MkDocs' own class
    """Add what is missing to the site's list."""
    docs = Path(config["docs_dir"])
    listed = set(_pages(config["nav"]))
    for folder, title in SECTIONS.items():
        found = sorted(path.relative_to(docs).as_posix() for path in docs.glob(f"{folder}/*.md"))
        if missing := [page for page in found if page not in listed]:
            _section(config["nav"], title).extend(missing)
    return config


def _section(nav: list[Any], title: str) -> list[Any]:
    for entry in nav:
        if isinstance(entry, dict) and title in entry:
            section: list[Any] = entry[title]
            return section
    made: list[Any] = []
    nav.append({title: made})
    return made


def _pages(nav: Any) -> list[str]:  # noqa: ANN401 - lists and tables of any depth
    if isinstance(nav, str):
        return [nav]
    parts = nav.values() if isinstance(nav, dict) else nav
    return [page for part in parts for page in _pages(part)]
