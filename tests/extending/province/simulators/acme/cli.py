"""Command line: `python -m simulators province-acme`."""

from __future__ import annotations

import argparse

from simulators.province import cli
from simulators.province.cli import add_arguments

from .wire import JsonWire

__all__ = ["add_arguments", "run"]


def run(args: argparse.Namespace) -> int:
    """Serve until a signal comes; returns the exit status."""
    return cli.run(args, JsonWire())
