"""Henan: `CardService.allDsjk` over SOAP. Never run against the real province.

Source: docs/explanations/dialect-henan.md.
"""

from __future__ import annotations

from station.core.gateways import GatewayFamily, GatewaySettings, ProvinceGateway
from station.gateways.henan.mapping import read_dialect


def _open(settings: GatewaySettings) -> ProvinceGateway:
    # Only stations of this province import the client.
    from station.gateways.henan.client import HenanGateway

    return HenanGateway(settings, read_dialect())


GATEWAY = GatewayFamily(
    name="henan",
    title=read_dialect().title,
    open=_open,
    unverified=read_dialect().unverified,
)
