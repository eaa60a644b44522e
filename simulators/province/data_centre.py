"""The data centre's desk for stations without network: `python -m simulators data-centre`.

`keys FOLDER` creates its keys; stations get `FOLDER/data-centre.pem`. `read FILE` checks a
station's file, forwards its content to the province, and writes receipts. Implemented only from the
description of the form in docs/decisions/0008-offline-reports.md: it shares no code with the
station.
"""

from __future__ import annotations

import argparse
import base64
import binascii
import hashlib
import json
import secrets
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hpke, serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey

from simulators.master_keys import load_test_keys
from simulators.province import rules
from simulators.province.hsm import Hsm
from simulators.province.operations import Desk, china_now
from simulators.province.server import ProvinceSettings
from simulators.province.store import DatabaseFileError, Store
from simulators.province.wire import Request

PUBLIC: Final = "data-centre.pem"
OPENING: Final = "opening.pem"
SIGNING: Final = "signing.pem"
SEEN: Final = "seen"

PrivateKey = X25519PrivateKey | Ed25519PrivateKey
PublicKey = X25519PublicKey | Ed25519PublicKey


class RefusedFileError(Exception):
    """The whole file is refused; the message is the reason, in Chinese, for the station's clerk."""


@dataclass(frozen=True, slots=True)
class Centre:
    """The data centre's keys and stored files.

    Attributes:
        folder: Folder of both.
    """

    folder: Path

    def make_keys(self) -> Path:
        """Create both key pairs; returns the file for the stations."""
        self.folder.mkdir(parents=True, exist_ok=True)
        opening, signing = X25519PrivateKey.generate(), Ed25519PrivateKey.generate()
        _keep(self.folder / OPENING, opening)
        _keep(self.folder / SIGNING, signing)
        public = self.folder / PUBLIC
        public.write_bytes(_pem(opening.public_key()) + _pem(signing.public_key()))
        return public

    def open_file(self, text: str, stations: dict[str, Ed25519PublicKey]) -> dict[str, Any]:
        """Return header and reports of a station's file.

        Raises:
            RefusedFileError: Damaged, forged, of an unknown station, or for another centre.
        """
        header, lines = _header(text)
        opening = self._opening()
        station = stations.get(str(header.get("station_key")))
        if station is None:
            raise RefusedFileError("制卡站的公钥没有登记")
        try:
            body, signature = (base64.b64decode(line, validate=True) for line in lines[1:])
            station.verify(signature, f"{lines[0]}\n{lines[1]}\n".encode())
        except (binascii.Error, ValueError, InvalidSignature) as exc:
            raise RefusedFileError("签名不对，文件被改动或残缺") from exc
        if header.get("data_centre_key") != fingerprint(opening.public_key()):
            raise RefusedFileError("不是给本数据中心的文件")
        suite = hpke.Suite(hpke.KEM.X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
        try:
            clear = suite.decrypt(body, opening, info=lines[0].encode())
        except (InvalidTag, ValueError) as exc:
            raise RefusedFileError("解密失败") from exc
        reports = json.loads(clear)
        if len(reports) != header["count"]:
            raise RefusedFileError("条数与文件头不符")
        return {**header, "reports": reports}

    def answer(self, opened: dict[str, Any], desk: Desk) -> str:
        """Forward the file's content to the province; returns the receipts' text.

        The same file again gets the same receipts: nothing is done twice.
        """
        seen = self.folder / SEEN / f"{opened['parcel']}.receipts"
        if seen.exists():
            return seen.read_text(encoding="ascii")
        receipts = [self._tell_once(desk, report) for report in opened["reports"]]
        text = self._sign(opened, receipts)
        seen.write_text(text, encoding="ascii")
        return text

    def _tell_once(self, desk: Desk, report: dict[str, str]) -> dict[str, str]:
        # A report exported in two files: the province's answer to the first one counts.
        done = self.folder / SEEN / f"{report['order']}-{report['outcome']}"
        done.parent.mkdir(exist_ok=True)
        if done.exists():
            return _receipt(report, "duplicate")
        receipt = _tell(desk, report)
        if receipt["result"] != "refused":
            done.touch()
        return receipt

    def _sign(self, opened: dict[str, Any], receipts: list[dict[str, str]]) -> str:
        header = {
            "form": "card-station-receipts",
            "version": 1,
            "station": opened["station"],
            "station_key": opened["station_key"],
            "parcel": opened["parcel"],
            "receipt": secrets.token_hex(16),
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        body = base64.b64encode(json.dumps(receipts).encode()).decode()
        signed = f"{json.dumps(header, sort_keys=True, separators=(',', ':'))}\n{body}\n"
        signature = self._signing().sign(signed.encode())
        return f"{signed}{base64.b64encode(signature).decode()}\n"

    def _opening(self) -> X25519PrivateKey:
        key = serialization.load_pem_private_key((self.folder / OPENING).read_bytes(), None)
        if not isinstance(key, X25519PrivateKey):
            raise RefusedFileError(f"{OPENING} is not an X25519 key")
        return key

    def _signing(self) -> Ed25519PrivateKey:
        key = serialization.load_pem_private_key((self.folder / SIGNING).read_bytes(), None)
        if not isinstance(key, Ed25519PrivateKey):
            raise RefusedFileError(f"{SIGNING} is not an Ed25519 key")
        return key


def fingerprint(key: PublicKey) -> str:
    """Return the form's id of a public key: 16 bytes of SHA-256 over its raw bytes, in hex."""
    raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
    return hashlib.sha256(raw).digest()[:16].hex()


def known_stations(files: list[Path]) -> dict[str, Ed25519PublicKey]:
    """Read the stations' public keys."""
    keys = [serialization.load_pem_public_key(file.read_bytes()) for file in files]
    return {fingerprint(key): key for key in keys if isinstance(key, Ed25519PublicKey)}


def _header(text: str) -> tuple[dict[str, Any], list[str]]:
    lines = text.splitlines()
    try:
        header = json.loads(lines[0])
        known = (header["form"], header["version"]) == ("card-station-reports", 1)
    except (ValueError, KeyError, IndexError, TypeError) as exc:
        raise RefusedFileError("不是制卡站的导出文件") from exc
    if len(lines) != 3 or not known:
        raise RefusedFileError("文件残缺，或版本不同")
    return header, lines


def _tell(desk: Desk, report: dict[str, str]) -> dict[str, str]:
    """Forward one report to the province as the window itself would, and store its answer."""
    row = (
        "1", report["AAZ500"], report["AAC002"], report["AAC003"], report["AAZ503"],
        report["valid_until"], report["AAZ501"], report["AAZ507"], "", report["bank_number"],
        "", "", report["failed_step"], report["failure"],
    )  # fmt: skip
    fields = {"批次号": report["batch"], "DATA": ",".join(row)}
    operation = "即制卡回盘"
    if report["outcome"] == "cancelled":
        operation, fields = "撤销标注", {"批次号": report["batch"]}
        fields |= {"社会保障号码": report["AAC002"], "姓名": report["AAC003"]}
    if report["outcome"] == "temporary":
        operation, fields = "临时卡发放", _temporary(report)
    said = desk.serve(Request(operation, desk.user, desk.password, fields))["ERR"]
    words = {"OK": "accepted", "00": "accepted", rules.ALREADY_REPORTED: "duplicate"}
    words |= {rules.NOT_MARKED: "duplicate"} if operation == "撤销标注" else {}
    result = words.get(said, "refused")
    return _receipt(report, result, said if result == "refused" else "")


def _temporary(report: dict[str, str]) -> dict[str, str]:
    return {
        "受理编号": report["batch"],
        "社会保障号码": report["AAC002"],
        "姓名": report["AAC003"],
        "临时卡号": report["AAZ500"],
        "卡识别码": report["AAZ501"],
        "卡复位信息": report["AAZ507"],
        "代办人身份证号": report["agent_number"],
        "代办人姓名": report["agent_name"],
    }


def _receipt(report: dict[str, str], result: str, reason: str = "") -> dict[str, str]:
    about = {"order": report["order"], "outcome": report["outcome"]}
    return about | {"result": result, "reason": reason}


def _keep(file: Path, key: PrivateKey) -> None:
    file.touch(mode=0o600)
    file.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


def _pem(key: PublicKey) -> bytes:
    return key.public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the data centre's sub-commands to `parser`."""
    defaults = ProvinceSettings()
    commands = parser.add_subparsers(dest="task", required=True)
    keys = commands.add_parser("keys", help="make the data centre's keys")
    keys.add_argument("folder", type=Path)
    read = commands.add_parser("read", help="read a station's file, write receipts")
    read.add_argument("file", type=Path)
    read.add_argument("--folder", type=Path, required=True, help="the data centre's keys")
    read.add_argument("--station", type=Path, action="append", required=True, help="public key")
    read.add_argument("--database", type=Path, required=True, help="the province's")
    read.add_argument("--receipts", type=Path, required=True, help="file to write")
    read.add_argument("--user", default=defaults.user, help="login of the window")
    read.add_argument("--password", default=defaults.password, help="its password")


def run(args: argparse.Namespace) -> int:
    """Run the sub-command; returns the exit status."""
    centre = Centre(args.folder)
    try:
        if args.task == "keys":
            sys.stdout.write(f"{centre.make_keys()}\n")
        else:
            _read(centre, args)
    except (RefusedFileError, OSError, ValueError, DatabaseFileError) as exc:
        sys.stderr.write(f"data-centre: {exc}\n")
        return 1
    return 0


def _read(centre: Centre, args: argparse.Namespace) -> None:
    text = args.file.read_text(encoding="ascii")
    opened = centre.open_file(text, known_stations(args.station))
    store = Store(args.database, [], seed=0)
    try:
        desk = Desk(store, Hsm(load_test_keys()), args.user, args.password, china_now, seed=0)
        args.receipts.write_text(centre.answer(opened, desk), encoding="ascii")
    finally:
        store.close()
    sys.stdout.write(f"{opened['count']} {args.receipts}\n")
