"""`history` and `changed`: every row of a number in the order it became known, down to the publisher's own bytes."""

import csv
import gzip
import io
import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from liquidity_platform.automation.resources import prepare
from liquidity_platform.cli.main import run
from liquidity_platform.core.facts import METRIC_ROWS, OFFERED
from liquidity_platform.core.instants import Clock, iso
from liquidity_platform.core.window import Window
from liquidity_platform.settings import Settings
from liquidity_platform.sources.archive import open_archive
from liquidity_platform.warehouse.append import append_metrics, append_observations
from liquidity_platform.warehouse.connect import Warehouse, open_warehouse
from liquidity_platform_tests.cli.conftest import command
from liquidity_platform_tests.warehouse.offering import payload

WEEKLY, WEDNESDAY, NEXT = "us.net_liquidity.weekly", date(2023, 3, 15), date(2023, 3, 22)
ASKED = [datetime(2023, 3, day, 12, tzinfo=UTC) for day in (17, 20, 24)]
BODIES = [b"observation_date,WALCL\r\n2023-03-15,10\r\n", b"12 \xff\x00\x1b[2J", b"10 again\n"]
COLUMNS = ["series", "period", "value", "unit", "known_at", "known_basis", "recorded_at", "source", "sha256", "run"]
DAYS = [date(2024, 1, 1) + timedelta(days=n) for n in range(50)]
VINTAGES = [datetime(2020, 5, 8, 12, 30, tzinfo=UTC), datetime(2021, 1, 8, 13, 30, tzinfo=UTC)]
EVERYTHING = Window(2002, 2030)


@dataclass
class Told:
    """A home where WALCL said 10, 12 and 10 again; `since` lies between the 12 and the second 10."""

    home: Path
    since: datetime
    hashes: list[str] = field(default_factory=list)

    def rows(self, *words: str, **environment: str) -> list[dict[str, Any]]:
        done = command(self.home, *words, "--format", "json", **environment)
        assert done.returncode == 0, done.stderr
        found: list[dict[str, Any]] = json.loads(done.stdout)
        return found


def offer(
    warehouse: Warehouse,
    series: str,
    values: Iterable[tuple[date, float]],
    fetched: datetime,
    body: bytes,
    basis: str = "fetched",
) -> str:
    """One answer of a publisher, archived and appended; returns its sha256."""
    sha256, uri = open_archive(warehouse.settings).store(body)
    row = {**payload(series, "fred", fetched), "sha256": sha256, "uri": uri, "bytes": len(body)}
    frame = pl.DataFrame(
        [(series, day, fetched, value, basis, "fred", fetched, row["payload_id"], "run") for day, value in values],
        schema=OFFERED, orient="row",
    )  # fmt: skip
    with warehouse.session() as connection:
        append_observations(connection, frame, [row], EVERYTHING, Clock())
    return sha256


