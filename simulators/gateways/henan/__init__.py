"""A provincial card management system that speaks the Henan dialect, with invented people.

`python -m simulators province` starts it; `server.ProvinceServer` starts it inside a test. Only the
dialect is here; the province behind it is `simulators.province`. Neither shares any code with the
gateway that uses them.

Source: docs/explanations/dialect-henan.md.
"""

from __future__ import annotations

from typing import Final

from simulators.gateways import ProvinceSimulator
from simulators.gateways.henan.wire import SoapWire

SIMULATOR: Final = ProvinceSimulator(
    name="henan", cli="simulators.gateways.henan.cli", region="410700", wire=SoapWire()
)
