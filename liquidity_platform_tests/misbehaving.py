"""A publisher on loopback that behaves badly, byte by byte: what no well-made server library would send.

Belongs here: the server, and each way of misbehaving as a function that writes to a connection. Keep out: clients.
"""

import gzip
import itertools
import socket
import ssl
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

Manner = Callable[[socket.socket], None]
LOGIN = b"<!DOCTYPE html><html><body><form>Sign in to the hotel's network</form></body></html>"


class Misbehaving:
    """Answers every request on a free loopback port in one manner; `asked` are the request lines."""

    def __init__(self, manner: Manner, certificate: Path | None = None) -> None:
        self.manner = manner
        self.asked: list[str] = []
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER) if certificate else None
        if self._tls and certificate:
            self._tls.load_cert_chain(certificate)
        self._listening = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self._listening.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                connection, _ = self._listening.accept()
                threading.Thread(target=self._answer, args=(connection,), daemon=True).start()

    def _answer(self, connection: socket.socket) -> None:
        with suppress(OSError), connection:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                if not (got := connection.recv(65536)):
                    return
                request += got
            self.asked.append(request.split(b"\r\n", 1)[0].decode())
            self.manner(connection)


def says(body: bytes, status: str = "200 OK", *headers: str) -> Manner:
    """One whole answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return lambda connection: connection.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)


def hangs_up(connection: socket.socket) -> None:
    """Nothing at all."""


def breaks_off(connection: socket.socket) -> None:
    """Less than was announced."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + b"observation_date,WALCL\n2022-04-13,89")


def talks_nonsense(connection: socket.socket) -> None:
    """No HTTP."""
    connection.sendall(b"SSH-2.0-OpenSSH_9.2\r\n" * 3)


def drips_headers(connection: socket.socket) -> None:
    """A header that never ends, a byte now and then."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nX-Slow: ")
    while True:
        connection.sendall(b"x")
        time.sleep(0.02)


def drips_body(connection: socket.socket) -> None:
    """A body that comes a byte now and then."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
    for sign in itertools.cycle(b"observation_date,WALCL\n"):
        connection.sendall(bytes([sign]))
        time.sleep(0.02)


def drips_gzip(connection: socket.socket) -> None:
    """Packed bytes that never unpack to anything: the file name in gzip's own header goes on and on."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + b"\x1f\x8b\x08\x08" + b"\0" * 6)
    while True:
        connection.sendall(b"name")
        time.sleep(0.02)


def never_ends(connection: socket.socket) -> None:
    """As fast as it is read, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nobservation_date,WALCL\n")
    while True:
        connection.sendall(b"2022-04-13,8965487\n" * 1000)


def bomb(connection: socket.socket) -> None:
    """100 KB that unpack to 100 MB."""
    says(gzip.compress(bytes(100 << 20), 9), "200 OK", "Content-Encoding: gzip")(connection)


def double_bomb(connection: socket.socket) -> None:
    """Half a kilobyte that unpacks to 100 MB when it is unpacked twice, as its header asks for."""
    packed = gzip.compress(gzip.compress(bytes(100 << 20), 9), 9)
    says(packed, "200 OK", "Content-Encoding: gzip, gzip")(connection)
