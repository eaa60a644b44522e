"""Errors as `application/problem+json` (RFC 9457), in one place."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import Field
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse
from starlette.routing import Match, Mount
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from station.api.models.shown import Shown
from station.core.errors import StationError
from station.core.errors.calls import RevisionChangedError
from station.words import explain, text

log = logging.getLogger(__name__)

MEDIA_TYPE: Final = "application/problem+json"
NO_DETAILS: Final[Mapping[str, str]] = MappingProxyType({})


class ProblemDetails(Shown):
    """What every error answer holds."""

    type: str = Field(description="`urn:station:problem:` and the code.")
    title: str = Field(description="What happened, in the operator's words.")
    status: int
    detail: str = Field(description=text("api.problem-detail"))
    code: str = Field(description="Stable, kebab-case.")
    remedy: str = Field(description=text("api.problem-remedy"))
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


def problem_details(
    code: str,
    status: int,
    details: Mapping[str, str] = NO_DETAILS,
    fields: list[str] | None = None,
) -> ProblemDetails:
    """Return what an error answer holds."""
    told = explain(code, details)
    return ProblemDetails(
        type=f"urn:station:problem:{code}",
        title=told.title,
        status=status,
        detail=told.cause,
        code=code,
        remedy=told.remedy,
        fields=fields or [],
    )


def problem_response(
    code: str,
    status: int,
    details: Mapping[str, str] = NO_DETAILS,
    fields: list[str] | None = None,
    retry_after: int | None = None,
) -> JSONResponse:
    """Return one error answer; `retry_after` seconds are told in the header of that name."""
    body = problem_details(code, status, details, fields)
    headers = None if retry_after is None else {"Retry-After": str(retry_after)}
    return JSONResponse(
        body.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def install_problem_handlers(app: FastAPI) -> None:
    """Have every error of the application answered here."""

    @app.exception_handler(StationError)
    def _station(request: Request, exc: StationError) -> JSONResponse:
        log.info("refused: %s", exc.code, extra={"action": "refused", "path": request.url.path})
        answer = problem_response(
            exc.code, exc.http_status, exc.details, retry_after=exc.retry_after
        )
        if isinstance(exc, RevisionChangedError):
            answer.headers["ETag"] = f'"{exc.details["revision"]}"'
        return answer

    @app.exception_handler(RequestValidationError)
    def _request(request: Request, exc: RequestValidationError) -> JSONResponse:
        # Where and why, never the value: it may be somebody's number.
        del request
        fields = [f"{'.'.join(map(str, error['loc']))}: {error['msg']}" for error in exc.errors()]
        return problem_response("input-invalid", 422, fields=fields)

    @app.exception_handler(HTTPException)
    def _http(request: Request, exc: HTTPException) -> JSONResponse:
        code = _CODES.get(exc.status_code, "input-invalid")
        answer = problem_response(code, exc.status_code, fields=[str(exc.detail)])
        answer.headers.update(exc.headers or {})
        if exc.status_code == 405:
            answer.headers["Allow"] = _allowed(request, answer.headers.get("Allow", ""))
        return answer


def _allowed(request: Request, found: str) -> str:
    # The router names the methods of the first route that has this path; others may have it too.
    routes = [one for one in request.app.router.routes if not isinstance(one, Mount)]
    base = {key: request.scope[key] for key in ("type", "path", "headers")}
    methods = {one.strip() for one in found.split(",") if one.strip()}
    for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"):
        if any(one.matches({**base, "method": method})[0] is Match.FULL for one in routes):
            methods.add(method)
    return ", ".join(sorted(methods))


class DefectGuard:
    """Answers a defect of the program as a problem, inside the layers that add headers to answers.

    The handler that the framework offers for this is outside them: its answer could be stored by
    the browser, and the script of a paired page could not read it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the request; log an unexpected error with its trace and answer 500."""
        started = False

        async def send_and_note(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, send_and_note)
        except Exception:
            if started or scope["type"] != "http":
                raise
            log.exception("defect in a request", extra={"action": "defect", "path": scope["path"]})
            await problem_response(StationError.code, 500)(scope, receive, send)
