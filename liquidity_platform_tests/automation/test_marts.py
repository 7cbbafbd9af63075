"""The marts out of published numbers: golden values by file, grain, what was known then, a model of one's own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import dagster as dg
import psycopg
import pytest
import yaml
from pydantic import SecretStr

from liquidity_platform.automation.bar_loading import load_bars
from liquidity_platform.automation.dbt_process import environment
from liquidity_platform.automation.derived_assets import compute
from liquidity_platform.automation.expecting import expect
from liquidity_platform.automation.hubs import GROUPS, hub_events
from liquidity_platform.automation.keys import hub_key
from liquidity_platform.automation.marts import CHARTED, charted
from liquidity_platform.automation.raw_assets import as_events
from liquidity_platform.automation.reporting import gather
from liquidity_platform.automation.resources import prepare
from liquidity_platform.automation.universes import declare_universes
from liquidity_platform.catalog.instruments import INSTRUMENTS
from liquidity_platform.catalog.series import SERIES, find_series
from liquidity_platform.catalog.universes import MEMBERS
from liquidity_platform.cli.inputs import inputs_of
from liquidity_platform.core.paths import project_file
from liquidity_platform.core.window import Window
from liquidity_platform.derived.registry import METRICS
from liquidity_platform.quality.expectations import MARTS as EXPECTED
from liquidity_platform.quality.lateness import judge_lateness
from liquidity_platform.report.page import render
from liquidity_platform.report.sparks import LIMIT
from liquidity_platform.settings import Settings, WarehouseSettings
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform.warehouse.history import metric_history, series_history
from liquidity_platform.warehouse.server.lease import Cluster
from liquidity_platform.warehouse.statistics import refresh_statistics
from liquidity_platform_tests.conftest import own_database

from loads import loaded  # isort: skip

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

PROJECT = project_file("dbt_project")
README = (PROJECT.parent / "README.md").read_text()
FRED = ("WALCL", "WDTGAL", "WTREGEN", "WLRRAL", "RRPONTSYD", "DGS10", "DGS2", "DGS3MO", "SOFR", "IORB", "VIXCLS",
        "PAYEMS", "UNRATE", "ECBASSETSW", "JPNASSETS", "DEXUSEU", "DEXJPUS", "BAA10Y")  # fmt: skip
MARTS = {
    "liquidity_weekly", "liquidity_daily", "global_liquidity_weekly", "rates_daily", "spreads_daily", "stress_daily",
    "regimes", "market_daily", "macro_monthly", "series_status", "data_coverage", "what_changed",
    "net_liquidity_weekly", "net_liquidity_daily", "quality_daily", "universe_coverage",
}  # fmt: skip
REGIME = [
    ("2026-07-01", "NEUTRAL", "2026-07-02"), ("2026-07-08", "EXPANSION", "2026-07-09"),
    ("2026-07-15", "CONTRACTION", "2026-07-16"), ("2026-07-15", "EXPANSION", "2026-07-20"),
]  # fmt: skip
REDEFINED = ("global.liquidity.gross", 2, 8e12, "CARRIED")  # a later definition, which says one thing so far
THEN = "2021-01-01T00:00:00Z"
ASKED = ("net_liquidity_weekly", "rates_daily", "macro_monthly")  # of the expectations, which take their time
Row = dict[str, Any]


class Built:
    """A warehouse with marts; `then` is what `macro_monthly` and the model of one's own said as of THEN."""

    def __init__(self, warehouse: Warehouse, project: Path, target: Path) -> None:
        self.warehouse, self.project, self.target = warehouse, project, target
        self.then: dict[str, list[Row]] = {}

    def dbt(self, *words: str) -> None:
        """Run dbt on our copy of the project; raises AssertionError with its words when anything fails."""
        places = ["--project-dir", self.project, "--profiles-dir", self.project, "--target-path", self.target]
        done = subprocess.run(
            [Path(sys.executable).with_name("liquidity-dbt"), *words, *places],
            env={**os.environ, **environment(self.warehouse)}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-3000:]

    def ask(self, query: str, *given: object) -> list[Row]:
        with psycopg.connect(self.warehouse.plain_url(), row_factory=psycopg.rows.dict_row) as connection:
            return connection.execute(query.encode(), given).fetchall()

    def one(self, mart: str, where: str) -> Row:
        (row,) = self.ask(f"SELECT * FROM marts.{mart} WHERE {where}")
        return row


