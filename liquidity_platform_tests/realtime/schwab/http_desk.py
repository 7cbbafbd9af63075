"""A small HTTP/1.1 server on asyncio, for the stand-in: real sockets, one answer a connection.

Belongs here: reading a request, writing an answer. Keep out: what Schwab says (standin.py).
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Request:
    """One request. Query and form as plain mappings, the last value of a name wins."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    form: dict[str, str]


@dataclass
class Reply:
    """One answer."""

    status: int = 200
    body: bytes = b"{}"
    headers: dict[str, str] = field(default_factory=dict)


async def serve_http(answer: Callable[[Request], Reply], host: str = "127.0.0.1", port: int = 0) -> asyncio.Server:
    """A server that answers every request with `answer`; it runs until closed."""

    async def converse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            reply = answer(await _read(reader))
            head = [f"HTTP/1.1 {reply.status} Status", f"Content-Length: {len(reply.body)}", "Connection: close"]
            head += ["Content-Type: application/json", *(f"{name}: {value}" for name, value in reply.headers.items())]
            writer.write("\r\n".join([*head, "", ""]).encode() + reply.body)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, ValueError, IndexError):
            pass  # a caller that hung up, or spoke something else
        finally:
            writer.close()

    return await asyncio.start_server(converse, host, port)


async def _read(reader: asyncio.StreamReader) -> Request:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, target, _ = head[0].split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:]) if name}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    parts = urlsplit(target)
    return Request(method, parts.path, _flat(parts.query), headers, _flat(body.decode()))


def _flat(text: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(text, keep_blank_values=True).items()}
