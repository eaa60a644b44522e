"""A province for each gateway on disk, and somebody whose card can be made there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from station.core.gateways import (
    ProvinceGateway,
)
from station.gateways import gateway_names
from tests.contract.gateways.rig import Made, Rig, make, running


@pytest.fixture(scope="module", params=gateway_names())
def province(request: pytest.FixtureRequest) -> Iterator[Rig]:
    with running(request.param) as rig:
        yield rig


@pytest.fixture
def rig(province: Rig) -> Iterator[Rig]:
    yield province
    province.order("behave")
    province.order("come back")


@pytest.fixture
def gateway(rig: Rig) -> Iterator[ProvinceGateway]:
    with rig.gateway() as client:
        yield client


@pytest.fixture
def made(rig: Rig) -> Made:
    return make(rig)


@pytest.fixture(scope="module")
def somebody(province: Rig) -> Made:
    """For tests whose calls fail whatever this person's state is."""
    return make(province)
