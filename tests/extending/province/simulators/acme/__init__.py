"""The invented province's dialect before the simulated province."""

from __future__ import annotations

from typing import Final

from simulators.gateways import ProvinceSimulator

from .wire import JsonWire

SIMULATOR: Final = ProvinceSimulator(
    name="acme", cli="simulators.gateways.acme.cli", region="410700", wire=JsonWire()
)
