"""What a 3.00 card's certificate application gets. The province makes it for one card's own key."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class TransportValues:
    """What the card maker left in the certificate application; a secret of the deployment.

    Attributes:
        user_pin: Digits.
        admin_pin: Digits of 管理员PIN.
        application_key: 主控密钥 of the application, 16 bytes.
        directory_key: 主控密钥 of the directory around it, 16 bytes.
    """

    user_pin: str
    admin_pin: str
    application_key: bytes
    directory_key: bytes

    def __repr__(self) -> str:
        return "TransportValues(***)"


@dataclass(frozen=True, slots=True, repr=False)
class CertificateData:
    """Certificates and keys of one card, as the province returned them, and how to get in.

    Attributes:
        public_key: Signature public key (X, Y: 64 bytes) that the certificates were made for.
        signature_certificate: 签名证书 (QMZS), DER.
        encryption_certificate: 加密证书 (JMZS), DER.
        key_envelope: 加密密钥 (JMMY), decoded: the encryption key pair, sealed to `public_key`.
        admin_pin: New 管理员PIN (GLYPIN), digits.
        master_key: New 主控密钥 (ZKMY), 16 bytes, for application and directory.
        transport: What is in the card until then.
    """

    public_key: bytes
    signature_certificate: bytes
    encryption_certificate: bytes
    key_envelope: bytes
    admin_pin: str
    master_key: bytes
    transport: TransportValues

    def __repr__(self) -> str:
        return "CertificateData(***)"
