"""A real S3-compatible store (SeaweedFS, from a wheel) on free loopback ports; requests must be signed.

Belongs here: starting and ending it. Keep out: what is kept in it.
"""

import json
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEY, SECRET, BUCKET = "tests-key", "tests-secret", "kept"
_PARTS = ("master", "volume", "filer", "s3")


@dataclass(frozen=True, slots=True)
class S3Server:
    """Where it is, and with what it may be asked."""

    endpoint: str
    key: str = KEY
    secret: str = SECRET
    bucket: str = BUCKET


@contextmanager
def s3_server(folder: Path) -> Iterator[S3Server]:
    """A store whose bucket is made by the first write, while the block runs."""
    actions = ["Admin", "Read", "Write", "List"]
    user = {"name": "tests", "credentials": [{"accessKey": KEY, "secretKey": SECRET}], "actions": actions}
    (folder / "s3.json").write_text(json.dumps({"identities": [user]}))
    ports = _free_ports(2 * len(_PARTS))
    words = [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3", f"-s3.config={folder / 's3.json'}",
             "-master.volumeSizeLimitMB=64", "-s3.port.iceberg=0"]  # fmt: skip
    for part, port, wire in zip(_PARTS, ports[::2], ports[1::2], strict=True):
        words += [f"-{part}.port={port}", f"-{part}.port.grpc={wire}"]
    program = Path(sys.executable).with_name("weed")
    with (folder / "said").open("wb") as said:
        process = subprocess.Popen([str(program), "server", *words], stdout=said, stderr=said, cwd=folder)
        try:
            yield _ready(S3Server(f"http://127.0.0.1:{ports[-2]}"), process)
        finally:
            process.kill()  # it takes long to end well, and its data is thrown away
            process.wait()


def _free_ports(count: int) -> list[int]:
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [taken.getsockname()[1] for taken in held]
    for taken in held:
        taken.close()
    return ports


def _ready(server: S3Server, process: "subprocess.Popen[bytes]") -> S3Server:
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{server.endpoint}/healthz", timeout=1).close()
            return server
        except urllib.error.HTTPError:
            return server  # it answers
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the S3 server did not start")
