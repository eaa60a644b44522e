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


_SCHEMA: Final = {"$ref": f"#/components/schemas/{ProblemDetails.__name__}"}
_CONTENT: Final = {MEDIA_TYPE: {"schema": _SCHEMA}}
#: For `responses=` of every route.
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {"content": _CONTENT, "description": "Refused; nothing was changed."},
    "5XX": {"content": _CONTENT, "description": "A device, the province or the journal."},
}
#: What the server itself says of a request that reaches no operation.
_CODES: Final = {404: "route-not-found", 405: "method-not-allowed"}


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
        code = _CODES.get(exc.status_code, "input-invalid")
        answer = problem_response(code, exc.status_code, fields=[str(exc.detail)])
        answer.headers.update(exc.headers or {})  # 405 tells what is allowed
        return answer

    @app.exception_handler(Exception)
    def _defect(request: Request, exc: Exception) -> JSONResponse:
        # Logged with its trace by the server around the application, which raises it again.
        del request, exc
        return problem_response(StationError.code, 500)


def document_problems(app: FastAPI) -> None:
    """Add the form of an error answer to the OpenAPI document; no model of a route names it."""
    described = app.openapi

    def with_problems() -> dict[str, Any]:
        document = described()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        schemas.setdefault(ProblemDetails.__name__, ProblemDetails.model_json_schema())
        return document

    app.openapi = with_problems  # type: ignore[method-assign]