def compute(warehouse: Warehouse) -> None:
    """Two steps of one metric for one period."""
    frame = pl.DataFrame(
        [
            (WEEKLY, 1, WEDNESDAY, ASKED[0], None, "MISSING_INPUT", "h1"),
            (WEEKLY, 1, WEDNESDAY, ASKED[1], 5.0, "COMPLETE", "h2"),
        ],
        schema=METRIC_ROWS,
        orient="row",
    )
    with warehouse.session() as connection:
        append_metrics(connection, frame, EVERYTHING, Clock(), "run")


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Told]:
    home = tmp_path_factory.mktemp("told") / "home"
    with open_warehouse(Settings(home=home, _env_file=None)) as warehouse:
        prepare(warehouse)
        hashes = [
            offer(warehouse, "fed.total_assets", [(WEDNESDAY, value)], at, body)
            for value, at, body in zip([10.0, 12.0], ASKED, BODIES, strict=False)
        ]
        jobless = date(2020, 4, 1)
        offer(warehouse, "bls.unemployment_rate", [(jobless, 14.8)], datetime(2024, 6, 1, tzinfo=UTC), b"jobless")
        since = datetime.now(UTC)
        for n, value in enumerate((14.7, 14.75)):  # of a vintage file that was read late: known before what is held
            offer(warehouse, "bls.unemployment_rate", [(jobless, value)], VINTAGES[n], b"of old %d" % n, "vintage")
        again = [(WEDNESDAY, 10.0), (NEXT, 7.0)]
        hashes.append(offer(warehouse, "fed.total_assets", again, ASKED[2], BODIES[2]))
        asked = datetime(2024, 6, 1, tzinfo=UTC)
        offer(warehouse, "ust.yield_10y", [(day, 4.25) for day in DAYS], asked, b"yields")
        offer(warehouse, "bls.payrolls", [(date(2020, 4, 1), 130e6)], asked, b"payrolls")
        offer(warehouse, "bea.gdp", [(date(2020, 4, 1), 2e13)], asked, b"gdp")
        compute(warehouse)
        with warehouse.session() as connection:
            connection.execute(
                "INSERT INTO raw.observations VALUES ('ust.yield_2y', %s, %s, 4, 'fetched', 'fred', %s, %s, NULL)",
                [WEDNESDAY, ASKED[0], ASKED[0], uuid.uuid4()],
            )
        yield Told(home, since, hashes)  # the server runs on, so that each command finds it running


def test_a_metric_s_period_names_what_each_input_was_then_and_what_to_ask_next(told: Told) -> None:
    done = command(told.home, "history", WEEKLY, "2023-03-15")
    line = next(line for line in done.stdout.splitlines() if "fed.total_assets" in line)
    assert "12" in line.split()  # WALCL as it stood at the newest step, not the 10 that came later
    assert told.hashes[1][:12] in line
    assert "treasury.tga_wednesday" in done.stdout  # no row of it: named all the same
    assert done.stderr.splitlines()[-1] == "next: liquidity history fed.total_assets 2023-03-15"
    assert "inputs as known" not in command(told.home, "history", WEEKLY).stdout
    assert "next:" not in command(told.home, "history", WEEKLY, "2023-03-15", "--format", "json").stderr


def test_show_draws_below_its_table_when_asked(told: Told) -> None:
    drawn = command(told.home, "show", "DGS10", "--chart").stdout
    assert "2024-01-01" in drawn.splitlines()[-1]
    assert "2024-02-19" in drawn.splitlines()[-1]
    assert "┤" not in command(told.home, "show", "DGS10").stdout
    refused = command(told.home, "show", "DGS10", "--chart", "--format", "csv")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "--chart" in refused.stderr


@pytest.fixture
def archive(told: Told, tmp_path: Path) -> Path:
    """A copy of the archive that a test may damage; LIQUIDITY_ARCHIVE__URL names it."""
    return Path(shutil.copytree(told.home / "archive", tmp_path / "archive"))


def stored(archive: Path, sha256: str) -> Path:
    return archive / sha256[:2] / f"{sha256}.gz"


def test_ten_twelve_ten_is_three_rows_each_with_its_own_payload(told: Told) -> None:
    rows = told.rows("history", "walcl", "2023-03-15")
    assert [row["value"] for row in rows] == [10, 12, 10]
    assert [row["known_at"] for row in rows] == [iso(at) for at in ASKED]
    assert [row["sha256"] for row in rows] == told.hashes
    assert len({row["payload_id"] for row in rows}) == 3
    then = told.rows("history", "fed.total_assets", "2023-03-15", "--as-of", iso(ASKED[1]))
    assert then == rows[:2]
    assert rows == told.rows("history", "WALCL")[:3]


