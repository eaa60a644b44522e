"""The Henan dialect as the simulated province's wire format: SOAP, with the desk's own terms."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulators.gateways.henan import soap
from simulators.gateways.henan.soap import AXIS, Binding
from simulators.gateways.henan.wsdl import wsdl
from simulators.province.wire import Request


@dataclass(frozen=True, slots=True)
class SoapWire:
    """See `simulators.province.wire.Wire`.

    Attributes:
        binding: Namespace of the arguments and name of the result.
    """

    binding: Binding = AXIS

    @property
    def path(self) -> str:
        """See `Wire.path`."""
        return soap.SERVICE_PATH

    @property
    def media_type(self) -> str:
        """See `Wire.media_type`."""
        return soap.MEDIA_TYPE

    def describe(self, query: str, address: str) -> bytes | None:
        """See `Wire.describe`: the WSDL at `?wsdl`."""
        return wsdl(address, self.binding) if "wsdl" in query.lower().split("&") else None

    def decode_request(self, body: bytes, headers: Mapping[str, str]) -> Request:
        """See `Wire.decode_request`."""
        return soap.decode_request(
            body,
            headers.get("content-type", ""),
            soap_action=headers.get("soapaction"),
            binding=self.binding,
        )

    def encode_reply(self, fields: Mapping[str, str], operation: str, charset: str) -> bytes:
        """See `Wire.encode_reply`; the answer does not repeat the operation."""
        return soap.encode_answer(soap.encode_reply(fields), charset, binding=self.binding)

    def encode_fault(self, text: str, charset: str, *, code: str = "Client") -> bytes:
        """See `Wire.encode_fault`."""
        return soap.encode_fault(text, charset, code=code)
