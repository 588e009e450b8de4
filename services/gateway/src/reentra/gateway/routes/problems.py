"""Trouble as problem details (RFC 9457): what happened, to what, what to do next. Never a stack, never a secret."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from reentra.common.errors import ReentraError, in_plain_words
from reentra.gateway.errors import TITLES, status_of

MEDIA_TYPE = "application/problem+json"
_SHOWN_FIELDS = ("job_id", "tenant_id", "after_seconds", "plan_id")
log = structlog.get_logger()


class FieldProblem(BaseModel):
    """One thing that is wrong with the request."""

    location: str = Field(examples=["body.frequency_minutes"])
    message: str = Field(examples=["Input should be a valid integer"])


class Problem(BaseModel):
    """RFC 9457. `code` is stable; `detail` is for people."""

    type: str = "about:blank"
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["There is no snapshot 12. The list of snapshots shows what there is."])
    code: str = Field(examples=["not_found"])
    request_id: str | None = None
    errors: list[FieldProblem] | None = None
    job_id: str | None = None
    tenant_id: str | None = None
    plan_id: str | None = None
    after_seconds: float | None = None


def problem(
    request: Request, status: int, code: str, detail: str, *, more: Mapping[str, Any], headers: Mapping[str, str]
) -> JSONResponse:
    body = Problem(
        title=TITLES.get(status, "Something went wrong"),
        status=status,
        detail=detail,
        code=code,
        request_id=getattr(request.state, "request_id", None),
        **more,
    )
    content = body.model_dump(exclude_none=True)
    return JSONResponse(content, status, headers=dict(headers), media_type=MEDIA_TYPE)


def add_problem_handlers(app: FastAPI) -> None:
    @app.exception_handler(ReentraError)
    async def refused(request: Request, error: ReentraError) -> JSONResponse:
        status = status_of(error)
        if status >= 500:
            log.warning("request failed", code=error.code, reason=error.message, path=request.url.path)
        headers = _headers(status, error)
        more = {name: error.fields[name] for name in _SHOWN_FIELDS if error.fields.get(name) is not None}
        return problem(request, status, error.code, error.message, more=more, headers=headers)

    @app.exception_handler(RequestValidationError)
    async def not_valid(request: Request, error: RequestValidationError) -> JSONResponse:
        if isinstance(error.body, bytes):  # left as it came, because its Content-Type is another
            detail = "The body has to be JSON, with the header `Content-Type: application/json`."
            return problem(request, 415, "unsupported_media_type", detail, more={}, headers={})
        errors = [FieldProblem(location=_location(e["loc"]), message=_message(e)) for e in error.errors()]
        first = errors[0] if errors else FieldProblem(location="request", message="not valid")
        detail = f"The request is not valid: {first.location}: {first.message}."
        return problem(request, 422, "rejected", detail, more={"errors": errors}, headers={})

    @app.exception_handler(HTTPException)
    async def http_refused(request: Request, error: HTTPException) -> JSONResponse:
        code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "rejected")
        details = {404: "There is nothing at this address.", 405: f"This address takes no {request.method} requests."}
        detail = details.get(error.status_code, f"{error.detail}.")
        return problem(request, error.status_code, code, detail, more={}, headers=error.headers or {})

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> JSONResponse:
        log.error("request broke", path=request.url.path, exc_info=error)
        detail = "Something went wrong inside Reentra. The log has the details under this request id."
        return problem(request, 500, "error", detail, more={}, headers={})


def _headers(status: int, error: ReentraError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if status == 416:
        headers["Content-Range"] = f"bytes */{error.fields.get('size', '*')}"
    after = error.fields.get("after_seconds")
    if isinstance(after, int | float) and status in (429, 503):
        headers["Retry-After"] = str(max(1, round(after)))
    return headers


def _message(error: Mapping[str, Any]) -> str:
    return "There is no such property" if error["type"] == "extra_forbidden" else in_plain_words(error["msg"])


def _location(parts: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in parts)
