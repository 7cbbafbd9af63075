"""Facts rebuilt from the archive: the same bytes and the same parser make the same facts, and nothing more."""

import shutil
import uuid
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy.engine import make_url

from liquidity_platform.automation.loading import load
from liquidity_platform.automation.reparsing import Reparsed, reparse
from liquidity_platform.catalog.series import Series, find_series
from liquidity_platform.cli.main import run
from liquidity_platform.core.errors import SourceChanged
from liquidity_platform.core.window import Window
from liquidity_platform.settings import settings as of_process
from liquidity_platform.sources.contract import Provider
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.append import WriteReport
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform.warehouse.server.lease import Cluster
from liquidity_platform_tests.addresses import plain

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

FRED = PROVIDERS["fred"]
SAID = "SELECT series_id, period, known_at, value, known_basis, fetched_at, payload_id FROM raw.observations"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "files" / "fred").mkdir(parents=True)
    return tmp_path / "files"


def rows(warehouse: Warehouse, what: str = SAID) -> list[tuple]:
    with warehouse.session() as connection:
        return sorted(connection.execute(what).fetchall(), key=_ordered)


def _ordered(row: tuple) -> tuple:
    """Instants in the order of time, NULL first; as text 54.027673 comes after 54.242043."""
    return tuple((value is not None, value) for value in row)


def again(warehouse: Warehouse, provider: Provider = FRED, since: datetime | None = None) -> Reparsed:
    return reparse(provider, since, warehouse, "again", lambda _: None)


def publish(folder: Path, code: str, values: dict[date, float | None]) -> None:
    lines = [f"{day},{'.' if value is None else value}" for day, value in sorted(values.items())]
    (folder / "fred" / f"{code}.csv").write_text("\n".join([f"observation_date,{code}", *lines]) + "\n")


def fetch(
    warehouse: Warehouse, *codes: str, window: Window | None = None, whole: bool = True, vintages: bool = True,
    provider: Provider = FRED,
) -> None:  # fmt: skip
    """Load the series in a run of its own."""
    lines = [find_series(code) for code in codes]
    years = window or Window.all_until(datetime.now(UTC))
    outcomes = load(provider, lines, years, warehouse, str(uuid.uuid4()), lambda _: None, whole, vintages)
    assert [outcome.series for outcome in outcomes] == lines


