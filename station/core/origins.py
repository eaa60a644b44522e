"""Web origins in one form, so that two spellings of one origin are equal. Source: RFC 6454, 6.2."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}


def normal_origin(text: str) -> str:
    """Return `scheme://host[:port]` in lower case, without a default port.

    Raises:
        ValueError: It names no single origin: `null`, `*`, a path, a user, or no address at all.
    """
    parts = urlsplit(text)  # raises ValueError itself for half an IPv6 address
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("an origin is http:// or https:// and a host")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an origin has no path, query or user")
    if not parts.hostname.isascii() or "*" in parts.hostname:
        raise ValueError("the host must be one ASCII name (xn--… for others)")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"
