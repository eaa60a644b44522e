"""The service's description, as Axis and CXF serve it at `?wsdl`.

Source: WSDL 1.1, document/literal wrapped; docs/explanations/dialect-henan.md, "Transport".
"""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from simulators.gateways.henan.soap import METHOD, SERVICE_NAMESPACE, Binding


def wsdl(address: str, binding: Binding) -> bytes:
    """Return the WSDL of the service at `address`."""
    form = "qualified" if binding.qualified else "unqualified"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<wsdl:definitions name="CardService" targetNamespace="{SERVICE_NAMESPACE}"
    xmlns:tns="{SERVICE_NAMESPACE}" xmlns:wsdl="http://schemas.xmlsoap.org/wsdl/"
    xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xsd="http://www.w3.org/2001/XMLSchema">
  <wsdl:types>
    <xsd:schema targetNamespace="{SERVICE_NAMESPACE}" elementFormDefault="{form}">
      <xsd:element name="{METHOD}"><xsd:complexType><xsd:sequence>
        <xsd:element name="in0" type="xsd:string"/>
      </xsd:sequence></xsd:complexType></xsd:element>
      <xsd:element name="{METHOD}Response"><xsd:complexType><xsd:sequence>
        <xsd:element name="{binding.result}" type="xsd:string"/>
      </xsd:sequence></xsd:complexType></xsd:element>
    </xsd:schema>
  </wsdl:types>
  <wsdl:message name="{METHOD}Request">
    <wsdl:part name="parameters" element="tns:{METHOD}"/>
  </wsdl:message>
  <wsdl:message name="{METHOD}Response">
    <wsdl:part name="parameters" element="tns:{METHOD}Response"/>
  </wsdl:message>
  <wsdl:portType name="CardService">
    <wsdl:operation name="{METHOD}">
      <wsdl:input message="tns:{METHOD}Request"/>
      <wsdl:output message="tns:{METHOD}Response"/>
    </wsdl:operation>
  </wsdl:portType>
  <wsdl:binding name="CardServiceSoapBinding" type="tns:CardService">
    <soap:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <wsdl:operation name="{METHOD}">
      <soap:operation soapAction=""/>
      <wsdl:input><soap:body use="literal"/></wsdl:input>
      <wsdl:output><soap:body use="literal"/></wsdl:output>
    </wsdl:operation>
  </wsdl:binding>
  <wsdl:service name="CardService">
    <wsdl:port name="CardService" binding="tns:CardServiceSoapBinding">
      <soap:address location={quoteattr(address)}/>
    </wsdl:port>
  </wsdl:service>
</wsdl:definitions>
""".encode()
