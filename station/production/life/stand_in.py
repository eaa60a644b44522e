"""演练: the stand-in for the province while a rehearsal's card is made.

Whatever a rehearsal reads is real, so that a rehearsal proves the link: each request sends the
province's harmless echo, and its HSM answers for the keys of the test card. Whatever would change
something there stays here: data, write-back and activation of a person who does not exist.
"""

from __future__ import annotations

from typing import Final

from station.core.card_services import MaintenanceRequest
from station.core.cards import AuthenticationRequest
from station.core.certificates import (
    NO_CERTIFICATES,
    CertificateData,
    CertificateRequest,
    Certifier,
)
from station.core.gateways import IssuanceReport, ProductionData, ProvinceGateway
from station.core.rehearsal import NUMBER, Rehearsal

#: What is recorded in place of the province's acknowledgement.
ACKNOWLEDGED: Final = "rehearsal: nothing was sent"


class StandIn:
    """Implements `ProvinceGateway` for rehearsals: reads the province, changes nothing there."""

    def __init__(self, province: ProvinceGateway, rehearsal: Rehearsal) -> None:
        self._province = province
        self._rehearsal = rehearsal

    @property
    def address(self) -> str:
        """See `ProvinceGateway.address`."""
        return self._province.address

    def check_link(self) -> None:
        """See `ProvinceGateway.check_link`."""
        self._province.check_link()

    def fetch_production_data(self, id_number: str, *, name: str = "") -> ProductionData:
        """Return the invented person's data, once the province has answered; opens no batch."""
        del id_number, name
        self.check_link()
        return self._rehearsal.data

    def authenticate(self, request: AuthenticationRequest) -> bytes:
        """See `ProvinceGateway.authenticate`: the real HSM, which changes nothing."""
        return self._province.authenticate(request)

    def protect(self, request: MaintenanceRequest) -> bytes:
        """See `ProvinceGateway.protect`: the real HSM, which changes nothing."""
        return self._province.protect(request)

    def certify(self, request: CertificateRequest) -> CertificateData:
        """Return none: the CA would register certificates for the invented person."""
        del request
        return NO_CERTIFICATES

    def report(self, report: IssuanceReport) -> str:
        """Send nothing, once the province has answered."""
        del report
        self.check_link()
        return ACKNOWLEDGED

    def find_report(self, report: IssuanceReport) -> bool:
        """Whether the province has it: never, nothing was sent."""
        del report
        return False

    def activate(self, *, AAC002: str, AAC003: str, AAZ500: str, AAB301: str) -> str:
        """Send nothing, once the province has answered."""
        del AAC002, AAC003, AAZ500, AAB301
        self.check_link()
        return ACKNOWLEDGED

    def recent_exchanges(self) -> list[str]:
        """See `ProvinceGateway.recent_exchanges`."""
        return self._province.recent_exchanges()

    def close(self) -> None:
        """Leave the province's connections open: they are not the stand-in's."""


def leave_out_rehearsals(certify: Certifier) -> Certifier:
    """Return `certify` for a station that rehearses.

    The CA would register certificates for the invented person, so a test card gets none.
    """

    def asked(request: CertificateRequest) -> CertificateData:
        return NO_CERTIFICATES if request.AAC002 == NUMBER else certify(request)

    return asked
