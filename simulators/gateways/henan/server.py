"""A running province that speaks the Henan dialect."""

from __future__ import annotations

from dataclasses import dataclass

from simulators.gateways.henan.soap import AXIS, Binding
from simulators.gateways.henan.wire import SoapWire
from simulators.province import server


@dataclass(frozen=True, slots=True)
class ProvinceSettings(server.ProvinceSettings):
    """Settings of the server.

    Attributes:
        binding: Namespace of the arguments and name of the result.
    """

    binding: Binding = AXIS


class ProvinceServer(server.ProvinceServer):
    """A running province; a context manager."""

    def __init__(self, settings: ProvinceSettings) -> None:
        """See `simulators.province.server.ProvinceServer`."""
        super().__init__(settings, SoapWire(settings.binding))
