"""The command line as other people's scripts meet it: what is printed where, and the exit codes."""

import csv
import io
import json
import re
import subprocess
import tomllib
from collections import Counter
from pathlib import Path
from statistics import NormalDist, mean, pstdev

import psycopg
import pytest

from liquidity_platform.automation.hubs import GROUPS
from liquidity_platform.automation.keys import hub_key
from liquidity_platform.catalog.closes import CLOSES
from liquidity_platform.catalog.series import SERIES
from liquidity_platform.derived.declare import Metric
from liquidity_platform.derived.registry import METRICS, needed
from liquidity_platform.derived.signals.registry import SIGNALS
from liquidity_platform.settings import Settings
from liquidity_platform.sources.files import file_name
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import open_warehouse
from liquidity_platform.warehouse.server.binaries import find_binaries
from liquidity_platform.warehouse.server.lease import lease
from liquidity_platform_tests.addresses import plain
from liquidity_platform_tests.cli.conftest import command

WEEKLY = "us.net_liquidity.weekly"


def has_numbers(metric: Metric, data: Path) -> bool:
    """Whether the folder holds the series whose publication makes the metric's rows."""
    source = metric.inputs[metric.anchor].source
    if source in METRICS:
        return has_numbers(METRICS[source], data)
    if source in CLOSES:
        return False  # closes of publishers: a folder's are those of `ohlcv`
    return file_name(data, PROVIDERS[SERIES[source].source], SERIES[source]) is not None


def test_demo_prints_the_newest_row_of_each_metric_and_nothing_else_on_stdout(filled: Path, data: Path) -> None:
    rows = json.loads((filled / "demo.json").read_text())
    assert set(rows[0]) == {"metric", "period", "value", "unit", "status", "known_at"}
    newest = {row["metric"]: row for row in rows}
    assert len(newest) == len(rows)
    assert set(newest) == {metric.id for metric in METRICS.values() if has_numbers(metric, data)}
    assert newest[WEEKLY] == {
        "metric": WEEKLY, "period": "2026-07-15", "value": 5946901000000, "unit": "usd", "status": "COMPLETE",
        "known_at": "2026-07-16T20:30:00Z",
    }  # fmt: skip
    assert newest["us.net_liquidity.h41"]["value"] is None
    assert newest["us.net_liquidity.h41"]["status"] == "MISSING_INPUT"
    assert newest["us.spread.10y2y"]["value"] == 36
    assert "WLRRAOL" in (filled / "demo.err").read_text()


def test_a_second_demo_appends_nothing(filled: Path, few_files: Path) -> None:
    """Of some of the same files, without marts: what is compared is the same, and the run is shorter."""
    again = command(filled, "demo", "--data", str(few_files), "--skip", "marts")
    assert again.returncode == 0, again.stderr
    assert "; 0 rows appended" in again.stderr
    assert "; 0 metric rows appended" in again.stderr
    assert "; 0 rows appended" not in (filled / "demo.err").read_text()


def test_what_each_hub_holds_is_told_where_the_marts_are_built(filled: Path) -> None:
    asked = "SELECT DISTINCT asset_key FROM dagster.event_logs WHERE dagster_event_type = 'ASSET_MATERIALIZATION'"
    with lease(filled) as held, psycopg.connect(plain(held.cluster.url("liquidity"))) as connection:
        told = {row[0] for row in connection.execute(asked)}
    assert {hub_key(group).to_string() for group in GROUPS} <= told


def test_show_as_csv_has_the_contract_s_header_and_the_whole_history(filled: Path) -> None:
    lines = command(filled, "show", WEEKLY, "--format", "csv").stdout.splitlines()
    assert lines[0] == "metric,period,value,unit,status,known_at"
    assert len(lines) == 1232
    assert f"{WEEKLY},2022-04-13,6606396000000,usd,COMPLETE,2022-04-14T20:30:00Z" in lines
    assert lines[1:] == sorted(lines[1:])