def test_json_carries_what_leads_to_the_bytes_and_csv_the_columns(told: Told) -> None:
    row = told.rows("history", "WALCL", "2023-03-22")[0]
    assert list(row) == [*COLUMNS, "payload_id", "fetched_at", "request", "uri"]
    assert row["uri"] == f"{row['sha256'][:2]}/{row['sha256']}.gz"
    assert (row["unit"], row["known_basis"], row["source"], row["run"]) == ("usd", "fetched", "fred", "run")
    assert (row["fetched_at"], row["request"]) == (iso(ASKED[2]), "test")
    printed = command(told.home, "history", "WALCL", "2023-03-22", "--format", "csv").stdout
    assert list(csv.DictReader(io.StringIO(printed))) == [{name: str(row[name]) for name in COLUMNS}]


def test_a_table_shows_the_last_forty_rows_and_csv_all(told: Told) -> None:
    table = command(told.home, "history", "DGS10")
    assert [line.split()[1] for line in table.stdout.splitlines()[2:]] == [str(day) for day in DAYS[-40:]]
    assert "the last 40 of 50 rows, 10 more" in table.stderr
    assert len(command(told.home, "history", "DGS10", "--format", "csv").stdout.splitlines()) == 51
    one = command(told.home, "history", "WALCL", "2023-03-15").stdout
    for sha256 in told.hashes:
        assert sha256[:12] in one


@pytest.mark.parametrize(("code", "text"), [("PAYEMS", "2020-04"), ("GDP", "2020-04"), ("GDP", "2020-06")])
def test_a_month_is_understood_where_periods_are_months_or_quarters(told: Told, code: str, text: str) -> None:
    assert [row["period"] for row in told.rows("history", code, text)] == ["2020-04-01"]


def test_a_metric_shows_every_step(told: Told) -> None:
    rows = told.rows("history", WEEKLY, "2023-03-15")
    assert [(row["value"], row["status"], row["inputs_hash"]) for row in rows] == [
        (None, "MISSING_INPUT", "h1"), (5, "COMPLETE", "h2"),
    ]  # fmt: skip
    assert list(rows[0]) == [
        "metric", "period", "value", "unit", "status", "known_at", "recorded_at", "definition_version", "inputs_hash",
        "run",
    ]  # fmt: skip


def test_payload_prints_exactly_the_archived_bytes_of_the_newest_row(told: Told) -> None:
    def printed(*words: str) -> bytes:
        program = Path(sys.executable).with_name("liquidity")
        done = subprocess.run(
            [program, "history", "WALCL", "2023-03-15", "--payload", *words, "--home", told.home], capture_output=True
        )
        assert (done.returncode, done.stderr) == (0, b"")
        return done.stdout

    assert printed() == BODIES[2]
    assert [printed("--as-of", iso(at)) for at in ASKED[:2]] == BODIES[:2]


def test_altered_and_missing_payloads_are_named_after_the_table(told: Told, archive: Path) -> None:
    stored(archive, told.hashes[0]).write_bytes(gzip.compress(b"observation_date,WALCL\n2023-03-15,99\n"))
    stored(archive, told.hashes[1]).unlink()
    for words in (["2023-03-15"], ["--verify"]):
        done = command(told.home, "history", "WALCL", *words, LIQUIDITY_ARCHIVE__URL=str(archive))
        assert done.returncode == 1
        assert done.stdout.count("fed.total_assets") == (3 if words == ["2023-03-15"] else 4)
        faults = [line for line in done.stderr.splitlines() if line.startswith("liquidity: ")]
        assert len(faults) == 2
        assert f"{told.hashes[0]}.gz was altered" in faults[0]
        assert f"{told.hashes[1]}.gz is not there" in faults[1]
        assert "1 of 3 payloads" in done.stderr
    whole = command(told.home, "history", "WALCL", LIQUIDITY_ARCHIVE__URL=str(archive))
    assert (whole.returncode, whole.stderr) == (0, ""), "a whole series is read only with --verify"


def test_a_cut_file_is_named_and_never_printed_as_a_payload(told: Told, archive: Path) -> None:
    path = stored(archive, told.hashes[2])
    path.write_bytes(path.read_bytes()[:-5])
    done = command(told.home, "history", "WALCL", "2023-03-15", "--payload", LIQUIDITY_ARCHIVE__URL=str(archive))
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert "damaged" in done.stderr


