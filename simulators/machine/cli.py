"""`python -m simulators machine`: one simulated machine as a process."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from simulators import stopping
from simulators.machine.hands import CannotDoError
from simulators.machine.server import MachineServer, OptionError, Options

_WRONG_USE: Final = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's options."""
    usual = Options()
    parser.add_argument("--model", default=usual.model, help="printer model (%(default)s)")
    parser.add_argument("--cards", default=usual.cards, help="kind of cards (%(default)s)")
    parser.add_argument("--printer", default=usual.printer, help="listen here (%(default)s)")
    parser.add_argument("--chip", default=usual.chip, help="vpcd to connect to (%(default)s)")
    parser.add_argument(
        "--desk-chip", default="", help="vpcd slot of the reader on the desk; empty: none there"
    )
    parser.add_argument("--control", default=usual.control, help="listen here (%(default)s)")
    parser.add_argument(
        "--speed",
        type=float,
        default=usual.speed,
        help="1 = real time, 10 = ten times faster, 0 = as fast as it can (%(default)s)",
    )
    parser.add_argument("--blanks", type=int, default=usual.blanks, help="blanks in the feeder")
    parser.add_argument("--bank-bin", default=usual.bank_bin, help="first six digits (%(default)s)")
    parser.add_argument("--region", default=usual.region, help="发卡地 (%(default)s)")
    parser.add_argument("--seed", type=int, default=usual.seed, help="of all chance (%(default)s)")
    parser.add_argument("--record", type=Path, help="folder for observer.json and the pictures")
    parser.add_argument(
        "--reader-cable-hook",
        default="",
        metavar="CMD",
        help="run with `out` or `in` when the reader's cable is pulled or plugged in",
    )
    stopping.add_option(parser)


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT; returns the exit status."""
    asked = stopping.Stopping(with_parent=args.exit_with_parent)
    try:
        server = MachineServer(_options(args))
        line = server.start()
    except (OptionError, CannotDoError, OSError) as exc:
        sys.stderr.write(f"machine: {exc}\n")
        return _WRONG_USE
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
    asked.wait()
    server.stop()
    return 0


def _options(args: argparse.Namespace) -> Options:
    names = Options.__dataclass_fields__
    return Options(**{name: value for name, value in vars(args).items() if name in names})