@pytest.mark.parametrize(
    ("moment", "period"), [("2023-03-16T20:29:00Z", "2023-03-08"), ("2023-03-16T20:30:00Z", "2023-03-15")]
)
def test_a_wednesday_is_not_known_before_thursday_half_past_four_new_york(
    filled: Path, moment: str, period: str
) -> None:
    rows = json.loads(command(filled, "show", WEEKLY, "--as-of", moment, "--format", "json").stdout)
    assert rows[-1]["period"] == period


def test_a_table_shows_the_last_twenty_rows_and_the_publisher_s_code_is_understood(filled: Path) -> None:
    shown = command(filled, "show", "walcl").stdout
    assert shown.count("2026-") + shown.count("2025-") >= 20
    assert "release_rule" in shown
    assert "the status of a series says how sure" in command(filled, "show", "walcl").stderr


def test_sql_prints_the_mart(filled: Path) -> None:
    done = command(
        filled, "sql", "select * from marts.net_liquidity_weekly order by period desc limit 5", "--format", "json"
    )
    rows = json.loads(done.stdout)
    assert list(rows[0]) == ["period", "net_liquidity", "fed_assets", "tga", "rrp", "status", "known_at"]
    assert [row["period"] for row in rows] == ["2026-07-15", "2026-07-08", "2026-07-01", "2026-06-24", "2026-06-17"]
    assert rows[0]["net_liquidity"] == rows[0]["fed_assets"] - rows[0]["tga"] - rows[0]["rrp"] == 5946901000000


@pytest.mark.parametrize(
    "statement",
    [
        "insert into raw.observations select * from raw.observations",
        "select 1; select 2",
        "select 1; reset role",
        "reset role",
        "set role liquidity_owner",
        "select set_config('role', 'liquidity_owner', false)",
        "with gone as (delete from meta.series returning 1) select * from gone",
        "begin",
        "create table t (a int)",
        "copy meta.series to '/tmp/x'",
        "explain analyze delete from derived.metrics",
    ],
)
def test_sql_refuses_whatever_does_more_than_read(filled: Path, statement: str) -> None:
    done = command(filled, "sql", statement)
    assert done.returncode in (1, 2)
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("liquidity: ")
    assert ("takes one statement" in done.stderr) or ";" not in statement


def test_series_and_status_name_everything_in_the_catalog(filled: Path) -> None:
    from liquidity_platform.catalog.series import SERIES

    listed = {row["series"]: row for row in json.loads(command(filled, "series", "--format", "json").stdout)}
    assert list(listed) == list(SERIES)
    assert listed["libor.ted_spread"]["next expected"] is None
    assert listed["fed.iorb"]["next expected"] is None, "no release clock on file"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT2[01]:30:00Z", listed["fed.total_assets"]["next expected"])
    status = {row["series"]: row for row in json.loads(command(filled, "status", "--format", "json").stdout)}
    assert set(status) == set(SERIES)
    assert status["fed.total_assets"]["basis"] == "release_rule"
    assert status["fed.total_assets"]["known since"] == "2026-07-16T20:30:00Z"
    assert status["stlouisfed.stress"]["basis"] == "fetched"
    assert status["chicagofed.nfci"]["basis"] == "fetched"
    assert status["fed.iorb"]["basis"] == "conservative"
    assert "against H.4.1" in status["fed.total_assets"]["why"]
    assert (status["fed.total_assets"]["state"], status["libor.ted_spread"]["state"]) == ("late", "ended")
    assert status["fed.total_assets"]["late by"].endswith(" d")
    assert status["fed.iorb"]["late by"] is None
    assert status["fed.treasuries"] == {
        "series": "fed.treasuries", "code": "TREAST", "newest": None, "known since": None, "basis": None,
        "late by": None, "state": "never loaded", "score": None, "why": "",
    }  # fmt: skip


