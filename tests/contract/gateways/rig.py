"""One gateway before the province that is simulated for it, and what is made with both."""

from __future__ import annotations

import contextlib
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, cast

import httpx

from simulators.gateways import find_province
from simulators.province.server import ProvinceServer, ProvinceSettings
from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.certificates import CertificateRequest
from station.core.gateways import (
    GatewaySettings,
    IssuanceReport,
    ProductionData,
    ProvinceGateway,
    ReportOutcome,
)
from station.core.secrets import BankNumber
from station.gateways import load_gateway

REGION: Final = "410702"
PATIENCE: Final = 10.0  # seconds; a test that waits for a time-out passes its own
#: Of the SM2 private keys 1 and 2 (GB/T 32918.5-2017: the base point, and its double).
PUBLIC_KEYS: Final = (
    "32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7"
    "BC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0",
    "56CEFD60D7C87C000D58EF57FA73BA4D9C0DFA08C08A7331495C2E1DA3F2BD52"
    "31B7E7E6CC8189F668535CE0F8EAF1BD6DE84C182F6C8E716F780D3A970A23C3",
)
PIN: Final = "8642097531"
#: What no dialect may list as a success or a refusal.
UNLISTED: Final = (
    "这句话没有列在任何表里",
    "系统繁忙，请稍后再试",
    "ORA-01034: ORACLE not available",
    "",
)

_serial = itertools.count(1)


@dataclass
class Rig:
    """One gateway before its simulated province."""

    name: str
    province: ProvinceServer
    control: httpx.Client
    user: str
    password: str

    def gateway(
        self, *, timeout: float = PATIENCE, knows_password: bool = True
    ) -> contextlib.closing[ProvinceGateway]:
        settings = GatewaySettings(
            self.province.province_url,
            user=self.user,
            password=self.password if knows_password else "something else",
            region=REGION,
            timeout=timeout,
        )
        return contextlib.closing(load_gateway(self.name).open(settings))

    def order(self, action: str, **words: str | float) -> dict[str, Any]:
        """Tell the province's control side to do something."""
        return self._ask("do", json.dumps({"action": action, **words}).encode())

    def effects(self) -> dict[str, int]:
        return cast("dict[str, int]", self._ask("observer")["effects"])

    def calls(self) -> dict[str, int]:
        return cast("dict[str, int]", self._ask("observer")["calls"])

    def someone(self, case: str) -> dict[str, str]:
        return cast("dict[str, str]", self._ask(f"people?case={case}")["people"][0])

    def new_person(self) -> dict[str, Any]:
        return self.order("new person", name="测试" + "甲乙丙丁戊己庚辛"[next(_serial) % 8])

    def _ask(self, path: str, body: bytes | None = None) -> dict[str, Any]:
        answer = self.control.request("POST" if body else "GET", path, content=body)
        answer.raise_for_status()
        return cast("dict[str, Any]", answer.json())


@contextlib.contextmanager
def running(name: str) -> Iterator[Rig]:
    """Start the province that is simulated for one gateway."""
    settings = ProvinceSettings(people=40)
    with (
        ProvinceServer(settings, find_province(name).wire) as province,
        httpx.Client(base_url=province.page_url, timeout=20, trust_env=False) as control,
    ):
        yield Rig(name, province, control, settings.user, settings.password)


@dataclass
class Made:
    """One person's data, and a card that was made from it."""

    data: ProductionData
    issued: IssuanceReport
    spoiled: IssuanceReport

    def activate(self, gateway: ProvinceGateway) -> str:
        chip = self.data.chip
        return gateway.activate(
            AAC002=chip.AAC002, AAC003=chip.AAC003, AAZ500=chip.AAZ500, AAB301=self.data.AAB301
        )


def make(rig: Rig) -> Made:
    with rig.gateway() as gateway:
        data = gateway.fetch_production_data(rig.new_person()["id_number"])
    return Made(data, report_of(data), report_of(data, spoiled=True))


def report_of(data: ProductionData, *, spoiled: bool = False) -> IssuanceReport:
    serial = next(_serial)
    return IssuanceReport(
        outcome=ReportOutcome.SPOILED if spoiled else ReportOutcome.ISSUED,
        batch=data.batch,
        AAC002=data.chip.AAC002,
        AAC003=data.chip.AAC003,
        AAZ500=data.chip.AAZ500,
        AAZ501=f"{data.AAB301}{serial:026X}",
        AAZ507=f"8649042603864107{serial:010X}",
        AAZ503=data.chip.AAZ503,
        valid_until=data.chip.valid_until,
        bank_number=BankNumber(f"621700{serial:013}"),
        failed_step="making" if spoiled else "",
        failure="写卡校验不符" if spoiled else "",
    )


def authentication(data: ProductionData, factor: str) -> AuthenticationRequest:
    return AuthenticationRequest(
        AAB301=data.AAB301,
        AAZ507="544B1805208660410700000001",
        AAZ501="410700D1560000050000000100000000",
        algorithm="03",
        key_address="0094",
        process_factor=bytes.fromhex(factor),
        original=bytes.fromhex("1112131415161718"),
    )


def protection(data: ProductionData, *, pin: str = "246810") -> MaintenanceRequest:
    return MaintenanceRequest(
        AAB301=data.AAB301,
        AAZ507="544B1805208660410700000001",
        AAZ501="410700D1560000050000000100000000",
        algorithm="03",
        key_address="0173",
        process_factor=bytes.fromhex("0102030405060708"),
        header=bytes.fromhex("8424000114" if pin else "8424000004"),
        pin=bytes.fromhex(pin),
    )


def certification(data: ProductionData, private: int = 1) -> CertificateRequest:
    chip = data.chip
    key = bytes.fromhex(PUBLIC_KEYS[private - 1])
    return CertificateRequest(data.AAB301, chip.AAC002, chip.AAC003, chip.AAZ500, key)


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {
        name: after[name] - before.get(name, 0) for name in after if after[name] != before[name]
    }
