"""Errors as `application/problem+json` (RFC 9457), in one place."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from station.core.errors import StationError
from station.core.operator_text import explain

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
NO_DETAILS: Final[Mapping[str, str]] = MappingProxyType({})


class ProblemDetails(BaseModel):
    """What every error answer holds."""

    type: str = Field(description="`urn:station:problem:` and the code.")
    title: str = Field(description="What happened, in the operator's words.")
    status: int
    detail: str = Field(description="原因.")
    code: str = Field(description="Stable, kebab-case.")
    remedy: str = Field(description="怎么办.")
    fields: list[str] = Field(
        default=[], description="Wrong fields of the request, without their values."
    )


#: For `responses=` of every route.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"model": ProblemDetails, "description": "Refused; nothing was changed."},
    "5XX": {"model": ProblemDetails, "description": "A device, the province or the journal."},
}


def problem_response(
    code: str,
    status: int,
    details: Mapping[str, str] = NO_DETAILS,
    fields: list[str] | None = None,
    retry_after: int | None = None,
) -> JSONResponse:
    """Return one error answer; `retry_after` seconds are told in the header of that name."""
    text = explain(code, details)
    body = ProblemDetails(
        type=f"urn:station:problem:{code}",
        title=text.title,
        status=status,
        detail=text.cause,
        code=code,
        remedy=text.remedy,
        fields=fields or [],
    )
    headers = None if retry_after is None else {"Retry-After": str(retry_after)}
    return JSONResponse(
        body.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Have every error of the application answered here."""

    @app.exception_handler(StationError)
    def _station(request: Request, exc: StationError) -> JSONResponse:
        log.info("refused: %s", exc.code, extra={"action": "refused", "path": request.url.path})
        return problem_response(exc.code, exc.http_status, exc.details, retry_after=exc.retry_after)

    @app.exception_handler(RequestValidationError)
    def _request(request: Request, exc: RequestValidationError) -> JSONResponse:
        # Where and why, never the value: it may be somebody's number.
        del request
        fields = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors()]
        return problem_response("input-invalid", 422, fields=fields)

    @app.exception_handler(HTTPException)
    def _http(request: Request, exc: HTTPException) -> JSONResponse:
        del request
        code = "order-not-found" if exc.status_code == 404 else "input-invalid"
        return problem_response(code, exc.status_code, fields=[str(exc.detail)])
