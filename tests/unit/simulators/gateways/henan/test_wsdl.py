"""The description at `?wsdl`, read by a SOAP client that nobody here wrote."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

import pytest
import requests
import zeep

from simulators.gateways.henan.server import ProvinceServer, ProvinceSettings
from simulators.gateways.henan.soap import Binding

INNER = "<ROOT><操作>查询批次号</操作><用户名>window-1</用户名><密码>window-1-demo</密码>{}</ROOT>"
PERSON = "<社会保障号码>000000000000000000</社会保障号码>"
BINDINGS = [
    Binding(qualified, result)
    for qualified in (False, True)
    for result in ("allDsjkReturn", "out", "return")
]


@pytest.fixture(params=BINDINGS, ids=str)
def province(request: pytest.FixtureRequest) -> Iterator[ProvinceServer]:
    with ProvinceServer(ProvinceSettings(people=18, binding=request.param)) as server:
        yield server


@pytest.fixture
def client(province: ProvinceServer) -> Iterator[zeep.Client]:
    library: Any = zeep  # it ships no types
    with requests.Session() as session:
        session.trust_env = False
        transport = library.Transport(session=session, timeout=10, operation_timeout=10)
        yield library.Client(f"{province.province_url}?wsdl", transport=transport)


def test_an_outside_client_calls_the_service_by_its_description(client: zeep.Client) -> None:
    answer = client.service.allDsjk(INNER.format(PERSON))
    assert answer == "<ROOT><ERR>身份证号不存在(或发卡城市不符)</ERR></ROOT>"


def test_an_outside_client_is_told_what_it_did_wrong(client: zeep.Client) -> None:
    with pytest.raises(zeep.exceptions.Fault, match="内层报文不是合法的 XML"):
        client.service.allDsjk("<ROOT>")


def test_the_description_names_the_address_it_was_asked_at(province: ProvinceServer) -> None:
    with requests.Session() as session:
        session.trust_env = False
        answer = session.get(f"{province.province_url}?WSDL", timeout=10)
        nothing = session.get(province.province_url, timeout=10)
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert f'location="{html.escape(province.province_url)}"' in answer.text
    assert (nothing.status_code, nothing.headers["Allow"]) == (405, "POST")
