"""Command line of the simulated province of Henan: `python -m simulators province`."""

from __future__ import annotations

import argparse

from simulators.gateways.henan.soap import RESULTS, Binding
from simulators.gateways.henan.wire import SoapWire
from simulators.province import cli


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the province's options to `parser`."""
    cli.add_arguments(parser)
    parser.add_argument(
        "--qualified", action="store_true", help="arguments and result are in the namespace"
    )
    parser.add_argument(
        "--result", choices=RESULTS, default=RESULTS[0], help="name of the result element"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until a signal comes; returns the exit status."""
    return cli.run(args, SoapWire(Binding(args.qualified, args.result)))
