"""`up` as a person meets it: a real browser on the real webserver, daemon and code server, and nothing left behind."""

import json
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from liquidity_platform_tests.cli.conftest import surroundings

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
STATUS = """query { schedulesOrError(
  repositorySelector: {repositoryLocationName: "liquidity", repositoryName: "__repository__"})
  { ... on Schedules { results { name scheduleState { status } } } } }"""
RUNS = "query { runsOrError { ... on Runs { results { status assetSelection { path } } } } }"


def until(found: Callable[[], Any], what: str, seconds: float = 120) -> Any:
    """The first truthy answer of `found`; fails naming `what` after `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := found():
            return answer
        time.sleep(0.25)
    pytest.fail(f"waited {seconds:.0f} s for {what}")


def ask(port: int, query: str) -> Any:
    body = json.dumps({"query": query}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/graphql", body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)["data"]


def answered(url: str) -> Any:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return json.load(answer)
    except OSError:
        return None


def of_home(home: Path) -> list[psutil.Process]:
    """Processes that work for this home."""
    found = []
    for process in psutil.process_iter():
        try:
            words = " ".join(process.cmdline())
            if str(home) in words or process.environ().get("LIQUIDITY_HOME") == str(home):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied, psutil.ZombieProcess):
            continue
    return [process for process in found if process.status() != psutil.STATUS_ZOMBIE]


@pytest.fixture
def platform(tmp_path: Path, few_files: Path) -> Iterator[tuple[subprocess.Popen[str], int, Path]]:
    """`liquidity up` on a free port with a handful of real files; (process, port, home)."""
    with socket.socket() as probe, socket.socket() as other:
        probe.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port, api = probe.getsockname()[1], other.getsockname()[1]
    home = tmp_path / "home"
    command = [str(Path(sys.executable).with_name("liquidity")), "up", "--port", str(port), "--data", str(few_files)]
    with (tmp_path / "up.txt").open("w+") as out:
        process = subprocess.Popen(
            command,
            env=surroundings(home, LIQUIDITY_API__PORT=str(api), LIQUIDITY_STREAM__FEED="sim"),
            stdout=out,
            stderr=out,
            text=True,
            start_new_session=True,
        )
        try:
            until(
                lambda: "Dagster UI: http" in (tmp_path / "up.txt").read_text() or process.poll() is not None, "the UI"
            )
            assert process.poll() is None, (tmp_path / "up.txt").read_text()
            yield process, port, home
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(60)
            for left in of_home(home):
                left.kill()


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed (apt-get install chromium)")
def test_a_browser_sees_the_lineage_materializes_a_series_and_ctrl_c_leaves_nothing(platform: Any) -> None:
    from playwright.sync_api import sync_playwright

    process, port, home = platform
    said = (home.parent / "up.txt").read_text()
    sidecar = next(line.split()[1] for line in said.splitlines() if line.startswith("sidecar: "))
    health = until(lambda: answered(sidecar.replace("/docs", "/api/health")), "the sidecar")
    assert health["simulated"], health
    schedules = until(lambda: ask(port, STATUS)["schedulesOrError"].get("results"), "schedules")
    assert {s["scheduleState"]["status"] for s in schedules} == {"RUNNING"}
    assert {"desk_0500", "release_h41", "release_dts"} <= {s["name"] for s in schedules}

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        # the lineage of a mart reaches back to the raw series
        page.goto(
            f"http://127.0.0.1:{port}/assets/marts/net_liquidity_weekly?view=lineage&lineageScope=upstream&lineageDepth=3"
        )
        for node in ("walcl", "wdtgal", "rrpontsyd", "us.net_liq"):  # long names are shortened in the middle
            page.get_by_text(node).first.wait_for(timeout=60_000)
        page.goto(f"http://127.0.0.1:{port}/assets/raw/fred/walcl")
        page.get_by_role("button", name="Materialize").first.click()
        page.get_by_role("button", name="Latest").click()
        page.get_by_role("button", name="Launch 1 run").click()
        walcl = {"path": ["raw", "fred", "walcl"]}  # sensors ask for runs of their own
        until(
            lambda: any(
                run["status"] == "SUCCESS" and walcl in (run["assetSelection"] or [])
                for run in ask(port, RUNS)["runsOrError"]["results"]
            ),
            "the run",
        )
        page.goto(f"http://127.0.0.1:{port}/assets/raw/fred/walcl")
        page.get_by_text("newest_period").first.wait_for(timeout=60_000)
        assert page.get_by_text("2026-07-15").count() > 0
        # the small chart beside the newest value is a picture, not a text: Dagster shows it as it stands in the event
        picture = page.locator("img[src^='data:image/svg+xml']").first
        picture.wait_for(timeout=60_000)
        assert picture.evaluate("image => image.complete && image.naturalWidth") == 260
        browser.close()

    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    assert of_home(home) == []


def test_an_occupied_port_is_said_in_one_line(tmp_path: Path, few_files: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = subprocess.run(
            [str(Path(sys.executable).with_name("liquidity")), "up", "--port", port],
            env=surroundings(tmp_path), capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert port in done.stderr
