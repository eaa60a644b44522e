"""The picture process itself: `python -m station.picture_process.worker DESCRIPTOR`.

Standard input is a socket to the daemon, DESCRIPTOR the shared memory. The first frame is the
set-up, then one answer follows each request, until the daemon goes or asks nothing for a while.
Nothing is written to files or logs: what fails is answered.
"""

from __future__ import annotations

import signal
import socket
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from station.core.errors import StationError
from station.picture_process import codec
from station.picture_process.codec import Header, field
from station.picture_process.confinement import Bounds, confine
from station.picture_process.frames import Frame, Receive, encode_frame, read_frame
from station.picture_process.shared import MOST_SHARED

#: Code, libraries and fonts that are mapped take 400 MB of addresses; the largest picture that a
#: profile may allow (16 million pixels) some 450 MB more while it is measured.
ADDRESS_SPACE: Final = 1 << 30
OPEN_FILES: Final = 64


def main() -> int:
    """Answer requests until the daemon is gone, or has asked nothing for a while."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the daemon ends this process
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, fileno=sys.stdin.fileno())
    receive = receiver(connection)
    header = read_frame(receive).header
    nice = field(header, "nice", int)
    missing = confine(Bounds(ADDRESS_SPACE, MOST_SHARED, OPEN_FILES, nice))
    limit, idle = field(header, "limit", float), field(header, "idle", float)
    answer = _drawing(header, int(sys.argv[1]))
    connection.sendall(encode_frame(Frame({"missing": missing})))
    while True:
        connection.settimeout(idle)
        try:
            request = read_frame(receive)
        except (EOFError, TimeoutError):
            return 0
        connection.settimeout(None)
        # A picture that is never finished ends this process, also when the daemon is gone.
        signal.setitimer(signal.ITIMER_REAL, limit)
        reply = _answered(answer, request)
        signal.setitimer(signal.ITIMER_REAL, 0)
        connection.sendall(encode_frame(reply))
        if reply.header.get("failed"):
            return 1  # what is left of the memory is not trusted any more


def _drawing(header: Header, shared: int) -> Callable[[Frame], Frame]:
    from station.picture_process.drawing import Drawing  # all libraries, so after `confine`

    return Drawing(codec.decode_setup(field(header, "setup", dict)), shared).answer


def _answered(answer: Callable[[Frame], Frame], request: Frame) -> Frame:
    try:
        return answer(request)
    except StationError as exc:
        return Frame({"error": codec.encode_error(exc)})
    except MemoryError:
        return Frame({"failed": "memory"})
    except Exception as exc:  # noqa: BLE001 - the daemon logs it, and its order is held
        # A text of an error may hold a name or a number: only the places are told.
        places = [
            f"{Path(one.filename).name}:{one.lineno}"
            for one in traceback.extract_tb(exc.__traceback__)[-8:]
        ]
        return Frame({"failed": "defect", "at": " ".join([type(exc).__name__, *places])})


def receiver(connection: socket.socket) -> Receive:
    """Return what reads exactly as many bytes as it is asked for.

    It raises EOFError when the other end closes, TimeoutError after the socket's timeout.
    """

    def receive(size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            part = connection.recv(min(size - len(received), 1 << 20))
            if not part:
                raise EOFError
            received += part
        return bytes(received)

    return receive


if __name__ == "__main__":
    sys.exit(main())