def forget(server: Cluster, database: str, *more: str) -> None:
    """Take every observation away, as only a superuser can; the index of the archive stays unless it is named."""
    with psycopg.connect(plain(server.url(str(make_url(database).database))), autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute(f"TRUNCATE {', '.join(('raw.observations', 'raw.observation_heads', *more))}".encode())


WEDNESDAYS = [date.today() - timedelta(days=(date.today().weekday() - 2) % 7 - 7 * week) for week in range(-6, 2)]
ANSWERS = st.lists(
    st.tuples(
        st.sampled_from(["WALCL", "NFCI"]),  # published once; revised
        st.dictionaries(st.sampled_from(WEDNESDAYS), st.sampled_from([None, 6_500_000, 6_600_000]), min_size=1),
        st.booleans(),  # for every window, or only the current one
    ),
    min_size=1, max_size=7,
)  # fmt: skip


@settings(max_examples=6)
@given(answers=ANSWERS)
def test_any_history_read_again_adds_nothing_and_read_anew_is_the_same(
    opened: Warehouse, folder: Path, server: Cluster, database: str, answers: list
) -> None:
    forget(server, database, "raw.payloads", "ops.quarantine")
    for code, values, whole in answers:
        scale = 1 if code == "WALCL" else 1e-7
        publish(folder, code, {day: value and value * scale for day, value in values.items()})
        fetch(opened, code, window=Window.current(datetime.now(UTC)), whole=whole)
    before = rows(opened)
    found = again(opened)
    assert (found.report.appended, found.refused, found.payloads) == (0, [], len(answers))
    assert rows(opened) == before
    forget(server, database)
    assert again(opened).report.appended == len(before)
    assert rows(opened) == before
    assert again(opened).report.appended == 0


def test_real_files_with_vintages_read_again_add_nothing(
    opened: Warehouse, folder: Path, real_data: Path, server: Cluster, database: str
) -> None:
    (folder / "alfred").mkdir()
    for code in ("WALCL", "PAYEMS"):
        shutil.copy(real_data / "fred" / f"{code}.csv", folder / "fred")
    for path in (real_data / "alfred").glob("PAYEMS_*"):
        shutil.copy(path, folder / "alfred")
    fetch(opened, "WALCL", "PAYEMS", vintages=False)
    fetch(opened, "WALCL", "PAYEMS")  # with vintages of what was fetched before them
    before = rows(opened)
    found = again(opened)
    assert (found.report.appended, found.refused) == (0, [])
    assert found.payloads > 4
    assert found.repeated == 1  # of WALCL; what came with PAYEMS the second time differs
    forget(server, database)
    again(opened)
    assert rows(opened) == before


def _strict(body: bytes, line: Series) -> pl.DataFrame:
    """A parser that does not know the newer name of the date column yet."""
    if not body.startswith(b"DATE,"):
        raise SourceChanged(f"{line.code}: the first line is strange")
    return FRED.parse(body, line)


def test_what_was_held_back_appears_as_known_at_its_own_fetch_once_it_can_be_read(
    opened: Warehouse, folder: Path
) -> None:
    days = WEDNESDAYS[1:4]
    narrow = replace(FRED, parse=_strict)
    for turn in range(2):
        publish(folder, "NFCI", dict.fromkeys(days, 0.5 + turn))
        publish(folder, "WALCL", dict.fromkeys(days, 6_500_000))
        fetch(opened, "NFCI", "WALCL", provider=narrow)
    assert rows(opened) == []
    assert len(rows(opened, "SELECT 1 FROM ops.quarantine WHERE status = 'pending'")) == 3
    still = again(opened, narrow)
    assert (still.report, still.held, still.refused) == (WriteReport(), 4, [])

    found = again(opened)
    assert (found.report.appended, found.report.revised, found.released) == (9, 3, 4)
    fetches = rows(opened, "SELECT fetched_at FROM raw.payloads WHERE series_id = 'chicagofed.nfci' ORDER BY 1")
    nfci = f"{SAID} WHERE series_id = 'chicagofed.nfci'"
    seen = {(known, value, basis, fetched) for _, _, known, value, basis, fetched, _ in rows(opened, nfci)}
    assert seen == {(fetches[turn][0], 0.5 + turn, "fetched", fetches[turn][0]) for turn in range(2)}
    walcl = rows(opened, f"{SAID} WHERE series_id = 'fed.total_assets'")
    assert {basis for *_, basis, _, _ in walcl} == {"release_rule"}
    assert all(known < fetched for _, _, known, _, _, fetched, _ in walcl)
    assert rows(opened, "SELECT status FROM ops.quarantine") == [("accepted",)] * 3
    before = rows(opened)
    assert again(opened).report.appended == 0
    assert rows(opened) == before


def test_a_parser_that_reads_more_adds_it_and_one_that_reads_less_takes_nothing_away(
    opened: Warehouse, folder: Path
) -> None:
    days = WEDNESDAYS[1:5]
    publish(folder, "NFCI", dict.fromkeys(days, 0.5))
    careless = replace(FRED, parse=lambda body, line: FRED.parse(body, line).head(2))
    fetch(opened, "NFCI", provider=careless)
    assert len(rows(opened)) == 2
    since = datetime.now(UTC)
    publish(folder, "NFCI", dict.fromkeys(days, 0.5))
    fetch(opened, "NFCI", provider=careless)
    assert again(opened, since=datetime.now(UTC)).payloads == 0
    assert again(opened, since=since).report.appended == 2
    assert again(opened).report.appended == 2  # the earlier fetch showed them too
    known = {known for _, period, known, *_ in rows(opened) if period == days[3]}
    assert len(known) == 2
    everything = rows(opened)
    assert again(opened, careless).report.appended == 0
    assert rows(opened) == everything


def test_an_answer_accepted_once_and_refused_now_is_named(opened: Warehouse, folder: Path) -> None:
    publish(folder, "WALCL", dict.fromkeys(WEDNESDAYS[1:4], 6_500_000))
    fetch(opened, "WALCL")
    before = rows(opened)
    (sentence,) = again(opened, replace(FRED, parse=_strict)).refused
    assert sentence.startswith("WALCL fetched 20")
    assert sentence.endswith("WALCL: the first line is strange")
    assert rows(opened) == before


def test_the_command_says_counts_and_refuses_in_one_line(
    opened: Warehouse, folder: Path, database: str, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    publish(folder, "WALCL", dict.fromkeys(WEDNESDAYS[1:4], 6_500_000))
    fetch(opened, "WALCL")
    monkeypatch.setenv("LIQUIDITY_HOME", str(opened.settings.home))
    monkeypatch.setenv("LIQUIDITY_WAREHOUSE__URL", database)
    of_process.cache_clear()
    assert run(["reparse", "fred"]) == 0
    assert capsys.readouterr().out == "fred: 1 payloads; 0 rows appended (0 revised), 3 unchanged\n"
    assert run(["reparse", "fred", "--since", "2999-01-01T00:00:00Z"]) == 0
    assert capsys.readouterr().out == "fred: 0 payloads; 0 rows appended (0 revised), 0 unchanged\n"
    for words, says in ((["nobody"], "no provider 'nobody'"), (["fred", "--since", "2026-01-01"], "is a day, not")):
        assert run(["reparse", *words]) == 2
        error = capsys.readouterr().err
        assert says in error
        assert error.count("\n") == 1
    (kept,) = (opened.settings.home / "archive").rglob("*.gz")
    kept.unlink()
    assert run(["reparse", "fred"]) == 1
    assert "WALCL fetched 20" in (error := capsys.readouterr().err)
    assert "is not there" in error
