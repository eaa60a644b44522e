"""Requests to servers of this PC, with the patience of a loaded machine and without a proxy."""

from __future__ import annotations

from typing import Any, Final

import httpx

SECONDS: Final = 60.0  #: httpx gives up after five


def get(url: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Return the answer to a GET."""
    return httpx.get(url, timeout=SECONDS, trust_env=False, **request)


def post(url: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - httpx's own
    """Return the answer to a POST."""
    return httpx.post(url, timeout=SECONDS, trust_env=False, **request)