def test_a_row_without_an_indexed_payload_is_shown_and_named(told: Told) -> None:
    done = command(told.home, "history", "DGS2", "2023-03-15")
    assert done.returncode == 1
    assert "ust.yield_2y" in done.stdout
    assert "is not in raw.payloads" in done.stderr


def test_verify_of_a_whole_archive_says_how_many(told: Told) -> None:
    done = command(told.home, "history", "WALCL", "--verify", "--format", "csv")
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 5
    assert "3 of 3 payloads in the archive are what was stored" in done.stderr


def test_changed_shows_what_is_known_beside_what_was_answered(told: Told) -> None:
    rows = told.rows("changed", "--recorded", "--since", iso(told.since), "WALCL")
    assert [(row["period"], row["value"], row["value_before"]) for row in rows] == [
        ("2023-03-22", 7, None), ("2023-03-15", 10, 12),
    ]  # fmt: skip
    assert list(rows[0]) == [
        "series", "period", "value", "value_before", "unit", "known_at", "known_at_before", "known_basis",
        "status", "recorded_at",
    ]  # fmt: skip
    everything = told.rows("changed", "--recorded", "--since", iso(told.since))
    assert {row["series"] for row in everything} == {
        "bea.gdp", "bls.payrolls", "ust.yield_10y", "ust.yield_2y", "fed.total_assets", "bls.unemployment_rate",
    }  # fmt: skip
    knowledge = [(row["known_at"], row["recorded_at"]) for row in everything]
    assert knowledge == sorted(knowledge, reverse=True)


def test_changed_is_what_became_known_whenever_this_warehouse_heard_of_it(told: Told) -> None:
    """10 was known on the 17th, 12 on the 20th, 10 again on the 24th, with 7 for the week after."""

    def since(day: int, *names: str) -> list[tuple[Any, ...]]:
        rows = told.rows("changed", "--since", f"2023-03-{day}T13:00:00Z", *names)
        return [(r["period"], r["value"], r["value_before"], r["known_at"], r["known_at_before"]) for r in rows]

    was, now = iso(ASKED[1]), iso(ASKED[2])
    assert since(20, "WALCL") == [("2023-03-22", 7, None, now, None), ("2023-03-15", 10, 12, now, was)]
    assert since(17, "WALCL")[1] == ("2023-03-15", 10, 10, now, iso(ASKED[0]))
    assert since(24, "WALCL", WEEKLY) == []
    assert since(17, WEEKLY) == [("2023-03-15", 5, None, was, iso(ASKED[0]))]
    both = told.rows("changed", "--since", "2023-03-17T13:00:00Z", "WALCL", WEEKLY)
    assert [(row["series"], row["unit"]) for row in both] == [
        ("fed.total_assets", "usd"), ("fed.total_assets", "usd"), (WEEKLY, "usd"),
    ]  # fmt: skip
    assert [(row["known_basis"], row["status"]) for row in both[1:]] == [("fetched", None), (None, "COMPLETE")]
    table = command(told.home, "changed", "--since", "2023-03-17T13:00:00Z", WEEKLY).stdout
    assert "COMPLETE" in table
    assert "known_basis" not in table


def test_what_was_written_down_is_told_also_where_it_changes_no_answer(told: Told) -> None:
    asked = ["changed", "--recorded", "--since", iso(told.since), "UNRATE"]
    rows = told.rows(*asked)
    assert [(row["value"], row["value_before"], row["known_at"], row["known_basis"]) for row in rows] == [
        (14.75, None, iso(VINTAGES[1]), "vintage"), (14.7, None, iso(VINTAGES[0]), "vintage"),
    ]  # fmt: skip
    table = command(told.home, *asked)
    counted = next(line for line in table.stdout.splitlines() if "bls.unemployment_rate" in line).split()
    assert counted[:8] == [
        "bls.unemployment_rate", "2", "2020-04-01", "2020-04-01", "2020-05-08", "12:30Z", "2021-01-08", "13:30Z",
    ]  # fmt: skip
    assert f"2 rows were written down after {iso(told.since)}, of which 0 are what is answered now" in table.stderr
    steps = command(told.home, "changed", "--recorded", "--since", iso(told.since), WEEKLY)
    assert "2 rows were written down" in steps.stderr
    assert "of which 1 are" in steps.stderr
    later = command(told.home, "changed", "--recorded", "--since", "2100-01-01T00:00:00Z", "UNRATE")
    assert later.stderr == "nothing was written down after 2100-01-01T00:00:00Z\n"


