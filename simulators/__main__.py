"""`python -m simulators machine|desk|province|demo|hall ...`."""

from __future__ import annotations

import argparse
import importlib
import sys
from typing import Final

from simulators.gateways import find_province, province_names

#: Command -> module with `add_arguments(parser)` and `run(args) -> int`, and its help text.
COMMANDS: Final = {
    "machine": ("simulators.machine.cli", "one card machine: printer, chip reader, control"),
    "desk": ("simulators.desk.cli", "a clerk's desk: ID-card reader and PIN pad"),
    "operator-card": ("simulators.operator_cards.cli", "an operator's PIV card in a reader"),
    "province": ("simulators.gateways.henan.cli", "the provincial system of Henan"),
    "data-centre": ("simulators.province.data_centre", "reads files of stations offline"),
    "hall": ("simulators.hall", "three windows, central, and a batch of nine people"),
    "demo": ("simulators.demo", "a whole window: province, machine, station, and one card"),
}


def all_commands() -> dict[str, tuple[str, str]]:
    """Return the commands, including one for each simulated province: `province-<name>`."""
    provinces = {
        f"province-{name}": (find_province(name).cli, f"the provincial system of {name}")
        for name in province_names()
    }
    return COMMANDS | provinces


def main(arguments: list[str]) -> int:
    """Run one simulator until it is stopped; returns its exit status."""
    parser = argparse.ArgumentParser(prog="python -m simulators", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    chosen = next((word for word in arguments if not word.startswith("-")), None)
    for name, (module, line) in all_commands().items():
        command = commands.add_parser(name, help=line, description=line)
        if name == chosen:  # only the chosen one is imported
            loaded = importlib.import_module(module)
            loaded.add_arguments(command)
            command.set_defaults(run=loaded.run)
    args = parser.parse_args(arguments)
    return int(args.run(args))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