def own_model() -> tuple[str, str]:
    """Name and text of the model that README shows."""
    found = re.search(r"^-- (dbt_project/models/own/(\w+)\.sql)\n(.*?)^```", README, re.M | re.S)
    assert found
    return found[2], found[3]


@pytest.fixture(scope="module")
def built(server: Cluster, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Built]:
    """Published files and vintages of a few series and SPY's bars, all marts, and what some said of an earlier day."""
    folder = tmp_path_factory.mktemp("marts")
    for code in FRED:
        for path in [*(real_data / "fred").glob(f"{code}.csv"), *(real_data / "alfred").glob(f"{code}_*")]:
            (folder / "files" / path.parent.name).mkdir(parents=True, exist_ok=True)
            shutil.copy(path, folder / "files" / path.parent.name)
    shutil.copytree(real_data / "treasury", folder / "files" / "treasury")
    (folder / "files" / "ohlcv").mkdir()
    shutil.copy(real_data / "ohlcv" / "SPY.csv", folder / "files" / "ohlcv")
    ignored = shutil.ignore_patterns("target", "logs")
    shutil.copytree(PROJECT, folder / "dbt", ignore=ignored)
    name, text = own_model()
    (folder / "dbt" / "models" / "own").mkdir()
    (folder / "dbt" / "models" / "own" / f"{name}.sql").write_text(text)
    for url in own_database(server, "marts"):
        served = WarehouseSettings(url=SecretStr(url))
        chosen = Settings(_env_file=None, home=folder / "home", data=str(folder / "files"), warehouse=served)  # type: ignore[call-arg]
        with open_warehouse(chosen) as warehouse:
            prepare(warehouse)
            fill(warehouse)
            made = Built(warehouse, folder / "dbt", folder / "target")
            made.dbt("run", "--select", "macro_monthly", "what_changed", name, "--vars", json.dumps({"as_of": THEN}))
            made.then = {
                mart: made.ask(f"SELECT * FROM marts.{mart}") for mart in ("macro_monthly", "what_changed", name)
            }
            made.dbt("build")
            yield made


def fill(warehouse: Warehouse) -> None:
    """Series, bars, metrics; by hand a signal and one row of a global total redefined, which nobody computes here."""
    declare_universes(warehouse)
    loaded(warehouse, *FRED)
    loaded(warehouse, "DTS", "DTS.opening", "DTS.deposits", "DTS.withdrawals")
    now = Window.current(warehouse.settings.clock_now().now())
    (bars,) = load_bars(PROVIDERS["ohlcv"], [INSTRUMENTS["etf.spy"]], now, warehouse, "run", lambda _: None)
    assert bars.published
    compute(warehouse, now, "run")
    with warehouse.owner_session() as connection:
        for period, state, known in REGIME:
            connection.execute(
                "INSERT INTO derived.signals (signal_id, definition_version, period, known_at, state, score, "
                "confidence, inputs) VALUES ('us.regime', 1, %s, %s, %s, 0.7, 0.5, '{}')",
                [period, f"{known}T20:30Z", state],
            )
        connection.execute(
            "INSERT INTO derived.metrics (metric_id, definition_version, period, known_at, value, status, "
            "inputs_hash) VALUES (%s, %s, '2026-07-15', '2026-07-17T20:30Z', %s, %s, 'x')",
            REDEFINED,
        )
        refresh_statistics(connection)  # as every run does: the server plans by them


