"""A provincial card management system that speaks the Henan dialect, with invented people.

`python -m simulators province` starts it; `server.ProvinceServer` starts it inside a test.
It has its own tables and rules and shares nothing with the gateway that it answers.

Source: docs/explanations/dialect-henan.md.
"""

from __future__ import annotations

from typing import Final

from simulators.gateways import ProvinceSimulator

SIMULATOR: Final = ProvinceSimulator(
    name="henan", cli="simulators.gateways.henan.cli", region="410700"
)
