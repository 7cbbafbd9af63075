"""No request's body is bigger than 64 KiB, whether or not it says beforehand how big it is.

The body is read before the app sees the request, whatever the path. What is too big is answered with 413 and its
connection closed. Up to a megabyte of it is read and thrown away first: a peer that is still sending when the
connection closes may lose the answer.
Belongs here: that, as ASGI middleware. Keep out: who may ask (access.py), what a body means (routes).
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from liquidity_platform.realtime.api.errors import answer

BIGGEST_BODY = 64 * 1024
THROWN_AWAY = 1024 * 1024


class Bounded:
    """Lets through what is small enough, answers the rest."""

    def __init__(self, app: ASGIApp, most: int = BIGGEST_BODY) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The middleware."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body, size, more = bytearray(), 0, True
        while more and size <= THROWN_AWAY:
            message = await receive()
            if message["type"] == "http.disconnect":
                return  # what is half there is nobody's
            part = message.get("body", b"")
            size, more = size + len(part), message.get("more_body", False)
            if size <= self._most:
                body += part
        if size > self._most:
            refusal = answer(413, f"a body has at most {self._most:,} bytes", headers={"Connection": "close"})
            await refusal(scope, receive, send)
            return
        waiting: list[Message] = [{"type": "http.request", "body": bytes(body), "more_body": False}]

        async def again() -> Message:
            return waiting.pop() if waiting else await receive()

        await self._app(scope, again, send)
