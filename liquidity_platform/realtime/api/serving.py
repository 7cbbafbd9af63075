"""Serving the API on a port until a signal ends it.

Belongs here: the listening socket, uvicorn's settings, signals. Keep out: routes (app.py), the sidecar.
"""

import asyncio
import contextlib
import signal
import socket
from collections.abc import Iterator

import uvicorn
from starlette.types import ASGIApp

from liquidity_platform.core.errors import LiquidityError

_PATIENCE_S = 3  # for answers under way when the end comes


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host`, in IPv6 too. Raises LiquidityError when the port is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # asyncio sends at once only with TCP
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        raise LiquidityError(f"{host}:{port} cannot be used ({error.strerror}); set LIQUIDITY_API__PORT") from None
    return listening


async def serve(app: ASGIApp, listening: socket.socket) -> None:
    """Answer until SIGINT or SIGTERM, then return: what else runs on the loop ends in its own order."""
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        ws_max_size=1 << 16,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=_PATIENCE_S,
    )  # short messages, mostly on this machine: packing them costs more than it saves
    server = _Server(config)
    for one in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(one, server.end)
    await server.serve(sockets=[listening])


class _Server(uvicorn.Server):
    """uvicorn's own would raise the signal once more when it is done, and kill what has not written its state yet."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    def end(self) -> None:
        self.force_exit = self.should_exit  # told twice: do not wait for those who are connected
        self.should_exit = True
