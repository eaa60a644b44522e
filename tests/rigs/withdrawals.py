"""A province in memory that takes cancelled orders back."""

from __future__ import annotations

from station.core.errors import GatewayRejectedError, RejectionReason
from station.core.gateways import IssuanceReport, ProductionData
from tests.unit.production.doubles import FakeProvince, Trap


class ProvinceWithMarks(FakeProvince):
    """Keeps the mark of each person's application; data is given to marked ones only."""

    def __init__(self, trap: Trap) -> None:
        super().__init__(trap)
        self.unmarked: set[str] = set()
        self.withdrawals: list[str] = []
        self.refusal: RejectionReason | None = None

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        if id_number in self.unmarked:
            raise GatewayRejectedError(RejectionReason.NOT_MARKED, province_text="未标注")
        return super().fetch_production_data(id_number, name=name)

    def withdraw(self, report: IssuanceReport) -> str:
        self.trap.at("withdraw", "before")
        if self.refusal is not None:
            raise GatewayRejectedError(self.refusal, province_text="不予办理")
        self.unmarked.add(report.AAC002)
        self.withdrawals.append(report.batch)
        self.trap.at("withdraw", "after")
        return "OK"

    def is_withdrawn(self, report: IssuanceReport) -> bool:
        self.trap.at("find", "before")
        return report.AAC002 in self.unmarked