def test_late_is_what_was_loaded_once_and_the_rest_is_counted_aloud(filled: Path) -> None:
    status = {row["series"]: row["state"] for row in json.loads(command(filled, "status", "--format", "json").stdout)}
    done = command(filled, "status", "--late", "--format", "json")
    late = [row["series"] for row in json.loads(done.stdout)]
    assert late == [name for name, state in status.items() if state in ("late", "old")]
    assert {status[name] for name in ("boj.total_assets", "eia.wti", "stlouisfed.stress", "moodys.baa_10y")} == {"old"}
    count = Counter(status.values())
    unheld = count["never loaded"]
    assert (
        done.stderr
        == f"{count['late']} late, {count['old']} old, {unheld} hold nothing: `liquidity status` lists all\n"
    )
    page = (filled / "reports" / "liquidity.html").read_text()
    said = [f"{count['late']} late", f"{count['old']} old", f"{unheld} hold nothing"]
    assert [f">{text}</a>" in page for text in said] == [True] * 3  # what failed is of the last run, a test's own
    assert f"missing: {unheld} series have no file" in (filled / "demo.err").read_text()
    assert re.search(r"\d+ days late against H\.4\.1: WALCL", page)
    marked = re.findall(r"<small>old by its pace; [^<]*</small>", page)
    assert len(marked) == count["old"]


def test_files_that_are_not_there_are_one_sentence_and_what_a_metric_reads_comes_first(
    filled: Path, data: Path
) -> None:
    lines = [SERIES[name] for name in needed() if name in SERIES]
    lacking = {line.code for line in lines if file_name(data, PROVIDERS[line.source], line) is None}
    (said,) = [line for line in (filled / "demo.err").read_text().splitlines() if line.startswith("missing: ")]
    count = int(said.split()[1])
    named = re.match(r"missing: \d+ series have no file in \S+: (.*) and \d+ more", said)
    assert named
    assert len(lacking) > 12
    assert set(named[1].split(", ")) <= lacking
    assert said.endswith(f" and {count - 12} more (`liquidity status` lists all)")
    page = (filled / "reports" / "liquidity.html").read_text()
    assert f"{count - len(lacking)} more series of the catalog" in page
    assert "TREAST" not in page
    assert "WLRRAOL" in page


def test_a_filter_narrows_the_list_and_one_that_fits_nothing_is_one_line(filled: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(command(filled, "series", "H.8", "--format", "csv").stdout)))
    assert {row["release"] for row in rows} == {"H.8 Assets and Liabilities of Commercial Banks"}
    table = command(filled, "series", "libor.ted")
    assert "TEDRATE" in table.stdout
    assert "no release clock on file" in table.stderr
    wrong = command(filled, "series", "nothing-like-it")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert wrong.stderr == "liquidity: no series matches 'nothing-like-it'; `liquidity series` lists all\n"
    assert command(filled, "status", "--format", "xml").returncode == 2


def test_the_universes_are_in_the_warehouse_as_they_were_declared(filled: Path) -> None:
    asked = "select universe_id, count(*) as n from meta.universe_as_of() group by 1 order by 1"
    found = {
        row["universe_id"]: row["n"] for row in json.loads(command(filled, "sql", asked, "--format", "json").stdout)
    }
    assert (found["us_large_30"], found["crypto_10"]) == (30, 10)


def test_a_demo_of_files_brings_their_bars_and_says_which_contradict_themselves(filled: Path) -> None:
    said = (filled / "demo.err").read_text()
    assert "23 instruments, 152,927 bars appended" in said
    assert "flagged: fut.gc: of 6,508 bars 441 whose high and low do not enclose the open and close" in said
    query = "select source_id, count(distinct instrument_id), count(*) from raw.bars_latest group by 1"
    assert command(filled, "sql", query, "--format", "csv").stdout.splitlines()[1:] == ["ohlcv,23,152927"]


def test_nfci_s_history_is_not_known_in_1971(filled: Path) -> None:
    done = command(filled, "show", "NFCI", "--as-of", "2020-01-01T00:00:00Z", "--format", "json")
    assert json.loads(done.stdout) == []
    said = "chicagofed.nfci: nothing of it was known at 2020-01-01T00:00:00Z; the first of it is known since 20"
    assert done.stderr.startswith(said)


