"""`up` as a person meets it: a real browser on the real webserver, daemon and code server, and nothing left behind."""

import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from liquidity_platform_tests.cli.conftest import surroundings
from liquidity_platform_tests.prove.processes import naming
from liquidity_platform_tests.running import CHROMIUM, FLAGS, Up, answered, platform_up, until

STATUS = """query { schedulesOrError(
  repositorySelector: {repositoryLocationName: "liquidity", repositoryName: "__repository__"})
  { ... on Schedules { results { name scheduleState { status } } } } }"""
RUNS = "query { runsOrError { ... on Runs { results { status assetSelection { path } } } } }"


LAUNCH = """mutation($p: LaunchBackfillParams!) { launchPartitionBackfill(backfillParams: $p) {
  ... on LaunchBackfillSuccess { backfillId } ... on PythonError { message } } }"""
BACKFILL = """query($id: String!) { partitionBackfillOrError(backfillId: $id) { ... on PartitionBackfill {
  status runs { status assetSelection { path } tags { key value } } } } }"""


def loaded(up: Up, path: list[str]) -> bool:
    """Whether a run of that asset has succeeded."""
    runs = up.ask(RUNS)["runsOrError"]["results"]
    return any(run["status"] == "SUCCESS" and {"path": path} in run["assetSelection"] for run in runs)


def daemons(up: Up) -> list[psutil.Process]:
    """The live daemons of the platform."""
    children = psutil.Process(up.process.pid).children()
    alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
    return [child for child in alive if any("dagster-daemon" in word for word in child.cmdline())]


def over(backfill: dict[str, Any]) -> dict[str, Any] | None:
    """The backfill, once it is over."""
    return None if backfill["status"] == "REQUESTED" else backfill


@pytest.fixture
def platform(tmp_path: Path, few_files: Path) -> Iterator[Up]:
    """`liquidity up` with a handful of real files."""
    environment = surroundings(tmp_path, LIQUIDITY_STREAM__FEED="sim")
    with platform_up(tmp_path / "home", environment, "--data", str(few_files)) as up:
        yield up


@pytest.mark.skipif(CHROMIUM is None, reason="Debian's chromium is not installed (apt-get install chromium)")
def test_a_browser_sees_the_lineage_materializes_a_series_and_ctrl_c_leaves_nothing(platform: Up) -> None:
    from playwright.sync_api import sync_playwright

    sidecar = re.search(r"^sidecar: (\S+)", platform.said.read_text(), re.MULTILINE)
    assert sidecar
    health = until(lambda: answered(sidecar[1].replace("/docs", "/api/health")), "the sidecar")
    assert health["simulated"], health
    schedules = until(lambda: platform.ask(STATUS)["schedulesOrError"].get("results"), "schedules")
    assert {s["scheduleState"]["status"] for s in schedules} == {"RUNNING"}
    assert {"desk_0500", "release_h41", "release_dts"} <= {s["name"] for s in schedules}

    # a range of past years, as the UI launches it; it runs while the browser looks around
    past = {"assetSelection": [{"path": ["raw", "fred", code]} for code in ("wdtgal", "rrpontsyd")],
            "partitionNames": [str(year) for year in range(2010, 2021)]}  # fmt: skip
    launched = platform.ask(LAUNCH, p=past)["launchPartitionBackfill"]["backfillId"]

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1600, "height": 1000})
        # the lineage of a mart reaches back to the raw series
        page.goto(f"{platform.ui}/assets/marts/net_liquidity_weekly?view=lineage&lineageScope=upstream&lineageDepth=3")
        for node in ("walcl", "wdtgal", "rrpontsyd", "us.net_liq"):  # long names are shortened in the middle
            page.get_by_text(node).first.wait_for(timeout=60_000)
        page.goto(f"{platform.ui}/assets/raw/fred/walcl")
        page.get_by_role("button", name="Materialize").first.click()
        page.get_by_role("button", name="Latest").click()
        page.get_by_role("button", name="Launch 1 run").click()
        until(lambda: loaded(platform, ["raw", "fred", "walcl"]), "the run")
        page.goto(f"{platform.ui}/assets/raw/fred/walcl")
        page.get_by_text("newest_period").first.wait_for(timeout=60_000)
        assert page.get_by_text("2026-07-15").count() > 0
        # the small chart beside the newest value is a picture, not a text: Dagster shows it as it stands in the event
        picture = page.locator("img[src^='data:image/svg+xml']").first
        picture.wait_for(timeout=60_000)
        assert picture.evaluate("image => image.complete && image.naturalWidth") == 260
        browser.close()

    found = until(lambda: over(platform.ask(BACKFILL, id=launched)["partitionBackfillOrError"]), "the backfill")
    assert (found["status"], [run["status"] for run in found["runs"]]) == ("COMPLETED_SUCCESS", ["SUCCESS"])
    tags = {tag["key"]: tag["value"] for tag in found["runs"][0]["tags"]}
    assert [tags[f"dagster/asset_partition_range_{end}"] for end in ("start", "end")] == ["2010", "2020"]

    # a daemon that is killed is there again, and with it schedules and sensors
    (daemon,) = daemons(platform)
    daemon.kill()
    until(lambda: "daemon ended and is started again" in platform.said.read_text(), "the daemon's end")
    (again,) = until(lambda: daemons(platform), "another daemon")
    assert again.pid != daemon.pid

    assert platform.stop() == 0
    assert naming(platform.home) == {}


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