def test_every_mart_and_every_column_is_described_and_has_its_grain_tested() -> None:
    said: dict[str, Row] = {}
    for path in (PROJECT / "models" / "marts").glob("*.yml"):
        said |= {model["name"]: model for model in yaml.safe_load(path.read_text())["models"]}
    assert set(said) == MARTS == {path.stem for path in (PROJECT / "models" / "marts").glob("*.sql")}
    for model in said.values():
        assert any("grain" in test for test in model["data_tests"] if isinstance(test, dict)), model["name"]


def test_the_columns_of_every_mart_are_those_described_in_order_and_each_carries_its_comment(built: Built) -> None:
    for path in (PROJECT / "models" / "marts").glob("*.yml"):
        for model in yaml.safe_load(path.read_text())["models"]:
            rows = built.ask(
                "SELECT attname AS name, col_description(attrelid, attnum) AS said FROM pg_attribute "
                "WHERE attrelid = %s::regclass AND attnum > 0 ORDER BY attnum", f"marts.{model['name']}",
            )  # fmt: skip
            assert [row["name"] for row in rows] == [column["name"] for column in model["columns"]], model["name"]
            assert all(row["said"] for row in rows)


def test_net_liquidity_of_2023_03_15_and_its_variants(built: Built) -> None:
    """fred/: WALCL 8639300, WDTGAL 277643, WTREGEN 232866, WLRRAL 2423126 (millions); RRPONTSYD 2055.823 (billions)."""
    row = built.one("liquidity_weekly", "period = '2023-03-15'")
    assert row["net_liquidity"] == (8639300 - 277643 - 2055823) * 1e6 == row["net_liquidity_first"]
    assert row["net_liquidity_mixed"] == (8639300 - 232866 - 2055823) * 1e6
    assert row["net_liquidity_openbb"] == (8639300 - 277643 - 2423126) * 1e6
    assert (row["net_liquidity_h41"], row["status_h41"]) == (None, "MISSING_INPUT")  # no file of WLRRAOL
    assert row["first_known_at"] == datetime(2023, 3, 16, 20, 30, tzinfo=UTC)


def test_the_treasury_s_account_of_2023_03_15_foots(built: Built) -> None:
    """treasury/dts_operating_cash_balance.csv.gz: 253921 + 119123 - 95401 = 277643 millions."""
    row = built.one("liquidity_daily", "period = '2023-03-15'")
    flows = (row["tga_opening"], row["tga_deposits"], row["tga_withdrawals"], row["tga"])
    assert flows == (253921e6, 119123e6, 95401e6, 277643e6)
    assert row["net_liquidity"] == row["fed_assets"] - row["tga"] - row["rrp"]


def test_rates_and_spreads_of_2020_03_09_and_of_a_holiday(built: Built) -> None:
    """fred/DGS10.csv 0.54, fred/DGS2.csv 0.38; 2026-07-03 is blank in DGS10.csv and no holiday for IORB.csv."""
    assert built.one("rates_daily", "period = '2020-03-09'")["yield_10y"] == 0.54
    assert built.one("spreads_daily", "period = '2020-03-09'")["spread_10y2y"] == pytest.approx(16.0, abs=1e-9)
    holiday = built.one("rates_daily", "period = '2026-07-03'")
    assert holiday["yield_10y"] is None
    assert holiday["iorb"] is not None
    assert holiday["status"] == "PUBLISHED_BLANK"


def test_a_later_spread_changes_neither_status_nor_known_at_of_the_five(built: Built) -> None:
    """IORB, with no clock on file, is known at the end of the next day; BAA10Y's file since it was read."""
    row = built.one("spreads_daily", "period = '2024-03-05'")
    assert (row["status"], row["known_at"]) == ("COMPLETE", datetime(2024, 3, 7, 4, 59, 59, tzinfo=UTC))
    assert (row["sofr_on_rrp"], row["status_more"]) == (None, "MISSING_INPUT")  # no file of RRPONTSYAWARD
    assert row["baa_10y"] == pytest.approx(159.0)  # fred/BAA10Y.csv 1.59
    assert row["known_at_more"] > datetime(2026, 1, 1, tzinfo=UTC)


