"""A total time for an HTTP answer, whatever it consists of: headers sent byte by byte, a body that never ends.

httpx bounds each read by itself; a server that sends a byte now and then is never silent for long enough. Here every
read of the connection is also bounded by a deadline.
Belongs here: that. Keep out: requests, what becomes of a time-out.
"""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx


class Deadline:
    """An instant after which a connection is no longer read. None is set to begin with."""

    def __init__(self) -> None:
        self._at = float("inf")

    def set(self, seconds: float) -> None:
        """So many seconds from now."""
        self._at = time.monotonic() + seconds

    def left_s(self) -> float:
        """Seconds to go; negative afterwards."""
        return self._at - time.monotonic()

    def passed(self) -> bool:
        """True when it is over."""
        return self.left_s() <= 0

    def within(self, timeout: float | None) -> float:
        """`timeout`, cut to what is left. Raises httpcore.ReadTimeout when nothing is."""
        left = self.left_s()
        if left <= 0:
            raise httpcore.ReadTimeout("the answer took too long")
        return left if timeout is None else min(timeout, left)


class _Stream(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.within(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.within(timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, self._deadline.within(timeout))
        return _Stream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


class _Backend(httpcore.NetworkBackend):
    def __init__(self, inner: httpcore.NetworkBackend, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def connect_tcp(
        self, host: str, port: int, timeout: float | None = None, local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:  # fmt: skip
        within = self._deadline.within(timeout)
        return _Stream(self._inner.connect_tcp(host, port, within, local_address, socket_options), self._deadline)


def bound(client: httpx.Client) -> Deadline:
    """The deadline under which everything that `client` reads stands from now on.

    httpx has no public place for it: the pools of its transports, those for proxies included, are given our backend.
    """
    deadline = Deadline()
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, httpx.HTTPTransport):
            pool: Any = transport._pool
            pool._network_backend = _Backend(pool._network_backend, deadline)
    return deadline
