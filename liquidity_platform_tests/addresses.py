"""Addresses of databases as the different drivers take them, and ports. Keep out: starting servers (conftest)."""

import random
import socket

from sqlalchemy.engine import make_url


def plain(url: str) -> str:
    """The address as libpq takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def free_port() -> int:
    """A loopback port for a process to be started, below those that the system gives to whoever asks for any.

    One of the system's own may be somebody else's before the process takes it: tests run side by side.
    """
    while True:
        port = random.SystemRandom().randrange(10_000, 32_000)
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                continue
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