def test_the_canonical_number_keeps_its_own_known_at_beside_legs_that_were_fetched(built: Built) -> None:
    row = built.one("liquidity_weekly", "period = '2023-03-15'")
    assert row["net_liquidity_known_at"] == datetime(2023, 3, 16, 20, 30, tzinfo=UTC)
    assert row["known_at"] > datetime(2026, 1, 1, tzinfo=UTC)  # WTREGEN's file says no vintage


def test_a_series_is_late_in_the_mart_as_its_last_load_judged_it(built: Built) -> None:
    """The files of H.4.1 end on 2026-07-15, those of the Bank of Japan, with no clock on file, in January 2026."""
    rows = {row["series_id"]: row for row in built.ask("SELECT * FROM marts.series_status")}
    now = built.warehouse.settings.clock_now().now()
    for name in ("fed.total_assets", "boj.total_assets", "bls.payrolls"):
        found = judge_lateness(find_series(SERIES[name].code), rows[name]["newest_period"], now)
        assert (rows[name]["status"] == "LATE") is not found.verdict.passed, name
        assert rows[name]["judged_at"] is not None
    assert rows["fed.total_assets"]["status"] == "LATE"
    assert (rows["fed.treasuries"]["status"], rows["fed.treasuries"]["judged_at"]) == ("NOTHING_PUBLISHED", None)


def test_payrolls_of_april_2020_first_print_and_latest_side_by_side(built: Built) -> None:
    """alfred/PAYEMS_initial_release.csv 2020-05-08 131072, fred/PAYEMS.csv 130426; thousands of persons."""
    row = built.one("macro_monthly", "series_id = 'bls.payrolls' AND period = '2020-04-01'")
    assert (row["first_print"], row["latest"], row["revised_by"]) == (131072e3, 130426e3, -646e3)
    assert row["first_print_at"] == datetime(2020, 5, 8, 12, 30, tzinfo=UTC)
    assert (row["unit"], row["status"]) == ("persons", "COMPLETE")


def test_what_was_never_seen_printed_has_no_first_print(built: Built) -> None:
    """The oldest vintage of PAYEMS is of 1955-05; fred/PAYEMS.csv begins in 1939."""
    row = built.one("macro_monthly", "series_id = 'bls.payrolls' AND period = '1939-01-01'")
    assert (row["first_print"], row["revised_by"], row["status"]) == (None, None, "FIRST_PRINT_UNKNOWN")
    assert row["latest"] == row["first_value"] == 29923e3
    blank = built.one("macro_monthly", "series_id = 'bls.unemployment_rate' AND period = '2025-10-01'")
    assert (blank["latest"], blank["status"]) == (None, "PUBLISHED_BLANK")  # never published: the government was shut


def test_marts_built_as_of_2021_say_what_was_known_then(built: Built) -> None:
    """alfred/PAYEMS_fredmd_vintages.csv.gz: 130303 from 2020-07-31 to 2021-02-27."""
    rows = {row["period"]: row for row in built.then["macro_monthly"] if row["series_id"] == "bls.payrolls"}
    april = rows[date(2020, 4, 1)]
    assert (april["first_print"], april["latest"]) == (131072e3, 130303e3)
    assert max(rows) == date(2020, 11, 1)  # December came on the eighth of January
    moment = datetime(2021, 1, 1, tzinfo=UTC)
    for rows_of in built.then.values():
        assert rows_of
        assert all(row["known_at"] <= moment for row in rows_of)
    assert all(row["known_at"] > datetime(2020, 12, 25, tzinfo=UTC) for row in built.then["what_changed"])


def test_the_model_of_one_s_own_that_the_readme_shows(built: Built) -> None:
    """2023-03-15: 277643 / 6305834; as of 2021 the newest Wednesday is 2020-12-30, known since New Year's Eve."""
    name, _ = own_model()
    assert built.one(name, "period = '2023-03-15'")["tga_share"] == pytest.approx(277643 / 6305834)
    assert max(row["period"] for row in built.then[name]) == date(2020, 12, 30)


