"""The invented province of the how-to: JSON over HTTP."""

from __future__ import annotations

from typing import Final

from station.core.gateways import GatewayFamily, GatewaySettings, ProvinceGateway


def _open(settings: GatewaySettings) -> ProvinceGateway:
    # The client is imported only by stations that use this province.
    from .client import AcmeGateway

    return AcmeGateway(settings)


GATEWAY: Final = GatewayFamily(
    name="acme",
    title="ACME 省 社会保障卡管理系统",
    open=_open,
    unverified=("the province is invented; no real system speaks like this",),
)
