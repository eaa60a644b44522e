"""The Henan gateway before services that Axis, XFire, CXF and JAX-WS would make of the dialect."""

from __future__ import annotations

import contextlib

import pytest

from simulators.gateways.henan.server import ProvinceServer, ProvinceSettings
from simulators.gateways.henan.soap import Binding
from station.core.errors import AnswerProblem, GatewayAnswerError
from station.core.gateways import GatewaySettings
from station.gateways import load_gateway
from tests.contract.gateways.rig import PATIENCE, REGION


@pytest.mark.parametrize("result", ["allDsjkReturn", "out", "return"])
@pytest.mark.parametrize("qualified", [False, True], ids=["unqualified", "qualified"])
def test_the_setting_fits_the_service(qualified: bool, result: str) -> None:
    province = ProvinceSettings(people=18, binding=Binding(qualified, result))
    with ProvinceServer(province) as server:
        settings = [
            GatewaySettings(
                server.province_url,
                province.user,
                province.password,
                REGION,
                PATIENCE,
                qualified=ours,
            )
            for ours in (qualified, not qualified)
        ]
        fitting, other = (load_gateway("henan").open(one) for one in settings)
        with contextlib.closing(fitting), contextlib.closing(other):
            fitting.check_link()
            with pytest.raises(GatewayAnswerError) as caught:
                other.check_link()
    assert caught.value.problem is AnswerProblem.FAULT
    assert caught.value.details["province_text"].startswith("参数应为")
