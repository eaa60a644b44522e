"""The memory that the daemon and its picture process share: pixels one way, planes the other.

It is an anonymous file. Neither end maps it: reads and writes with an offset copy at memory speed,
and a file that the other end has shortened is a short read instead of a signal that ends a process.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

from station.core.errors import RemoteProtocolError

#: The largest picture that a profile may allow has 16 million pixels of 3 bytes; both sides of a
#: card at 600 dpi have 26 MB of planes.
MOST_SHARED: Final = 64 << 20


def create_shared() -> int:
    """Return the descriptor of a new piece of memory, empty; closed in other programs."""
    return os.memfd_create("picture-process", os.MFD_CLOEXEC)


def put(descriptor: int, parts: Sequence[bytes]) -> None:
    """Write the parts one behind the other, from the start."""
    offset = 0
    for part in parts:
        rest = memoryview(part)
        while rest:
            written = os.pwrite(descriptor, rest, offset)
            offset += written
            rest = rest[written:]


def take(descriptor: int, sizes: Sequence[int]) -> list[bytes]:
    """Read parts of these sizes, one behind the other, from the start.

    Raises:
        RemoteProtocolError: Fewer bytes are there, or more are wanted than may be shared.
    """
    if sum(sizes) > MOST_SHARED:
        raise RemoteProtocolError(f"picture process: {sum(sizes)} bytes of shared memory")
    parts, offset = [], 0
    for size in sizes:
        part = os.pread(descriptor, size, offset)
        if len(part) != size:
            raise RemoteProtocolError(f"picture process: {len(part)} bytes shared of {size}")
        parts.append(part)
        offset += size
    return parts


def give_back(descriptor: int) -> None:
    """Forget what was shared: a picture is not kept longer than its request."""
    os.ftruncate(descriptor, 0)
