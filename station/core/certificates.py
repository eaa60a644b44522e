"""Data for the certificate application of a 3.00 card. The province makes it for one card's key."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final


@dataclass(frozen=True, slots=True, repr=False)
class TransportValues:
    """What the card maker left in the certificate application; a secret of the deployment.

    Attributes:
        user_pin: Digits of the user PIN.
        admin_pin: Digits of 管理员PIN.
        application_key: 主控密钥 of the application, 16 bytes.
        directory_key: 主控密钥 of the enclosing directory, 16 bytes.
    """

    user_pin: str
    admin_pin: str
    application_key: bytes
    directory_key: bytes

    def __repr__(self) -> str:
        return "TransportValues(***)"


@dataclass(frozen=True, slots=True)
class CertificateRequest:
    """What the province's CA needs for one card. Personal data: never log it.

    Attributes:
        AAB301: 发卡地 of the card.
        AAC002: 社会保障号码.
        AAC003: 姓名.
        AAZ500: 卡号.
        public_key: The card's signature public key: X and Y, 64 bytes.
    """

    AAB301: str
    AAC002: str = field(repr=False)
    AAC003: str = field(repr=False)
    AAZ500: str = field(repr=False)
    public_key: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, repr=False)
class CertificateData:
    """Certificates and keys of one card, as the province returned them.

    Attributes:
        signature_certificate: 签名证书 (QMZS), DER; certifies the key of the request.
        encryption_certificate: 加密证书 (JMZS), DER.
        key_envelope: 加密密钥 (JMMY), decoded: the encryption key pair, encrypted to that key.
        admin_pin: New 管理员PIN (GLYPIN), digits.
        master_key: New 主控密钥 (ZKMY), 16 bytes, for application and directory.
    """

    signature_certificate: bytes
    encryption_certificate: bytes
    key_envelope: bytes
    admin_pin: str
    master_key: bytes

    def __repr__(self) -> str:
        return "CertificateData(***)"


#: Asks the province's CA. Raises `GatewayError`.
#: The answer for a card that gets no certificates; only by identity.
NO_CERTIFICATES: Final = CertificateData(b"", b"", b"", "", b"")

Certifier = Callable[[CertificateRequest], CertificateData]