def test_a_bar_is_of_one_source_and_what_its_source_adjusted_is_not_as_traded(built: Built) -> None:
    """ohlcv/SPY.csv, 2026-06-05: close 737.549988, adjusted by whoever wrote the file."""
    row = built.one("market_daily", "instrument_id = 'etf.spy' AND period = '2026-06-05'")
    assert (row["source_id"], row["close"], row["status"]) == ("ohlcv", None, "ADJUSTED_BY_SOURCE")
    assert float(row["adjusted_close"]) == 737.549988


def test_bars_of_files_are_held_in_the_hubs_of_their_publishers(built: Built) -> None:
    told = {event.asset_key: event.metadata for event in hub_events(built.warehouse)}
    of_spy = [group for group, members in GROUPS.items() if ("yahoo", "etf.spy") in members.values()]
    assert of_spy
    assert [told[hub_key(group)]["held"].value for group in of_spy] == [1]
    assert "bars/yahoo/spy" not in str(told[hub_key(of_spy[0])]["missing"].value).split(", ")


def test_a_regime_shows_what_was_said_first_and_how_long_it_lasts(built: Built) -> None:
    row = built.one("regimes", "period = '2026-07-15'")
    assert (row["state"], row["state_first"], row["state_before"]) == ("EXPANSION", "CONTRACTION", "EXPANSION")
    assert row["since"] == date(2026, 7, 8)


def test_a_global_total_is_of_the_newest_definition_and_null_with_its_status(built: Built) -> None:
    """The files of the ECB, the Bank of Japan and exchange rates end in January 2026."""
    row = built.one("global_liquidity_weekly", "period = '2026-07-15'")
    assert (row["gross"], row["status"]) == (8e12, "CARRIED")
    assert (row["net_fed"], row["status_net_fed"], row["ecb"], row["fed"]) == (None, "STALE_INPUT", None, 6_743_028e6)
    assert row["others"]["global.liquidity.gross.age.ecb"] == 166


def test_global_liquidity_of_a_published_week(built: Built) -> None:
    """2025-04-16, millions: 6,329,821 x 1.1382, 729,766,900 / 142.56; the Fed net 6,727,113 - 638,783 - 54,772."""
    row = built.one("global_liquidity_weekly", "period = '2025-04-16'")
    abroad = 6_329_821e6 * 1.1382 + 729_766_900e6 / 142.56
    assert row["ecb"] + row["boj"] == pytest.approx(abroad, rel=1e-12)
    assert row["fed"] == 6_727_113e6
    assert (row["net_fed"], row["status_net_fed"]) == (pytest.approx(6_033_558e6 + abroad, rel=1e-12), "COMPLETE")
    assert row["gross"] is None  # the newest definition says nothing of it, and the one before is not mixed in


def test_coverage_counts_what_is_held(built: Built) -> None:
    """fred/RRPONTSYD.csv has a row of every weekday of 2020: 251 with a number, 11 without (holidays)."""
    row = built.one("data_coverage", "id = 'fed.on_rrp' AND year = 2020")
    assert (row["periods"], row["blanks"]) == (251, 11)
    assert built.one("data_coverage", "id = 'etf.spy' AND year = 2020")["periods"] == 253
    payrolls = built.one("data_coverage", "id = 'bls.payrolls' AND year = 2020")
    assert (payrolls["periods"], payrolls["vintages"] > 36) == (12, True)


def test_a_universe_is_covered_whole_or_its_missing_members_are_named(built: Built) -> None:
    rows = {row["universe_id"]: row for row in built.ask("SELECT * FROM marts.universe_coverage")}
    assert set(rows) == {member.universe for member in MEMBERS}
    core = rows["etf_core"]
    others = {member.instrument for member in MEMBERS if member.universe == "etf_core"} - {"etf.spy"}
    assert (core["covered"], core["status"], set(core["missing"].split(", "))) == (1, "PARTIAL", others)
    assert (rows["crypto_10"]["covered"], rows["crypto_10"]["status"]) == (0, "NOTHING")


