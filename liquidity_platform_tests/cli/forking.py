"""Commands as real processes that need not import everything anew: each is a fork of one that has.

Importing is two thirds of a short command's time, four seconds of a long one's, and tests run hundreds. A fork has its
own environment, working folder, output and exit code, and is what the process would be once it has imported its
libraries. The first command of each kind is run from its script all the same (conftest.py).
Belongs here: the process that forks, and asking it. Keep out: what commands do, which of them are forked.
"""

import atexit
import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

# what reads no environment when it is imported; the registry of metrics reads a file of the home's
LIBRARIES = (
    "alembic.command", "liquidity_platform.cli.main", "liquidity_platform.catalog.series",
    "liquidity_platform.catalog.instruments", "liquidity_platform.sources.registry",
    "liquidity_platform.warehouse.connect", "liquidity_platform.warehouse.read", "polars", "psycopg", "rich.table",
    "sqlalchemy",
)  # fmt: skip
# what long commands need besides: imported when the first of them comes
LONG = ("demo", "daily", "backfill")
HEAVY = ("dagster", "dagster_dbt", "dagster_postgres", "pandera.polars")
TOO_EARLY = "liquidity_platform.derived.registry"


class Forks:
    """The process that forks, as seen from a test process; a context manager."""

    def __enter__(self) -> "Forks":
        self._process = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(
        self, words: tuple[str, ...], environment: Mapping[str, str], cwd: Path, limit_s: float
    ) -> "subprocess.CompletedProcess[str]":
        """Run `liquidity` with `words`. Raises TimeoutExpired; the command is killed then."""
        assert self._process.stdin
        assert self._process.stdout
        with TemporaryDirectory() as folder:
            asked = {"words": words, "environment": dict(environment), "cwd": str(cwd), "folder": folder}
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
            pid = int(self._process.stdout.readline())
            late = threading.Timer(limit_s, os.kill, (pid, 9))
            late.start()
            code = int(self._process.stdout.readline())
            late.cancel()
            if code == -9:
                raise subprocess.TimeoutExpired(words, limit_s)
            out, err = (Path(folder, name).read_text() for name in ("out", "err"))
        return subprocess.CompletedProcess(["liquidity", *words], code, out, err)


def _serve() -> None:
    """Fork for every line of stdin; answers the child's pid, and its exit code when it has ended."""
    _import(LIBRARIES)
    for line in sys.stdin:
        asked = json.loads(line)
        if asked["words"][0] in LONG:
            _import(HEAVY)
        pid = os.fork()
        if pid == 0:
            _become(asked)
        print(pid, flush=True)
        _, status = os.waitpid(pid, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _import(names: tuple[str, ...]) -> None:
    for name in names:
        __import__(name)
    assert TOO_EARLY not in sys.modules
    assert threading.active_count() == 1


def _become(asked: dict[str, Any]) -> None:
    """Be the command: never returns."""
    code = 1
    try:
        os.chdir(asked["cwd"])
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, name in ((1, "out"), (2, "err")):
            os.dup2(os.open(Path(asked["folder"], name), os.O_WRONLY | os.O_CREAT), number)
        sys.argv = ["liquidity", *asked["words"]]
        from liquidity_platform.cli.main import main

        main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
    except BaseException:
        traceback.print_exc()
    finally:
        atexit._run_exitfuncs()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    _serve()
