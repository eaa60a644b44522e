"""What every route needs: the service, and who is calling."""

from __future__ import annotations

import re
from typing import Annotated, Final
from urllib.parse import unquote

from fastapi import Depends, Header, Request

from station.core.errors import InputError
from station.core.limits import PERSON_NAME
from station.production.services.service import ProductionService


def service_of(request: Request) -> ProductionService:
    """Return the station's service."""
    service: ProductionService = request.app.state.service
    return service


NAME: Final = re.compile(PERSON_NAME)


def actor_of(
    x_operator: Annotated[
        str,
        Header(
            max_length=768,
            description="Who presses the button: UTF-8, percent-encoded where it is not ASCII.",
            examples=["zhang.san", "%E5%BC%A0%E4%B8%89"],
        ),
    ] = "window",
) -> str:
    """Return the operator's name for the audit trail, as it was before it was encoded.

    HTTP carries ASCII in headers (RFC 9110 5.5): a Chinese name is percent-encoded (RFC 3986 2.5).

    Raises:
        InputError: It is no name, or not encoded like this.
    """
    try:
        name = unquote(x_operator, errors="strict")
    except UnicodeDecodeError:
        name = ""
    if not x_operator.isascii() or not NAME.fullmatch(name):
        raise InputError("X-Operator is not a name in percent-encoded UTF-8")
    return name


Service = Annotated[ProductionService, Depends(service_of)]
Actor = Annotated[str, Depends(actor_of)]
