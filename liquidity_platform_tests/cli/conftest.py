"""What the command's tests share: a handful of real files, a filled home, and the command itself."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

import pytest

from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.cli.forking import LONG, Forks
from liquidity_platform_tests.running import until

DATA = Path(os.environ.get("LIQUIDITY_TEST_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
FEW = ("WALCL", "WDTGAL", "RRPONTSYD", "SOFR", "IORB", "NFCI")
LIMIT_S = 600.0
TELLING = {"--as-of", "--chart", "--help", "--late", "--payload", "--recorded", "--verify", "--with-archive"}
STARTED: set[tuple[str, ...]] = set()
Command = Callable[..., "subprocess.CompletedProcess[str]"]


def surroundings(home: Path, measured: bool = False, **environment: str) -> dict[str, str]:
    """The environment of a command for `home`; coverage would double the time of a long one."""
    unwanted = ("LIQUIDITY_", "DAGSTER_") + (() if measured else ("COVERAGE_",))
    clean = {name: value for name, value in os.environ.items() if not name.startswith(unwanted)}
    return {**clean, "LIQUIDITY_HOME": str(home), **environment}


def command(home: Path, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the real `liquidity` for `home`: the first of each kind from its script.

    Coverage looks at the short ones of those; the others are forks of a process that has imported what they need.
    """
    kind = (*(word for word in words[:2] if word.islower() and word.isalpha()), *sorted(TELLING & {*words}))
    if kind in STARTED:
        return forks().run(words, surroundings(home, **environment), home.parent, LIMIT_S)
    STARTED.add(kind)
    return subprocess.run(
        [str(Path(sys.executable).with_name("liquidity")), *words],
        env=surroundings(home, words[0] not in LONG, **environment),
        capture_output=True, text=True, timeout=LIMIT_S, cwd=home.parent,
    )  # fmt: skip


@cache
def forks() -> Forks:
    """The process that forks, one a test process; it ends when this one does, since its input ends then."""
    return Forks().__enter__()


@pytest.fixture(scope="session")
def data() -> Path:
    """The folder of real files; tests that need it are skipped where it is absent."""
    if not (DATA / "fred").is_dir():
        pytest.skip(f"no real data in {DATA}: set LIQUIDITY_TEST_DATA")
    return DATA


@pytest.fixture(scope="session")
def few_files(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a handful of the real files, for runs that should be short."""
    folder = tmp_path_factory.mktemp("few")
    for part in ("fred", "treasury"):
        (folder / part).mkdir()
    for code in FEW:
        shutil.copy(data / "fred" / f"{code}.csv", folder / "fred")
    shutil.copy(data / "treasury" / "dts_operating_cash_balance.csv.gz", folder / "treasury")
    return folder


@pytest.fixture(scope="session")
def filled(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home filled once from all real files; tests only read it, and its server waits for the next.

    `.ci/run` has a demo of what users install fill one meanwhile, and says where: then it is that home.
    """
    if given := os.environ.get("LIQUIDITY_TEST_DEMO"):
        folder = Path(given)
        until((folder / "code").exists, "the demo of .ci/run", LIMIT_S)
        code = int((folder / "code").read_text())
        out, err = (folder / "out").read_text(), (folder / "err").read_text()
    else:
        folder = tmp_path_factory.mktemp("filled")
        done = command(folder / "home", "demo", "--data", str(data), "--format", "json")
        code, out, err = done.returncode, done.stdout, done.stderr
    assert code == 0, err
    home = folder / "home"
    (home / "demo.json").write_text(out)
    (home / "demo.err").write_text(err)
    with lease(home):
        yield home
