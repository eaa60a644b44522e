"""Answers of a province that say nothing, read by the station's own gateway of Henan."""

from __future__ import annotations

import html
from typing import Final

from station.core.gateways import GatewaySettings
from station.gateways.henan.client import HenanGateway
from station.gateways.henan.mapping import read_dialect
from station.transport.http import HttpAnswer

#: Said after the report was committed: a busy server, an error of the database, nothing at all.
LIES: Final = ("系统繁忙", "ORA-00060: deadlock detected while waiting for resource", "")


def _envelope(err: str) -> bytes:
    inner = html.escape(f"<ROOT><ERR>{html.escape(err)}</ERR></ROOT>")
    return (
        '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/">'
        f"<soapenv:Body><allDsjkReturn>{inner}</allDsjkReturn></soapenv:Body></soapenv:Envelope>"
    ).encode()


class LyingWire(HenanGateway):
    """The gateway over a wire on which every answer is `answer`."""

    def __init__(self) -> None:
        nowhere = GatewaySettings(
            url="http://127.0.0.1:1/", user="", password="", region="410700", timeout=1.0
        )
        super().__init__(nowhere, read_dialect())
        self.answer = ""

    def _post(self, body: bytes) -> HttpAnswer:
        del body
        return HttpAnswer(200, "text/xml; charset=utf-8", _envelope(self.answer))
