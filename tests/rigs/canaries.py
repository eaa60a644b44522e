"""Looking for short secrets in long content, without finding them by chance."""

from __future__ import annotations

import re
from typing import Final

#: What the journal and the log are full of and what is drawn anew each time: hashes and ids (lower
#: case, columns side by side), and the parts of a second. Six given digits stand in them now
#: and then.
DRAWN: Final = re.compile(rb"[0-9a-f]{32,}|(?<=:[0-5][0-9])\.[0-9]{6}")


def without_what_is_drawn(content: bytes) -> bytes:
    """Return the content without hashes, ids and parts of a second; all else stays."""
    return DRAWN.sub(b"", content)