def test_why_there_are_no_rows_is_said_beside_an_empty_answer(filled: Path) -> None:
    names = ["us.move.z20", "us.real_yield.10y", "us.funding.swap_lines", "TREAST"]
    done = command(filled, "show", *names, "--format", "json")
    assert (done.returncode, done.stdout) == (0, "[]\n")
    assert done.stderr.splitlines() == [
        "us.move.z20: no rows without its inputs: close.yahoo.idx.move (yahoo ^MOVE) was never loaded; idx.move by "
        "ohlcv, which is held, is adjusted data of another source and no such close",
        "us.real_yield.10y: no rows without its inputs: ust.real_yield_10y (fred DFII10) was never loaded",
        "us.funding.swap_lines: no rows without its inputs: fed.swap_lines (fred SWPT) was never loaded",
        "fed.treasuries (fred TREAST) was never loaded",
    ]
    later = command(filled, "show", WEEKLY, "WALCL", "--from", "2030-01-01", "--format", "csv")
    assert later.stdout == "metric,period,value,unit,status,known_at\n"
    assert later.stderr.splitlines() == [
        f"{name}: no row from 2030-01-01 on; held are 2002-12-18 to 2026-07-15" for name in (WEEKLY, "fed.total_assets")
    ]


def test_doctor_masks_keys_and_names_versions(filled: Path) -> None:
    done = command(
        filled,
        "doctor",
        LIQUIDITY_SOURCES__FRED__API_KEY="abcdef0123456789",
        LIQUIDITY_SOURCES__FRED__BASE_URL="http://127.0.0.1:9",
        LIQUIDITY_NOTIFY__URLS="json://user:abcdef0123456789@127.0.0.1:9/",
        LIQUIDITY_NOTIFY__HEARTBEAT_URL="http://127.0.0.1:9/abcdef0123456789",
    )
    assert "abcdef0123456789" not in done.stdout + done.stderr
    assert re.search(r"^ok    notify: json-[0-9a-f]{6}; a heartbeat is sent$", done.stdout, re.M)
    assert "****89" in done.stdout
    assert "dagster 1.13" in done.stdout
    assert "ok    runs: a process each (launcher default)" in done.stdout
    assert "observations" in done.stdout


def test_the_version_and_the_help_of_every_command_are_there(tmp_path: Path) -> None:
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())["project"]
    assert command(tmp_path, "--version").stdout.strip() == project["version"]
    for words in (
        "demo",
        "up",
        "down",
        "daily",
        "show",
        "history",
        "changed",
        "series",
        "status",
        "sql",
        "doctor",
        "warehouse migrate",
        "warehouse url",
    ):
        shown = command(tmp_path, *words.split(), "--help")
        assert shown.returncode == 0
        assert "--home" in shown.stdout, words


def test_the_printed_address_is_the_reader_s(filled: Path) -> None:
    url = command(filled, "warehouse", "url", "--reader").stdout.strip()
    assert url.startswith("postgresql://liquidity_reader:")
    assert url.endswith("/liquidity")


def test_the_readme_s_sql_answers_what_was_believed(filled: Path) -> None:
    """Every statement of the README, pasted into psql as the reader."""
    readme = (Path(__file__).parents[2] / "README.md").read_text()
    statements = re.findall(r"```sql\n(.*?)```", readme, re.DOTALL)
    answers = []
    with open_warehouse(Settings(home=filled, _env_file=None)) as warehouse:
        for statement in statements:
            done = subprocess.run(
                [str(find_binaries(None).folder / "psql"), "-X", "--csv", warehouse.plain_url(reader=True)],
                input=statement, capture_output=True, text=True,
            )  # fmt: skip
            assert done.stderr == ""
            answers.append(done.stdout)
    believed, prints, audit = (list(csv.DictReader(io.StringIO(answer))) for answer in answers[:3])
    assert believed[0]["period"] == "2023-03-15"
    assert float(believed[0]["believed_then"]) == float(believed[0]["believed_now"]) == 6305834000000
    assert [row["period"] for row in prints] == ["2020-04-01"]
    assert float(prints[0]["today"]) == 130426000
    assert audit[0]["period"] == "2023-03-15"
    assert float(audit[0]["knowable"]) == 8639300000000
    assert {row["answered"] for row in audit} == {""}, "this home was filled long after 2023"
    assert "NULL is a published blank" in answers[3]
    assert len(answers) == 4


