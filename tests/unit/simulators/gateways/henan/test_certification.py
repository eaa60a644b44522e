"""CA注册: certificates that outside tools accept, and an envelope that the card can open."""

from __future__ import annotations

import base64
import datetime as dt
import random
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from simulators.cards.ssc import sm2 as card_sm2
from simulators.cards.ssc import sm4 as card_sm4
from simulators.gateways.henan.server import ProvinceServer
from simulators.province.certificate_authority import (
    CertificateAuthority,
    Holder,
    Issued,
    public_of,
)
from simulators.province.operations import Desk
from tests.rigs import web

Ask = Callable[..., dict[str, str]]
Making = Callable[[str, str], dict[str, str]]

WANG = "410798198001150016"
NOW = dt.datetime(2026, 11, 25, tzinfo=dt.UTC)
HOLDER = Holder(WANG, "王建国", "G50000005")
PRIVATE = card_sm2.private_from(b"one card")
PUBLIC_KEY = card_sm2.public_of(PRIVATE)


def issue(public_key: bytes = PUBLIC_KEY) -> Issued:
    return CertificateAuthority(1).issue(HOLDER, public_key, NOW)


def openssl(*arguments: str | Path, data: bytes = b"") -> str:
    tool = shutil.which("openssl")
    assert tool is not None
    done = subprocess.run(
        [tool, *map(str, arguments)],
        input=data,
        capture_output=True,
        check=False,
        timeout=30,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


def test_openssl_reads_the_certificates() -> None:
    issued = issue()
    for certificate, usage in (
        (issued.signature_certificate, "Digital Signature, Non Repudiation"),
        (issued.encryption_certificate, "Key Encipherment, Data Encipherment"),
    ):
        text = openssl("x509", "-inform", "DER", "-noout", "-text", data=certificate)
        assert "Signature Algorithm: SM2-with-SM3" in text
        assert "ASN1 OID: SM2" in text
        assert usage in text
        assert f"serialNumber = {WANG}-G50000005" in text


def test_openssl_verifies_the_signature(tmp_path: Path) -> None:
    certificate = issue().signature_certificate
    # SEQUENCE of: what is signed, an algorithm, BIT STRING of the signature.
    length = int.from_bytes(certificate[6:8], "big")
    signed = certificate[4 : 8 + length]
    rest = certificate[8 + length :]
    signature = rest[2 + rest[1] + 3 :]
    spki = bytes.fromhex("3059301306072A8648CE3D020106082A811CCF5501822D03420004")
    files = {"key.der": spki + CertificateAuthority(1).root(), "signed": signed, "sig": signature}
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    said = openssl(
        *("pkeyutl", "-verify", "-pubin", "-keyform", "DER", "-inkey", tmp_path / "key.der"),
        *("-rawin", "-digest", "sm3", "-pkeyopt", "distid:1234567812345678"),
        *("-in", tmp_path / "signed", "-sigfile", tmp_path / "sig"),
    )
    assert "Verified Successfully" in said


def test_openssl_follows_every_certificate_to_the_published_root(
    province: ProvinceServer, tmp_path: Path
) -> None:
    published, again = (web.get(f"{province.page_url}ca/root.cer") for _ in range(2))
    assert published.headers["Content-Type"] == "application/pkix-cert"
    assert again.content == published.content
    root = tmp_path / "root.pem"
    root.write_text(openssl("x509", "-inform", "DER", data=published.content), encoding="ascii")
    assert "CA:TRUE" in openssl("x509", "-in", root, "-noout", "-text")
    issued = CertificateAuthority(province.seed).issue(HOLDER, PUBLIC_KEY, NOW)
    other = CertificateAuthority(province.seed + 1).issue(HOLDER, PUBLIC_KEY, NOW)
    identity = ["-vfyopt", "distid:1234567812345678"]  # GM/T 0009-2012, 10
    at = ["-attime", str(int(NOW.timestamp()) + 60)]
    for number, certificate in enumerate(
        (published.content, issued.signature_certificate, issued.encryption_certificate)
    ):
        file = tmp_path / f"{number}.pem"
        file.write_text(openssl("x509", "-inform", "DER", data=certificate), encoding="ascii")
        assert "OK" in openssl("verify", "-CAfile", root, *identity, *at, file)
    file.write_text(
        openssl("x509", "-inform", "DER", data=other.signature_certificate), encoding="ascii"
    )
    with pytest.raises(AssertionError, match="signature failure"):
        openssl("verify", "-CAfile", root, *identity, *at, file)


@pytest.mark.parametrize("seed", range(12))
def test_the_envelope_opens_with_the_cards_key(seed: int) -> None:
    private = card_sm2.private_from(random.Random(seed).randbytes(16))
    blob = issue(card_sm2.public_of(private)).key_envelope
    sealed = blob[240:272] + blob[304:336]
    key = card_sm2.decrypt(private, sealed, blob[336:368], blob[372:388])
    encryption = card_sm4.decrypt(key, blob[44:76])
    assert card_sm2.public_of(encryption) == blob[112:144] + blob[176:208]
    assert (
        card_sm2.public_of(encryption) in issue(card_sm2.public_of(private)).encryption_certificate
    )


@pytest.mark.parametrize("start", ["0", "4"])
def test_a_key_that_starts_with_zero_or_four_is_used_whole(start: str) -> None:
    private = next(n for n in range(2, 500) if public_of(n).hex().startswith(start))
    blob = issue(public_of(private)).key_envelope
    sealed = blob[240:272] + blob[304:336]
    assert (
        card_sm2.decrypt(private.to_bytes(32, "big"), sealed, blob[336:368], blob[372:388])
        == CertificateAuthority(1)._secret("session key", public_of(private))[:16]
    )


def ask_for(ask: Ask, change: dict[str, str] | None = None) -> dict[str, str]:
    fields = {
        "发卡地": "410700",
        "社会保障号码": WANG,
        "姓名": "王建国",
        "社保卡号": "G50000005",
        "算法": "SM2",
        "签名公钥": PUBLIC_KEY.hex().upper(),
    }
    return ask("CA注册", **fields | (change or {}))


def test_the_same_key_gets_the_same_answer(desk: Desk, ask: Ask, making: Making) -> None:
    making(WANG, "王建国")
    first = ask_for(ask)
    assert first["ERR"] == "OK"
    assert base64.b64decode(first["签名证书"]).count(PUBLIC_KEY) == 1
    assert re.fullmatch("[0-9]{8}", first["管理员PIN"])
    assert len(bytes.fromhex(first["主控密钥"])) == 16
    assert ask_for(ask) == first
    with desk.store.transaction() as records:
        assert records.effects()["certificates_issued"] == 1


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"签名公钥": "00" * 63}, "签名公钥应为 128 位十六进制"),
        ({"算法": "RSA"}, "算法不支持"),
        ({"姓名": "李秀英"}, "姓名与社会保障号码不符"),
        ({"社保卡号": "G50000013"}, "卡号与社会保障号码不符"),
        ({"社会保障号码": ""}, "缺少字段: 社会保障号码"),
    ],
)
def test_odd_requests_are_refused(
    ask: Ask, making: Making, change: dict[str, str], text: str
) -> None:
    making(WANG, "王建国")
    assert ask_for(ask, change) == {"ERR": text}


def test_a_key_of_somebody_else_is_refused(ask: Ask, making: Making) -> None:
    making(WANG, "王建国")
    assert ask_for(ask)["ERR"] == "OK"
    li = {"社会保障号码": "410798197511030028", "姓名": "李秀英", "社保卡号": "G10000019"}
    assert ask_for(ask, li) == {"ERR": "公钥已为他人注册"}
