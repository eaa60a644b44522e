"""The invented province of the how-to: JSON over HTTP."""

from __future__ import annotations

from typing import Final

from station.core.gateways import GatewayFamily, GatewaySettings, ProvinceGateway

from .words import read_words


def _open(settings: GatewaySettings) -> ProvinceGateway:
    # The client is imported only by stations that use this province.
    from .client import AcmeGateway

    return AcmeGateway(settings, read_words())


GATEWAY: Final = GatewayFamily(
    name="acme",
    title=read_words().title,
    open=_open,
    unverified=read_words().unverified,
)
