"""The unix socket of the command line: the kernel says which account is at the other end.

A socket's address has room for 107 bytes. A longer path is reached through the folder's own
descriptor in `/proc`. Source: unix(7).
"""

from __future__ import annotations

import contextlib
import os
import socket
import struct
from pathlib import Path
from typing import Final

from station.core.errors import ConfigError

LONGEST: Final = 107
_CREDENTIALS: Final = struct.Struct("3i")  # pid, uid, gid
MODE: Final = 0o600


class SocketAddress:
    """An address that fits, for as long as this object lives."""

    def __init__(self, path: Path) -> None:
        self._folder = -1
        self.text = str(path)
        if len(os.fsencode(path)) > LONGEST and path.parent.is_dir():
            self._folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
            self.text = f"/proc/self/fd/{self._folder}/{path.name}"

    def close(self) -> None:
        """Give the folder's descriptor back."""
        if self._folder >= 0:
            os.close(self._folder)
            self._folder = -1


def listen_at(path: Path) -> socket.socket:
    """Return a listening socket that only this account and root can reach.

    Whoever listens holds the station's lock, so that a file that is there already is left over.

    Raises:
        ConfigError: The address can't be used.
    """
    address = SocketAddress(path)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        with contextlib.suppress(FileNotFoundError):
            path.unlink()
        listener.bind(address.text)
        path.chmod(MODE)
        listener.listen()
    except OSError as exc:
        listener.close()
        raise ConfigError(f"access.socket {path}: {exc.strerror or exc}") from exc
    finally:
        address.close()
    return listener


def account_of(connected: socket.socket) -> int | None:
    """Return the account at the other end of a unix socket; None for another kind of socket."""
    if not hasattr(socket, "SO_PEERCRED") or connected.family != socket.AF_UNIX:
        return None
    found = connected.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return int(_CREDENTIALS.unpack(found)[1])
