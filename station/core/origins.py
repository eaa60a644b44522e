"""Web origins in one form, so that two spellings of one origin are equal. Source: RFC 6454, 6.2."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
# urlsplit silently drops tabs and line ends, and accepts text with spaces as a host.
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|[0-9a-f:.]*:[0-9a-f:.]*")


def normal_origin(text: str) -> str:
    """Return `scheme://host[:port]` in lower case, without a default port.

    Raises:
        ValueError: It names no single origin: `null`, `*`, a path, a user, or no address.
    """
    parts = urlsplit(text)  # raises ValueError itself for half an IPv6 address
    if parts.scheme not in _DEFAULT_PORTS or not parts.hostname:
        raise ValueError("an origin is http:// or https:// and a host")
    if parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("an origin has no path, query or user")
    if not _HOST.fullmatch(parts.hostname) or not text.isprintable():
        raise ValueError("the host must be one ASCII name (xn--… for others) or an address")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    shown = "" if port in (None, _DEFAULT_PORTS[parts.scheme]) else f":{port}"
    return f"{parts.scheme}://{host}{shown}"
