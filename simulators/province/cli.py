"""Command line of a simulated province, whatever its dialect.

Prints one line of JSON when it serves, and stops on SIGTERM or SIGINT.
"""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from pathlib import Path
from types import FrameType
from typing import Final
from urllib.parse import urlsplit

from simulators.province.server import ProvinceServer, ProvinceSettings
from simulators.province.store import DatabaseFileError
from simulators.province.wire import Wire

DEFAULT_LISTEN: Final = "http://127.0.0.1:8480"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the province's options to `parser`."""
    defaults = ProvinceSettings()
    parser.add_argument("--listen", default=DEFAULT_LISTEN, help="port 0 takes any free port")
    parser.add_argument(
        "--page-port",
        type=int,
        help="pages and control side, also there while the province is down "
        "(default: the next port after --listen, or any free one)",
    )
    parser.add_argument("--database", type=Path, help="SQLite file (default: a temporary one)")
    parser.add_argument("--people", type=int, default=defaults.people, help="for a new database")
    parser.add_argument("--seed", type=int, default=defaults.seed, help="for a new database")
    parser.add_argument(
        "--charset", choices=("utf-8", "gbk", "gb18030"), default="utf-8", help="of the answers"
    )
    parser.add_argument(
        "--user", default=defaults.user, help="login of the window (default: for demonstrations)"
    )
    parser.add_argument(
        "--password", default=defaults.password, help="its password (default: for demonstrations)"
    )


def run(args: argparse.Namespace, wire: Wire) -> int:
    """Serve until a signal comes; returns the exit status."""
    try:
        settings = _settings(args)
        return _serve(ProvinceServer(settings, wire))
    except (ValueError, OSError, DatabaseFileError) as exc:
        sys.stderr.write(f"province: {exc}\n")
        return 1


def _settings(args: argparse.Namespace) -> ProvinceSettings:
    address = urlsplit(args.listen)
    if address.scheme != "http" or not address.hostname or address.port is None:
        raise ValueError(f"--listen: expected http://host:port, got {args.listen!r}")
    next_port = address.port + 1 if address.port else 0
    return ProvinceSettings(
        host=address.hostname,
        port=address.port,
        page_port=next_port if args.page_port is None else args.page_port,
        database=args.database,
        people=args.people,
        seed=args.seed,
        charset=args.charset,
        user=args.user,
        password=args.password,
    )


def _serve(province: ProvinceServer) -> int:
    stop = threading.Event()

    def on_signal(_number: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, on_signal)
    signal.signal(signal.SIGINT, on_signal)
    with province:
        ready = {
            "ready": True,
            "province": province.province_url,
            "page": province.page_url,
            "seed": province.seed,
        }
        sys.stdout.write(json.dumps(ready) + "\n")
        sys.stdout.flush()
        stop.wait()
    return 0