def test_the_daily_score_of_a_provider_is_the_mean_of_its_series(built: Built) -> None:
    rows = built.ask("SELECT * FROM marts.quality_daily WHERE source_id = 'fred'")
    (provider,) = [row for row in rows if row["kind"] == "provider"]
    scores = [row["score"] for row in rows if row["kind"] == "series"]
    assert len(scores) == provider["series"] == provider["arrived"] == len(FRED)
    assert provider["score"] == pytest.approx(sum(scores) / len(scores), abs=0.051)


def test_expectations_hold_but_for_the_mart_that_somebody_spoilt_and_the_pages_say_which(built: Built) -> None:
    assert set(EXPECTED) == MARTS
    was = built.one("rates_daily", "period = '2020-03-09'")["yield_10y"]
    spoil = "UPDATE marts.rates_daily SET yield_10y = %s WHERE period = '2020-03-09'"
    with built.warehouse.owner_session() as connection:
        connection.execute(spoil, [99.0])
    try:
        page, found = expect(built.warehouse, ASKED)
    finally:
        with built.warehouse.owner_session() as connection:
            connection.execute(spoil, [was])
    assert {one["mart"]: one["failed"] for one in found} == {
        "net_liquidity_weekly": [],
        "rates_daily": ["yield_10y: column values to be between (1 rows)"],
        "macro_monthly": [],
    }
    written = "".join(path.read_text() for path in page.parent.rglob("*.html"))
    linked = dict(re.findall(r'<li><a href="([^"]+)">\w+</a>: ([^<]+)</li>', page.read_text()))
    assert sorted(said.split(" ", 1)[0] for said in linked.values()) == ["1", "all", "all"]
    for link, said in linked.items():  # without a network too
        assert ("rates_daily" in link) == said.startswith("1 of ")
        assert (page.parent / unquote(link)).is_file()
    assert str(built.warehouse.reader_url.password) not in written


def test_every_number_of_the_report_is_followed_to_its_inputs_and_to_archived_bytes(built: Built) -> None:
    page = render(gather(built.warehouse, []))
    asked = set(re.findall(r'data-trace="liquidity history (\S+) (\S+)"', page))
    assert {"us.net_liquidity.weekly", "us.net_liquidity.daily.d4w", "us.spread.hy_oas", "fed.on_rrp"} - {
        name for name, _ in asked
    } == {"us.spread.hy_oas"}  # its file is not loaded here
    archive = open_archive(built.warehouse.settings)
    reached: set[str] = set()
    now = datetime.now(UTC)
    left = [(name, date.fromisoformat(day), now) for name, day in asked]
    with built.warehouse.session() as connection:
        for name, period, at in left:  # grows while it is walked
            if name in METRICS:
                step = metric_history(connection, name, period, at).row(-1, named=True)
                made = inputs_of(connection, METRICS[name], period, step["known_at"])
                read = made.single.drop_nulls("period").to_dicts()
                read += [rows.row(-1, named=True) for _, rows in made.windows.values() if rows.height]
                assert read or step["value"] is None, (name, period)
                more = [(row["source"], row["period"], row["known_at"]) for row in read]
                left += [each for each in more if each[0] not in reached and each not in left]
            elif name not in reached:
                row = series_history(connection, name, period, at).row(-1, named=True)
                assert archive.read(row["uri"], row["sha256"])
                reached.add(name)
    assert {
        "fed.total_assets",
        "treasury.tga_wednesday",
        "fed.on_rrp",
        "ust.yield_10y",
        "treasury.tga_daily",
    } <= reached


def test_the_inputs_of_a_step_add_up_to_it(built: Built) -> None:
    with built.warehouse.session() as connection:
        for metric, day in (
            ("us.net_liquidity.weekly", date(2023, 3, 15)),
            ("us.net_liquidity.daily", date(2023, 3, 14)),
        ):
            step = metric_history(connection, metric, day, None).row(-1, named=True)
            rows = inputs_of(connection, METRICS[metric], day, step["known_at"]).single
            legs = dict(rows.select("input", "value").rows())
            assert legs["assets"] - legs["tga"] - legs["rrp"] == step["value"]
            assert rows["sha256"].null_count() == 0
        change = METRICS["us.net_liquidity.weekly.d4w"]
        then = inputs_of(connection, change, date(2023, 3, 15), datetime(2023, 3, 17, tzinfo=UTC)).single
        assert dict(then.select("input", "period").rows()) == {"now": date(2023, 3, 15), "then": date(2023, 2, 15)}


