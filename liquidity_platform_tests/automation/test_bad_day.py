"""One publisher's bad day: the others are loaded, what is missing is said, nothing wrong is stored."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from loads import loaded

from liquidity_platform.automation.loading import load
from liquidity_platform.automation.resources import prepare
from liquidity_platform.automation.together import asked_together, begun
from liquidity_platform.catalog.series import SERIES, find_series
from liquidity_platform.core.window import Window
from liquidity_platform.settings import SourceSettings
from liquidity_platform.sources.registry import PROVIDERS
from liquidity_platform.warehouse.connect import Warehouse
from liquidity_platform_tests import misbehaving as bad
from liquidity_platform_tests.misbehaving import Manner, Misbehaving
from liquidity_platform_tests.publishers.graph import files_of
from liquidity_platform_tests.publishers.serving import Served

pytestmark = pytest.mark.untraced  # what they cover, the tests beside them measure

ROWS = [
    {"record_date": "2022-04-18", "account_type": "Treasury General Account (TGA) Closing Balance",
     "close_today_bal": "null", "open_today_bal": "889155"},
]  # fmt: skip
PAGE = json.dumps({"data": ROWS, "meta": {"total-pages": 1}}).encode()
WORDS = "Trésorerie générale, solde de clôture"
SAYS: dict[str, tuple[Manner, str, bool]] = {  # manner, what the outcome says, whether the answer is held back
    "down": (bad.says(b"", "503 Service Unavailable"), "answered 503", False),
    "hangs up": (bad.hangs_up, "broke off", False),
    "asks for patience": (bad.says(b"", "429 Too Many Requests", "Retry-After: 0"), "answered 429", False),
    "a login page": (bad.says(bad.LOGIN, "200 OK", "Content-Type: text/html"), "a web page came", True),
    "JSON cut short": (bad.says(PAGE[:-30]), "not a page of rows", True),
    "another charset": (bad.says(f'{{"data": "{WORDS}"}}'.encode("latin-1")), "not text", True),
    "wide characters": (bad.says(PAGE.decode().encode("utf-16")), "not text", True),
    "nothing": (bad.says(b""), "the answer is empty", True),
    "a bomb": (bad.bomb, "sent more than 67,108,864 bytes", False),
    "without end": (bad.never_ends, "sent more than 67,108,864 bytes", False),
    "a private address": (
        bad.says(b"", "302 Found", "Location: http://169.254.169.254/latest/meta-data"), "not followed", False,
    ),
    "round and round": (bad.says(b"", "302 Found", "Location: /round"), "redirects more than 5 times", False),
}  # fmt: skip


@pytest.fixture
def fred(real_data: Path) -> Iterator[Served]:
    with Served(files_of(real_data)) as served:
        yield served


@pytest.fixture
def against(open_on: Callable[..., Warehouse], fred: Served) -> Iterator[Callable[[Manner], Warehouse]]:
    """against(manner): a warehouse whose FRED is well and whose Treasury behaves like that."""
    served: list[Misbehaving] = []

    def open_it(manner: Manner) -> Warehouse:
        served.append(Misbehaving(manner))
        places = {"fred": SourceSettings(base_url=fred.url), "treasury": SourceSettings(base_url=served[-1].url)}
        warehouse = open_on(sources=places)
        prepare(warehouse)
        return warehouse

    yield open_it
    for server in served:
        server.close()


def count(warehouse: Warehouse, table: str, where: str) -> int:
    with warehouse.session() as connection:
        return connection.execute(f"SELECT count(*) FROM {table} WHERE {where}").fetchone()[0]


@pytest.mark.parametrize("kind", SAYS)
def test_the_others_are_loaded_and_nothing_wrong_is_stored(against: Callable[[Manner], Warehouse], kind: str) -> None:
    manner, says, held = SAYS[kind]
    warehouse = against(manner)
    bad_day = loaded(warehouse, "DTS")["DTS"]
    well = loaded(warehouse, "WALCL", "IORB")
    assert not bad_day.published
    reason = (bad_day.quarantined if held else bad_day.failure) or ""
    assert says in reason
    assert "\n" not in reason
    assert all(outcome.report.appended > 100 for outcome in well.values())
    assert count(warehouse, "raw.observations", "series_id = 'treasury.tga_daily'") == 0
    assert count(warehouse, "raw.payloads", "series_id = 'treasury.tga_daily' AND accepted") == 0
    assert count(warehouse, "ops.quarantine", "series_id = 'treasury.tga_daily'") == held


def test_the_answer_these_are_made_of_is_accepted_when_it_is_whole(against: Callable[[Manner], Warehouse]) -> None:
    assert loaded(against(bad.says(PAGE)), "DTS")["DTS"].report.appended == 1


def test_a_provider_without_its_key_is_missing_and_no_mishap(warehouse: Warehouse) -> None:
    keyed = replace(PROVIDERS["treasury"], needs_key=True)
    window = Window.all_until(datetime.now(UTC))
    [outcome] = load(keyed, [find_series("DTS")], window, warehouse, "run", lambda _: None)
    assert outcome.failure == "treasury needs a key: set LIQUIDITY_SOURCES__TREASURY__API_KEY"


def test_publishers_are_asked_at_the_same_time_and_each_step_takes_its_own() -> None:
    lines = [SERIES["fed.total_assets"], SERIES["treasury.tga_daily"], SERIES["fed.iorb"]]
    asked: dict[str, list[str]] = {}
    both = threading.Barrier(2, timeout=20)

    def ask(name: str, own: list) -> list:
        both.wait()  # passes only when the other publisher is being asked too
        asked[name] = [line.code for line in own]
        if name == "treasury":
            raise ValueError("down")
        return [*own]

    with asked_together("run", lines, ask):
        fred, treasury = begun("run", "fred"), begun("run", "treasury")
        assert begun("another run", "fred") is None
        assert fred is not None
        assert list(fred) == [lines[0], lines[2]]
    assert asked == {"fred": ["WALCL", "IORB"], "treasury": ["DTS"]}
    assert begun("run", "fred") is None
    assert treasury is not None
    with pytest.raises(ValueError, match="down"):
        list(treasury)
