"""What every route needs: the service, and who is calling."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Request

from station.production.service import ProductionService


def service_of(request: Request) -> ProductionService:
    """Return the station's service."""
    service: ProductionService = request.app.state.service
    return service


def actor_of(
    x_operator: Annotated[
        str, Header(pattern=r"^[\w.@-]{1,64}$", description="Who presses the button.")
    ] = "window",
) -> str:
    """Return the operator's name for the audit trail."""
    return x_operator


Service = Annotated[ProductionService, Depends(service_of)]
Actor = Annotated[str, Depends(actor_of)]
