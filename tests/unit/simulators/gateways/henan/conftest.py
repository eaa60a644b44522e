"""A province inside the test: fixed time, few people, no network unless asked for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from simulators.gateways.henan.server import ProvinceServer, ProvinceSettings
from simulators.master_keys import load_test_keys
from simulators.province.hsm import Hsm
from simulators.province.operations import CHINA_TIME, Desk
from simulators.province.people import named_people
from simulators.province.store import Store
from simulators.province.wire import Request

Ask = Callable[..., dict[str, str]]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    store = Store(tmp_path / "province.db", named_people(), seed=1)
    yield Desk(
        store=store,
        hsm=Hsm(load_test_keys()),
        user="window-1",
        password="secret",  # noqa: S106 - of this test
        clock=lambda: dt.datetime(2025, 3, 10, 9, 30, 0, tzinfo=CHINA_TIME),
        seed=1,
    )
    store.close()


@pytest.fixture
def ask(desk: Desk) -> Ask:
    """Serve one operation as the window; returns the answer's fields."""

    def serve(operation: str, **fields: str) -> dict[str, str]:
        return desk.serve(Request(operation, "window-1", "secret", fields))

    return serve


@pytest.fixture
def making(ask: Ask) -> Callable[[str, str], dict[str, str]]:
    """Bring somebody to the point where the station writes the card."""

    def start(id_number: str, name: str) -> dict[str, str]:
        batch = ask("获取批次号", 所属区县="410700")["批次号"]
        row = f"1,{id_number},{name}"
        locked = ask("即制卡批次", 批次号=batch, 人数="1", DATA=row)
        assert locked["ERR"] == "OK", locked
        data = ask("即制卡数据", 批次号=batch, 社会保障号码=id_number, 姓名=name)
        assert data["ERR"] == "OK", data
        return data | {"批次号": batch}

    return start


@pytest.fixture
def province() -> Iterator[ProvinceServer]:
    """A whole province on two free ports."""
    with ProvinceServer(ProvinceSettings(people=18)) as server:
        yield server