def test_the_report_says_how_late_its_headline_is_and_what_is_old_or_not_held_apart(built: Built) -> None:
    data = gather(built.warehouse, ["one", "two"])
    assert re.fullmatch(r"\d{2,} days late against H\.4\.1: WALCL", data.headline_late)
    assert {"fed.total_assets", "treasury.tga_wednesday"} < set(data.late["series_id"])
    assert data.late["newest_period"].null_count() == 0
    assert {"boj.total_assets", "fed.iorb"} <= set(data.old["series_id"])
    assert not set(data.old["series_id"]) & set(data.late["series_id"])
    marked = dict(data.newest.select("series_id", "status_text").rows())
    assert "no release clock on file" in marked["boj.total_assets"]
    held = built.ask("SELECT count(DISTINCT series_id) AS n FROM raw.observations WHERE value IS NOT NULL")[0]["n"]
    assert len(data.absent) + data.absent_others == len(SERIES) - held
    assert "WLRRAOL" in data.absent
    assert data.failures == ["one", "two"]


def test_the_report_shades_regimes_and_fans_vintages(built: Built) -> None:
    data = gather(built.warehouse, [])
    assert data.regimes["state"].to_list() == ["NEUTRAL", "EXPANSION", "EXPANSION"]
    assert set(data.vintages["series_id"]) == {"bls.payrolls"}  # the only fanned series loaded here
    page = render(data)
    assert "regime EXPANSION since Wed 8 Jul 2026" in page
    assert "Nonfarm payrolls" in page[page.index("Revised since") :]
    earlier = gather(built.warehouse, [], datetime(2026, 7, 17, tzinfo=UTC))
    assert earlier.regimes["state"].to_list() == ["NEUTRAL", "EXPANSION", "CONTRACTION"]
    assert earlier.vintages["known_at"].max() <= datetime(2026, 7, 17, tzinfo=UTC)


def test_a_first_load_is_no_news_but_its_newest_period(built: Built) -> None:
    seen = built.ask("SELECT id, count(*) AS rows FROM marts.what_changed WHERE status = 'FIRST_SEEN' GROUP BY id")
    assert all(row["rows"] == 1 for row in seen)
    revised = built.ask("SELECT * FROM marts.what_changed WHERE status = 'REVISED'")
    assert all(row["value"] != row["value_before"] and row["known_at_before"] < row["known_at"] for row in revised)


def test_a_small_chart_travels_with_every_materialization(built: Built) -> None:
    """Below 5 kB as markdown, of the newest year; the newest value beside it."""
    line = find_series("WALCL")
    now = Window.current(built.warehouse.settings.clock_now().now())
    outcome = loaded(built.warehouse, "WALCL", window=now)["WALCL"]
    result = next(event for event in as_events(outcome) if isinstance(event, dg.MaterializeResult))
    assert result.metadata["unit"] == line.unit.value
    text = result.metadata["chart"].value
    assert text.startswith("![2021-07-28 to 2026-07-15](data:image/svg+xml;base64,")  # 260 Wednesdays
    assert len(text) < LIMIT
    assert {"net_liquidity_weekly": "net_liquidity", "rates_daily": "yield_10y", "stress_daily": "vix"}.items() <= (
        CHARTED.items()
    )
    shown = charted(built.warehouse, "net_liquidity_weekly", "net_liquidity")
    assert (shown["newest_period"], shown["newest_value"]) == ("2026-07-15", 5946901e6)
    assert shown["dagster/row_count"] == 1231
    assert len(shown["chart"].value) < LIMIT
    assert charted(built.warehouse, "stress_daily", "funding_stress")["newest_value"] == "none"
