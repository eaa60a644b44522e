"""A server that answers exactly what a test tells it to, and the client before it."""

import base64
import contextlib
import dataclasses
import html
import http.server
import queue
import re
import threading
from dataclasses import dataclass, field
from typing import Any

from station.core.gateways import (
    GatewaySettings,
    IssuanceReport,
    ProvinceGateway,
    ReportOutcome,
)
from station.core.secrets import BankNumber
from station.gateways import load_gateway

PERSON = "41070219900307002X"
NAME = "测试甲"
PAN = "6217000000000000018"
PASSWORD = "correct-horse"  # noqa: S105
CARD_ID = "410700AABBCCDDEEFF00112233445566"
ATR = "864904260386496007AABBCCDD"
JPEG = b"\xff\xd8\xff\xe0portrait"
DATA = {
    "社保卡号": "A12345678",
    "国籍": "CHN",
    "证件类型": "01",
    "社会保障号码": PERSON,
    "证件有效期": "20300101",
    "姓名": NAME,
    "性别": "2",
    "民族": "01",
    "出生日期": "19900307",
    "出生地": "410702",
    "经办机构": "新乡市人力资源和社会保障局",
    "申请类型": "5",
    "补换原因": "",
    "制卡日期": "20261122",
    "有效期至": "20361121",
    "服务银行": "95533",
    "服务银行名称": "中国建设银行",
    "发卡地": "410700",
    "相片": base64.b64encode(JPEG).decode(),
}
ISSUED = IssuanceReport(
    outcome=ReportOutcome.ISSUED,
    batch="410702000017",
    AAC002=PERSON,
    AAC003=NAME,
    AAZ500="A12345678",
    AAZ501=CARD_ID,
    AAZ507=ATR,
    AAZ503="20261122",
    valid_until="20361121",
    bank_number=BankNumber(PAN),
)
SPOILED = dataclasses.replace(
    ISSUED, outcome=ReportOutcome.SPOILED, failed_step="制卡", failure="写卡校验不符"
)


def inner(err: str, fields: dict[str, str] | None = None, data: str = "") -> bytes:
    tags = {"ERR": err, **(fields or {})} | ({"DATA": data} if data else {})
    root = "".join(f"<{tag}>{html.escape(text)}</{tag}>" for tag, text in tags.items())
    escaped = html.escape(f"<ROOT>{root}</ROOT>")
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f"<allDsjkReturn>{escaped}</allDsjkReturn></s:Body></s:Envelope>"
    ).encode()


@dataclass
class Script:
    """What the server will answer, and what it was asked."""

    answers: queue.SimpleQueue[tuple[int, bytes]] = field(default_factory=queue.SimpleQueue)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    peers: set[Any] = field(default_factory=set)
    url: str = ""
    silence: threading.Event = field(default_factory=threading.Event)

    def answer(self, err: str, fields: dict[str, str] | None = None, data: str = "") -> None:
        self.answers.put((200, inner(err, fields, data)))

    def operations(self) -> list[str]:
        return [re.findall("<操作>(.*?)</操作>", request)[0] for request in self.asked]


def handler(script: Script) -> type[http.server.BaseHTTPRequestHandler]:
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            size = int(self.headers["Content-Length"])
            request = self.rfile.read(size).decode()
            script.asked.append(html.unescape(re.findall("<in0>(.*?)</in0>", request, re.S)[0]))
            script.headers.append(dict(self.headers))
            script.peers.add(self.client_address)
            status, body = script.answers.get(timeout=5)
            if status == 0:  # says nothing until the test ends
                script.silence.wait(10)
                self.close_connection = True
                return
            if status == 1:  # promises more than it sends
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n" + body)
                self.close_connection = True
                return
            self.send_response(status)
            self.send_header("Content-Type", "text/xml; charset=utf-8")
            self.send_header("Location", "http://127.0.0.1:9/elsewhere")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *args: object) -> None:
            pass

    return Handler


def settings(url: str, timeout: float = 5.0) -> GatewaySettings:
    return GatewaySettings(url, user="window1", password=PASSWORD, region="410702", timeout=timeout)


def opened(url: str, timeout: float = 5.0) -> contextlib.closing[ProvinceGateway]:
    return contextlib.closing(load_gateway("henan").open(settings(url, timeout)))
