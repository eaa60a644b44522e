"""What a province's CA issues, for tests: the simulated province's own, without its network."""

from __future__ import annotations

import datetime as dt
import functools
from typing import Final

from simulators.master_keys import load_transport_values
from simulators.province.certificate_authority import CertificateAuthority, Holder
from station.core.certificates import CertificateData, CertificateRequest, TransportValues

NOW: Final = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
_VALUES: Final = load_transport_values()
#: What is in a simulated card until its certificates are written.
TRANSPORT: Final = TransportValues(
    user_pin=_VALUES.user_pin,
    admin_pin=_VALUES.admin_pin,
    application_key=_VALUES.adf_master_key,
    directory_key=_VALUES.ddf_master_key,
)


@functools.cache
def certify(request: CertificateRequest) -> CertificateData:
    """Return certificates and keys; the same ones again for the same request."""
    holder = Holder(request.AAC002, request.AAC003, request.AAZ500)
    issued = CertificateAuthority(7).issue(holder, request.public_key, NOW)
    return CertificateData(
        signature_certificate=issued.signature_certificate,
        encryption_certificate=issued.encryption_certificate,
        key_envelope=issued.key_envelope,
        admin_pin=issued.admin_pin,
        master_key=issued.master_key,
    )
