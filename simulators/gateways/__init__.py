"""Simulated provincial systems, one folder per dialect; each runs as a process of its own.

A sub-package exports `SIMULATOR: ProvinceSimulator`; it is discovered on disk.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass

from simulators.province.wire import Wire


class UnknownProvinceError(Exception):
    """No folder of that name; the message lists the existing ones."""


@dataclass(frozen=True, slots=True)
class ProvinceSimulator:
    """What a sub-package of simulators.gateways exports as SIMULATOR.

    Attributes:
        name: The folder name, the same as that of the gateway it serves.
        cli: Module with `add_arguments(parser)` and `run(args) -> int`; it takes `--listen`,
            `--database`, `--people`, `--seed`, `--user` and `--password`.
        region: The region of its people and of the cards that a demonstration makes.
        wire: Encodes and decodes its messages for `simulators.province`.
    """

    name: str
    cli: str
    region: str
    wire: Wire


def province_names() -> list[str]:
    """Return the name of every simulated province on disk."""
    return sorted(found.name for found in pkgutil.iter_modules(__path__) if found.ispkg)


def find_province(name: str) -> ProvinceSimulator:
    """Return the simulated province of this name.

    Raises:
        UnknownProvinceError: There is none.
    """
    if name not in province_names():
        raise UnknownProvinceError(f"province {name}: known are {', '.join(province_names())}")
    simulator: ProvinceSimulator = importlib.import_module(f"{__name__}.{name}").SIMULATOR
    return simulator
