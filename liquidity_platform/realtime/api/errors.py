"""The one shape of every error the API answers: `{"error": {"code": ..., "message": ...}}`.

Belongs here: the exception, its codes, turning the framework's errors into the same shape. Keep out: routes.
"""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

_CODES = {400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed", 409: "conflict",
          413: "too_large", 422: "invalid", 503: "unavailable"}  # fmt: skip


class ErrorDetail(BaseModel):
    """What went wrong: a word for programs, a sentence for people."""

    code: str
    message: str


class ErrorBody(BaseModel):
    """Every error's body."""

    error: ErrorDetail


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code or _CODES.get(status, "error")


_SAID = {
    400: "The body is not JSON",
    401: "A token is wanted",
    404: "There is no such thing",
    413: "The body is too big",
    422: "Refused; the sentence says what to change",
    503: "The journal cannot be written now",
}
ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": words} for status, words in _SAID.items()
}


def answer(
    status: int, message: str, code: str | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """The error as a response. Half a character (a lone surrogate), which UTF-8 has not, is shown escaped."""
    message = message.encode("utf-8", "backslashreplace").decode()
    body = {"error": {"code": code or _CODES.get(status, "error"), "message": message}}
    return JSONResponse(body, status, dict(headers) if headers else None)


def add_handlers(app: FastAPI) -> None:
    """Give every error of `app` this shape."""

    @app.exception_handler(ApiError)
    async def _ours(_: Request, error: ApiError) -> JSONResponse:
        return answer(error.status, error.message, error.code)

    @app.exception_handler(RequestValidationError)
    async def _shape(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer(422, said(error.errors()))

    @app.exception_handler(HTTPException)
    async def _framework(_: Request, error: HTTPException) -> JSONResponse:
        return answer(error.status_code, str(error.detail), headers=error.headers)


def said(errors: Any) -> str:
    """pydantic's findings as one sentence that names the fields, not the values."""
    parts = []
    for one in list(errors)[:5]:
        where = ".".join(str(part) for part in one["loc"] if part not in ("body", "query", "path"))
        parts.append(f"{where}: {one['msg']}" if where else one["msg"])
    return "; ".join(parts)