def test_changed_as_a_table_is_forty_rows_and_says_how_many_more(told: Told) -> None:
    done = command(told.home, "changed", "--recorded", "--since", iso(told.since), "dgs10", "fed.total_assets")
    assert len(done.stdout.splitlines()) == 5 + 43  # both are titled; one line counts each series
    assert "the newest 40 of 52 rows, 12 more" in done.stderr
    later = command(told.home, "changed", "--since", "2100-01-01T00:00:00Z", "--format", "csv")
    assert (later.returncode, len(later.stdout.splitlines())) == (0, 1)
    assert "nothing became known after 2100" in later.stderr


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["history"], 2, "SERIES"),
        (["history", "fed.total_asets"], 2, "did you mean fed.total_assets"),
        (["history", "nonsense"], 2, "'nonsense'"),
        (["history", "WALCL", "2023-13-01"], 2, "is not a date"),
        (["history", "WALCL", "yesterday"], 2, "is not a date"),
        (["history", "WALCL", "2023-03"], 2, "not a monthly or quarterly series"),
        (["history", WEEKLY, "2023-03"], 2, "not a monthly or quarterly series"),
        (["history", "PAYEMS", "2020-13"], 2, "is not a date"),
        (["history", "WALCL", "--payload"], 2, "name it"),
        (["history", WEEKLY, "2023-03-15", "--payload"], 2, "ask its inputs: fed.on_rrp, fed.total_assets"),
        (["history", WEEKLY, "--verify"], 2, "ask its inputs"),
        (["history", "WALCL", "--as-of", "2023-03-16"], 2, "is a day, not an instant"),
        (["history", "WALCL", "--format", "xml"], 2, "choose one of"),
        (["history", "WALCL", "2023-03-16"], 1, "nearest held: 2023-03-15 and 2023-03-22"),
        (["history", "WALCL", "2023-03-15", "--as-of", "2023-03-01T00:00:00Z"], 1, "was known at 2023-03-01"),
        (["history", "NFCI", "2023-03-15", "--payload"], 1, "no row of chicagofed.nfci"),
        (["changed"], 2, "--since"),
        (["changed", "--since", "2023-03-16"], 2, "is a day, not an instant"),
        (["changed", "--since", "2023-03-16T20:00:00"], 2, "no time zone"),
        (["changed", "--since", "2023-03-16T20:00:00Z", "nonsense"], 2, "no metric or series 'nonsense'"),
    ],
)
def test_a_mistake_is_one_line(
    told: Told,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    code: int,
    says: str,
) -> None:
    monkeypatch.setenv("LIQUIDITY_HOME", str(told.home))
    assert run(words) == code
    out, said = capsys.readouterr()
    assert (out, said.count("\n")) == ("", 1), said
    assert said.startswith("liquidity: ")
    assert says in said


def test_an_empty_warehouse_says_what_to_run_and_an_empty_series_says_so(told: Told, tmp_path: Path) -> None:
    for words in (["history", "WALCL"], ["changed", "--since", "2023-03-16T20:00:00Z"]):
        done = command(tmp_path / "home", *words)
        assert done.returncode == 1
        assert "run `liquidity demo`" in done.stderr
    silent = command(told.home, "history", "NFCI", "--format", "json")
    assert (silent.returncode, silent.stdout, silent.stderr) == (
        0, "[]\n", "no row of chicagofed.nfci is held\n",
    )  # fmt: skip
