"""`/docs`: the document of the API as a page, from files of the program: it works offline.

It shows what any caller may read in `/api/v1/openapi.json`, and cannot call an operation.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final, Literal

from fastapi import APIRouter
from starlette.responses import FileResponse

FOLDER: Final = Path(__file__).parent / "docs"
PAGE: Final = "index.html"
TYPES: Final[Mapping[str, str]] = {
    PAGE: "text/html; charset=utf-8",
    "reference.js": "text/javascript; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "swagger-ui.css": "text/css; charset=utf-8",
}
#: Its style sheet holds pictures; the page sets styles of elements while it is drawn.
POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)

router = APIRouter(include_in_schema=False)


@router.get("/docs")
async def get_reference() -> FileResponse:
    """The page."""
    return _file(PAGE)


@router.get("/docs/{file}")
async def get_reference_file(
    file: Literal["reference.js", "swagger-ui-bundle.js", "swagger-ui.css"],
) -> FileResponse:
    """What the page loads."""
    return _file(file)


def _file(name: str) -> FileResponse:
    headers = {"Content-Security-Policy": POLICY}
    return FileResponse(FOLDER / name, media_type=TYPES[name], headers=headers)