def test_sql_as_a_table_stops_somewhere_and_says_so(filled: Path) -> None:
    asked = "select n from generate_series(1, 1000) n"
    done = command(filled, "sql", asked)
    assert done.stdout.split()[-1] == "200"
    assert "the first 200 rows" in done.stderr
    assert len(command(filled, "sql", asked, "--format", "csv").stdout.splitlines()) == 1001


def test_sql_prints_what_python_has_no_value_for(filled: Path) -> None:
    done = command(
        filled, "sql", """select 'infinity'::timestamptz as at, '{"a": [1]}'::jsonb as j, now() < 'infinity' as b""",
        "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [{"at": "infinity", "j": '{"a": [1]}', "b": True}]


def test_the_address_of_the_embedded_server_says_when_it_answers(filled: Path) -> None:
    assert "while `liquidity up` or another command runs" in command(filled, "warehouse", "url").stderr


def test_a_real_home_refuses_a_moved_clock_and_holds_simulated_data_apart(filled: Path, few_files: Path) -> None:
    moved = command(filled, "daily", "--data", str(few_files), "--as-at", "2026-07-20T00:00:00Z")
    assert moved.returncode == 1
    assert "refuses a moved" in moved.stderr
    beside = command(filled, "daily", "--data", "sample", "--select", "WALCL", "--skip", "metrics,marts")
    assert beside.returncode == 0, beside.stderr
    assert "skipped: marts, metrics" in beside.stderr
    assert "SIMULATED" in command(filled, "show", "WALCL", LIQUIDITY_DATA="sample").stdout
    assert (filled / "sample" / "postgres").is_dir()
    page = (filled / "sample" / "reports" / "liquidity.html").read_text()
    assert "SIMULATED" in page
    assert "simulated" not in command(filled, "sql", "select value from meta.warehouse", "--format", "csv").stdout


# signals: the state of a past day as it was known, why, and what followed (here, where the home is filled already)

AT = "2020-03-20T12:00:00Z"


def test_a_past_regime_is_shown_with_its_inputs_and_what_is_said_today(filled: Path) -> None:
    shown = command(filled, "show", "us.regime", "--as-of", AT)
    assert shown.returncode == 0, shown.stderr
    assert "2020-03-18" in shown.stdout
    assert "EXPANSION" in shown.stdout
    assert "us.regime of 2020-03-18: EXPANSION" in shown.stderr
    assert "confidence LOW (33% of its components agree)" in shown.stderr
    assert "score 2.89 (known 2020-03-19T20:30:00Z)" in shown.stderr
    assert "next input due 2020-03-26T20:30:00Z" in shown.stderr
    assert "today's answer for 2020-03-18 is the same" in shown.stderr


def test_a_signal_prints_its_score_as_value_and_its_state_as_status(filled: Path) -> None:
    printed = command(filled, "show", "us.regime", "--as-of", AT, "--format", "csv")
    row = list(csv.DictReader(io.StringIO(printed.stdout)))[-1]
    assert printed.stderr == ""
    assert list(row) == ["metric", "period", "value", "unit", "status", "known_at"]
    assert (row["metric"], row["period"], row["status"]) == ("us.regime", "2020-03-18", "EXPANSION")
    assert row["value"].startswith("2.8905")
    assert row["known_at"] == "2020-03-19T20:30:00Z"


def test_the_steps_of_a_signal_are_history_and_it_has_no_payload(filled: Path) -> None:
    steps = json.loads(command(filled, "history", "us.regime", "2020-03-18", "--format", "json").stdout)
    assert [(row["status"], row["known_at"]) for row in steps] == [("EXPANSION", "2020-03-19T20:30:00Z")]
    shown = command(filled, "history", "us.regime", "2020-03-18")
    assert "inputs as known at 2020-03-19T20:30:00Z" in shown.stdout
    assert shown.stdout.count(" ratio ") == 1 + len(SIGNALS["us.regime"].inputs), "each input has its unit"
    asked_next = [line for line in shown.stderr.splitlines() if line.startswith("next: ")]
    assert asked_next[0] == "next: liquidity history us.regime.net_13w 2020-03-18"
    assert len(asked_next) == len(SIGNALS["us.regime"].inputs)
    refused = command(filled, "history", "us.regime", "2020-03-18", "--payload")
    assert refused.returncode == 2
    assert "made of metrics" in refused.stderr
    asked = command(filled, "changed", "us.regime", "--since", AT)
    assert asked.returncode == 2
    assert "liquidity history us.regime" in asked.stderr


def test_a_number_made_of_a_window_can_be_rebuilt_from_what_its_history_prints(filled: Path) -> None:
    (step,) = json.loads(command(filled, "history", "us.vix.z20", "2020-03-18", "--format", "json").stdout)
    printed = command(filled, "history", "us.vix.z20", "2020-03-18")
    rows = printed.stdout.partition("before: the 20 rows of cboe.vix")[2]
    before = [float(line.split()[1]) for line in rows.splitlines() if line.startswith("20")]
    assert len(before) == 20
    assert (76.45 - mean(before)) / pstdev(before) == pytest.approx(step["value"], abs=1e-9)
    (span,) = [line.split() for line in printed.stdout.splitlines() if line.startswith("before   ")]
    assert span[1:7] == ["cboe.vix", "window", "20", "16", "2020-02-19", "2020-03-17"]
    assert (float(span[7]), float(span[8])) == pytest.approx((mean(before), pstdev(before)))


def test_a_long_window_is_a_command_away_as_it_was_known(filled: Path) -> None:
    (step,) = json.loads(command(filled, "history", "us.regime.net_13w", "2020-03-18", "--format", "json").stdout)
    printed = command(filled, "history", "us.regime.net_13w", "2020-03-18")
    level = next(float(line.split()[3]) for line in printed.stdout.splitlines() if line.startswith("level "))
    (following,) = [line for line in printed.stderr.splitlines() if line.startswith("next: liquidity show ")]
    assert "the " not in printed.stdout, "a window of years is not listed"
    asked = command(filled, *following.removeprefix("next: liquidity ").split())
    before = [float(row["value"]) for row in csv.DictReader(io.StringIO(asked.stdout)) if row["value"]]
    (span,) = [line.split() for line in printed.stdout.splitlines() if line.startswith("before ")]
    assert (len(before), mean(before)) == (int(span[3]), pytest.approx(float(span[7])))
    rank = (sum(one < level for one in before) + sum(one == level for one in before) / 2) / len(before)
    held = min(max(rank, 1 / (2 * len(before))), 1 - 1 / (2 * len(before)))
    assert NormalDist().inv_cdf(held) == pytest.approx(step["value"])


def test_a_record_says_what_followed_and_how_much_that_is_worth(filled: Path) -> None:
    printed = command(filled, "track", "--format", "json")
    assert printed.returncode == 0, printed.stderr
    rows = json.loads(printed.stdout)
    assert {row["signal"] for row in rows} == set(SIGNALS)
    for row in rows:
        assert row["low"] <= row["difference"] <= row["high"]
        assert 0 < row["n_eff"] <= row["n"]
        assert row["difference"] - (row["mean"] - row["base_mean"]) < 1e-3
    told = command(filled, "track", "us.regime")
    assert "prices, without dividends" in told.stdout
    counted = r"4 weeks: \d+ releases, closes of 20\S+ to 2026-07-\d\d; 13 weeks: \d+ releases, closes of .*"
    prices = r"SP500 \(sp.500, a price index: without dividends\) is held of 20\S+ to 2026-07"
    assert re.search(rf"^us.regime: {counted}; {prices}", told.stderr)
    assert "hold 0" in told.stderr
    refused = command(filled, "track", "us.spread.10y2y")
    assert (refused.returncode, refused.stderr.count("\n")) == (2, 1)
    assert "is no signal" in refused.stderr
