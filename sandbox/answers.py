"""How Butterboard reads a request and words an answer: JSON both ways, every refusal in one shape."""

from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.butterboard import Refusal

MOST_BYTES = 256 * 1024
Handler = Callable[[Request], Awaitable[Response]]


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(value), status, dict(headers or {}), "application/json")


def refusal(problem: Refusal, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal: what is wrong, with which field, in words that do not change."""
    error: dict[str, object] = {"code": problem.code, "message": problem.message}
    if problem.field:
        error["field"] = problem.field
    return answer({"error": error}, problem.status, {**(headers or {}), **problem.headers})


async def body_of(request: Request) -> dict[str, object]:
    """The JSON object that was sent; Refusal 413, 415 or 400."""
    if "json" not in request.headers.get("content-type", ""):
        raise Refusal(415, "not_json", "send application/json")
    size = request.headers.get("content-length", "")
    if size.isdecimal() and int(size) > MOST_BYTES:
        raise _too_large()
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            raise _too_large()
    try:
        value = msgspec.json.decode(bytes(body))
    except msgspec.DecodeError as error:
        raise Refusal(400, "bad_json", f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Refusal(400, "bad_json", "the body must be a JSON object")
    return value


def number_in(request: Request, name: str, default: int, most: int) -> int:
    """A whole number of the query, from 0 to `most`; Refusal 400."""
    text = request.query_params.get(name, "")
    if not text:
        return default
    if not text.isdecimal() or len(text) > 12:
        raise Refusal(400, "bad_parameter", f"{name} must be a whole number, got {text[:40]!r}", name)
    return min(int(text), most)


def refusing(handler: Handler) -> Handler:
    """A handler whose refusals become answers."""

    async def endpoint(request: Request) -> Response:
        try:
            return await handler(request)
        except Refusal as problem:
            return refusal(problem)

    return endpoint


def basic_only(request: Request, password: str) -> None:
    """Refusal 401 unless the user `monitor` sent this password."""
    expected = "Basic " + b64encode(f"monitor:{password}".encode()).decode()
    if request.headers.get("authorization") != expected:
        headers = {"WWW-Authenticate": 'Basic realm="sandbox"'}
        raise Refusal(401, "unauthorized", "user name or password is wrong", headers=headers)


def _too_large() -> Refusal:
    return Refusal(413, "too_large", f"the body is larger than {MOST_BYTES} bytes")
